"""For machines that look after machines: alive, ready, and numbers."""

from contextlib import suppress
from typing import Any

from litestar import Request, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from yizhan.platform.jobs import DATABASE_ERRORS
from yizhan.web.observe import PROCESS
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


JOBS_WAITING = Gauge("yizhan_jobs_waiting", "Jobs due and not yet done.")
JOBS_FAILED = Gauge("yizhan_jobs_failed", "Jobs set aside after too many tries.")
JOBS_LATE = Gauge("yizhan_jobs_late_seconds", "How long the oldest due job has waited.")
DELIVERIES_FAILED = Gauge("yizhan_deliveries_failed", "Events no listener would take.")
CONNECTIONS = Gauge("yizhan_database_connections", "Connections of this process.", ["process"])
LISTENERS = Gauge("yizhan_live_listeners", "Open live streams of this process.", ["process"])

_JOBS = """
SELECT count(*) FILTER (WHERE failed_at IS NULL AND run_at <= $1) AS waiting,
       count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
       coalesce(extract(epoch FROM $1 - min(run_at) FILTER (WHERE failed_at IS NULL
                                                            AND run_at <= $1)), 0) AS late,
       (SELECT count(*) FROM open_api_delivery WHERE failed_at IS NOT NULL) AS undelivered
  FROM job
"""


@get("/metrics", public=True, include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counts and times for Prometheus; those of jobs are the same from every process."""
    works = works_of(request)
    with suppress(*DATABASE_ERRORS, TimeoutError):
        async with works.pool.acquire(timeout=2) as db:
            row = await db.fetchrow(_JOBS, works.clock(), timeout=2)
        JOBS_WAITING.set(row["waiting"])
        JOBS_FAILED.set(row["failed"])
        JOBS_LATE.set(float(row["late"]))
        DELIVERIES_FAILED.set(row["undelivered"])
        CONNECTIONS.labels(PROCESS).set(works.pool.get_size())
    LISTENERS.labels(PROCESS).set(len(request.app.state.relay.listeners))
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


ROUTES = [live, ready, metrics]
