"""Many customers at once, by COPY: for operators who bring their own data, and for the demo."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.customers import events, model
from yizhan.platform import vault
from yizhan.platform.bulkids import driver_id, fresh_ids
from yizhan.platform.eventcopy import copy_events
from yizhan.platform.work import UnitOfWork

BATCH_ROWS = 20_000

_COLUMNS: dict[str, tuple[str, ...]] = {
    "party": (
        "customer_id", "id", "kind", "role", "name", "gender", "birth_date", "created_at",
    ),
    "customer": (
        "id", "number", "party_id", "tier", "segment", "language", "status", "since", "created_at",
    ),
    "account": (
        "customer_id", "id", "number", "name", "payment_kind", "cycle_day", "currency",
        "bill_medium", "credit_limit_fen", "status", "opened_at",
    ),
    "contact_point": (
        "customer_id", "id", "party_id", "kind", "value", "preferred", "valid_from",
    ),
    "identity_document": (
        "customer_id", "id", "party_id", "kind", "number_cipher", "number_hash", "number_masked",
        "original_seen", "created_at",
    ),
    "consent": ("customer_id", "id", "purpose", "granted", "origin", "at", "actor_name"),
    "customer_attribute": ("customer_id", "name", "value", "origin", "purpose", "at"),
    "search_key": ("customer_id", "kind", "key", "label", "ref_id"),
}  # fmt: skip


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account to be loaded; without a number it is given the next one."""

    id: UUID
    payment_kind: model.PaymentKind = model.PaymentKind.POSTPAID
    cycle_day: int = 1
    currency: str = "CNY"
    bill_medium: model.BillMedium = model.BillMedium.NONE
    credit_limit_fen: int = 0
    name: str = ""
    number: str | None = None


class NewDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document to be loaded; ``number`` is in clear and is sealed on the way in."""

    kind: model.DocumentKind
    number: str
    original_seen: bool = True


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to be loaded with all that belongs to him. ``created_at`` defaults to now.

    ``contacts`` are ``(kind, value)``, ``attributes`` ``(name, value, origin)``; ``consents`` are
    purposes he agreed to.
    """

    id: UUID
    name: str
    since: date
    kind: model.PartyKind = model.PartyKind.PERSON
    gender: str | None = None
    birth_date: date | None = None
    tier: model.Tier = model.Tier.NONE
    segment: model.Segment = model.Segment.PERSONAL
    language: str = "zh"
    status: model.Status = model.Status.ACTIVE
    created_at: datetime | None = None
    number: str | None = None
    accounts: tuple[NewAccount, ...] = ()
    documents: tuple[NewDocument, ...] = ()
    contacts: tuple[tuple[model.ContactKind, str], ...] = ()
    attributes: tuple[tuple[str, str, model.Origin], ...] = ()
    consents: tuple[str, ...] = ()


async def bulk_load(
    work: UnitOfWork,
    rows: Iterable[NewCustomer],
    *,
    record_events: bool = True,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Load customers with accounts, documents, contact points and search keys; how many.

    The rows are trusted to be clean: `NewCustomer` values made from foreign data go through
    `model.clean_name` and its neighbours first. *progress* is told the count after each batch.
    Raises what the database says for a number or an id that is there already.
    """
    work.actor.require("intake.run")
    total = 0
    for batch in batches(rows, BATCH_ROWS):
        filled = _Batch(work, await _numbers(work, batch))
        for row in batch:
            filled.add(row)
        for table, records in filled.records.items():
            if records:
                await work.db.copy_records_to_table(table, records=records, columns=_COLUMNS[table])
        if record_events:
            await copy_events(work, filled.events)
        total += len(batch)
        if progress:
            progress(total)
    return total


async def bulk_load_accounts(
    work: UnitOfWork, rows: Sequence[tuple[UUID, NewAccount]], *, record_events: bool = True
) -> None:
    """Load accounts of customers that are there already: ``(customer_id, account)``."""
    work.actor.require("intake.run")
    wanting = sum(1 for _, account in rows if account.number is None)
    numbers = await _take(work, "account_number_seq", "A", wanting)
    filled = _Batch(work, (iter(()), numbers))
    for customer_id, account in rows:
        filled.add_account(driver_id(customer_id), account, work.now)
    for table in ("account", "search_key"):
        await work.db.copy_records_to_table(
            table, records=filled.records[table], columns=_COLUMNS[table]
        )
    if record_events:
        await copy_events(work, filled.events)


def batches(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Lists of at most *size* of *rows*, in order."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


async def _numbers(
    work: UnitOfWork, batch: list[NewCustomer]
) -> tuple[Iterator[str], Iterator[str]]:
    customers = sum(1 for row in batch if row.number is None)
    accounts = sum(1 for row in batch for account in row.accounts if account.number is None)
    return (
        await _take(work, "customer_number_seq", "C", customers),
        await _take(work, "account_number_seq", "A", accounts),
    )


async def _take(work: UnitOfWork, sequence: str, letter: str, count: int) -> Iterator[str]:
    rows = await work.db.fetch(
        "SELECT nextval($1::text::regclass) AS n FROM generate_series(1, $2::int)", sequence, count
    )
    return iter([f"{letter}{row['n']}" for row in rows])


class _Batch:
    """The records of one batch, table by table."""

    def __init__(self, work: UnitOfWork, numbers: tuple[Iterator[str], Iterator[str]]) -> None:
        self.work = work
        self.customer_numbers, self.account_numbers = numbers
        self.records: dict[str, list[tuple[Any, ...]]] = {table: [] for table in _COLUMNS}
        self.events: list[tuple[datetime, events.CustomerCreated | events.AccountOpened]] = []
        self.vault = vault.current()
        self.ids = fresh_ids()

    def add(self, row: NewCustomer) -> None:
        """Spread one customer over the tables."""
        at = row.created_at or self.work.now
        customer_id = driver_id(row.id)
        party_id = next(self.ids)
        number = row.number or next(self.customer_numbers)
        records = self.records
        records["party"].append(
            (customer_id, party_id, row.kind, "customer", row.name, row.gender, row.birth_date, at)
        )
        records["customer"].append(
            (
                customer_id, number, party_id, row.tier, row.segment, row.language, row.status,
                row.since, at,
            )
        )  # fmt: skip
        keys = records["search_key"]
        keys.append((customer_id, "customer", number.lower(), number, customer_id))
        masked = model.mask_name(row.name)
        keys.extend(
            (customer_id, kind, key, masked, party_id) for kind, key in model.name_keys(row.name)
        )
        self.events.append(
            (
                at,
                events.CustomerCreated(
                    customer_id=customer_id, number=number, kind=row.kind, status=row.status
                ),
            )
        )
        for account in row.accounts:
            self.add_account(customer_id, account, at)
        for document in row.documents:
            self._document(customer_id, party_id, document, at)
        for kind, value in row.contacts:
            self._contact(customer_id, party_id, kind, value, at)
        for purpose in row.consents:
            records["consent"].append(
                (customer_id, next(self.ids), purpose, True, "import", at, "")
            )
        for name, value, origin in row.attributes:
            purpose_of = "advice" if model.needs_consent(origin) else None
            records["customer_attribute"].append((customer_id, name, value, origin, purpose_of, at))

    def add_account(self, customer_id: UUID, account: NewAccount, at: datetime) -> None:
        """Put one account into its tables."""
        number = account.number or next(self.account_numbers)
        account_id = driver_id(account.id)
        self.records["account"].append(
            (
                customer_id, account_id, number, account.name, account.payment_kind,
                account.cycle_day, account.currency, account.bill_medium,
                account.credit_limit_fen, "active", at,
            )
        )  # fmt: skip
        self.records["search_key"].append(
            (customer_id, "account", number.lower(), number, account_id)
        )
        self.events.append(
            (
                at,
                events.AccountOpened(
                    customer_id=customer_id,
                    account_id=account_id,
                    number=number,
                    payment_kind=account.payment_kind,
                ),
            )
        )

    def _document(
        self, customer_id: UUID, party_id: UUID, document: NewDocument, at: datetime
    ) -> None:
        document_id = next(self.ids)
        fingerprint = self.vault.fingerprint(document.number)
        masked = model.mask_document(document.number)
        self.records["identity_document"].append(
            (
                customer_id, document_id, party_id, document.kind,
                self.vault.seal(document.number, bound_to=document_id.bytes),
                fingerprint, masked, document.original_seen, at,
            )
        )  # fmt: skip
        self.records["search_key"].append(
            (customer_id, "document", "#" + fingerprint.hex()[:32], masked, document_id)
        )

    def _contact(
        self, customer_id: UUID, party_id: UUID, kind: model.ContactKind, value: str, at: datetime
    ) -> None:
        point_id = next(self.ids)
        self.records["contact_point"].append(
            (customer_id, point_id, party_id, kind, value, False, at)
        )
        if kind is model.ContactKind.PHONE:
            self.records["search_key"].append(
                (customer_id, "phone", model.search_text(value), value, point_id)
            )
