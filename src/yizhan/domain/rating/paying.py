"""Money at the moment of use: how much a balance allows, and who of a group pays."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating.compiled import compiled
from yizhan.domain.rating.meter import _NO_CONTEXT, SHANGHAI, Meter
from yizhan.domain.rating.model import Charge, Context, Payment, Purse, Usage
from yizhan.domain.tariff import MEASURES, Measure, Plan
from yizhan.kernel.period import Period

LONGEST = {Measure.TIME: 86_400, Measure.COUNT: 10_000, Measure.BYTES: 1 << 40}
"""The most that is ever allowed at once: a day, ten thousand messages, a tebibyte."""


def rate_event(
    plan: Plan,
    usage: Usage,
    period: Period,
    *,
    tz: ZoneInfo = SHANGHAI,
    context: Context = _NO_CONTEXT,
) -> Charge:
    """What one event would cost as the first of its period. Raises as ``rate_month`` does."""
    return Meter(plan, period, tz=tz, context=context).rate(usage)


def allowed_quantity(meter: Meter, usage: Usage, *, balance: int) -> int:
    """How many seconds, messages, bytes or items *balance* (fen) lets this event go on.

    A price rule whose cap disconnects stops the event at the cap however large the balance.
    The meter is left as it was. ``usage.quantity``, when above zero, is the most asked for.
    """
    most = LONGEST[MEASURES[usage.service]]
    if usage.quantity > 0:
        most = min(most, usage.quantity)
    scale = compiled(meter.plan).scale
    limit = balance * (scale // 100)
    rules = {rule.id: rule for rule in compiled(meter.plan).rules}

    def affordable(quantity: int) -> bool:
        charge = meter.fork().rate(msgspec.structs.replace(usage, quantity=quantity))
        rule = rules[charge.rule]
        if any(piece.kind == "blocked" for piece in charge.pieces):
            return False
        if rule.disconnects and charge.amount > rule.cap:
            return False
        return charge.amount <= limit

    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if affordable(middle):
            low = middle
        else:
            high = middle - 1
    return low


def spend(fen: int, purses: Sequence[Purse]) -> Payment:
    """Pay *fen* from the purses in order; no purse goes below zero."""
    left, paid = [], []
    for purse in purses:
        share = min(fen, max(0, purse.fen))
        fen -= share
        left.append(Purse(owner=purse.owner, fen=purse.fen - share))
        if share:
            paid.append(Purse(owner=purse.owner, fen=share))
    return Payment(left=tuple(left), paid=tuple(paid), unpaid=fen)
