"""Everything that must hold in the house: each room's own, and those of the log and the jobs."""

from collections.abc import Sequence

from yizhan.domain import (
    billing,
    cases,
    checkout,
    club,
    collections,
    ledger,
    limits,
    orders,
    payments,
    provisioning,
    shop,
    subscriptions,
    vouchers,
)
from yizhan.kernel.text import Text
from yizhan.platform.invariants import Invariant

_HOUSE: tuple[Invariant, ...] = (
    Invariant(
        name="events.not_from_the_future",
        title=Text("没有来自未来的事件", "No event is from the future"),
        proves=Text("各进程时钟一致", "The clocks of all processes agree"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('name', name, 'at', at) AS facts
          FROM event WHERE at > now() + interval '5 minutes' LIMIT $1""",
    ),
    Invariant(
        name="events.say_who_did_it",
        title=Text("每个事件都写明经手人与渠道", "Every event says who did it and where"),
        proves=Text("审计记录完整", "The audit trail is whole"),
        sql="""
        SELECT customer_id, id AS subject, jsonb_build_object('name', name) AS facts
          FROM event
         WHERE channel = '' OR actor_kind NOT IN ('customer', 'staff', 'client', 'system')
            OR (actor_kind <> 'system' AND actor_id IS NULL) LIMIT $1""",
    ),
    Invariant(
        name="jobs.none_set_aside",
        title=Text("没有失败搁置的任务", "No job was set aside"),
        proves=Text("每个反应与定时动作都已完成", "Every reaction and clock has had its effect"),
        sql="""
        SELECT NULL::uuid AS customer_id, id AS subject,
               jsonb_build_object('kind', kind, 'error', left(last_error, 200)) AS facts
          FROM job WHERE failed_at IS NOT NULL LIMIT $1""",
    ),
    Invariant(
        name="jobs.none_late",
        title=Text("没有迟到的任务", "No job is late"),
        proves=Text("任务进程在工作并跟得上", "Workers are at work and keep up"),
        sql="""
        SELECT NULL::uuid AS customer_id, id AS subject,
               jsonb_build_object('kind', kind, 'run_at', run_at) AS facts
          FROM job WHERE failed_at IS NULL AND run_at < now() - interval '15 minutes'
           AND (lease_until IS NULL OR lease_until < now()) LIMIT $1""",
    ),
)


def checks() -> Sequence[Invariant]:
    """Every invariant of the house, by name."""
    everything = (
        *_HOUSE,
        *ledger.INVARIANTS,
        *billing.INVARIANTS,
        *checkout.INVARIANTS,
        *payments.INVARIANTS,
        *vouchers.INVARIANTS,
        *shop.INVARIANTS,
        *club.INVARIANTS,
        *collections.INVARIANTS,
        *limits.INVARIANTS,
        *orders.INVARIANTS,
        *provisioning.INVARIANTS,
        *cases.INVARIANTS,
        *subscriptions.INVARIANTS,
    )
    return sorted(everything, key=lambda one: one.name)
