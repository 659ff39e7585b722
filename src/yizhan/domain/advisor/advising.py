"""The advice itself, pure: months priced under every candidate, ranked, and what follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from yizhan.domain.advisor.comparing import break_even, driver
from yizhan.domain.advisor.model import (
    MONTHS_NEEDED,
    Advice,
    Candidate,
    Excluded,
    HabitAdvice,
    Month,
    NothingToPrice,
    Priced,
    Verdict,
    rank,
)
from yizhan.domain.advisor.pricing import habit_advice, price
from yizhan.domain.rating import NoPrice
from yizhan.domain.tariff import Service, parse_class
from yizhan.kernel.text import Text

_SERVICES = {
    Service.VOICE: Text("通话", "calls"),
    Service.SMS: Text("短信", "messages"),
    Service.MMS: Text("彩信", "picture messages"),
    Service.DATA: Text("流量", "data"),
    Service.CONTENT: Text("代收信息", "partners' content"),
}
_Table = dict[tuple[str, int, tuple[str, ...]], Priced]


def advise(
    current: Candidate | None,
    choices: Iterable[Candidate],
    months: Sequence[Month],
    tz: ZoneInfo,
    *,
    excluded: Sequence[Excluded] = (),
    not_counted: Sequence[Text] = (),
    estimated: bool = False,
    limits: bool = True,
) -> Advice:
    """The advice for these months. Raises ``NothingToPrice`` when there are none.

    ``limits=False`` leaves the break-even out: a glance does not need it and it costs the most.
    """
    if not months:
        raise NothingToPrice(
            "There is no whole month of usage to price. Ask for his habits instead."
        )
    priced: _Table = {}
    if current is not None:
        priced[current.identity] = price(current, months, tz)
    passed_over: list[Candidate] = []
    unpriced: dict[tuple[str, int], Excluded] = {}
    for choice in choices:
        if choice.identity in priced:
            continue
        if _hopeless(choice, priced, months):
            passed_over.append(choice)
            continue
        try:
            priced[choice.identity] = price(choice, months, tz)
        except NoPrice as error:
            unpriced.setdefault(choice.identity[:2], _no_price(choice, error))
    if not priced:
        raise NothingToPrice("No plan on sale could be priced for this line.")
    ranked = rank(list(priced.values()))
    held = priced[current.identity] if current is not None else None
    habit = habit_advice(held, months, tz) if held is not None else None
    best = ranked[0]
    verdict = _verdict(held, best, habit, len(months), estimated=estimated)
    switching = verdict is Verdict.SWITCH
    return Advice(
        line_id=None,
        verdict=verdict,
        months=tuple(month.start for month in months),
        current=held,
        options=tuple(ranked),
        best=best,
        saving=held.total - best.total if held is not None and switching else 0,
        months_worse=_months_worse(held, best),
        driver=driver(held, best) if held is not None and best is not held else None,
        break_even=break_even(
            ranked, months, tz, others=[c for c in passed_over if len(c.add_ons) == 1]
        )
        if limits and (switching or held is best)
        else (),
        habit=habit,
        excluded=(*excluded, *_without_price(unpriced, priced)),
        not_counted=tuple(not_counted),
        estimated=estimated,
    )


def _no_price(choice: Candidate, error: NoPrice) -> Excluded:
    used = parse_class(str(error.facts["class_code"]))
    what = _SERVICES[used.service]
    more = [
        word
        for word, plain in ((used.zone, "local"), (used.access, "direct"), (used.roam, "home"))
        if word != plain
    ]
    detail = f" ({', '.join(more)})" if more else ""
    return Excluded(
        choice.plan_id,
        choice.name,
        (
            Text(
                f"没有所用业务的价格：{what.zh}{detail}",
                f"It has no price for what was used: {what.en}{detail}",
            ),
        ),
    )


def _without_price(
    unpriced: Mapping[tuple[str, int], Excluded], priced: _Table
) -> Iterator[Excluded]:
    """The plans that no set of add-ons could price."""
    could = {identity[:2] for identity in priced}
    return (found for identity, found in unpriced.items() if identity not in could)


def _hopeless(choice: Candidate, priced: _Table, months: Sequence[Month]) -> bool:
    """Whether its fees alone (but those under a cap) cost no less than the plan by itself did.

    Then it cannot be cheaper, unless something in it can take money off: those are priced.
    """
    plain = priced.get((choice.plan_id, choice.version, ()))
    plan = choice.plan
    if plain is None or not choice.add_ons or plan.discounts:
        return False
    if any(rule.allow_negative for rule in plan.price):
        return False
    fees = sum(
        fee.amount
        for fee in plan.recurring
        if fee.months == 1 and not any(not cap.items or fee.item in cap.items for cap in plan.caps)
    )
    return fees * 100 * len(months) >= plain.total


def _verdict(
    held: Priced | None, best: Priced, habit: HabitAdvice | None, months: int, *, estimated: bool
) -> Verdict:
    if months < MONTHS_NEEDED and not estimated:
        return Verdict.NOT_ENOUGH_HISTORY
    if held is None:
        return Verdict.SWITCH
    from_habit = habit.saving if habit is not None else 0
    if held.total - best.total > from_habit and _worth_it(held, best):
        return Verdict.SWITCH
    if from_habit > 0:
        return Verdict.CHANGE_HABIT
    return Verdict.STAY


def _worth_it(held: Priced, best: Priced) -> bool:
    """A twentieth saved, and dearer in at most a third of the months: less is noise."""
    return (held.total - best.total) * 20 >= held.total and _months_worse(held, best) * 3 <= len(
        held.months
    )


def _months_worse(held: Priced | None, best: Priced) -> int:
    if held is None:
        return 0
    return sum(
        1
        for before, after in zip(held.months, best.months, strict=True)
        if after.total > before.total
    )
