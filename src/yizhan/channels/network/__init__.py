"""The wire to the network: an HTTP client of its contract, its word known, and the asking loop."""

from yizhan.channels.network.client import HttpNetwork, SignedEar
from yizhan.channels.network.pump import Pump

__all__ = ["HttpNetwork", "Pump", "SignedEar"]
