"""Articles as values, and the words they are found by."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime

import msgspec

from yizhan.kernel.errors import Conflict, Invalid
from yizhan.kernel.text import Text

K1, B = 1.2, 0.6
"""BM25 (Robertson, Zaragoza 2009): how soon repetition stops counting, how much length does."""
TITLE_WEIGHT, KEYWORD_WEIGHT, BODY_WEIGHT = 4.0, 4.0, 1.0
QUESTION_MAX = 200
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,59}")
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[^\W_\u3400-\u9fff\uf900-\ufaff]+")
_IDLE_WORDS = (
    "the is are was of to in on at for an and or do does did how what which when where who why can"
    " could my me we our you your it its be with by from this that there will would should have has"
    " had not get use 怎么 什么 可以 如何 我的 我要 一下 请问 是不 不是 的是 多少"
)
_IDLE = frozenset(_IDLE_WORDS.split())
"""Words of every question; they tell nothing of what is asked."""


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an article, in force on days in ``[valid_from, valid_to)``."""

    code: str
    version: int
    title: Text
    body: Text
    snippet: Text
    keywords: str
    audience: str
    channels: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    written_at: datetime
    written_by: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An article that fits a question, how well, and how often it answered one."""

    article: Article
    score: float
    used: int


class ArticleChanged(Conflict):
    """Somebody else wrote the article first."""

    code = "article_changed"


def terms(text: str) -> Iterator[str]:
    """What a text is found by: words of letters, pairs of Chinese characters.

    A single Chinese character between others stands for itself.
    """
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if "\u3400" <= run[0] <= "\u9fff" or "\uf900" <= run[0] <= "\ufaff":
            pairs = [run[n : n + 2] for n in range(len(run) - 1)] or [run]
            yield from (pair for pair in pairs if pair not in _IDLE)
        elif run not in _IDLE and (len(run) > 1 or run.isdigit()):
            yield _stem(run)


def _stem(word: str) -> str:
    """English words without their commonest endings, the same for article and question."""
    for ending in ("ing", "ies", "es", "ed", "s", "y", "e"):
        if len(word) - len(ending) >= 3 and word.endswith(ending) and word.isascii():
            return word.removesuffix(ending)
    return word


def index(article: Article, language: str) -> Mapping[str, float]:
    """The terms of an article in a language, each with its weight."""
    found: Counter[str] = Counter()
    for text, weight in (
        (article.title[language], TITLE_WEIGHT),
        (article.keywords, KEYWORD_WEIGHT),
        (article.body[language], BODY_WEIGHT),
        (article.snippet[language], BODY_WEIGHT),
    ):
        for term in terms(text):
            found[term] += weight  # type: ignore[assignment]
    return found


def check(article: Article) -> Article:
    """An article fit to be kept. Raises `Invalid` naming what is missing, and where."""
    if not _CODE.fullmatch(article.code):
        raise Invalid("A short name has small letters, digits and hyphens.", field="code")
    for part, most in (("title", 120), ("snippet", 300), ("body", 8000)):
        for language in ("zh", "en"):
            said = getattr(article, part)[language]
            if not said.strip():
                raise Invalid("Write this in both languages.", field=f"{part}_{language}")
            if len(said) > most:
                raise Invalid(
                    "This is longer than {most} characters.", field=f"{part}_{language}", most=most
                )
    if article.audience not in ("everybody", "staff"):
        raise Invalid("An article is for everybody or for staff.", field="audience")
    if article.valid_to is not None and article.valid_to <= article.valid_from:
        raise Invalid("It would end before it begins.", field="valid_to")
    return article
