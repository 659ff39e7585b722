"""Intents, notices, tokens and refunds on their tables."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from yizhan.domain.checkout.flow import RefundState, State
from yizhan.domain.checkout.model import (
    Intent,
    NoSuchIntent,
    NoSuchRefund,
    NoSuchToken,
    Refund,
    Token,
)
from yizhan.domain.checkout.provider import Notice
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.db import Connection
from yizhan.platform.work import UnitOfWork

INTENT = (
    "customer_id, id, account_id, payer_id, number, amount, refunded, means, token_id, provider,"
    " order_no, key, channel, state, reason, redirect_url, qr_text, return_url, started_at,"
    " started_by, expires_at, asked, provider_no, settle_date, paid_at, payment_id, reversed_at,"
    " purpose"
)
BOUND = (
    "customer_id, id, line_id, provider, bind_no, kind, label, state, asked_at, bound_at,"
    " unbound_at"
)
REFUND = (
    "customer_id, id, intent_id, account_id, amount, key, reason, state, provider, refund_no,"
    " asked, requested_by, requested_by_name, requested_at, decided_by, decided_by_name,"
    " decided_at, note, provider_no, settle_date, done_at"
)
BODY_MAX = 4000


def intent_of(row: Any) -> Intent:
    """A row as the model knows it. Raises ``NoSuchIntent`` for none."""
    if row is None:
        raise NoSuchIntent("There is no such payment.")
    values = dict(row)
    values["state"] = State(values["state"])
    return Intent(**values)


def refund_of(row: Any) -> Refund:
    """A row as the model knows it. Raises ``NoSuchRefund`` for none."""
    if row is None:
        raise NoSuchRefund("There is no such refund.")
    values = dict(row)
    values["state"] = RefundState(values["state"])
    return Refund(**values)


def token_of(row: Any) -> Token:
    """A row as the model knows it. Raises ``NoSuchToken`` for none."""
    if row is None:
        raise NoSuchToken("There is no such card or wallet.")
    return Token(**dict(row))


async def _by_key(db: Connection, table: str, columns: str, customer_id: UUID, key: str) -> Any:
    return await db.fetchrow(
        f"SELECT {columns} FROM {table} WHERE customer_id = $1 AND key = $2", customer_id, key
    )


async def _locked(db: Connection, table: str, columns: str, customer_id: UUID, id: UUID) -> Any:
    return await db.fetchrow(
        f"SELECT {columns} FROM {table} WHERE customer_id = $1 AND id = $2 FOR UPDATE",
        customer_id,
        id,
    )


async def _set(
    db: Connection,
    table: str,
    columns: str,
    one: Intent | Token | Refund,
    changes: Mapping[str, Any],
) -> Any:
    """Change columns of a row; the names are ours, never a caller's."""
    said = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, start=3))
    return await db.fetchrow(
        f"UPDATE {table} SET {said} WHERE customer_id = $1 AND id = $2 RETURNING {columns}",
        one.customer_id,
        one.id,
        *(getattr(value, "value", value) for value in changes.values()),
    )


async def add_intent(db: Connection, one: Intent) -> bool:
    """Keep an intent; False when its key began one before."""
    status = await db.execute(
        "INSERT INTO checkout_intent (customer_id, id, account_id, payer_id, number, amount, means,"
        " token_id, provider, order_no, key, channel, state, return_url, started_at, started_by,"
        " expires_at, purpose) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
        " $15, $16, $17, $18) ON CONFLICT (customer_id, key) DO NOTHING",
        one.customer_id,
        one.id,
        one.account_id,
        one.payer_id,
        one.number,
        one.amount,
        one.means,
        one.token_id,
        one.provider,
        one.order_no,
        one.key,
        one.channel,
        one.state.value,
        one.return_url,
        one.started_at,
        one.started_by,
        one.expires_at,
        one.purpose,
    )
    return bool(status == "INSERT 0 1")


async def intent_by_key(db: Connection, customer_id: UUID, key: str) -> Intent:
    """The intent a key began. Raises ``NoSuchIntent``."""
    return intent_of(await _by_key(db, "checkout_intent", INTENT, customer_id, key))


async def lock_intent(db: Connection, customer_id: UUID, intent_id: UUID) -> Intent:
    """One intent, locked. Raises ``NoSuchIntent``."""
    return intent_of(await _locked(db, "checkout_intent", INTENT, customer_id, intent_id))


async def lock_order(db: Connection, provider: str, order_no: str) -> Intent | None:
    """The intent a provider calls by its order number, locked; None if it is not ours."""
    row = await db.fetchrow(
        f"SELECT {INTENT} FROM checkout_intent WHERE order_no = $1 AND provider = $2 FOR UPDATE",
        order_no,
        provider,
    )
    return intent_of(row) if row else None


async def set_intent(db: Connection, one: Intent, **changes: Any) -> Intent:
    """Change columns of an intent; the names are ours, never a caller's."""
    return intent_of(await _set(db, "checkout_intent", INTENT, one, changes))


async def keep_notice(
    work: UnitOfWork,
    notice: Notice,
    *,
    way: str,
    customer_id: UUID,
    body: str,
    address: str,
) -> UUID | None:
    """Keep what a provider said; None when this very message was heard before."""
    found: UUID | None = await work.db.fetchval(
        "INSERT INTO checkout_notice (id, customer_id, provider, received_at, way, nonce, order_no,"
        " kind, verdict, reason, body, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'taken',"
        " $9, $10, $11) ON CONFLICT (provider, nonce) WHERE nonce IS NOT NULL DO NOTHING"
        " RETURNING id",
        new_id(),
        customer_id,
        notice.provider,
        work.now,
        way,
        notice.nonce,
        notice.order_no[:200],
        notice.kind,
        notice.reason[:500],
        body[:BODY_MAX],
        address,
    )
    return found


async def judge_notice(db: Connection, notice_id: UUID, verdict: str, reason: str) -> None:
    """Say what became of a notice."""
    await db.execute(
        "UPDATE checkout_notice SET verdict = $2,"
        " reason = CASE WHEN $3 = '' THEN reason ELSE $3 END WHERE id = $1",
        notice_id,
        verdict,
        reason[:500],
    )


async def keep_forgery(
    work: UnitOfWork,
    provider: str,
    *,
    order_no: str,
    kind: str,
    reason: str,
    body: str,
    address: str,
) -> None:
    """Keep what came in a provider's name without its signature."""
    await work.db.execute(
        "INSERT INTO checkout_notice (id, customer_id, provider, received_at, way, order_no, kind,"
        " verdict, reason, body, address)"
        " VALUES ($1, $2, $3, $4, 'callback', $5, $6, 'forged', $7, $8, $9)",
        new_id(),
        NIL,
        provider,
        work.now,
        order_no[:200],
        kind[:40],
        reason[:500],
        body[:BODY_MAX],
        address,
    )


async def add_token(db: Connection, one: Token) -> None:
    """Keep a card or wallet that waits to be allowed."""
    await db.execute(
        "INSERT INTO checkout_token (customer_id, id, line_id, provider, bind_no, kind, state,"
        " asked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        one.customer_id,
        one.id,
        one.line_id,
        one.provider,
        one.bind_no,
        one.kind,
        one.state,
        one.asked_at,
    )


async def lock_token(db: Connection, token_id: UUID, customer_id: UUID) -> tuple[Token, bytes]:
    """A token and what it is sealed in, locked. Raises ``NoSuchToken``."""
    return await get_token(db, token_id, customer_id, lock="FOR UPDATE")


async def get_token(
    db: Connection, token_id: UUID, customer_id: UUID, *, lock: str = ""
) -> tuple[Token, bytes]:
    """A token and what it is sealed in. Raises ``NoSuchToken``."""
    row = await db.fetchrow(
        f"SELECT {BOUND}, coalesce(sealed, '') AS sealed FROM checkout_token"
        f" WHERE customer_id = $2 AND id = $1 {lock}",
        token_id,
        customer_id,
    )
    if row is None:
        return token_of(None), b""
    values = dict(row)
    sealed: bytes = values.pop("sealed")
    return Token(**values), sealed


async def lock_binding(db: Connection, provider: str, bind_no: str) -> Token | None:
    """The token a provider calls by its number of the binding, locked."""
    row = await db.fetchrow(
        f"SELECT {BOUND} FROM checkout_token WHERE bind_no = $1 AND provider = $2 FOR UPDATE",
        bind_no,
        provider,
    )
    return token_of(row) if row else None


async def set_token(db: Connection, one: Token, **changes: Any) -> Token:
    """Change columns of a token; the names are ours, never a caller's."""
    return token_of(await _set(db, "checkout_token", BOUND, one, changes))


async def add_refund(db: Connection, one: Refund) -> bool:
    """Keep a refund; False when its key asked for one before."""
    status = await db.execute(
        "INSERT INTO checkout_refund (customer_id, id, intent_id, account_id, amount, key, reason,"
        " state, provider, refund_no, requested_by, requested_by_name, requested_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
        " ON CONFLICT (customer_id, key) DO NOTHING",
        one.customer_id,
        one.id,
        one.intent_id,
        one.account_id,
        one.amount,
        one.key,
        one.reason,
        one.state.value,
        one.provider,
        one.refund_no,
        one.requested_by,
        one.requested_by_name,
        one.requested_at,
    )
    return bool(status == "INSERT 0 1")


async def find_refund(db: Connection, customer_id: UUID, key: str) -> Refund | None:
    """The refund a key asked for, if it did."""
    row = await _by_key(db, "checkout_refund", REFUND, customer_id, key)
    return refund_of(row) if row else None


async def lock_refund(db: Connection, customer_id: UUID, refund_id: UUID) -> Refund:
    """One refund, locked. Raises ``NoSuchRefund``."""
    return refund_of(await _locked(db, "checkout_refund", REFUND, customer_id, refund_id))


async def set_refund(db: Connection, one: Refund, **changes: Any) -> Refund:
    """Change columns of a refund; the names are ours, never a caller's."""
    return refund_of(await _set(db, "checkout_refund", REFUND, one, changes))
