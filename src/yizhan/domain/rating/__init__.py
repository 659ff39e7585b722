"""The rating engine: what usage costs under a plan, exactly. No I/O, no clock, no floats.

``rate_month`` and ``rate_account`` rate a period; ``Meter`` rates event by event; ``prove`` runs a
plan's examples; ``allowed_quantity`` and ``spend`` serve prepaid use.
"""

from yizhan.domain.rating.errors import NoPrice, RatingError
from yizhan.domain.rating.files import (
    RatedPeriod,
    as_data,
    one_plan,
    rate_rows,
    usage_of,
    usage_rows,
)
from yizhan.domain.rating.meter import LineUsage, Meter, rate_account, rate_month
from yizhan.domain.rating.model import (
    BucketLeft,
    Carry,
    Charge,
    Context,
    Failure,
    Line,
    Lot,
    OpenWindow,
    Payment,
    Piece,
    Purse,
    RatedMonth,
    Usage,
)
from yizhan.domain.rating.paying import allowed_quantity, rate_event, spend
from yizhan.domain.rating.proving import example_context, example_period, example_usages, prove
from yizhan.domain.rating.rounding import to_digits, to_fen
from yizhan.domain.rating.words import explain_charge, explain_line, money, quantity

__all__ = [
    "BucketLeft",
    "Carry",
    "Charge",
    "Context",
    "Failure",
    "Line",
    "LineUsage",
    "Lot",
    "Meter",
    "NoPrice",
    "OpenWindow",
    "Payment",
    "Piece",
    "Purse",
    "RatedMonth",
    "RatedPeriod",
    "RatingError",
    "Usage",
    "allowed_quantity",
    "as_data",
    "example_context",
    "example_period",
    "example_usages",
    "explain_charge",
    "explain_line",
    "money",
    "one_plan",
    "prove",
    "quantity",
    "rate_account",
    "rate_event",
    "rate_month",
    "rate_rows",
    "spend",
    "to_digits",
    "to_fen",
    "usage_of",
    "usage_rows",
]
