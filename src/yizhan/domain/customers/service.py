"""What can be done with customers. Each command checks the right, decides, writes and records."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.customers import events, model, permissions, store
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork


async def create_customer(
    work: UnitOfWork,
    *,
    name: str,
    kind: model.PartyKind = model.PartyKind.PERSON,
    gender: str | None = None,
    birth_date: date | None = None,
    tier: model.Tier = model.Tier.NONE,
    segment: model.Segment = model.Segment.PERSONAL,
    language: str = "zh",
    status: model.Status = model.Status.ACTIVE,
    since: date | None = None,
    customer_id: UUID | None = None,
) -> model.Customer:
    """A new customer with his party. Raises `Invalid`, `Forbidden`."""
    work.actor.require(permissions.WRITE)
    if language not in ("zh", "en"):
        raise Invalid("The language must be zh or en.", field="language")
    today = work.now.astimezone(work.house.zone).date()
    if birth_date is not None and not date(1880, 1, 1) <= birth_date <= today:
        raise Invalid("A birth date lies between 1880 and today.", field="birth_date")
    customer = model.Customer(
        id=customer_id or new_id(),
        number=await store.next_number(work, "customer_number_seq", "C"),
        party_id=new_id(),
        kind=kind,
        name=model.clean_name(name),
        gender=gender,
        birth_date=birth_date,
        tier=tier,
        segment=segment,
        language=language,
        status=status,
        since=since or today,
    )
    await store.add_party(work, _own_party(customer))
    await store.add_customer(work, customer)
    await put_search_key(
        work,
        customer_id=customer.id,
        kind="customer",
        key=customer.number,
        label=customer.number,
        ref_id=customer.id,
    )
    await _put_name_keys(work, customer)
    work.record(
        events.CustomerCreated(
            customer_id=customer.id,
            number=customer.number,
            kind=customer.kind.value,
            status=customer.status.value,
        )
    )
    return customer


def _own_party(customer: model.Customer) -> model.Party:
    return model.Party(
        customer_id=customer.id,
        id=customer.party_id,
        kind=customer.kind,
        role=model.PartyRole.CUSTOMER,
        name=customer.name,
        gender=customer.gender,
        birth_date=customer.birth_date,
    )


async def _put_name_keys(work: UnitOfWork, customer: model.Customer) -> None:
    for kind, key in model.name_keys(customer.name):
        await store.put_search_key(
            work,
            customer_id=customer.id,
            kind=kind,
            key=key,
            label=model.mask_name(customer.name),
            ref_id=customer.party_id,
        )


async def change_customer(work: UnitOfWork, customer_id: UUID, **changes: Any) -> model.Customer:
    """Change ``name gender birth_date tier segment language status`` of a customer.

    Raises `Invalid` for anything else, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    allowed = {"name", "gender", "birth_date", "tier", "segment", "language", "status"}
    if wrong := set(changes) - allowed:
        raise Invalid("“{name}” cannot be changed here.", field=min(wrong), name=min(wrong))
    before = await store.lock(work, customer_id)
    if "name" in changes:
        changes["name"] = model.clean_name(changes["name"])
    for field, kind in (
        ("tier", model.Tier),
        ("segment", model.Segment),
        ("status", model.Status),
    ):
        if field in changes:
            changes[field] = model.choice(kind, changes[field], field=field)
    if changes.get("language", "zh") not in ("zh", "en"):
        raise Invalid("The language must be zh or en.", field="language")
    after = msgspec.structs.replace(before, **changes)
    changed = sorted(field for field in changes if getattr(before, field) != getattr(after, field))
    if not changed:
        return before
    await store.update_customer(work, after)
    if "name" in changed:
        for kind_of_key in ("name", "name_part"):
            await store.drop_search_keys(
                work, customer_id=customer_id, kind=kind_of_key, ref_id=after.party_id, key=None
            )
        await _put_name_keys(work, after)
    work.record(events.CustomerChanged(customer_id=customer_id, fields=changed))
    return after


async def add_party(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    name: str,
    role: model.PartyRole,
    kind: model.PartyKind = model.PartyKind.PERSON,
    gender: str | None = None,
    birth_date: date | None = None,
) -> model.Party:
    """Somebody belonging to the customer: a user of his line, an agent, a guardian."""
    work.actor.require(permissions.WRITE)
    await store.lock(work, customer_id)
    if role is model.PartyRole.CUSTOMER:
        raise Refused("A customer has one party of his own; give this one another role.")
    party = model.Party(
        customer_id=customer_id,
        id=new_id(),
        kind=kind,
        role=role,
        name=model.clean_name(name),
        gender=gender,
        birth_date=birth_date,
    )
    await store.add_party(work, party)
    work.record(
        events.PartyAdded(customer_id=customer_id, party_id=party.id, role=party.role.value)
    )
    return party


async def open_account(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    payment_kind: model.PaymentKind = model.PaymentKind.POSTPAID,
    cycle_day: int = 1,
    currency: str = "CNY",
    bill_medium: model.BillMedium = model.BillMedium.NONE,
    credit_limit_fen: int = 0,
    name: str = "",
    account_id: UUID | None = None,
) -> model.Account:
    """A new billing account. Raises `Invalid`, `NotFound`, `Forbidden`."""
    work.actor.require(permissions.WRITE)
    customer = await store.lock(work, customer_id)
    if customer.status is model.Status.CLOSED:
        raise Refused("This customer is closed. Reopen the record before adding to it.")
    if credit_limit_fen < 0:
        raise Invalid("A credit limit cannot be negative.", field="credit_limit")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise Invalid("A currency has three capital letters, like CNY.", field="currency")
    account = model.Account(
        customer_id=customer_id,
        id=account_id or new_id(),
        number=await store.next_number(work, "account_number_seq", "A"),
        name=name.strip()[: model.NAME_LENGTH_MAX],
        payment_kind=payment_kind,
        cycle_day=model.clean_cycle_day(cycle_day),
        currency=currency,
        bill_medium=bill_medium,
        credit_limit_fen=credit_limit_fen,
        status="active",
        opened_at=work.now,
        closed_at=None,
    )
    await store.add_account(work, account)
    await put_search_key(
        work,
        customer_id=customer_id,
        kind="account",
        key=account.number,
        label=account.number,
        ref_id=account.id,
    )
    if customer.status is model.Status.PROSPECT:
        await change_customer(work, customer_id, status=model.Status.ACTIVE)
    work.record(
        events.AccountOpened(
            customer_id=customer_id,
            account_id=account.id,
            number=account.number,
            payment_kind=account.payment_kind.value,
        )
    )
    return account


async def change_account(work: UnitOfWork, account_id: UUID, **changes: Any) -> model.Account:
    """Change ``name bill_medium bill_enclosed credit_limit_fen cycle_day status`` of an account.

    Raises `Invalid` for anything else, `NotFound`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    allowed = {"name", "bill_medium", "bill_enclosed", "credit_limit_fen", "cycle_day", "status"}
    if wrong := set(changes) - allowed:
        raise Invalid("“{name}” cannot be changed here.", field=min(wrong), name=min(wrong))
    before = await store.find_account(work, account_id, lock=True)
    if before is None:
        raise NotFound("There is no such billing account.", account_id=account_id)
    if "bill_medium" in changes:
        changes["bill_medium"] = model.choice(
            model.BillMedium, changes["bill_medium"], field="bill_medium"
        )
    if "cycle_day" in changes:
        model.clean_cycle_day(changes["cycle_day"])
    if changes.get("credit_limit_fen", 0) < 0:
        raise Invalid("A credit limit cannot be negative.", field="credit_limit")
    if changes.get("status", "active") not in ("active", "closed"):
        raise Invalid("An account is active or closed.", field="status")
    if changes.get("status") == "closed" and before.status == "active":
        changes["closed_at"] = work.now
    after = msgspec.structs.replace(before, **changes)
    changed = sorted(field for field in changes if getattr(before, field) != getattr(after, field))
    if changed:
        await store.update_account(work, after)
        work.record(
            events.AccountChanged(
                customer_id=after.customer_id,
                account_id=account_id,
                number=after.number,
                fields=changed,
            )
        )
    return after


async def add_contact_point(
    work: UnitOfWork,
    customer_id: UUID,
    *,
    kind: model.ContactKind,
    value: str,
    preferred: bool = False,
    party_id: UUID | None = None,
) -> model.ContactPoint:
    """A way to reach the customer. A telephone number is also found by the search."""
    work.actor.require(permissions.WRITE)
    customer = await store.lock(work, customer_id)
    point = model.ContactPoint(
        customer_id=customer_id,
        id=new_id(),
        party_id=party_id or customer.party_id,
        kind=kind,
        value=model.clean_contact(kind, value),
        preferred=preferred,
        valid_from=work.now,
        valid_to=None,
    )
    await store.add_contact_point(work, point)
    if kind is model.ContactKind.PHONE:
        await put_search_key(
            work,
            customer_id=customer_id,
            kind="phone",
            key=point.value,
            label=point.value,
            ref_id=point.id,
        )
    work.record(
        events.ContactPointAdded(
            customer_id=customer_id, contact_point_id=point.id, kind=kind.value
        )
    )
    return point


async def end_contact_point(work: UnitOfWork, customer_id: UUID, point_id: UUID) -> None:
    """Stop using a contact point. Raises `NotFound` when it is not in use."""
    work.actor.require(permissions.WRITE)
    kind = await store.end_contact_point(work, customer_id, point_id)
    if kind is None:
        raise NotFound("This contact point is not in use.", contact_point_id=point_id)
    await drop_search_key(work, customer_id=customer_id, kind="phone", ref_id=point_id)
    work.record(
        events.ContactPointEnded(customer_id=customer_id, contact_point_id=point_id, kind=kind)
    )


async def put_search_key(
    work: UnitOfWork, *, customer_id: UUID, kind: str, key: str, label: str, ref_id: UUID
) -> None:
    """Let a customer be found by *key*, which belongs to the thing *ref_id* of some room."""
    await store.put_search_key(
        work,
        customer_id=customer_id,
        kind=kind,
        key=model.search_text(key),
        label=label,
        ref_id=ref_id,
    )


async def drop_search_key(
    work: UnitOfWork, *, customer_id: UUID, kind: str, ref_id: UUID, key: str | None = None
) -> None:
    """Take back the keys of one thing, or only one of them."""
    await store.drop_search_keys(
        work,
        customer_id=customer_id,
        kind=kind,
        ref_id=ref_id,
        key=model.search_text(key) if key is not None else None,
    )


async def lock(work: UnitOfWork, customer_id: UUID) -> model.Customer:
    """Hold the customer's row until the act ends, so that acts on him come one by one."""
    return await store.lock(work, customer_id)
