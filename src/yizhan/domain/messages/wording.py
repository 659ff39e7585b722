"""Wording templates and setting the quiet hours: what an operator does at a desk."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

import msgspec

from yizhan.domain import customers
from yizhan.domain.messages import events, model, permissions, service, store
from yizhan.kernel.errors import Conflict
from yizhan.kernel.ids import NIL
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork


class TemplateChanged(Conflict):
    """Somebody else worded the template first."""

    code = "template_changed"


async def write_template(
    work: UnitOfWork, name: str, *, base: int, changes: Mapping[str, Any]
) -> model.Template:
    """Word a template anew: a new version over *base*, in force from now on.

    *changes*: ``subject_zh subject_en text_zh text_en channels limit_count limit_hours``. Kind,
    urgency and facts stay as the house made them: rooms rely on them. Raises `Invalid` naming the
    field, `TemplateChanged`, `UnknownTemplate`, `Forbidden`.
    """
    work.actor.require(permissions.MANAGE)
    old = await service.get_template(work, name)
    new = model.check_template(changed(old, changes))
    new = msgspec.structs.replace(
        new, version=base + 1, written_at=work.now, written_by=work.actor.name
    )
    if old.version != base or not await store.add_template(work, new):
        raise TemplateChanged(
            "Somebody else worded this template in the meantime. Look at it and begin again."
        )
    work.record(events.TemplateWritten(customer_id=NIL, template=name, version=new.version))
    return new


def changed(old: model.Template, changes: Mapping[str, Any]) -> model.Template:
    """The template with *changes* on it, not checked yet."""
    channels: Sequence[Any] = changes.get("channels", old.channels)
    return msgspec.structs.replace(
        old,
        subject=_text(old.subject, "subject", changes),
        text=_text(old.text, "text", changes),
        channels=tuple(
            customers.choice(model.Medium, one, field="channels") for one in dict.fromkeys(channels)
        ),
        limit_count=max(0, int(changes.get("limit_count", old.limit_count))),
        limit_hours=max(1, int(changes.get("limit_hours", old.limit_hours))),
    )


def _text(old: Text, name: str, changes: Mapping[str, Any]) -> Text:
    zh, en = (str(changes.get(f"{name}_{one}", old[one])) for one in ("zh", "en"))
    return Text(zh.replace("\r\n", "\n").strip(), en.replace("\r\n", "\n").strip())


async def set_quiet_hours(work: UnitOfWork, start: time, end: time) -> model.Policy:
    """Say when customers are left in peace; the same time twice: never. Raises `Forbidden`."""
    work.actor.require(permissions.MANAGE)
    chosen = model.Policy(start, end)
    await store.put_policy(work, chosen)
    return chosen
