"""OAuth2 client credentials (RFC 6749, 4.4): a token for another system."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec

from yizhan.domain import staff
from yizhan.kernel.errors import CareError
from yizhan.web.api.route import AnyRequest
from yizhan.web.visit import address_of
from yizhan.web.work import works_of

_OAUTH_CODES = {"wrong_credentials": "invalid_client", "refused": "invalid_scope"}


class TokenGrant(msgspec.Struct):
    """A token. Send it as ``Authorization: Bearer …``."""

    access_token: str
    expires_in: int
    scope: str
    token_type: str = "Bearer"  # noqa: S105


class TokenError(msgspec.Struct):
    """Why there is none, in the words of RFC 6749."""

    error: str
    error_description: str


@post(
    "/oauth2/token",
    public=True,
    bearer=True,
    status_code=200,
    tags=["OAuth2"],
    security=[],
    operation_id="oauth.token",
    summary="Get a token for an API client",
    include_in_schema=True,
    responses={
        200: ResponseSpec(TokenGrant, description="A token.", generate_examples=False),
        400: ResponseSpec(TokenError, description="Not granted.", generate_examples=False),
        401: ResponseSpec(TokenError, description="Unknown client.", generate_examples=False),
        429: ResponseSpec(TokenError, description="Too many tries.", generate_examples=False),
    },
)
async def token(request: AnyRequest) -> Response[Any]:
    """Get a token for an API client.

    Form fields: `grant_type=client_credentials`, optional `scope` (rights, separated by spaces).
    Client id and secret by HTTP Basic, or as `client_id` and `client_secret`.
    """
    form = await request.form()
    if form.get("grant_type") != "client_credentials":
        return _error(400, "unsupported_grant_type", "Only client_credentials is granted.")
    credentials = _basic(request) or (
        str(form.get("client_id", "")),
        str(form.get("client_secret", "")),
    )
    try:
        given, scopes, expires_at = await staff.grant(
            works_of(request),
            *credentials,
            scopes=str(form.get("scope", "")).split(),
            address=address_of(request),
        )
    except staff.LockedOut as error:
        seconds = str(error.facts["seconds"])
        return _error(429, "temporarily_unavailable", str(error), {"Retry-After": seconds})
    except CareError as error:
        code = _OAUTH_CODES.get(error.code, "invalid_request")
        status = 401 if code == "invalid_client" else 400
        return _error(status, code, str(error), {"WWW-Authenticate": "Basic"})
    lasts = int((expires_at - works_of(request).clock()).total_seconds())
    body = TokenGrant(access_token=given, expires_in=lasts, scope=" ".join(scopes))
    return Response(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _basic(request: AnyRequest) -> tuple[str, str] | None:
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(packed, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def _error(
    status: int, code: str, words: str, headers: dict[str, str] | None = None
) -> Response[TokenError]:
    return Response(
        TokenError(code, words),
        status_code=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


ROUTES = [token]
