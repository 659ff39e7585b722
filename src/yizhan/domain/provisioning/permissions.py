"""The rights this room asks for."""

READ = "network.read"
"""See what the network was asked and what it answered."""
WORK = "network.work"
"""Retry, cancel, give up, answer for the network, have it compared."""
CARDS = "cards.manage"
"""Put SIM cards in stock."""
PLACE = "orders.place"
"""Ask the network for what a customer ordered; give him a card and its codes."""

PERMISSIONS = frozenset({READ, WORK, CARDS, PLACE})
