"""Cells of a row as values. A wrong one is named by its column, with what would be right."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain import customers
from yizhan.kernel.errors import Invalid
from yizhan.kernel.money import parse_yuan

Chosen = TypeVar("Chosen", bound=StrEnum)
KEY_LENGTH_MAX = 100
_YES = {"yes", "y", "true", "1", "是"}
_NO = {"no", "n", "false", "0", "否"}


class Column(msgspec.Struct, frozen=True):
    """A column a kind of file may have."""

    about: str
    required: bool = False


class Cells:
    """The cells of one row."""

    def __init__(self, values: Mapping[str, str], *, zone: ZoneInfo, today: date) -> None:
        self.values = values
        self.zone = zone
        self.today = today

    def text(self, name: str) -> str:
        """The cell without spaces around it; empty when it is not there."""
        return self.values.get(name, "").strip()

    def needed(self, name: str) -> str:
        """As `text`, but not empty. Raises `Invalid`."""
        if found := self.text(name):
            return found
        raise Invalid("“{column}” is empty.", field=name, column=name)

    def key(self, name: str = "key") -> str:
        """An external key: 1 to 100 characters. Raises `Invalid`."""
        found = self.needed(name)
        if len(found) > KEY_LENGTH_MAX:
            raise Invalid("A key has at most {most} characters.", field=name, most=KEY_LENGTH_MAX)
        return found

    def choice(self, name: str, kind: type[Chosen], default: Chosen) -> Chosen:
        """One of a closed set, or *default* when the cell is empty. Raises `Invalid`."""
        said = self.text(name)
        return customers.choice(kind, said, field=name) if said else default

    def flag(self, name: str) -> bool | None:
        """Yes or no, or None when the cell is empty. Raises `Invalid`."""
        said = self.text(name).lower()
        if not said:
            return None
        if said in _YES | _NO:
            return said in _YES
        raise Invalid("“{said}” is neither yes nor no.", field=name, said=said[:40])

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises `Invalid`."""
        said = self.text(name)
        if not said:
            return default
        if not re.fullmatch(r"\d{1,9}", said):
            raise Invalid("“{said}” is not a whole number.", field=name, said=said[:40])
        return int(said)

    def yuan(self, name: str, default: int | None = None) -> int:
        """An amount in fen. Raises `Invalid`."""
        said = self.text(name)
        if not said and default is not None:
            return default
        return parse_yuan(said, field=name)

    def day(self, name: str) -> date | None:
        """A day as ``2004-12-08`` or ``20041208``, or None. Raises `Invalid`."""
        said = self.text(name)
        if not said:
            return None
        try:
            return date.fromisoformat(said.replace("/", "-"))
        except ValueError:
            raise Invalid(
                "“{said}” is not a day. Write it like 2004-12-08.", field=name, said=said[:40]
            ) from None

    def moment(self, name: str) -> datetime | None:
        """A moment in UTC; without an offset it is the operator's own time. Raises `Invalid`."""
        said = self.text(name)
        if not said:
            return None
        try:
            found = datetime.fromisoformat(said.replace("/", "-"))
        except ValueError:
            raise Invalid(
                "“{said}” is not a moment. Write it like 2004-12-08 or 2004-12-08T14:30:00.",
                field=name,
                said=said[:40],
            ) from None
        return (found if found.tzinfo else found.replace(tzinfo=self.zone)).astimezone(UTC)

    def listing(self, name: str) -> list[str]:
        """What is separated by semicolons."""
        return [part.strip() for part in self.text(name).split(";") if part.strip()]
