"""What happens to knowledge. The customer is nil where nobody in particular is meant."""

from typing import ClassVar
from uuid import UUID

from yizhan.kernel.events import Event


class ArticleWritten(Event, frozen=True, kw_only=True):
    """An article was written, or written anew."""

    name: ClassVar[str] = "knowledge.article_written"
    article: str
    version: int


class ArticleUsed(Event, frozen=True, kw_only=True):
    """An article answered a question of this customer."""

    name: ClassVar[str] = "knowledge.article_used"
    article: str


class AnswerMissing(Event, frozen=True, kw_only=True):
    """A question nothing was found for."""

    name: ClassVar[str] = "knowledge.answer_missing"
    question_id: UUID
    question: str
