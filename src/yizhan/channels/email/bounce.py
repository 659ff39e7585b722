"""Reading a letter that a mail server returned: a delivery status notification (RFC 3464)."""

import re
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any

import msgspec

_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")


class Returned(msgspec.Struct, frozen=True):
    """What became of a letter of ours: its Message-ID, ``failed delayed delivered``, and why."""

    message_id: str
    action: str
    text: str


def read_returned(raw: bytes) -> list[Returned]:
    """What a notification says, one for each recipient; nothing for a letter that is none."""
    mail = message_from_bytes(raw)
    message_id = _original(mail)
    if mail.get_content_type() != "multipart/report" or message_id is None:
        return []
    found = []
    for block in _parts_of(mail, "message/delivery-status"):
        if action := str(block.get("Action", "")).strip().lower():
            code = str(block.get("Status", ""))
            why = str(block.get("Diagnostic-Code", "")).partition(";")[2]
            found.append(Returned(message_id, action, " ".join(f"{code} {why}".split())[:500]))
    return found


def _parts_of(mail: Mail, kind: str) -> list[Mail]:
    """What stands inside the parts of a kind: groups of fields, or the letter that is returned."""
    found: list[Mail] = []
    for part in mail.walk():
        inner: Any = part.get_payload()
        if part.get_content_type() == kind and isinstance(inner, list):
            found += [one for one in inner if isinstance(one, Mail)]
    return found


def _original(mail: Mail) -> str | None:
    """The Message-ID of the letter that is returned, from the copy or the headers of it."""
    copies = _parts_of(mail, "message/rfc822")
    for part in mail.walk():
        if part.get_content_type() == "text/rfc822-headers":
            decoded: Any = part.get_payload(decode=True)
            copies.append(message_from_bytes(decoded if isinstance(decoded, bytes) else b""))
    for copy in copies:
        if found := _ID.search(str(copy.get("Message-ID", ""))):
            return found[0]
    referred = _ID.search(f"{mail.get('In-Reply-To', '')} {mail.get('References', '')}")
    return referred[0] if referred else None
