"""Rows kept aside: corrected, tried again, dismissed, and counted once."""

from pathlib import Path

import pytest

from yizhan.domain import usage
from yizhan.domain.usage.tests.town import (
    one_open,
    open_line,
    open_rows,
    records,
    row,
    take,
    write,
)
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import Invalid, Refused
from yizhan.platform.work import Works

NUMBER = "13012345678"


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


async def test_what_became_of_the_rows_of_each_file_is_counted(
    works: Works, tmp_path: Path
) -> None:
    await open_line(works, NUMBER)
    lost = [row(str(n), at="yesterday") for n in range(4)]
    first = await take(works, write(tmp_path / "a.csv", lost))
    second = await take(works, write(tmp_path / "b.csv", [*lost[:1], row("9", at="soon")]))
    mended, dismissed, *_ = [one.id for one in await open_rows(works)]
    async with works.begin(SYSTEM) as work:
        await usage.correct(work, mended, cells={"at": "2026-05-02 12:00:00"})
        await usage.replay(work, mended)
        await usage.dismiss(work, dismissed, note="a test")
        found = await usage.became_of(work, [first.id, second.id])
    assert (first.counts.quarantined, second.counts.quarantined) == (4, 2)
    assert found == {
        first.id: usage.KeptAside(waiting=2, put_right=1, dismissed=1),
        second.id: usage.KeptAside(waiting=1),  # its other row waited already
    }
