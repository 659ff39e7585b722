"""One-time codes: six digits, five minutes, three tries, for one purpose, once."""

import hmac
import secrets
from uuid import UUID

from yizhan.domain.messages import model, service, store
from yizhan.kernel import phone
from yizhan.kernel.ids import NIL, new_id
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork


async def send_code(
    work: UnitOfWork,
    *,
    number: str,
    purpose: str,
    customer_id: UUID | None = None,
    asked_from: str = "",
    language: str | None = None,
) -> str:
    """Send a code to *number*, good for *purpose* only; the number, masked.

    *purpose* names what the code opens (``sign_in``, ``contact/<id>``); a code sent before for the
    same is void. *asked_from* is the network address of whoever asks, where that is not a member
    of staff. The room that calls has made sure that the number may have one. Raises `TooManyCodes`
    after five an hour to a number or for a purpose, twenty from an address; `Invalid`.
    """
    to = phone.normalise(number)
    customer = customer_id or NIL
    await store.hold_codes(work, to, asked_from)
    sent = await store.count_codes(
        work, customer, purpose, to, asked_from, since=work.now - model.CODES_WINDOW
    )
    if max(sent.to_number, sent.for_purpose) >= model.CODES_PER_NUMBER:
        raise model.TooManyCodes("Enough codes were sent. Wait an hour, or use another method.")
    if sent.from_address >= model.CODES_PER_ADDRESS:
        raise model.TooManyCodes("Too many codes were asked for from here. Try again later.")
    code, code_id = f"{secrets.randbelow(1_000_000):06d}", new_id()
    await store.add_code(work, customer, code_id, purpose, to, _hash(code_id, code), asked_from)
    await service.send(
        work,
        customer_id=customer,
        template="code",
        facts={"code": code, "minutes": int(model.CODE_LIFE.total_seconds() // 60)},
        channel=model.Medium.SMS,
        address=to,
        language=language,
    )
    return phone.mask(to)


async def check_code(
    work: UnitOfWork,
    *,
    purpose: str,
    code: str,
    customer_id: UUID | None = None,
    number: str | None = None,
) -> bool:
    """Whether *code* is the one in force for *purpose*; a right one is used up.

    A wrong one is an answer, not an error, so that it is counted; after three the code is void.
    Say the *number* where the purpose is shared by many. Raises `NoCode` when none is in force.
    """
    to = phone.normalise(number) if number is not None else None
    row = await store.find_code(work, customer_id or NIL, purpose, to)
    if row is None:
        raise model.NoCode("No code is in force. Send a new one.")
    right = hmac.compare_digest(row["hash"], _hash(row["id"], code.strip()))
    await store.mark_code(work, customer_id or NIL, row["id"], right_one=right)
    return right


def _hash(code_id: UUID, code: str) -> str:
    """A keyed hash: a million codes are tried in a second, the key cannot be."""
    return vault.current().fingerprint(f"code/{code_id}/{code}").hex()
