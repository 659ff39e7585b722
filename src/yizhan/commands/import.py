"""Bring in an operator's own parties, accounts, lines, balances and orders.

From CSV with a header, or JSON lines. In this order, since each refers to the one before:
parties, accounts, lines, balances, orders. Every row has a key of its own in your system: the same
key again does nothing, so an import that was interrupted is simply started again. A row that cannot
be accepted waits, with the reason, until it is brought again corrected: the row with the same key,
in your own file mended or in the file of what was rejected, is its correction. At the end it is
told where every row went, and for balances that the ledger gained exactly what the file holds.

  yizhan import parties customers.csv --dry-run        check everything, keep nothing
  yizhan import parties customers.csv                  file it
  yizhan import parties --columns                      which columns there are
  yizhan import accounts acc.csv --rename cust=party   their column cust is our column party
  yizhan import rejects --of parties --out wrong.csv   what waits to be corrected
  yizhan import parties wrong.csv                      bring it again, corrected
  yizhan import runs                                   what was brought so far
"""

import argparse
import asyncio
import csv
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from yizhan import main
from yizhan.commands import _settings
from yizhan.commands._database import database
from yizhan.commands._importing.balances import Balances
from yizhan.commands._importing.kinds import Accounts, Kind, Parties
from yizhan.commands._importing.lines import Lines, Orders
from yizhan.commands._importing.rows import Source
from yizhan.commands._importing.runner import IMPORTER, Report, Runner, as_columns
from yizhan.commands._progress import Bar
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import customers
from yizhan.kernel.money import yuan
from yizhan.settings import Settings

KINDS: dict[str, Kind] = {
    kind.name: kind for kind in (Parties(), Accounts(), Lines(), Balances(), Orders())
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    _settings.add_arguments(parser)
    parser.add_argument("what", choices=(*KINDS, "rejects", "runs"), help="what is brought")
    parser.add_argument("file", nargs="?", type=Path, help="the file")
    parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
    parser.add_argument("--columns", action="store_true", help="tell the columns and stop")
    parser.add_argument("--form", choices=("csv", "jsonl"), help="default: by the file's name")
    parser.add_argument("--encoding", default="utf-8", help="of CSV, like gb18030 (utf-8)")
    parser.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="what a column of the file is called here; may be repeated",
    )
    parser.add_argument("--of", choices=tuple(KINDS), help="with rejects: of which kind")
    parser.add_argument("--out", type=Path, help="with rejects: write them to this CSV file")


def run(args: argparse.Namespace) -> int:
    """Bring in, or tell."""
    if args.what in KINDS and args.columns:
        return _tell_columns(KINDS[args.what], as_json=args.json)
    settings = _settings.of(args)
    with database(settings) as url:
        chosen = msgspec.structs.replace(settings, database_url=url)
        if args.what == "runs":
            return asyncio.run(_runs(chosen, as_json=args.json))
        if args.what == "rejects":
            return asyncio.run(_rejects(chosen, args))
        return asyncio.run(_bring(chosen, args))


def _tell_columns(kind: Kind, *, as_json: bool) -> int:
    columns = {
        name: {"required": column.required, "about": column.about}
        for name, column in kind.columns.items()
    }
    columns |= {f"{prefix}…": {"required": False, "about": ""} for prefix in kind.prefixes}
    if as_json:
        print(json.dumps({"kind": kind.name, "columns": columns}, ensure_ascii=False))
        return 0
    print(f"{kind.name}: {kind.about}")
    for name, column in columns.items():
        print(f"  {name:<18} {'*' if column['required'] else ' '} {column['about']}")
    print("  * must be there")
    return 0


async def _bring(settings: Settings, args: argparse.Namespace) -> int:
    if args.file is None:
        raise CommandTrouble(f"Say which file: yizhan import {args.what} FILE.")
    form = args.form or ("jsonl" if args.file.suffix in (".jsonl", ".ndjson") else "csv")
    source = Source(args.file, form=form, encoding=args.encoding, rename=_renames(args.rename))
    bar = Bar()
    async with main.open_works(settings) as works:
        runner = Runner(
            works,
            KINDS[args.what],
            source,
            progress=lambda done, size: bar(args.what, done, max(size, 1)),
        )
        report = await runner.run(dry=args.dry_run)
    bar.close()
    print(json.dumps(_as_json(report), ensure_ascii=False) if args.json else _as_text(report))
    if not report.reconciled:
        raise CommandTrouble("The totals do not agree. Tell whoever looks after this system.")
    return 1 if report.tally.rejected else 0


def _renames(given: list[str]) -> dict[str, str]:
    found = {}
    for said in given:
        theirs, equals, ours = said.partition("=")
        if not (theirs and equals and ours):
            raise CommandTrouble(f"--rename {said}: write it as THEIRS=OURS.")
        found[theirs] = ours
    return found


def _as_json(report: Report) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(report)
    said["reconciled"] = report.reconciled
    for reject in said["rejects"]:
        del reject["raw"]  # it may hold a document's number
    return said


def _as_text(report: Report) -> str:
    tally = report.tally
    lines = [
        f"{report.kind}: {'dry run, nothing kept' if report.dry_run else 'filed'}",
        f"  rows read   {tally.read:>12,}",
        f"  accepted    {tally.accepted:>12,}",
        f"  duplicates  {tally.duplicates:>12,}   known by their key, passed over",
        f"  rejected    {tally.rejected:>12,}",
    ]
    for name, amount in sorted(tally.totals.items()):
        shown = yuan(amount) if name.endswith("_fen") else f"{amount:,}"
        lines.append(f"    {name.removesuffix('_fen'):<22} {shown:>16}")
    if report.in_ledger_fen is not None and report.in_file_fen is not None:
        lines.append(f"  in the file   {yuan(report.in_file_fen):>16}")
        lines.append(f"  in the ledger {yuan(report.in_ledger_fen):>16}")
    lines.append(f"  reconciled: {'yes' if report.reconciled else 'NO'}")
    for reject in report.rejects:
        where = f"line {reject.line}" + (f", {reject.field}" if reject.field else "")
        lines.append(f"  {where}: {reject.reason} {reject.reason_zh}")
    if tally.rejected > len(report.rejects):
        lines.append(f"  … and {tally.rejected - len(report.rejects):,} more")
    if tally.rejected and not report.dry_run:
        lines.append(f"  yizhan import rejects --of {report.kind} --out FILE writes them all")
    return "\n".join(lines)


async def _runs(settings: Settings, *, as_json: bool) -> int:
    async with main.open_works(settings) as works, works.read(IMPORTER) as work:
        runs = await customers.list_imports(work, limit=50)
    if as_json:
        print(json.dumps(msgspec.to_builtins(runs), ensure_ascii=False))
        return 0
    for one in runs:
        state = "finished" if one.finished_at else "interrupted"
        print(
            f"{one.started_at.astimezone(settings.zone):%Y-%m-%d %H:%M}  {one.kind:<9}"
            f" read {one.rows_read:>10,}  accepted {one.accepted:>10,}"
            f"  duplicates {one.duplicates:>8,}  rejected {one.rejected:>8,}  {state}"
            f"  {one.source}"
        )
    return 0


async def _rejects(settings: Settings, args: argparse.Namespace) -> int:
    if args.of is None:
        raise CommandTrouble("Say of which kind: yizhan import rejects --of parties.")
    found: list[dict[str, str]] = []
    async with main.open_works(settings) as works, works.read(IMPORTER) as work:
        after = None
        while page := await customers.list_rejects(work, args.of, limit=1000, after=after):
            found += map(as_columns, page)
            after = page[-1].id
    if args.json:
        print(json.dumps(found, ensure_ascii=False))
        return 0
    columns = list(dict.fromkeys(name for row in found for name in row))
    if args.out is None:
        _write(sys.stdout, columns, found)
        return 0
    with args.out.open("w", encoding="utf-8-sig", newline="") as out:
        _write(out, columns, found)
    args.out.chmod(0o600)
    print(f"{len(found):,} rows written to {args.out}; correct them and import the file again")
    return 0


def _write(out: Any, columns: list[str], rows: list[dict[str, str]]) -> None:
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
