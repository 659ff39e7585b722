"""Price a usage file under every plan of a catalogue: which is cheapest, month by month, and why.

Needs no database. Only whole bill months count: those from whose first day to whose last the
records reach; say with --from and --to what the file covers if it covers more than its records
show. Rows that cannot be read are named and nothing is priced, unless --skip-broken. A catalogue is
one of the demo's (2004, today) or a folder of YAML files.

  yizhan advise --usage usage.csv --catalog today --current easy_39+pack_5g
  yizhan advise --usage cdr.csv --mapping switch --number 13012345678 --home-area 022 \\
      --catalog 2004 --current zhuoyue --facts student=true,age=19
  yizhan advise --usage history.csv --mapping phone-history --cycle-day 15 \\
      --catalog plans/ --current mine --json
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from yizhan import demo
from yizhan import settings as house
from yizhan.commands._settings import CommandTrouble
from yizhan.commands.rate import mapping_of
from yizhan.domain import advisor, rating, tariff, usage
from yizhan.kernel.money import yuan
from yizhan.kernel.period import cycle_containing
from yizhan.kernel.text import Text
from yizhan.platform.clock import utc_now

CATALOGUES = ("2004", "today")
MONTHS_MAX = 12
SHOWN = 10
TOLD_MAX = 10
HEAD = {
    "switch": Text("建议更换套餐", "Change the plan"),
    "change_habit": Text("套餐不变，改变拨号方式", "Keep the plan, dial another way"),
    "stay": Text("不必更换", "Stay on this plan"),
    "not_enough_history": Text("记录不足三个月，不作推荐", "Not enough history to recommend"),
}


class _Records(msgspec.Struct, frozen=True):
    """One line's records and the rows that could not be read."""

    number: str
    usages: Sequence[rating.Usage]
    broken: Sequence[tuple[int, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of this command."""
    parser.add_argument("--usage", metavar="FILE", type=Path, required=True)
    parser.add_argument("--mapping", metavar="NAME|FILE", help="how the usage file is to be read")
    parser.add_argument("--catalog", metavar="NAME|DIR", required=True,
                        help="2004, today, or a folder of YAML files")  # fmt: skip
    parser.add_argument("--current", metavar="PLAN[+ADDON...]", required=True,
                        help="what the line has now")  # fmt: skip
    parser.add_argument("--months", type=int, default=6, metavar="N",
                        help="how many of the last whole months, at most 12 (6)")  # fmt: skip
    parser.add_argument("--facts", metavar="K=V,...", default="",
                        help="what decides who may have a plan: student=true,age=19")  # fmt: skip
    parser.add_argument("--cycle-day", type=int, default=1, metavar="DAY",
                        help="day of the month on which bill months begin (1)")  # fmt: skip
    parser.add_argument("--from", dest="since", type=_day, metavar="DAY",
                        help="first day the file covers (that of its first record)")  # fmt: skip
    parser.add_argument("--to", dest="until", type=_day, metavar="DAY",
                        help="last day the file covers (that of its last record)")  # fmt: skip
    parser.add_argument("--on", type=_day, metavar="DAY",
                        help="the day whose plans on sale are compared (today)")  # fmt: skip
    parser.add_argument("--number", default="", help="the line, where the file holds several")
    parser.add_argument("--home-area", default="", metavar="CODE",
                        help="area code that is local, like 022")  # fmt: skip
    parser.add_argument("--family", default="", metavar="NUMBERS",
                        help="family numbers by rank, separated by commas")  # fmt: skip
    parser.add_argument("--skip-broken", action="store_true", help="advise on what can be read")
    parser.add_argument("--all", action="store_true", help="show every combination priced")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day. Write 2026-03-15.") from None


def run(args: argparse.Namespace) -> int:
    """Read, price everything, print."""
    if not 1 <= args.cycle_day <= 28:
        raise CommandTrouble("--cycle-day must be 1 to 28.")
    if not 1 <= args.months <= MONTHS_MAX:
        raise CommandTrouble(f"--months must be 1 to {MONTHS_MAX}.")
    tz = house.load().zone
    things = _catalogue(args.catalog)
    held = _held(things, args.current, args.catalog)
    facts = _facts(args.facts, things)
    records = _records(args, held.plan, tz)
    if records.broken and not args.skip_broken:
        raise CommandTrouble(
            f"{len(records.broken)} rows cannot be read, so nothing was priced. "
            + " ".join(f"Row {row}: {problem}" for row, problem in records.broken[:TOLD_MAX])
            + " Correct them, or leave them out with --skip-broken."
        )
    months, left_out = _months(args, records.usages, tz)
    day = args.on or utc_now().astimezone(tz).date()
    advice = _advise(
        advisor.offer(things, on=day, kind=held.plan.kind.value), held, facts, months, tz
    )
    if args.json:
        print(json.dumps(_data(args, records, advice, left_out), ensure_ascii=False))
    else:
        _print(advice, records, left_out, shown=len(advice.options) if args.all else SHOWN)
    return 0


def _advise(
    offer: advisor.Offer,
    held: advisor.Candidate,
    facts: Mapping[str, object],
    months: Sequence[advisor.Month],
    tz: ZoneInfo,
) -> advisor.Advice:
    allowed, excluded = offer.sort_out(facts, held)
    used = [one for month in months for one in month.usages]
    advice = advisor.advise_on(
        held,
        advisor.candidates(allowed, offer.add_ons, used),
        months,
        tz,
        excluded=excluded,
        not_counted=advisor.not_counted(held, months, allowed),
    )
    return msgspec.structs.replace(
        advice, usage_digest=advisor.digest(months), catalogue_digest=offer.digest
    )


# ---------------------------------------------------------------- what it is made from


def _catalogue(wanted: str) -> list[tariff.Plan | tariff.AddOn]:
    """Every plan and add-on of the catalogue that was named."""
    if wanted in CATALOGUES:
        files = demo.documents(wanted)
    else:
        folder = Path(wanted)
        if not folder.is_dir():
            raise CommandTrouble(
                f"{wanted} is no catalogue. Name {' or '.join(CATALOGUES)}, or a folder of YAML"
                " files."
            )
        paths = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
        files = [(path.name, _text(path)) for path in paths]
    things: dict[tuple[str, int], tariff.Plan | tariff.AddOn] = {}
    for name, text in files:
        for thing in tariff.parse_all(text, file=name):
            if isinstance(thing, tariff.ZoneSet):
                continue
            if (twin := things.get((thing.id, thing.version))) is not None:
                raise CommandTrouble(
                    f"{name} and {twin.source.file} both hold version {thing.version} of"
                    f" {thing.id}. Take one away."
                )
            things[thing.id, thing.version] = thing
    if not any(isinstance(thing, tariff.Plan) for thing in things.values()):
        raise CommandTrouble(f"{wanted} holds no plan.")
    return list(things.values())


def _held(
    things: Sequence[tariff.Plan | tariff.AddOn], current: str, catalogue: str
) -> advisor.Candidate:
    plan_id, *add_on_ids = (word.strip() for word in current.split("+"))
    plan = _newest(things, tariff.Plan, plan_id, catalogue)
    add_ons = [_newest(things, tariff.AddOn, one, catalogue) for one in add_on_ids]
    return advisor.candidate(plan, add_ons, current=True)


_Thing = TypeVar("_Thing", tariff.Plan, tariff.AddOn)


def _newest(
    things: Sequence[tariff.Plan | tariff.AddOn], kind: type[_Thing], id: str, catalogue: str
) -> _Thing:
    of_kind = [thing for thing in things if isinstance(thing, kind)]
    named = [thing for thing in of_kind if thing.id == id]
    if not named:
        what = "plan" if kind is tariff.Plan else "add-on"
        known = ", ".join(sorted({thing.id for thing in of_kind})) or "none"
        raise CommandTrouble(f"{catalogue} holds no {what} “{id}”. It holds: {known}.")
    return max(named, key=lambda thing: thing.version)


def _facts(text: str, things: Sequence[tariff.Plan | tariff.AddOn]) -> dict[str, object]:
    known = {one.attribute for thing in things for one in thing.eligible}
    facts: dict[str, object] = {}
    for word in filter(None, (word.strip() for word in text.split(","))):
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise CommandTrouble(f"“{word}” is no fact. Write --facts student=true,age=19.")
        if name not in known:
            asked = ", ".join(sorted(known)) or "nothing"
            raise CommandTrouble(f"No plan asks about “{name}”. The catalogue asks about: {asked}.")
        facts[name] = value
    return facts


def _records(args: argparse.Namespace, plan: tariff.Plan, tz: ZoneInfo) -> _Records:
    """The records of the one line that advice is wanted for."""
    mapping = mapping_of(args.mapping, args.usage)
    if mapping is None:
        rows = rating.usage_rows(_text(args.usage))
        found = [
            rating.usage_of(row, number, tz=tz, zones=plan.zones)
            for number, row in enumerate(rows, start=1)
        ]
        if len(lines := {one.line_id for one in found}) > 1:
            raise CommandTrouble(f"The file holds {len(lines)} lines. Give the rows of one only.")
        return _Records(args.number, found, ())
    try:
        with args.usage.open("rb") as file:
            read = usage.read_usages(
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
    broken = [(row.row, str(row.problem)) for row in read.broken]
    numbers = read.numbers
    if len(numbers) > 1:
        numbers = {id: one for id, one in numbers.items() if one == args.number}
    if len(numbers) != 1 and read.usages:
        some = ", ".join(sorted(read.numbers.values())[:TOLD_MAX])
        raise CommandTrouble(
            f"The file holds {len(read.numbers)} lines: {some}. Name one with --number."
        )
    return _Records(
        next(iter(numbers.values()), args.number),
        [one for one in read.usages if one.line_id in numbers],
        broken,
    )


def _months(
    args: argparse.Namespace, usages: Sequence[rating.Usage], tz: ZoneInfo
) -> tuple[list[advisor.Month], list[date]]:
    """The last whole bill months of the file, and the first days of those cut off at its ends."""
    if not usages:
        raise CommandTrouble(f"{args.usage} holds no usage.")
    first, until = advisor.seen(usages, tz)
    since, to = args.since or first, until
    if args.until is not None:
        to = args.until + timedelta(days=1)
    if since > first or to < until:
        raise CommandTrouble(
            f"The records reach from {first} to {until - timedelta(days=1)}; --from and --to can"
            " only say that the file covers more."
        )
    whole = advisor.whole_months(since, to, args.cycle_day)
    if not whole:
        raise CommandTrouble(
            f"The records reach from {first} to {until - timedelta(days=1)} and fill no bill month"
            f" that begins on day {args.cycle_day}. If the file covers more, say so with --from and"
            " --to; if bill months begin on another day, with --cycle-day."
        )
    partial = {
        start
        for day in (first, until - timedelta(days=1))
        if (start := cycle_containing(day, args.cycle_day)[0]) not in whole
    }
    return advisor.months_of(usages, whole[-args.months :], tz), sorted(partial)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CommandTrouble(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise CommandTrouble(f"{path} is not UTF-8. Name its encoding in a mapping.") from None


# ---------------------------------------------------------------- for machines and people


def _data(
    args: argparse.Namespace, records: _Records, advice: advisor.Advice, left_out: Sequence[date]
) -> dict[str, Any]:
    """Everything, amounts in fen."""
    return {
        "number": records.number,
        "records": len(records.usages),
        "catalogue": args.catalog,
        "verdict": advice.verdict.value,
        "months": [start.isoformat() for start in advice.months],
        "months_left_out": [start.isoformat() for start in left_out],
        "saving_fen": advice.saving,
        "months_worse": advice.months_worse,
        "best": advice.best.candidate.key if advice.best else None,
        **advisor.as_evidence(advice, options=None),
        "sentences": [msgspec.to_builtins(text) for text in advisor.sentences(advice)],
        "usage_digest": advice.usage_digest,
        "catalogue_digest": advice.catalogue_digest,
        "broken": [{"row": row, "problem": problem} for row, problem in records.broken],
    }


def _print(
    advice: advisor.Advice, records: _Records, left_out: Sequence[date], *, shown: int
) -> None:
    head = HEAD[advice.verdict.value]
    print(f"{head.zh}  {head.en}\n")
    for text in advisor.sentences(advice):
        print(f"  {text.zh}\n  {text.en}\n")
    print("     " + "".join(f"{start:%Y-%m-%d}  " for start in advice.months), end="")
    print("     total    a month")
    rows = list(advice.options[:shown])
    if advice.current is not None and advice.current not in rows:
        rows.append(advice.current)
    for place, option in enumerate(advice.options, start=1):
        if option in rows:
            print(_row(place, option))
    if (rest := len(advice.options) - len(rows)) > 0:
        print(f"     {rest} dearer ones are not shown; --all shows them.")
    if advice.habit is not None and advice.habit.why_none is None:
        months = "".join(f"{yuan(month.total):>10}  " for month in advice.habit.months)
        total = sum(month.total for month in advice.habit.months)
        print(f"     {months}{yuan(total):>10}             the plan held, dialling 17911 first")
    for one in advice.excluded:
        why = "; ".join(reason.en for reason in one.reasons)
        print(f"     not for this line: {one.name.en} {one.name.zh} ({why})")
    for start in left_out:
        print(f"     the bill month of {start} is not whole in the file and was left out")
    if records.broken:
        print(f"     {len(records.broken)} rows could not be read and were left out")


def _row(place: int, option: advisor.Priced) -> str:
    name = advisor.label(option.candidate)
    mark = "=" if option.candidate.current else " "
    months = "".join(f"{yuan(month.total):>10}  " for month in option.months)
    said = f"{name.en} {name.zh}" + (" (held now 现用)" if option.candidate.current else "")
    return f"{place:>3}{mark} {months}{yuan(option.total):>10} {yuan(option.mean):>10}  {said}"
