"""Taking in a file: read, file in batches, journal; a killed intake goes on where it stopped.

The journal moves in the transaction of each batch, so what it says was read was read and no more.
The next batch is read while the database works on the one before.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha1
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from yizhan.domain.usage import intake_store, reading, store
from yizhan.domain.usage.cutting import decode, split_header
from yizhan.domain.usage.events import IntakeFinished
from yizhan.domain.usage.filing import Filer, Outcome
from yizhan.domain.usage.mapping import Mapping
from yizhan.domain.usage.model import Broken, Counts, Intake, Record
from yizhan.domain.usage.parsing import Parser
from yizhan.domain.usage.permissions import INTAKE
from yizhan.kernel.actor import Actor
from yizhan.kernel.errors import Conflict, Invalid
from yizhan.kernel.ids import NIL
from yizhan.platform.work import Works

BATCH_ROWS = 20_000
TRIAL_ROWS = 20
"""A file of which the first batch, of at least so many rows, cannot be read at all is refused."""
LOOKALIKES_REMEMBERED = 500_000

Progress = Callable[[Counts, int, int | None], None]
"""Told after each batch: the counts so far, bytes read, bytes there are (if known)."""


class Batch(msgspec.Struct):
    """Rows as read: records, and what could not be read."""

    records: list[Record]
    places: list[tuple[int, int, bytes]]
    """Row number, offset behind it and bytes of each record."""
    refused: list[intake_store.Refused]
    offset: int

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return len(self.records) + len(self.refused)


class Source:
    """An open file with its mapping: gives batches."""

    def __init__(self, file: BinaryIO, mapping: Mapping, *, now: datetime, number: str) -> None:
        self.mapping = mapping
        self.file = file
        self.header: list[str] | None = None
        start = 0
        if mapping.format == "csv":
            self.header, start = self._header()
        self.start = start
        self.parser = Parser(mapping, self.header, now=now, number=number)
        self.lookalikes = Lookalikes() if mapping.key.content else None
        self._lines: Iterator[reading.Line] = iter(())
        self._row = 0

    def _header(self) -> tuple[list[str], int]:
        given = self.mapping.csv.header
        if not isinstance(given, bool):
            return list(given), 0
        if not given:
            raise Invalid("csv.header must be true or name the columns.")
        first = next(reading.lines(self.file), None)
        self.file.seek(0)
        if first is None:
            raise Invalid("The file is empty.")
        try:
            line = decode(first[0], self.mapping.encoding)
        except Broken as broken:
            raise Invalid("The header cannot be read: {problem}", problem=str(broken)) from None
        if "\0" in line:
            raise Invalid("The header cannot be read: it holds a NUL character.")
        return split_header(line, self.mapping.csv.delimiter), first[1]

    def begin(self, offset: int, rows_read: int) -> None:
        """Go to where reading is to go on."""
        if self.lookalikes is not None and offset > self.start:
            self._lines = reading.lines(self.file, self.start)
            for line, end in self._lines:
                with contextlib.suppress(Broken):
                    self.lookalikes.key(self.parser.read(decode(line, self.mapping.encoding)))
                if end >= offset:
                    break
        self._lines = reading.lines(self.file, max(offset, self.start))
        self._row = rows_read

    def batch(self, limit: int) -> Batch:
        """The next rows; none at the end of the file."""
        batch = Batch([], [], [], -1)
        read, encoding, row = self.parser.read, self.mapping.encoding, self._row
        for line, offset in islice(self._lines, limit):
            row += 1
            batch.offset = offset
            try:
                record = read(decode(line, encoding))
                if self.lookalikes is not None:
                    record.key = self.lookalikes.key(record)
            except Broken as broken:
                batch.refused.append(_refused(row, offset, line, broken))
                continue
            batch.records.append(record)
            batch.places.append((row, offset, line))
        self._row = row
        return batch


class Lookalikes:
    """Keys for records that bring none: their content, and which of the lookalikes it is."""

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def key(self, record: Record) -> str:
        """The key of the next record of a file."""
        content = "\x1f".join(map(str, msgspec.structs.astuple(record)[1:]))
        digest = sha1(content.encode(errors="replace"), usedforsecurity=False).digest()
        if len(self._seen) >= LOOKALIKES_REMEMBERED:
            for old in list(islice(self._seen, LOOKALIKES_REMEMBERED // 2)):
                del self._seen[old]
        count = self._seen.get(digest, 0)
        self._seen[digest] = count + 1
        return f"{digest.hex()}-{count}"


async def intake(
    works: Works,
    source: Path | BinaryIO,
    *,
    mapping: Mapping,
    actor: Actor,
    name: str | None = None,
    file: str = "-",
    number: str = "",
    home_area: str = "",
    again: bool = False,
    force: bool = False,
    batch_rows: int = BATCH_ROWS,
    progress: Progress | None = None,
) -> Intake:
    """Take in a file (a path, which can be gone on with after a stop, or an open stream).

    *name* is the namespace of the records' keys (default: the mapping's source), *file* what an
    open stream is called in the journal (a path has its own name), *number* the
    line of a source that names none, *home_area* the area of lines that have none. A file that
    was finished before is not read again unless *again*. Raises ``Forbidden``, ``Invalid`` when
    the file does not fit the mapping (*force* takes it in all the same), ``Conflict`` when
    somebody else is taking in the same file.
    """
    actor.require(INTAKE)
    path = source if isinstance(source, Path) else None
    stream = reading.open_source(source) if isinstance(source, Path) else source
    run = _Run(works, actor, mapping, name or mapping.source, home_area or mapping.home_area)
    run.file = path.name if path else file
    try:
        return await run.take(
            stream, path, number=number, again=again, force=force, rows=batch_rows,
            progress=progress,
        )  # fmt: skip
    finally:
        if path is not None:
            stream.close()


class _Run:
    """One intake under way."""

    def __init__(
        self, works: Works, actor: Actor, mapping: Mapping, name: str, home_area: str
    ) -> None:
        self.works = works
        self.actor = actor
        self.mapping = mapping
        self.name = name
        self.home_area = home_area
        self.file = "-"
        self.given: dict[str, str] = {}
        self.header: list[str] | None = None

    async def take(
        self,
        stream: BinaryIO,
        path: Path | None,
        *,
        number: str,
        again: bool,
        force: bool,
        rows: int,
        progress: Progress | None,
    ) -> Intake:
        self.given = {"number": number, "home_area": self.home_area}
        print_of = await asyncio.to_thread(reading.fingerprint, path) if path else None
        async with self.works.begin(self.actor) as work:
            known = (
                await intake_store.find_intake(work.db, self.name, print_of, self.mapping.hash)
                if print_of and not again
                else None
            )
            if known is not None and known.state == "finished":
                return msgspec.structs.replace(known, known_before=True)
            source = Source(stream, self.mapping, now=work.now, number=number)
            self.header = source.header
            dialling = await store.dialling(work.db, tz=work.zone, own="unicom")
        filer = Filer(self.name, dialling, home=self.home_area)
        journal = known
        if journal is not None:
            await asyncio.to_thread(source.begin, journal.offset_bytes, journal.counts.rows_read)
        else:
            source.begin(0, 0)
        batch = await asyncio.to_thread(source.batch, rows)
        if journal is None:
            if not force:
                _trial(batch, self.mapping)
            journal = await self._open(path, print_of)
        try:
            while batch.rows:
                ahead = asyncio.create_task(asyncio.to_thread(source.batch, rows))
                try:
                    journal = await self._file(filer, journal, batch)
                finally:
                    batch = await ahead
                if progress is not None:
                    progress(journal.counts, journal.offset_bytes, journal.size_bytes)
            return await self._finish(journal)
        except Conflict:
            raise  # the journal is another's now
        except Exception:
            async with self.works.begin(self.actor) as work:
                await intake_store.end_intake(work.db, journal.id, "stopped", work.now)
            raise

    async def _open(self, path: Path | None, print_of: str | None) -> Intake:
        size = await asyncio.to_thread(reading.unpacked_size, path) if path else None
        async with self.works.begin(self.actor) as work:
            await intake_store.keep_mapping(work.db, self.mapping, work.now)
            return await intake_store.open_intake(
                work.db,
                source=self.name,
                file=self.file,
                fingerprint=print_of,
                size_bytes=size,
                mapping_hash=self.mapping.hash,
                given=self.given,
                now=work.now,
            )

    async def _file(self, filer: Filer, journal: Intake, batch: Batch) -> Intake:
        async with self.works.begin(self.actor) as work:
            outcome = await filer.file(work, batch.records, journal.id)
            refused = batch.refused + _refused_later(batch, outcome)
            counts = Counts(
                rows_read=batch.rows,
                accepted=outcome.accepted,
                duplicates=outcome.duplicates,
                quarantined=len(refused),
                late=outcome.late,
                corrected=outcome.corrected,
            )
            if refused:
                await intake_store.quarantine(
                    work.db,
                    refused,
                    source=self.name,
                    intake_id=journal.id,
                    mapping_hash=self.mapping.hash,
                    given=self.given,
                    header=self.header,
                    now=work.now,
                )
            if not await intake_store.move_intake(work.db, journal, batch.offset, counts, work.now):
                raise Conflict("Somebody else is taking in “{file}” right now.", file=journal.file)
        return msgspec.structs.replace(
            journal, offset_bytes=batch.offset, counts=journal.counts + counts
        )

    async def _finish(self, journal: Intake) -> Intake:
        async with self.works.begin(self.actor) as work:
            await intake_store.end_intake(work.db, journal.id, "finished", work.now)
            done = await intake_store.get_intake(work.db, journal.id)
            assert done is not None
            work.record(
                IntakeFinished(
                    customer_id=NIL,
                    intake_id=done.id,
                    file=done.file,
                    **msgspec.structs.asdict(done.counts),
                )
            )
        return done


def _trial(batch: Batch, mapping: Mapping) -> None:
    """Refuse a file of which nothing can be read: it is another file, or another mapping."""
    if batch.records or len(batch.refused) < TRIAL_ROWS:
        return
    (reason, field), count = Counter((row.reason, row.field) for row in batch.refused).most_common(
        1
    )[0]
    first = next(row for row in batch.refused if (row.reason, row.field) == (reason, field))
    raise Invalid(
        "None of the first {rows} rows fits the mapping “{mapping}”. Most often ({count}): "
        "{problem} Choose another mapping, or force it to quarantine them all.",
        rows=len(batch.refused),
        mapping=mapping.mapping,
        count=count,
        problem=str(Broken(reason, field, **first.facts)),
        reason=reason,
    )


def _refused_later(batch: Batch, outcome: Outcome) -> list[intake_store.Refused]:
    refused = []
    for n, (broken, customer_id) in sorted(outcome.refused.items()):
        one = _refused(*batch.places[n], broken)
        one.customer_id = customer_id
        refused.append(one)
    return refused


def _refused(row: int, offset: int, line: bytes, broken: Broken) -> intake_store.Refused:
    return intake_store.Refused(
        row_number=row,
        offset=offset,
        raw=line,
        reason=broken.reason,
        field=broken.field,
        facts=broken.facts,
    )
