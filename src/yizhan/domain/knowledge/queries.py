"""Finding and reading articles."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from yizhan.domain.knowledge import model, permissions, store
from yizhan.kernel.actor import ActorKind
from yizhan.kernel.errors import NotFound
from yizhan.platform.work import UnitOfWork

_IN_FORCE = """
SELECT DISTINCT ON (code) * FROM knowledge_article ORDER BY code, version DESC
"""
_SEARCH = f"""
WITH asked AS (SELECT DISTINCT unnest($1::text[]) AS term),
     size AS (SELECT language, count(*)::float8 AS articles, avg(length)::float8 AS mean
                FROM knowledge_length GROUP BY language),
     hit AS (SELECT t.term, t.language, t.code, t.weight::float8 AS weight
               FROM knowledge_term t JOIN asked USING (term)),
     rarity AS (SELECT term, language, count(*)::float8 AS n FROM hit GROUP BY term, language),
     scored AS (
         SELECT h.code, h.language,
                sum(ln(1 + (s.articles - r.n + 0.5) / (r.n + 0.5))
                    * h.weight * ($2::float8 + 1)
                    / (h.weight + $2 * (1 - $3::float8 + $3 * l.length / s.mean))) AS score,
                count(*)::float8 / (SELECT count(*) FROM asked) AS share
           FROM hit h
           JOIN rarity r USING (term, language)
           JOIN size s USING (language)
           JOIN knowledge_length l ON l.code = h.code AND l.language = h.language
          GROUP BY h.code, h.language),
     best AS (SELECT code, max(score) AS score, max(share) AS share FROM scored GROUP BY code),
     article AS ({_IN_FORCE})
SELECT a.*, b.score, coalesce(u.used, 0) AS used
  FROM best b JOIN article a USING (code) LEFT JOIN knowledge_use u USING (code)
 WHERE a.valid_from <= $4 AND (a.valid_to IS NULL OR a.valid_to > $4)
   AND (a.audience = 'everybody' OR $5::boolean)
   AND ($6::text IS NULL OR a.channels = '{{}}' OR $6 = ANY (a.channels))
   AND b.share >= $7::float8
 ORDER BY b.score DESC, a.code LIMIT $8
"""
LEAST_SHARE = 0.12
"""An article that shares less of a question with it is no answer."""


class Missing(msgspec.Struct, frozen=True):
    """A question nothing was found for."""

    customer_id: UUID
    id: UUID
    question: str
    asked_at: datetime
    asked_by: str


async def search(
    work: UnitOfWork, question: str, *, channel: str | None = None, limit: int = 8
) -> Sequence[model.Found]:
    """Articles that answer *question*, the likeliest first, whichever language it is in.

    Ranked by BM25 over words and pairs of Chinese characters. A customer finds what is for
    everybody; staff need ``knowledge.read``.
    """
    inside = _may_see_all(work)
    terms = list(dict.fromkeys(model.terms(question[: model.QUESTION_MAX])))
    if not terms:
        return []
    rows = await work.db.fetch(
        _SEARCH, terms, model.K1, model.B, work.today, inside, channel, LEAST_SHARE,
        min(limit, 50),
    )  # fmt: skip
    return [
        model.Found(article=store.article_of(row), score=row["score"], used=row["used"])
        for row in rows
    ]


async def get(work: UnitOfWork, code: str) -> model.Article:
    """The article in force. Raises `NotFound`."""
    inside = _may_see_all(work)
    found = await store.find(work, code)
    if found is None or not (inside or found.audience == "everybody"):
        raise NotFound("There is no article “{code}”.", code=code[:60])
    return found


async def list_articles(work: UnitOfWork, *, limit: int = 200) -> Sequence[model.Found]:
    """All articles in force and not, the most used first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        f"SELECT a.*, coalesce(u.used, 0) AS used FROM ({_IN_FORCE}) a"
        " LEFT JOIN knowledge_use u USING (code) ORDER BY used DESC, code LIMIT $1",
        min(limit, 500),
    )
    return [model.Found(article=store.article_of(row), score=0.0, used=row["used"]) for row in rows]


async def list_missing(work: UnitOfWork, *, limit: int = 50) -> Sequence[Missing]:
    """Questions nothing was found for, newest first."""
    work.actor.require(permissions.READ)
    rows = await work.db.fetch(
        "SELECT customer_id, id, question, asked_at, asked_by FROM knowledge_missing"
        " ORDER BY id DESC LIMIT $1",
        min(limit, 200),
    )
    return [Missing(**dict(row)) for row in rows]


def _may_see_all(work: UnitOfWork) -> bool:
    """Customers see what is for everybody, staff all of it."""
    if work.actor.kind is ActorKind.CUSTOMER:
        return False
    work.actor.require(permissions.READ)
    return True
