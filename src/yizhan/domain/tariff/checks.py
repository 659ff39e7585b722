"""What a plan that reads well may still get wrong: gaps, overlaps, names that lead nowhere."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from yizhan.domain.tariff.clock import atoms
from yizhan.domain.tariff.coverage import classes_of, selects_class, selects_rest
from yizhan.domain.tariff.model import AddOn, Plan, Tariff, Warned
from yizhan.domain.tariff.prices import PriceRule, Tier, TierKind
from yizhan.domain.tariff.problems import Problem
from yizhan.domain.tariff.values import Source
from yizhan.kernel.text import Text

_MOST_GAPS = 5
"""Gaps shown; one missing rule often leaves hundreds."""


def check(tariff: Tariff) -> list[Problem]:
    """Everything wrong with *tariff* as a whole, by line."""
    problems = [*_names(tariff), *_equal_selectors(tariff.price)]
    if isinstance(tariff, Plan):
        problems.extend(_reach(tariff))
    elif isinstance(tariff, AddOn) and not (
        tariff.price
        or tariff.allowances
        or tariff.discounts
        or tariff.recurring
        or tariff.family
        or tariff.caps
    ):
        problems.append(_at(tariff.source, tariff.id, "The add-on gives nothing."))
    return problems


def warnings(tariff: Tariff) -> tuple[Warned, ...]:
    """What is allowed and worth knowing before it is sold: prices that fall with usage."""
    return tuple(
        Warned(
            text=Text(
                f"{tier.text.zh}：用到 {edge + 1} 时总价低于 {edge}",
                f"{tier.text.en}: {edge + 1} units cost less than {edge}",
            ),
            source=tier.source,
        )
        for tier in tariff.tiers
        if tier.kind is TierKind.VOLUME
        for edge in _falling_edges(tier)
    )


def _falling_edges(tier: Tier) -> Iterator[int]:
    for lower, upper in zip(tier.steps, tier.steps[1:], strict=False):
        edge = lower.upto or 0
        if tier.money:
            before = Fraction(lower.flat) + edge * Fraction(lower.percent)
            after = Fraction(upper.flat) + (edge + 1) * Fraction(upper.percent)
        else:
            before = Fraction(lower.flat) + edge * Fraction(lower.price)
            after = Fraction(upper.flat) + (edge + 1) * Fraction(upper.price)
        if after < before:
            yield edge


def _at(source: Source, key: str, message: str, **facts: object) -> Problem:
    return Problem(source.file, source.line, key, message, facts)


def _names(tariff: Tariff) -> Iterator[Problem]:
    """Ids are unique, and what is named exists."""
    for key, things in (
        ("recurring", tariff.recurring),
        ("price", tariff.price),
        ("allowances", tariff.allowances),
        ("tiers", tariff.tiers),
        ("limits.caps", tariff.caps),
        ("discounts", tariff.discounts),
        ("examples", tariff.examples),
    ):
        yield from _unique(key, things)
    tiers = {tier.id for tier in tariff.tiers}
    used = set()
    for rule in tariff.price:
        for part in rule.parts:
            if part.tier is None:
                continue
            used.add(part.tier)
            if part.tier not in tiers:
                yield _at(rule.source, rule.id, "There is no tier “{tier}”.", tier=part.tier)
    for tier in tariff.tiers:
        if tier.id not in used:
            yield _at(tier.source, tier.id, "No price rule uses this tier.")
    allowances = {allowance.id for allowance in tariff.allowances}
    for example in tariff.examples:
        for name, _ in (*example.expected.left, *example.carried):
            if name not in allowances and not example.add_ons:
                yield _at(example.source, example.id, "There is no allowance “{name}”.", name=name)


def _unique(key: str, things: Sequence[object]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for thing in things:
        id, source = thing.id, thing.source  # type: ignore[attr-defined]
        if id in seen:
            yield _at(
                source,
                f"{key}.{id}",
                "The id is used twice; first on line {first}.",
                first=seen[id],
            )
        seen.setdefault(id, source.line)


def _equal_selectors(rules: Sequence[PriceRule]) -> Iterator[Problem]:
    seen: dict[object, PriceRule] = {}
    for rule in rules:
        first = seen.setdefault(rule.when, rule)
        if first is not rule:
            yield _at(
                rule.source,
                f"price.{rule.id}",
                "It selects exactly what “{first}” on line {line} selects.",
                first=first.id,
                line=first.source.line,
            )


def _reach(plan: Plan) -> Iterator[Problem]:
    """Walks everything the plan covers: no combination without a price, no rule without use."""
    families = (False, True) if plan.family or _asks_family(plan) else (False,)
    bands = atoms(plan.calendars)
    partners = ("", *sorted({p for rule in plan.price for p in rule.when.partners}))
    rests = [(b, f, p) for b in bands for f in families for p in partners]
    reached: set[str] = set()
    hiders: dict[str, set[str]] = {}
    drawn: set[str] = set()
    gaps: list[str] = []
    known: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
    for coverage in plan.covers:
        for found in classes_of(coverage):
            candidates = [rule for rule in plan.price if selects_class(rule.when, found)]
            key = tuple(rule.id for rule in candidates)
            for allowance in plan.allowances:
                if allowance.id not in drawn and any(
                    selects_class(selector, found)
                    and any(selects_rest(selector, *rest) for rest in rests)
                    for selector in allowance.when
                ):
                    drawn.add(allowance.id)
            if key not in known:
                known[key] = _first_matches(candidates, rests, reached, hiders)
            gaps.extend(f"{found.code}{missing}" for missing in known[key][1])
    if gaps:
        more = len(gaps) - _MOST_GAPS
        yield _at(
            plan.source,
            "price",
            "No price for {gaps}{more}. Add a rule, or narrow “covers”.",
            gaps="; ".join(gaps[:_MOST_GAPS]),
            more=f" and {more} more" if more > 0 else "",
        )
    for rule in plan.price:
        if rule.id in reached:
            continue
        if rule.id in hiders:
            yield _at(
                rule.source,
                f"price.{rule.id}",
                "It never applies: {earlier} come first and match everything it does.",
                earlier=", ".join(sorted(hiders[rule.id])),
            )
        else:
            yield _at(
                rule.source,
                f"price.{rule.id}",
                "It never applies: nothing the plan covers matches it.",
            )
    for allowance in plan.allowances:
        if allowance.id not in drawn:
            yield _at(
                allowance.source,
                f"allowances.{allowance.id}",
                "It is never drawn: nothing the plan covers matches it.",
            )


def _asks_family(plan: Plan) -> bool:
    return any(rule.when.family is not None for rule in plan.price)


def _first_matches(
    candidates: list[PriceRule],
    rests: Iterable[tuple[frozenset[str], bool, str]],
    reached: set[str],
    hiders: dict[str, set[str]],
) -> tuple[list[str], list[str]]:
    """Notes which of *candidates* decide and which are hidden by whom; gives what is missing."""
    decided: list[str] = []
    missing: list[str] = []
    for bands, family, partner in rests:
        first: str | None = None
        for rule in candidates:
            if not selects_rest(rule.when, bands, family, partner):
                continue
            if first is None:
                first = rule.id
                reached.add(rule.id)
                decided.append(rule.id)
            else:
                hiders.setdefault(rule.id, set()).add(first)
        if first is None:
            words = [f"band {band}" for band in sorted(bands)]
            words += ["family number"] if family else []
            words += [f"partner {partner}"] if partner else []
            missing.append(f" ({', '.join(words)})" if words else "")
    return decided, missing
