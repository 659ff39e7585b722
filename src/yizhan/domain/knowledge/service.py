"""Writing articles, sending their snippets, saying that an answer is missing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from yizhan.domain import messages
from yizhan.domain.knowledge import events, model, permissions, queries, store
from yizhan.kernel.errors import Invalid
from yizhan.kernel.ids import NIL, new_id
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork


async def write(
    work: UnitOfWork,
    code: str,
    *,
    base: int,
    title: Text,
    body: Text,
    snippet: Text,
    keywords: str = "",
    audience: str = "everybody",
    channels: Sequence[str] = (),
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> model.Article:
    """Write an article, or its next version over *base* (0: a new one).

    Raises `Invalid` naming the field, `ArticleChanged`, `Forbidden`.
    """
    work.actor.require(permissions.WRITE)
    one = model.check(
        model.Article(
            code=code,
            version=base + 1,
            title=title,
            body=body,
            snippet=snippet,
            keywords=keywords.strip()[:500],
            audience=audience,
            channels=tuple(channels),
            valid_from=valid_from or work.today,
            valid_to=valid_to,
            written_at=work.now,
            written_by=work.actor.name,
        )
    )
    old = await store.find(work, code)
    if (old.version if old else 0) != base or not await store.add(work, one):
        raise model.ArticleChanged(
            "Somebody else wrote this article in the meantime. Look at it and begin again."
        )
    work.record(events.ArticleWritten(customer_id=NIL, article=code, version=one.version))
    return one


async def use(work: UnitOfWork, code: str, *, customer_id: UUID) -> model.Article:
    """Count that an article answered a customer. Raises `NotFound`."""
    one = await queries.get(work, code)
    await store.count_use(work, code)
    work.record(events.ArticleUsed(customer_id=customer_id, article=code))
    return one


async def send(work: UnitOfWork, code: str, *, customer_id: UUID) -> messages.Message:
    """Send an article's snippet to a customer, and count it.

    Raises `Invalid` for an article that is for staff, `NotFound`, `Forbidden`.
    """
    one = await use(work, code, customer_id=customer_id)
    if one.audience != "everybody":
        raise Invalid("This article is for staff; it is not sent to customers.")
    return await messages.send(
        work,
        customer_id=customer_id,
        template="article",
        facts={"title": one.title, "snippet": one.snippet},
    )


async def report_missing(
    work: UnitOfWork, question: str, *, customer_id: UUID | None = None
) -> None:
    """Say that nothing answered *question*: it is kept, and somebody is asked to write it."""
    work.actor.require(permissions.READ)
    asked = " ".join(question.split())[: model.QUESTION_MAX]
    if len(asked) < 2:
        raise Invalid("Write down what was asked.", field="question")
    question_id = new_id()
    await work.db.execute(
        "INSERT INTO knowledge_missing (customer_id, id, question, asked_at, asked_by)"
        " VALUES ($1, $2, $3, $4, $5)",
        customer_id or NIL, question_id, asked, work.now, work.actor.name,
    )  # fmt: skip
    work.record(
        events.AnswerMissing(
            customer_id=customer_id or NIL, question_id=question_id, question=asked
        )
    )
