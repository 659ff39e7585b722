"""What may be compared: each plan with every legal set of add-ons that could pay off."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from yizhan.domain.advisor.model import Candidate
from yizhan.domain.rating import Usage
from yizhan.domain.tariff import AddOn, AddOnsClash, Plan, Selector, combine, within
from yizhan.kernel.text import Text

ADD_ONS_MAX = 6
"""How many useful add-ons of one plan are tried in every combination (2^6 sets)."""


def candidates(
    plans: Iterable[Plan], add_ons: Mapping[str, AddOn], usages: Sequence[Usage]
) -> Iterator[Candidate]:
    """Every plan with every legal set of add-ons that could pay off for *usages*.

    An add-on that touches no record and costs money cannot lower a bill, so leaving it out loses
    nothing. Sets that exclude or lack each other are not legal and are left out too.
    """
    for plan in plans:
        useful = _useful(plan, add_ons, usages)
        for count in range(len(useful) + 1):
            for chosen in combinations(useful, count):
                if legal(plan, chosen):
                    yield candidate(plan, chosen)


def _useful(plan: Plan, add_ons: Mapping[str, AddOn], usages: Sequence[Usage]) -> list[AddOn]:
    """The plan's add-ons that could pay off, and those they need."""
    carried = {
        key: add_ons[key]
        for key in plan.may_carry
        if key in add_ons and plan.kind in add_ons[key].kinds
    }
    useful = {key for key, add_on in carried.items() if touches(add_on, usages)}
    needed = {other for key in useful for other in carried[key].requires if other in carried}
    return [add_on for key, add_on in carried.items() if key in useful | needed][:ADD_ONS_MAX]


def candidate(plan: Plan, chosen: Sequence[AddOn], *, current: bool = False) -> Candidate:
    """The plan with these add-ons, ready to price."""
    return Candidate(
        plan_id=plan.id,
        version=plan.version,
        name=plan.name,
        add_ons=tuple(add_on.id for add_on in chosen),
        add_on_names=tuple(add_on.name for add_on in chosen),
        plan=combine(plan, list(chosen)) if chosen else plan,
        current=current,
    )


def legal(plan: Plan, chosen: Sequence[AddOn]) -> bool:
    """Whether the set goes together, and with the plan; and what the plan itself needs is there."""
    if not set(plan.requires) <= {add_on.id for add_on in chosen}:
        return False
    try:
        combine(plan, chosen)
    except AddOnsClash:
        return False
    return True


def touches(add_on: AddOn, usages: Sequence[Usage]) -> bool:
    """Whether the add-on could change what these records cost, other than by its fees.

    Anything that works on the bill as a whole could; prices and allowances must meet a record.
    """
    if add_on.discounts or add_on.caps or add_on.tiers or add_on.minimum_spend or add_on.family:
        return True
    selectors = [rule.when for rule in add_on.price]
    selectors += [when for allowance in add_on.allowances for when in allowance.when]
    return any(_could_meet(selector, usage) for selector in selectors for usage in usages)


def _could_meet(selector: Selector, usage: Usage) -> bool:
    return (
        (not selector.services or usage.service in selector.services)
        and (not selector.directions or usage.direction in selector.directions)
        and (not selector.accesses or usage.access in selector.accesses)
        and (not selector.nets or usage.net in selector.nets)
        and (not selector.places or usage.place in selector.places)
        and (not selector.partners or usage.partner in selector.partners)
        and (not selector.zones or any(within(usage.zone, zone) for zone in selector.zones))
        and (not selector.roams or any(within(usage.roam, roam) for roam in selector.roams))
        and (selector.family is not True or usage.family_rank > 0)
    )


def label(who: Candidate) -> Text:
    """What a combination is called: the plan, and the add-ons it carries."""
    if not who.add_ons:
        return who.name
    return Text(
        who.name.zh + " + " + "、".join(name.zh for name in who.add_on_names),
        who.name.en + " + " + ", ".join(name.en for name in who.add_on_names),
    )
