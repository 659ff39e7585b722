"""The rows of templates, messages, replies and codes. All SQL that changes them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from yizhan.domain.messages import model
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

TEMPLATE_COLUMNS = (
    "name, version, label_zh, label_en, kind, channels, urgent, secret, lifetime_minutes,"
    " limit_count, limit_hours, subject_zh, subject_en, text_zh, text_en, facts, written_at,"
    " written_by"
)
MESSAGE_COLUMNS = (
    "customer_id, id, template, version, kind, channel, address, language, subject, text, urgent,"
    " secret, key, state, reason, detail, attempts, created_at, send_at, expires_at, sent_at,"
    " delivered_at, wire_id, resend_of, actor_name, enclosed"
)


def template_of(row: Any) -> model.Template:
    """A row of `TEMPLATE_COLUMNS` as a value."""
    values = dict(row)
    for name in ("label", "subject", "text"):
        values[name] = Text(values.pop(f"{name}_zh"), values.pop(f"{name}_en"))
    values["channels"] = tuple(model.Medium(one) for one in values["channels"])
    return model.Template(**values)


def message_of(row: Any) -> model.Message:
    """A row of `MESSAGE_COLUMNS` as a value."""
    values = dict(row)
    values["channel"] = model.Medium(values["channel"])
    values["state"] = model.State(values["state"])
    values["reason"] = values["reason"] and model.Reason(values["reason"])
    return model.Message(**values)


async def find_template(
    work: UnitOfWork, name: str, version: int | None = None
) -> model.Template | None:
    """A version of a template, the one in force when none is named; or None."""
    row = await work.db.fetchrow(
        f"SELECT {TEMPLATE_COLUMNS} FROM message_template WHERE name = $1"
        " AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        name,
        version,
    )
    return template_of(row) if row else None


async def add_template(work: UnitOfWork, template: model.Template) -> bool:
    """Insert a version; False when somebody else made it first."""
    status = await work.db.execute(
        f"INSERT INTO message_template ({TEMPLATE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7,"
        " $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT DO NOTHING",
        template.name, template.version, template.label.zh, template.label.en, template.kind,
        [one.value for one in template.channels], template.urgent, template.secret,
        template.lifetime_minutes, template.limit_count, template.limit_hours,
        template.subject.zh, template.subject.en, template.text.zh, template.text.en,
        dict(template.facts), template.written_at, template.written_by,
    )  # fmt: skip
    return bool(status == "INSERT 0 1")


async def policy(work: UnitOfWork) -> model.Policy:
    """When customers are left in peace."""
    row = await work.db.fetchrow("SELECT quiet_from, quiet_until FROM message_policy")
    return model.Policy(row["quiet_from"], row["quiet_until"])


async def site_url(work: UnitOfWork) -> str:
    """Where links in messages lead."""
    return await work.db.fetchval("SELECT site_url FROM message_policy")  # type: ignore[no-any-return]


async def put_site_url(work: UnitOfWork, url: str) -> None:
    """Write where links in messages lead; nothing is written when it is there already."""
    await work.db.execute(
        "UPDATE message_policy SET site_url = $1 WHERE site_url <> $1", url.rstrip("/")
    )


async def put_policy(work: UnitOfWork, chosen: model.Policy) -> None:
    """Write the quiet hours."""
    await work.db.execute(
        "UPDATE message_policy SET quiet_from = $1, quiet_until = $2",
        chosen.quiet_from,
        chosen.quiet_until,
    )


async def hold_customer(work: UnitOfWork, customer_id: UUID, template: str) -> None:
    """Let one at a time count what a customer got of a template, until the act ends."""
    await work.db.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 5))", f"{customer_id}/{template}"
    )


async def count_since(work: UnitOfWork, customer_id: UUID, template: str, since: datetime) -> int:
    """Messages of a template a customer got, or is going to get, since then."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "SELECT count(*) FROM message WHERE customer_id = $1 AND template = $2"
        " AND created_at > $3 AND state NOT IN ('suppressed', 'failed')",
        customer_id,
        template,
        since,
    )


async def add(work: UnitOfWork, message: model.Message) -> bool:
    """Insert a message; False when there is one of this key."""
    status = await work.db.execute(
        f"INSERT INTO message ({MESSAGE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
        " $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)"
        " ON CONFLICT DO NOTHING",
        message.customer_id, message.id, message.template, message.version, message.kind,
        message.channel.value, message.address, message.language, message.subject, message.text,
        message.urgent, message.secret, message.key, message.state.value,
        message.reason and message.reason.value, message.detail, message.attempts,
        message.created_at, message.send_at, message.expires_at, message.sent_at,
        message.delivered_at, message.wire_id, message.resend_of, message.actor_name,
        message.enclosed,
    )  # fmt: skip
    return bool(status == "INSERT 0 1")


async def find_by_key(work: UnitOfWork, customer_id: UUID, key: str) -> model.Message | None:
    """The message of this key, or None."""
    row = await work.db.fetchrow(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE customer_id = $1 AND key = $2",
        customer_id,
        key,
    )
    return message_of(row) if row else None


async def find(work: UnitOfWork, message_id: UUID, *, lock: bool = False) -> model.Message | None:
    """The message, or None; with *lock* its row is held until the act ends."""
    row = await work.db.fetchrow(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE id = $1" + (" FOR UPDATE" if lock else ""),
        message_id,
    )
    return message_of(row) if row else None


async def find_by_wire(work: UnitOfWork, wire_id: str) -> model.Message | None:
    """The message the wire knows by this name, its row held; or None."""
    row = await work.db.fetchrow(
        f"SELECT {MESSAGE_COLUMNS} FROM message WHERE wire_id = $1 FOR UPDATE", wire_id
    )
    return message_of(row) if row else None


async def claim(
    work: UnitOfWork, media: Sequence[str], *, lease: timedelta, limit: int
) -> list[model.Message]:
    """Due messages, leased: whoever dies with them lets them go when the lease is over."""
    rows = await work.db.fetch(
        "UPDATE message SET lease_until = $2::timestamptz + $3::interval, attempts = attempts + 1"
        " WHERE (customer_id, id) IN (SELECT customer_id, id FROM message"
        "  WHERE state IN ('queued', 'deferred') AND send_at <= $2 AND channel = ANY($1::text[])"
        "    AND (lease_until IS NULL OR lease_until <= $2)"
        "  ORDER BY urgent DESC, send_at LIMIT $4 FOR UPDATE SKIP LOCKED)"
        f" RETURNING {MESSAGE_COLUMNS}",
        list(media), work.now, lease, limit,
    )  # fmt: skip
    return [message_of(row) for row in rows]


async def hold_claimed(work: UnitOfWork, message: model.Message) -> bool:
    """Hold the row of a message claimed before; False when another has claimed it since."""
    return bool(
        await work.db.fetchval(
            "SELECT true FROM message WHERE customer_id = $1 AND id = $2 AND attempts = $3"
            " AND lease_until IS NOT NULL AND state IN ('queued', 'deferred') FOR UPDATE",
            message.customer_id, message.id, message.attempts,
        )
    )  # fmt: skip


async def set_back(
    work: UnitOfWork, message: model.Message, state: model.State, send_at: datetime, why: str
) -> None:
    """Try again at *send_at*."""
    await work.db.execute(
        "UPDATE message SET state = $5, send_at = $3, lease_until = NULL, detail = $4"
        " WHERE customer_id = $1 AND id = $2",
        message.customer_id, message.id, send_at, why[:500], state.value,
    )  # fmt: skip


async def set_state(
    work: UnitOfWork,
    message: model.Message,
    state: model.State,
    *,
    reason: model.Reason | None = None,
    detail: str = "",
    wire_id: str | None = None,
) -> None:
    """Write how far a message is, and when it got there."""
    await work.db.execute(
        "UPDATE message SET state = $3, reason = $4, detail = $5, lease_until = NULL,"
        " wire_id = coalesce($6, wire_id),"
        " sent_at = CASE WHEN $3 IN ('sent', 'delivered') THEN coalesce(sent_at, $7)"
        "  ELSE sent_at END,"
        " delivered_at = CASE WHEN $3 = 'delivered' THEN $7 END"
        " WHERE customer_id = $1 AND id = $2",
        message.customer_id, message.id, state.value, reason and reason.value, detail[:500],
        wire_id, work.now,
    )  # fmt: skip


async def add_reply(work: UnitOfWork, message: model.Message, outcome: str, text: str) -> None:
    """Keep what the wire said."""
    await work.db.execute(
        "INSERT INTO message_reply (customer_id, message_id, id, at, outcome, text)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        message.customer_id, message.id, new_id(), work.now, outcome, text[:2000],
    )  # fmt: skip


async def forget(work: UnitOfWork, *, limit: int) -> int:
    """Empty the secret texts that are of no use any more; how many."""
    return await work.db.fetchval(  # type: ignore[no-any-return]
        "WITH due AS (SELECT customer_id, id FROM message WHERE secret AND text IS NOT NULL"
        " AND expires_at <= $1 LIMIT $2), emptied AS (UPDATE message m SET text = NULL"
        " FROM due WHERE m.customer_id = due.customer_id AND m.id = due.id RETURNING 1)"
        " SELECT count(*) FROM emptied",
        work.now,
        limit,
    )


async def hold_codes(work: UnitOfWork, number: str, asked_from: str) -> None:
    """Let one at a time count the codes of a number and of an address, until the act ends."""
    for name in sorted({f"to/{number}", f"from/{asked_from}" if asked_from else ""} - {""}):
        await work.db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 7))", name)


async def count_codes(
    work: UnitOfWork,
    customer_id: UUID,
    purpose: str,
    number: str,
    asked_from: str,
    *,
    since: datetime,
) -> model.CodesSent:
    """How many codes were sent since then."""
    row = await work.db.fetchrow(
        "SELECT (SELECT count(*) FROM message_code WHERE number = $3 AND created_at > $5) AS n,"
        " (SELECT count(*) FROM message_code WHERE customer_id = $1 AND customer_id <> $6"
        "   AND purpose = $2 AND created_at > $5) AS p,"
        " (SELECT count(*) FROM message_code WHERE asked_from = $4 AND asked_from <> ''"
        "   AND created_at > $5) AS a",
        customer_id, purpose, number, asked_from, since, NIL,
    )  # fmt: skip
    return model.CodesSent(row["n"], row["p"], row["a"])


async def add_code(
    work: UnitOfWork,
    customer_id: UUID,
    code_id: UUID,
    purpose: str,
    number: str,
    hashed: str,
    asked_from: str,
) -> None:
    """Insert a code; those before it for the same are void."""
    await work.db.execute(
        "UPDATE message_code SET expires_at = $4 WHERE customer_id = $1 AND purpose = $2"
        " AND (customer_id <> $5 OR number = $3) AND expires_at > $4",
        customer_id, purpose, number, work.now, NIL,
    )  # fmt: skip
    await work.db.execute(
        "INSERT INTO message_code (customer_id, id, purpose, number, hash, asked_from, created_at,"
        " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        customer_id, code_id, purpose, number, hashed, asked_from, work.now,
        work.now + model.CODE_LIFE,
    )  # fmt: skip


async def find_code(work: UnitOfWork, customer_id: UUID, purpose: str, number: str | None) -> Any:
    """The code in force, held: ``id hash``; or None."""
    return await work.db.fetchrow(
        "SELECT id, hash FROM message_code WHERE customer_id = $1 AND purpose = $2"
        " AND ($3::text IS NULL OR number = $3) AND expires_at > $4 AND used_at IS NULL"
        " AND wrong_tries < $5 ORDER BY id DESC LIMIT 1 FOR UPDATE",
        customer_id, purpose, number, work.now, model.CODE_TRIES,
    )  # fmt: skip


async def mark_code(work: UnitOfWork, customer_id: UUID, code_id: UUID, *, right_one: bool) -> None:
    """Write that a code was used, or once more mistyped."""
    await work.db.execute(
        "UPDATE message_code SET used_at = CASE WHEN $3::boolean THEN $4::timestamptz END,"
        " wrong_tries = wrong_tries + CASE WHEN $3 THEN 0 ELSE 1 END"
        " WHERE customer_id = $1 AND id = $2",
        customer_id, code_id, right_one, work.now,
    )  # fmt: skip
