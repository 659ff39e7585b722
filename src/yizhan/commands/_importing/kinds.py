"""What a kind of file must be able to do, and parties and accounts, which do it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from yizhan.commands._importing.fields import Cells, Column
from yizhan.commands._importing.rows import Row
from yizhan.domain import customers
from yizhan.domain.customers import (
    BillMedium,
    ContactKind,
    DocumentKind,
    NewAccount,
    NewCustomer,
    NewDocument,
    Origin,
    PartyKind,
    PaymentKind,
    Segment,
    Status,
    Tally,
    Tier,
)
from yizhan.kernel.errors import CareError, Invalid
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork


class Item(msgspec.Struct, frozen=True):
    """A row understood: its external key and what it says."""

    row: Row
    key: str
    value: Any


class Problem(msgspec.Struct, frozen=True):
    """A row that cannot be accepted, and why."""

    row: Row
    error: CareError


class Kind(Protocol):
    """A kind of file."""

    name: str
    about: str
    columns: Mapping[str, Column]
    prefixes: tuple[str, ...]
    """Beginnings of columns that may be there besides, like ``attr.``."""

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row. Raises `Invalid` naming the column."""
        ...

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """File rows whose keys are new, and their keys; those that could not be filed."""
        ...


KEY = Column("the row's own key in your system; the same key again does nothing", required=True)


class Parties:
    """Persons and organisations, each a customer."""

    name = "parties"
    about = "persons and organisations, each a customer of its own"
    prefixes: tuple[str, ...] = ("attr.", "consent.")
    columns: Mapping[str, Column] = {
        "key": KEY,
        "name": Column("as on the document", required=True),
        "kind": Column("person (default) or organisation"),
        "gender": Column("f, m or x"),
        "birth_date": Column("like 1985-03-01"),
        "tier": Column("none, silver, gold, diamond"),
        "segment": Column("personal, family, business, government"),
        "language": Column("zh (default) or en"),
        "status": Column("active (default) or prospect"),
        "since": Column("customer since, like 2001-05-01; default: today"),
        "document_kind": Column("resident_id (default), passport, business_licence, ..."),
        "document_number": Column("sealed on the way in"),
        "original_seen": Column("yes or no (default): was the original document seen"),
        "phone": Column("contact number; several with semicolons"),
        "email": Column("e-mail address"),
        "address": Column("postal address"),
    }

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row."""
        kind = cells.choice("kind", PartyKind, PartyKind.PERSON)
        gender = cells.text("gender") or None
        if gender not in (None, "f", "m", "x"):
            raise Invalid("A gender is f, m or x.", field="gender")
        language = cells.text("language") or "zh"
        if language not in ("zh", "en"):
            raise Invalid("The language must be zh or en.", field="language")
        value = NewCustomer(
            id=new_id(),
            name=customers.clean_name(cells.needed("name")),
            kind=kind,
            gender=gender,
            birth_date=cells.day("birth_date"),
            tier=cells.choice("tier", Tier, Tier.NONE),
            segment=cells.choice("segment", Segment, Segment.PERSONAL),
            language=language,
            status=cells.choice("status", Status, Status.ACTIVE),
            since=cells.day("since") or cells.today,
            documents=_documents(cells, kind),
            contacts=_contacts(cells),
            attributes=tuple(
                (customers.clean_word(name[5:], field=name), said.strip()[:400], Origin.IMPORT)
                for name, said in cells.values.items()
                if name.startswith("attr.") and said.strip()
            ),
            consents=tuple(
                customers.clean_word(name[8:], field=name)
                for name in cells.values
                if name.startswith("consent.") and cells.flag(name)
            ),
        )
        return Item(row, cells.key(), value)

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """File customers."""
        await customers.bulk_load(work, (item.value for item in items))
        await customers.remember_keys(
            work, self.name, [(item.key, item.value.id, item.value.id) for item in items]
        )
        for item in items:
            tally.add(f"{item.value.kind.value}s")
            tally.add("documents", len(item.value.documents))
        return []


def _documents(cells: Cells, kind: PartyKind) -> tuple[NewDocument, ...]:
    if not cells.text("document_number"):
        return ()
    usual = DocumentKind.RESIDENT_ID if kind is PartyKind.PERSON else DocumentKind.BUSINESS_LICENCE
    document = cells.choice("document_kind", DocumentKind, usual)
    number = customers.clean_document_number(
        document, cells.text("document_number"), field="document_number"
    )
    seen = cells.flag("original_seen") or False
    return (NewDocument(kind=document, number=number, original_seen=seen),)


def _contacts(cells: Cells) -> tuple[tuple[ContactKind, str], ...]:
    found = [(ContactKind.PHONE, number) for number in cells.listing("phone")]
    for kind in (ContactKind.EMAIL, ContactKind.ADDRESS):
        if said := cells.text(kind.value):
            found.append((kind, said))
    return tuple((kind, customers.clean_contact(kind, said)) for kind, said in found)


class _Account(msgspec.Struct, frozen=True):
    party: str
    account: NewAccount


class Accounts:
    """Billing accounts of parties brought before."""

    name = "accounts"
    about = "billing accounts of parties that were imported before"
    prefixes: tuple[str, ...] = ()
    columns: Mapping[str, Column] = {
        "key": KEY,
        "party": Column("key of the party it belongs to", required=True),
        "payment_kind": Column("postpaid or prepaid", required=True),
        "name": Column("what the payer calls it"),
        "cycle_day": Column("first day of the bill month, 1 to 28; default 1"),
        "bill_medium": Column("none (default), paper, email, sms, fax"),
        "credit_limit": Column("in yuan, like 200 or 200.00"),
    }

    def parse(self, row: Row, cells: Cells) -> Item:
        """Understand a row."""
        cells.needed("payment_kind")
        limit = cells.yuan("credit_limit", 0)
        if limit < 0:
            raise Invalid("A credit limit cannot be negative.", field="credit_limit")
        account = NewAccount(
            id=new_id(),
            payment_kind=cells.choice("payment_kind", PaymentKind, PaymentKind.POSTPAID),
            cycle_day=customers.clean_cycle_day(cells.number("cycle_day", 1)),
            bill_medium=cells.choice("bill_medium", BillMedium, BillMedium.NONE),
            credit_limit_fen=limit,
            name=cells.text("name")[:120],
        )
        return Item(row, cells.key(), _Account(cells.key("party"), account))

    async def store(self, work: UnitOfWork, items: Sequence[Item], tally: Tally) -> list[Problem]:
        """File accounts whose party is there."""
        owners = await customers.known_keys(work, "parties", (one.value.party for one in items))
        good = [one for one in items if one.value.party in owners]
        await customers.bulk_load_accounts(
            work, [(owners[one.value.party].customer_id, one.value.account) for one in good]
        )
        await customers.remember_keys(
            work,
            self.name,
            [(one.key, owners[one.value.party].customer_id, one.value.account.id) for one in good],
        )
        for one in good:
            tally.add(one.value.account.payment_kind.value)
            tally.add("credit_limit_fen", one.value.account.credit_limit_fen)
        return [
            Problem(one.row, unknown("party", one.value.party))
            for one in items
            if one.value.party not in owners
        ]


def unknown(column: str, key: str) -> Invalid:
    """The refusal of a row that refers to something not imported."""
    return Invalid(
        "There is no {what} with the key “{key}”. Import it first, then bring this row again.",
        field=column,
        what=column,
        key=key[:100],
    )
