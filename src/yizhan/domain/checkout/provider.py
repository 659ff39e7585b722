"""The contract with a payment provider, and the one this process is connected to.

A channel knows the wire and fulfils ``Provider``; whoever composes the process connects it. Notices
are what a provider says in a callback or an answer, its signature already checked.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from yizhan.kernel.errors import Forbidden, Unavailable

Kind = Literal[
    "paid", "refused", "waiting", "unknown", "reversed",
    "bound", "bind_refused", "unbound", "refunded", "refund_refused",
]  # fmt: skip


class ProviderSilent(Unavailable):
    """The provider did not answer. What was asked may have happened: ask how it stands."""

    code = "checkout.provider_silent"


class NoProvider(Unavailable):
    """No provider is connected to this installation."""

    code = "checkout.no_provider"


class Forged(Forbidden):
    """Not said by the provider, or said long ago, or to somebody else."""

    code = "checkout.forged"


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider is asked to collect. The amount is in fen."""

    order_no: str
    amount_fen: int
    subject: str
    expires_at: datetime
    return_url: str = ""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider said, and when it says it happened. Amounts in fen."""

    provider: str
    nonce: str
    kind: Kind
    order_no: str
    amount_fen: int = 0
    provider_no: str = ""
    at: datetime | None = None
    reversed_at: datetime | None = None
    reason: str = ""
    token: str = ""
    label: str = ""
    means: str = ""


class Provider(Protocol):
    """A payment provider. Every method but ``pay_url`` and ``bind_url`` talks to it.

    All raise ``ProviderSilent`` when it does not answer in time, ``Forged`` for a bad signature.
    """

    name: str

    def pay_url(self, payment: Payment) -> str:
        """Where to send a payer's browser; signed, nothing is sent yet."""
        ...

    def bind_url(self, bind_no: str, kind: str, return_url: str) -> str:
        """Where to send a customer who lets a line be charged by token."""
        ...

    async def qr(self, payment: Payment) -> str:
        """The text of a code to scan."""
        ...

    async def charge(self, payment: Payment, token: str) -> Notice:
        """Collect by token; the same order number collects once."""
        ...

    async def query(self, order_no: str) -> Notice:
        """How an order stands."""
        ...

    async def refund(self, order_no: str, refund_no: str, amount_fen: int, reason: str) -> Notice:
        """Send money back to its source, once per refund number."""
        ...

    async def unbind(self, token: str) -> None:
        """End a token."""
        ...

    async def settlement(self, day: date) -> str:
        """The settlement file of one of the operator's days."""
        ...

    def read(self, said: Mapping[str, str]) -> Notice:
        """A callback. Raises ``Forged``, saying why."""
        ...


_connected: list[Provider] = []


def connect(provider: Provider | None) -> None:
    """Use *provider* in this process from now on; None disconnects."""
    _connected[:] = [] if provider is None else [provider]


def connected() -> Provider:
    """The provider of this process. Raises ``NoProvider``."""
    if not _connected:
        raise NoProvider(
            "No payment provider is connected. Set YIZHAN_PROVIDER_URL, or take cash instead."
        )
    return _connected[0]


def is_connected() -> bool:
    """Whether payments through a provider are possible at all."""
    return bool(_connected)
