"""What happens to the catalogue. It belongs to no customer, so the events are the house's own."""

from datetime import date
from typing import ClassVar

from yizhan.kernel.events import Event


class OfferPublished(Event, frozen=True, kw_only=True):
    """A version of a plan or add-on was proved by its examples and may be sold."""

    name: ClassVar[str] = "catalog.offer_published"
    offer_id: str
    version: int
    kind: str
    title_zh: str
    title_en: str


class SaleEnded(Event, frozen=True, kw_only=True):
    """From ``day`` on it is no longer sold; who has it keeps it."""

    name: ClassVar[str] = "catalog.sale_ended"
    offer_id: str
    version: int
    day: date
    successor: str
