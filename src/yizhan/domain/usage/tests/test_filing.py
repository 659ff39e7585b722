"""What becomes of a record: its line, its class, its rank, what is late and what corrects it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from yizhan.domain import subscriptions, usage
from yizhan.domain.usage.tests.town import (
    NOW,
    OPENED,
    open_line,
    open_rows,
    records,
    row,
    take,
    write,
)
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.work import Works

NUMBER = "13012345678"


async def test_a_call_finds_its_line_its_class_and_the_zone_it_was_dialled_to(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    rows = [
        row("1"),
        row("2", peer="17911045187654321"),
        row("3", peer="013804511234", service="sms", quantity="1"),
        row("4", peer="0012125550123"),
        row("5", peer="110"),
        row("6", service="data", quantity="1024", peer=""),
    ]
    done = await take(works, write(tmp_path / "a.csv", rows))
    assert done.counts == usage.Counts(rows_read=6, accepted=6)
    async with works.begin(SYSTEM) as work:
        found = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
    by_peer = {one.peer: one for one in found}
    assert by_peer["23456789"].usage_class().code == "voice/out/direct/local/fixed/home/none"
    assert (
        by_peer["045187654321"].usage_class().code
        == "voice/out/17911/domestic.heilongjiang/fixed/home/none"
    )
    assert by_peer["13804511234"].zone == "domestic.heilongjiang"
    assert by_peer["0012125550123"].zone == "intl.A"
    assert by_peer["110"].zone == "local.free"
    assert by_peer[""].quantity == 1024
    # 12:00 in Shanghai is 04:00 UTC.
    assert by_peer["110"].at == datetime(2026, 5, 2, 4, tzinfo=UTC)


async def test_a_key_with_other_content_is_told_apart_from_a_duplicate(
    works: Works, tmp_path: Path
) -> None:
    await open_line(works, NUMBER)
    await take(works, write(tmp_path / "a.csv", [row("1"), row("2"), row("2", quantity="61")]))
    done = await take(works, write(tmp_path / "b.csv", [row("1", at="2026-05-03 12:00:00")]))
    assert done.counts.quarantined == 1
    assert [one.reason for one in await open_rows(works)] == ["key_conflict", "key_conflict"]


async def test_family_numbers_are_ranked_as_they_were_at_that_moment(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    for month, numbers in ((4, ["13911112222"]), (5, ["02287654321", "13911112222"])):
        async with works.begin(SYSTEM, now=datetime(2026, month, 1, tzinfo=UTC)) as work:
            await subscriptions.set_family_numbers(work, line.id, numbers)
    rows = [
        row("1", peer="13911112222", at="2026-04-10 10:00:00", zone="local", net="off"),
        row("2", peer="13911112222", at="2026-05-10 10:00:00", zone="local", net="off"),
        row("3", peer="87654321", at="2026-05-10 11:00:00"),
        row("4", peer="87654321", at="2026-04-10 11:00:00"),
    ]
    await take(works, write(tmp_path / "a.csv", rows))
    ranks = {one.record_key: one.usage.family_rank for one in await records(works, line)}
    assert ranks == {"1": 1, "2": 2, "3": 1, "4": 0}


async def test_records_come_out_in_event_order_whatever_order_they_came_in(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    rows = [row(str(n), at=f"2026-0{1 + n % 5}-{1 + n % 27:02}T10:00:{n:02}") for n in range(40)]
    await take(works, write(tmp_path / "a.csv", rows), batch_rows=7)
    async with works.begin(SYSTEM) as work:
        found = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert len(found) == 40


async def test_a_record_before_the_closed_moment_is_late_until_it_is_settled(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    await take(works, write(tmp_path / "a.csv", [row("1", at="2026-04-10 10:00:00")]))
    async with works.begin(SYSTEM) as work:
        until = datetime(2026, 5, 1, tzinfo=UTC)
        await usage.close_period(work, line.customer_id, [line.id], until)
    rows = [row("2", at="2026-04-11 10:00:00"), row("3", at="2026-05-11 10:00:00")]
    done = await take(works, write(tmp_path / "b.csv", rows))
    assert done.counts.late == 1
    async with works.begin(SYSTEM) as work:
        (late,) = await usage.list_late(work, line.customer_id, line.id)
        assert await usage.lines_with_late(work) == [(line.customer_id, line.id)]
        assert late.id == usage.record_id("standard", "2")
        await usage.settle_late(work, line.customer_id, line.id, [late.id])
        assert await usage.list_late(work, line.customer_id, line.id) == []
        told = await work.db.fetch("SELECT payload FROM event WHERE name = 'usage.arrived_late'")
    assert [one["payload"]["records"] for one in told] == [1]


async def test_what_arrives_while_a_period_is_being_closed_is_late(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    path = write(tmp_path / "a.csv", [row("1", at="2026-04-10 10:00:00")])
    async with works.begin(SYSTEM) as billing:
        until = datetime(2026, 5, 1, tzinfo=UTC)
        await usage.close_period(billing, line.customer_id, [line.id], until)
        arriving = asyncio.create_task(take(works, path))
        await asyncio.sleep(0.3)
        assert not arriving.done()
        seen = await usage.of_line(billing, line.customer_id, line.id, OPENED, until)
        assert seen == []
    assert (await arriving).counts.late == 1


async def test_a_period_is_closed_only_after_the_batch_under_way(works: Works) -> None:
    line = await open_line(works, NUMBER)
    at = datetime(2026, 4, 10, tzinfo=UTC).timestamp()
    call = usage.Record("1", NUMBER, at, "voice", 60, "23456789")

    async def bill() -> int:
        async with works.begin(SYSTEM) as billing:
            until = datetime(2026, 5, 1, tzinfo=UTC)
            await usage.close_period(billing, line.customer_id, [line.id], until)
            return len(await usage.of_line(billing, line.customer_id, line.id, OPENED, until))

    async with works.begin(SYSTEM) as work:
        assert (await usage.put_records(work, "program", [call])).accepted == 1
        billing = asyncio.create_task(bill())
        await asyncio.sleep(0.3)
        assert not billing.done()
    assert await billing == 1


async def test_a_correction_keeps_both_and_counts_the_new_one(works: Works, tmp_path: Path) -> None:
    line = await open_line(works, NUMBER)
    rows = [
        row("1", quantity="600"),
        row("2"),
        row("3", quantity="60", action="replace", corrects="1"),
        row("4", quantity="0", action="cancel", corrects="2"),
        row("5", action="cancel", corrects="2"),
        row("6", action="cancel", corrects="nothing"),
    ]
    done = await take(works, write(tmp_path / "a.csv", rows))
    assert (done.counts.accepted, done.counts.corrected, done.counts.quarantined) == (4, 2, 2)
    kept = {one.record_key: one for one in await records(works, line)}
    assert {key: one.kind for key, one in kept.items()} == {
        "1": "received",
        "2": "received",
        "3": "replacement",
        "3/reversal": "reversal",
        "4": "reversal",
    }
    assert kept["1"].reversed_at == NOW and kept["3/reversal"].usage.quantity == 600
    async with works.begin(SYSTEM) as work:
        net = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
    assert [one.quantity for one in net] == [60]
    reasons = [one.reason for one in await open_rows(works)]
    assert sorted(reasons) == ["correction_repeated", "correction_unknown"]
    again = await take(works, write(tmp_path / "b.csv", rows[2:4]))
    assert again.counts.duplicates == 2


async def test_what_was_known_then_can_be_asked_for(
    works: Works, pool: object, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    await take(works, write(tmp_path / "a.csv", [row("1", quantity="600")]))
    later = Works(pool, clock=lambda: NOW + timedelta(days=1))
    fix = [row("2", quantity="60", action="replace", corrects="1")]
    await take(later, write(tmp_path / "b.csv", fix))
    async with works.begin(SYSTEM) as work:
        then = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW, known_at=NOW)
        now = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
    assert ([one.quantity for one in then], [one.quantity for one in now]) == ([600], [60])


async def test_parts_of_a_session_wait_for_the_part_before_them(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)

    def part(key: str, sequence: int) -> str:
        cells = {"service": "data", "peer": "", "session": "s1", "sequence": str(sequence)}
        return row(key, at=f"2026-05-02 12:0{sequence}:00", **cells)

    rows = [part("0", 0), part("3", 3), part("2", 2), part("other 0", 0)]
    await take(works, write(tmp_path / "a.csv", rows))
    reasons = sorted(one.reason for one in await open_rows(works))
    assert reasons == ["session_conflict", "session_gap", "session_gap"]
    await take(works, write(tmp_path / "b.csv", [part("1", 1)]))
    assert await usage.replay_all(works, SYSTEM, reason="session_gap") == 2
    async with works.begin(SYSTEM) as work:
        found = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
    assert [one.sequence for one in found] == [0, 1, 2, 3]


async def test_numbers_are_nobodys_between_two_holders_and_after_the_line_was_closed(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    async with works.begin(SYSTEM, now=datetime(2026, 4, 1, tzinfo=UTC)) as work:
        await subscriptions.add_numbers(
            work, subscriptions.LineKind.MOBILE, ["13012340000"], area="022"
        )
        await subscriptions.change_number(work, line.id, "13012340000")
    async with works.begin(SYSTEM, now=datetime(2026, 5, 1, tzinfo=UTC)) as work:
        for state in (subscriptions.State.CLOSING, subscriptions.State.CLOSED):
            await subscriptions.change_state(work, line.id, state)
    rows = [
        row("1", at="2026-03-01 00:00:00"),
        row("2", at="2024-03-01 00:00:00"),
        row("3", number="13012340000", at="2026-05-03 00:00:00"),
        row("4", number="13000000000"),
    ]
    done = await take(works, write(tmp_path / "a.csv", rows))
    assert done.counts.accepted == 1
    reasons = [one.reason for one in await open_rows(works)]
    assert reasons == ["number_unassigned", "line_terminated", "unknown_line"]
