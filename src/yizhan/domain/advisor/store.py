"""How advice is kept."""

from typing import Any
from uuid import UUID

import msgspec

from yizhan.domain.advisor.model import Advice, Priced
from yizhan.platform.work import UnitOfWork

OPTIONS_KEPT = 10


async def add(work: UnitOfWork, advice_id: UUID, customer_id: UUID, advice: Advice) -> None:
    """Keep the advice with what it was made from."""
    await work.db.execute(
        "INSERT INTO advice (customer_id, id, line_id, contact_id, at, actor_id, actor_name,"
        " verdict, current_key, best_key, saving_fen, habit_saving_fen, months, usage_digest,"
        " catalogue_digest, result)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        customer_id,
        advice_id,
        advice.line_id,
        work.contact_id,
        work.now,
        work.actor.id,
        work.actor.name,
        advice.verdict.value,
        advice.current.candidate.key if advice.current else None,
        advice.best.candidate.key if advice.best else None,
        advice.saving,
        advice.habit.saving if advice.habit else 0,
        list(advice.months),
        advice.usage_digest,
        advice.catalogue_digest,
        as_evidence(advice),
    )


def as_evidence(advice: Advice, *, options: int | None = OPTIONS_KEPT) -> dict[str, Any]:
    """The advice as plain data: every figure that was or could have been said.

    *options* is how many of the candidates, the cheapest first; ``None`` is all of them.
    """
    return {
        "options": [_priced(option) for option in advice.options[:options]],
        "current": _priced(advice.current) if advice.current else None,
        "habit": msgspec.to_builtins(advice.habit) if advice.habit else None,
        "driver": msgspec.to_builtins(advice.driver) if advice.driver else None,
        "break_even": msgspec.to_builtins(advice.break_even),
        "excluded": msgspec.to_builtins(advice.excluded),
        "not_counted": msgspec.to_builtins(advice.not_counted),
        "estimated": advice.estimated,
    }


def _priced(priced: Priced) -> dict[str, Any]:
    who = priced.candidate
    return {
        "key": who.key,
        "plan": who.plan_id,
        "version": who.version,
        "add_ons": list(who.add_ons),
        "name": {"zh": who.name.zh, "en": who.name.en},
        "total_fen": priced.total,
        "months": [
            {"start": month.start.isoformat(), "total_fen": month.total, "items": month.items}
            for month in priced.months
        ],
    }
