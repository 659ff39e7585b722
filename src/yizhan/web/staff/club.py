"""The club at the desk: a member and his points; the rule, the tiers, the monthly run."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from yizhan.domain import club, customers
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.kernel.money import parse_yuan, yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.staff.shell import shell
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
LIMIT = 50
COUNTS = ("window_months", "tenure_months", "valid_months", "points_per_yuan", "keep_years")
MOST = {"window_months": 24, "tenure_months": 120, "valid_months": 60, "keep_years": 10}


async def of_customer(
    request: AnyRequest, work: UnitOfWork, customer: customers.Customer
) -> dict[str, Any]:
    """What the customer's page says of the club."""
    member = await club.find_member(work, customer.id)
    points = await club.points_of(work, customer.id)
    tier = member.tier if member else customer.tier.value
    published = await club.rule(work)
    return {
        "member": member,
        "tier": tier,
        "tier_words": words(request, club.TIERS[tier]),
        "origin_words": words(request, club.ORIGINS[member.origin]) if member else "",
        "points": points.total,
        "by_day": list(points.by_day.items()),
        "benefits": [words(request, one) for one in published.rule.benefits_of(tier)],
        "rewards": [
            {"id": one.id, "words": words(request, one.name), "points": one.points}
            for one in published.rule.rewards
        ],
    }


@get("/customers/{customer_id:uuid}/club", needs_all=("club.read", "customers.read"))
async def member_page(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """A customer's tier with its reason, his points and what they buy."""
    return await _member(request, customer_id)


@post("/customers/{customer_id:uuid}/club/rewards", needs="club.redeem", status_code=200)
async def redeem(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """Spend points."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            given = await club.redeem(
                work,
                customer_id,
                reward=form.required("reward"),
                account_id=form.uuid("account"),
                key=form.required("key"),
            )
    except CareError as error:
        return await _member(request, customer_id, form=_wrong(request, form, error))
    return done(
        request,
        f"/customers/{customer_id}/club",
        "{points} points became {reward}.",
        points=given.points,
        reward=words(request, given.name),
    )


@post("/customers/{customer_id:uuid}/club/{what:str}", needs="club.manage", status_code=200)
async def manage(request: AnyRequest, customer_id: UUID, what: str) -> Response[Any]:
    """Look at the customer now, put him into a tier by hand, give him an account manager."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            match what:
                case "evaluate":
                    await club.evaluate(work, customer_id)
                case "tier":
                    await club.set_tier(
                        work,
                        customer_id,
                        form.required("tier"),
                        until=_day(form.required("until")),
                        reason=form.value("reason"),
                    )
                case "manager":
                    await club.set_manager(work, customer_id, form.value("manager") or None)
                case _:
                    raise Invalid("There is no act “{act}”.", field="what", act=what[:40])
    except CareError as error:
        return await _member(request, customer_id, form=_wrong(request, form, error))
    return done(request, f"/customers/{customer_id}/club", "Saved.")


@get("/club", needs="club.read")
async def overview(request: AnyRequest, tier: str = "") -> Response[Any]:
    """The tiers, the rule and its versions, the runs."""
    return await _overview(request, tier=tier)


@post("/club/runs", needs="club.manage", status_code=200)
async def start(request: AnyRequest) -> Response[Any]:
    """Have every customer looked at now."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            await club.start_run(work)
    except CareError as error:
        return await _overview(request, form=_wrong(request, form, error))
    return done(request, "/club", "Every customer is being looked at.")


@post("/club/rule", needs="club.publish", status_code=200)
async def publish(request: AnyRequest) -> Response[Any]:
    """Follow another rule. Benefits, bonuses and rewards stay as they are."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            before = (await club.rule(work)).rule
            tiers = tuple(
                msgspec.structs.replace(
                    one, from_fen=parse_yuan(form.required(one.tier), field=one.tier)
                )
                for one in before.tiers
            )
            changes = {name: form.count(name, most=MOST.get(name, 100)) for name in COUNTS}
            rule = msgspec.structs.replace(before, tiers=tiers, **changes)
            await club.publish(work, rule, note=form.value("note"))
    except CareError as error:
        return await _overview(request, form=_wrong(request, form, error))
    return done(request, "/club", "The new rule counts from the next look on.")


async def _member(
    request: AnyRequest, customer_id: UUID, *, form: Form | None = None
) -> Response[Any]:
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="club")
        customer = await customers.get(work, customer_id)
        standing = await of_customer(request, work, customer)
        taken = await club.list_rewards(work, customer_id, limit=LIMIT)
        accounts = [
            (one.id, one.number)
            for one in await customers.list_accounts(work, customer_id)
            if one.status == "active"
        ]
        names = {one.id: words(request, one.name) for one in (await club.rule(work)).rule.rewards}
    return page(
        request,
        "staff/club_member.html",
        title="Club",
        status=422 if form else 200,
        club=standing,
        taken=[{"one": one, "words": names.get(one.reward, one.reward)} for one in taken],
        accounts=accounts,
        tiers=[(name, words(request, text)) for name, text in club.TIERS.items()],
        form=form,
        key=new_id(),
        **context,
    )


async def _overview(
    request: AnyRequest, *, tier: str = "", form: Form | None = None
) -> Response[Any]:
    may_see = visit_of(request).actor.may("customers.read")
    async with reading(request) as work:
        published = await club.rule(work)
        counts = await club.count_tiers(work)
        members = []
        if tier in club.TIERS and may_see:
            members = [
                {"one": one, "who": await customers.get(work, one.customer_id)}
                for one in await club.list_members(work, tier, limit=LIMIT)
            ]
        rules = await club.list_rules(work, limit=LIMIT)
        runs = await club.list_runs(work)
    rule = published.rule
    return page(
        request,
        "staff/club.html",
        title="Club",
        section="club",
        status=422 if form else 200,
        version=published.version,
        rule=rule,
        counted=[(name, getattr(rule, name)) for name in COUNTS],
        tiers=[
            {
                "name": one.tier,
                "words": words(request, club.TIERS[one.tier]),
                "from_fen": one.from_fen,
                "from_yuan": yuan(one.from_fen),
                "members": counts.get(one.tier, 0),
                "benefits": [words(request, text) for text in one.benefits],
            }
            for one in rule.tiers
        ],
        rewards=[(words(request, one.name), one.points) for one in rule.rewards],
        members=members,
        tier=tier,
        may_see=may_see,
        rules=rules,
        runs=runs,
        form=form,
    )


def _wrong(request: AnyRequest, form: Form, error: CareError) -> Form:
    if isinstance(error, club.NoSuchReward):
        error = Invalid(error.message, field="reward", **error.facts)
    return form.wrong(request, error)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("Give a day, like 2027-03-01.", field="until") from None


ROUTES: list[Any] = [member_page, redeem, manage, overview, start, publish]
