"""The network queue: what the network is asked, what it answers, and where it differs from us."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from yizhan.domain import provisioning
from yizhan.domain.provisioning import VALUES, State, Step
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.text import Text
from yizhan.web.staff.form import Form
from yizhan.web.staff.page import done, page, part, words
from yizhan.web.work import acting, reading

AnyRequest = Request[Any, Any, Any]
PAGE = 50
TONES = {
    "done": "good", "refused": "bad", "given_up": "bad", "unanswered": "warn", "by_hand": "warn",
    "undone": "warn", "cancelled": "",
}  # fmt: skip
REASONS: tuple[tuple[str, Text], ...] = (
    ("unknown_line", Text("网络中没有这条线路", "The network does not know the line")),
    ("number_in_use", Text("号码已被别的线路占用", "Another line has the number")),
    ("unknown_action", Text("网络不支持这项操作", "The network cannot do this")),
    ("by_hand", Text("人工确认", "Answered by a person")),
    ("Timeout", Text("网络超时未应答", "The network did not answer in time")),
    ("ConnectError", Text("连不上网络", "The network cannot be reached")),
    ("ProtocolError", Text("连接中断，未收到应答", "The connection broke off before an answer")),
    ("ReadError", Text("连接中断，未收到应答", "The connection broke off before an answer")),
    ("accepted, then", Text("网络已接收，但迟迟没有结果", "Taken, but no result came")),
    ("does not know the request", Text("网络丢失了这条请求", "The network lost the request")),
    ("takes back", Text("回退前一步", "Takes back an earlier step")),
)
"""What is found in a code or reason, and how a person says it."""


def reason_words(request: AnyRequest, code: str, reason: str) -> str:
    """Why, in words; what the network said itself stands behind them."""
    said = f"{code} {reason}"
    found = next((words(request, text) for part, text in REASONS if part in said), "")
    if not found:
        return reason
    return f"{found} ({reason})" if code in ("by_hand", "refused") and reason else found


def row(request: AnyRequest, one: provisioning.Request, steps: list[Step]) -> dict[str, Any]:
    """A request in a list, with its steps."""
    return {
        "one": one,
        "what": words(request, provisioning.words_of(one.action, one.number)),
        "state_words": words(request, VALUES["state"][one.state.value]),
        "tone": TONES.get(one.state.value, "info"),
        "why": reason_words(request, one.code, one.reason),
        "open": one.is_open,
        "may_cancel": one.state in (State.QUEUED, State.BY_HAND),
        "may_retry": one.is_open and one.state is not State.BY_HAND,
        "steps": [
            {
                "at": step.at,
                "words": words(request, VALUES["state"].get(step.what, Text(step.what, step.what))),
                "tone": TONES.get(step.what, "info"),
                "detail": reason_words(request, "", step.detail),
            }
            for step in steps
        ],
    }


@get("/network", needs="network.read")
async def queue(
    request: AnyRequest, standing: str = "", after: UUID | None = None
) -> Response[Any]:
    """What waits for the network, and what came of the rest."""
    return await _queue(request, standing, after)


@get("/network/part", needs="network.read")
async def queue_part(request: AnyRequest, standing: str = "") -> Response[Any]:
    """The changing part, for when there is news."""
    return part(request, "staff/_network.html", **await _context(request, standing, None))


@post("/network/{request_id:uuid}", needs="network.work", status_code=200)
async def act(request: AnyRequest, request_id: UUID) -> Response[Any]:
    """Retry, cancel, give up, or answer for the network."""
    form = await Form.of(request)
    note = form.value("reason")
    try:
        async with acting(request) as work:
            match form.value("what"):
                case "retry":
                    await provisioning.retry(work, request_id)
                case "cancel":
                    await provisioning.cancel(work, request_id, reason=note)
                case "give_up":
                    await provisioning.give_up(work, request_id, reason=note)
                case "done":
                    await provisioning.answer_by_hand(work, request_id, done=True, note=note)
                case "refuse":
                    await provisioning.answer_by_hand(work, request_id, done=False, note=note)
                case _:
                    raise Invalid("Choose one of the list.", field="what")
    except CareError as error:
        wrong = form.wrong(request, error)
        return await _queue(request, form.value("standing"), None, form=wrong, status=422)
    return done(request, f"/network?standing={form.value('standing')}", "The request was changed.")


@post("/network/compare", needs="network.work", status_code=200)
async def compare(request: AnyRequest) -> Response[Any]:
    """Have all lines compared with the network's now."""
    async with acting(request) as work:
        await provisioning.ask_audit(work)
    return done(request, "/network", "The comparison begins within seconds.", kind="info")


@get("/network/audits/{audit_id:uuid}", needs="network.read")
async def audit(request: AnyRequest, audit_id: UUID) -> Response[Any]:
    """What one comparison found."""
    async with reading(request) as work:
        found = await provisioning.list_differences(work, audit_id)
    rows = [{"one": one, "field": words(request, VALUES["field"][one.field])} for one in found]
    return page(
        request, "staff/network_audit.html", title="Differences", section="network", rows=rows
    )


async def _queue(
    request: AnyRequest,
    state: str,
    after: UUID | None,
    *,
    form: Form | None = None,
    status: int = 200,
) -> Response[Any]:
    context = await _context(request, state, after)
    return page(
        request,
        "staff/network.html",
        title="Network queue",
        section="network",
        status=status,
        form=form,
        **context,
    )


async def _context(request: AnyRequest, state: str, after: UUID | None) -> dict[str, Any]:
    chosen = State(state) if state in set(State) else None
    async with reading(request) as work:
        found = await provisioning.list_queue(work, state=chosen, after=after, limit=PAGE + 1)
        steps = await provisioning.steps_of(work, found)
        counts = await provisioning.count_by_state(work)
        audits = await provisioning.list_audits(work, limit=5)
        heard = await provisioning.list_heard(work, limit=10)
    return {
        "rows": [row(request, one, steps[one.id]) for one in found[:PAGE]],
        "older": found[PAGE - 1].id if len(found) > PAGE else None,
        "state": chosen.value if chosen else "",
        "states": [
            (one.value, words(request, VALUES["state"][one.value]), counts.get(one.value, 0))
            for one in State
        ],
        "audits": audits,
        "heard": [
            {"one": one, "words": words(request, VALUES["heard"][one.verdict])} for one in heard
        ],
    }


ROUTES: list[Any] = [queue, queue_part, act, compare, audit]
