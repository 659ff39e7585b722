"""How an API route is written: its right, its errors and its words said once.

    @api_post("/accounts/{account_id:uuid}/payments", needs="payments.take", tag="Payments")
    async def take_payment(
        request: AnyRequest, account_id: FromPath[UUID], data: JSONBody[TakePayment]
    ) -> Response[payments.Receipt]:
        \"\"\"Take cash on an account.

        Longer words for the reader of the documentation.
        \"\"\"

Lists answer ``{"items": [...], "next": "..."}``: give ``next`` back as ``after`` (or ``before``)
for what follows; ``null`` is the end. Amounts are whole fen, moments are UTC, ids are opaque.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar import Request, Response, get, patch, post, put
from litestar import delete as delete_
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter

from yizhan.kernel.errors import Invalid
from yizhan.web.errors import Problem

AnyRequest = Request[Any, Any, Any]
T = TypeVar("T")

Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]
IDEMPOTENCY_HEADER = "idempotency-key"


class Page(msgspec.Struct, Generic[T]):
    """A part of a list. Give ``next`` back to read on; it is null at the end."""

    items: Sequence[T]
    next: str | None = None


_ERRORS = {
    400: "The request cannot be read.",
    401: "No valid token.",
    403: "The token lacks the right.",
    404: "No such thing, or not yours to see.",
    409: "Against a rule, or changed by somebody else meanwhile.",
    413: "The request is too large.",
    422: "A field cannot be understood; `field` names it.",
    429: "Too many tries; see `retry_after_seconds`.",
    500: "Our fault; `error_id` names it.",
    503: "Please try again in a moment.",
}
_READING = (400, 401, 403, 404, 409, 422, 500, 503)
_WRITING = (400, 401, 403, 404, 409, 422, 500, 503)


def responses(statuses: Sequence[int]) -> dict[int, ResponseSpec]:
    """The errors of a route, for its documentation."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=_ERRORS[status],
            generate_examples=False,
            media_type="application/problem+json",
        )
        for status in statuses
    }


def _said(
    decorator: Any,
    path: str,
    status: int | None,
    errors: Sequence[int],
    tag: str,
    also: dict[str, Any],
) -> Callable[[Any], Any]:
    needs = also.get("needs")
    rights = [needs] if isinstance(needs, str) else list(needs or ())
    if not also.get("public"):
        also["security"] = [{"oauth2": rights}, {"bearer": []}]
    also["responses"] = responses(errors) | also.get("responses", {})
    if status is not None:
        also["status_code"] = status

    def route(function: Any) -> Any:
        summary, _, rest = (function.__doc__ or "").strip().partition("\n")
        room = function.__module__.rsplit(".", 1)[1]
        return decorator(
            path,
            tags=[tag],
            bearer=True,
            summary=summary.rstrip("."),
            description=inspect.cleandoc(rest) or None,
            operation_id=f"{room}.{function.__name__}",
            response_description="Done.",
            **also,
        )(function)

    return route


def api_get(path: str, *, tag: str, **also: Any) -> Callable[[Any], Any]:
    """A route that reads."""
    return _said(get, path, None, _READING, tag, also)


def api_post(path: str, *, tag: str, status: int = 201, **also: Any) -> Callable[[Any], Any]:
    """A route that does something."""
    return _said(post, path, status, _WRITING, tag, also)


def api_put(path: str, *, tag: str, **also: Any) -> Callable[[Any], Any]:
    """A route that sets something to what is sent."""
    return _said(put, path, 200, _WRITING, tag, also)


def api_patch(path: str, *, tag: str, **also: Any) -> Callable[[Any], Any]:
    """A route that changes what is named and leaves the rest."""
    return _said(patch, path, 200, _WRITING, tag, also)


def api_delete(path: str, *, tag: str, **also: Any) -> Callable[[Any], Any]:
    """A route that ends something."""
    return _said(delete_, path, 204, _WRITING, tag, also)


def again(body: Any, words: str) -> dict[int, ResponseSpec]:
    """Documents the 200 of an act that was done before under the same key."""
    return {200: ResponseSpec(data_container=body, description=words, generate_examples=False)}


def key_of(request: AnyRequest) -> str:
    """The caller's key for an act on money, so that sending it twice does it once."""
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    if not 1 <= len(key) <= 100:
        raise Invalid(
            "Send a header Idempotency-Key of 1 to 100 characters, a new one for each payment.",
            field="Idempotency-Key",
        )
    return key


IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="Yours, new for each act; the same again gives the same answer.",
        required=False,
    ),
]
"""Named in a signature so that the documentation tells of it; read it by ``key_of``."""


def page_of(found: Sequence[T], limit: int, cursor: Callable[[T], object]) -> Page[T]:
    """A part of a list that was read with one row more than asked for."""
    if len(found) <= limit:
        return Page(found)
    kept = found[:limit]
    return Page(kept, str(cursor(kept[-1])))


def made(body: T, *, repeated: bool = False) -> Response[T]:
    """201 for what was made now, 200 for what the same key had made before."""
    return Response(body, status_code=200 if repeated else 201)
