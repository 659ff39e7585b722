"""What may be sold on a day, and to whom: plans, add-ons, conditions, successors. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from yizhan.domain.advisor.model import Candidate, Excluded
from yizhan.domain.tariff import AddOn, Plan, unmet
from yizhan.kernel.text import Text


class Offer(msgspec.Struct, frozen=True):
    """What may be sold on a day: plans and add-ons of one kind of line."""

    plans: tuple[Plan, ...]
    add_ons: Mapping[str, AddOn]

    @property
    def digest(self) -> str:
        """Names exactly these versions."""
        names = sorted(
            f"{thing.id}@{thing.version}" for thing in (*self.plans, *self.add_ons.values())
        )
        return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]

    def sort_out(
        self, facts: Mapping[str, object], held: Candidate | None = None
    ) -> tuple[list[Plan], tuple[Excluded, ...]]:
        """The plans one with these *facts* may have, and the others with every reason.

        The plan held stays a choice whatever its conditions say today.
        """
        allowed, excluded = [], []
        for plan in self.plans:
            missing = unmet(plan, facts)
            keeps = held is not None and (plan.id, plan.version) == (held.plan_id, held.version)
            if missing and not keeps:
                reasons = tuple(condition.text for condition in missing)
                excluded.append(Excluded(plan.id, plan.name, reasons))
            else:
                allowed.append(plan)
        return allowed, tuple(excluded)


def offer(things: Iterable[Plan | AddOn], *, on: date, kind: str) -> Offer:
    """The newest version of each plan and add-on for lines of this *kind* that is sold on *on*."""
    newest: dict[str, Plan | AddOn] = {}
    for thing in things:
        kinds = (thing.kind,) if isinstance(thing, Plan) else thing.kinds
        known = newest.get(thing.id)
        if kind in kinds and thing.on_sale(on) and (known is None or known.version < thing.version):
            newest[thing.id] = thing
    return Offer(
        tuple(one for one in newest.values() if isinstance(one, Plan)),
        {one.id: one for one in newest.values() if isinstance(one, AddOn)},
    )


def withdrawn(plan: Plan) -> Excluded:
    """A plan that was asked for and is not sold any more, with what came after it."""
    end = plan.on_sale_to
    until = f"{end:%Y-%m-%d}" if end else ""
    return Excluded(
        plan.id,
        plan.name,
        (Text(f"自 {until} 起不再销售", f"Not sold since {until}"),),
        plan.successor,
    )
