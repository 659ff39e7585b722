"""For machines that look after machines: alive, ready, and numbers."""

from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.web.work import works_of


@get("/health/live", public=True, include_in_schema=False)
async def live() -> dict[str, str]:
    """This process answers."""
    return {"status": "alive"}


@get(["/health/ready", "/ready"], public=True, include_in_schema=False)
async def ready(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The database answers too, so work can be sent here."""
    try:
        async with works_of(request).pool.acquire(timeout=2) as db:
            await db.fetchval("SELECT 1", timeout=2)
    except (*DATABASE_ERRORS, TimeoutError):
        return Response({"status": "database unavailable"}, status_code=503)
    return Response({"status": "ready"})


@get("/metrics", public=True, include_in_schema=False)
async def metrics() -> Response[bytes]:
    """Counts and times for Prometheus."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


ROUTES = [live, ready, metrics]
