"""Reading messages, templates and the outbox. Lists have limits."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from yizhan.domain.messages import model, permissions, store
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork


async def list_of_customer(
    work: UnitOfWork, customer_id: UUID, *, limit: int = 50, before: UUID | None = None
) -> Sequence[model.Message]:
    """A customer's messages, newest first; the texts of codes are left out.

    A customer reads his own; anybody else needs ``customers.read``.
    """
    _may_read(work, customer_id)
    rows = await work.db.fetch(
        f"SELECT {store.MESSAGE_COLUMNS} FROM message WHERE customer_id = $1"
        " AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $2",
        customer_id,
        min(limit, 500),
        before,
    )
    return [_without_secret(store.message_of(row)) for row in rows]


async def get(work: UnitOfWork, customer_id: UUID, message_id: UUID) -> model.Message:
    """One message of a customer; the text of a code is left out. Raises `NotFound`."""
    _may_read(work, customer_id)
    found = await store.find(work, message_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound("There is no such message.", message_id=message_id)
    return _without_secret(found)


async def list_replies(
    work: UnitOfWork, customer_id: UUID, message_id: UUID, *, limit: int = 50
) -> Sequence[model.Reply]:
    """What the wire said about a message, oldest first."""
    _may_read(work, customer_id)
    rows = await work.db.fetch(
        "SELECT at, outcome, text FROM message_reply WHERE customer_id = $1 AND message_id = $2"
        " ORDER BY id LIMIT $3",
        customer_id,
        message_id,
        min(limit, 200),
    )
    return [model.Reply(**dict(row)) for row in rows]


async def list_outbox(
    work: UnitOfWork,
    *,
    state: str | None = None,
    medium: str | None = None,
    limit: int = 50,
    before: UUID | None = None,
) -> Sequence[model.Message]:
    """Messages of all customers, newest first, with their texts; needs ``messages.read``."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT {store.MESSAGE_COLUMNS} FROM message WHERE ($1::text IS NULL OR state = $1)"
        " AND ($2::text IS NULL OR channel = $2) AND ($4::uuid IS NULL OR id < $4)"
        " ORDER BY id DESC LIMIT $3",
        state,
        medium,
        min(limit, 200),
        before,
    )
    return [store.message_of(row) for row in rows]


async def list_templates(work: UnitOfWork, *, limit: int = 200) -> Sequence[model.Template]:
    """The templates in force, by name."""
    work.actor.require(permissions.MANAGE)
    rows = await work.db.fetch(
        f"SELECT DISTINCT ON (name) {store.TEMPLATE_COLUMNS} FROM message_template"
        " ORDER BY name, version DESC LIMIT $1",
        min(limit, 500),
    )
    return [store.template_of(row) for row in rows]


async def list_versions(
    work: UnitOfWork, name: str, *, limit: int = 50
) -> Sequence[model.Template]:
    """All versions of a template, newest first."""
    work.actor.require(permissions.MANAGE)
    rows = await work.db.fetch(
        f"SELECT {store.TEMPLATE_COLUMNS} FROM message_template WHERE name = $1"
        " ORDER BY version DESC LIMIT $2",
        name,
        min(limit, 200),
    )
    return [store.template_of(row) for row in rows]


async def labels(work: UnitOfWork) -> dict[str, Text]:
    """What each template is called."""
    rows = await work.db.fetch(
        "SELECT DISTINCT ON (name) name, label_zh, label_en FROM message_template"
        " ORDER BY name, version DESC LIMIT 500"
    )
    return {row["name"]: Text(row["label_zh"], row["label_en"]) for row in rows}


async def quiet_hours(work: UnitOfWork) -> model.Policy:
    """When customers are left in peace."""
    return await store.policy(work)


def _may_read(work: UnitOfWork, customer_id: UUID) -> None:
    actor = work.actor
    if actor.kind is ActorKind.CUSTOMER and actor.id == customer_id:
        return
    actor.require(permissions.CUSTOMER)


def _without_secret(message: model.Message) -> model.Message:
    return msgspec.structs.replace(message, text=None) if message.secret else message
