"""A plan together with the add-ons a line carries, as one plan the engine can rate."""

from collections.abc import Sequence

from msgspec.structs import replace

from yizhan.domain.tariff.clock import Calendar, Holidays
from yizhan.domain.tariff.model import AddOn, Item, Plan
from yizhan.kernel.errors import Refused


class AddOnsClash(Refused):
    """The add-ons cannot go with the plan, or with one another."""

    code = "add_ons_clash"


def combine(plan: Plan, add_ons: Sequence[AddOn]) -> Plan:
    """The effective plan: add-on prices first, allowances together by their order.

    The larger number of family numbers and the larger minimum spend hold. Of a repeated add-on,
    allowances, fees and discounts count each time (their ids get ``#2``, ``#3``), prices once.
    Raises ``AddOnsClash`` when two of them exclude each other, a required one is missing, one is
    not for this kind of line, or ids and calendars collide.
    """
    if not add_ons:
        return plan
    _check(plan, add_ons)
    first = list({add_on.id: add_on for add_on in add_ons}.values())
    marked = _marks(add_ons)
    families = [t.family for t in (plan, *add_ons) if t.family is not None]
    minimums = [t.minimum_spend for t in (plan, *add_ons) if t.minimum_spend is not None]
    combined = replace(
        plan,
        items=_merged_items(plan, add_ons),
        calendars=_merged_calendars(plan, add_ons),
        holidays=_merged_holidays(plan, add_ons),
        family=max(families, key=lambda f: (f.numbers, f.other_province), default=None),
        recurring=(
            *plan.recurring,
            *(replace(f, id=f.id + mark) for a, mark in marked for f in a.recurring),
        ),
        price=(*(rule for add_on in first for rule in add_on.price), *plan.price),
        allowances=(
            *(replace(b, id=b.id + mark) for a, mark in marked for b in a.allowances),
            *plan.allowances,
        ),
        tiers=(*plan.tiers, *(tier for add_on in first for tier in add_on.tiers)),
        minimum_spend=max(minimums, key=lambda m: m.amount, default=None),
        caps=(*plan.caps, *(cap for add_on in first for cap in add_on.caps)),
        discounts=(
            *plan.discounts,
            *(replace(d, id=d.id + mark) for a, mark in marked for d in a.discounts),
        ),
        carries=tuple(sorted(add_on.id for add_on in add_ons)),
    )
    _check_ids(combined)
    return combined


def _marks(add_ons: Sequence[AddOn]) -> list[tuple[AddOn, str]]:
    """Each add-on with the mark its ids get: none for the first, ``#2`` for the second ..."""
    count: dict[str, int] = {}
    marked = []
    for add_on in add_ons:
        count[add_on.id] = number = count.get(add_on.id, 0) + 1
        marked.append((add_on, f"#{number}" if number > 1 else ""))
    return marked


def clash(plan: Plan, add_ons: Sequence[AddOn]) -> AddOnsClash | None:
    """Why these add-ons cannot go with this plan, or ``None``."""
    try:
        _check(plan, add_ons)
    except AddOnsClash as error:
        return error
    return None


def _check(plan: Plan, add_ons: Sequence[AddOn]) -> None:
    ids = [add_on.id for add_on in add_ons]
    carried = {plan.id, *ids}
    for add_on in add_ons:
        if add_on.id not in plan.may_carry:
            raise AddOnsClash("“{plan}” cannot carry “{add_on}”.", plan=plan.id, add_on=add_on.id)
        if plan.kind not in add_on.kinds:
            raise AddOnsClash(
                "“{add_on}” is not for lines of kind {kind}.",
                add_on=add_on.id,
                kind=plan.kind.value,
            )
        if not add_on.repeatable and ids.count(add_on.id) > 1:
            raise AddOnsClash("“{add_on}” can be carried only once.", add_on=add_on.id)
        for other in add_on.excludes:
            if other in carried:
                raise AddOnsClash(
                    "“{add_on}” cannot go with “{other}”.", add_on=add_on.id, other=other
                )
        missing = [other for other in add_on.requires if other not in carried]
        if missing:
            raise AddOnsClash("“{add_on}” needs “{other}”.", add_on=add_on.id, other=missing[0])
    for other in plan.excludes:
        if other in ids:
            raise AddOnsClash("“{add_on}” cannot go with “{other}”.", add_on=other, other=plan.id)


def _merged_items(plan: Plan, add_ons: Sequence[AddOn]) -> tuple[Item, ...]:
    items = {item.id: item for add_on in reversed(add_ons) for item in add_on.items}
    items |= {item.id: item for item in plan.items}
    return tuple(items.values())


def _merged_calendars(plan: Plan, add_ons: Sequence[AddOn]) -> tuple[Calendar, ...]:
    calendars = {calendar.id: calendar for calendar in plan.calendars}
    bands = {band.id: calendar.id for calendar in plan.calendars for band in calendar.bands}
    for add_on in add_ons:
        for calendar in add_on.calendars:
            known = calendars.get(calendar.id)
            if known is not None:
                if known.days != calendar.days or known.bands != calendar.bands:
                    raise AddOnsClash(
                        "“{add_on}” divides the calendar “{calendar}” otherwise than “{plan}”.",
                        add_on=add_on.id,
                        calendar=calendar.id,
                        plan=plan.id,
                    )
                continue
            for band in calendar.bands:
                if band.id in bands:
                    raise AddOnsClash(
                        "“{add_on}” names a band “{band}” that “{plan}” has already.",
                        add_on=add_on.id,
                        band=band.id,
                        plan=plan.id,
                    )
                bands[band.id] = calendar.id
            calendars[calendar.id] = calendar
    return tuple(calendars.values())


def _merged_holidays(plan: Plan, add_ons: Sequence[AddOn]) -> Holidays:
    every = [plan.holidays, *(add_on.holidays for add_on in add_ons)]
    return Holidays(
        yearly=tuple(sorted({day for holidays in every for day in holidays.yearly})),
        dates=tuple(sorted({day for holidays in every for day in holidays.dates})),
    )


def _check_ids(plan: Plan) -> None:
    for things in (plan.recurring, plan.allowances, plan.tiers, plan.caps, plan.discounts):
        ids = [thing.id for thing in things]
        for id in ids:
            if ids.count(id) > 1:
                raise AddOnsClash(
                    "“{plan}” with its add-ons has “{id}” twice.", plan=plan.id, id=id
                )
