"""The provider over HTTP: signs what it asks and believes signed answers only."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

import httpx
import msgspec

from yizhan.channels.payment_provider.signing import fault, moment_of, signed
from yizhan.domain import checkout
from yizhan.domain.checkout import Forged, Notice, Payment, ProviderSilent

TIMEOUT_SECONDS = 5.0
FILE_TIMEOUT_SECONDS = 120.0
KINDS = frozenset(get_args(checkout.Kind))


def _now() -> datetime:
    return datetime.now(UTC)


class HttpProvider:
    """Fulfils ``checkout.Provider``. Close it when the process ends."""

    def __init__(
        self,
        *,
        base: str,
        merchant: str,
        secret: str,
        notify_url: str,
        name: str = "provider",
        timeout_seconds: float = TIMEOUT_SECONDS,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.name = name
        self._base, self._merchant, self._secret = base.rstrip("/"), merchant, secret.encode()
        self._notify_url, self._clock = notify_url, clock
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(timeout=timeout_seconds, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    def pay_url(self, payment: Payment) -> str:
        """Where to send a payer's browser."""
        return self._address("/pay", self._of(payment))

    def bind_url(self, bind_no: str, kind: str, return_url: str) -> str:
        """Where to send a customer who lets a line be charged."""
        until = self._clock() + timedelta(minutes=30)
        said = {
            "bind_no": bind_no,
            "kind": kind,
            "return_url": return_url,
            "notify_url": self._notify_url,
            "expires_at": _said(until),
        }
        return self._address("/bind", said)

    async def qr(self, payment: Payment) -> str:
        """The text of a code to scan."""
        return (await self._ask("qr", self._of(payment)))["qr"]

    async def charge(self, payment: Payment, token: str) -> Notice:
        """Collect by token."""
        return self._notice(await self._ask("charge", {**self._of(payment), "token": token}))

    async def query(self, order_no: str) -> Notice:
        """How an order stands."""
        return self._notice(await self._ask("query", {"order_no": order_no}))

    async def refund(self, order_no: str, refund_no: str, amount_fen: int, reason: str) -> Notice:
        """Send money back."""
        said = {
            "order_no": order_no,
            "refund_no": refund_no,
            "amount_fen": str(amount_fen),
            "reason": reason,
        }
        return self._notice(await self._ask("refund", said))

    async def unbind(self, token: str) -> None:
        """End a token."""
        await self._ask("unbind", {"token": token})

    async def settlement(self, day: date) -> str:
        """The file of a day."""
        said = {"day": day.isoformat()}
        return (await self._ask("settlement", said, within=FILE_TIMEOUT_SECONDS))["file"]

    def read(self, said: Mapping[str, str]) -> Notice:
        """A callback whose signature, moment and addressee are right. Raises ``Forged``."""
        wrong = fault(self._secret, "notice", said, now=self._clock())
        if not wrong and said.get("merchant") != self._merchant:
            wrong = "another merchant"
        if wrong:
            raise Forged("This is not the provider's word: {reason}.", reason=wrong)
        return self._notice(said)

    def _of(self, payment: Payment) -> dict[str, str]:
        return {
            "order_no": payment.order_no,
            "amount_fen": str(payment.amount_fen),
            "subject": payment.subject,
            "expires_at": _said(payment.expires_at),
            "return_url": payment.return_url,
            "notify_url": self._notify_url,
        }

    def _address(self, path: str, said: dict[str, str]) -> str:
        whole = signed(
            self._secret, f"GET {path}", {"merchant": self._merchant, **said}, now=self._clock()
        )
        return f"{self._base}{path}?{urlencode({k: v for k, v in whole.items() if v})}"

    async def _ask(
        self, act: str, said: dict[str, str], *, within: float | None = None
    ) -> Mapping[str, str]:
        """One signed question and its signed answer."""
        question = signed(
            self._secret,
            f"POST /v1/{act}",
            {"merchant": self._merchant, **said},
            now=self._clock(),
        )
        waits: Any = httpx.USE_CLIENT_DEFAULT if within is None else within
        try:
            answer = await self._http.post(f"{self._base}/v1/{act}", json=question, timeout=waits)
            answer.raise_for_status()
            found = msgspec.json.decode(answer.content, type=dict[str, str])
        except (httpx.HTTPError, msgspec.MsgspecError) as error:
            raise ProviderSilent(
                "The payment provider does not answer. It will be asked again.",
                error=type(error).__name__,
            ) from error
        wrong = fault(self._secret, f"reply /v1/{act}", found, now=self._clock())
        if not wrong and found.get("reply_to") != question["nonce"]:
            wrong = "answers another question"
        if wrong:
            raise Forged("This is not the provider's word: {reason}.", reason=wrong)
        return found

    def _notice(self, said: Mapping[str, str]) -> Notice:
        kind: Any = said.get("kind", "")
        amount = said.get("amount_fen", "0")
        if kind not in KINDS or not (amount.isascii() and amount.isdigit() and len(amount) < 16):
            raise Forged("This is not the provider's word: {reason}.", reason="not as agreed")
        return Notice(
            provider=self.name,
            nonce=said["nonce"][:100],
            kind=kind,
            order_no=said.get("order_no", "")[:100],
            amount_fen=int(amount),
            provider_no=said.get("provider_no", "")[:100],
            at=moment_of(said.get("at", "")),
            reversed_at=moment_of(said.get("reversed_at", "")),
            reason=said.get("reason", "")[:500],
            token=said.get("token", ""),
            label=said.get("label", ""),
            means=said.get("means", ""),
        )


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
