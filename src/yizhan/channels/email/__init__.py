"""E-mail: out by SMTP, and what mail servers return when a letter did not arrive."""

from yizhan.channels.email.bounce import Returned, read_returned
from yizhan.channels.email.smtp import (
    Enclosing,
    Enclosure,
    Letters,
    MailServer,
    message_id_of,
)

__all__ = [
    "Enclosing",
    "Enclosure",
    "Letters",
    "MailServer",
    "Returned",
    "message_id_of",
    "read_returned",
]
