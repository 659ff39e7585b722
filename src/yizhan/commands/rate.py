"""Price a usage file under a plan file: every charge with its rule and arithmetic.

Needs no database. The usage file is the house's own CSV or JSON lines, rows of canonical usage
(at, service, quantity, zone ...), or anything a mapping file describes (see `yizhan intake
--list-mappings`). Rows that cannot be read are named and nothing is priced, unless --skip-broken.

  yizhan rate --plan plan.yaml --usage usage.csv
  yizhan rate --plan plans.yaml --plan-id p59 --add-on pack_5g --usage cdr.csv \\
      --mapping switch --period 2004-11 --json
  yizhan rate --plan plan.yaml --usage history.csv --mapping phone-history --cycle-day 15
"""

import argparse
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from yizhan import settings as house
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import rating, tariff, usage
from yizhan.kernel.money import yuan
from yizhan.platform.clock import utc_now

TOLD_MAX = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("--plan", metavar="FILE", type=Path, required=True,
                        help="YAML file with the plan and its add-ons")  # fmt: skip
    parser.add_argument("--plan-id", metavar="ID", help="which plan, if the file holds several")
    parser.add_argument("--add-on", metavar="ID", action="append", default=[],
                        help="an add-on of the file to carry; may be given again")  # fmt: skip
    parser.add_argument("--usage", metavar="FILE", type=Path, required=True)
    parser.add_argument("--mapping", metavar="NAME|FILE", help="how the usage file is to be read")
    parser.add_argument("--number", default="", help="the line, where the file names none")
    parser.add_argument("--home-area", default="", metavar="CODE",
                        help="area code that is local, like 022")  # fmt: skip
    parser.add_argument("--family", default="", metavar="NUMBERS",
                        help="family numbers by rank, separated by commas")  # fmt: skip
    parser.add_argument("--period", metavar="YYYY-MM", help="only the period that begins then")
    parser.add_argument("--cycle-day", type=int, default=1, metavar="DAY",
                        help="day of the month on which periods begin (1)")  # fmt: skip
    parser.add_argument("--skip-broken", action="store_true", help="price what can be read")


def run(args: argparse.Namespace) -> int:
    """Read, price, print."""
    if not 1 <= args.cycle_day <= 28:
        raise CommandTrouble("--cycle-day must be 1 to 28.")
    plan = _plan(args)
    tz = house.load().zone
    lines, broken = _usage(args)
    if broken and not args.skip_broken:
        raise CommandTrouble(
            f"{len(broken)} rows cannot be read, so nothing was priced. "
            + " ".join(f"Row {row}: {problem}" for row, problem in broken[:TOLD_MAX])
            + " Correct them, or leave them out with --skip-broken."
        )
    said: dict[str, Any] = {"plan": plan.id, "version": plan.version, "lines": []}
    for number, rows in lines.items():
        periods = rating.rate_rows(plan, rows, tz=tz, cycle_day=args.cycle_day)
        if args.period:
            wanted = _month(args.period)
            periods = [one for one in periods if (one.starts.year, one.starts.month) == wanted]
        if args.json:
            data: Any = rating.as_data(plan, periods)
            said["lines"].append({"number": number, "periods": data["periods"]})
        else:
            _print(plan, number, periods)
    if args.json:
        said["broken"] = [{"row": row, "problem": problem} for row, problem in broken]
        print(json.dumps(said, ensure_ascii=False))
    elif broken:
        print(f"\n{len(broken)} rows could not be read and were left out.")
    return 0


def _month(text: str) -> tuple[int, int]:
    try:
        day = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise CommandTrouble("--period is a month, like 2004-11.") from None
    return day.year, day.month


def _plan(args: argparse.Namespace) -> tariff.Plan:
    things = tariff.parse_all(_text(args.plan), file=args.plan.name)
    plan = rating.one_plan(things, args.plan_id)
    add_ons = {one.id: one for one in things if isinstance(one, tariff.AddOn)}
    if unknown := [id for id in args.add_on if id not in add_ons]:
        known = ", ".join(add_ons) or "none"
        raise CommandTrouble(f"{args.plan} holds no add-on {unknown[0]}. It holds: {known}.")
    return tariff.combine(plan, [add_ons[id] for id in args.add_on])


def _usage(
    args: argparse.Namespace,
) -> tuple[dict[str, Sequence[Mapping[str, object]]], list[tuple[int, str]]]:
    mapping = mapping_of(args.mapping, args.usage)
    if mapping is None:
        return {args.number: list(rating.usage_rows(_text(args.usage)))}, []
    try:
        with args.usage.open("rb") as file:
            found = usage.read_usages(
                file,
                mapping,
                now=utc_now(),
                tz=mapping.tz,
                number=args.number,
                home_area=args.home_area,
                family=[one for one in args.family.split(",") if one],
            )
    except OSError as error:
        raise CommandTrouble(f"{args.usage} cannot be read: {error.strerror}.") from error
    by_line: dict[UUID, list[Mapping[str, object]]] = {}
    for one in found.usages:
        by_line.setdefault(one.line_id, []).append(_row(one))
    broken = [(row.row, str(row.problem)) for row in found.broken]
    return {found.numbers[line_id]: rows for line_id, rows in by_line.items()}, broken


def mapping_of(wanted: str | None, file: Path) -> usage.Mapping | None:
    """The mapping that was named; or the standard one if the file has its columns; or none."""
    if wanted is not None:
        path = Path(wanted)
        if path.suffix in (".yaml", ".yml") or path.exists():
            return usage.parse_mapping(_text(path), file=path.name)
        return usage.built_in_mapping(wanted)
    for line in _first_lines(file):
        if line.startswith("{"):
            named = '"key"' in line and '"number"' in line
            return usage.built_in_mapping("standard-jsonl") if named else None
        header = set(next(csv.reader(io.StringIO(line)), []))
        return usage.built_in_mapping("standard") if {"key", "number"} <= header else None
    return None


def _first_lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            yield from (line.strip() for line in file if line.strip())
    except OSError as error:
        raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from error


def _row(one: rating.Usage) -> dict[str, object]:
    return {
        "id": str(one.id),
        "line_id": str(one.line_id),
        "at": one.at.isoformat(),
        "service": one.service.value,
        "quantity": one.quantity,
        "direction": one.direction,
        "access": one.access,
        "zone": one.zone,
        "net": one.net,
        "roam": one.roam,
        "place": one.place,
        "family_rank": one.family_rank,
        "peer": one.peer,
        "partner": one.partner,
        "amount": None if one.amount is None else yuan(one.amount),
        "session": one.session,
        "sequence": one.sequence,
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise CommandTrouble(f"{path} is not UTF-8. Name its encoding in a mapping.") from None


def _print(plan: tariff.Plan, number: str, periods: Sequence[rating.RatedPeriod]) -> None:
    for period in periods:
        whose = f"{number}  " if number else ""
        print(f"{whose}{plan.name.en} {plan.name.zh}  {period.starts} to {period.ends}")
        for line in period.month.lines:
            words = rating.explain_line(plan, line)
            print(f"  {yuan(line.amount):>10}  {words.en}")
        print(f"  {yuan(period.month.total):>10}  total")
        for charge in period.month.charges:
            words_of = [text.en for text in rating.explain_charge(plan, charge)]
            print(f"      {rating.money(charge.yuan):>8}  {charge.rule}: {'; '.join(words_of)}")
