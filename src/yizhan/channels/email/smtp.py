"""Letters by SMTP (RFC 5321), each over a connection of its own, under a Message-ID that stays.

4xx and every trouble of the connection: later. 5xx to this letter or its recipient: never.
"""

import ssl
from collections.abc import Awaitable, Callable, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib
import msgspec

from yizhan.domain.messages import Message, Outcome
from yizhan.kernel.text import Text

SECURITIES = ("starttls", "tls", "none")


class MailServer(msgspec.Struct, frozen=True, kw_only=True):
    """Where letters are handed in, and how. *sender* is the address they are from."""

    host: str
    port: int
    security: str
    sender: str
    sender_name: Text
    user: str = ""
    password: str = ""
    ca_file: str = ""
    timeout_seconds: float = 20.0

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


class Enclosure(msgspec.Struct, frozen=True):
    """A PDF that goes with a letter."""

    name: str
    content: bytes


Enclosing = Callable[[Message], Awaitable[Enclosure | None]]
"""Makes what a message encloses, if anything, when it is handed over."""


async def _nothing(_: Message) -> None:
    return None


class Letters:
    """The wire to one mail server."""

    def __init__(self, server: MailServer, enclosing: Enclosing = _nothing) -> None:
        assert server.security in SECURITIES
        self._server = server
        self._enclosing = enclosing
        self._trusted: ssl.SSLContext | None = None
        if server.security != "none":
            self._trusted = ssl.create_default_context(cafile=server.ca_file or None)

    async def send(self, message: Message) -> Outcome:
        """Hand one letter in."""
        enclosure = await self._enclosing(message)
        try:
            letter = letter_of(message, self._server, enclosure)
        except ValueError as error:
            return Outcome(kind="refused", text=f"This cannot be written as a letter: {error}")
        client = self._client()
        try:
            await client.connect()
            if self._server.user:
                await client.login(self._server.user, self._server.password)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            return Outcome(kind="later", text=_words(error))
        try:
            outcome = await self._hand_in(client, message, letter)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            outcome = _judged(error)
        finally:
            await _leave(client)
        return outcome

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            timeout=server.timeout_seconds,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._trusted,
            local_hostname=server.sender.rpartition("@")[2],
        )

    async def _hand_in(
        self, client: aiosmtplib.SMTP, message: Message, letter: EmailMessage
    ) -> Outcome:
        mail_options, rcpt_options = _receipts_wanted(client, message)
        _, said = await client.send_message(
            letter,
            sender=self._server.sender,
            recipients=[message.address],
            mail_options=mail_options,
            rcpt_options=rcpt_options,
        )
        return Outcome(kind="taken", text=f"250 {said}"[:500], wire_id=str(letter["Message-ID"]))


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Say good-bye; who does not answer it has taken the letter all the same."""
    try:
        await client.quit(timeout=2)
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()


def letter_of(
    message: Message, server: MailServer, enclosure: Enclosure | None = None
) -> EmailMessage:
    """A message as a letter. Raises ``ValueError`` for an address that is none."""
    letter = EmailMessage()
    letter["From"] = Address(server.sender_name[message.language], addr_spec=server.sender)
    letter["To"] = Address(addr_spec=message.address)
    letter["Subject"] = message.subject
    letter["Date"] = format_datetime(message.created_at)
    letter["Message-ID"] = message_id_of(message, server)
    letter["Content-Language"] = message.language
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    letter.set_content(message.text or "", cte="base64" if message.language == "zh" else None)
    if enclosure is not None:
        letter.add_attachment(
            enclosure.content, maintype="application", subtype="pdf", filename=enclosure.name
        )
    return letter


def message_id_of(message: Message, server: MailServer) -> str:
    """The same for every try to hand a message in: by it the second is known from the first."""
    return f"<{message.id}@{server.sender.rpartition('@')[2]}>"


def _receipts_wanted(client: aiosmtplib.SMTP, message: Message) -> tuple[list[str], list[str]]:
    """Ask to be told of failure, where the server can (RFC 3461)."""
    if not client.supports_extension("dsn"):
        return [], []
    return ["RET=HDRS", f"ENVID={message.id}"], ["NOTIFY=FAILURE"]


def _judged(error: BaseException) -> Outcome:
    """What a refusal in the course of the letter means."""
    codes = _codes(error)
    never = bool(codes) and all(500 <= code < 600 and code != 530 for code in codes)
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        never = True  # an address beyond ASCII, and a server that cannot have it
    return Outcome(kind="refused" if never else "later", text=_words(error))


def _codes(error: BaseException) -> Sequence[int]:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return [one.code for one in error.recipients]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return [error.code]
    return []


def _words(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return "; ".join(f"{one.code} {one.message}" for one in error.recipients)[:500]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
