"""Allowances while a period is rated: what is left, in which window, and what is carried on."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from yizhan.domain.rating.compiled import CompiledAllowance
from yizhan.domain.rating.model import BucketLeft, Lot, OpenWindow
from yizhan.domain.tariff import Scope, Window


class Store:
    """What one window of an allowance holds. ``lots`` are ``[units, periods left]``."""

    __slots__ = ("drawn", "entered", "lots", "own", "packs", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.own = size
        self.lots: list[list[int]] = []
        self.drawn = 0
        self.packs = 0
        self.entered = False

    def copy(self) -> "Store":
        """An independent copy."""
        twin = Store(self.size)
        twin.own, twin.drawn, twin.packs, twin.entered = (
            self.own,
            self.drawn,
            self.packs,
            self.entered,
        )
        twin.lots = [list(lot) for lot in self.lots]
        return twin

    @property
    def left(self) -> int:
        """Units that may still be drawn."""
        return self.own + sum(lot[0] for lot in self.lots)

    def take(self, units: int, rolled_first: bool) -> None:
        """Draw *units*, which must be there; rolled lots by what expires first."""
        self.drawn += units
        if not rolled_first:
            own = min(units, self.own)
            self.own -= own
            units -= own
        for lot in self.lots:
            if not units:
                break
            taken = min(units, lot[0])
            lot[0] -= taken
            units -= taken
        self.own -= units
        assert self.own >= 0


class Bucket:
    """One allowance of one line, or one pool of an account, over one period."""

    def __init__(self, compiled: CompiledAllowance, size: int) -> None:
        self.compiled = compiled
        self.spec = compiled.spec
        self.size = size
        self.carried_in = 0
        self.by_line: dict[UUID, int] = {}
        self._stores: dict[date | None, Store] = {}

    def fork(self) -> "Bucket":
        """An independent copy, to ask what would happen."""
        twin = Bucket(self.compiled, self.size)
        twin.carried_in = self.carried_in
        twin.by_line = dict(self.by_line)
        twin._stores = {key: store.copy() for key, store in self._stores.items()}
        return twin

    # ---- carried in

    def carry_in(self, lots: Iterable[Lot], windows: Iterable[OpenWindow]) -> None:
        """Units rolled over into this period, and windows that were open at its start."""
        mine = sorted(
            (lot for lot in lots if lot.allowance == self.spec.id and lot.units > 0),
            key=lambda lot: lot.periods_left,
        )
        if mine and self.spec.window is Window.BILL_MONTH:
            self.store(None).lots = [[lot.units, lot.periods_left] for lot in mine]
            self.carried_in = sum(lot.units for lot in mine)
        for window in windows:
            if window.allowance == self.spec.id:
                store = self._stores[window.starts] = Store(self.size)
                store.own = window.left
                store.packs = window.packs
                store.entered = window.entered

    # ---- drawing

    def window_start(self, day: date) -> date | None:
        """The first day of the window that holds *day*; ``None`` for the period itself."""
        match self.spec.window:
            case Window.BILL_MONTH:
                return None
            case Window.CALENDAR_MONTH:
                return day.replace(day=1)
            case Window.WEEK:
                return day - timedelta(days=day.weekday())
            case Window.DAY:
                return day

    def store(self, window: date | None) -> Store:
        """The window's store, filled when first asked for."""
        found = self._stores.get(window)
        if found is None:
            found = self._stores[window] = Store(self.size)
        return found

    def blocks(self, store: Store, line: UUID) -> int:
        """How many whole draw blocks the line may still take."""
        left = store.own if not store.lots else store.left
        if self.spec.member_cap is not None:
            left = min(left, self.spec.member_cap - self.by_line.get(line, 0))
        return max(0, left // self.spec.draw)

    def take(self, store: Store, line: UUID, blocks: int) -> int:
        """Draw whole blocks; gives the units drawn."""
        units = blocks * self.spec.draw
        rollover = self.spec.rollover
        store.take(units, rollover is None or rollover.rolled_first)
        if self.spec.scope is Scope.ACCOUNT:
            self.by_line[line] = self.by_line.get(line, 0) + units
        return units

    def add_pack(self, store: Store) -> None:
        """One pack bought by itself."""
        assert self.spec.pack is not None
        store.own += self.spec.pack.size
        store.size += self.spec.pack.size
        store.packs += 1

    # ---- at the end of the period

    def roll_out(self) -> tuple[Lot, ...]:
        """What goes into the next period: at most the cap, what lives longest first."""
        rollover = self.spec.rollover
        if rollover is None:
            return ()
        store = self.store(None)
        lots = [(units, periods - 1) for units, periods in store.lots if units and periods > 1]
        if store.own > 0:
            lots.append((store.own, rollover.periods))
        room = rollover.cap if rollover.cap is not None else sum(units for units, _ in lots)
        kept: list[Lot] = []
        for units, periods in sorted(lots, key=lambda lot: -lot[1]):
            if room <= 0:
                break
            taken = min(units, room)
            room -= taken
            kept.append(Lot(allowance=self.spec.id, units=taken, periods_left=periods))
        return tuple(reversed(kept))

    def open_windows(self, ends: date) -> tuple[OpenWindow, ...]:
        """Windows that reach over *ends*, the first day after the period."""
        return tuple(
            OpenWindow(
                allowance=self.spec.id,
                starts=starts,
                left=store.own,
                packs=store.packs,
                entered=store.entered,
            )
            for starts, store in sorted(
                (item for item in self._stores.items() if item[0] is not None),
                key=lambda item: str(item[0]),
            )
            if starts is not None and self._window_end(starts) > ends
        )

    def _window_end(self, starts: date) -> date:
        match self.spec.window:
            case Window.WEEK:
                return starts + timedelta(days=7)
            case Window.CALENDAR_MONTH:
                return (starts + timedelta(days=31)).replace(day=1)
            case _:
                return starts + timedelta(days=1)

    def closing(self, last_day: date) -> BucketLeft:
        """What it had, gave and still has; of the window that holds *last_day*."""
        store = self.store(self.window_start(last_day))
        return BucketLeft(
            allowance=self.spec.id,
            unit=self.spec.unit.value,
            size=store.size,
            carried_in=self.carried_in,
            drawn=sum(store.drawn for store in self._stores.values()),
            left=store.left,
            rolled_out=sum(lot.units for lot in self.roll_out()),
            packs=sum(store.packs for store in self._stores.values()),
            shared=self.spec.scope is Scope.ACCOUNT,
        )
