"""The provider's books: orders, refunds, tokens, nonces, on SQLite, written before it answers."""

import json
import secrets
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    order_no TEXT PRIMARY KEY, provider_no TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    subject TEXT NOT NULL, notify_url TEXT NOT NULL, return_url TEXT NOT NULL,
    expires_at TEXT NOT NULL, state TEXT NOT NULL, at TEXT, reversed_at TEXT,
    reason TEXT NOT NULL DEFAULT '',
    behaviour TEXT NOT NULL DEFAULT '{}');
CREATE TABLE IF NOT EXISTS refunds (
    refund_no TEXT PRIMARY KEY, order_no TEXT NOT NULL, provider_no TEXT NOT NULL,
    amount_fen INTEGER NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
    bind_no TEXT PRIMARY KEY, token TEXT UNIQUE, kind TEXT NOT NULL, label TEXT NOT NULL,
    notify_url TEXT NOT NULL, return_url TEXT NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (nonce TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS notices (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, parameters TEXT NOT NULL, due REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0,
    last TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS behaviours (
    order_no TEXT PRIMARY KEY, said TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS planted (day TEXT NOT NULL, kind TEXT NOT NULL, said TEXT NOT NULL);
"""


def utc_now() -> str:
    """The moment, as the provider writes it."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Books:
    """One file. Every method is one transaction."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(_TABLES)

    def first_time(self, nonce: str) -> bool:
        """Whether this nonce was never seen; it counts from now on."""
        done = self.db.execute("INSERT OR IGNORE INTO nonces VALUES (?)", (nonce,))
        return done.rowcount == 1

    def one(self, statement: str, *values: object) -> dict[str, Any] | None:
        """The first row."""
        row = self.db.execute(statement, values).fetchone()
        return dict(row) if row else None

    def all(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Every row."""
        return [dict(row) for row in self.db.execute(statement, values)]

    def do(self, statement: str, *values: object) -> int:
        """Change something; how many rows."""
        return self.db.execute(statement, values).rowcount

    def order(self, order_no: str) -> dict[str, Any] | None:
        """One order."""
        return self.one("SELECT * FROM orders WHERE order_no = ?", order_no)

    def place(self, said: dict[str, str]) -> dict[str, Any]:
        """An order, once per number."""
        self.do(
            "INSERT OR IGNORE INTO orders (order_no, provider_no, amount_fen, subject, notify_url,"
            " return_url, expires_at, state, behaviour) VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?)",
            said["order_no"],
            f"P{datetime.now(UTC):%Y%m%d}{secrets.token_hex(6)}",
            int(said["amount_fen"]),
            said.get("subject", ""),
            said.get("notify_url", ""),
            said.get("return_url", ""),
            said.get("expires_at", ""),
            self._behaviour(said["order_no"]),
        )
        found = self.order(said["order_no"])
        assert found is not None
        return found

    def _behaviour(self, order_no: str) -> str:
        for name in (order_no, "*"):
            row = self.one("SELECT said FROM behaviours WHERE order_no = ?", name)
            if row:
                self.do("DELETE FROM behaviours WHERE order_no = ?", name)
                return str(row["said"])
        return "{}"

    def behave(self, order_no: str, said: dict[str, Any]) -> None:
        """Remember how to behave; an order that is there already is told at once."""
        text = json.dumps(said)
        if self.do("UPDATE orders SET behaviour = ? WHERE order_no = ?", text, order_no) == 0:
            self.do("INSERT OR REPLACE INTO behaviours VALUES (?, ?)", order_no, text)

    def settle(self, order_no: str, state: str, reason: str = "") -> bool:
        """Waiting becomes paid or refused, once."""
        done = self.do(
            "UPDATE orders SET state = ?, at = ?, reason = ? WHERE order_no = ?"
            " AND state = 'waiting'",
            state,
            utc_now(),
            reason,
            order_no,
        )
        return done == 1

    def close(self) -> None:
        """Give the file back."""
        self.db.close()
