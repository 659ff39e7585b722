"""API clients: another system's key, and the tokens it gets for it (OAuth2 client credentials)."""

import hmac
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from yizhan.domain.staff import events, store
from yizhan.domain.staff.model import (
    BY_CLIENT,
    CLIENT_TOKEN,
    ApiClient,
    WrongCredentials,
    check_rights,
    clean_name,
    fingerprint,
    new_secret,
    too_many,
    wait_seconds,
)
from yizhan.kernel.actor import SYSTEM
from yizhan.kernel.errors import NotFound, Refused
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform.work import UnitOfWork, Works


async def create_client(
    work: UnitOfWork, *, name: str, scopes: Collection[str]
) -> tuple[ApiClient, str]:
    """Give another system a key: the client and its secret, which is shown this once."""
    work.actor.require("staff.manage")
    check_rights(frozenset(scopes), field="scopes")
    client = ApiClient(
        id=new_id(),
        name=clean_name(name),
        scopes=tuple(sorted(set(scopes))),
        disabled_at=None,
        created_at=work.now,
    )
    secret = new_secret("yzc")
    await store.add_client(work.db, client, fingerprint(secret))
    work.record(
        events.ClientCreated(
            customer_id=NIL, client_id=client.id, client_name=client.name, scopes=client.scopes
        )
    )
    return client, secret


async def disable_client(work: UnitOfWork, client_id: UUID) -> None:
    """Take a client's key back; its tokens end at once."""
    work.actor.require("staff.manage")
    found = await store.find_client(work.db, client_id)
    if found is None:
        raise NotFound("There is no such API client.")
    await store.disable_client(work.db, client_id, now=work.now)
    await store.drop_tokens(work.db, client_id=client_id)
    work.record(
        events.ClientDisabled(customer_id=NIL, client_id=client_id, client_name=found[0].name)
    )


async def grant(
    works: Works, client_id: str, secret: str, *, scopes: Collection[str] = (), address: str = ""
) -> tuple[str, tuple[str, ...], datetime]:
    """A token for an API client (OAuth2 client credentials): token, scopes, when it ends.

    Without *scopes* all of the client's. Raises ``WrongCredentials``, ``LockedOut``, ``Refused``.
    """
    async with works.begin(SYSTEM) as work:
        key = f"client:{client_id[:60]}"
        closed = wait_seconds(
            await store.count_try(work.db, key, BY_CLIENT, now=work.now), now=work.now
        )
    if closed:
        raise too_many(closed)
    async with works.begin(SYSTEM) as work:
        try:
            found = await store.find_client(work.db, UUID(client_id))
        except ValueError:
            found = None
        known = found is not None and found[0].disabled_at is None
        kept = found[1] if found is not None else b"\0" * 32
        if not hmac.compare_digest(kept, fingerprint(secret)) or not known or found is None:
            raise WrongCredentials("Client id or secret is not right.")
        client = found[0]
        asked = frozenset(scopes) or frozenset(client.scopes)
        if not asked <= frozenset(client.scopes):
            extra = sorted(asked - frozenset(client.scopes))[0]
            raise Refused("This client was not given the scope “{scope}”.", scope=extra)
        await store.forget_tries(work.db, key)
        token, expires_at = new_secret("yzt"), work.now + CLIENT_TOKEN
        await store.add_token(
            work.db,
            token_hash=fingerprint(token),
            token_id=new_id(),
            client_id=client.id,
            scopes=sorted(asked),
            now=work.now,
            idle_until=expires_at,
            expires_at=expires_at,
            address=address,
        )
        return token, tuple(sorted(asked)), expires_at
