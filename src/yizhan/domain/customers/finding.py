"""Finding customers by whatever was said: one table of keys, one descent in its ordered index."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from yizhan.domain.customers import model, permissions
from yizhan.kernel.errors import Invalid
from yizhan.platform import vault
from yizhan.platform.work import UnitOfWork

SEARCH_LENGTH_MIN = 2
SEARCH_LENGTH_MAX = 80
_TOP = "\U0010ffff"

_HIT_COLUMNS = (
    "k.kind AS key_kind, k.key, k.label, k.ref_id, c.id, c.number, c.tier, c.status, p.name"
)
_BY_KEY = f"""
SELECT {_HIT_COLUMNS}
  FROM ((SELECT customer_id, kind, key, label, ref_id FROM search_key WHERE key = $4 LIMIT $3)
        UNION ALL
        (SELECT customer_id, kind, key, label, ref_id FROM search_key
          WHERE key >= $1 AND key < $2 ORDER BY key LIMIT $3)) k
  JOIN customer c ON c.id = k.customer_id
  JOIN party p ON p.customer_id = c.id AND p.id = c.party_id
 ORDER BY k.key, k.kind, c.id
"""
_BY_PART = f"""
SELECT {_HIT_COLUMNS}
  FROM (SELECT customer_id, kind, key, label, ref_id FROM search_key
         WHERE kind = 'name' AND key LIKE $1 LIMIT $2) k
  JOIN customer c ON c.id = k.customer_id
  JOIN party p ON p.customer_id = c.id AND p.id = c.party_id
 ORDER BY length(k.key), k.key, c.id
"""


async def search(work: UnitOfWork, text: str, *, limit: int = 20) -> Sequence[model.Hit]:
    """Customers by number, name, document, account or case, best first, masked.

    Numbers are found by their beginning, names from any character (Chinese) or word on, documents
    only in full. When that gives too few, names in Latin letters are also looked for in the middle
    of words, where the extension is there. Raises `Invalid` for fewer than two characters.
    """
    work.actor.require(permissions.SEARCH)
    wanted = model.search_text(text[:SEARCH_LENGTH_MAX])
    if len(wanted) < SEARCH_LENGTH_MIN or wanted.startswith("#"):
        raise Invalid(
            "Type at least {least} characters of a number, a name, a document or a case.",
            field="q",
            least=SEARCH_LENGTH_MIN,
        )
    document = document_key(text)
    rows = list(await work.db.fetch(_BY_KEY, wanted, wanted + _TOP, limit * 2, document))
    if len(rows) < limit and _has_trigrams(wanted):
        rows += await _by_part(work, wanted, limit)
    return _hits(rows, {wanted, document or wanted}, limit)


def _has_trigrams(wanted: str) -> bool:
    """Whether the index can help: it knows no Han characters where the server's locale is C."""
    return len(wanted) > 2 and wanted.isascii() and wanted.isalpha()


async def _by_part(work: UnitOfWork, wanted: str, limit: int) -> Sequence[Any]:
    indexed = await work.db.fetchval("SELECT to_regclass('search_key_by_trigram') IS NOT NULL")
    if not indexed:
        return []
    escaped = wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: Sequence[Any] = await work.db.fetch(_BY_PART, f"%{escaped}%", limit * 2)
    return found


def _hits(rows: Sequence[Any], exact: set[str], limit: int) -> list[model.Hit]:
    hits: dict[UUID, model.Hit] = {}
    for row in rows:
        if row["id"] in hits:
            continue
        hits[row["id"]] = model.Hit(
            customer_id=row["id"],
            number=row["number"],
            name_masked=model.mask_name(row["name"]),
            tier=model.Tier(row["tier"]),
            status=model.Status(row["status"]),
            kind=row["key_kind"],
            label=row["label"],
            ref_id=row["ref_id"],
            exact=row["key"] in exact,
        )
    return sorted(hits.values(), key=lambda hit: not hit.exact)[:limit]


def document_key(text: str) -> str | None:
    """The search key of a document number, or None when *text* cannot be one."""
    try:
        number = model.clean_document_number(model.DocumentKind.PASSPORT, text)
    except Invalid:
        return None
    if len(number) < 6 or not any(c.isdigit() for c in number):
        return None
    return "#" + vault.current().fingerprint(number).hex()[:32]


async def is_own_number(work: UnitOfWork, customer_id: UUID, number: str) -> bool:
    """Whether a telephone number is a line's or a contact point's of this customer, at present."""
    return bool(
        await work.db.fetchval(
            "SELECT true FROM search_key WHERE customer_id = $1 AND kind IN ('number', 'phone')"
            " AND key = $2 LIMIT 1",
            customer_id,
            model.search_text(number),
        )
    )
