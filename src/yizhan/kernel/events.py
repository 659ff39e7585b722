"""An event is a fact, in the past tense, addressed to one customer."""

from typing import ClassVar
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all events. ``name`` is stored forever: choose it once."""

    name: ClassVar[str]
    customer_id: UUID
