"""The operator's rule of credit: read, and changed with a reason; every version is kept."""

from collections.abc import Sequence

import msgspec

from yizhan.domain import customers
from yizhan.domain.limits import events, looking, permissions, store
from yizhan.domain.limits.model import Rule, RuleChanged, RuleVersion
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL
from yizhan.platform.work import UnitOfWork

REASON_MAX = 300
_TIERS, _SEGMENTS = frozenset(customers.Tier), frozenset(customers.Segment)


async def change_rule(work: UnitOfWork, rule: Rule, *, base: int, reason: str) -> RuleVersion:
    """Follow another rule from now on; accounts over their credit are looked at by it at once.

    *base* is the version it was made from. Raises ``RuleChanged`` when somebody else was faster,
    ``Invalid`` naming the field, ``Forbidden``. The same rule again changes nothing.
    """
    work.actor.require(permissions.RULE)
    rule, why = _checked(rule), reason.strip()
    if not 2 <= len(why) <= REASON_MAX:
        raise Invalid("Say why, in 2 to {maximum} characters.", field="reason", maximum=REASON_MAX)
    await work.db.execute("LOCK TABLE limit_rule IN SHARE ROW EXCLUSIVE MODE")
    now = (await store.rule_versions(work.db, limit=1))[0]
    if now.version != base:
        raise RuleChanged("The rule was changed meanwhile. Look at it again.", version=now.version)
    if _checked(now.rule) == rule:
        return now
    after = RuleVersion(
        rule=rule, version=base + 1, reason=why, set_at=work.now, by_name=work.actor.name
    )
    await store.add_rule(work, after)
    work.record(
        events.CreditRuleChanged(
            customer_id=NIL,
            version=after.version,
            before_percent=now.rule.warn_percent,
            warn_percent=rule.warn_percent,
            exempt_tiers=rule.exempt_tiers,
            exempt_segments=rule.exempt_segments,
            reason=why,
        )
    )
    await store.queue_unsettled(work.db)
    await looking.ask_for_due(work)
    return after


async def list_rules(work: UnitOfWork, *, limit: int = 20) -> Sequence[RuleVersion]:
    """The rule's versions, the one in force first."""
    work.actor.require(permissions.RULE)
    return await store.rule_versions(work.db, limit=min(limit, 200))


def _checked(rule: Rule) -> Rule:
    if not 1 <= rule.warn_percent <= 99:
        raise Invalid("Warn at 1 to 99 percent.", field="warn_percent")
    if unknown := set(rule.exempt_tiers) - _TIERS:
        raise Invalid(
            "There is no club tier “{tier}”.", field="exempt_tiers", tier=min(unknown)[:40]
        )
    if unknown := set(rule.exempt_segments) - _SEGMENTS:
        raise Invalid(
            "There is no segment “{segment}”.", field="exempt_segments", segment=min(unknown)[:40]
        )
    return msgspec.structs.replace(
        rule,
        exempt_tiers=tuple(sorted(set(rule.exempt_tiers))),
        exempt_segments=tuple(sorted(set(rule.exempt_segments))),
    )
