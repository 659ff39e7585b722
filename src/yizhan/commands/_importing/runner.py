"""A file from its first row to its last: in batches, each one transaction with its bookkeeping.

A run that was killed is started again: what it filed is found by its keys and passed over. A dry
run is the same in one transaction, taken back at the end.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import islice
from uuid import UUID

import asyncpg
import msgspec

from yizhan import i18n
from yizhan.commands._importing import balances
from yizhan.commands._importing.fields import KEY_LENGTH_MAX, Cells
from yizhan.commands._importing.kinds import Item, Kind, Problem
from yizhan.commands._importing.rows import Row, Source
from yizhan.commands._settings import CommandTrouble
from yizhan.domain import customers
from yizhan.domain.customers import Reject, Tally
from yizhan.kernel.actor import Actor, ActorKind
from yizhan.kernel.errors import CareError, Invalid
from yizhan.platform.work import UnitOfWork, Works

BATCH_ROWS = 5_000
REJECTS_SHOWN = 10
IMPORTER = Actor(kind=ActorKind.SYSTEM, name="import", permissions=frozenset({"*"}))
RESERVED = "_"
"""Columns that begin so are the bookkeeping of exported rows."""


class Report(msgspec.Struct, kw_only=True):
    """What a run answers. ``in_file_fen`` and ``in_ledger_fen`` must agree for balances."""

    kind: str
    dry_run: bool
    tally: Tally
    rejects: list[Reject]
    in_file_fen: int | None = None
    in_ledger_fen: int | None = None

    @property
    def reconciled(self) -> bool:
        """Nothing was lost on the way."""
        return self.tally.adds_up and self.in_file_fen == self.in_ledger_fen


class _TakenBack(Exception):
    """Ends a dry run."""


class Runner:
    """One run over one file."""

    def __init__(
        self, works: Works, kind: Kind, source: Source, *, progress: Callable[[int, int], None]
    ) -> None:
        self.works = works
        self.kind = kind
        self.source = source
        self.progress = progress
        self.tally = Tally(totals={})
        self.rejects: list[Reject] = []

    async def run(self, *, dry: bool) -> Report:
        """All rows; the report. Raises `CommandTrouble` for a file that does not fit the kind."""
        report = Report(kind=self.kind.name, dry_run=dry, tally=self.tally, rejects=self.rejects)
        if not dry:
            await self._run(report, None)
            return report
        with suppress(_TakenBack):
            async with self.works.begin(IMPORTER) as whole:
                await self._run(report, whole)
                raise _TakenBack
        return report

    @asynccontextmanager
    async def _unit(self, shared: UnitOfWork | None) -> AsyncIterator[UnitOfWork]:
        if shared is not None:
            yield shared
            return
        async with self.works.begin(IMPORTER) as work:
            yield work

    async def _run(self, report: Report, shared: UnitOfWork | None) -> None:
        money = self.kind.name == "balances"
        before = 0
        rows = self.source.rows()
        batch = list(islice(rows, BATCH_ROWS))
        self._check_columns()
        async with self._unit(shared) as work:
            run_id = await customers.begin_import(work, self.kind.name, self.source.path.name)
            if money:
                before = await balances.in_ledger(work)
        while batch:
            async with self._unit(shared) as work:
                await self._batch(work, run_id, batch)
            self.progress(self.source.position, self.source.size)
            batch = list(islice(rows, BATCH_ROWS))
        async with self._unit(shared) as work:
            await customers.note_import(work, run_id, self.tally, finished=True)
            if money:
                report.in_ledger_fen = await balances.in_ledger(work) - before
                report.in_file_fen = balances.in_file(self.tally)

    def _check_columns(self) -> None:
        """Refuse a file whose header cannot be the kind's, before anything is filed."""
        there = self.source.columns
        if there is None:
            return
        strange = [name for name in there if not self._is_known(name)]
        missing = [
            name
            for name, column in self.kind.columns.items()
            if column.required and name not in there
        ]
        if strange or missing:
            said = [f"{self.source.path} does not look like {self.kind.name}:"]
            if missing:
                said.append(f"missing {', '.join(missing)};")
            if strange:
                said.append(f"not known {', '.join(strange)};")
            said.append(
                f"`yizhan import {self.kind.name} --columns` tells what there is, --rename "
                f"THEIRS=OURS gives a column its name."
            )
            raise CommandTrouble(" ".join(said))

    async def _batch(self, work: UnitOfWork, run_id: UUID, batch: Sequence[Row]) -> None:
        items, problems = self._understood(work, batch)
        known = await customers.known_keys(work, self.kind.name, (item.key for item in items))
        fresh: dict[str, Item] = {}
        for item in items:
            if item.key not in known:
                fresh.setdefault(item.key, item)
        counted = Tally(totals={})
        unread = len(problems)
        try:
            problems += await self.kind.store(work, list(fresh.values()), counted)
        except asyncpg.UniqueViolationError as error:
            raise CommandTrouble(
                f"Somebody filed the same at the same time ({error.constraint_name}). Start this "
                f"import again: what is in is passed over."
            ) from error
        refused = [self._reject(problem) for problem in problems]
        await customers.keep_rejects(work, run_id, self.kind.name, refused)
        await customers.settle_rejects(
            work,
            run_id,
            self.kind.name,
            keys={key for row in batch if (key := _key_of(row))},
            ids=_brought_again(batch),
        )
        self.tally.read += len(batch)
        self.tally.rejected += len(problems)
        self.tally.accepted += len(fresh) - (len(problems) - unread)
        self.tally.duplicates += len(items) - len(fresh)
        for name, amount in counted.totals.items():
            self.tally.add(name, amount)
        await customers.note_import(work, run_id, self.tally, finished=False)
        self.rejects += refused[: REJECTS_SHOWN - len(self.rejects)]

    def _understood(
        self, work: UnitOfWork, batch: Sequence[Row]
    ) -> tuple[list[Item], list[Problem]]:
        zone = work.house.zone
        today = work.now.astimezone(zone).date()
        items: list[Item] = []
        problems: list[Problem] = []
        for row in batch:
            if row.problem is not None:
                problems.append(Problem(row, row.problem))
                continue
            try:
                self._check_names(row)
                items.append(self.kind.parse(row, Cells(row.values, zone=zone, today=today)))
            except CareError as error:
                problems.append(Problem(row, error))
        return items, problems

    def _is_known(self, name: str) -> bool:
        return name in self.kind.columns or name.startswith((RESERVED, *self.kind.prefixes))

    def _check_names(self, row: Row) -> None:
        for name in row.values:
            if not self._is_known(name):
                raise Invalid(
                    "There is no column “{column}” here.", field=name[:60], column=name[:60]
                )

    @staticmethod
    def _reject(problem: Problem) -> Reject:
        error = problem.error
        return Reject(
            line=problem.row.line,
            field=error.field,
            reason=str(error),
            reason_zh=i18n.translate("zh", error.message, **error.facts),
            raw=problem.row.raw,
            key=_key_of(problem.row),
        )


def _key_of(row: Row) -> str | None:
    """A row's own key, or None when it has none that could be one."""
    said = row.values.get("key", "").strip()
    return said if 0 < len(said) <= KEY_LENGTH_MAX and "\0" not in said else None


def _brought_again(batch: Sequence[Row]) -> list[UUID]:
    """The rejects these rows say they are corrections of."""
    found = []
    for row in batch:
        if said := row.values.get("_reject"):
            try:
                found.append(UUID(said))
            except ValueError:
                continue
    return found


def as_columns(reject: Reject) -> dict[str, str]:
    """A row put aside, ready to be corrected in a table and brought again."""
    original = json.loads(reject.raw or "{}")
    return {
        "_reject": str(reject.id or ""),
        "_line": str(reject.line),
        "_field": reject.field or "",
        "_reason": reject.reason,
        "_reason_zh": reject.reason_zh,
        **{
            name: ";".join(map(str, value)) if isinstance(value, list) else str(value)
            for name, value in original.items()
            if not name.startswith(("_reject", "_line", "_field", "_reason"))
        },
    }
