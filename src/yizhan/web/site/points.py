"""The customer club for oneself: tier and the way to the next, points, when they end, rewards."""

from datetime import date
from typing import Any

from litestar import Response, get, post

from yizhan.domain import club, customers, timeline
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform import events
from yizhan.platform.work import UnitOfWork
from yizhan.web.site.page import AnyRequest, done, mine, page, words
from yizhan.web.staff.form import Form
from yizhan.web.work import acting, reading

SHOWN = 30
STEPS = ("none", "silver", "gold", "diamond")
MOVES = {
    "club.points_earned": 1,
    "club.points_expired": -1,
    "club.points_taken_back": -1,
    "club.reward_taken": -1,
    "club.tier_changed": 0,
}
"""What the history tells, and whether points came or went by it."""


@get("/my/points", customer=True)
async def points_page(request: AnyRequest) -> Response[Any]:
    """Points, tier, what they buy and where they came from."""
    return await _page(request)


@post("/my/points/rewards", customer=True, status_code=200)
async def redeem(request: AnyRequest) -> Response[Any]:
    """Points for credit, once however often the button is pressed."""
    form = await Form.of(request)
    try:
        async with acting(request) as work:
            given = await club.redeem(
                work,
                mine(request),
                reward=form.required("reward"),
                account_id=form.uuid("account"),
                key=form.required("key")[:100],
            )
    except CareError as error:
        if isinstance(error, club.NoSuchReward):
            error = Invalid(error.message, field="reward", **error.facts)
        return await _page(request, form=form.wrong(request, error), status=422)
    said = "{points} points became {reward}."
    return done(request, "/my/points", said, points=given.points, reward=words(request, given.name))


async def _page(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        customer = await customers.get(work, mine(request))
        member = await club.find_member(work, mine(request))
        points = await club.points_of(work, mine(request))
        rule = (await club.rule(work)).rule
        accounts = [
            (one.id, one.number)
            for one in await customers.list_accounts(work, mine(request))
            if one.status == "active"
        ]
        history = await _history(request, work)
    tier = member.tier if member else customer.tier.value
    return page(
        request,
        "site/points.html",
        title="Points and tier",
        section="points",
        status=status,
        form=form,
        member=member,
        total=points.total,
        lots=list(points.by_day.items()),
        tier=tier,
        tier_words=words(request, club.TIERS[tier]),
        benefits=[words(request, one) for one in rule.benefits_of(tier)],
        steps=_steps(request, rule, tier, member.mean_fen if member else 0),
        next_step=_next(request, rule, member, tier),
        window=rule.window_months,
        rewards=[
            {"one": one, "words": words(request, one.name), "short": one.points - points.total}
            for one in rule.rewards
        ],
        accounts=accounts,
        history=history,
        ends_soon=_ends_soon(points, work.today),
        key=new_id(),
    )


def _steps(request: AnyRequest, rule: club.Rule, tier: str, mean_fen: int) -> list[dict[str, Any]]:
    """The ladder: each tier, from which mean, and whether it is reached."""
    reached = STEPS.index(tier)
    return [
        {
            "words": words(request, club.TIERS[one.tier]),
            "from_fen": one.from_fen,
            "held": one.tier == tier,
            "reached": STEPS.index(one.tier) <= reached,
            "value": min(mean_fen, one.from_fen),
            "benefits": [words(request, text) for text in one.benefits],
        }
        for one in rule.tiers
    ]


def _next(
    request: AnyRequest, rule: club.Rule, member: club.Member | None, tier: str
) -> dict[str, Any] | None:
    """The tier above and what a month still lacks; None at the top, or when nobody looked yet."""
    above = STEPS.index(tier) + 1
    if member is None or above >= len(STEPS):
        return None
    step = next(one for one in rule.tiers if one.tier == STEPS[above])
    return {
        "words": words(request, club.TIERS[step.tier]),
        "from_fen": step.from_fen,
        "mean_fen": member.mean_fen,
        "lacks_fen": max(0, step.from_fen - member.mean_fen),
    }


def _ends_soon(points: club.Points, today: date) -> tuple[date, int] | None:
    """The points that end within a quarter of a year."""
    for day, left in points.by_day.items():
        return (day, left) if (day - today).days <= 92 else None
    return None


async def _history(request: AnyRequest, work: UnitOfWork) -> list[dict[str, Any]]:
    found = await events.list_of_customer(work.db, mine(request), limit=SHOWN, prefix="club.")
    return [
        {
            "at": one.at,
            "words": words(request, timeline.entry_of(work, one).words),
            "points": MOVES[one.name] * int(one.payload.get("points", 0)),
        }
        for one in found
        if one.name in MOVES
    ]


ROUTES: list[Any] = [points_page, redeem]
