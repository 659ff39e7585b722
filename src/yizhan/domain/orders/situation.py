"""What is known when a change is looked at, and what looking at it says."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.customers import Account
from yizhan.domain.orders.pricing import Cycle, Item, local_day
from yizhan.domain.subscriptions import Line, Product, StockNumber
from yizhan.domain.tariff import AddOn, Plan, combine
from yizhan.kernel.text import Text


class HeldPlan(msgspec.Struct, frozen=True):
    """The plan a line is on."""

    product: Product
    plan: Plan


class HeldAddOn(msgspec.Struct, frozen=True):
    """An add-on a line carries."""

    product: Product
    add_on: AddOn


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What the change asks for, from the catalogue."""

    plan: Plan | None = None
    add_ons: tuple[AddOn, ...] = ()


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The customer and the line as they are. ``attributes`` are what eligibility looks at.

    ``waiting``: the kinds of orders of this line that are not done yet. ``planned``: a plan
    already set to begin later. ``has_card``: the SIM card asked for, or any, can be given.
    """

    now: datetime
    zone: ZoneInfo
    customer_id: UUID
    cycle_day: int
    account: Account | None
    line: Line | None = None
    plan: HeldPlan | None = None
    add_ons: tuple[HeldAddOn, ...] = ()
    planned: bool = False
    family_numbers: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    attributes: Mapping[str, object] = {}
    waiting: frozenset[str] = frozenset()
    documents: int = 0
    stock: StockNumber | None = None
    has_card: bool = True

    @property
    def today(self) -> date:
        """The operator's day."""
        return local_day(self.now, self.zone)

    @property
    def cycle(self) -> Cycle:
        """The bill month this moment is in."""
        return Cycle.of(self.today, self.cycle_day)

    def effective(self) -> Plan | None:
        """The plan with its add-ons, as the bill prices it."""
        if self.plan is None:
            return None
        return combine(self.plan.plan, [one.add_on for one in self.add_ons])


class Refusal(msgspec.Struct, frozen=True):
    """Why a change cannot be made."""

    code: str
    text: Text


class PlanBrief(msgspec.Struct, frozen=True):
    """A plan named."""

    plan_id: str
    version: int
    name: Text
    summary: Text


def brief(plan: Plan | None) -> PlanBrief | None:
    """A plan named, or None."""
    if plan is None:
        return None
    return PlanBrief(plan.id, plan.version, plan.name, plan.summary)


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do: read to the customer before he confirms. Amounts are fen.

    ``effective_at`` None: at once. ``this_month`` and ``monthly`` are fees and minimum without any
    usage, before and after. ``token`` stands for all of it: who confirms, confirms this.
    """

    kind: str
    line_id: UUID | None
    summary: Text
    refusals: tuple[Refusal, ...]
    effective_at: datetime | None
    before: PlanBrief | None
    after: PlanBrief | None
    due_now: tuple[Item, ...]
    this_month_before_fen: int
    this_month_after_fen: int
    monthly_before_fen: int
    monthly_after_fen: int
    monthly_lines: tuple[Item, ...]
    gained: tuple[Text, ...]
    lost: tuple[Text, ...]
    notes: tuple[Text, ...]
    hold: Text | None
    """What the order would first wait for."""
    token: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it can be ordered."""
        return not self.refusals

    @property
    def due_now_fen(self) -> int:
        """What is charged once."""
        return sum(item.amount_fen for item in self.due_now)

    @property
    def can_be_undone(self) -> bool:
        """Whether there will be time to take it back."""
        return self.effective_at is not None or self.hold is not None


def sealed(preview: Preview) -> Preview:
    """The preview with the token that stands for its content."""
    content = msgspec.json.encode(msgspec.structs.replace(preview, token=""), order="sorted")
    return msgspec.structs.replace(preview, token=hashlib.sha256(content).hexdigest()[:32])
