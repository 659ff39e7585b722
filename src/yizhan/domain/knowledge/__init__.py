"""Knowledge: articles in two languages, found by a question, sent as snippets, missed by name."""

from yizhan.domain.knowledge.events import AnswerMissing
from yizhan.domain.knowledge.model import Article, ArticleChanged, Found
from yizhan.domain.knowledge.permissions import PERMISSIONS
from yizhan.domain.knowledge.queries import Missing, get, list_articles, list_missing, search
from yizhan.domain.knowledge.service import report_missing, send, use, write
from yizhan.domain.knowledge.words import WORDS

__all__ = [
    "PERMISSIONS",
    "WORDS",
    "AnswerMissing",
    "Article",
    "ArticleChanged",
    "Found",
    "Missing",
    "get",
    "list_articles",
    "list_missing",
    "report_missing",
    "search",
    "send",
    "use",
    "write",
]
