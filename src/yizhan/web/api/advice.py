"""API: plan advice from records or from stated habits, and advice that was given."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta

from yizhan.domain import advisor
from yizhan.kernel.text import Text
from yizhan.web.api.route import AnyRequest, Limit, Page, api_get, api_post
from yizhan.web.work import acting, reading

TAG = "Advice"


class Option(msgspec.Struct):
    """A plan with add-ons and what the same months would have cost."""

    plan_id: str
    version: int
    add_ons: Sequence[str]
    name: Text
    current: bool
    total_fen: int
    mean_fen: int
    months_fen: Sequence[int]


class Advised(msgspec.Struct):
    """The advice. ``sentences`` say it in order; options come cheapest first."""

    verdict: advisor.Verdict
    months: Sequence[date]
    saving_fen: int
    months_worse: int
    habit_saving_fen: int
    best: Option | None
    current: Option | None
    options: Sequence[Option]
    excluded: Sequence[advisor.Excluded]
    not_counted: Sequence[Text]
    sentences: Sequence[Text]
    estimated: bool
    advice_id: UUID | None = None


class FromHabits(msgspec.Struct):
    """What somebody without usage with us says of a usual month, and of himself."""

    habits: advisor.Habits
    facts: Annotated[dict[str, Any], Meta(examples=[{"student": True, "age": 19}])] = {}
    kind: str = "mobile"
    asked_for: str | None = None


class Given(msgspec.Struct):
    """Whose advice it is; it is kept as evidence."""

    customer_id: UUID


def _option(priced: advisor.Priced | None) -> Option | None:
    if priced is None:
        return None
    one = priced.candidate
    return Option(
        plan_id=one.plan_id,
        version=one.version,
        add_ons=one.add_ons,
        name=one.name,
        current=one.current,
        total_fen=priced.total,
        mean_fen=priced.mean,
        months_fen=[month.total for month in priced.months],
    )


def _advised(advice: advisor.Advice, advice_id: UUID | None = None) -> Advised:
    return Advised(
        verdict=advice.verdict,
        months=advice.months,
        saving_fen=advice.saving,
        months_worse=advice.months_worse,
        habit_saving_fen=advice.habit.saving if advice.habit else 0,
        best=_option(advice.best),
        current=_option(advice.current),
        options=[option for one in advice.options if (option := _option(one)) is not None],
        excluded=advice.excluded,
        not_counted=advice.not_counted,
        sentences=advisor.sentences(advice),
        estimated=advice.estimated,
        advice_id=advice_id,
    )


@api_get("/lines/{line_id:uuid}/advice", needs="advice.give", tag=TAG)
async def advise(
    request: AnyRequest, line_id: FromPath[UUID], months: FromQuery[int] = 6
) -> Advised:
    """Price a line's last months under every plan and legal add-on set. Nothing is kept."""
    async with reading(request) as work:
        return _advised(await advisor.advise(work, line_id, months=max(1, months)))


@api_post("/lines/{line_id:uuid}/advice", needs="advice.give", tag=TAG)
async def give(
    request: AnyRequest, line_id: FromPath[UUID], data: JSONBody[Given], months: FromQuery[int] = 6
) -> Advised:
    """Advise, and keep the advice as given to the customer."""
    async with acting(request) as work:
        advice = await advisor.advise(work, line_id, months=max(1, months))
        return _advised(advice, await advisor.give(work, data.customer_id, advice))


@api_post("/advice", needs="advice.give", status=200, tag=TAG)
async def advise_habits(request: AnyRequest, data: JSONBody[FromHabits]) -> Advised:
    """Advise somebody without usage with us, from what he says of himself."""
    async with reading(request) as work:
        return _advised(
            await advisor.advise_habits(
                work, data.habits, facts=data.facts, kind=data.kind, asked_for=data.asked_for
            )
        )


@api_get("/customers/{customer_id:uuid}/advice", needs="advice.give", tag=TAG)
async def list_given(
    request: AnyRequest, customer_id: FromPath[UUID], limit: Limit = 20
) -> Page[Any]:
    """Advice given to a customer, the newest first."""
    async with reading(request) as work:
        return Page(await advisor.list_of_customer(work, customer_id, limit=limit))


ROUTES = [advise, give, advise_habits, list_given]
