"""Callbacks: kept in the books, sent until the merchant says ``success``, or as badly as told."""

import asyncio
import json
import secrets
import time
from typing import Any

import httpx

from yizhan_sims.provider.books import Books
from yizhan_sims.provider.signing import signed

PAUSE_MAX_SECONDS = 60.0
TRIES_MAX = 30


class Caller:
    """Sends what is due."""

    def __init__(self, books: Books, secret: bytes, merchant: str) -> None:
        self.books, self.secret, self.merchant = books, secret, merchant
        self.http = httpx.AsyncClient(timeout=10, trust_env=False)
        self._wake = asyncio.Event()

    def tell(self, url: str, said: dict[str, str], *, after: float = 0.0, copies: int = 1) -> None:
        """Have *said* told to *url* after so many seconds, in so many copies at once."""
        if not url:
            return
        for _ in range(copies):
            self.books.do(
                "INSERT INTO notices (url, parameters, due) VALUES (?, ?, ?)",
                url,
                json.dumps({"merchant": self.merchant, **said}),
                time.time() + after,
            )
        self._wake.set()

    def tell_of(self, order: dict[str, Any], *, state: str | None = None) -> None:
        """Tell the merchant how an order stands, in the way it was told to behave."""
        how = json.loads(order["behaviour"])
        said = {
            "kind": state or order["state"],
            "order_no": order["order_no"],
            "provider_no": order["provider_no"],
            "amount_fen": str(how.get("amount_fen", order["amount_fen"])),
            "at": order["at"] or "",
            "reversed_at": order["reversed_at"] or "",
            "reason": order["reason"],
        }
        if how.get("forged"):
            self.tell(order["notify_url"], {**said, "forged": "1"})
        if how.get("silent"):
            return
        late = float(how.get("late", 0))
        self.tell(order["notify_url"], said, after=late, copies=int(how.get("copies", 1)))

    async def run(self) -> None:
        """Send for ever; what was not answered is sent again, ever later."""
        while True:
            due = self.books.all(
                "SELECT * FROM notices WHERE done = 0 AND due <= ? ORDER BY due LIMIT 50",
                time.time(),
            )
            if due:
                await asyncio.gather(*(self._send(one) for one in due))
                continue
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), 0.1)
            except TimeoutError:
                continue

    async def _send(self, one: dict[str, Any]) -> None:
        parameters: dict[str, str] = json.loads(one["parameters"])
        if parameters.pop("forged", ""):
            whole = signed(secrets.token_bytes(32), "notice", parameters)
        else:
            whole = signed(self.secret, "notice", parameters)
        try:
            answer = await self.http.post(one["url"], json=whole)
            last, good = f"{answer.status_code} {answer.text[:200]}", answer.text == "success"
        except httpx.HTTPError as error:
            last, good = repr(error)[:200], False
        tries = one["tries"] + 1
        pause = min(PAUSE_MAX_SECONDS, 2.0 ** (tries - 1))
        over = good or tries >= TRIES_MAX or "forged" in one["parameters"]
        self.books.do(
            "UPDATE notices SET tries = ?, due = ?, done = ?, last = ? WHERE id = ?",
            tries,
            time.time() + pause,
            int(over),
            last,
            one["id"],
        )
