"""From the text of one row to a record, or to the reason why not.

A parser is built once for a mapping and a header, out of small functions, and is then called for
every row; it keeps no state but the caches of its readers.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from yizhan.domain.tariff import classify
from yizhan.domain.usage import units
from yizhan.domain.usage.cutting import Cells, Cutter
from yizhan.domain.usage.dialling import clean, national
from yizhan.domain.usage.mapping import (
    LIMITS,
    SERVICES,
    FieldRule,
    Mapping,
    columns_of,
    needed_columns,
)
from yizhan.domain.usage.model import (
    KEY_CHARS_MAX,
    PARTNER_CHARS_MAX,
    SESSION_CHARS_MAX,
    Broken,
    Record,
)
from yizhan.domain.usage.readers import Readers
from yizhan.kernel.errors import Invalid
from yizhan.kernel.period import midnight
from yizhan.kernel.phone import normalise

_LOGIN = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._@-]{2,39}")
WORD_CHARS_MAX = 40
GOOD_WORDS_MAX = 10_000
FIELD_OF_WORD = ("service", "direction", "access", "zone", "net", "roam", "place")
_RARE = ("partner", "amount", "currency", "session", "sequence", "action", "corrects")
_NO_RARE: tuple[str, int | None, str, int, str, str] = ("", None, "", 0, "", "")
_FILL = {
    "service": "voice",
    "direction": "out",
    "access": "direct",
    "zone": "local",
    "net": "off",
    "roam": "home",
    "place": "none",
}
AMOUNT_FEN_MAX = 100_000_000
"""A million yuan: more than any one record of content costs."""


class Parser:
    """Reads the rows of one source."""

    def __init__(
        self, mapping: Mapping, header: Sequence[str] | None, *, now: datetime, number: str = ""
    ) -> None:
        """*header* names the columns of a CSV; *number* is the line of a source that has none.

        Raises ``Invalid`` when a column the mapping needs is not there.
        """
        self.mapping = mapping
        self.header = list(header) if header is not None else None
        self.number = normalise(number) if number else ""
        self.latest = now.astimezone(UTC).timestamp() + mapping.ahead_seconds
        self.earliest = midnight(mapping.not_before, mapping.tz).timestamp()
        self.limits = {**LIMITS, **mapping.limits}
        self.columns = columns_of(mapping)
        self._sparse = False
        self._place = self._places()
        self._build()

    # ---------------------------------------------------------------- building

    def _places(self) -> dict[str, int]:
        if self.mapping.format == "jsonl":
            return {name: index for index, name in enumerate(self.columns)}
        if self.header is None:
            raise Invalid("The file has no header. Name its columns in csv.header.")
        places = {name.strip(): index for index, name in reversed(list(enumerate(self.header)))}
        if missing := [name for name in needed_columns(self.mapping) if name not in places]:
            raise Invalid(
                "The header has no column “{name}”. It has: {known}.",
                name=missing[0],
                known=", ".join(self.header)[:300],
            )
        self._sparse = any(name not in places for name in self.columns)
        # Those that may be missing are read from an empty cell put behind the others.
        return {name: places.get(name, -1) for name in self.columns}

    def _build(self) -> None:
        rule, reads = self.mapping.rule, Readers(self.mapping, self._place)
        self.cells = Cutter(self.mapping, self.header).cells
        at = rule("at")
        assert at is not None
        self._at_text = reads.text(at, "at", needed=True)
        self._moment = units.moment(at.format, self.mapping.tz)
        service = rule("service")
        assert service is not None
        self._service = reads.text(service, "service", needed=True)
        self._quantity = reads.quantities()
        self._number = reads.optional(rule("number"), "number")
        self._peer = reads.optional(rule("peer"), "peer")
        self._direction = reads.word("direction", "out")
        self._access = reads.word("access", "")
        self._zone = reads.word("zone", "")
        self._net = reads.word("net", "")
        self._roam = reads.word("roam", "home")
        self._where = reads.word("place", "none")
        self._word_cells = reads.picker(FIELD_OF_WORD)
        self._words: dict[object, tuple[str, ...]] = {}
        self._partner = reads.short("partner", PARTNER_CHARS_MAX)
        self._session = reads.short("session", SESSION_CHARS_MAX)
        self._corrects = reads.short("corrects", KEY_CHARS_MAX)
        self._sequence = reads.optional(rule("sequence"), "sequence")
        sequence = rule("sequence")
        self._first_part = sequence.first if sequence is not None else 0
        self._amount = reads.optional(rule("amount"), "amount")
        self._amount_unit = (rule("amount") or FieldRule()).unit or "yuan"
        self._currency = reads.optional(rule("currency"), "currency")
        self._action = reads.word("action", "")
        self._rare_cells = reads.picker(_RARE)
        rules = [one for field in _RARE if (one := rule(field)) is not None]
        plain = all(one.constant is None and one.default is None for one in rules)
        places = {place for one in rules for place in one.sources}
        self._no_rare: object = None
        if plain:
            self._no_rare = "" if len(places) == 1 else ("",) * len(places)
        key = self.mapping.key
        self._keys = [self._place[name] for name in ([key.column] if key.column else key.columns)]

    # ---------------------------------------------------------------- reading

    def read(self, line: str) -> Record:
        """The record of a row. Raises ``Broken``; nothing else, whatever the row is."""
        cells = self.cells(line)
        if self._sparse:
            cells = [*cells, ""]
        said = self._word_cells(cells)
        words = self._words.get(said)
        if words is None:
            words = self._read_words(cells, said)
        service, direction, access, zone, net, roam, place = words
        at = self._when(cells)
        partner, amount, session, part, action, corrects = (
            _NO_RARE if self._rare_cells(cells) == self._no_rare else self._rare(cells)
        )
        if not partner and service == "content":
            raise Broken("missing_partner", "partner")
        return Record(
            self._key(cells),
            self._whose(cells),
            at,
            service,
            self._how_much(cells, service),
            self._other(cells),
            direction,
            access,
            zone,
            net,
            roam,
            place,
            partner,
            amount,
            session,
            part,
            action,
            corrects,
        )

    def _rare(self, cells: Cells) -> tuple[str, int | None, str, int, str, str]:
        """What most records do not have."""
        action, corrects = self._correction(cells)
        return (
            self._partner(cells),
            self._own_amount(cells),
            self._session(cells),
            self._part(cells),
            action,
            corrects,
        )

    def _read_words(self, cells: Cells, said: object) -> tuple[str, ...]:
        """The words that make the canonical class; good ones are remembered by their cells."""
        words = (
            self._service(cells),
            self._direction(cells),
            self._access(cells),
            self._zone(cells),
            self._net(cells),
            self._roam(cells),
            self._where(cells),
        )
        service = words[0]
        if service not in SERVICES:
            raise Broken("unknown_service", "service", value=service[:40])
        if max(map(len, words)) > WORD_CHARS_MAX or not all(map(str.isascii, words)):
            long = max(words, key=lambda word: (not word.isascii(), len(word)))
            field = FIELD_OF_WORD[words.index(long)]
            raise Broken("unknown_value", field, field=field, value=long[:40])
        for field, word in zip(FIELD_OF_WORD, words, strict=True):
            filled = {**_FILL, field: word or _FILL[field], "service": "voice"}
            try:
                classify(**filled)
            except Invalid:
                code = "unknown_zone" if field == "zone" else "unknown_value"
                raise Broken(code, field, field=field, value=word[:40]) from None
        if len(self._words) < GOOD_WORDS_MAX:
            self._words[said] = words
        return words

    def _when(self, cells: Cells) -> float:
        text = self._at_text(cells)
        at = self._moment(text)
        if at > self.latest:
            raise Broken("future", "at", value=text[:40])
        if at < self.earliest:
            limit = self.mapping.not_before.isoformat()
            raise Broken("too_old", "at", value=text[:40], limit=limit)
        return at

    def _correction(self, cells: Cells) -> tuple[str, str]:
        action = self._action(cells)
        if action not in ("", "replace", "cancel"):
            raise Broken("unknown_action", "action", value=action[:40])
        corrects = self._corrects(cells) if action else ""
        if action and not corrects:
            raise Broken("missing_field", "corrects", field="corrects")
        return action, corrects

    def _key(self, cells: Cells) -> str:
        if not self._keys:
            return ""
        if len(self._keys) == 1:
            key = cells[self._keys[0]].strip()
        else:
            key = "|".join([cells[place].strip() for place in self._keys])
        if not key.strip("|"):
            raise Broken("missing_field", "key", field="key")
        if len(key) > KEY_CHARS_MAX:
            raise Broken("key_too_long", "key", limit=KEY_CHARS_MAX)
        if not key.isprintable():
            raise Broken("bad_character", "key")
        return key

    def _whose(self, cells: Cells) -> str:
        number = self._number(cells) if self._number is not None else ""
        if not number:
            if self.number:
                return self.number
            if self._number is None:
                return ""
            raise Broken("missing_field", "number", field="number")
        if number.isdecimal() and number.isascii() and 3 <= len(number) <= 20:
            return national(number)
        if _LOGIN.fullmatch(number):  # of an internet line
            return number.lower()
        try:
            return national(normalise(number))
        except Invalid:
            raise Broken("bad_number", "number", value=number[:40]) from None

    def _other(self, cells: Cells) -> str:
        if self._peer is None:
            return ""
        peer = self._peer(cells)
        if not peer or (peer.isdecimal() and peer.isascii() and 3 <= len(peer) <= 24):
            return peer
        return clean(peer)

    def _how_much(self, cells: Cells, service: str) -> int:
        read = self._quantity.get(service)
        if read is None:
            raise Broken("unknown_service", "service", value=service)
        try:
            quantity = read(cells)
        except Broken as broken:
            raise Broken(broken.reason, "quantity", **broken.facts) from None
        if quantity > self.limits[service]:
            raise Broken(
                "absurd_quantity",
                "quantity",
                value=quantity,
                service=service,
                limit=self.limits[service],
            )
        return quantity

    def _part(self, cells: Cells) -> int:
        text = self._sequence(cells) if self._sequence is not None else ""
        if not text:
            return 0
        if not (text.isdecimal() and text.isascii() and len(text) <= 9):
            raise Broken("unknown_value", "sequence", field="sequence", value=text[:40])
        part = int(text) - self._first_part
        if part < 0:
            raise Broken("unknown_value", "sequence", field="sequence", value=text[:40])
        return part

    def _own_amount(self, cells: Cells) -> int | None:
        currency = self._currency(cells) if self._currency is not None else ""
        if currency and currency != self.mapping.currency:
            raise Broken(
                "wrong_currency", "currency", value=currency[:10], expected=self.mapping.currency
            )
        text = self._amount(cells) if self._amount is not None else ""
        if not text:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise Broken("bad_amount", "amount", value=text[:40]) from None
        if not value.is_finite() or not text.isascii() or abs(value) > AMOUNT_FEN_MAX:
            raise Broken("bad_amount", "amount", value=text[:40])
        fen = value * 100 if self._amount_unit == "yuan" else value
        if fen != fen.to_integral_value() or not 0 <= fen <= AMOUNT_FEN_MAX:
            raise Broken("bad_amount", "amount", value=text[:40])
        return int(fen)
