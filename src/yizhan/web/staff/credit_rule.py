"""The operator's rule of credit: when customers are warned, who is never stopped over credit."""

from typing import Any

from litestar import Response, get, post

from yizhan.domain import limits
from yizhan.kernel.errors import CareError
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import AnyRequest, done, page, words
from yizhan.web.staff.terms import SEGMENT, TIER
from yizhan.web.work import acting, reading


@get("/credit-rule", needs="limits.rule")
async def show(request: AnyRequest) -> Response[Any]:
    """The rule in force, and who made it what it is."""
    return await _page(request)


@post("/credit-rule", needs="limits.rule", status_code=200)
async def change(request: AnyRequest) -> Response[Any]:
    """Follow another rule from now on."""
    form = await Form.of(request)
    try:
        rule = limits.Rule(
            warn_percent=form.count("warn_percent", least=1, most=99),
            exempt_tiers=tuple(form.all("exempt_tiers")),
            exempt_segments=tuple(form.all("exempt_segments")),
        )
        base = form.count("version", least=1, most=1_000_000)
        async with acting(request) as work:
            await limits.change_rule(work, rule, base=base, reason=form.value("reason"))
    except CareError as error:
        return await _page(request, form=form.wrong(request, error), status=422)
    return done(request, "/credit-rule", "The new credit rule is in force.")


async def _page(
    request: AnyRequest, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        versions = await limits.list_rules(work)
    rule = versions[0].rule
    tiers = form.all("exempt_tiers") if form else rule.exempt_tiers
    segments = form.all("exempt_segments") if form else rule.exempt_segments
    return page(
        request,
        "staff/credit_rule.html",
        title="Credit rule",
        section="credit-rule",
        status=status,
        form=form,
        version=versions[0].version,
        rule=rule,
        tiers=[(code, words(request, said), code in tiers) for code, said in TIER.items()],
        segments=[(code, words(request, said), code in segments) for code, said in SEGMENT.items()],
        versions=[
            {
                "one": one,
                "tiers": [words(request, TIER[code]) for code in one.rule.exempt_tiers],
                "segments": [words(request, SEGMENT[code]) for code in one.rule.exempt_segments],
            }
            for one in versions
        ],
    )


ROUTES: list[Any] = [show, change]
