"""An event of the log as a sentence: money as yuan, moments in the operator's time, codes as words.

It never fails: a fact that is missing is a dash, an event nobody has words for is shown plainly.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import Formatter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.kernel.money import yuan
from yizhan.kernel.text import Text

Words = Mapping[str, Text]
Values = Mapping[str, Mapping[str, Mapping[str, Text]]]
"""Room -> field -> value -> its words."""

LANGUAGES = ("zh", "en")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_YES_NO = {True: Text("是", "yes"), False: Text("否", "no")}
_PLAIN_MAX = 400


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened, readable."""

    id: UUID
    at: datetime
    name: str
    words: Text
    actor_kind: str
    actor_name: str
    channel: str
    contact_id: UUID | None
    payload: Mapping[str, Any]

    @property
    def room(self) -> str:
        """Which room it happened in: what the page colours it by."""
        return self.name.partition(".")[0]


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """The head of what was done in one contact."""

    id: UUID
    channel: str
    direction: str
    purpose: str
    begun_at: datetime
    ended_at: datetime | None
    verified_by: str | None
    verified_at: datetime | None
    agent_name: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What was done in one contact, or one stretch without any; newest first."""

    contact: Contact | None
    contact_id: UUID | None
    entries: Sequence[Entry]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, newest first. ``before`` asks for the next page; None: this was the last."""

    groups: Sequence[Group]
    before: UUID | None

    @property
    def entries(self) -> list[Entry]:
        """Every entry, newest first."""
        return sorted(
            (entry for group in self.groups for entry in group.entries),
            key=lambda entry: entry.id,
            reverse=True,
        )


def sentence(
    name: str, payload: Mapping[str, Any], *, words: Words, values: Values, zone: ZoneInfo
) -> Text:
    """What happened, in both languages."""
    template = words.get(name)
    codes = values.get(name.partition(".")[0], {})
    zh, en = (
        _fill(template[language], payload, codes, language, zone)
        if template is not None
        else _plain(name, payload, codes, language, zone)
        for language in LANGUAGES
    )
    return Text(zh, en)


def _fill(
    template: str,
    payload: Mapping[str, Any],
    codes: Mapping[str, Mapping[str, Text]],
    language: str,
    zone: ZoneInfo,
) -> str:
    said = []
    for literal, field, _, _ in Formatter().parse(template):
        said.append(literal)
        if field:
            said.append(spoken(field, payload.get(field), codes, language, zone))
    return " ".join("".join(said).split())


def _plain(
    name: str,
    payload: Mapping[str, Any],
    codes: Mapping[str, Mapping[str, Text]],
    language: str,
    zone: ZoneInfo,
) -> str:
    facts = "; ".join(
        f"{field} {spoken(field, value, codes, language, zone)}"
        for field, value in payload.items()
        if value is not None
    )
    return f"{name} – {facts}"[:_PLAIN_MAX] if facts else name


def spoken(
    field: str,
    value: object,
    codes: Mapping[str, Mapping[str, Text]],
    language: str,
    zone: ZoneInfo,
) -> str:
    """One fact of a payload as a person writes it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _YES_NO[value][language]
    if isinstance(value, int):
        return yuan(value) if field.endswith(("_fen", "amount")) else str(value)
    if isinstance(value, Mapping):
        if language in value:
            return str(value[language])
        inner = (f"{k} {spoken(str(k), v, codes, language, zone)}" for k, v in value.items())
        return ", ".join(inner)
    if isinstance(value, Sequence) and not isinstance(value, str):
        comma = "、" if language == "zh" else ", "
        return comma.join(spoken(field, item, codes, language, zone) for item in value) or "–"
    text = str(value)
    if (word := codes.get(field, {}).get(text)) is not None:
        return word[language]
    if _MOMENT.match(text):
        return _moment(text, zone)
    return text


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        return text
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def group(entries: Sequence[Entry], contacts: Mapping[UUID, Contact]) -> list[Group]:
    """Entries (newest first) by contact; a contact stands where its newest entry stood.

    What happened outside any contact is kept in stretches between them.
    """
    groups: list[tuple[UUID | None, list[Entry]]] = []
    of_contact: dict[UUID, list[Entry]] = {}
    for entry in entries:
        if entry.contact_id is not None and entry.contact_id in of_contact:
            of_contact[entry.contact_id].append(entry)
        elif entry.contact_id is None and groups and groups[-1][0] is None:
            groups[-1][1].append(entry)
        else:
            groups.append((entry.contact_id, [entry]))
            if entry.contact_id is not None:
                of_contact[entry.contact_id] = groups[-1][1]
    return [
        Group(
            contact=contacts.get(contact_id) if contact_id else None,
            contact_id=contact_id,
            entries=found,
        )
        for contact_id, found in groups
    ]
