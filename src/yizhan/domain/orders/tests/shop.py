"""Plans of the demo catalogue by their files, and a line in the middle of December 2004."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import yizhan
from yizhan.domain import customers, subscriptions
from yizhan.domain.orders.changes import Change
from yizhan.domain.orders.proposal import look
from yizhan.domain.orders.situation import HeldAddOn, HeldPlan, Offers, Preview, Situation
from yizhan.domain.subscriptions import Line, Product, ProductKind
from yizhan.domain.tariff import AddOn, Plan, parse

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2004, 12, 11, 2, 0, tzinfo=UTC)  # the eleventh, ten in the morning
OPENED = datetime(2004, 1, 31, 16, 0, tzinfo=UTC)
CUSTOMER, LINE, ACCOUNT = UUID(int=1), UUID(int=2), UUID(int=3)
_FOLDER = Path(yizhan.__file__).parent / "demo" / "catalogues" / "2004"


def text(name: str) -> str:
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def contract_text() -> str:
    """GSM 标准 with a term of a year, ten yuan for each month left."""
    return (
        text("gsm_std")
        .replace("plan: gsm_std", "plan: gsm_contract")
        .replace(
            "payment: postpaid",
            'payment: postpaid\nterm: {months: 12, exit_fee: "10.00", per: month_left,'
            " text: {zh: 合约一年, en: A term of a year}}",
        )
    )


@cache
def offer(name: str) -> Plan | AddOn:
    if name == "gsm_contract":
        return parse(contract_text(), file="gsm_contract.yaml")
    return parse(text(name), file=f"{name}.yaml")


def plan(name: str) -> Plan:
    found = offer(name)
    assert isinstance(found, Plan)
    return found


def add_on(name: str) -> AddOn:
    found = offer(f"addon_{name}")
    assert isinstance(found, AddOn)
    return found


def product(
    thing: Plan | AddOn, *, since: datetime = OPENED, term_until: date | None = None
) -> Product:
    return Product(
        customer_id=CUSTOMER,
        id=UUID(int=hash(thing.id) & 0xFFFFFFFF),
        line_id=LINE,
        kind=ProductKind.PLAN if isinstance(thing, Plan) else ProductKind.ADD_ON,
        plan_id=thing.id,
        version=thing.version,
        valid_from=since,
        valid_to=None,
        term_until=term_until,
        order_id=None,
    )


def account(payment: str) -> customers.Account:
    return customers.Account(
        customer_id=CUSTOMER,
        id=ACCOUNT,
        number="A1",
        name="",
        payment_kind=customers.PaymentKind(payment),
        cycle_day=1,
        currency="CNY",
        bill_medium=customers.BillMedium.NONE,
        credit_limit_fen=0,
        status="active",
        opened_at=OPENED,
        closed_at=None,
    )


def line(*reasons: subscriptions.StopReason) -> Line:
    active = subscriptions.State.ACTIVE
    return Line(
        customer_id=CUSTOMER,
        id=LINE,
        kind=subscriptions.LineKind.MOBILE,
        number="13000000001",
        account_id=ACCOUNT,
        payer_customer_id=CUSTOMER,
        user_party_id=None,
        area="022",
        base_state=active,
        stop_reasons=frozenset(reasons),
        state=subscriptions.State.STOPPED if reasons else active,
        state_since=OPENED,
        opened_at=OPENED,
        closed_at=None,
    )


def situation(
    on: str = "gsm_std",
    *,
    carries: tuple[str, ...] = (),
    term_until: date | None = None,
    **more: object,
) -> Situation:
    held = plan(on)
    facts: dict[str, object] = {
        "now": NOW,
        "zone": ZONE,
        "customer_id": CUSTOMER,
        "cycle_day": 1,
        "account": account(held.payment.value),
        "line": line(),
        "plan": HeldPlan(product(held, term_until=term_until), held),
        "add_ons": tuple(HeldAddOn(product(add_on(n)), add_on(n)) for n in carries),
    }
    facts.update(more)
    return Situation(**facts)  # type: ignore[arg-type]


def seen(
    change: Change,
    at: Situation,
    *,
    to: str | None = None,
    with_add_ons: tuple[str, ...] = (),
) -> Preview:
    return look(
        change,
        at,
        Offers(plan=plan(to) if to else None, add_ons=tuple(add_on(name) for name in with_add_ons)),
    )


def codes(preview: Preview) -> list[str]:
    return [refusal.code for refusal in preview.refusals]
