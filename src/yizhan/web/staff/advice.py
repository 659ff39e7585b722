"""The adviser's pages: ranked plans month by month, and what to say; advice from stated habits."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import advisor, catalog, customers, subscriptions
from yizhan.kernel.errors import CareError, Refused
from yizhan.kernel.money import parse_yuan
from yizhan.platform.work import UnitOfWork
from yizhan.web.staff import advice_view
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, money, page, part, say
from yizhan.web.staff.shell import shell
from yizhan.web.visit import visit_of
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]


@get("/customers/{customer_id:uuid}/advice", needs="advice.give")
async def advice_page(
    request: AnyRequest, customer_id: UUID, line: UUID | None = None
) -> Response[Any]:
    """The last months of a line under every plan, ranked, with what to say."""
    view: dict[str, Any] | None = None
    problem = ""
    async with reading(request) as work:
        context = await shell(request, work, customer_id, tab="advice")
        lines = await subscriptions.list_lines(work, customer_id)
        chosen = _chosen(lines, line)
        if chosen is not None and not context["hidden"]:
            try:
                given = await advisor.advise(work, chosen.id)
                view = advice_view.whole(request, given, await _successors(work, given))
            except Refused as error:
                problem = say(request, error.message, **error.facts)
        guide = await _guide(request, work, customer_id, chosen)
    return page(
        request,
        "staff/advice.html",
        title="Advice",
        lines=[(one.id, one.number or "–") for one in lines],
        chosen=chosen,
        advice=view,
        problem=problem,
        guide=guide,
        **context,
    )


@get("/customers/{customer_id:uuid}/advice/card", needs="advice.give")
async def card(request: AnyRequest, customer_id: UUID) -> Response[Any]:
    """The advice in three sentences, for the first screen."""
    said: list[str] = []
    problem = ""
    async with reading(request) as work:
        chosen = _chosen(await subscriptions.list_lines(work, customer_id), None)
        if chosen is None:
            problem = say(request, "There is no line to advise on yet.")
        else:
            try:
                given = await advisor.advise(work, chosen.id, limits=False)
                said = advice_view.spoken(request, given)
            except CareError as error:
                problem = say(request, error.message, **error.facts)
                given = None
    verdict = advice_view.verdict(request, given) if said and given else None
    return part(
        request, "staff/_advice_card.html", said=said[:3], problem=problem, verdict=verdict,
        customer_id=customer_id,
    )  # fmt: skip


@post("/customers/{customer_id:uuid}/advice/{line_id:uuid}", needs="advice.give", status_code=200)
async def give(request: AnyRequest, customer_id: UUID, line_id: UUID) -> Response[Any]:
    """Keep that this advice was given; the figures are kept with it as evidence."""
    async with acting(request) as work:
        given = await advisor.advise(work, line_id)
        await advisor.give(work, customer_id, given)
    return done(
        request,
        f"/customers/{customer_id}/advice?line={line_id}",
        "The advice is kept on the timeline with its figures.",
    )


@get("/guide", needs=("advice.give", "plans.read"))
async def guide(request: AnyRequest, customer: UUID | None = None) -> Response[Any]:
    """Plans side by side, how to dial home, and the questions for one without usage with us."""
    return await _guide_page(request, customer)


@post("/guide", needs="advice.give", status_code=200)
async def habits(request: AnyRequest) -> Response[Any]:
    """Advice from what somebody says of himself."""
    form = await Form.of(request)
    customer_id = form.optional_uuid("customer")
    try:
        said = _habits(form)
        async with reading(request) as work:
            given = await advisor.advise_habits(
                work,
                said,
                facts=await _facts(work, customer_id, form),
                kind=form.value("kind", "mobile"),
                asked_for=form.value("asked_for") or None,
            )
            view = advice_view.whole(request, given, await _successors(work, given))
            view["said"] += _against(request, said, given)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _guide_page(request, customer_id, form=wrong, status=422)
    return await _guide_page(request, customer_id, form=form, advice=view)


def _against(request: AnyRequest, said: advisor.Habits, given: advisor.Advice) -> list[str]:
    """The best plan against what the customer says he pays now, if he said so."""
    if said.spends_fen is None or given.best is None:
        return []
    sentence = "You say you pay about {now} a month; this would be {then}, {saved} less."
    saved = said.spends_fen - given.best.mean
    if saved <= 0:
        sentence = "You say you pay about {now} a month; with us it would be {then}, not less."
    return [
        say(
            request,
            sentence,
            now=money(said.spends_fen),
            then=money(given.best.mean),
            saved=money(saved),
        )
    ]


def _chosen(lines: Any, wanted: UUID | None) -> subscriptions.Line | None:
    """The line asked for, else the first mobile one, else any."""
    by_id = {one.id: one for one in lines}
    if wanted in by_id:
        found: subscriptions.Line = by_id[wanted]
        return found
    mobile = [one for one in lines if one.kind is subscriptions.LineKind.MOBILE]
    return next(iter([*mobile, *lines]), None)


def _habits(form: Form) -> advisor.Habits:
    zone, _, _ = form.value("home").partition("|")
    spends = form.value("spends")
    return advisor.Habits(
        minutes_out=form.count("minutes_out", most=44_640),
        minutes_in=form.count("minutes_in", most=44_640),
        long_distance_percent=form.count("long_distance_percent", most=100),
        home_province=zone,
        uses_17911=form.has("uses_17911"),
        family_percent=form.count("family_percent", most=100),
        evening_percent=form.count("evening_percent", most=100),
        campus_percent=form.count("campus_percent", most=100),
        messages=form.count("messages", most=44_640),
        megabytes=form.count("megabytes", most=2_000_000),
        spends_fen=parse_yuan(spends, field="spends") if spends else None,
    )


async def _facts(work: UnitOfWork, customer_id: UUID | None, form: Form) -> dict[str, object]:
    """What decides who may have which plan: what is known, and what was just said."""
    facts: dict[str, object] = {}
    if customer_id is not None:
        known = await customers.list_attributes(work, customer_id)
        facts |= {attribute.name: attribute.value for attribute in known}
    if form.has("age"):
        facts["age"] = form.count("age", most=120)
    if form.has("student"):
        facts["student"] = form.value("student") == "yes"
    zone, _, _ = form.value("home").partition("|")
    if zone:
        facts["home_province"] = zone
    return facts


async def _guide(
    request: AnyRequest, work: UnitOfWork, customer_id: UUID, line: subscriptions.Line | None
) -> list[str]:
    """How this customer dials home, when we know where home is and it is far."""
    known = {one.name: one.value for one in await customers.list_attributes(work, customer_id)}
    home = known.get("home_province", "")
    area = next((area for zone, area, _ in advice_view.homes() if zone == home), "")
    if not area or (line is not None and line.area.lstrip("0") == area.lstrip("0")):
        return []
    has = await _sells_17911(work)
    guide = advisor.dialling_guide(area, catalogue_has_17911=has)
    return [one[visit_of(request).language] for one in guide]


async def _sells_17911(work: UnitOfWork) -> bool:
    plans = await catalog.list_on_sale(work, kind="mobile")
    return any("17911" in rule.when.accesses for plan in plans for rule in plan.price)


async def _successors(work: UnitOfWork, given: advisor.Advice) -> dict[str, catalog.Offer]:
    found = {}
    for one in given.excluded:
        if one.successor:
            found[one.successor] = await catalog.get_offer(work, one.successor)
    return found


async def _guide_page(
    request: AnyRequest,
    customer_id: UUID | None,
    *,
    form: Form | None = None,
    advice: dict[str, Any] | None = None,
    status: int = 200,
) -> Response[Any]:
    language = visit_of(request).language
    async with reading(request) as work:
        plans = await catalog.list_on_sale(work)
        add_ons = await catalog.list_add_ons_on_sale(work)
        offers = await catalog.list_offers(work, kind="plan")
        who = await customers.find(work, customer_id) if customer_id else None
        has = await _sells_17911(work)
        if form is None:
            form = await _prefilled(work, customer_id)
    _, _, area = form.value("home").partition("|")
    dialling = advisor.dialling_guide(area, catalogue_has_17911=has) if area else ()
    return page(
        request,
        "staff/guide.html",
        title="Plans and dialling",
        section="guide",
        status=status,
        form=form,
        customer=who,
        plans=[advice_view.plan(request, one) for one in plans],
        add_ons=[advice_view.add_on(request, one) for one in add_ons],
        offers=[("", say(request, "none in particular"))]
        + [(one.id, one.name[language]) for one in offers],
        homes=[("", say(request, "not said"))]
        + [(f"{zone}|{code}", f"{name[language]} 0{code}") for zone, code, name in _homes()],
        dialling=[one[language] for one in dialling],
        advice=advice,
        told={name: form.value(name) for name in ("student", "home") if form.has(name)},
    )


def _homes() -> Any:
    return [(zone, code.lstrip("0"), name) for zone, code, name in advice_view.homes()]


async def _prefilled(work: UnitOfWork, customer_id: UUID | None) -> Form:
    first = {
        "minutes_out": 120,
        "minutes_in": 120,
        "long_distance_percent": 20,
        "family_percent": 0,
        "evening_percent": 40,
        "campus_percent": 0,
        "messages": 60,
        "megabytes": 0,
        "uses_17911": "yes",
        "customer": customer_id,
    }
    if customer_id is not None:
        known = {one.name: one.value for one in await customers.list_attributes(work, customer_id)}
        if "student" in known:
            first["student"] = "yes" if known["student"] == "true" else "no"
        home = known.get("home_province", "")
        for zone, code, _ in _homes():
            if zone == home:
                first["home"] = f"{zone}|{code}"
    return Form.given(**first)


ROUTES: list[Any] = [advice_page, card, give, guide, habits]
