"""Neighbours of the house, played by programs of their own: they share no code with it."""
