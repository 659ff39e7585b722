"""The API's own description: OpenAPI 3.1, made from the routes, at ``/api/openapi.json``."""

from litestar import Router
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    Contact,
    License,
    OAuthFlow,
    OAuthFlows,
    SecurityScheme,
    Tag,
)

from yizhan.domain import staff
from yizhan.web.config import WebConfig

ABOUT = """\
The acts of the pages for other systems.

* Get a token at `POST /oauth2/token` (client credentials); its scopes are rights.
* Amounts are whole fen (0.01 yuan), moments are UTC, ids are opaque.
* Lists answer `{"items": [...], "next": ...}`; give `next` back to read on.
* Acts on money want a header `Idempotency-Key`: the same again does it once.
* `X-Contact` names the contact an act belongs to.
* Errors are `application/problem+json` with a stable `code` and a `message` in the language of
  `Accept-Language` (zh or en).
"""

TAGS = {
    "Customers": "Finding them, the customer on one screen, accounts, what is known of him",
    "Contacts": "Contacts on any channel and the verification of who is in them",
    "Lines": "Lines, numbers and what they have",
    "Usage": "Usage records, taking files in, the quarantine",
    "Bills": "Bills and their explanation, the running month, bill runs",
    "Payments": "Cash at the desk, receipts, adjustments",
    "Invoices": "Issued over what was paid; red ones that take back",
    "Online payment": "Paying through a provider, refunds to the source, reconciliation",
    "Vouchers": "Recharge cards: use one; batches made, sold, voided",
    "Club": "Tiers, points and rewards, the rule",
    "Limits": "Caps and credit, and how far they are used",
    "Shop": "Goods on sale, orders and their delivery",
    "Orders": "What customers order: preview, place, undo",
    "Advice": "Plan advice from records or stated habits",
    "Plans": "Plans and add-ons, their examples, publishing",
    "Cases": "Consultation, order, fault, complaint, suggestion, praise",
    "Staff": "Users, roles, sessions, API clients",
    "OAuth2": "Tokens for other systems",
}


def described(config: WebConfig) -> OpenAPIConfig:
    """How the description is made. It is served by our own route, without any third party."""
    scopes = {name: words.en for name, words in staff.PERMISSIONS.items()}
    flow = OAuthFlow(scopes=scopes, token_url="/oauth2/token")  # noqa: S106
    return OpenAPIConfig(
        title=f"Yizhan 一站 · {config.operator.en}",
        version="1",
        description=ABOUT,
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        contact=Contact(name=config.operator.en),
        tags=[Tag(name=name, description=words) for name, words in TAGS.items()],
        components=Components(
            security_schemes={
                "oauth2": SecurityScheme(type="oauth2", flows=OAuthFlows(client_credentials=flow)),
                "bearer": SecurityScheme(type="http", scheme="bearer"),
            }
        ),
        use_handler_docstrings=True,
        openapi_router=Router("/api", route_handlers=[], opt={"public": True, "bearer": True}),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
    )
