"""Reading the catalogue. What is sold is public (R34), so most reads ask for no right."""

from collections.abc import Sequence
from datetime import date
from weakref import WeakKeyDictionary

from yizhan.domain import rating
from yizhan.domain.catalog import compiled, store
from yizhan.domain.catalog.model import ExampleOutcome, Offer
from yizhan.domain.catalog.permissions import READ
from yizhan.domain.tariff import AddOn, Plan
from yizhan.kernel.errors import NotFound
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork, Works

Wanted = str | tuple[str, int | None]
"""An add-on by id (its newest version) or by id and version."""

_versions: WeakKeyDictionary[Works, dict[tuple[str, int], Offer]] = WeakKeyDictionary()
"""What a published version says never changes, so it is asked for once (its sale may end)."""


async def get_offer(work: UnitOfWork, id: str, version: int | None = None) -> Offer:
    """A version of a plan or add-on, or its newest one. Raises ``NotFound``."""
    offer = await store.find(work.db, id, version)
    if offer is None:
        raise NotFound("There is no plan “{id}” (version {version}).", id=id,
                       version=version or "any")  # fmt: skip
    return offer


async def get_plan(work: UnitOfWork, plan_id: str, version: int | None = None) -> Plan:
    """A plan as published, with its sale as it stands. Raises ``NotFound``."""
    thing = await _get(work, plan_id, version)
    if not isinstance(thing, Plan):
        raise NotFound("“{id}” is an add-on, not a plan.", id=plan_id)
    return thing


async def get_add_on(work: UnitOfWork, add_on_id: str, version: int | None = None) -> AddOn:
    """An add-on as published. Raises ``NotFound``."""
    thing = await _get(work, add_on_id, version)
    if not isinstance(thing, AddOn):
        raise NotFound("“{id}” is a plan, not an add-on.", id=add_on_id)
    return thing


async def get_add_ons(work: UnitOfWork, wanted: Sequence[Wanted]) -> list[AddOn]:
    """Several add-ons, in the order asked for."""
    return [await get_add_on(work, *_pair(one)) for one in wanted]


async def _get(work: UnitOfWork, id: str, version: int | None) -> Plan | AddOn:
    return await _thing(work, await get_offer(work, id, version))


async def _thing(work: UnitOfWork, offer: Offer) -> Plan | AddOn:
    await _parse(work, offer)
    return compiled.offered(offer)


async def _parse(work: UnitOfWork, offer: Offer) -> None:
    if not compiled.known(offer.text_hash):
        file, body = await store.text_of(work.db, offer.text_hash)
        compiled.parsed(offer.text_hash, body, file)


def _pair(wanted: Wanted) -> tuple[str, int | None]:
    return (wanted, None) if isinstance(wanted, str) else wanted


async def _version(work: UnitOfWork, id: str, version: int | None) -> Offer:
    """As ``get_offer`` for what never changes: from memory when the version is named."""
    seen = _versions.setdefault(work.house, {})
    if version is not None and (id, version) in seen:
        offer = seen[id, version]
    else:
        offer = await get_offer(work, id, version)
        if len(seen) > compiled.REMEMBERED_PLANS:
            seen.clear()
        seen[offer.id, offer.version] = offer
    await _parse(work, offer)
    return offer


async def effective(
    work: UnitOfWork, plan_id: str, version: int | None = None, add_ons: Sequence[Wanted] = ()
) -> Plan:
    """A plan with add-ons as one plan the engine rates by; remembered by content.

    The same content gives the same object. Raises ``NotFound``, ``AddOnsClash``.
    """
    plan = await _version(work, plan_id, version)
    if plan.kind != "plan":
        raise NotFound("“{id}” is an add-on, not a plan.", id=plan_id)
    return compiled.effective(plan, [await _version(work, *_pair(one)) for one in add_ons])


async def list_on_sale(
    work: UnitOfWork, *, on: date | None = None, kind: str | None = None
) -> list[Plan]:
    """The plans sold on a day (default today) for a kind of line (default all), by id."""
    offers = await store.list_on_sale(work.db, kind="plan", line_kind=kind, on=on or work.today)
    things = [await _thing(work, offer) for offer in offers]
    return [thing for thing in things if isinstance(thing, Plan)]


async def list_add_ons_on_sale(
    work: UnitOfWork, *, on: date | None = None, kind: str | None = None
) -> list[AddOn]:
    """The add-ons sold on a day (default today) for a kind of line (default all), by id."""
    offers = await store.list_on_sale(work.db, kind="add_on", line_kind=kind, on=on or work.today)
    things = [await _thing(work, offer) for offer in offers]
    return [thing for thing in things if isinstance(thing, AddOn)]


async def list_offers(
    work: UnitOfWork, *, kind: str | None = None, limit: int = 500
) -> Sequence[Offer]:
    """The newest version of every plan and add-on (``kind``: plan, add_on), withdrawn ones too."""
    return await store.list_newest(work.db, kind=kind, limit=min(limit, 2000))


async def list_versions(work: UnitOfWork, id: str) -> Sequence[Offer]:
    """All versions of a plan or add-on, newest first."""
    return await store.list_versions(work.db, id)


async def successor_of(work: UnitOfWork, plan_id: str, *, on: date | None = None) -> Plan | None:
    """The plan now sold in place of a withdrawn one, through successors of successors."""
    day, seen = on or work.today, {plan_id}
    plan = await get_plan(work, plan_id)
    while plan.successor is not None and plan.successor not in seen:
        seen.add(plan.successor)
        plan = await get_plan(work, plan.successor)
        if plan.on_sale(day):
            return plan
    return None


async def text_of(work: UnitOfWork, id: str, version: int | None = None) -> str:
    """The file a version was published from."""
    work.actor.require(READ)
    offer = await get_offer(work, id, version)
    return (await store.text_of(work.db, offer.text_hash))[1]


async def examples_of(
    work: UnitOfWork, plan_id: str, version: int | None = None
) -> list[ExampleOutcome]:
    """A plan's worked examples, run now: which hold, and where one does not."""
    work.actor.require(READ)
    plan = await get_plan(work, plan_id, version)
    return outcomes(plan, await carried_by(work, plan))


async def carried_by(work: UnitOfWork, plan: Plan) -> dict[str, AddOn]:
    """The add-ons a plan may carry, as far as they are published."""
    found: dict[str, AddOn] = {}
    for id in plan.may_carry:
        offer = await store.find(work.db, id, None)
        if offer is not None:
            thing = await _thing(work, offer)
            if isinstance(thing, AddOn):
                found[id] = thing
    return found


def outcomes(plan: Plan, add_ons: dict[str, AddOn]) -> list[ExampleOutcome]:
    """Every example of a plan with what the engine says to it."""
    failures = rating.prove(plan, add_ons=add_ons)
    return [
        ExampleOutcome(
            id=example.id,
            text=example.text or Text(example.id, example.id),
            line=example.source.line,
            problems=tuple(
                f"{failure.what}: {failure.expected} ≠ {failure.got}"
                for failure in failures
                if failure.example == example.id
            ),
        )
        for example in plan.examples
    ]
