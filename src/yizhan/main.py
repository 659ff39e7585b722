"""The composition root: the one file that knows everyone.

It reads the settings, opens the database, collects from every room who reacts to what and which
jobs it does, and hands these to the web floor or to the worker.
"""

import asyncio
import pkgutil
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from yizhan import domain, settings
from yizhan.channels.email import Enclosing, Enclosure, Letters, MailServer
from yizhan.channels.network import HttpNetwork, Pump, SignedEar
from yizhan.channels.outbox import Shown, Wire, carry
from yizhan.channels.payment_provider import HttpProvider
from yizhan.domain import (
    assurance,
    checkout,
    club,
    messages,
    papers,
    privacy,
    provisioning,
    staff,
)
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.text import Text
from yizhan.platform import logs, vault
from yizhan.platform.db import open_pool
from yizhan.platform.jobs import Handler, Together, Worker
from yizhan.platform.work import Works
from yizhan.settings import Settings
from yizhan.web.app import build_app
from yizhan.web.config import WebConfig
from yizhan.web.observe import Observed
from yizhan.web.tmf.teller import tell

CLOCKS = (
    (staff.SWEEP, "hourly"),
    (assurance.HOURLY, "hourly"),
    (checkout.DAILY_JOB, "hourly"),
    (club.MONTHLY, "monthly"),
    (privacy.NIGHTLY, "nightly"),
    (provisioning.NIGHTLY, "nightly"),
)
"""Jobs that set themselves again, each with the key under which there is one of it."""


@cache
def rooms() -> Sequence[ModuleType]:
    """The doors of all rooms."""
    return [
        import_module(f"{domain.__name__}.{found.name}")
        for found in pkgutil.iter_modules(domain.__path__)
        if found.ispkg
    ]


@cache
def listeners() -> Mapping[str, Sequence[str]]:
    """Event name -> the kinds of job that react to it, over all rooms."""
    found: dict[str, list[str]] = defaultdict(list)
    for room in rooms():
        for event_name, reactions in getattr(room, "REACTIONS", {}).items():
            found[event_name] += [kind_of(room, reaction) for reaction in reactions]
    return found


def kind_of(room: ModuleType, reaction: Any) -> str:
    """The kind of job that does a reaction: a name, or the name of a function in its room."""
    if isinstance(reaction, str):
        return reaction
    return f"{room.__name__.rsplit('.', 1)[1]}.{reaction.__name__}"


@cache
def handlers() -> Mapping[str, Handler]:
    """Kind of job -> who does it, over all rooms."""
    found: dict[str, Handler] = {}
    for room in rooms():
        jobs: dict[str, Handler] = dict(getattr(room, "JOBS", {}))
        for reactions in getattr(room, "REACTIONS", {}).values():
            for reaction in reactions:
                if not isinstance(reaction, str):
                    jobs.setdefault(kind_of(room, reaction), reaction)
        for kind, handler in jobs.items():
            assert found.setdefault(kind, handler) is handler, f"two do the job {kind}"
    unmet = {kind for kinds in listeners().values() for kind in kinds} - found.keys()
    assert not unmet, f"nobody does {sorted(unmet)}"
    return found


@cache
def together() -> Mapping[str, Together]:
    """Kind of job -> who does many of it at once, over all rooms."""
    found: dict[str, Together] = {}
    for room in rooms():
        found |= getattr(room, "TOGETHER", {})
    assert found.keys() <= handlers().keys(), f"nobody does {sorted(found)} one by one"
    return found


@asynccontextmanager
async def open_works(chosen: Settings, *, connections: int | None = None) -> AsyncIterator[Works]:
    """Units of work on the database of *chosen*, with everybody listening."""
    vault.unlock(chosen.secrets().key("vault"))
    size = connections or chosen.pool_size
    pool = await open_pool(chosen.database_url, min_size=min(2, size), max_size=size)
    try:
        async with paying(chosen):
            listen_to_network(chosen)
            yield Works(pool, listeners=listeners(), zone=chosen.zone)
    finally:
        provisioning.connect(None)
        await pool.close()


def listen_to_network(chosen: Settings) -> None:
    """Know the network's word, if there is one."""
    if chosen.network_url:
        provisioning.connect(SignedEar(chosen.network_key().encode()))


@asynccontextmanager
async def paying(chosen: Settings) -> AsyncIterator[None]:
    """Connected to the payment provider, if there is one."""
    if not chosen.provider_url:
        yield
        return
    provider = HttpProvider(
        base=chosen.provider_url,
        merchant=chosen.provider_merchant,
        secret=chosen.provider_key(),
        notify_url=chosen.notice_url,
    )
    checkout.connect(provider)
    try:
        yield
    finally:
        checkout.connect(None)
        await provider.close()


def web_config(chosen: Settings) -> WebConfig:
    """What the web floor is told."""
    return WebConfig(
        operator=Text(chosen.operator_zh, chosen.operator_en),
        language=chosen.language,
        zone=chosen.zone,
        currency=chosen.currency,
        public_url=chosen.public_url.rstrip("/"),
        cookie_secure=chosen.cookie_secure,
    )


def enclosing(works: Works, chosen: Settings) -> Enclosing:
    """What makes the PDF that a letter encloses: read in an act of its own, typeset after it."""
    head = papers.Letterhead(
        operator=Text(chosen.operator_zh, chosen.operator_en),
        site=chosen.public_url.rstrip("/") or f"http://{chosen.host}:{chosen.port}",
    )

    async def made(message: messages.Message) -> Enclosure | None:
        if not message.enclosed:
            return None
        async with works.read(SYSTEM) as work:
            sheet = await papers.enclosed(
                work, message.customer_id, message.enclosed, language=message.language, head=head
            )
        return None if sheet is None else Enclosure(sheet.file_name, await papers.drawn(sheet))

    return made


def wires(works: Works, chosen: Settings) -> Mapping[messages.Medium, Wire]:
    """What carries messages out; what has no wire yet is shown in the outbox."""
    if not chosen.smtp_host:
        return {messages.Medium.SMS: Shown(), messages.Medium.EMAIL: Shown()}
    server = MailServer(
        host=chosen.smtp_host,
        port=chosen.smtp_port,
        security=chosen.smtp_security,
        sender=chosen.mail_from,
        sender_name=Text(chosen.operator_zh, chosen.operator_en),
        user=chosen.smtp_user,
        password=chosen.smtp_password,
        ca_file=chosen.smtp_ca_file,
        timeout_seconds=chosen.smtp_timeout_seconds,
    )
    return {
        messages.Medium.SMS: Shown(),
        messages.Medium.EMAIL: Letters(server, enclosing(works, chosen)),
    }


def create_app(chosen: Settings | None = None) -> Observed:
    """The web application, as the server loads it: one per process."""
    given = chosen or settings.load()
    if chosen is None:
        logs.set_up(form=given.log_format, level=given.log_level, process="web")

    def opened() -> AbstractAsyncContextManager[Works]:
        return open_works(given)

    return Observed(build_app(opened, web_config(given)), secure=given.cookie_secure)


async def run_worker(chosen: Settings) -> None:
    """Do jobs until SIGTERM or SIGINT; what is under way is finished."""
    async with open_works(chosen, connections=chosen.worker_concurrency + 4) as works:
        await start_clocks(works)
        async with works.begin(SYSTEM) as work:
            await messages.set_site(
                work, chosen.public_url or f"http://{chosen.host}:{chosen.port}"
            )
        worker = Worker(
            works, handlers(), concurrency=chosen.worker_concurrency, together=together()
        )
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        await asyncio.gather(
            worker.run(),
            tell(works, web_config(chosen), worker.stopping),
            carry(works, wires(works, chosen), worker.stopping),
            ask_network(works, chosen, worker.stopping),
        )


async def ask_network(works: Works, chosen: Settings, stopping: asyncio.Event) -> None:
    """Keep asking the network until *stopping*; without one, people answer in the queue."""
    if not chosen.network_url:
        return
    async with HttpNetwork(chosen.network_url, callback=chosen.network_notice_url) as network:
        await Pump(works, network).run(stopping)


async def start_clocks(works: Works) -> None:
    """Wind the clocks that come back by themselves. One already running keeps its hour."""
    async with works.begin(SYSTEM) as work:
        for kind, key in CLOCKS:
            waiting = await work.db.fetchval(
                "SELECT 1 FROM job WHERE kind = $1 AND key = $2", kind, key
            )
            if waiting is None:
                await work.later(kind, {}, run_at=work.now + timedelta(seconds=30), key=key)
