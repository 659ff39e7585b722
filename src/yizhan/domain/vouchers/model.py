"""Recharge cards: secrets, serials, limits, who may try again. Nothing is read or written."""

import secrets
import unicodedata
from datetime import date, datetime
from uuid import UUID

import msgspec

from yizhan.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Refused
from yizhan.kernel.ids import NIL
from yizhan.kernel.money import yuan

SECRET_DIGITS = 19
"""What a caller keys in after choosing the recharge card (facts 2: 19 digits, confirm with 1)."""
CARDS_OF_NUMBER = 10_000_000
SERIAL_DIGITS = 15
"""Eight of the batch and seven of the card: printed openly, good for asking, not for paying."""
BATCH_SIZE_MAX = 100_000
VALUE_FEN_MIN = 1_00
VALUE_FEN_MAX = 1_000_00
VOID_ALONE_FEN = 1_000_00
"""Up to this face value one person puts cards out of force; above it a second one agrees."""
TEXT_MAX = 200


class NoSuchBatch(NotFound):
    """No batch like that."""

    code = "vouchers.no_such_batch"


class NoSuchVoucher(NotFound):
    """No card with that serial number."""

    code = "vouchers.no_such_voucher"


class NoSuchAct(NotFound):
    """Nothing of the kind was asked for."""

    code = "vouchers.no_such_act"


class KeyReused(Conflict):
    """The key already did something else."""

    code = "vouchers.key_reused"


class NotReady(Refused):
    """The batch is not that far yet."""

    code = "vouchers.not_ready"


class AlreadyPrinted(Refused):
    """Secrets are handed out once."""

    code = "vouchers.already_printed"


class NothingThere(Refused):
    """No card of the range is in the state this needs."""

    code = "vouchers.nothing_there"


class AlreadyDecided(Refused):
    """A second person decides once."""

    code = "vouchers.already_decided"


class OwnRequest(Forbidden):
    """Nobody decides on what he asked for himself."""

    code = "vouchers.own_request"


class WrongSecret(Refused):
    """No card has this secret."""

    code = "vouchers.wrong_secret"


class AlreadyUsed(Refused):
    """A card is used once."""

    code = "vouchers.already_used"


class NotActive(Refused):
    """The card was not sold yet."""

    code = "vouchers.not_active"


class Voided(Refused):
    """The card was put out of force."""

    code = "vouchers.voided"


class Expired(Refused):
    """The card's day has passed."""

    code = "vouchers.expired"


class Locked(Refused):
    """Too many wrong secrets."""

    code = "vouchers.locked"


def clean_secret(text: str) -> str:
    """The 19 digits as typed, without gaps and dashes. Raises ``Invalid``, and never repeats them.

    >>> clean_secret("0123 4567 8901 2345 678")
    '0123456789012345678'
    """
    digits = "".join(
        one for one in unicodedata.normalize("NFKC", text) if not one.isspace() and one not in "-–—"
    )
    if not digits.isascii() or not digits.isdigit():
        raise Invalid("The secret of a card is 19 digits and nothing else.", field="secret")
    if len(digits) != SECRET_DIGITS:
        raise Invalid(
            "The secret of a card has 19 digits; these are {count}.",
            field="secret",
            count=len(digits),
        )
    return digits


def clean_serial(text: str, *, field: str = "serial") -> int:
    """A serial number as printed or typed. Raises ``Invalid``."""
    digits = text.replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) != SERIAL_DIGITS:
        raise Invalid("A serial number has 15 digits. It is printed openly.", field=field)
    return int(digits)


def new_secret() -> str:
    """A secret nobody can guess: 63 bits from the system's generator."""
    return f"{secrets.randbelow(10**SECRET_DIGITS):0{SECRET_DIGITS}d}"


def found_by(secret: str) -> str:
    """What the vault makes the keyed hash of; the prefix keeps other hashed things apart."""
    return f"voucher:{secret}"


def serial_of(batch_number: int, running: int) -> int:
    """The serial number of the *running*-th card, from 1."""
    assert 0 < running < CARDS_OF_NUMBER
    return batch_number * CARDS_OF_NUMBER + running


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Cards of one value made together."""

    id: UUID
    number: int
    value_fen: int
    size: int
    expires_on: date
    note: str
    made: int
    key: str
    ordered_at: datetime
    ordered_by: UUID | None
    ordered_name: str
    printed_at: datetime | None = None
    printed_by: UUID | None = None
    printed_name: str | None = None

    @property
    def state(self) -> str:
        """How far it is: ``making``, ``made`` or ``printed``."""
        if self.made < self.size:
            return "making"
        return "made" if self.printed_at is None else "printed"

    @property
    def first(self) -> int:
        """The first serial number."""
        return serial_of(self.number, 1)

    @property
    def last(self) -> int:
        """The last serial number."""
        return serial_of(self.number, self.size)

    def span(self, first: int | None, last: int | None) -> tuple[int, int]:
        """The range asked for, the whole batch by default. Raises ``Invalid`` outside of it."""
        low, high = first or self.first, last or self.last
        if not self.first <= low <= high <= self.last:
            raise Invalid(
                "The range must lie within {first} to {last}, the smaller number first.",
                field="first",
                first=self.first,
                last=self.last,
            )
        return low, high

    def check_printable(self) -> None:
        """Raise unless the secrets can be handed out now, for the only time."""
        if self.made < self.size:
            raise NotReady(
                "{made} of {size} cards are made. Come back when all are.",
                made=self.made,
                size=self.size,
            )
        if self.printed_at is not None:
            raise AlreadyPrinted(
                "The secrets of this batch were handed out at {at} to {name}. Nobody can read"
                " them again; if they were lost, void the batch and have another made.",
                at=self.printed_at,
                name=self.printed_name,
            )

    def check_sellable(self, *, today: date) -> None:
        """Raise unless cards of this batch can be put into force."""
        if self.printed_at is None:
            raise NotReady("Nobody has these cards yet: hand the secrets to the printer first.")
        if today >= self.expires_on:
            raise Expired("These cards expired on {day}.", day=self.expires_on)


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """One card."""

    serial: int
    batch_id: UUID
    value_fen: int
    state: str
    expires_on: date
    customer_id: UUID = NIL
    account_id: UUID | None = None
    payment_id: UUID | None = None
    receipt: str | None = None
    number: str | None = None
    key: str | None = None
    redeemed_at: datetime | None = None

    def refusal(self, *, today: date) -> tuple[str, Refused] | None:
        """Why this card is not taken, with the word for it; None if it is."""
        match self.state:
            case "made":
                return "inactive", NotActive(
                    "This card was not put into force yet. Ask its seller."
                )
            case "redeemed":
                return "used", AlreadyUsed("This card was used before.")
            case "voided":
                return "voided", Voided("This card was put out of force. Ask its seller.")
            case _ if self.state == "expired" or today >= self.expires_on:
                return "expired", Expired("These cards expired on {day}.", day=self.expires_on)
        return None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Cards put into force or out of it."""

    id: UUID
    batch_id: UUID
    kind: str
    first_serial: int
    last_serial: int
    state: str
    cards: int
    value_fen: int
    moved_fen: int
    note: str
    key: str
    at: datetime
    by_id: UUID | None
    by_name: str
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    decided_name: str | None = None

    def check_decidable(self, actor_id: UUID | None) -> None:
        """Raise unless *actor_id* is the second person and nobody decided yet."""
        if self.state != "waits":
            raise AlreadyDecided("This was decided before.")
        if actor_id == self.by_id:
            raise OwnRequest("Another person must decide: you asked for this yourself.")

    def repeats(self, kind: str, first: int, last: int) -> bool:
        """Whether the same was asked for again."""
        return (self.kind, self.first_serial, self.last_serial) == (kind, first, last)


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """One try to use a card."""

    at: datetime
    customer_id: UUID
    number: str
    outcome: str
    actor_name: str
    channel: str
    caller: str | None = None


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """A card that was taken. It tells nothing of the account, which may be another's."""

    serial: str
    amount_fen: int
    number: str
    """With its middle hidden."""
    account_id: UUID
    customer_id: UUID
    payment_id: UUID
    receipt: str
    at: datetime
    repeated: bool = False
    """The same key had used this card for this number before; nothing was taken again."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a try. A refusal is an answer, not an exception: the try must be kept.

    Let the act commit, then ask ``taken()``.
    """

    redemption: Redemption | None = None
    refusal: Refused | None = None

    def taken(self) -> Redemption:
        """What was taken; raises the refusal."""
        if self.redemption is None:
            assert self.refusal is not None
            raise self.refusal
        return self.redemption


def checked_order(value_fen: int, size: int, expires_on: date, *, today: date) -> None:
    """Raise ``Invalid`` for a batch nobody should make."""
    if not VALUE_FEN_MIN <= value_fen <= VALUE_FEN_MAX:
        raise Invalid(
            "A card is worth {least} to {most} yuan, not {value}.",
            field="value",
            least=yuan(VALUE_FEN_MIN),
            most=yuan(VALUE_FEN_MAX),
            value=yuan(value_fen),
        )
    if not 1 <= size <= BATCH_SIZE_MAX:
        raise Invalid(
            "A batch has 1 to {most} cards, not {size}.",
            field="size",
            most=BATCH_SIZE_MAX,
            size=size,
        )
    if expires_on <= today:
        raise Invalid("The cards must expire on a day to come.", field="expires_on")


def checked_text(text: str, field: str) -> str:
    """What somebody wrote, trimmed. Raises ``Invalid`` when empty or too long."""
    trimmed = text.strip()
    if not 1 <= len(trimmed) <= TEXT_MAX:
        raise Invalid("Say it in 1 to {maximum} characters.", field=field, maximum=TEXT_MAX)
    return trimmed


def checked_key(key: str) -> str:
    """The idempotency key if it is one. Raises ``Invalid``."""
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    return key
