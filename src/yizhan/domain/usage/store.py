"""The tables of this room: records in bulk, the journal, the quarantine, the prefix table."""

import io
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from yizhan.domain.usage.dialling import Dialling, PrefixRow, built_in_rows
from yizhan.kernel.text import Text
from yizhan.platform.db import Connection

LOCK = 7071
LOCK_SLOTS = 4
"""Intakes that may write at the same time. Closing a period waits for all of them."""
_STAGE = """
CREATE TEMP TABLE IF NOT EXISTS usage_stage (
    n int, customer_id uuid, id uuid, at double precision, line_id uuid, quantity bigint,
    amount bigint, class_id smallint, family_rank smallint, sequence int, kind smallint,
    record_key text COLLATE "C", peer text COLLATE "C", partner text, session text COLLATE "C",
    corrects uuid, started_at timestamptz GENERATED ALWAYS AS (to_timestamp(at)) STORED
) ON COMMIT DELETE ROWS
"""
STAGE_COLUMNS = [
    "n",
    "customer_id",
    "id",
    "at",
    "line_id",
    "quantity",
    "amount",
    "class_id",
    "family_rank",
    "sequence",
    "kind",
    "record_key",
    "peer",
    "partner",
    "session",
    "corrects",
]
_KNOWN = """
SELECT s.n, (u.line_id, u.started_at, u.quantity, u.amount, u.class_id, u.peer, u.partner,
             u.session, u.sequence)
            IS NOT DISTINCT FROM
            (s.line_id, s.started_at, s.quantity, s.amount, s.class_id, s.peer, s.partner,
             s.session, s.sequence) AS same
  FROM usage_stage s
  JOIN usage u ON u.customer_id = s.customer_id AND u.id = s.id
 WHERE u.started_at >= $1 AND u.started_at < $2
"""
_FILE = """
WITH filed AS (
    INSERT INTO usage (customer_id, id, started_at, line_id, quantity, amount, intake_id,
                       received_at, class_id, family_rank, sequence, kind, late, record_key, peer,
                       partner, session, corrects)
    SELECT s.customer_id, s.id, s.started_at, s.line_id, s.quantity, s.amount, $1, $2, s.class_id,
           s.family_rank, s.sequence, s.kind,
           coalesce(s.started_at < c.closed_until, false), s.record_key, s.peer, s.partner,
           s.session, s.corrects
      FROM usage_stage s
      LEFT JOIN usage_closed c ON c.customer_id = s.customer_id AND c.line_id = s.line_id
    RETURNING customer_id, line_id, late
)
SELECT count(*) AS filed, count(*) FILTER (WHERE late) AS late,
       array_agg(customer_id) FILTER (WHERE late) AS late_customers,
       array_agg(line_id) FILTER (WHERE late) AS late_lines
  FROM filed
"""


class Original(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is to be corrected."""

    customer_id: UUID
    id: UUID
    at: float
    line_id: UUID
    quantity: int
    amount: int | None
    class_id: int
    family_rank: int
    sequence: int
    peer: str
    partner: str
    session: str
    reversed: bool


# ---------------------------------------------------------------- partitions, classes, locks


async def make_partitions(db: Connection, months: Iterable[date]) -> None:
    """See that there is a partition for each of these months (their first days, UTC)."""
    for month in sorted(months):
        await db.execute("SELECT usage_partition($1)", month)


_INDEXES_OF_A_MONTH = """
SELECT CASE WHEN c.oid IS NULL
       THEN regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX \\S+ ON ONLY \\S+ ',
                           'INDEX ON ' || $1::text || ' ')
       ELSE 'ALTER TABLE ' || $1::text || ' ADD ' || pg_get_constraintdef(c.oid) END AS sql
  FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
 WHERE i.indrelid = 'usage'::regclass
"""
"""The same indexes for the table of a month as all records have."""


async def begin_month(db: Connection, month: date) -> bool:
    """Make the table of a month without attaching it yet; False when the month is there."""
    part = f"usage_{month:%Y_%m}"
    if await db.fetchval("SELECT to_regclass($1)", part) is not None:
        return False
    await db.execute(f"CREATE TABLE {part} (LIKE usage INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
    return True


async def index_month(db: Connection, month: date) -> None:
    """Build the indexes of a month that is not attached yet, and learn how its rows are spread."""
    part = f"usage_{month:%Y_%m}"
    for statement in await db.fetch(_INDEXES_OF_A_MONTH, part):
        await db.execute(statement["sql"])
    await db.execute(f"ANALYZE {part}")


async def attach_month(db: Connection, month: date) -> None:
    """Make the table of a month part of the records; indexes it has are kept, others built."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    await db.execute(
        f"ALTER TABLE usage ATTACH PARTITION usage_{month:%Y_%m}"
        f" FOR VALUES FROM ('{month} 00:00:00+00') TO ('{following} 00:00:00+00')"
    )


async def class_ids(db: Connection) -> dict[str, int]:
    """The classes known so far: code -> id."""
    return {row["code"]: row["id"] for row in await db.fetch("SELECT code, id FROM usage_class")}


async def add_classes(db: Connection, codes: Collection[str]) -> None:
    """Give new classes their ids."""
    await db.execute(
        "INSERT INTO usage_class (code) SELECT unnest($1::text[]) ON CONFLICT (code) DO NOTHING",
        sorted(codes),
    )


async def lock_filing(db: Connection, slot: int) -> None:
    """Write records: not while a period is being closed, nor beside one in the same slot."""
    await db.execute("SELECT pg_advisory_xact_lock($1, $2)", LOCK, slot % LOCK_SLOTS)


async def lock_closing(db: Connection) -> None:
    """Close periods: not while records are being written; other closings may go on."""
    await db.execute(
        "SELECT pg_advisory_xact_lock_shared($1, slot) FROM generate_series(0, $2) slot",
        LOCK,
        LOCK_SLOTS - 1,
    )


# ---------------------------------------------------------------- records


async def stage(db: Connection, rows: Sequence[str]) -> None:
    """Put rows (text of COPY, columns as ``STAGE_COLUMNS``) beside the table."""
    await db.execute(_STAGE)
    data = io.BytesIO("".join(rows).encode())
    await db.copy_to_table("usage_stage", source=data, columns=STAGE_COLUMNS, format="text")


async def known(db: Connection, low: datetime, high: datetime) -> dict[int, bool]:
    """Staged rows whose record is here already -> whether it says the same."""
    # Joins by hash or merge would read whole partitions; the key's index is all that is needed.
    await db.execute("SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off")
    rows = await db.fetch(_KNOWN, low, high)
    await db.execute("SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on")
    return {row["n"]: row["same"] for row in rows}


async def unstage(db: Connection, numbers: Collection[int]) -> None:
    """Take rows off the stage."""
    await db.execute("DELETE FROM usage_stage WHERE n = ANY($1::int[])", list(numbers))


async def file_staged(
    db: Connection, intake_id: UUID, now: datetime
) -> tuple[int, dict[tuple[UUID, UUID], int]]:
    """Make what is staged part of the records: how many, and how many late ones by line."""
    row = await db.fetchrow(_FILE, intake_id, now)
    await db.execute("DELETE FROM usage_stage")
    late: dict[tuple[UUID, UUID], int] = {}
    for key in zip(row["late_customers"] or (), row["late_lines"] or (), strict=True):
        late[key] = late.get(key, 0) + 1
    return row["filed"], late


async def parts_of_sessions(
    db: Connection, lines: Sequence[UUID], sessions: Sequence[str]
) -> dict[tuple[UUID, str], dict[int, UUID]]:
    """The parts that are here of these sessions: (line, session) -> sequence -> record."""
    rows = await db.fetch(
        "SELECT u.line_id, u.session, u.sequence, u.id FROM usage u"
        " JOIN (SELECT DISTINCT * FROM unnest($1::uuid[], $2::text[]) AS t (line_id, session)) s"
        " ON u.line_id = s.line_id AND u.session = s.session"
        " WHERE u.kind <> 1 AND u.reversed_at IS NULL AND u.session <> ''",
        lines,
        sessions,
    )
    found: dict[tuple[UUID, str], dict[int, UUID]] = {}
    for row in rows:
        found.setdefault((row["line_id"], row["session"]), {})[row["sequence"]] = row["id"]
    return found


async def find_original(db: Connection, customer_id: UUID, record_id: UUID) -> Original | None:
    """A record by its id."""
    row = await db.fetchrow(
        "SELECT customer_id, id, extract(epoch FROM started_at)::float8 AS at, line_id, quantity,"
        " amount, class_id, family_rank, sequence, peer, partner, session,"
        " reversed_at IS NOT NULL AS reversed"
        " FROM usage WHERE customer_id = $1 AND id = $2 AND kind <> 1",
        customer_id,
        record_id,
    )
    return None if row is None else Original(**dict(row))


async def exists(db: Connection, customer_id: UUID, record_id: UUID) -> bool:
    """Whether there is such a record, of whatever kind."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM usage WHERE customer_id = $1 AND id = $2)",
            customer_id,
            record_id,
        )
    )


async def mark_reversed(db: Connection, customer_id: UUID, record_id: UUID, now: datetime) -> None:
    """Note on a record that a reversal of it was filed."""
    await db.execute(
        "UPDATE usage SET reversed_at = $3 WHERE customer_id = $1 AND id = $2",
        customer_id,
        record_id,
        now,
    )


# ---------------------------------------------------------------- periods, prefixes


async def close_lines(
    db: Connection, customer_id: UUID, line_ids: Collection[UUID], until: datetime
) -> None:
    """Note up to when these lines' usage has been billed; it never goes back."""
    await db.execute(
        "INSERT INTO usage_closed (customer_id, line_id, closed_until)"
        " SELECT $1, unnest($2::uuid[]), $3 ON CONFLICT (customer_id, line_id) DO UPDATE"
        " SET closed_until = greatest(usage_closed.closed_until, excluded.closed_until)",
        customer_id,
        list(line_ids),
        until,
    )


async def close_many(db: Connection, lines: Collection[tuple[UUID, UUID]], until: datetime) -> None:
    """The same for lines (customer, line) of many customers."""
    await db.execute(
        "INSERT INTO usage_closed (customer_id, line_id, closed_until)"
        " SELECT c, l, $3 FROM unnest($1::uuid[], $2::uuid[]) AS t (c, l) ORDER BY c, l"
        " ON CONFLICT (customer_id, line_id) DO UPDATE"
        " SET closed_until = greatest(usage_closed.closed_until, excluded.closed_until)",
        [customer_id for customer_id, _ in lines],
        [line_id for _, line_id in lines],
        until,
    )


async def put_prefix(db: Connection, row: PrefixRow) -> None:
    """Add a prefix, or put it in place of the one that begins on the same day."""
    await db.execute(
        "INSERT INTO usage_prefix (prefix, valid_from, valid_to, kind, zone, net, area, name_zh,"
        " name_en) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (prefix, valid_from) DO UPDATE SET valid_to = excluded.valid_to,"
        " kind = excluded.kind, zone = excluded.zone, net = excluded.net, area = excluded.area,"
        " name_zh = excluded.name_zh, name_en = excluded.name_en",
        row.prefix,
        row.valid_from or date.min,
        row.valid_to,
        row.kind,
        row.zone,
        row.net,
        row.area,
        row.name.zh,
        row.name.en,
    )


async def prefix_version(db: Connection) -> str:
    """Changes whenever the operator's own prefixes do."""
    return str(
        await db.fetchval(
            "SELECT coalesce(md5(string_agg(p::text, '|' ORDER BY prefix, valid_from)), '')"
            " FROM usage_prefix p"
        )
    )


async def settle(
    db: Connection, customer_id: UUID, line_id: UUID, ids: Collection[UUID], now: datetime
) -> None:
    """Note that late records have been adjusted for."""
    await db.execute(
        "UPDATE usage SET settled_at = $4 WHERE customer_id = $1 AND line_id = $2"
        " AND id = ANY($3::uuid[]) AND late AND settled_at IS NULL",
        customer_id,
        line_id,
        list(ids),
        now,
    )


async def list_prefixes(db: Connection) -> list[PrefixRow]:
    """The operator's own prefixes, the newest of each first."""
    rows = await db.fetch(
        "SELECT prefix, valid_from, valid_to, kind, zone, net, area, name_zh, name_en"
        " FROM usage_prefix ORDER BY prefix, valid_from DESC"
    )
    return [
        PrefixRow(
            prefix=row["prefix"],
            valid_from=None if row["valid_from"] == date.min else row["valid_from"],
            valid_to=row["valid_to"],
            kind=row["kind"],
            zone=row["zone"],
            net=row["net"],
            area=row["area"],
            name=Text(row["name_zh"], row["name_en"]),
        )
        for row in rows
    ]


async def dialling(db: Connection, *, tz: ZoneInfo, own: str) -> Dialling:
    """The prefix table: the built-in rows, before them the operator's own."""
    return Dialling([*await list_prefixes(db), *built_in_rows()], tz=tz, own=own)


def month_of(at: float) -> date:
    """The first day of the month in which an epoch second lies, UTC."""
    return datetime.fromtimestamp(at, UTC).date().replace(day=1)
