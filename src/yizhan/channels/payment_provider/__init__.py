"""Mobile payment: the wire to a payment provider, signed both ways."""

from yizhan.channels.payment_provider.client import HttpProvider
from yizhan.channels.payment_provider.signing import fault, sign, signed

__all__ = ["HttpProvider", "fault", "sign", "signed"]
