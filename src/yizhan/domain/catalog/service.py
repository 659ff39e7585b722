"""Acts of the product manager: publish, end the sale."""

from collections.abc import Mapping, Sequence
from datetime import date

from yizhan.domain import rating
from yizhan.domain.catalog import compiled, queries, store
from yizhan.domain.catalog.events import OfferPublished, SaleEnded
from yizhan.domain.catalog.model import Offer, VersionTaken
from yizhan.domain.catalog.permissions import PUBLISH
from yizhan.domain.tariff import AddOn, AddOnsClash, Plan, PlanRefused, Problem, ZoneSet, combine
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork

TEXT_BYTES_MAX = 1 << 20


async def publish(work: UnitOfWork, text: str, *, file: str) -> list[Offer]:
    """Publish the plans and add-ons in one text; see ``publish_all``."""
    return await publish_all(work, {file: text})


async def publish_all(work: UnitOfWork, texts: Mapping[str, str]) -> list[Offer]:
    """Publish every plan and add-on of several files, all or none; those new are given back.

    A plan goes on sale only when it parses without gap or overlap, its add-ons fit, what it names
    is there, and every one of its examples comes out as written. A version that is here with the
    same text is left as it is. Raises ``PlanRefused`` with file, line and reason, ``VersionTaken``
    when a version is here with another text, ``Forbidden``.
    """
    work.actor.require(PUBLISH)
    await store.lock_catalogue(work.db)
    things: list[tuple[Plan | AddOn, str]] = []
    for file, text in texts.items():
        things += await _read(work, file, text)
    fresh = [one for one in things if await _is_new(work, *one)]
    problems = await _problems(work, [thing for thing, _ in fresh])
    if problems:
        raise PlanRefused(problems)
    offers = []
    for thing, hash in fresh:
        offer = _offer(work, thing, hash, file=thing.source.file)
        await store.add(work.db, offer)
        begins = max(work.today, offer.on_sale_from or work.today)
        await store.end_earlier_versions(work.db, offer.id, offer.version, begins)
        work.record(
            OfferPublished(
                customer_id=NIL,
                offer_id=offer.id,
                version=offer.version,
                kind=offer.kind,
                title_zh=offer.name.zh,
                title_en=offer.name.en,
            )
        )
        offers.append(offer)
    return offers


async def _read(work: UnitOfWork, file: str, text: str) -> list[tuple[Plan | AddOn, str]]:
    if len(text.encode()) > TEXT_BYTES_MAX:
        raise Invalid(
            "{file} is longer than {limit} bytes. Split it.", file=file, limit=TEXT_BYTES_MAX
        )
    hash = compiled.hash_of(f"{file}\n{text}")
    found = compiled.parsed(hash, text, file)
    await store.put_text(work.db, hash, file, text, work.now)
    things = [(thing, hash) for thing in found if not isinstance(thing, ZoneSet)]
    if not things:
        raise PlanRefused([Problem(file, 1, "", "There is no plan or add-on in it.", {})])
    return things


async def _is_new(work: UnitOfWork, thing: Plan | AddOn, hash: str) -> bool:
    known = await store.list_versions(work.db, thing.id)
    kind = _kind(thing)
    if known and known[0].kind != kind:
        raise PlanRefused(
            [_problem(thing, "“{id}” is the name of another kind of offer.", id=thing.id)]
        )
    for offer in known:
        if offer.version == thing.version:
            if offer.text_hash == hash:
                return False
            file, text = await store.text_of(work.db, offer.text_hash)
            _, other = await store.text_of(work.db, hash)
            if text == other:  # the same text under another file name
                return False
            raise VersionTaken(
                "{file}, line {line}: version {version} of “{id}” is published already, with "
                "another text ({known}). Give the change the next version.",
                field="version",
                file=thing.source.file,
                line=thing.source.line,
                version=thing.version,
                id=thing.id,
                known=file,
            )
    if known and thing.version < known[0].version:
        raise VersionTaken(
            "{file}, line {line}: “{id}” is at version {known} already; {version} is older.",
            field="version",
            file=thing.source.file,
            line=thing.source.line,
            version=thing.version,
            id=thing.id,
            known=known[0].version,
        )
    return True


async def _problems(work: UnitOfWork, things: Sequence[Plan | AddOn]) -> list[Problem]:
    """What stands against publishing these together."""
    plans = {thing.id: thing for thing in things if isinstance(thing, Plan)}
    add_ons = {thing.id: thing for thing in things if isinstance(thing, AddOn)}
    problems: list[Problem] = []
    for plan in plans.values():
        carried = {**await queries.carried_by(work, plan)}
        carried |= {id: add_ons[id] for id in plan.may_carry if id in add_ons}
        problems += _plan_problems(plan, carried)
        if plan.successor and plan.successor not in plans:
            problems += await _unknown(work, plan, plan.successor)
    for add_on in add_ons.values():
        problems += await _fits_sold_plans(work, add_on, set(plans))
    return problems


def _plan_problems(plan: Plan, carried: Mapping[str, AddOn]) -> list[Problem]:
    problems = [
        _problem(plan, "It may carry “{add_on}”, which is not published.", add_on=id)
        for id in plan.may_carry
        if id not in carried
    ]
    for add_on in carried.values():
        problems += _fit(plan, add_on, carried)
    if not plan.examples:
        problems.append(_problem(plan, "It has no examples; none goes on sale unproven."))
    if not problems:
        problems += [
            Problem(
                failure.file,
                failure.line,
                f"examples.{failure.example}",
                "The example claims {what} {expected}; the engine finds {got}.",
                {"what": failure.what, "expected": failure.expected, "got": failure.got},
            )
            for failure in rating.prove(plan, add_ons=carried)
        ]
    return problems


def _fit(plan: Plan, add_on: AddOn, carried: Mapping[str, AddOn]) -> list[Problem]:
    """Whether an add-on, with those it requires, makes one plan with *plan*."""
    needed = [carried[id] for id in add_on.requires if id in carried]
    try:
        combine(plan, [*needed, add_on])
    except AddOnsClash as error:
        return [
            Problem(
                plan.source.file,
                plan.source.line,
                "may_carry",
                "“{add_on}” does not fit: {reason}",
                {"add_on": add_on.id, "reason": str(error)},
            )
        ]
    return []


async def _fits_sold_plans(
    work: UnitOfWork, add_on: AddOn, published_now: set[str]
) -> list[Problem]:
    """A new version of an add-on must go with every plan that is sold and may carry it."""
    problems = []
    for plan in await queries.list_on_sale(work):
        if add_on.id in plan.may_carry and plan.id not in published_now:
            carried = {**await queries.carried_by(work, plan), add_on.id: add_on}
            for problem in _fit(plan, add_on, carried):
                problems.append(
                    _problem(add_on, "{plan}: {reason}", plan=plan.id, reason=problem.reason)
                )
    return problems


async def _unknown(work: UnitOfWork, plan: Plan, id: str) -> list[Problem]:
    if await store.find(work.db, id, None) is not None:
        return []
    return [_problem(plan, "Its successor “{id}” is not published.", id=id)]


def _problem(thing: Plan | AddOn, message: str, **facts: object) -> Problem:
    return Problem(thing.source.file, thing.source.line, thing.id, message, facts)


def _kind(thing: Plan | AddOn) -> str:
    return "plan" if isinstance(thing, Plan) else "add_on"


def _offer(work: UnitOfWork, thing: Plan | AddOn, hash: str, *, file: str) -> Offer:
    kinds = (thing.kind,) if isinstance(thing, Plan) else thing.kinds
    return Offer(
        id=thing.id,
        version=thing.version,
        kind=_kind(thing),
        line_kinds=tuple(kind.value for kind in kinds),
        name=thing.name,
        text_hash=hash,
        file=file,
        on_sale_from=thing.on_sale_from,
        on_sale_to=thing.on_sale_to,
        successor=thing.successor,
        examples=len(thing.examples),
        published_at=work.now,
        published_by=work.actor.name,
    )


async def end_sale(work: UnitOfWork, id: str, *, on: date, successor: str | None = None) -> Offer:
    """No longer sell the newest version of a plan or add-on from the day *on*.

    Those who have it keep it. Raises ``NotFound``, ``Refused`` when the day lies in the past or the
    sale has ended before, ``Forbidden``.
    """
    work.actor.require(PUBLISH)
    offer = await queries.get_offer(work, id)
    if on < work.today:
        raise Refused("The sale cannot end in the past ({day}).", field="on", day=on.isoformat())
    if offer.on_sale_to is not None and offer.on_sale_to <= work.today:
        raise Refused("“{id}” is not sold any more since {day}.", id=id,
                      day=offer.on_sale_to.isoformat())  # fmt: skip
    if successor is not None:
        if successor == id:
            raise Invalid("An offer cannot take its own place.", field="successor")
        if await store.find(work.db, successor, None) is None:
            raise NotFound("There is no plan “{id}” (version {version}).", id=successor,
                           version="any")  # fmt: skip
    await store.end_sale(work.db, id, offer.version, on, successor)
    ended = await queries.get_offer(work, id, offer.version)
    work.record(
        SaleEnded(
            customer_id=NIL,
            offer_id=id,
            version=offer.version,
            day=on,
            successor=ended.successor or "",
        )
    )
    return ended
