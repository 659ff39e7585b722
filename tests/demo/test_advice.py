"""Advice over random months of both catalogues: nothing cheaper missed, no figure invented."""

import random
import re
from collections.abc import Iterator
from datetime import date, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from town import TZ, catalogue

from yizhan.bench.months import month
from yizhan.domain import advisor
from yizhan.domain.advisor import Advice, Candidate, Month
from yizhan.domain.tariff import AddOnsClash, within
from yizhan.kernel.money import yuan
from yizhan.kernel.period import add_months, midnight

FIGURE = re.compile(r"\d+(?:\.\d+)?")
RECORDS = 30


def random_months(name: str, seed: int, count: int) -> list[Month]:
    """Months of records every mobile plan of the catalogue has a price for."""
    chance = random.Random(seed)
    plans, _ = catalogue(name)
    mobile = [plan for plan in plans.values() if plan.kind == "mobile"]
    found = []
    for number in range(count):
        start = date(2026, number + 1, 1)
        drawn = month(chance, chance.randrange(RECORDS), tz=TZ, year=2026, of=number + 1)
        end = add_months(start, 1)
        kept = [
            one
            for one in drawn
            if midnight(start, TZ) <= one.at < midnight(end, TZ)
            and not one.session
            and all(_covered(plan, one) for plan in mobile)
        ]
        found.append(Month(start, end, kept))
    return found


def _covered(plan, usage) -> bool:  # type: ignore[no-untyped-def]
    return any(
        cover.service is usage.service
        and usage.direction in cover.directions
        and usage.access in cover.accesses
        and usage.net in cover.nets
        and usage.roam in cover.roams
        and usage.place in cover.places
        and any(within(usage.zone, zone) for zone in cover.zones)
        for cover in plan.covers
    )


def on_sale(name: str) -> list:  # type: ignore[type-arg]
    plans, _ = catalogue(name)
    day = date(2026, 10, 1)
    return [plan for plan in plans.values() if plan.kind == "mobile" and plan.on_sale(day)]


def all_sets(name: str) -> Iterator[Candidate]:
    """Every plan with every set of add-ons that combine, useful or not."""
    _, add_ons = catalogue(name)
    for plan in on_sale(name):
        carried = [add_ons[key] for key in plan.may_carry if key in add_ons]
        for count in range(len(carried) + 1):
            for chosen in combinations(carried, count):
                try:
                    yield advisor.candidate(plan, chosen)
                except AddOnsClash:
                    continue


def advice_of(name: str, held: str, months: list[Month], *, limits: bool) -> Advice:
    plans, add_ons = catalogue(name)
    used = [one for one_month in months for one in one_month.usages]
    return advisor.advise_on(
        advisor.candidate(plans[held], [], current=True),
        advisor.candidates(on_sale(name), add_ons, used),
        months,
        TZ,
        not_counted=advisor.not_counted(None, months),
        limits=limits,
    )


@pytest.mark.parametrize("name", ["2004", "today"])
@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_combination_left_out_was_cheaper(name: str, seed: int) -> None:
    months = random_months(name, seed, 2)
    held = on_sale(name)[seed % len(on_sale(name))].id
    advice = advice_of(name, held, months, limits=False)
    assert advice.best is not None
    cheapest = min(advisor.price(one, months, TZ).total for one in all_sets(name))
    assert advice.best.total == cheapest


@pytest.mark.parametrize("name", ["2004", "today"])
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 4))
def test_every_figure_said_is_one_of_the_advice(name: str, seed: int, count: int) -> None:
    months = random_months(name, seed, count)
    held = on_sale(name)[seed % len(on_sale(name))].id
    advice = advice_of(name, held, months, limits=count < 3)
    known = figures_of(advice)
    for text in (*advisor.sentences(advice), advisor.gist(advice)):
        for words in (text.zh, text.en):
            said = _without_names(words, advice)
            invented = set(FIGURE.findall(said)) - known
            assert not invented, (invented, words)


def _without_names(words: str, advice: Advice) -> str:
    """The sentence without the names of plans and rules, which hold figures of their own."""
    names = {advisor.label(option.candidate) for option in advice.options}
    names |= {limit.then for limit in advice.break_even if limit.then is not None}
    if advice.driver is not None:
        names.add(advice.driver.text)
    for name in sorted(names, key=lambda one: -len(one.zh + one.en)):
        words = words.replace(name.zh, "").replace(name.en, "")
    return words


def figures_of(advice: Advice) -> set[str]:
    """Every figure of the table, as it is written."""
    fen = {advice.saving}
    whole = {len(advice.months), advice.months_worse, 17911}
    shown: set[str] = set()
    for option in advice.options:
        fen |= {option.total, option.mean, *(one.total for one in option.months)}
        if advice.current is not None:
            fen.add(abs(option.total - advice.current.total))
    if advice.driver is not None:
        fen |= {abs(advice.driver.now), abs(advice.driver.then)}
    if advice.habit is not None:
        habit = advice.habit
        fen |= {habit.saving, *(one.total for one in habit.months)}
        whole |= {habit.calls, -(-habit.seconds // 60)}
        assert advice.current is not None
        fen |= {
            abs(before.total - after.total)
            for before, after in zip(advice.current.months, habit.months, strict=True)
        }
    for limit in advice.break_even:
        for quantity in (limit.now, limit.limit):
            if quantity is not None:
                shown |= set(FIGURE.findall(advisor.amount(limit.service, quantity).en))
    for start in advice.months:
        whole |= {start.year, start.month}
    for said in advice.not_counted:
        shown |= set(FIGURE.findall(said.zh))
    return {yuan(one) for one in fen} | {str(one) for one in whole} | shown


def test_the_random_months_hold_something() -> None:
    held = [random_months(name, seed, 3) for name in ("2004", "today") for seed in range(8)]
    records = [one for months in held for part in months for one in part.usages]
    assert len(records) > 200
    assert {one.service.value for one in records} >= {"voice", "sms", "data", "content"}
    assert all(isinstance(one.at, datetime) for one in records)
