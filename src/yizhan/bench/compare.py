"""Random plans and months through the engine and the oracle: every figure must be the same."""

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from yizhan.bench.months import month
from yizhan.bench.oracle import Beyond, opinion
from yizhan.bench.plans import plan_text
from yizhan.domain import rating
from yizhan.domain.tariff import Plan, parse
from yizhan.kernel.period import Period, add_months, midnight

TZ = ZoneInfo("Asia/Shanghai")
MONTHS_PER_PLAN = 4


class Difference(msgspec.Struct, frozen=True):
    """One figure on which they disagree; the seed makes the case again."""

    seed: int
    what: str
    engine: str
    oracle: str


class Compared(msgspec.Struct, frozen=True):
    """What a run of comparisons came to."""

    plans: int
    months: int
    records: int
    beyond: int
    seconds: float
    features: dict[str, int]
    differences: tuple[Difference, ...]


def compare(
    first_seed: int,
    plans: int,
    *,
    records: int = 25,
    stop_at: int = 20,
    progress: Callable[[int], None] | None = None,
) -> Compared:
    """Compare *plans* random plans over some random months of about *records* records each."""
    started = time.perf_counter()
    found: list[Difference] = []
    months = seen = beyond = 0
    features: Counter[str] = Counter()
    for seed in range(first_seed, first_seed + plans):
        chance = random.Random(seed)
        plan = parse(plan_text(chance, seed), file=f"random {seed}")
        assert isinstance(plan, Plan)
        features.update(features_of(plan))
        for _ in range(MONTHS_PER_PLAN):
            try:
                differences, count = one_month(plan, chance, seed, records)
            except Beyond:
                beyond += 1
                continue
            months += 1
            seen += count
            found += differences
        if progress is not None:
            progress(seed - first_seed + 1)
        if len(found) >= stop_at:
            break
    return Compared(
        plans=plans,
        months=months,
        records=seen,
        beyond=beyond,
        seconds=round(time.perf_counter() - started, 2),
        features=dict(features.most_common()),
        differences=tuple(found[:stop_at]),
    )


def one_month(
    plan: Plan, chance: random.Random, seed: int, records: int
) -> tuple[list[Difference], int]:
    """One month under both."""
    number = chance.choice((2, 3, 10))
    usages = month(chance, chance.randint(records // 2, records * 2), tz=TZ, of=number)
    start = date(2026, number, 1)
    end = add_months(start, 1)
    active = start if chance.random() < 0.7 else start.replace(day=chance.randint(2, 28))
    since = chance.choice((0, 3, 12))
    carried = {
        spec.id: chance.randrange(1, spec.size + 1)
        for spec in plan.allowances
        if spec.rollover is not None and chance.random() < 0.5
    }
    context = rating.Context(
        active_from=active,
        months_since_start=since,
        carry=rating.Carry(
            lots=tuple(rating.Lot(allowance=key, units=units) for key, units in carried.items())
        ),
    )
    rated = rating.rate_month(
        plan, usages, Period(midnight(start, TZ), midnight(end, TZ)), tz=TZ, context=context
    )
    held = opinion(
        plan,
        usages,
        start,
        end,
        TZ,
        active_from=active,
        months_since_start=since,
        carried=carried,
    )
    return _differences(seed, rated, held), len(usages)


def _differences(seed: int, rated: rating.RatedMonth, held: Any) -> list[Difference]:
    found = []
    for charge in rated.charges:
        if charge.yuan != held.charges[charge.usage_id]:
            found.append(
                Difference(
                    seed,
                    f"charge by {charge.rule}",
                    str(charge.yuan),
                    str(held.charges[charge.usage_id]),
                )
            )
    lines = {
        (line.kind, line.key): line.amount
        for line in rated.lines
        if line.kind not in ("allowance", "rounding")
    }
    for key in sorted({*lines, *held.month.lines}):
        mine, other = lines.get(key, 0), held.month.lines.get(key, 0)
        if mine != other:
            found.append(Difference(seed, f"line {key[0]} {key[1]}", str(mine), str(other)))
    if rated.total != held.month.total:
        found.append(Difference(seed, "total", str(rated.total), str(held.month.total)))
    left = {bucket.allowance: bucket.left for bucket in rated.buckets}
    for allowance, units in held.left.items():
        if left.get(allowance) != units:
            found.append(
                Difference(seed, f"left {allowance}", str(left.get(allowance)), str(units))
            )
    return found


def features_of(plan: Plan) -> set[str]:
    """What of the language a plan uses."""
    found = set()
    if plan.calendars:
        found.add("bands")
    if plan.family:
        found.add("family numbers")
    for rule in plan.price:
        if rule.cap:
            found.add("event cap")
        if len(rule.parts) > 1:
            found.add("several parts")
        for part in rule.parts:
            found |= {"connect fee"} if part.connect else set()
            found |= {"in-call steps"} if len(part.steps) > 1 else set()
    for spec in plan.allowances:
        found.add("allowance")
        found |= {"rollover"} if spec.rollover else set()
        found |= {"day pass"} if spec.entry_fee else set()
        found |= {"packs"} if spec.pack else set()
        found |= {"points"} if spec.points else set()
        found |= {"allowance of some items"} if spec.items else set()
        found |= {"price inside"} if spec.inside else set()
        found |= {f"then {spec.then.value}"}
    for tier in plan.tiers:
        found.add(f"{tier.kind.value} tiers over {tier.span.value}")
    found |= {"minimum spend"} if plan.minimum_spend else set()
    found |= {f"cap over {cap.span.value}" for cap in plan.caps}
    found |= {"discount"} if plan.discounts else set()
    found |= {"tax"} if plan.taxes else set()
    found |= {"event rounding"} if plan.rounding.event else set()
    return found
