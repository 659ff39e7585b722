"""From records to rows of the table, a batch at a time, inside one act.

Each record finds its line, class and family rank; then it is filed, or known already, or refused.
Everything but corrections is done for the whole batch by a few statements.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from yizhan.domain.tariff import classify
from yizhan.domain.usage import store
from yizhan.domain.usage.dialling import IP_PREFIX, Dialled, Dialling
from yizhan.domain.usage.events import UsageArrivedLate, UsageCorrected
from yizhan.domain.usage.lines import Holder, Lines, family_rank
from yizhan.domain.usage.model import Broken, Record, record_id, record_id_text
from yizhan.kernel.errors import Invalid
from yizhan.platform.work import UnitOfWork

KEY_WINDOW = timedelta(days=32)
"""How far apart in event time two records may be and still be told to have the same key."""
_NULL = "\\N"
BACKSLASH = "\\"


class Outcome(msgspec.Struct, kw_only=True):
    """How the records of a batch ended; ``refused`` by their place in the batch."""

    accepted: int = 0
    duplicates: int = 0
    late: int = 0
    corrected: int = 0
    refused: dict[int, tuple[Broken, UUID | None]] = {}


class _Filed(msgspec.Struct, gc=False):
    """A record that found its line."""

    n: int
    id: str
    record: Record
    holder: Holder
    class_id: int
    peer: str
    rank: int
    kind: int = 0
    corrects: str = ""


class Filer:
    """Files the records of one source."""

    def __init__(self, source: str, dialling: Dialling, *, home: str) -> None:
        self.source = source
        self.dialling = dialling
        self.home = home
        self.lines = Lines(home)
        self._ids: dict[str, int] = {}
        self._received_at = datetime.min.replace(tzinfo=UTC)
        self._classes: dict[tuple[str, ...], int] = {}

    async def file(self, work: UnitOfWork, records: Sequence[Record], intake_id: UUID) -> Outcome:
        """File a batch in the given act."""
        outcome = Outcome(refused={})
        await self.lines.learn(work, {record.number for record in records})
        if not self._ids:
            self._ids = await store.class_ids(work.db)
        resolved, corrections = await self._resolve(work, records, outcome)
        await store.lock_filing(work.db, hash_slot(self.source))
        # Of this moment, not the act's: a bill made while we waited has not seen these records.
        self._received_at = max(work.now, work.house.clock())
        late: dict[tuple[UUID, UUID], int] = {}
        while resolved:
            found, resolved = _one_of_each_key(resolved, outcome)
            await self._check_sessions(work, found, outcome)
            more = await self._store(work, list(found.values()), outcome, intake_id)
            _add(late, more)
        for correction in corrections:
            _add(late, await self._correct(work, correction, outcome, intake_id))
        outcome.late = sum(late.values())
        for (customer_id, line_id), count in late.items():
            work.record(UsageArrivedLate(customer_id=customer_id, line_id=line_id, records=count))
        return outcome

    # ---------------------------------------------------------------- finding out

    async def _resolve(
        self, work: UnitOfWork, records: Sequence[Record], outcome: Outcome
    ) -> tuple[list[_Filed], list[_Filed]]:
        found: list[_Filed] = []
        corrections: list[_Filed] = []
        waiting: Iterable[tuple[int, Record]] = enumerate(records)
        holder_of, resolve = self.lines.holder, self._resolve_one
        for _ in range(2):  # the second time for those whose class had no id yet
            missing: set[str] = set()
            again: list[tuple[int, Record]] = []
            for n, record in waiting:
                holder: Holder | None = None
                try:
                    holder = holder_of(record.number, record.at)
                    filed = resolve(n, record, holder, missing)
                except Broken as broken:
                    outcome.refused[n] = (broken, holder.customer_id if holder else None)
                    continue
                if filed is None:
                    again.append((n, record))
                elif record.action:
                    corrections.append(filed)
                else:
                    found.append(filed)
            if not missing:
                break
            await store.add_classes(work.db, missing)
            self._ids = await store.class_ids(work.db)
            waiting = again
        return found, corrections

    def _resolve_one(
        self, n: int, record: Record, holder: Holder, missing: set[str]
    ) -> _Filed | None:
        dialled = dial(self.dialling, record, holder.home)
        words = (
            record.service,
            record.direction,
            record.access or dialled.access,
            record.zone or dialled.zone,
            record.net or dialled.net,
            record.roam,
            record.place,
        )
        class_id = self._classes.get(words)
        if class_id is None:
            try:
                code = classify(*words).code
            except Invalid as error:
                field = error.field or ""
                reason = "unknown_service" if field == "service" else "unknown_value"
                raise Broken(reason, field, field=field, value=str(error)[:80]) from None
            if code not in self._ids:
                missing.add(code)
                return None
            class_id = self._classes[words] = self._ids[code]
        rank = family_rank(holder, dialled.peer, record.at) if holder.family else 0
        return _Filed(
            n,
            record_id_text(self.source, record.key),
            record,
            holder,
            class_id,
            dialled.peer,
            rank,
        )

    async def _check_sessions(
        self, work: UnitOfWork, found: dict[str, _Filed], outcome: Outcome
    ) -> None:
        """A part of a session is taken in only after the part before it."""
        parts = [filed for filed in found.values() if filed.record.session]
        if not parts:
            return
        here = await store.parts_of_sessions(
            work.db,
            [part.holder.line_id for part in parts],
            [part.record.session for part in parts],
        )
        parts.sort(key=lambda part: part.record.sequence)
        for part in parts:
            session, sequence = part.record.session, part.record.sequence
            known = here.setdefault((part.holder.line_id, session), {})
            holder = known.get(sequence)
            broken: Broken | None = None
            if holder is not None:
                if holder.hex != part.id:
                    broken = Broken(
                        "session_conflict", "sequence", session=session, sequence=sequence
                    )
            elif sequence and sequence - 1 not in known:
                broken = Broken("session_gap", "sequence", session=session, missing=sequence - 1)
            else:
                known[sequence] = UUID(part.id)
            if broken is not None:
                del found[part.id]
                outcome.refused[part.n] = (broken, part.holder.customer_id)

    # ---------------------------------------------------------------- writing

    async def _store(
        self, work: UnitOfWork, rows: list[_Filed], outcome: Outcome, intake_id: UUID
    ) -> dict[tuple[UUID, UUID], int]:
        if not rows:
            return {}
        moments = [row.record.at for row in rows]
        low, high = _moment(min(moments)), _moment(max(moments))
        days = {int(at // 86_400) for at in moments}
        await store.make_partitions(work.db, {store.month_of(day * 86_400) for day in days})
        await store.stage(work.db, [_text(place, row) for place, row in enumerate(rows)])
        known = await store.known(work.db, low - KEY_WINDOW, high + KEY_WINDOW)
        if known:
            for place, same in known.items():
                if same:
                    outcome.duplicates += 1
                    continue
                broken = Broken("key_conflict", "key", value=rows[place].record.key)
                outcome.refused[rows[place].n] = (broken, rows[place].holder.customer_id)
            await store.unstage(work.db, known)
        filed, late = await store.file_staged(work.db, intake_id, self._received_at)
        assert filed == len(rows) - len(known)
        outcome.accepted += filed
        return late

    async def _correct(
        self, work: UnitOfWork, row: _Filed, outcome: Outcome, intake_id: UUID
    ) -> dict[tuple[UUID, UUID], int]:
        """File a reversal of a record and, for a replacement, what takes its place."""
        customer_id, record = row.holder.customer_id, row.record
        if await store.exists(work.db, customer_id, UUID(row.id)):
            outcome.duplicates += 1
            return {}
        target = record_id(self.source, record.corrects)
        original = await store.find_original(work.db, customer_id, target)
        broken: Broken | None = None
        if original is None:
            broken = Broken("correction_unknown", "corrects", value=record.corrects)
        elif original.reversed:
            broken = Broken("correction_repeated", "corrects", value=record.corrects)
        if broken is not None or original is None:
            assert broken is not None
            outcome.refused[row.n] = (broken, customer_id)
            return {}
        replaces = record.action == "replace"
        texts = [self._reversal(row, original, replaces)]
        moments = [original.at]
        if replaces:
            row.kind, row.corrects = 2, str(target)
            texts.append(_text(1, row))
            moments.append(record.at)
        await store.make_partitions(work.db, {store.month_of(at) for at in moments})
        await store.stage(work.db, texts)
        _, late = await store.file_staged(work.db, intake_id, self._received_at)
        await store.mark_reversed(work.db, customer_id, target, self._received_at)
        outcome.accepted += 1
        outcome.corrected += 1
        work.record(
            UsageCorrected(
                customer_id=customer_id,
                line_id=original.line_id,
                record_id=target,
                replaced=replaces,
            )
        )
        return late

    def _reversal(self, row: _Filed, original: store.Original, replaces: bool) -> str:
        """The reversal as a row; a cancelling record is itself the reversal."""
        key = f"{row.record.key}/reversal" if replaces else row.record.key
        cells = (
            "0",
            str(original.customer_id),
            record_id_text(self.source, key),
            repr(original.at),
            str(original.line_id),
            str(original.quantity),
            _NULL if original.amount is None else str(original.amount),
            str(original.class_id),
            str(original.family_rank),
            str(original.sequence),
            "1",
            _escape(key),
            _escape(original.peer),
            _escape(original.partner),
            _escape(original.session),
            str(original.id),
        )
        return "\t".join(cells) + "\n"


def _one_of_each_key(
    rows: list[_Filed], outcome: Outcome
) -> tuple[dict[str, _Filed], list[_Filed]]:
    """The first of each key; lookalikes are counted; others of the same key wait their turn.

    They wait because the first may not be the one that is here already.
    """
    found: dict[str, _Filed] = {}
    rivals: list[_Filed] = []
    for row in rows:
        first = found.setdefault(row.id, row)
        if first is row:
            continue
        if _content(first) == _content(row):
            outcome.duplicates += 1
        else:
            rivals.append(row)
    return found, rivals


def _add(counts: dict[tuple[UUID, UUID], int], more: dict[tuple[UUID, UUID], int]) -> None:
    for line, count in more.items():
        counts[line] = counts.get(line, 0) + count


def dial(dialling: Dialling, record: Record, home: str) -> Dialled:
    """Access, zone, net and number of a record, from its dialled number where it lacks them.

    Raises ``Broken`` when it carries no zone and none can be found.
    """
    peer = record.peer
    if (record.zone and record.net and record.access) or record.service in ("data", "content"):
        return Dialled(record.access or "direct", record.zone or "local", record.net or "off", peer)
    if not peer:
        if not record.zone and record.direction == "out":
            raise Broken("missing_field", "peer", field="peer")
        return Dialled("direct", record.zone or "local", record.net or "off", "")
    try:
        return dialling.find(peer, record.at, home)
    except Broken:
        if not record.zone and record.direction == "out":
            raise
    access = IP_PREFIX if peer.startswith(IP_PREFIX) else "direct"
    return Dialled(access, "local", "off", peer.removeprefix(IP_PREFIX))


def hash_slot(source: str) -> int:
    """Which of the filing locks a source uses."""
    return sum(source.encode())


def _content(row: _Filed) -> tuple[object, ...]:
    record = row.record
    return (
        row.holder.line_id,
        record.at,
        record.quantity,
        record.amount,
        row.class_id,
        row.peer,
        record.partner,
        record.session,
        record.sequence,
    )


def _text(place: int, row: _Filed) -> str:
    """A row as text of COPY; the columns are those of ``store.STAGE_COLUMNS``."""
    record = row.record
    customer, line = row.holder.ids
    amount = _NULL if record.amount is None else record.amount
    texts = f"{record.key}\t{row.peer}\t{record.partner}\t{record.session}"
    return (
        f"{place}\t{customer}\t{row.id}\t{record.at!r}\t{line}\t{record.quantity}\t{amount}\t"
        f"{row.class_id}\t{row.rank}\t{record.sequence}\t{row.kind}\t"
        f"{_escape(texts) if BACKSLASH in texts else texts}\t{row.corrects or _NULL}\n"
    )


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\") if "\\" in text else text


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
