"""What an operator types: one module for each command, found by its name."""
