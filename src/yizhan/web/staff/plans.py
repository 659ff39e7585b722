"""The catalogue for who answers for it: versions, the text, the examples run now, publishing."""

from datetime import date
from typing import Any

from litestar import Request, Response, get, post

from yizhan import i18n
from yizhan.domain import catalog
from yizhan.domain.tariff import Plan, PlanRefused
from yizhan.kernel.errors import CareError, Invalid
from yizhan.web.staff import advice_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, words
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]


@get("/plans", needs="plans.read")
async def list_page(request: AnyRequest) -> Response[Any]:
    """Every plan and add-on in its newest version, withdrawn ones too."""
    async with reading(request) as work:
        offers = await catalog.list_offers(work)
        today = work.today
    return page(
        request,
        "staff/plans.html",
        title="Plans",
        section="plans",
        plans=[_row(request, one, today) for one in offers if one.kind == "plan"],
        add_ons=[_row(request, one, today) for one in offers if one.kind != "plan"],
    )


@get("/plans/{offer_id:str}", needs="plans.read")
async def one(request: AnyRequest, offer_id: str, version: int | None = None) -> Response[Any]:
    """A version: what it says, its text, its examples run now by the engine that bills."""
    return await _one(request, offer_id, version)


@get("/plans/new", needs="plans.publish")
async def new(request: AnyRequest, from_id: str = "") -> Response[Any]:
    """A text to publish; begun from a version that is there, if one is named."""
    text = ""
    if from_id:
        async with reading(request) as work:
            text = await catalog.text_of(work, from_id)
    return _new(request, Form.given(text=text, file=f"{from_id or 'new'}.yaml"))


@post("/plans/new", needs="plans.publish", status_code=200)
async def publish(request: AnyRequest) -> Response[Any]:
    """Put a text on sale, if it parses, has no gap, and every example comes out as written."""
    form = await Form.of(request)
    try:
        text = form.values.get("text", [""])[0].replace("\r\n", "\n")
        async with acting(request) as work:
            found = await catalog.publish(work, text, file=form.value("file", "new.yaml"))
    except PlanRefused as refused:
        language = visit_of(request).language
        lines = text.split("\n")
        problems = [
            {
                "file": problem.file,
                "line": problem.line,
                "source": lines[problem.line - 1] if problem.line <= len(lines) else "",
                "key": problem.key,
                "words": i18n.translate(language, problem.message, **problem.facts),
            }
            for problem in refused.problems
        ]
        return _new(request, form, problems=problems, status=422)
    except CareError as error:
        return _new(request, form.wrong(request, error), status=422)
    if not found:
        return done(request, "/plans", "This text is published already.", kind="info")
    first = found[0]
    return done(
        request,
        f"/plans/{first.id}",
        "{name}, version {version}, is published.",
        name=first.name,
        version=first.version,
    )


@post("/plans/{offer_id:str}/end", needs="plans.publish", status_code=200)
async def end(request: AnyRequest, offer_id: str) -> Response[Any]:
    """No longer sell it from a day on."""
    form = await Form.of(request)
    try:
        try:
            day = date.fromisoformat(form.required("on"))
        except ValueError:
            raise Invalid("Give a day, like 2026-03-01.", field="on") from None
        async with acting(request) as work:
            await catalog.end_sale(
                work, offer_id, on=day, successor=form.value("successor") or None
            )
    except CareError as error:
        return await _one(request, offer_id, None, form=form.wrong(request, error), status=422)
    return done(request, f"/plans/{offer_id}", "The sale ends.", kind="warn")


async def _one(
    request: AnyRequest,
    offer_id: str,
    version: int | None,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    async with reading(request) as work:
        offer = await catalog.get_offer(work, offer_id, version)
        text = await catalog.text_of(work, offer_id, offer.version)
        versions = await catalog.list_versions(work, offer_id)
        offers = await catalog.list_offers(work, kind=offer.kind)
        plan = (
            await catalog.get_plan(work, offer_id, offer.version) if offer.kind == "plan" else None
        )
        examples = await catalog.examples_of(work, offer_id, offer.version) if plan else []
        today = work.today
    language = visit_of(request).language
    return page(
        request,
        "staff/plan.html",
        title="Plan",
        section="plans",
        status=status,
        row=_row(request, offer, today),
        text=text,
        versions=versions,
        plan=_plan(request, plan) if plan else None,
        examples=[{"one": each, "words": words(request, each.text)} for each in examples],
        successors=[("", "–")]
        + [(each.id, each.name[language]) for each in offers if each.id != offer_id],
        form=form,
    )


def _new(
    request: AnyRequest,
    form: Form,
    *,
    problems: list[dict[str, Any]] | None = None,
    status: int = 200,
) -> Response[Any]:
    return page(
        request,
        "staff/plan_new.html",
        title="Publish a plan",
        section="plans",
        status=status,
        form=form,
        problems=problems or [],
    )


def _plan(request: AnyRequest, plan: Plan) -> dict[str, Any]:
    return advice_view.plan(request, plan)


def _row(request: AnyRequest, offer: catalog.Offer, today: date) -> dict[str, Any]:
    return {"one": offer, "name": words(request, offer.name), "sold": offer.on_sale(today)}


ROUTES: list[Any] = [list_page, new, one, publish, end]
