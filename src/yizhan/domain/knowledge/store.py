"""The rows of articles and of the index they are found by. All SQL that changes them."""

from typing import Any

from yizhan.domain.knowledge import model
from yizhan.kernel.text import Text
from yizhan.platform.work import UnitOfWork

COLUMNS = (
    "code, version, title_zh, title_en, body_zh, body_en, snippet_zh, snippet_en, keywords,"
    " audience, channels, valid_from, valid_to, written_at, written_by"
)


def article_of(row: Any) -> model.Article:
    """A row of `COLUMNS` as a value."""
    values = {name: row[name] for name in COLUMNS.replace(",", "").split()}
    for name in ("title", "body", "snippet"):
        values[name] = Text(values.pop(f"{name}_zh"), values.pop(f"{name}_en"))
    return model.Article(**{**values, "channels": tuple(values["channels"])})


async def find(work: UnitOfWork, code: str) -> model.Article | None:
    """The version in force, or None."""
    row = await work.db.fetchrow(
        f"SELECT {COLUMNS} FROM knowledge_article WHERE code = $1 ORDER BY version DESC LIMIT 1",
        code,
    )
    return article_of(row) if row else None


async def add(work: UnitOfWork, one: model.Article) -> bool:
    """Insert a version and its index; False when somebody else made it first."""
    status = await work.db.execute(
        f"INSERT INTO knowledge_article ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
        " $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING",
        one.code, one.version, one.title.zh, one.title.en, one.body.zh, one.body.en,
        one.snippet.zh, one.snippet.en, one.keywords, one.audience, list(one.channels),
        one.valid_from, one.valid_to, one.written_at, one.written_by,
    )  # fmt: skip
    if status != "INSERT 0 1":
        return False
    await work.db.execute("DELETE FROM knowledge_term WHERE code = $1", one.code)
    for language in ("zh", "en"):
        words = model.index(one, language)
        await work.db.executemany(
            "INSERT INTO knowledge_term (term, language, code, weight) VALUES ($1, $2, $3, $4)",
            [(term, language, one.code, float(weight)) for term, weight in words.items()],
        )
        await work.db.execute(
            "INSERT INTO knowledge_length (code, language, length) VALUES ($1, $2, $3)"
            " ON CONFLICT (code, language) DO UPDATE SET length = excluded.length",
            one.code, language, float(sum(words.values())),
        )  # fmt: skip
    return True


async def count_use(work: UnitOfWork, code: str) -> None:
    """Once more it answered a question."""
    await work.db.execute(
        "INSERT INTO knowledge_use AS u (code, used) VALUES ($1, 1)"
        " ON CONFLICT (code) DO UPDATE SET used = u.used + 1",
        code,
    )
