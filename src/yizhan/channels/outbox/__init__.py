"""From the outbox to the wires: the loop that hands over what is due, and what a wire must do."""

from yizhan.channels.outbox.loop import Wire, carry, carry_due
from yizhan.channels.outbox.shown import Shown

__all__ = ["Shown", "Wire", "carry", "carry_due"]
