"""The settlement file of a day, and the differences that can be planted in it."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from yizhan_sims.provider.books import Books

HEAD = "kind,order_no,refund_no,provider_no,amount_fen,at"


def file_of(books: Books, day: date, zone: ZoneInfo) -> str:
    """What moved on a day, a row each, with a last line that counts and sums them."""
    since = datetime.combine(day, time(), zone).astimezone(UTC)
    until = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    span = (f"{since:%Y-%m-%dT%H:%M:%SZ}", f"{until:%Y-%m-%dT%H:%M:%SZ}")
    rows = books.all(
        "SELECT 'payment' AS kind, order_no, '' AS refund_no, provider_no, amount_fen, at"
        " FROM orders WHERE state IN ('paid', 'reversed') AND at >= ? AND at < ? ORDER BY at",
        *span,
    )
    rows += books.all(
        "SELECT 'reversal' AS kind, order_no, '' AS refund_no, provider_no, amount_fen,"
        " reversed_at AS at FROM orders WHERE reversed_at >= ? AND reversed_at < ? ORDER BY 6",
        *span,
    )
    rows += books.all(
        "SELECT 'refund' AS kind, order_no, refund_no, provider_no, amount_fen, at FROM refunds"
        " WHERE at >= ? AND at < ? ORDER BY at",
        *span,
    )
    for planted in books.all("SELECT * FROM planted WHERE day = ?", day.isoformat()):
        rows = _plant(rows, planted["kind"], json.loads(planted["said"]))
    return _written(rows)


def _plant(rows: Sequence[dict[str, Any]], kind: str, said: dict[str, Any]) -> list[dict[str, Any]]:
    """One difference: the file then says something that is not so."""
    name = "refund_no" if said.get("refund_no") else "order_no"
    about = said.get(name, "")

    def meant(row: dict[str, Any]) -> bool:
        if kind != "add" and said.get("moved", row["kind"]) != row["kind"]:
            return False
        return bool(row[name] == about and (name == "refund_no") == (row["kind"] == "refund"))

    match kind:
        case "drop":
            return [row for row in rows if not meant(row)]
        case "amount":
            return [
                {**row, "amount_fen": int(said["amount_fen"])} if meant(row) else row
                for row in rows
            ]
        case "double":
            return [*rows, *(row for row in rows if meant(row))]
        case "add":
            return [*rows, {one: said.get(one, "") for one in HEAD.split(",")} | _moved(said)]
        case _:
            raise ValueError(f"cannot plant {kind}")


def _moved(said: dict[str, Any]) -> dict[str, Any]:
    return {"kind": said.get("moved", "payment")}


def _written(rows: Sequence[dict[str, Any]]) -> str:
    lines = [HEAD]
    lines += [",".join(str(row[name]) for name in HEAD.split(",")) for row in rows]
    total = sum(int(row["amount_fen"]) for row in rows)
    lines.append(f"end,{len(rows)},{total}")
    return "\n".join(lines) + "\n"
