"""How to reach a customer, for rooms that write to him on the house's own account."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from yizhan.platform.work import UnitOfWork

_REACH = """
SELECT c.language,
       ARRAY(SELECT cp.value FROM contact_point cp
              WHERE cp.customer_id = c.id AND cp.party_id = c.party_id AND cp.kind = 'email'
                AND cp.valid_from <= $2 AND (cp.valid_to IS NULL OR cp.valid_to > $2)
              ORDER BY cp.preferred DESC, cp.id LIMIT 5) AS emails,
       ARRAY(SELECT cp.value FROM contact_point cp
              WHERE cp.customer_id = c.id AND cp.party_id = c.party_id AND cp.kind = 'phone'
                AND cp.valid_from <= $2 AND (cp.valid_to IS NULL OR cp.valid_to > $2)
              ORDER BY cp.preferred DESC, cp.id LIMIT 5) AS phones,
       ARRAY(SELECT k.key FROM search_key k
              WHERE k.customer_id = c.id AND k.kind = 'number'
              ORDER BY k.ref_id, k.key LIMIT 20) AS numbers
  FROM customer c WHERE c.id = $1
"""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """The language a customer reads, and where: preferred contact points first, then his lines."""

    language: str
    emails: Sequence[str]
    phones: Sequence[str]


async def reach(work: UnitOfWork, customer_id: UUID) -> Reach | None:
    """How to reach him; None when there is no such customer.

    It asks for no right: what comes of it is written to the customer, and shown to nobody.
    """
    row = await work.db.fetchrow(_REACH, customer_id, work.now)
    if row is None:
        return None
    return Reach(
        language=row["language"],
        emails=tuple(row["emails"]),
        phones=tuple(dict.fromkeys([*row["phones"], *row["numbers"]])),
    )
