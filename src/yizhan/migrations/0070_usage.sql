-- Usage records as they came from the network, their classes, and what could not be taken in.

-- Canonical classes (tariff.classify), a few hundred rows; records carry the small id.
CREATE TABLE usage_class (
    id   smallint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    code text     NOT NULL UNIQUE
);

-- One row is one record. Rows are never changed but for being marked reversed or settled.
-- Partitions are calendar months in UTC and are made on demand (usage_partition).
CREATE TABLE usage (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    started_at  timestamptz NOT NULL,
    line_id     uuid        NOT NULL,
    quantity    bigint      NOT NULL CHECK (quantity >= 0),
    amount      bigint,
    intake_id   uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    class_id    smallint    NOT NULL,
    family_rank smallint    NOT NULL DEFAULT 0,
    sequence    integer     NOT NULL DEFAULT 0,
    kind        smallint    NOT NULL DEFAULT 0,  -- 0 as received, 1 reversal, 2 replacement
    late        boolean     NOT NULL DEFAULT false,
    record_key  text        COLLATE "C" NOT NULL,
    peer        text        COLLATE "C" NOT NULL DEFAULT '',
    partner     text        NOT NULL DEFAULT '',
    session     text        COLLATE "C" NOT NULL DEFAULT '',
    corrects    uuid,
    reversed_at timestamptz,
    settled_at  timestamptz,
    PRIMARY KEY (customer_id, id, started_at)
) PARTITION BY RANGE (started_at);
COMMENT ON COLUMN usage.started_at IS 'Event time: moment of answer, or start.';
COMMENT ON COLUMN usage.quantity IS 'Seconds, messages, bytes or items, by the service of the class.';
COMMENT ON COLUMN usage.amount IS 'Fen: a partner''s own price.';
COMMENT ON COLUMN usage.late IS 'Came, or was reversed, after its period was closed.';
COMMENT ON COLUMN usage.settled_at IS 'When billing adjusted for a late record.';
CREATE INDEX usage_of_line ON usage (line_id, started_at);
CREATE INDEX usage_session ON usage (line_id, session) WHERE session <> '';
CREATE INDEX usage_late ON usage (customer_id, line_id) WHERE late AND settled_at IS NULL;

CREATE FUNCTION usage_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part text := 'usage_' || to_char(month, 'YYYY_MM');
BEGIN
    IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
    PERFORM pg_advisory_xact_lock(7070, extract(year FROM month)::int * 12
                                        + extract(month FROM month)::int);
    IF to_regclass(part) IS NOT NULL THEN RETURN; END IF;
    -- Made apart and attached: attaching does not stop readers, creating in place would.
    EXECUTE format('CREATE TABLE %I (LIKE usage INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE usage ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
                   month::text || ' 00:00:00+00',
                   (month + interval '1 month')::date::text || ' 00:00:00+00');
END $$;

-- Up to when each line's usage has been billed. Later records before it are late.
CREATE TABLE usage_closed (
    customer_id  uuid        NOT NULL,
    line_id      uuid        NOT NULL,
    closed_until timestamptz NOT NULL,
    PRIMARY KEY (customer_id, line_id)
);
CREATE INDEX usage_closed_line ON usage_closed (line_id);

-- Mapping files as they were when used, so that a replay reads rows as they were first read.
CREATE TABLE usage_mapping (
    hash     text        PRIMARY KEY,
    name     text        NOT NULL,
    body     text        NOT NULL,
    first_at timestamptz NOT NULL
);

-- The journal: one row a file, moved forward in the transaction of each batch.
CREATE TABLE usage_intake (
    id           uuid        PRIMARY KEY,
    source       text        NOT NULL,
    file         text        NOT NULL,
    fingerprint  text,
    size_bytes   bigint,
    mapping_hash text        NOT NULL REFERENCES usage_mapping,
    given        jsonb       NOT NULL DEFAULT '{}',
    state        text        NOT NULL CHECK (state IN ('running', 'finished', 'stopped')),
    started_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    finished_at  timestamptz,
    offset_bytes bigint      NOT NULL DEFAULT 0,
    rows_read    bigint      NOT NULL DEFAULT 0,
    accepted     bigint      NOT NULL DEFAULT 0,
    duplicates   bigint      NOT NULL DEFAULT 0,
    quarantined  bigint      NOT NULL DEFAULT 0,
    late         bigint      NOT NULL DEFAULT 0,
    corrected    bigint      NOT NULL DEFAULT 0,
    CHECK (rows_read = accepted + duplicates + quarantined)
);
CREATE INDEX usage_intake_fingerprint ON usage_intake (source, fingerprint);
CREATE INDEX usage_intake_recent ON usage_intake (started_at DESC);

-- Rows that could not be taken in, as received. The same row again is counted, not repeated.
CREATE TABLE usage_quarantine (
    id           uuid        PRIMARY KEY,
    customer_id  uuid,
    source       text        NOT NULL,
    raw_hash     text        NOT NULL,
    intake_id    uuid        NOT NULL,
    row_number   bigint      NOT NULL,
    offset_bytes bigint      NOT NULL,
    mapping_hash text        NOT NULL REFERENCES usage_mapping,
    given        jsonb       NOT NULL DEFAULT '{}',
    header       jsonb,
    reason       text        NOT NULL,
    field        text        NOT NULL DEFAULT '',
    facts        jsonb       NOT NULL DEFAULT '{}',
    raw          bytea       NOT NULL,
    edited       text,
    state        text        NOT NULL DEFAULT 'open'
                 CHECK (state IN ('open', 'replayed', 'dismissed')),
    times        integer     NOT NULL DEFAULT 1,
    received_at  timestamptz NOT NULL,
    decided_at   timestamptz,
    decided_by   text        NOT NULL DEFAULT '',
    note         text        NOT NULL DEFAULT '',
    UNIQUE (source, raw_hash)
);
CREATE INDEX usage_quarantine_open ON usage_quarantine (reason, id) WHERE state = 'open';
CREATE INDEX usage_quarantine_intake ON usage_quarantine (intake_id, row_number);

-- Numbers' homes and zones that the operator adds to, or puts in place of, the built-in table.
CREATE TABLE usage_prefix (
    prefix     text NOT NULL CHECK (prefix ~ '^[0-9]{1,15}$'),
    valid_from date NOT NULL DEFAULT '0001-01-01',
    valid_to   date,
    kind       text NOT NULL CHECK (kind IN ('area', 'mobile', 'intl', 'special')),
    zone       text NOT NULL,
    net        text NOT NULL,
    area       text NOT NULL DEFAULT '',
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    PRIMARY KEY (prefix, valid_from),
    CHECK (valid_to IS NULL OR valid_from < valid_to)
);
