"""A document's number appears in clear in no table and no log, whatever was done with it."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
import structlog

from yizhan.domain import contacts, customers
from yizhan.domain.customers import DocumentKind
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import CareError
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork, Works

NUMBER = "11010519491231002X"
LOADED = "E87654321"
PIECES = (NUMBER, NUMBER[:-1], NUMBER.lower(), LOADED, NUMBER[4:14], LOADED[2:])


@pytest.fixture
def logged() -> Iterator[list[structlog.typing.EventDict]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


async def everything_written(work: UnitOfWork) -> str:
    """All rows of all tables, as text and as the raw bytes of their binary columns."""
    tables = await work.db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    written = []
    for row in tables:
        for record in await work.db.fetch(f'SELECT * FROM "{row["tablename"]}"'):
            for value in record.values():
                written.append(str(value))
                if isinstance(value, bytes):
                    written.append(value.decode("latin-1"))
    return "\n".join(written)


async def test_a_number_is_nowhere_in_clear(
    works: Works,
    logged: list[structlog.typing.EventDict],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        document = await customers.add_document(
            work, one.id, kind=DocumentKind.RESIDENT_ID, number=NUMBER, original_seen=True
        )
        await customers.bulk_load(
            work,
            [
                customers.NewCustomer(
                    id=new_id(),
                    name="李四",
                    since=one.since,
                    documents=(customers.NewDocument(kind=DocumentKind.PASSPORT, number=LOADED),),
                )
            ],
        )
        await customers.search(work, NUMBER)
        await customers.reveal_document(work, one.id, document.id, reason="owner asks")
        contact = await contacts.begin(work, customer_id=one.id, channel="call_centre")
        await contacts.verify(
            work, contact.id, method="document", evidence={"number": NUMBER[:-1] + "1"}
        )
        await contacts.verify(work, contact.id, method="document", evidence={"number": NUMBER})
        with suppress(CareError):
            await customers.add_document(
                work,
                one.id,
                kind=DocumentKind.RESIDENT_ID,
                number=NUMBER[:-1] + "1",
                original_seen=True,
            )
    async with works.read(SYSTEM) as work:
        written = await everything_written(work)
    said = capfd.readouterr()
    everywhere = "\n".join([written, str(logged), caplog.text, said.out, said.err])
    assert document.number_masked in written  # the net is not empty
    assert [piece for piece in PIECES if piece in everywhere] == []


async def test_the_refusal_of_a_wrong_number_does_not_repeat_it(works: Works) -> None:
    async with works.begin(SYSTEM) as work:
        one = await customers.create_customer(work, name="王小明")
        with pytest.raises(CareError) as refused:
            await customers.add_document(
                work,
                one.id,
                kind=DocumentKind.RESIDENT_ID,
                number=NUMBER[:-1] + "1",
                original_seen=True,
            )
    assert NUMBER[:-1] not in str(refused.value) + str(refused.value.facts)
