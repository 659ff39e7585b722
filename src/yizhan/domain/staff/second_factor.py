"""One-time codes (RFC 6238) as a second factor: optional, enrolled with a first right code."""

from typing import Any
from uuid import UUID

import pyotp

from yizhan.domain.staff import events, store
from yizhan.domain.staff.model import CodeNeeded
from yizhan.kernel.errors import CareError, Invalid, NotFound
from yizhan.kernel.ids import NIL
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

STEP_SECONDS = 30
ISSUER = "Yizhan 一站"


async def begin_enrolment(work: UnitOfWork) -> tuple[str, str]:
    """A fresh secret for oneself and its ``otpauth://`` address; it waits for its first code."""
    row = await _own(work)
    secret = pyotp.random_base32()
    sealed = vault.current().seal(secret, bound_to=row["id"].bytes)
    await store.set_second_factor(
        work.db,
        row["id"],
        secret=row["totp_secret"],
        pending=sealed,
        counter=row["totp_counter"],
    )
    address = pyotp.TOTP(secret).provisioning_uri(name=row["login"], issuer_name=ISSUER)
    return secret, address


async def confirm_enrolment(work: UnitOfWork, code: str) -> None:
    """Switch one-time codes on with a right code for the waiting secret."""
    row = await _own(work)
    counter = _counter_of(row, "totp_pending", code, work) if row["totp_pending"] else None
    if counter is None:
        raise Invalid("This code is not right. Check the clock of your device.", field="code")
    await store.set_second_factor(
        work.db, row["id"], secret=row["totp_pending"], pending=None, counter=counter
    )
    _record(work, row, on=True)


async def switch_off(work: UnitOfWork, user_id: UUID | None = None) -> None:
    """Do without codes again; for somebody else it takes the right to manage staff."""
    if user_id is not None and user_id != work.actor.id:
        work.actor.require("staff.manage")
    row = await store.find_credentials(work.db, user_id=user_id or work.actor.id)
    if row is None:
        raise NotFound("There is no such user.")
    await store.set_second_factor(work.db, row["id"], secret=None, pending=None)
    _record(work, row, on=False)


async def judge_code(work: UnitOfWork, row: Any, code: str) -> CareError | None:
    """Why a code does not let its owner in, or None. A code opens once."""
    if row["totp_secret"] is None:
        return None
    if not code.strip():
        return CodeNeeded("Enter the six digits of your one-time code.", field="code")
    counter = _counter_of(row, "totp_secret", code, work)
    if counter is None or not await store.use_code(work.db, row["id"], counter):
        return CodeNeeded("This one-time code is not right or was used already.", field="code")
    return None


def _counter_of(row: Any, which: str, code: str, work: UnitOfWork) -> int | None:
    """The time step a code belongs to, among the present one and its neighbours."""
    secret = vault.current().unseal(row[which], bound_to=row["id"].bytes)
    given = code.replace(" ", "")
    totp = pyotp.TOTP(secret)
    now = int(work.now.timestamp()) // STEP_SECONDS
    for counter in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(counter), given):
            return counter
    return None


async def _own(work: UnitOfWork) -> Any:
    row = await store.find_credentials(work.db, user_id=work.actor.id)
    if work.actor.id is None or row is None:
        raise NotFound("There is no such user.")
    return row


def _record(work: UnitOfWork, row: Any, *, on: bool) -> None:
    work.record(
        events.SecondFactorChanged(customer_id=NIL, user_id=row["id"], login=row["login"], on=on)
    )
