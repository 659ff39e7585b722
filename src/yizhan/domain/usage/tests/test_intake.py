"""Files taken in, against a real database."""

import asyncio
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yizhan.domain import subscriptions, usage
from yizhan.domain.usage.tests.test_parsing import BROKEN
from yizhan.domain.usage.tests.town import (
    HEADER,
    NOW,
    OPENED,
    one_open,
    open_line,
    open_rows,
    records,
    row,
    take,
    write,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Conflict, Forbidden, Invalid, Refused
from yizhan.platform.work import Works

NUMBER = "13012345678"


@pytest.fixture
def works(pool: object) -> Works:
    return Works(pool, clock=lambda: NOW)


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


async def test_the_same_file_and_the_same_records_are_taken_in_once(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    path = write(tmp_path / "a.csv", [row("1"), row("2"), row("1")])
    first = await take(works, path)
    assert (first.counts.accepted, first.counts.duplicates) == (2, 1)
    assert (await take(works, path)).known_before
    again = await take(works, path, again=True)
    assert (again.counts.accepted, again.counts.duplicates) == (0, 3)
    assert len(await records(works, line)) == 2


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


async def test_a_quarantined_row_is_corrected_replayed_or_dismissed(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    await take(works, write(tmp_path / "a.csv", [row("1", quantity="-5"), row("2")]))
    bad = await one_open(works)
    async with works.begin(SYSTEM) as work:
        still = await usage.replay(work, bad)
        assert still.result == "broken" and still.quarantined.reason == "negative_quantity"
        edited = await usage.correct(work, bad, cells={"quantity": "5"})
        assert (await usage.cells_of(work, edited))["quantity"] == "5"
        assert (await usage.replay(work, bad)).result == "accepted"
        with pytest.raises(Refused, match="already decided"):
            await usage.dismiss(work, bad, note="twice")
    assert len(await records(works, line)) == 2
    await take(works, write(tmp_path / "b.csv", [row("3", number="13099999999")]))
    lost = await one_open(works)
    async with works.begin(SYSTEM) as work:
        with pytest.raises(Invalid, match="Say why"):
            await usage.dismiss(work, lost, note=" ")
        await usage.dismiss(work, lost, note="test call")
    assert await open_rows(works) == []


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


async def test_a_row_seen_before_in_quarantine_is_counted_not_repeated(
    works: Works, tmp_path: Path
) -> None:
    await open_line(works, NUMBER)
    path = write(tmp_path / "a.csv", [row("1"), row("2", at="yesterday")])
    await take(works, path)
    again = await take(works, path, again=True)
    assert (again.counts.duplicates, again.counts.quarantined) == (1, 1)
    (bad,) = await open_rows(works)
    assert bad.times == 2
    assert bad.raw.decode() == row("2", at="yesterday")
    assert "yesterday" in bad.message.en and "yesterday" in bad.message.zh


async def test_a_file_that_fits_no_row_is_refused_before_anything_is_kept(
    works: Works, tmp_path: Path
) -> None:
    rows = [row(str(n), at="2nd of May") for n in range(30)]
    path = write(tmp_path / "a.csv", rows)
    with pytest.raises(Invalid, match="None of the first 30 rows"):
        await take(works, path)
    assert await open_rows(works) == []
    assert (await take(works, path, force=True)).counts.quarantined == 30


async def test_rows_without_keys_are_told_apart_by_content_and_count(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    header = "date,duration,item,network,network_type"
    same = "15-10-2025 6:58,1,sms,Three,mobile"
    rows = [same, same, "15-10-2025 6:58,34.429,data,data,data", "16-10-2025 7:00,13,call,T,mobile"]
    path = tmp_path / "history.csv"
    path.write_text("\n".join([header, *rows]))
    mapping = usage.built_in_mapping("phone-history")
    done = await take(works, path, mapping=mapping, number=NUMBER, batch_rows=1)
    assert done.counts.accepted == 4
    longer = tmp_path / "longer.csv"
    longer.write_text("\n".join([header, *rows, same]))
    done = await take(works, longer, mapping=mapping, number=NUMBER)
    assert (done.counts.accepted, done.counts.duplicates) == (1, 4)
    quantities = [one.usage.quantity for one in await records(works, line)]
    assert 34_429_000 in quantities


async def test_json_lines_with_parts_of_a_session(works: Works, tmp_path: Path) -> None:
    line = await open_line(works, NUMBER)
    path = tmp_path / "gateway.jsonl"
    path.write_text(
        "\n".join(
            f'{{"subscriber": {{"msisdn": "{NUMBER}"}}, "network": {{"visited": "460"}},'
            f' "session": {{"id": "x", "part": {part}, "start": "2026-05-02T04:0{part}:00Z"}},'
            f' "bytes": {{"up": 1, "down": 1000}}}}'
            for part in (1, 2)
        )
    )
    done = await take(works, path, mapping=usage.built_in_mapping("gateway"))
    assert done.counts.accepted == 2
    found = [one.usage for one in await records(works, line)]
    assert [(one.sequence, one.quantity, one.session) for one in found] == [
        (0, 1001, "x"),
        (1, 1001, "x"),
    ]


async def test_only_who_may_can_take_in_and_correct(works: Works, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [row("1")])
    nobody = Actor(kind=ActorKind.STAFF, name="agent")
    with pytest.raises(Forbidden):
        await usage.intake(works, path, mapping=usage.built_in_mapping("standard"), actor=nobody)
    async with works.begin(nobody) as work:
        with pytest.raises(Forbidden):
            await usage.list_quarantined(work)


async def test_an_intake_that_stopped_goes_on_where_the_journal_stands(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    path = write(tmp_path / "a.csv", [row(str(n)) for n in range(50)])
    seen = 0

    def stop(counts: usage.Counts, done: int, size: int | None) -> None:
        nonlocal seen
        seen = counts.rows_read
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await take(works, path, batch_rows=20, progress=stop)
    assert seen == 20
    done = await take(works, path, batch_rows=20)
    assert done.counts == usage.Counts(rows_read=50, accepted=50)
    assert done.state == "finished"
    assert len(await records(works, line)) == 50


async def test_two_cannot_take_in_the_same_file_at_once(works: Works, tmp_path: Path) -> None:
    await open_line(works, NUMBER)
    path = write(tmp_path / "a.csv", [row(str(n)) for n in range(50)])

    others: list[asyncio.Task[usage.Intake]] = []

    def join(*_: object) -> None:
        if not others:  # the first has begun, and has some forty batches to go
            others.append(asyncio.ensure_future(take(works, path, batch_rows=1)))

    finished = await take(works, path, batch_rows=1, progress=join)
    with pytest.raises(Conflict):
        await others[0]
    assert finished.counts == usage.Counts(rows_read=50, accepted=50)
    assert finished.state == "finished"


@pytest.mark.parametrize("seed", range(4))
async def test_every_row_of_a_mess_ends_accepted_known_or_quarantined(
    works: Works, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    line = await open_line(works, NUMBER)
    rows = []
    for n in range(300):
        kind = chance.choice(["good", "good", "broken", "again", "noise", "part"])
        if kind == "broken":
            rows.append(chance.choice(list(BROKEN.values())))
        elif kind == "again" and rows:
            rows.append(chance.choice(rows))
        elif kind == "noise":
            text = "".join(chance.choice(HEADER + '",，\x00\x7f通') for _ in range(40))
            rows.append(text.replace("\n", ""))
        elif kind == "part":
            cells = {"session": f"s{chance.randrange(5)}", "sequence": str(chance.randrange(4))}
            rows.append(row(f"p{n}", service="data", peer="", **cells))
        else:
            rows.append(row(f"g{chance.randrange(200)}", quantity=str(chance.randrange(3))))
    done = await take(works, write(tmp_path / "a.csv", rows), batch_rows=37)
    counts = done.counts
    assert counts.rows_read == len([one for one in rows if one])
    assert counts.rows_read == counts.accepted + counts.duplicates + counts.quarantined
    assert len(await records(works, line)) == counts.accepted
    assert sum(one.times for one in await open_rows(works)) == counts.quarantined
    again = await take(works, tmp_path / "a.csv", again=True, batch_rows=50)
    # What waited for the part before it may find it now; nothing else is new.
    news = again.counts.accepted
    assert again.counts.duplicates >= counts.accepted + counts.duplicates
    assert len(await records(works, line)) == counts.accepted + news


_CHILD = """
import asyncio, sys, time
from datetime import UTC, datetime
from pathlib import Path
from yizhan.domain import usage
from yizhan.kernel.actor import SYSTEM
from yizhan.platform.db import open_pool
from yizhan.platform.work import Works

async def main():
    pool = await open_pool(sys.argv[1], max_size=3)
    works = Works(pool, clock=lambda: datetime(2026, 6, 1, 4, tzinfo=UTC))
    def tell(counts, done, size):
        print(counts.rows_read, flush=True)
    await usage.intake(works, Path(sys.argv[2]), mapping=usage.built_in_mapping("standard"),
                       actor=SYSTEM, batch_rows=500, progress=tell)
    await pool.close()

asyncio.run(main())
"""


_AMID_BATCH = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event = 'PgSleep'
"""


@pytest.mark.processes
async def test_killed_in_the_middle_and_started_again_nothing_is_doubled_or_lost(
    works: Works, database: str, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    rows = [
        row(f"k{n}", at=f"2026-05-{1 + n % 28:02} 12:{n // 60 % 60:02}:{n % 60:02}")
        if n % 50
        else row(f"k{n}", at="never")
        for n in range(8_000)
    ]
    path = write(tmp_path / "a.csv", rows)
    # The journal takes long to move, so that the kill comes when the records are written and
    # the journal is not.
    async with works.begin(SYSTEM) as work:
        await work.db.execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END'"
        )
        await work.db.execute(
            "CREATE TRIGGER dawdle BEFORE UPDATE ON usage_intake"
            " FOR EACH ROW EXECUTE FUNCTION dawdle()"
        )
    killed = 0
    for _ in range(5):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _CHILD, database, str(path), stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        said = await child.stdout.readline()
        while said and await works.pool.fetchval(_AMID_BATCH) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        child.kill()
        killed += bool(said)
        await child.communicate()
    async with works.begin(SYSTEM) as work:
        await work.db.execute("DROP TRIGGER dawdle ON usage_intake")
    assert killed >= 3
    done = await take(works, path, batch_rows=500)
    assert done.counts == usage.Counts(rows_read=8_000, accepted=7_840, quarantined=160)
    async with works.begin(SYSTEM) as work:
        found = await usage.of_line(work, line.customer_id, line.id, OPENED, NOW)
        bad = await work.db.fetchval("SELECT count(*) FROM usage_quarantine")
        most = await work.db.fetchval("SELECT max(times) FROM usage_quarantine")
    assert len({one.id for one in found}) == len(found) == 7_840
    assert (bad, most) == (160, 1)


def test_the_header_of_the_examples_is_that_of_the_mapping() -> None:
    mapping = usage.built_in_mapping("standard")
    assert {*HEADER.split(",")} == {"key", *mapping.fields}
