"""Files put to a case, by the customer or by us: a picture of a bill, of a screen, a letter.

They are kept in the database, so that a backup has them. What a file is, is read from its first
bytes: a name and a claimed type prove nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from yizhan.domain.cases import permissions, queries, store
from yizhan.domain.cases.events import CaseAttached
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Invalid, NotFound, Refused
from yizhan.kernel.ids import new_id
from yizhan.platform.work import UnitOfWork

SIZE_MAX = 5 * 1024 * 1024
FILES_MAX = 10
_COLUMNS = "customer_id, id, case_id, name, media_type, size_bytes, author_kind, author_name, at"
_FIRST_BYTES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a case, without its content."""

    customer_id: UUID
    id: UUID
    case_id: UUID
    name: str
    media_type: str
    size_bytes: int
    author_kind: str
    author_name: str
    at: datetime


def media_type_of(content: bytes) -> str:
    """What a file is by its first bytes. Raises ``Invalid`` for what is not taken."""
    for first, media_type in _FIRST_BYTES:
        if content.startswith(first):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    if content and "\0" not in text:
        return "text/plain"
    raise Invalid("Send a picture (PNG, JPEG, GIF, WebP), a PDF or plain text.", field="file")


def clean_file_name(name: str) -> str:
    """A name that is only a name: no folder, no control character, not endless."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(one for one in last if one.isprintable() and one not in '"<>:|?*').strip(". ")
    return kept[-120:] or "file"


async def attach(work: UnitOfWork, case_id: UUID, *, name: str, content: bytes) -> Attachment:
    """Put a file to a case. The same file twice is there once.

    Raises ``Invalid`` for what is empty, too large or of another kind, ``Refused`` when the case
    has ten files, ``NotFound``, ``Forbidden``.
    """
    by_customer = work.actor.kind is ActorKind.CUSTOMER
    work.actor.require(permissions.OPEN if by_customer else permissions.WORK)
    if not content:
        raise Invalid("The file is empty.", field="file")
    if len(content) > SIZE_MAX:
        raise Invalid(
            "The file is larger than {most} MB.", field="file", most=SIZE_MAX // 1024 // 1024
        )
    media_type = media_type_of(content)
    case = await store.load(work.db, case_id, lock=True)
    queries.own_only(work, case.customer_id)
    there = await list_attachments(work, case_id)
    for one in there:
        if one.size_bytes == len(content) and await _content(work, one) == content:
            return one
    if len(there) >= FILES_MAX:
        raise Refused("This case has {most} files already; no more are taken.", most=FILES_MAX)
    made = Attachment(
        customer_id=case.customer_id,
        id=new_id(),
        case_id=case.id,
        name=clean_file_name(name),
        media_type=media_type,
        size_bytes=len(content),
        author_kind=work.actor.kind.value,
        author_name=work.actor.name,
        at=work.now,
    )
    await work.db.execute(
        f"INSERT INTO case_attachment ({_COLUMNS}, content)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        *msgspec.structs.astuple(made),
        content,
    )
    work.record(
        CaseAttached(
            customer_id=case.customer_id,
            case_id=case.id,
            number=case.number,
            attachment_id=made.id,
            file=made.name,
        )
    )
    return made


async def list_attachments(work: UnitOfWork, case_id: UUID) -> Sequence[Attachment]:
    """The files of a case, the oldest first. Raises ``NotFound``, ``Forbidden``."""
    case = await queries.get(work, case_id)
    rows = await work.db.fetch(
        f"SELECT {_COLUMNS} FROM case_attachment WHERE customer_id = $1 AND case_id = $2"
        " ORDER BY id LIMIT $3",
        case.customer_id,
        case.id,
        FILES_MAX,
    )
    return [Attachment(**dict(row)) for row in rows]


async def read_attachment(
    work: UnitOfWork, case_id: UUID, attachment_id: UUID
) -> tuple[Attachment, bytes]:
    """A file of a case with its content. Raises ``NotFound``, ``Forbidden``."""
    for one in await list_attachments(work, case_id):
        if one.id == attachment_id:
            return one, await _content(work, one)
    raise NotFound("There is no such file.")


async def _content(work: UnitOfWork, one: Attachment) -> bytes:
    found = await work.db.fetchval(
        "SELECT content FROM case_attachment WHERE customer_id = $1 AND id = $2",
        one.customer_id,
        one.id,
    )
    return bytes(found)
