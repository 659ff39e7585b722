"""Rating what a file holds: canonical usage rows and a plan's text in, rated months out.

For the command line and the plan workbench; opens no file itself.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating.meter import SHANGHAI, rate_month
from yizhan.domain.rating.model import Charge, Context, RatedMonth, Usage
from yizhan.domain.rating.words import explain_charge, explain_line, money
from yizhan.domain.tariff import MEASURES, AddOn, Plan, Service, ZoneSet, classify, parse_quantity
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.money import parse_yuan, yuan
from yizhan.kernel.period import Period, cycle_containing, midnight

_NO_CONTEXT = Context()
_KNOWN = frozenset(Usage.__struct_fields__)


class RatedPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """One bill period of a file: its first day, the first day after it, and the month."""

    starts: date
    ends: date
    month: RatedMonth


def usage_of(
    row: Mapping[str, object],
    number: int,
    *,
    tz: ZoneInfo = SHANGHAI,
    zones: ZoneSet | None = None,
) -> Usage:
    """One row of canonical usage as a record; *number* is its place in the file.

    Needs ``at`` (with an offset, or local wall time), ``service`` and ``quantity`` (seconds,
    messages, bytes, or with a unit: ``90s``, ``1MiB``); the other fields of ``Usage`` as they
    are, ``amount`` in yuan. A number in ``peer`` gives the zone where there is none and *zones*
    knows it. Raises ``Invalid`` naming row, field and what would be right.
    """
    unknown = sorted(str(key) for key in row if key not in _KNOWN)
    if unknown:
        raise Invalid(
            "Row {row}: the column “{column}” is not known. Known: {known}.",
            row=number,
            column=unknown[0][:40],
            known=", ".join(sorted(_KNOWN)),
        )
    words = {key: str(value).strip() for key, value in row.items() if value is not None}
    words = {key: word for key, word in words.items() if word}
    try:
        return _usage(words, number, tz, zones)
    except CareError as error:
        raise Invalid(
            "Row {row}: {reason}", field=error.field, row=number, reason=str(error)
        ) from error


def _usage(words: Mapping[str, str], number: int, tz: ZoneInfo, zones: ZoneSet | None) -> Usage:
    for field in ("at", "service"):
        if field not in words:
            raise Invalid("“{column}” is missing.", field=field, column=field)
    try:
        at = datetime.fromisoformat(words["at"])
    except ValueError:
        raise Invalid(
            "“{at}” is no moment. Write 2004-03-01 20:00:00.", field="at", at=words["at"][:40]
        ) from None
    at = (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(UTC)
    peer = words.get("peer", "")
    zone = words.get("zone", "")
    if not zone and peer and zones is not None:
        zone = zones.find(peer, at.astimezone(tz).date()) or ""
    canonical = classify(
        words["service"],
        words.get("direction", "out"),
        words.get("access", "direct"),
        zone or "local",
        words.get("net", "off"),
        words.get("roam", "home"),
        words.get("place", "none"),
    )
    return Usage(
        id=_uuid(words, "id", number),
        line_id=_uuid(words, "line_id", 0),
        at=at,
        service=canonical.service,
        quantity=_quantity(words.get("quantity", "1"), canonical.service),
        direction=canonical.direction,
        access=canonical.access,
        zone=canonical.zone,
        net=canonical.net,
        roam=canonical.roam,
        place=canonical.place,
        family_rank=_whole(words, "family_rank"),
        peer=peer,
        partner=words.get("partner", ""),
        amount=parse_yuan(words["amount"]) if "amount" in words else None,
        session=words.get("session", ""),
        sequence=_whole(words, "sequence"),
    )


def _quantity(word: str, service: Service) -> int:
    if word.lstrip("-").isdigit():
        return int(word)
    number, measure = parse_quantity(word)
    if measure is not MEASURES[service]:
        raise Invalid(
            "“{word}” is no quantity of {service}.",
            field="quantity",
            word=word[:40],
            service=service.value,
        )
    return number


def _whole(words: Mapping[str, str], field: str) -> int:
    word = words.get(field, "0")
    if not word.isdigit() or len(word) > 9:
        raise Invalid("“{word}” is not a whole number.", field=field, word=word[:40])
    return int(word)


def _uuid(words: Mapping[str, str], field: str, number: int) -> UUID:
    word = words.get(field)
    if word is None:
        return UUID(int=number)
    try:
        return UUID(word)
    except ValueError:
        raise Invalid("“{word}” is no identifier.", field=field, word=word[:40]) from None


def usage_rows(text: str) -> Iterator[Mapping[str, object]]:
    """The rows of CSV (with a heading), JSON lines, or a JSON list of objects.

    Raises ``Invalid`` naming the line that cannot be read.
    """
    start = text.lstrip("\ufeff \r\n\t")[:1]
    if start == "[":
        try:
            yield from msgspec.json.decode(text.lstrip("\ufeff"), type=list[dict[str, object]])
        except msgspec.DecodeError as error:
            raise Invalid("This is not a JSON list of rows: {why}.", why=str(error)) from error
    elif start == "{":
        for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line, type=dict[str, object])
            except msgspec.DecodeError as error:
                raise Invalid(
                    "Line {line} is not a JSON object: {why}.", line=number, why=str(error)
                ) from error
    else:
        yield from csv.DictReader(io.StringIO(text.lstrip("\ufeff")))


def rate_rows(
    plan: Plan,
    rows: Iterable[Mapping[str, object]],
    *,
    tz: ZoneInfo = SHANGHAI,
    cycle_day: int = 1,
    context: Context = _NO_CONTEXT,
) -> list[RatedPeriod]:
    """The bill periods the rows fall in, each rated; allowances roll over from one to the next.

    Raises ``Invalid`` for a row that cannot be read, ``RatingError`` for one without a price.
    """
    by_period: dict[tuple[date, date], list[Usage]] = {}
    homes: dict[tuple[UUID, str], tuple[date, date]] = {}
    usages = [usage_of(row, n, tz=tz, zones=plan.zones) for n, row in enumerate(rows, start=1)]
    for usage in sorted(usages, key=lambda u: (u.at, u.id)):
        cycle = cycle_containing(usage.at.astimezone(tz).date(), cycle_day)
        if usage.session:
            cycle = homes.setdefault((usage.line_id, usage.session), cycle)
        by_period.setdefault(cycle, []).append(usage)
    found: list[RatedPeriod] = []
    held = context.months_since_start
    for (starts, ends), records in sorted(by_period.items()):
        period = Period(midnight(starts, tz), midnight(ends, tz))
        first = found[0].starts if found else starts
        months = (starts.year - first.year) * 12 + starts.month - first.month
        context = msgspec.structs.replace(context, months_since_start=held + months)
        if found and found[-1].ends != starts:  # nothing carries over months without usage
            context = msgspec.structs.replace(context, carry=_NO_CONTEXT.carry)
        month = rate_month(plan, records, period, tz=tz, context=context)
        found.append(RatedPeriod(starts=starts, ends=ends, month=month))
        context = msgspec.structs.replace(context, carry=month.carry)
    return found


def one_plan(things: Iterable[Plan | AddOn | ZoneSet], id: str | None = None) -> Plan:
    """The plan *id* among what a file holds, or its only plan. Raises ``Invalid``."""
    plans = [thing for thing in things if isinstance(thing, Plan)]
    chosen = [plan for plan in plans if id is None or plan.id == id]
    if len(chosen) != 1:
        raise Invalid(
            "The file holds these plans: {plans}. Name one.",
            plans=", ".join(plan.id for plan in plans) or "-",
        )
    return chosen[0]


# ---------------------------------------------------------------- for people and machines


def as_data(plan: Plan, periods: Iterable[RatedPeriod], *, charges: bool = True) -> object:
    """Rated periods as plain data for JSON: figures in yuan as strings, words in both tongues."""
    return {
        "plan": plan.id,
        "version": plan.version,
        "periods": [_period_data(plan, period, charges) for period in periods],
    }


def _period_data(plan: Plan, period: RatedPeriod, charges: bool) -> dict[str, object]:
    month = period.month
    data: dict[str, object] = {
        "from": period.starts.isoformat(),
        "to": period.ends.isoformat(),
        "total": yuan(month.total),
        "exact_total": str(month.exact_total),
        "lines": [
            {
                "kind": line.kind,
                "key": line.key,
                "amount": yuan(line.amount),
                "words": msgspec.to_builtins(explain_line(plan, line)),
            }
            for line in month.lines
        ],
        "allowances": [msgspec.to_builtins(bucket) for bucket in month.buckets],
    }
    if charges:
        data["charges"] = [_charge_data(plan, charge) for charge in month.charges]
    return data


def _charge_data(plan: Plan, charge: Charge) -> dict[str, object]:
    return {
        "usage_id": str(charge.usage_id),
        "rule": charge.rule,
        "amount": money(charge.yuan),
        "exact": str(charge.yuan),
        "quantity": charge.quantity,
        "pieces": msgspec.to_builtins(charge.pieces),
        "scale": charge.scale,
        "words": [msgspec.to_builtins(text) for text in explain_charge(plan, charge)],
    }
