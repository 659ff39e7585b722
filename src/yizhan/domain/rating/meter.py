"""A meter runs through one line's usage of one period and gives the rated month.

``rate_month`` is the usual way in: it puts records in event-time order, sums the parts of each
session, rates event by event and closes. Rating late records is rating the month again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.rating.bandclock import BandClock
from yizhan.domain.rating.bill import Facts, Sums, bill
from yizhan.domain.rating.buckets import Bucket
from yizhan.domain.rating.compiled import compiled
from yizhan.domain.rating.errors import RatingError
from yizhan.domain.rating.event import Tally, Walk
from yizhan.domain.rating.model import Carry, Charge, Context, RatedMonth, Usage
from yizhan.domain.rating.proration import Held, prorated_units
from yizhan.domain.tariff import CapSpan, Plan, PoolGrowth, Scope, TierSpan, Window
from yizhan.kernel.period import Period

SHANGHAI = ZoneInfo("Asia/Shanghai")
_NO_CONTEXT = Context()


class Meter:
    """Rates events one after another and remembers allowances, tiers and sums between them."""

    def __init__(
        self,
        plan: Plan,
        period: Period,
        *,
        tz: ZoneInfo = SHANGHAI,
        context: Context = _NO_CONTEXT,
        pools: Mapping[str, Bucket] | None = None,
    ) -> None:
        self.plan = plan
        self.period = period
        self.context = context
        self._tz = tz
        self._compiled = compiled(plan)
        self._held = Held.of(period, tz, context)
        self._buckets = self._open_buckets(pools or {})
        self._tally = Tally([context.carry.tiers.get(tier.id, 0) for tier in plan.tiers])
        self._clock = BandClock(self._compiled, tz, context.holidays) if plan.calendars else None
        self._days_matter = any(cap.span is CapSpan.DAY for cap in plan.caps)
        self._windows_matter = any(a.window is not Window.BILL_MONTH for a in plan.allowances)
        self._charges: list[Charge] = []
        self._sums = Sums()
        self._stopped = 0

    def _open_buckets(self, pools: Mapping[str, Bucket]) -> list[Bucket]:
        buckets = []
        for allowance in self._compiled.allowances:
            pool = pools.get(allowance.spec.id) if allowance.spec.scope is Scope.ACCOUNT else None
            if pool is None:
                pool = Bucket(allowance, prorated_units(allowance.spec, self._held))
                pool.carry_in(self.context.carry.lots, self.context.carry.windows)
            buckets.append(pool)
        return buckets

    def fork(self) -> "Meter":
        """An independent meter in the same state, to ask what something would cost."""
        twin = object.__new__(Meter)
        twin.__dict__.update(self.__dict__)
        twin._buckets = [bucket.fork() for bucket in self._buckets]
        twin._tally = Tally(list(self._tally.counted))
        twin._charges = list(self._charges)
        twin._sums = self._sums.copy()
        return twin

    def rate(self, usage: Usage) -> Charge:
        """Rate one event; a lone part of a session with ``sequence`` above 0 continues one.

        Raises ``NoPrice`` when the plan has no price for it, ``RatingError`` when the record
        lacks what its price needs or lies outside the period.
        """
        return self._event(usage, usage.quantity, usage.amount, usage.sequence > 0)

    def rate_session(self, parts: Sequence[Usage]) -> list[Charge]:
        """Rate the parts of one session as one event that began with the first of them.

        The first part bears the charge; each later one is charged 0 and names the first.
        """
        parts = sorted(parts, key=lambda part: (part.sequence, part.at, part.id))
        first = parts[0]
        amounts = [part.amount for part in parts if part.amount is not None]
        charge = self._event(
            first,
            sum(part.quantity for part in parts),
            sum(amounts) if amounts else None,
            first.sequence > 0,
        )
        later = [
            Charge(part.id, part.line_id, charge.rule, 0, charge.scale, (), part.quantity, first.id)
            for part in parts[1:]
        ]
        self._charges.extend(later)
        return [charge, *later]

    def _event(self, usage: Usage, quantity: int, own: int | None, continuation: bool) -> Charge:
        at = usage.at
        if not self.period.start <= at < self.period.end:
            raise RatingError(
                "The record of {at} is outside the period rated, which is {start} to {end}.",
                at=at.isoformat(),
                start=self.period.start.isoformat(),
                end=self.period.end.isoformat(),
                usage_id=usage.id,
            )
        day: date | None = None
        if self._windows_matter or self._days_matter:
            day = at.astimezone(self._tz).date()
        walk = Walk(
            self._compiled,
            self._buckets,
            self._tally,
            self._clock,
            day if self._windows_matter else None,
        )
        rule, amount = walk.rate(usage, quantity, own, continuation)
        charge = Charge(
            usage.id,
            usage.line_id,
            rule,
            amount,
            self._compiled.scale,
            tuple(walk.pieces),
            quantity,
        )
        self._charges.append(charge)
        self._sums.add(charge, usage.service, day if self._days_matter else None)
        self._stopped += walk.stopped
        return charge

    def left(self) -> dict[str, int]:
        """Units now left in each allowance's last window."""
        last = (self.period.end - timedelta(seconds=1)).astimezone(self._tz).date()
        return {bucket.spec.id: bucket.closing(last).left for bucket in self._buckets}

    def close(self) -> RatedMonth:
        """The month: charges in the order rated, bill lines, what is left and carried on."""
        ends = self._held.ends
        lines, total, exact = bill(
            Facts(
                plan=self.plan,
                compiled=self._compiled,
                held=self._held,
                context=self.context,
                sums=self._sums,
                counted=tuple(self._tally.counted),
                buckets=tuple(b.closing(ends - timedelta(days=1)) for b in self._buckets),
            )
        )
        return RatedMonth(
            plan=self.plan.id,
            version=self.plan.version,
            scale=self._compiled.scale,
            charges=tuple(self._charges),
            lines=lines,
            total=total,
            exact_total=exact,
            buckets=tuple(b.closing(ends - timedelta(days=1)) for b in self._buckets),
            carry=Carry(
                lots=tuple(lot for bucket in self._buckets for lot in bucket.roll_out()),
                windows=tuple(w for bucket in self._buckets for w in bucket.open_windows(ends)),
                tiers={
                    tier.id: counted
                    for tier, counted in zip(self.plan.tiers, self._tally.counted, strict=True)
                    if tier.span is TierSpan.CONTRACT_YEAR
                },
            ),
            blocked=self._stopped,
        )


def rate_month(
    plan: Plan,
    usages: Iterable[Usage],
    period: Period,
    *,
    tz: ZoneInfo = SHANGHAI,
    context: Context = _NO_CONTEXT,
) -> RatedMonth:
    """What *usages* of one line cost in *period* under *plan*, in event-time order.

    The order given does not matter. All records must lie in the period; a session belongs to the
    period of its first part. Raises ``NoPrice`` and ``RatingError`` for the first record that
    cannot be rated.
    """
    meter = Meter(plan, period, tz=tz, context=context)
    for event in events(usages):
        if len(event) == 1:
            meter.rate(event[0])
        else:
            meter.rate_session(event)
    return meter.close()


class LineUsage(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a billing account: its plan, its records, what else is known."""

    line_id: UUID
    plan: Plan
    usages: tuple[Usage, ...]
    context: Context = Context()


def rate_account(
    lines: Sequence[LineUsage], period: Period, *, tz: ZoneInfo = SHANGHAI
) -> dict[UUID, RatedMonth]:
    """The lines of one account together, so that pools are drawn in event-time order.

    Allowances with ``scope: account`` and the same id are one pool. It is as large as the largest
    of them, or as all of them together where it grows per member. What a pool carries on stands
    in the month of the first line that has it, and is carried in from there.
    """
    pools: dict[str, Bucket] = {}
    owner: dict[str, UUID] = {}
    for line in lines:
        held = Held.of(period, tz, line.context)
        for allowance in compiled(line.plan).allowances:
            spec = allowance.spec
            if spec.scope is not Scope.ACCOUNT:
                continue
            size = prorated_units(spec, held)
            pool = pools.get(spec.id)
            if pool is None:
                pools[spec.id] = Bucket(allowance, size)
                owner[spec.id] = line.line_id
            elif spec.growth is PoolGrowth.PER_MEMBER:
                pool.size += size
            else:
                pool.size = max(pool.size, size)
    for line in lines:
        for id, pool in pools.items():
            if owner[id] == line.line_id:
                pool.carry_in(line.context.carry.lots, line.context.carry.windows)
    meters = {
        line.line_id: Meter(line.plan, period, tz=tz, context=line.context, pools=pools)
        for line in lines
    }
    for event in events(usage for line in lines for usage in line.usages):
        meters[event[0].line_id].rate_session(event)
    months = {line_id: meter.close() for line_id, meter in meters.items()}
    return {
        line_id: msgspec.structs.replace(
            month,
            carry=msgspec.structs.replace(
                month.carry,
                lots=tuple(
                    lot for lot in month.carry.lots if owner.get(lot.allowance, line_id) == line_id
                ),
                windows=tuple(
                    window
                    for window in month.carry.windows
                    if owner.get(window.allowance, line_id) == line_id
                ),
            ),
        )
        for line_id, month in months.items()
    }


def events(usages: Iterable[Usage]) -> list[list[Usage]]:
    """Records as events in time order: the parts of a session together, at its first moment."""
    single: list[list[Usage]] = []
    sessions: dict[tuple[UUID, str], list[Usage]] = {}
    for usage in usages:
        if usage.session:
            key = (usage.line_id, usage.session)
            parts = sessions.get(key)
            if parts is not None:
                parts.append(usage)
                continue
            sessions[key] = parts = [usage]
            single.append(parts)
        else:
            single.append([usage])
    if sessions:
        for parts in sessions.values():
            if len(parts) > 1:
                parts.sort(key=lambda part: (part.sequence, part.at, part.id))
    single.sort(key=_moment)
    return single


def _moment(event: list[Usage]) -> tuple[datetime, UUID]:
    return event[0].at, event[0].id
