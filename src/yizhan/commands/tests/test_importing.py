"""An operator's own data, from a file to the records, and every bad row accounted for."""

import csv
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yizhan.commands._importing.balances import Balances
from yizhan.commands._importing.kinds import Accounts, Kind, Parties
from yizhan.commands._importing.lines import Lines, Orders
from yizhan.commands._importing.rows import Source
from yizhan.commands._importing.runner import IMPORTER, Report, Runner, as_columns
from yizhan.commands._settings import CommandTrouble
from yizhan.demo import documents
from yizhan.domain import catalog, customers, ledger, subscriptions
from yizhan.kernel.actor import SYSTEM
from yizhan.platform import vault
from yizhan.platform.work import Works

ID_NUMBER = "11010519491231002X"
PARTIES = "key,name,document_number,phone,attr.home_province,consent.advice"
ACCOUNTS = "key,party,payment_kind,credit_limit"
LINES = "key,party,account,kind,number,plan,add_ons,family_numbers,stop_reasons,opened_at,user"
BALANCES = "key,account,balance,bucket"


@pytest.fixture(autouse=True)
def _open_vault() -> None:
    vault.unlock(b"a secret of thirty-two bytes, 1!")


class Desk:
    """Writes files and brings them in."""

    def __init__(self, works: Works, folder: Path) -> None:
        self.works, self.folder = works, folder

    async def bring(self, kind: Kind, text: str | bytes, **how: Any) -> Report:
        path = self.folder / f"{kind.name}.{how.pop('form', 'csv')}"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return await self.bring_file(kind, path, **how)

    async def bring_file(self, kind: Kind, path: Path, *, dry: bool = False, **how: Any) -> Report:
        form = path.suffix.removeprefix(".")
        source = Source(
            path, form=form, encoding=how.get("encoding", "utf-8"), rename=how.get("rename", {})
        )
        runner = Runner(self.works, kind, source, progress=lambda done, size: None)
        report = await runner.run(dry=dry)
        assert report.reconciled
        return report

    async def town(self) -> None:
        """Two parties with an account each."""
        await self.bring(Parties(), f"{PARTIES}\nP1,王小明,,,,\nP2,天津商贸,,,,\n")
        await self.bring(Accounts(), f"{ACCOUNTS}\nA1,P1,postpaid,\nA2,P2,prepaid,\n")
        async with self.works.begin(SYSTEM) as work:
            await catalog.publish_all(work, dict(documents("2004")))


@pytest.fixture
def desk(works: Works, tmp_path: Path) -> Desk:
    return Desk(works, tmp_path)


def counts(report: Report) -> tuple[int, int, int, int]:
    tally = report.tally
    return tally.read, tally.accepted, tally.duplicates, tally.rejected


async def count(works: Works, table: str) -> int:
    async with works.read(SYSTEM) as work:
        found: int = await work.db.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_the_same_file_twice_does_nothing_the_second_time(desk: Desk, works: Works) -> None:
    text = f"{PARTIES}\nP1,王小明,{ID_NUMBER},022-2345 6789,hebei,yes\nP2,李四,,,,no\n"
    assert counts(await desk.bring(Parties(), text)) == (2, 2, 0, 0)
    assert counts(await desk.bring(Parties(), text)) == (2, 0, 2, 0)
    async with works.read(SYSTEM) as work:
        [hit] = await customers.search(work, ID_NUMBER)
        assert await customers.has_consent(work, hit.customer_id, "advice")
        [attribute] = await customers.list_attributes(work, hit.customer_id)
        assert (attribute.value, attribute.origin) == ("hebei", customers.Origin.IMPORT)
    assert await count(works, "customer") == 2


async def test_a_dry_run_says_the_same_and_keeps_nothing(desk: Desk, works: Works) -> None:
    text = f"{PARTIES}\nP1,王小明,{ID_NUMBER},,,\nP1,again,,,,\nP2,,,,,\n"
    dry = await desk.bring(Parties(), text, dry=True)
    for table in ("customer", "import_run", "import_reject", "external_key", "event"):
        assert await count(works, table) == 0, table
    wet = await desk.bring(Parties(), text)
    assert counts(dry) == counts(wet) == (3, 1, 1, 1)
    assert dry.tally.totals == wet.tally.totals


BROKEN = [
    ("P1,,,,,", "name", "empty"),
    (",王,,,,", "key", "empty"),
    (f"P1,王,{ID_NUMBER[:-1]}1,,,", "document_number", "does not fit"),
    ("P1,王,12345,,,", "document_number", "18 characters"),
    ("P1,王,,phone?,,", "contact", "telephone"),
    ("P1,王,,,,perhaps", "consent.advice", "neither yes nor no"),
    ("P1,王,,,", None, "5 fields"),
    ("P1,王,,,,,,", None, "8 fields"),
    (f"P1,{'王' * 121},,,,", "name", "longer"),
]


@pytest.mark.parametrize(("row", "field", "reason"), BROKEN)
async def test_a_broken_row_is_put_aside_with_field_and_reason(
    desk: Desk, works: Works, row: str, field: str | None, reason: str
) -> None:
    report = await desk.bring(Parties(), f"{PARTIES}\n{row}\nP9,good,,,,\n")
    assert counts(report) == (2, 1, 0, 1)
    [reject] = report.rejects
    assert (reject.line, reject.field) == (2, field)
    assert reason in reject.reason
    assert reject.reason_zh
    assert await count(works, "customer") == 1


async def test_bytes_of_another_encoding_are_put_aside_or_read_as_what_they_are(
    desk: Desk,
) -> None:
    text = f"{PARTIES}\nP1,王小明,,,,\n".encode("gb18030")
    assert counts(await desk.bring(Parties(), text)) == (1, 0, 0, 1)
    assert counts(await desk.bring(Parties(), text, encoding="gb18030")) == (1, 1, 0, 0)


async def test_a_rejected_row_is_corrected_and_brought_again(desk: Desk, works: Works) -> None:
    wrong = f"{PARTIES}\nP1,王小明,{ID_NUMBER[:-1]}1,,,\nP2,李四,,,,\n"
    await desk.bring(Parties(), wrong)
    async with works.read(IMPORTER) as work:
        rows = [as_columns(one) for one in await customers.list_rejects(work, "parties")]
        stored = await work.db.fetchval("SELECT raw FROM import_reject")
    assert rows[0]["document_number"] == f"{ID_NUMBER[:-1]}1"
    assert ID_NUMBER[:-1].encode() not in stored  # sealed while it waits
    rows[0]["document_number"] = ID_NUMBER
    path = desk.folder / "corrected.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert counts(await desk.bring_file(Parties(), path)) == (1, 1, 0, 0)
    async with works.read(IMPORTER) as work:
        assert await customers.list_rejects(work, "parties") == []
        runs = await customers.list_imports(work)
    assert [(run.rows_read, run.rejected) for run in runs] == [(1, 0), (2, 1)]


async def test_the_row_with_the_same_key_is_the_correction(desk: Desk, works: Works) -> None:
    async def waiting() -> list[str | None]:
        async with works.read(IMPORTER) as work:
            return [one.key for one in await customers.list_rejects(work, "parties")]

    await desk.bring(Parties(), f"{PARTIES}\nP1,,,,,\nP2,,,,,\nP3,李四,,,,\n")
    assert await waiting() == ["P1", "P2"]
    # The same file, mended in one row: the other waits on, once.
    report = await desk.bring(Parties(), f"{PARTIES}\nP1,王小明,,,,\nP2,,,,,\nP3,李四,,,,\n")
    assert counts(report) == (3, 1, 1, 1)
    assert await waiting() == ["P2"]
    # A row of another kind with the same key is another row.
    await desk.bring(Accounts(), f"{ACCOUNTS}\nP2,P1,postpaid,\n")
    assert await waiting() == ["P2"]
    await desk.bring(Parties(), f"{PARTIES}\nP2,赵六,,,,\n")
    assert await waiting() == []


async def test_a_line_has_owner_payer_user_plan_and_numbers(desk: Desk, works: Works) -> None:
    await desk.town()
    report = await desk.bring(
        Lines(),
        f"{LINES}\n"
        "L1,P1,A2,mobile,130 0000 0001,zhuoyue:1,caller_id:1;content_month,13100000001,"
        "arrears,2001-05-01,王小小\n",
    )
    assert counts(report) == (1, 1, 0, 0)
    assert report.tally.totals == {"mobile": 1, "stopped": 1}
    async with works.read(SYSTEM) as work:
        line = await subscriptions.find_line_by_number(work, "13000000001")
        assert line is not None
        assert line.payer_customer_id != line.customer_id
        assert line.user_party_id is not None
        assert line.opened_at.isoformat() == "2001-04-30T16:00:00+00:00"  # midnight in Tianjin
        assert line.state is subscriptions.State.STOPPED
        products = await subscriptions.products_of(work, line.id)
        assert [(one.plan_id, one.version) for one in products] == [
            ("zhuoyue", 1),
            ("caller_id", 1),
            ("content_month", 1),
        ]
        assert [one.number for one in await subscriptions.family_numbers(work, line.id)] == [
            "13100000001"
        ]


async def test_what_refers_to_nothing_waits_and_a_number_has_one_line(desk: Desk) -> None:
    await desk.town()
    rows = [
        "L1,P1,A1,mobile,13000000001,zhuoyue:1,,,,,",
        "L2,P1,A1,mobile,13000000001,zhuoyue:1,,,,,",
        "L3,P7,A1,mobile,13000000003,zhuoyue:1,,,,,",
        "L4,P1,A7,mobile,13000000004,zhuoyue:1,,,,,",
        "L5,P1,A1,mobile,13000000005,zhuo yue,,,,,",
        "L6,P1,A1,pigeon,13000000006,zhuoyue:1,,,,,",
        "L7,P1,A1,mobile,13000000007,zhuoyue:9,,,,,",
        "L8,P1,A1,mobile,13000000008,caller_id:1,,,,,",
        "L9,P1,A1,fixed,02223456789,zhuoyue:1,,,,,",
    ]
    report = await desk.bring(Lines(), "\n".join([LINES, *rows]))
    assert counts(report) == (9, 1, 0, 8)
    assert sorted((one.line, one.field) for one in report.rejects) == [
        (3, "number"),
        (4, "party"),
        (5, "account"),
        (6, "plan"),
        (7, "kind"),
        (8, "plan"),
        (9, "plan"),
        (10, "plan"),
    ]


async def test_an_unknown_plan_is_answered_with_those_there_are(desk: Desk) -> None:
    await desk.town()
    named = ["zhuoyu:1", "zhuoyue:9", "caller_id:1", "nothing_like_it"]
    rows = [f"L{n},P1,A1,mobile,1300000000{n},{plan},,,,," for n, plan in enumerate(named)]
    report = await desk.bring(Lines(), "\n".join([LINES, *rows]))
    near, version, add_on, far = (one.reason for one in report.rejects)
    assert "There is: zhuoyue" in near and "yizhan publish --list" in near
    assert "the newest is zhuoyue:1" in version
    assert "There is no plan caller_id" in add_on
    assert "There is: " in far
    assert "目录中没有" in report.rejects[0].reason_zh


async def test_balances_in_the_file_are_balances_in_the_ledger(desk: Desk, works: Works) -> None:
    await desk.town()
    rows = ["B1,A1,-36.60,", "B2,A2,50,", "B3,A1,100.00,deposit", "B4,A2,1200,points", "B5,A1,0,"]
    rows += ["B6,A2,-1,", "B7,A1,1.234,", "B8,A9,1,"]
    report = await desk.bring(Balances(), "\n".join([BALANCES, *rows]))
    assert counts(report) == (8, 5, 0, 3)
    assert report.in_file_fen == report.in_ledger_fen == 5000 + 10000 - 3660
    again = await desk.bring(Balances(), "\n".join([BALANCES, *rows]))
    assert counts(again) == (8, 0, 5, 3)
    assert again.in_ledger_fen == 0
    async with works.read(SYSTEM) as work:
        accounts = await customers.known_keys(work, "accounts", ["A1", "A2"])
        one = await ledger.balances_of(work, accounts["A1"].customer_id, accounts["A1"].ref_id)
        two = await ledger.balances_of(work, accounts["A2"].customer_id, accounts["A2"].ref_id)
    assert one[ledger.Bucket.RECEIVABLE].amount == 3660
    assert one[ledger.Bucket.DEPOSIT].amount == 10000
    assert two[ledger.Bucket.PREPAID].amount == 5000
    assert two[ledger.Bucket.POINTS].amount == 1200


async def test_json_lines_come_in_with_their_own_names(desk: Desk) -> None:
    rows = [
        json.dumps({"id": "P1", "name": "王小明", "phone": ["02211112222", "02233334444"]}),
        '{"id": "P2", "name": ',
        "[1, 2]",
        json.dumps({"id": "P3", "name": "李四", "colour": "red"}),
    ]
    report = await desk.bring(Parties(), "\n".join(rows), form="jsonl", rename={"id": "key"})
    assert counts(report) == (4, 1, 0, 3)
    assert [one.line for one in report.rejects] == [2, 3, 4]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("key,colour", "missing name; not known colour"),
        ("key,name,name", "stands there twice"),
        ("", "is empty"),
    ],
)
async def test_a_file_that_is_something_else_is_refused_whole(
    desk: Desk, works: Works, header: str, said: str
) -> None:
    with pytest.raises(CommandTrouble, match=said):
        await desk.bring(Parties(), header)
    assert await count(works, "import_run") == 0


async def test_an_interrupted_import_is_simply_started_again(
    desk: Desk, works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yizhan.commands._importing.runner.BATCH_ROWS", 10)
    text = "\n".join([PARTIES, *(f"P{n},客户{n},,,," for n in range(35))])
    path = desk.folder / "parties.csv"
    path.write_text(text, encoding="utf-8")
    source = Source(path, form="csv", encoding="utf-8", rename={})

    def stop(done: int, size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Runner(works, Parties(), source, progress=stop).run(dry=False)
    assert await count(works, "customer") == 10
    assert counts(await desk.bring_file(Parties(), path)) == (35, 25, 10, 0)
    async with works.read(IMPORTER) as work:
        runs = await customers.list_imports(work)
    assert [(run.accepted, run.finished_at is None) for run in runs] == [(25, False), (10, True)]


async def test_orders_are_placed_and_what_the_rules_refuse_is_put_aside_alone(
    desk: Desk, works: Works
) -> None:
    await desk.town()
    await desk.bring(Lines(), f"{LINES}\nL1,P1,A1,mobile,13000000001,zhuoyue:1,,,,2001-05-01,\n")
    header = "key,line,change,plan,add_on,when"
    rows = [
        "O1,L1,change_plan,gsm_std,,next_month",
        "O2,L9,suspend,,,",
        "O3,L1,fly,,,",
        "O4,L1,change_plan,unheard_of:1,,",
        "O5,L1,add_on,,caller_id,now",
    ]
    report = await desk.bring(Orders(), "\n".join([header, *rows]))
    assert [(one.line, one.field) for one in report.rejects][:2] == [(4, "change"), (3, "line")]
    assert counts(report) == (5, 2, 0, 3)
    again = await desk.bring(Orders(), "\n".join([header, *rows]))
    assert counts(again) == (5, 0, 2, 3)
    assert await count(works, "care_order") == 2


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@given(rows=st.lists(st.lists(cell, min_size=1, max_size=8), max_size=12))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_row_is_lost_whatever_it_holds(rows: Sequence[Sequence[str]], tmp_path: Path) -> None:
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([PARTIES.split(","), *rows])
    source = Source(path, form="csv", encoding="utf-8", rename={})
    found = list(source.rows())
    kept = [row for row in rows if any(value.strip() for value in row)]
    assert len(found) == len(kept)
    for read, written in zip(found, kept, strict=True):
        assert (read.problem is None) == (len(written) == 6)
        if read.problem is None:
            assert list(read.values.values()) == list(written)


def test_the_columns_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    command = import_module("yizhan.commands.import")
    for kind in command.KINDS.values():
        assert command._tell_columns(kind, as_json=False) == 0
    assert "document_number" in capsys.readouterr().out


def test_the_report_shows_no_document(tmp_path: Path) -> None:
    command = import_module("yizhan.commands.import")
    reject = customers.Reject(line=2, field="x", reason="bad", reason_zh="错", raw=ID_NUMBER)
    report = Report(
        kind="parties", dry_run=False, tally=customers.Tally(read=1, rejected=1), rejects=[reject]
    )
    assert ID_NUMBER not in json.dumps(command._as_json(report)) + command._as_text(report)
