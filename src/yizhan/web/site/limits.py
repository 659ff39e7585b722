"""One's own caps: what a line may cost or load in a month, what is used of it, and the way back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from yizhan.domain import subscriptions
from yizhan.kernel.errors import CareError
from yizhan.web.site.page import AnyRequest, done, mine, own_line, page
from yizhan.web.staff import limits as view
from yizhan.web.staff.form import Form
from yizhan.web.work import acting, reading


@get("/my/limits", customer=True)
async def limits_page(request: AnyRequest, line: UUID | None = None) -> Response[Any]:
    """Progress against each cap, to set, change, lift or remove it."""
    return await _page(request, line)


@post("/my/limits", customer=True, status_code=200)
async def change(request: AnyRequest) -> Response[Any]:
    """Set, lift or remove one of one's own caps."""
    form = await Form.of(request)
    line_id = form.uuid("line")
    try:
        async with acting(request) as work:
            line = await own_line(request, work, line_id)
            assert line is not None, "a named line is found or refused"
            said = await view.act(work, line.id, form)
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _page(request, line_id, form=wrong, status=422)
    return done(request, f"/my/limits?line={line.id}", said)


async def _page(
    request: AnyRequest, line_id: UUID | None, *, form: Form | None = None, status: int = 200
) -> Response[Any]:
    async with reading(request) as work:
        line = await own_line(request, work, line_id)
        lines = await subscriptions.list_lines(work, mine(request))
        shown = await view.view(request, work, line) if line else None
        accounts = await view.credits(request, work, mine(request))
    return page(
        request,
        "site/limits.html",
        title="Caps and notices",
        section="lines",
        status=status,
        form=form,
        chosen=line,
        lines=[(one.id, one.number or "–") for one in lines],
        shown=shown,
        accounts=accounts,
        at_full=view.options(request),
    )


ROUTES: list[Any] = [limits_page, change]
