"""Baskets and orders, and what may be decided about them. Nothing is read here."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.shop import events as ev
from yizhan.domain.shop.flow import MOVES, NotNow, State, require
from yizhan.domain.shop.goods import CODE, Goods
from yizhan.domain.shop.refusals import NoSuchGoods, NoSuchOrder, TooLate, WrongCode
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import Invalid
from yizhan.kernel.text import Text

HOLD = timedelta(minutes=30)
"""How long goods are kept for who has not paid."""
HOLD_MAX = timedelta(hours=2)
"""However often he tries to pay."""
RETURN_DAYS = 7
"""Days after the day of receipt to give it back without a reason (facts 6: 7 days; consumer
protection law of 2013, article 25: seven days from receipt for what is sold at a distance)."""
ON_ACCOUNT_FEN_MAX = 1_000_00
"""What may be put on the next bill at once."""
QUANTITY_MAX = 5
LINES_MAX = 10
REASON_MAX = 300


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a basket."""

    goods: str
    quantity: int
    contract: bool = False


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody means to buy: a value small enough for a cookie, so nobody need sign in."""

    wishes: tuple[Wish, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Basket":
        """From what ``say`` wrote. What cannot be understood is left out: it is only a wish."""
        found: dict[str, Wish] = {}
        for part in text[:1000].split("|")[:LINES_MAX]:
            code, _, rest = part.partition(":")
            number, _, mark = rest.partition(":")
            if not CODE.fullmatch(code) or not (number.isascii() and number.isdigit()):
                continue
            quantity = min(int(number[:3]), QUANTITY_MAX)
            contract = mark == "c"
            if quantity > 0:
                found[code] = Wish(
                    goods=code, quantity=1 if contract else quantity, contract=contract
                )
        return cls(wishes=tuple(found.values()))

    def say(self) -> str:
        """As text for a cookie."""
        return "|".join(
            f"{one.goods}:{one.quantity}{':c' if one.contract else ''}" for one in self.wishes
        )

    @property
    def count(self) -> int:
        """How many things."""
        return sum(one.quantity for one in self.wishes)

    @property
    def contract(self) -> Wish | None:
        """The one with a plan."""
        return next((one for one in self.wishes if one.contract), None)

    def put(self, goods: str, quantity: int, *, contract: bool = False) -> "Basket":
        """Exactly so many of a thing; none takes it out. One contract a basket."""
        if not CODE.fullmatch(goods):
            raise NoSuchGoods("The shop has no such thing.")
        if not 0 <= quantity <= QUANTITY_MAX:
            raise Invalid(
                "Of one thing you can order up to {most}.", field="quantity", most=QUANTITY_MAX
            )
        others = [
            one if not (contract and one.contract) else Wish(goods=one.goods, quantity=1)
            for one in self.wishes
            if one.goods != goods
        ]
        if quantity:
            wish = Wish(goods=goods, quantity=1 if contract else quantity, contract=contract)
            others.append(wish)
        if len(others) > LINES_MAX:
            raise Invalid("A basket holds {most} different things.", most=LINES_MAX)
        return Basket(wishes=tuple(others))


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Where it goes: by post to an address, or to a shop to be picked up."""

    by: Literal["post", "pickup"]
    receiver: str
    phone: str
    address: str = ""
    place: str = ""

    def check(self) -> None:
        """Raise ``Invalid`` for what nobody could deliver."""
        if not 1 <= len(self.receiver.strip()) <= 60:
            raise Invalid("Say who receives it, in up to 60 characters.", field="receiver")
        if self.by == "post" and not 5 <= len(self.address.strip()) <= 200:
            raise Invalid("Give the whole address, in 5 to 200 characters.", field="address")
        if self.by == "pickup" and not self.place:
            raise Invalid("Choose the shop where you pick it up.", field="place")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order at the price it was sold for."""

    goods: str
    quantity: int
    price_fen: int
    contract_plan: str | None = None
    contract_months: int | None = None

    @property
    def amount_fen(self) -> int:
        """All of it."""
        return self.quantity * self.price_fen


def end_of_return(handed_over: datetime, zone: ZoneInfo) -> datetime:
    """The midnight after the last day to give it back: the day of receipt does not count."""
    day = handed_over.astimezone(zone).date() + timedelta(days=RETURN_DAYS + 1)
    return datetime.combine(day, time(0), tzinfo=zone)


def summary_of(goods: Sequence[tuple[Goods, int]]) -> Text:
    """What an order is of, in a few words."""
    return Text(
        "、".join(one.name.zh + (f" ×{n}" if n > 1 else "") for one, n in goods),
        ", ".join(one.name.en + (f" ×{n}" if n > 1 else "") for one, n in goods),
    )


def check_own(actor: Actor, customer_id: UUID, right: str) -> None:
    """A customer works on what is his; others need the right. Raises ``NoSuchOrder``."""
    if actor.kind is not ActorKind.CUSTOMER:
        actor.require(right)
    elif actor.id is None or actor.id != customer_id:
        raise NoSuchOrder("There is no such order.")


def checked_reason(text: str) -> str:
    """Why, trimmed. Raises ``Invalid``."""
    trimmed = text.strip()
    if not 2 <= len(trimmed) <= REASON_MAX:
        raise Invalid("Say why, in 2 to {maximum} characters.", field="reason", maximum=REASON_MAX)
    return trimmed


class Order(msgspec.Struct, kw_only=True):
    """What somebody bought, and how far it is. Amounts in fen."""

    customer_id: UUID
    id: UUID
    number: str
    state: State
    account_id: UUID
    line_id: UUID | None
    amount_fen: int
    means: Literal["online", "account"]
    delivery: Literal["post", "pickup"]
    place: str
    receiver: str
    phone: str
    address: str
    pickup_code: str
    summary: Text
    key: str
    channel: str
    placed_at: datetime
    held_until: datetime
    items: tuple[Item, ...] = ()
    intent_id: UUID | None = None
    paid_at: datetime | None = None
    plan_order_id: UUID | None = None
    packed_at: datetime | None = None
    sent_at: datetime | None = None
    parcel: str = ""
    handed_over_at: datetime | None = None
    return_until: datetime | None = None
    return_asked_at: datetime | None = None
    return_note: str = ""
    closed_at: datetime | None = None
    reason: Text | None = None
    refund_id: UUID | None = None

    @property
    def contract(self) -> Item | None:
        """The thing bought with a plan."""
        return next((one for one in self.items if one.contract_plan), None)

    @property
    def waits_for_plan(self) -> bool:
        """Whether the plan that belongs to the price was not ordered yet."""
        return self.contract is not None and self.plan_order_id is None

    @property
    def can_cancel(self) -> bool:
        """Whether the customer may still let it be."""
        return self.state in (State.ORDERED, State.PAID)

    def can_return(self, now: datetime) -> bool:
        """Whether he may give it back without a reason."""
        return (
            self.state is State.HANDED_OVER
            and self.return_asked_at is None
            and self.return_until is not None
            and now < self.return_until
        )

    def placed(self) -> ev.GoodsOrdered:
        """The event of its beginning."""
        return ev.GoodsOrdered(**self.head(), delivery=self.delivery, held_until=self.held_until)

    def check_payable(self, now: datetime) -> None:
        """Raise unless it waits for money."""
        if self.state is not State.ORDERED or self.means != "online":
            raise NotNow("There is nothing to pay for this order.")
        if now >= self.held_until:
            raise TooLate("The goods are not kept for you any more. Order again.")

    def keep_for(self, until: datetime) -> None:
        """Keep the goods while a payment is under way, up to a limit."""
        self.held_until = min(max(self.held_until, until), self.placed_at + HOLD_MAX)

    def pay(self, *, now: datetime, intent_id: UUID | None = None) -> ev.GoodsPaid:
        """The money is there."""
        self._move(State.PAID)
        self.paid_at, self.intent_id = now, intent_id or self.intent_id
        return ev.GoodsPaid(**self.head(), means=self.means)

    def pack(self, *, now: datetime) -> ev.GoodsPacked:
        """Put together. Raises ``NotNow`` while its plan was not ordered."""
        require(self.state, State.PACKED)
        if self.waits_for_plan:
            raise NotNow("The plan that goes with it is being ordered. Try again in a moment.")
        self._move(State.PACKED)
        self.packed_at = now
        return ev.GoodsPacked(**self.head())

    def send(self, parcel: str, *, now: datetime) -> ev.GoodsSent:
        """On its way."""
        if self.delivery != "post":
            raise NotNow("This order is picked up at the shop.")
        require(self.state, State.SENT)
        said = parcel.strip()
        if not 3 <= len(said) <= 60 or not said.isprintable():
            raise Invalid("Give the number of the parcel, 3 to 60 characters.", field="parcel")
        self._move(State.SENT)
        self.sent_at, self.parcel = now, said
        return ev.GoodsSent(**self.head(), parcel=said)

    def hand_over(self, *, now: datetime, zone: ZoneInfo, code: str = "") -> ev.GoodsHandedOver:
        """In his hands: picked up by who knows the code, or received."""
        if self.delivery == "post" and self.state is State.PACKED:
            raise NotNow("This order goes by post: send it first.")
        require(self.state, State.HANDED_OVER)
        if self.delivery == "pickup" and code.strip() != self.pickup_code:
            raise WrongCode("This is not the code of the order. Ask to see it.", field="code")
        self._move(State.HANDED_OVER)
        self.handed_over_at, self.return_until = now, end_of_return(now, zone)
        return ev.GoodsHandedOver(**self.head(), return_until=self.return_until)

    def ask_return(self, note: str, *, now: datetime) -> ev.ReturnAsked:
        """He wants to give it back; no reason is asked."""
        if self.state is not State.HANDED_OVER or self.return_asked_at is not None:
            raise NotNow("There is nothing to give back on this order.")
        if not self.can_return(now):
            raise TooLate("It could be given back without a reason until {until}.",
                          until=self.return_until)  # fmt: skip
        self.return_asked_at, self.return_note = now, note.strip()[:REASON_MAX]
        return ev.ReturnAsked(**self.head(), note=self.return_note)

    def take_back(self, *, now: datetime) -> ev.GoodsReturned:
        """It came back."""
        require(self.state, State.RETURNED)
        if self.return_asked_at is None and not self.can_return(now):
            raise TooLate("It could be given back without a reason until {until}.",
                          until=self.return_until)  # fmt: skip
        self._move(State.RETURNED)
        self.closed_at = now
        return ev.GoodsReturned(**self.head())

    def cancel(self, reason: Text, *, now: datetime) -> ev.GoodsCancelled:
        """Let it be."""
        self._move(State.CANCELLED)
        self.closed_at, self.reason = now, reason
        return ev.GoodsCancelled(**self.head(), reason=reason)

    def may(self, to: State) -> bool:
        """Whether it can go there from here."""
        return to in MOVES[self.state]

    def head(self) -> dict[str, Any]:
        """What every event of an order says."""
        return {
            "customer_id": self.customer_id,
            "order_id": self.id,
            "number": self.number,
            "summary": self.summary,
            "amount_fen": self.amount_fen,
        }

    def _move(self, to: State) -> None:
        require(self.state, to)
        self.state = to
