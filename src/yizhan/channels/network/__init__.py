"""The wire to the network: an HTTP client of its contract, and the loop that keeps asking."""

from yizhan.channels.network.client import HttpNetwork
from yizhan.channels.network.pump import Pump

__all__ = ["HttpNetwork", "Pump"]
