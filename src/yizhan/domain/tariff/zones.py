"""Zone sets: which zone a dialled number belongs to, by its longest known prefix, over time."""

from datetime import date

import msgspec


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers beginning with ``digits`` lie in ``zone`` from one day up to another (half-open)."""

    digits: str
    zone: str
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it is in force on *day*."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


class ZoneSet(msgspec.Struct, frozen=True, kw_only=True):
    """A table of prefixes. Built once, asked often."""

    id: str
    prefixes: dict[str, tuple[Prefix, ...]]
    longest: int

    def find(self, number: str, day: date) -> str | None:
        """The zone of *number* on *day*: that of the longest prefix in force, or ``None``."""
        for length in range(min(len(number), self.longest), 0, -1):
            for prefix in self.prefixes.get(number[:length], ()):
                if prefix.holds(day):
                    return prefix.zone
        return None


def zone_set(id: str, prefixes: list[Prefix]) -> ZoneSet:
    """A zone set of *prefixes*; the same digits may be listed for different times."""
    table: dict[str, tuple[Prefix, ...]] = {}
    for prefix in prefixes:
        table[prefix.digits] = (*table.get(prefix.digits, ()), prefix)
    return ZoneSet(id=id, prefixes=table, longest=max((len(d) for d in table), default=0))
