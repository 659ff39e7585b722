"""The daily reconciliation: fetch the provider's file, match it, keep and tell every difference."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import msgspec

from yizhan.domain import customers
from yizhan.domain.checkout import crediting, events, matching, permissions, provider
from yizhan.domain.checkout.matching import Difference, Ours, Theirs
from yizhan.domain.checkout.model import NoSuchSettlement, Settlement
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork

DAILY_JOB = "checkout.daily"
READY_HOUR = 6
"""From this hour of the operator's day the file of the day before is there."""

SETTLEMENT = (
    "s.provider, s.day, s.state, s.reason, s.rows, s.matched, s.theirs_fen, s.ours_fen, s.runs,"
    " s.matched_at, (SELECT count(*) FROM checkout_difference d WHERE d.provider = s.provider"
    " AND d.day = s.day AND d.gone_at IS NULL) AS differences"
)
_OURS = """
WITH said AS (SELECT * FROM unnest($3::text[]) AS t (reference))
SELECT 'payment' AS kind, i.order_no AS reference, i.amount AS amount_fen, i.state,
       i.state IN ('paid', 'held', 'refunded', 'reversed') AS settled, i.settle_date AS day
  FROM checkout_intent i
 WHERE i.provider = $1 AND (i.settle_date = $2 OR i.order_no IN (SELECT reference FROM said))
UNION ALL
SELECT 'reversal', i.order_no, i.amount, i.state, i.state = 'reversed', i.reverse_date
  FROM checkout_intent i
 WHERE i.provider = $1 AND (i.reverse_date = $2 OR i.order_no IN (SELECT reference FROM said))
UNION ALL
SELECT 'refund', r.refund_no, r.amount, r.state, r.state = 'done', r.settle_date
  FROM checkout_refund r
 WHERE r.provider = $1 AND (r.settle_date = $2 OR r.refund_no IN (SELECT reference FROM said))
"""
_KEEP = """
INSERT INTO checkout_difference (customer_id, id, provider, day, kind, reference, intent_id,
    ours_fen, theirs_fen, ours_state, theirs_state, found_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (provider, day, kind, reference) DO UPDATE SET gone_at = NULL
RETURNING id
"""


async def reconcile(work: UnitOfWork, day: date) -> Settlement:
    """Compare the provider's file of *day* with our books; again as often as wanted.

    Every difference is kept once and told (a case is opened for it); one that a later run does
    not find any more is marked as gone. A file that cannot be read is kept and says so.
    Raises ``ProviderSilent``; ``Invalid`` for a day that is not over.
    """
    work.actor.require(permissions.RECONCILE)
    if day > work.today:
        raise Invalid("This day has not begun.", field="day")
    there = provider.connected()
    text = await there.settlement(day)
    await work.db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"settle/{there.name}/{day}"
    )
    try:
        theirs = matching.read(text)
    except matching.Unreadable as error:
        await _keep(work, there.name, day, "unreadable", str(error), text, (0, 0, 0, 0))
        return await get_settlement(work, day)
    ours = await _ours(work, there.name, day, theirs)
    found = matching.match(day, ours, theirs)
    for one in found:
        await _tell(work, there.name, day, one, theirs)
    await _mark_gone(work, there.name, day, found)
    theirs_fen = sum(_signed(row.kind, row.amount_fen) for row in theirs)
    ours_fen = sum(
        _signed(one.kind, one.amount_fen) for one in ours if one.settled and one.day == day
    )
    matched = len(theirs) - sum(1 for one in found if one.theirs_fen is not None)
    figures = (len(theirs), max(matched, 0), theirs_fen, ours_fen)
    await _keep(work, there.name, day, "matched", "", text, figures)
    work.record(
        events.SettlementMatched(
            customer_id=NIL,
            provider=there.name,
            day=day,
            rows=len(theirs),
            differences=len(found),
            theirs_fen=theirs_fen,
            ours_fen=ours_fen,
        )
    )
    return await get_settlement(work, day)


def _signed(kind: str, amount: int) -> int:
    return amount if kind == "payment" else -amount


async def _ours(work: UnitOfWork, name: str, day: date, theirs: Sequence[Theirs]) -> list[Ours]:
    rows = await work.db.fetch(_OURS, name, day, list({row.reference for row in theirs}))
    return [Ours(**dict(row)) for row in rows]


async def _tell(
    work: UnitOfWork, name: str, day: date, one: Difference, theirs: Sequence[Theirs]
) -> None:
    """Keep a difference; the first time it is found it is told, and a stray order asked about."""
    order_no = next((row.order_no for row in theirs if row.reference == one.reference), "")
    row = await work.db.fetchrow(
        "SELECT i.customer_id, i.id FROM checkout_intent i WHERE i.order_no = ANY($1)"
        " OR i.id = (SELECT intent_id FROM checkout_refund WHERE refund_no = $2) LIMIT 1",
        [one.reference, order_no],
        one.reference,
    )
    customer_id = row["customer_id"] if row else await _unclaimed(work)
    fresh = new_id()
    kept = await work.db.fetchval(
        _KEEP,
        customer_id,
        fresh,
        name,
        day,
        one.kind,
        one.reference,
        row["id"] if row else None,
        one.ours_fen,
        one.theirs_fen,
        one.ours_state,
        one.theirs_state,
        work.now,
    )
    if kept != fresh:
        return
    work.record(
        events.DifferenceFound(
            customer_id=customer_id,
            difference_id=fresh,
            day=day,
            kind=one.kind,
            reference=one.reference,
            ours_fen=one.ours_fen,
            theirs_fen=one.theirs_fen,
        )
    )
    if row and one.kind == "state_differs":
        args = {"customer_id": row["customer_id"], "intent_id": row["id"]}
        await work.later(crediting.ASK_JOB, args, key=str(row["id"]))


async def _unclaimed(work: UnitOfWork) -> UUID:
    """Whom money belongs to that nobody here knows of, until it is claimed."""
    known: UUID | None = await work.db.fetchval("SELECT customer_id FROM checkout_unclaimed")
    if known is None:
        who = work.actor
        # The house opens it, whoever compares: no right to change customers' data is needed.
        work.actor = msgspec.structs.replace(who, permissions=who.permissions | {"customers.write"})
        try:
            made = await customers.create_customer(work, name="待认领款项 Unclaimed payments")
        finally:
            work.actor = who
        known = made.id
        await work.db.execute("INSERT INTO checkout_unclaimed (customer_id) VALUES ($1)", known)
    return known


async def _mark_gone(work: UnitOfWork, name: str, day: date, found: Sequence[Difference]) -> None:
    await work.db.execute(
        "UPDATE checkout_difference SET gone_at = $3 WHERE provider = $1 AND day = $2"
        " AND gone_at IS NULL AND (kind, reference) NOT IN"
        " (SELECT * FROM unnest($4::text[], $5::text[]))",
        name,
        day,
        work.now,
        [one.kind for one in found],
        [one.reference for one in found],
    )


async def _keep(
    work: UnitOfWork,
    name: str,
    day: date,
    state: str,
    reason: str,
    text: str,
    figures: tuple[int, int, int, int],
) -> None:
    await work.db.execute(
        "INSERT INTO checkout_settlement AS s (provider, day, state, reason, file, rows, matched,"
        " theirs_fen, ours_fen, matched_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (provider, day) DO UPDATE SET state = excluded.state,"
        " reason = excluded.reason, file = excluded.file, rows = excluded.rows,"
        " matched = excluded.matched, theirs_fen = excluded.theirs_fen,"
        " ours_fen = excluded.ours_fen, matched_at = excluded.matched_at, runs = s.runs + 1",
        name,
        day,
        state,
        reason,
        text.replace("\0", ""),
        *figures,
        work.now,
    )


async def get_settlement(work: UnitOfWork, day: date) -> Settlement:
    """What became of a day's file. Raises ``NoSuchSettlement``."""
    work.actor.require(permissions.RECONCILE)
    row = await work.db.fetchrow(
        f"SELECT {SETTLEMENT} FROM checkout_settlement s WHERE s.day = $1 LIMIT 1", day
    )
    if row is None:
        raise NoSuchSettlement("No settlement file of {day} was read yet.", day=day)
    return Settlement(**dict(row))


async def reconcile_due(work: UnitOfWork) -> None:
    """By the hour: the day before, as soon as its file is there and until it was matched."""
    if work.now.astimezone(work.zone).hour < READY_HOUR or not provider.is_connected():
        return
    day = work.today - timedelta(days=1)
    done = await work.db.fetchval(
        "SELECT 1 FROM checkout_settlement WHERE day = $1 AND state = 'matched'", day
    )
    if done is None:
        await reconcile(work, day)
