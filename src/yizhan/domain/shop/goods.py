"""What is sold, where it lies, and how much of it: goods, places, stock. Nothing is read here."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from yizhan.domain.shop.refusals import NotOnSale
from yizhan.kernel.text import Text

Kind = Literal["handset", "sim", "accessory"]
KINDS: Sequence[Kind] = ("handset", "sim", "accessory")
CODE = re.compile(r"[a-z0-9][a-z0-9_]{1,39}")
"""What a thing may be called in an address or a basket."""


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """A thing that is sold. Prices in fen; the contract price needs the plan for its months."""

    code: str
    kind: Kind
    name: Text
    words: Text
    points: tuple[Text, ...]
    picture: str
    colour: str
    price_fen: int
    contract_fen: int | None = None
    contract_plan: str | None = None
    contract_months: int | None = None
    sale_from: date
    sale_to: date | None = None
    rank: int = 100

    def is_on_sale(self, on: date) -> bool:
        """Whether it is sold on a day."""
        return self.sale_from <= on and (self.sale_to is None or on < self.sale_to)

    def price(self, *, contract: bool) -> int:
        """What one costs. Raises ``NotOnSale`` where there is no contract."""
        if not contract:
            return self.price_fen
        if self.contract_fen is None:
            raise NotOnSale("{name} is not sold with a plan.", name=self.name)
        return self.contract_fen


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where things lie: a shop one can come to, or the warehouse parcels leave from."""

    code: str
    kind: Literal["warehouse", "shop"]
    name: Text
    address: Text
    rank: int = 100


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """What lies at a place and how much of it is kept for somebody."""

    place: str
    goods: str
    on_hand: int
    reserved: int

    @property
    def free(self) -> int:
        """What can still be sold."""
        return self.on_hand - self.reserved
