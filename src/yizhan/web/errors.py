"""One table from refusals to statuses, and three ways to write them: problem+json for our API
(RFC 9457), the TM Forum error body, and a page.

Whatever nobody anticipated answers 500 with an id; the log has the id and no personal data.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from yizhan import i18n
from yizhan.domain import staff, vouchers
from yizhan.kernel import errors
from yizhan.kernel.ids import new_id
from yizhan.kernel.text import Text
from yizhan.web.pages import render
from yizhan.web.visit import CUSTOMER_COOKIE, SESSION_COOKIE, config_of, visit_of

log = structlog.get_logger()

STATUS: Mapping[type[errors.CareError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.Conflict: 409,
    errors.Unavailable: 503,
    staff.LockedOut: 429,
    vouchers.Locked: 429,
}
"""The nearest ancestor counts."""

_HTTP: Mapping[int, tuple[str, str]] = {
    400: ("malformed", "The request cannot be read: {detail}"),
    404: ("not_found", "There is no such page."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The request is too large."),
    415: ("unsupported_media_type", "This address does not take that kind of content."),
}


_TMF_STATUS = {"not_implemented": 501}
"""TMF630 knows no 422, and has a word of its own for this."""


class Problem(msgspec.Struct, omit_defaults=True):
    """An error as our API answers it (``application/problem+json``)."""

    status: int
    code: str
    reason: str
    message: str
    field: str | None = None
    errors: list[dict[str, str]] | None = None
    error_id: str | None = None
    retry_after_seconds: int | None = None


class TmfError(msgspec.Struct):
    """An error as TMF630 has it: all strings, the status too."""

    code: str
    reason: str
    message: str
    status: str
    reference_error: str = msgspec.field(name="referenceError", default="")
    type: str = msgspec.field(name="@type", default="Error")


def status_of(kind: type[errors.CareError]) -> int:
    """The status of a refusal, by its nearest ancestor in the table."""
    for ancestor in kind.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    return 500


def on_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Any exception as an answer the caller can use."""
    return answer(request, problem_of(request, error))


def problem_of(request: Request[Any, Any, Any], error: Exception) -> Problem:
    """What went wrong, in the caller's language."""
    language = visit_of(request).language
    match error:
        case errors.CareError():
            seconds = error.facts.get("seconds")
            return Problem(
                status=status_of(type(error)),
                code=error.code,
                reason=error.message,
                message=i18n.translate(language, error.message, **_said(request, error, language)),
                field=error.field,
                retry_after_seconds=seconds if isinstance(seconds, int) else None,
            )
        case HTTPException():
            return _of_http(error, language)
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError():
            sentence = "Someone else changed this at the same moment. Please try again."
            return _problem(409, "conflict", sentence, language)
        case asyncpg.DataError():
            sentence = "A value is too large, or holds characters that cannot be kept."
            return _problem(422, "invalid", sentence, language)
        case asyncpg.PostgresConnectionError() | OSError() | asyncpg.InterfaceError():
            log.warning("web.database_unavailable", error=type(error).__name__)
            sentence = "The database does not answer. Please try again in a moment."
            problem = _problem(503, "unavailable", sentence, language)
            problem.retry_after_seconds = 2
            return problem
        case _:
            return _of_the_unknown(request, error, language)


def _problem(status: int, code: str, sentence: str, language: str, **facts: object) -> Problem:
    return Problem(
        status=status,
        code=code,
        reason=sentence,
        message=i18n.translate(language, sentence, **facts),
    )


def _said(
    request: Request[Any, Any, Any], error: errors.CareError, language: str
) -> dict[str, Any]:
    """The facts of a refusal for people: a right by its words, a moment by the operator's clock."""
    zone = config_of(request).zone
    facts = {
        name: f"{fact.astimezone(zone):%Y-%m-%d %H:%M}" if isinstance(fact, datetime) else fact
        for name, fact in error.facts.items()
    }
    words = staff.PERMISSIONS.get(str(facts.get("permission")))
    return (
        facts
        if words is None
        else facts | {"permission": f"{words[language]} ({facts['permission']})"}
    )


def _of_http(error: HTTPException, language: str) -> Problem:
    status = error.status_code
    code, sentence = _HTTP.get(status, ("http_error", "The request was not understood."))
    wrong = error.extra if isinstance(error.extra, list) else []
    names = [str(item["key"]) for item in wrong if isinstance(item, dict) and item.get("key")]
    detail = ", ".join(names) or error.detail
    problem = _problem(status, code, sentence, language, detail=detail)
    if isinstance(error.extra, list):
        problem.errors = [
            {"field": str(item.get("key", "")), "message": str(item.get("message", ""))}
            for item in error.extra
            if isinstance(item, dict)
        ]
        problem.field = problem.errors[0]["field"] if problem.errors else None
    return problem


def _of_the_unknown(request: Request[Any, Any, Any], error: Exception, language: str) -> Problem:
    error_id = str(new_id())
    log.error(
        "web.unexpected",
        error_id=error_id,
        method=request.method,
        route=request.scope.get("path_template", ""),
        kind=type(error).__name__,
        where=_where(error),
    )
    sentence = "Something went wrong here. Please tell us this number: {error_id}"
    problem = _problem(500, "internal", sentence, language, error_id=error_id)
    problem.error_id = error_id
    return problem


def _where(error: Exception) -> list[str]:
    """Files and lines of the traceback: places only, for values may be somebody's data."""
    places, frame = [], error.__traceback__
    while frame is not None:
        code = frame.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/yizhan/')[-1]}:{frame.tb_lineno}")
        frame = frame.tb_next
    return places[-8:]


def answer(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """*problem* in the form that suits who asked."""
    path = request.scope["path"]
    headers = {"Cache-Control": "no-store"}
    if problem.retry_after_seconds:
        headers["Retry-After"] = str(problem.retry_after_seconds)
    if path.startswith("/tmf-api"):
        status = _TMF_STATUS.get(problem.code, 400 if problem.status == 422 else problem.status)
        body = TmfError(problem.code, problem.reason, problem.message, str(status))
        return Response(body, status_code=status, headers=headers)
    if path.startswith(("/api", "/oauth2")):
        if problem.status == 401:
            headers["WWW-Authenticate"] = 'Bearer realm="yizhan"'
        return Response(
            problem,
            status_code=problem.status,
            headers=headers,
            media_type="application/problem+json",
        )
    return _page(request, problem, headers)


def _page(
    request: Request[Any, Any, Any], problem: Problem, headers: dict[str, str]
) -> Response[Any]:
    aside = "hx-request" in request.headers
    site = request.scope["path"].startswith(("/my", "/shop"))
    door = "/my/sign-in" if site else "/sign-in"
    away = {"unauthenticated": door, "password_change_due": "/password"}.get(problem.code)
    if away is not None:
        if away == door:
            away += f"?next={quote(own_place(request), safe='/')}"
            cookie = CUSTOMER_COOKIE if site else SESSION_COOKIE
            away += "&ended=1" if cookie in request.cookies else ""
        if aside:
            return Response(b"", status_code=200, headers={**headers, "HX-Redirect": away})
        return Response(b"", status_code=303, headers={**headers, "Location": away})
    template = "error_part.html" if aside else "site/error.html" if site else "error.html"
    return render(request, template, status=problem.status, headers=headers, problem=problem)


def own_place(request: Request[Any, Any, Any]) -> str:
    """The address of the page a person is on: this one, or the one its form or part was on."""
    page = ""
    if "hx-request" in request.headers:
        page = request.headers.get("hx-current-url", "")
    elif request.method not in ("GET", "HEAD"):
        page = request.headers.get("referer", "")
    else:
        page = str(request.url)
    parts = urlsplit(page)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def both(error: errors.CareError) -> Text:
    """A refusal in both languages, for records that are read later."""
    return i18n.both(error.message, **error.facts)
