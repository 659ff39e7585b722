"""What the adviser tells the house."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event
from yizhan.kernel.text import Text


class AdviceGiven(Event, frozen=True, kw_only=True):
    """A customer was advised; the evidence is kept under ``advice_id``, ``said`` is the gist."""

    name: ClassVar[str] = "advisor.advice_given"
    advice_id: UUID
    line_id: UUID | None
    verdict: str
    said: Text
    recommended: str | None
    saving_fen: int
    habit_saving_fen: int
    months: int
