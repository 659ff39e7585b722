"""What the network says unasked: kept word for word, taken once, forgeries beside it with why.

The same message again is known by its nonce; an answer that comes after the end is kept with the
request, for a person to see. Looking for answers goes on beside it, so none of this need arrive.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from yizhan.domain.provisioning import permissions, service, store
from yizhan.domain.provisioning.contract import Ear, Notice, NotTheNetwork, Verdict
from yizhan.domain.provisioning.flow import State
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

BODY_MAX: Final = 2000
TELLER: Final = Actor(
    kind=ActorKind.CLIENT,
    id=uuid5(NAMESPACE_URL, "network"),
    name="network",
    channel="network",
    permissions=frozenset(),
)
"""Who acts when the network tells; with an id, since the log names everybody by one."""

_connected: list[Ear] = []


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the network's name.

    ``verdict``: taken, repeated, nothing_new, too_late, unknown_request, forged.
    """

    id: UUID
    received_at: datetime
    request_id: UUID | None
    verdict: str
    reason: str
    address: str
    times: int


def connect(ear: Ear | None) -> None:
    """Know the network's word by *ear* in this process from now on; None: believe nobody."""
    _connected[:] = [] if ear is None else [ear]


def connected() -> Ear:
    """What knows the network's word. Raises ``NotTheNetwork`` where there is none."""
    if not _connected:
        raise NotTheNetwork(
            "This is not the network's word: {reason}.", reason="no network is connected"
        )
    return _connected[0]


async def told(work: UnitOfWork, notice: Notice, *, body: str = "", address: str = "") -> str:
    """Take what the network said, once, however often and late; what became of it (``Heard``).

    The caller has checked the signature.
    """
    asked = await store.find(work.db, notice.request_id, lock=True)
    kept = await work.db.fetchval(
        "INSERT INTO network_notice (customer_id, id, received_at, nonce, request_id, verdict,"
        " body, address) VALUES ($1, $2, $3, $4, $5, 'taken', $6, $7)"
        " ON CONFLICT (nonce) WHERE nonce IS NOT NULL"
        " DO UPDATE SET times = network_notice.times + 1"
        " RETURNING CASE WHEN times = 1 THEN id END",
        asked.customer_id if asked else NIL,
        new_id(),
        work.now,
        notice.nonce,
        notice.request_id,
        body[:BODY_MAX],
        address,
    )
    if kept is None:
        return "repeated"
    verdict = "taken"
    if asked is None:
        verdict = "unknown_request"
    elif notice.said.verdict not in (Verdict.DONE, Verdict.REFUSED):
        verdict = "nothing_new"
    elif not asked.is_open:
        verdict = _after_the_end(asked.state, notice.said.verdict)
        if verdict == "too_late":
            detail = f"{notice.said.verdict} {notice.said.reason}".strip()
            await store.add_step(work.db, asked, "told_late", detail, at=work.now)
    else:
        await service.heard(work, asked.id, notice.said)
    if verdict != "taken":
        await work.db.execute("UPDATE network_notice SET verdict = $2 WHERE id = $1", kept, verdict)
    return verdict


def _after_the_end(state: State, said: Verdict) -> str:
    """Whether what is said after the end says anything else than the end itself."""
    same = {Verdict.DONE: (State.DONE, State.UNDONE), Verdict.REFUSED: (State.REFUSED,)}
    return "nothing_new" if state in same[said] else "too_late"


async def forged(work: UnitOfWork, *, reason: str, body: str, address: str) -> None:
    """Keep what came in the network's name and was not its word; nothing else is done with it."""
    await work.db.execute(
        "INSERT INTO network_notice (customer_id, id, received_at, verdict, reason, body, address)"
        " VALUES ($1, $2, $3, 'forged', $4, $5, $6)",
        NIL,
        new_id(),
        work.now,
        reason[:200],
        body[:BODY_MAX],
        address,
    )


async def list_heard(
    work: UnitOfWork, *, request_id: UUID | None = None, limit: int = 50
) -> Sequence[Heard]:
    """What was said of one request, oldest first; without one: what was not taken, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT id, received_at, request_id, verdict, reason, address, times FROM network_notice"
        " WHERE request_id = $1 ORDER BY id LIMIT $2"
        if request_id
        else "SELECT id, received_at, request_id, verdict, reason, address, times"
        " FROM network_notice WHERE $1::uuid IS NULL"
        " AND verdict IN ('forged', 'unknown_request', 'too_late') ORDER BY id DESC LIMIT $2",
        request_id,
        min(limit, 500),
    )
    return [Heard(**dict(row)) for row in rows]
