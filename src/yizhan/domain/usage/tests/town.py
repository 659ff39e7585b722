"""A few lines to have usage on."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from yizhan.domain import customers, subscriptions, usage
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

OPENED = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 4, tzinfo=UTC)
HEADER = (
    "key,number,peer,at,service,quantity,direction,access,zone,net,roam,place,partner,amount,"
    "currency,session,sequence,action,corrects"
)


async def open_line(works: Works, number: str, area: str = "022") -> subscriptions.Line:
    async with works.begin(SYSTEM, now=OPENED) as work:
        customer = await customers.create_customer(work, name="张三")
        account = await customers.open_account(work, customer.id)
        return await subscriptions.create_line(
            work,
            customer_id=customer.id,
            kind=subscriptions.LineKind.MOBILE,
            number=number,
            account_id=account.id,
            area=area,
            from_stock=False,
        )


def row(key: str, number: str = "13012345678", **cells: str) -> str:
    """A row of the standard mapping; a local call of a minute unless told otherwise."""
    usual = {
        "key": key,
        "number": number,
        "peer": "23456789",
        "at": "2026-05-02 12:00:00",
        "service": "voice",
        "quantity": "60",
    }
    values = {**usual, **cells}
    assert not set(values) - set(HEADER.split(","))
    return ",".join(values.get(name, "") for name in HEADER.split(","))


def write(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


async def take(works: Works, path: Path, **more: object) -> usage.Intake:
    mapping = more.pop("mapping", usage.built_in_mapping("standard"))
    return await usage.intake(works, path, mapping=mapping, actor=SYSTEM, **more)  # type: ignore[arg-type]


async def records(works: Works, line: subscriptions.Line) -> list[usage.FiledRecord]:
    async with works.begin(SYSTEM) as work:
        return await usage.list_records(
            work, line.customer_id, line.id, OPENED, datetime(2027, 1, 1, tzinfo=UTC), limit=1000
        )


async def open_rows(works: Works) -> list[usage.Quarantined]:
    async with works.begin(SYSTEM) as work:
        return await usage.list_quarantined(work, limit=1000)


async def one_open(works: Works) -> UUID:
    (found,) = await open_rows(works)
    return found.id
