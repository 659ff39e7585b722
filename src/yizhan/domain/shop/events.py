"""What the shop tells: an order from its beginning to its end, and what changed on the shelves."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event
from yizhan.kernel.text import Text


class _OfOrder(Event, frozen=True, kw_only=True):
    order_id: UUID
    number: str
    summary: Text
    amount_fen: int


class GoodsOrdered(_OfOrder, frozen=True, kw_only=True):
    """Somebody ordered; the goods are kept for him until then."""

    name: ClassVar[str] = "shop.ordered"
    delivery: str
    held_until: datetime


class GoodsPaid(_OfOrder, frozen=True, kw_only=True):
    """The money is there, or stands on his account."""

    name: ClassVar[str] = "shop.paid"
    means: str


class GoodsPacked(_OfOrder, frozen=True, kw_only=True):
    """The parcel is made, or lies ready in the shop."""

    name: ClassVar[str] = "shop.packed"


class GoodsSent(_OfOrder, frozen=True, kw_only=True):
    """The parcel is on its way."""

    name: ClassVar[str] = "shop.sent"
    parcel: str


class GoodsHandedOver(_OfOrder, frozen=True, kw_only=True):
    """He has it in his hands; from here he has days to think again."""

    name: ClassVar[str] = "shop.handed_over"
    return_until: datetime


class ReturnAsked(_OfOrder, frozen=True, kw_only=True):
    """He wants to give it back."""

    name: ClassVar[str] = "shop.return_asked"
    note: str


class GoodsReturned(_OfOrder, frozen=True, kw_only=True):
    """It came back, and so does the money."""

    name: ClassVar[str] = "shop.returned"


class GoodsCancelled(_OfOrder, frozen=True, kw_only=True):
    """Nothing was handed over; what was paid goes back."""

    name: ClassVar[str] = "shop.cancelled"
    reason: Text


class PaidTooLate(_OfOrder, frozen=True, kw_only=True):
    """Money came for an order that was over, or a second time: it goes back to its source."""

    name: ClassVar[str] = "shop.paid_too_late"


class MoneyLost(_OfOrder, frozen=True, kw_only=True):
    """The provider took the money back after the goods had left."""

    name: ClassVar[str] = "shop.money_lost"


class StockCounted(Event, frozen=True, kw_only=True):
    """Somebody counted and wrote down what is there. Addressed to no customer."""

    name: ClassVar[str] = "shop.stock_counted"
    place: str
    goods: str
    before: int
    after: int
    reason: str


class GoodsWritten(Event, frozen=True, kw_only=True):
    """A thing is sold, or is sold otherwise than before. Addressed to no customer."""

    name: ClassVar[str] = "shop.goods_written"
    goods: str
    price_fen: int
