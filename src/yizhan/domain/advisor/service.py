"""Advising a line from its own records, a newcomer from what he says, and keeping what was said."""

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from yizhan.domain import catalog, contacts, customers, subscriptions, usage
from yizhan.domain.advisor import store
from yizhan.domain.advisor.advising import advise as advise_on
from yizhan.domain.advisor.candidates import candidate, candidates
from yizhan.domain.advisor.events import AdviceGiven
from yizhan.domain.advisor.habits import Habits
from yizhan.domain.advisor.habits import months as months_of_habits
from yizhan.domain.advisor.history import digest, months_of, not_counted, seen
from yizhan.domain.advisor.model import (
    Advice,
    Candidate,
    Excluded,
    Month,
    NotTheirLine,
    Verdict,
)
from yizhan.domain.advisor.offer import Offer, withdrawn
from yizhan.domain.advisor.permissions import GIVE
from yizhan.domain.advisor.words import gist
from yizhan.kernel.ids import new_id
from yizhan.kernel.period import add_months, cycle_containing, midnight
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

MONTHS_SHOWN = 6
MONTHS_MAX = 12


async def advise(
    work: UnitOfWork, line_id: UUID, *, months: int = MONTHS_SHOWN, limits: bool = True
) -> Advice:
    """Advice for a line from its last whole bill months.

    Raises ``NothingToPrice`` without a whole month of usage, ``Refused`` for a caller who is not
    verified, ``Forbidden`` without the right.
    """
    work.actor.require(GIVE)
    line = await subscriptions.get_line(work, line_id)
    await contacts.require_verified(work, line.customer_id)
    today = work.today
    offer = await _offer(work, line.kind.value, today)
    held = await _held(work, line_id)
    history = await _history(work, line, min(months, MONTHS_MAX))
    facts = await _facts(work, line.customer_id, today)
    allowed, excluded = offer.sort_out(facts, held)
    records = [record for month in history for record in month.usages]
    advice = await to_thread(  # seconds of arithmetic: others are served meanwhile
        advise_on,
        held,
        candidates(allowed, offer.add_ons, records),
        history,
        work.zone,
        excluded=excluded,
        not_counted=not_counted(held, history, allowed),
        limits=limits,
    )
    return msgspec.structs.replace(
        advice,
        line_id=line_id,
        usage_digest=digest(history),
        catalogue_digest=offer.digest,
    )


async def advise_habits(
    work: UnitOfWork,
    habits: Habits,
    *,
    facts: Mapping[str, object],
    kind: str = "mobile",
    asked_for: str | None = None,
) -> Advice:
    """Advice for somebody without usage with us, from what he says of himself.

    *facts* are the attributes that decide who may have what (``student``, ``age`` …).
    *asked_for* is the plan he asked for; if it is no longer sold the answer says what came after.
    """
    work.actor.require(GIVE)
    today = work.today
    offer = await _offer(work, kind, today)
    allowed, excluded = offer.sort_out(facts)
    if asked_for is not None:
        excluded = (*excluded, *await _withdrawn(work, asked_for, today, excluded))
    months = months_of_habits(habits, until=today, tz=work.zone)
    records = [record for month in months for record in month.usages]
    advice = await to_thread(
        advise_on,
        None,
        candidates(allowed, offer.add_ons, records),
        months,
        work.zone,
        excluded=excluded,
        not_counted=(
            Text(
                "这是按您说的习惯估算的，不是话单；用满三个月后再按实际复核。",
                "This is an estimate from what you said, not from records; after three months"
                " we check it against what you really use.",
            ),
        ),
        estimated=True,
    )
    return msgspec.structs.replace(
        advice, usage_digest=digest(months), catalogue_digest=offer.digest
    )


async def give(work: UnitOfWork, customer_id: UUID, advice: Advice) -> UUID:
    """Keep advice that was given to a customer, as evidence; the id it is found under.

    Raises ``NotTheirLine`` when it was made from another customer's line, ``Refused`` for a caller
    who is not verified, ``Forbidden`` without the right.
    """
    work.actor.require(GIVE)
    if advice.line_id is not None:
        await contacts.require_verified(work, customer_id)
        line = await subscriptions.get_line(work, advice.line_id)
        if line.customer_id != customer_id:
            raise NotTheirLine(
                "This advice was made from a line of another customer.", line_id=advice.line_id
            )
    advice_id = new_id()
    await store.add(work, advice_id, customer_id, advice)
    work.record(
        AdviceGiven(
            customer_id=customer_id,
            advice_id=advice_id,
            line_id=advice.line_id,
            verdict=advice.verdict.value,
            said=gist(advice),
            recommended=advice.best.candidate.key
            if advice.best is not None and advice.verdict is Verdict.SWITCH
            else None,
            saving_fen=advice.saving,
            habit_saving_fen=advice.habit.saving if advice.habit else 0,
            months=len(advice.months),
        )
    )
    return advice_id


# ---------------------------------------------------------------- what it is made from


async def _offer(work: UnitOfWork, kind: str, day: date) -> Offer:
    plans = await catalog.list_on_sale(work, on=day, kind=kind)
    add_ons = await catalog.list_add_ons_on_sale(work, on=day, kind=kind)
    return Offer(tuple(plans), {add_on.id: add_on for add_on in add_ons})


async def _held(work: UnitOfWork, line_id: UUID) -> Candidate | None:
    products = await subscriptions.products_of(work, line_id)
    plan = next((p for p in products if p.kind is subscriptions.ProductKind.PLAN), None)
    if plan is None:
        return None
    parsed = await catalog.get_plan(work, plan.plan_id, plan.version)
    add_ons = [
        await catalog.get_add_on(work, product.plan_id, product.version)
        for product in products
        if product.kind is subscriptions.ProductKind.ADD_ON
    ]
    return candidate(parsed, add_ons, current=True)


async def _history(work: UnitOfWork, line: subscriptions.Line, count: int) -> list[Month]:
    """The last whole bill months of the line, from the first on of which there are records.

    An empty month before the first record may be one whose records never came in.
    """
    account = await customers.find_account(work, line.account_id)
    cycle_day = account.cycle_day if account is not None else 1
    this, _ = cycle_containing(work.today, cycle_day)
    starts = [add_months(this, -n) for n in range(count, 0, -1)]
    opened = line.opened_at.astimezone(work.zone).date()
    whole = [start for start in starts if start >= opened]
    if not whole:
        return []
    records = await usage.of_line(
        work,
        line.customer_id,
        line.id,
        midnight(whole[0], work.zone),
        midnight(this, work.zone),
    )
    if not records:
        return []
    first, _ = seen(records, work.zone)
    return months_of(records, [start for start in whole if add_months(start, 1) > first], work.zone)


async def _facts(work: UnitOfWork, customer_id: UUID, day: date) -> dict[str, object]:
    customer = await customers.get(work, customer_id)
    party = await customers.get_party(work, customer_id, customer.party_id)
    facts: dict[str, object] = {
        attribute.name: attribute.value
        for attribute in await customers.list_attributes(work, customer_id)
    }
    facts["tier"] = customer.tier.value
    facts["segment"] = customer.segment.value
    if party.birth_date is not None:
        facts["age"] = customers.age_on(party.birth_date, day)
    return facts


async def _withdrawn(
    work: UnitOfWork, plan_id: str, day: date, already: Sequence[Excluded]
) -> tuple[Excluded, ...]:
    plan = await catalog.get_plan(work, plan_id)
    if plan.on_sale(day) or any(one.plan_id == plan_id for one in already):
        return ()
    return (withdrawn(plan),)
