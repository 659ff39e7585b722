"""What the club does: look at a customer, give and end points, give rewards, follow a new rule."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from yizhan.domain import billing, contacts, customers, ledger, staff
from yizhan.domain.club import back, permissions, store
from yizhan.domain.club.events import (
    ManagerSet,
    PointsEarned,
    PointsExpired,
    RewardTaken,
    RulePublished,
    TierChanged,
)
from yizhan.domain.club.model import (
    RANK,
    TEXT_MAX,
    KeyReused,
    Member,
    Published,
    Reward,
    Rule,
    draw,
    mean_of,
    months_with_us,
    standing,
)
from yizhan.domain.ledger import Bucket, Entry
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.period import add_months
from yizhan.platform.work import UnitOfWork

BILLS = 200
"""More bills than a customer has in the time a rule may look back."""


async def evaluate(work: UnitOfWork, customer_id: UUID) -> tuple[Member, int, bool]:
    """Look at one customer now: his tier by the rule, points for paid bills, points that ended.

    Returns his standing, the points given, and whether the tier changed. Doing it twice does
    nothing more.
    """
    work.actor.require(permissions.MANAGE)
    customer = await customers.lock(work, customer_id)
    published = await store.rule(work.db)
    rule, today = published.rule, work.today
    tenure = months_with_us(customer.since, today)
    bills = await billing.list_bills(work, customer_id, limit=BILLS)
    points = await _earn(work, customer_id, rule, bills, tenure)
    await _expire(work, customer_id)
    known = await store.member(work.db, customer_id, lock=True)
    mean = mean_of(rule, [(one.period_start, one.total_fen) for one in bills], today)
    # Where nobody looked yet, the tier was brought along: it stays for a term of its own.
    tier = known.tier if known else customer.tier.value
    after, until = standing(
        rule,
        tier=tier,
        valid_until=known.valid_until if known else None,
        earned=rule.earned_tier(mean, tenure),
        today=today,
    )
    brought = known is None and after == tier and tier != "none"
    origin = "import" if brought else known.origin if known and after == tier else "rule"
    member = Member(
        customer_id=customer_id,
        tier=after,
        origin=origin,
        mean_fen=mean,
        rule_version=published.version,
        since=known.since if known and after == tier else work.now,
        valid_until=until,
        evaluated_at=work.now,
        reason=known.reason if known and after == tier else "",
        manager_id=known.manager_id if known else None,
        manager_name=known.manager_name if known else None,
    )
    await _keep(work, member, before=customer.tier.value)
    return member, points, customer.tier.value != after


async def set_tier(
    work: UnitOfWork, customer_id: UUID, tier: str, *, until: date, reason: str
) -> Member:
    """Put a customer into a tier by hand; the rule does not lower it before *until*."""
    work.actor.require(permissions.MANAGE)
    if tier not in RANK:
        raise Invalid("Choose one of the list.", field="tier")
    if not work.today < until <= add_months(work.today, 60):
        raise Invalid("Give a day to come, within five years.", field="until")
    why = reason.strip()
    if not 1 <= len(why) <= TEXT_MAX:
        raise Invalid("Say why, in 1 to {maximum} characters.", field="reason", maximum=TEXT_MAX)
    customer = await customers.lock(work, customer_id)
    known = await store.member(work.db, customer_id, lock=True)
    published = await store.rule(work.db)
    member = Member(
        customer_id=customer_id,
        tier=tier,
        origin="hand",
        mean_fen=known.mean_fen if known else 0,
        rule_version=published.version,
        since=work.now,
        valid_until=until,
        evaluated_at=work.now,
        reason=why,
        manager_id=known.manager_id if known else None,
        manager_name=known.manager_name if known else None,
    )
    await _keep(work, member, before=customer.tier.value)
    return member


async def set_manager(work: UnitOfWork, customer_id: UUID, login: str | None) -> Member:
    """Give a customer an account manager, by the name he signs in with; or take him away."""
    work.actor.require(permissions.MANAGE)
    found = await staff.find_colleague(work, login) if login else None
    if login and found is None:
        raise Invalid("Nobody here signs in as “{login}”.", field="manager", login=login[:40])
    await customers.lock(work, customer_id)
    known = await store.member(work.db, customer_id, lock=True)
    if known is None:
        known, _, _ = await evaluate(work, customer_id)
    member = msgspec.structs.replace(
        known,
        manager_id=found[0] if found else None,
        manager_name=found[1] if found else None,
    )
    if member.manager_id != known.manager_id:
        await store.put_member(work.db, member)
        work.record(
            ManagerSet(
                customer_id=customer_id,
                manager_id=member.manager_id,
                manager_name=member.manager_name or "–",
            )
        )
    return member


async def publish(work: UnitOfWork, rule: Rule, *, note: str) -> Published:
    """Follow another rule from the next look on. Nobody's tier changes by it at once."""
    work.actor.require(permissions.PUBLISH)
    text = note.strip()
    if not 1 <= len(text) <= TEXT_MAX:
        raise Invalid("Say why, in 1 to {maximum} characters.", field="note", maximum=TEXT_MAX)
    await work.db.execute("LOCK TABLE club_rule IN SHARE ROW EXCLUSIVE MODE")
    version = (await store.rule(work.db)).version + 1
    await store.add_rule(work, rule.check(), version, text)
    work.record(RulePublished(customer_id=NIL, version=version, note=text))
    return await store.rule(work.db)


async def redeem(
    work: UnitOfWork, customer_id: UUID, *, reward: str, account_id: UUID, key: str
) -> Reward:
    """Spend points on a reward: credit on one of the customer's own accounts, once for its *key*.

    The points that end first go first. Raises ``NotEnoughPoints``, ``NoSuchReward``,
    ``KeyReused``.
    """
    own = work.actor.kind is ActorKind.CUSTOMER and work.actor.id == customer_id
    if not own:
        work.actor.require(permissions.REDEEM)
        await contacts.require_verified(work, customer_id)
    if not 1 <= len(key) <= 100 or not key.isprintable():
        raise Invalid("The key must be 1 to 100 printable characters.", field="key")
    given = (await store.rule(work.db)).rule.reward(reward)
    account = await customers.get_account(work, account_id)
    if account.customer_id != customer_id or account.status != "active":
        raise Invalid("Choose one of the list.", field="account")
    await customers.lock(work, customer_id)
    taken = new_id()
    if not await store.add_reward(
        work, customer_id, given, id=taken, account_id=account_id, key=key
    ):
        before = await work.db.fetchval(
            "SELECT reward FROM club_reward WHERE customer_id = $1 AND key = $2", customer_id, key
        )
        if before != given.id:
            raise KeyReused("The key “{key}” already took another reward.", key=key)
        return given
    lots = {
        day: left
        for day, left in (await store.lots_of(work, customer_id)).items()
        if day > work.today
    }
    prepaid = account.payment_kind is customers.PaymentKind.PREPAID
    bucket = Bucket.PREPAID if prepaid else Bucket.RECEIVABLE
    entries = [
        Entry(
            customer_id=customer_id,
            debit=store.lot(customer_id, day),
            credit=store.POINTS,
            amount=part,
            kind="points_spent",
            key=f"points:spend:{taken}:{day}",
            reference=taken,
        )
        for day, part in draw(lots, given.points)
    ]
    entries.append(
        Entry(
            customer_id=customer_id,
            debit=store.GIVEN,
            credit=ledger.held(customer_id, account_id, bucket),
            amount=given.credit_fen,
            kind="club_reward",
            key=f"points:credit:{taken}",
            reference=taken,
        )
    )
    await ledger.transfer(work, *entries)
    work.record(
        RewardTaken(
            customer_id=customer_id,
            reward_id=taken,
            reward=given.id,
            points=given.points,
            credit_fen=given.credit_fen,
            account_id=account_id,
        )
    )
    return given


async def _earn(
    work: UnitOfWork, customer_id: UUID, rule: Rule, bills: Sequence[billing.Bill], tenure: int
) -> int:
    since = add_months(work.today.replace(day=1), -12)
    ends, entries, count = rule.expires_on(work.today), [], 0
    for bill in bills:
        if bill.open_fen or bill.total_fen <= 0 or bill.period_start < since:
            continue
        points = rule.points_for(bill.total_fen, tenure)
        times = await store.add_earned(
            work.db, customer_id, bill.id, points=points, expires_on=ends, now=work.now
        )
        if not times:
            continue
        count += 1
        if points:
            entries.append(
                Entry(
                    customer_id=customer_id,
                    debit=store.POINTS,
                    credit=store.lot(customer_id, ends),
                    amount=points,
                    kind="points_earned",
                    key=f"points:bill:{bill.id}" + (f":{times}" if times > 1 else ""),
                    reference=bill.id,
                )
            )
    if not entries:
        return 0
    await ledger.transfer(work, *entries)
    await back.pay_owed(work, customer_id)
    total = sum(one.amount for one in entries)
    work.record(PointsEarned(customer_id=customer_id, points=total, bills=count))
    return total


async def _expire(work: UnitOfWork, customer_id: UUID) -> None:
    for day, left in (await store.lots_of(work, customer_id)).items():
        if day > work.today:
            continue
        await ledger.transfer(
            work,
            Entry(
                customer_id=customer_id,
                debit=store.lot(customer_id, day),
                credit=store.POINTS,
                amount=left,
                kind="points_expired",
                key=f"points:expire:{day}",
            ),
        )
        work.record(PointsExpired(customer_id=customer_id, points=left, expires_on=day))


async def _keep(work: UnitOfWork, member: Member, *, before: str) -> None:
    await store.put_member(work.db, member)
    if member.tier == before:
        return
    await customers.change_customer(work, member.customer_id, tier=member.tier)
    work.record(
        TierChanged(
            customer_id=member.customer_id,
            before=before,
            after=member.tier,
            origin=member.origin,
            mean_fen=member.mean_fen,
            rule_version=member.rule_version,
            valid_until=member.valid_until,
            reason=member.reason,
        )
    )
