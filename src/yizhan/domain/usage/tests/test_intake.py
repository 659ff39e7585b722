"""Files taken in, against a real database."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from yizhan.domain import usage
from yizhan.domain.usage.tests.test_parsing import BROKEN
from yizhan.domain.usage.tests.town import (
    HEADER,
    NOW,
    OPENED,
    open_line,
    open_rows,
    records,
    row,
    take,
    write,
)
from yizhan.kernel.actor import SYSTEM, Actor, ActorKind
from yizhan.kernel.errors import Conflict, Forbidden, Invalid
from yizhan.platform.work import Works

NUMBER = "13012345678"


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


async def test_a_file_that_fits_no_row_is_refused_before_anything_is_kept(
    works: Works, tmp_path: Path
) -> None:
    rows = [row(str(n), at="2nd of May") for n in range(30)]
    path = write(tmp_path / "a.csv", rows)
    with pytest.raises(Invalid, match="None of the first 30 rows"):
        await take(works, path)
    assert await open_rows(works) == []
    assert (await take(works, path, force=True)).counts.quarantined == 30


async def test_a_trial_says_what_the_intake_then_says_and_leaves_nothing(
    works: Works, tmp_path: Path
) -> None:
    line = await open_line(works, NUMBER)
    rows = [row("1"), row("1"), row("2", number="13099999999"), row("1", quantity="7"), row("3")]
    rows += [row("4", at="soon"), row("5", at="2027-01-01 00:00:00")]
    path = write(tmp_path / "a.csv", rows)
    standard = usage.built_in_mapping("standard")
    tried = await usage.try_intake(works, path, mapping=standard, actor=SYSTEM, batch_rows=2)
    assert await records(works, line) == [] and await open_rows(works) == []
    async with works.begin(SYSTEM) as work:
        assert await usage.list_intakes(work) == []
    done = await take(works, path, batch_rows=2)
    assert tried.intake.counts == done.counts
    kept = [(one.row_number, one.reason, one.message) for one in await open_rows(works)]
    assert [(one.row, one.reason, one.message) for one in tried.rows] == kept
    assert tried.reasons == {
        "unknown_line": 1, "key_conflict": 1, "bad_time": 1, "future": 1,
    }  # fmt: skip
    again = await usage.try_intake(works, path, mapping=standard, actor=SYSTEM)
    assert again.intake.known_before


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
