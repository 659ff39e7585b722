"""How an operator's own data comes in: read rows, understand them, file them, tell what became."""
