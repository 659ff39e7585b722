"""The rating engine: what usage costs under a plan, exactly. No I/O, no clock, no floats."""

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

__all__ = [
    "BucketLeft",
    "Carry",
    "Charge",
    "Context",
    "Failure",
    "Line",
    "Lot",
    "OpenWindow",
    "Payment",
    "Piece",
    "Purse",
    "RatedMonth",
    "Usage",
]
