"""A rule book and a case to decide about, without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from yizhan.domain.cases.clocks import ClockName, Rule, RuleBook
from yizhan.domain.cases.model import Case
from yizhan.domain.cases.terms import HoldReason, Kind, Person, Target, Urgency
from yizhan.kernel.text import Text

NOW = datetime(2004, 12, 8, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CHEN = Person(UUID(int=1), "陈光")
WANG = Person(UUID(int=2), "王番")
LEAD = Person(UUID(int=3), "赵力")
BILLING = Target(team="billing", label=Text("账务处理组", "账务处理组"))
WAIT = HoldReason(
    code="customer_documents", name=Text("等待材料", "Documents"), cap_seconds=5 * 86400
)


def rule(clock: ClockName, hours: int, **more: object) -> Rule:
    facts: dict[str, object] = {
        "code": f"T-{clock.value}",
        "kind": "",
        "class_code": "",
        "mean_seconds": None,
        "warn_seconds": 3600,
        "pause_cap_seconds": 0,
        "basis": "house",
        "source": Text("测试", "test"),
        "valid_from": date(2000, 1, 1),
        "valid_to": None,
    }
    facts.update(more)
    return Rule(clock=clock, limit_seconds=hours * 3600, **facts)  # type: ignore[arg-type]


BOOK = RuleBook(
    [
        rule(ClockName.FIRST_CONTACT, 48, code="P-first-reply", kind="complaint"),
        rule(ClockName.RESOLUTION, 15 * 24, code="R05", kind="complaint", basis="law"),
        rule(ClockName.RESOLUTION, 48, code="R10", kind="fault", pause_cap_seconds=86400),
        rule(ClockName.TAKE, 2, code="H-take", warn_seconds=1800),
        rule(ClockName.FOLLOW_UP, 72, code="H-follow-up"),
    ],
    date(2004, 12, 8),
)


def new_case(
    kind: Kind = Kind.COMPLAINT, *, by: Person = CHEN, at: datetime = NOW, **more: object
) -> Case:
    facts: dict[str, object] = {
        "customer_id": UUID(int=10),
        "id": UUID(int=11),
        "number": "0412080000015",
        "kind": kind,
        "class_code": f"{kind.value}.fees" if kind is Kind.COMPLAINT else kind.value,
        "subject": "对账单有疑问",
        "description": "",
        "urgency": Urgency.NORMAL,
        "channel": "phone",
        "source": "customer",
        "opened_at": at,
        "review": kind is Kind.COMPLAINT,
        "follow_up": kind in (Kind.COMPLAINT, Kind.FAULT),
        "owner_id": by.id,
        "owner_name": by.name,
    }
    facts.update(more)
    case = Case(**facts)  # type: ignore[arg-type]
    case.receive(by, book=BOOK, now=at)
    return case
