"""The web floor put together: pages, APIs, live news, health; one Litestar application.

Pages add their handlers to ``ROUTES`` of their own package (``web/staff/__init__.py``) and their
templates to ``web/staff/templates``; see ``pages`` for what a template knows and what the
Content-Security-Policy allows, ``auth`` for how a route says who may use it, ``work`` for how an
act begins and commits, ``errors`` for what a raised ``CareError`` becomes.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router

from yizhan.kernel.errors import CareError
from yizhan.platform.work import Works
from yizhan.web import api, entrance, health, live, notices, provider, site, staff, tmf
from yizhan.web.api.reference import described
from yizhan.web.auth import Guard, check_routes
from yizhan.web.config import WebConfig
from yizhan.web.errors import on_error
from yizhan.web.live import open_relay
from yizhan.web.pages import WEB
from yizhan.web.squeeze import Squeezed

OpenWorks = Callable[[], AbstractAsyncContextManager[Works]]


def build_app(open_works: OpenWorks, config: WebConfig) -> Litestar:
    """The application. *open_works* is entered when the server starts and left when it ends."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with open_works() as works:
            app.state.works = works
            app.state.relay = open_relay(works)
            try:
                yield
            finally:
                await app.state.relay.stop()

    app = Litestar(
        route_handlers=[
            *entrance.ROUTES,
            *health.ROUTES,
            *live.ROUTES,
            *notices.ROUTES,
            *provider.ROUTES,
            *api.ROUTES,
            *tmf.ROUTES,
            *staff.ROUTES,
            *site.ROUTES,
            create_static_files_router(
                "/assets", [WEB / "assets"], opt={"public": True}, include_in_schema=False
            ),
        ],
        lifespan=[lifespan],
        state=State({"config": config}),
        middleware=[Squeezed, Guard],
        exception_handlers={
            CareError: on_error,
            HTTPException: on_error,
            Exception: on_error,
        },
        request_max_body_size=config.body_bytes_max,
        openapi_config=described(config),
        include_in_schema=False,
        logging_config=None,
        debug=False,
    )
    check_routes(app)
    return app
