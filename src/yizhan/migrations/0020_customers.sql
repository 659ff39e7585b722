-- Who the customers are, what they agreed to, how they are found, and who looked at them.
-- Everything is kept by customer_id, the key a distributed PostgreSQL would shard by.

CREATE SEQUENCE customer_number_seq START 1000001;
CREATE SEQUENCE account_number_seq START 1000001;

-- A person or an organisation: the customer himself, or one who belongs to him (a user of a line,
-- an agent with a power of attorney, a guardian).
CREATE TABLE party (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('person', 'organisation')),
    role        text        NOT NULL DEFAULT 'customer'
                            CHECK (role IN ('customer', 'user', 'agent', 'guardian')),
    name        text        NOT NULL CHECK (name <> ''),
    gender      text        CHECK (gender IN ('f', 'm', 'x')),
    birth_date  date,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);

CREATE TABLE customer (
    id         uuid        PRIMARY KEY,
    number     text        NOT NULL UNIQUE,
    party_id   uuid        NOT NULL,
    tier       text        NOT NULL DEFAULT 'none'
                           CHECK (tier IN ('none', 'silver', 'gold', 'diamond')),
    segment    text        NOT NULL DEFAULT 'personal'
                           CHECK (segment IN ('personal', 'family', 'business', 'government')),
    language   text        NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    status     text        NOT NULL DEFAULT 'active'
                           CHECK (status IN ('prospect', 'active', 'closed')),
    since      date        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE contact_point (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    party_id    uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('phone', 'email', 'address', 'fax')),
    value       text        NOT NULL CHECK (value <> ''),
    preferred   boolean     NOT NULL DEFAULT false,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (customer_id, id)
);

-- The number of a document is kept encrypted; `number_hash` finds it, `number_masked` shows it.
CREATE TABLE identity_document (
    customer_id   uuid        NOT NULL,
    id            uuid        NOT NULL,
    party_id      uuid        NOT NULL,
    kind          text        NOT NULL,
    number_cipher bytea       NOT NULL,
    number_hash   bytea       NOT NULL,
    number_masked text        NOT NULL,
    valid_until   date,
    original_seen boolean     NOT NULL,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX identity_document_by_hash ON identity_document (number_hash);

-- What a customer agreed to and took back again; the newest row of a purpose holds.
CREATE TABLE consent (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    purpose     text        NOT NULL,
    granted     boolean     NOT NULL,
    origin      text        NOT NULL,
    at          timestamptz NOT NULL,
    contact_id  uuid,
    actor_name  text        NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX consent_by_purpose ON consent (customer_id, purpose, at DESC, id DESC);

-- What we know of a customer beyond the contract, whence, and under which consent.
CREATE TABLE customer_attribute (
    customer_id uuid        NOT NULL,
    name        text        NOT NULL,
    value       text        NOT NULL,
    origin      text        NOT NULL
                            CHECK (origin IN ('asked', 'document', 'order', 'import', 'inferred')),
    purpose     text,
    at          timestamptz NOT NULL,
    contact_id  uuid,
    PRIMARY KEY (customer_id, name)
);

CREATE TABLE account (
    customer_id      uuid        NOT NULL,
    id               uuid        NOT NULL,
    number           text        NOT NULL,
    name             text        NOT NULL DEFAULT '',
    payment_kind     text        NOT NULL CHECK (payment_kind IN ('postpaid', 'prepaid')),
    cycle_day        smallint    NOT NULL CHECK (cycle_day BETWEEN 1 AND 28),
    currency         text        NOT NULL DEFAULT 'CNY' CHECK (currency ~ '^[A-Z]{3}$'),
    bill_medium      text        NOT NULL DEFAULT 'none'
                                 CHECK (bill_medium IN ('none', 'paper', 'email', 'sms', 'fax')),
    credit_limit_fen bigint      NOT NULL DEFAULT 0 CHECK (credit_limit_fen >= 0),
    status           text        NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'closed')),
    opened_at        timestamptz NOT NULL,
    closed_at        timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX account_by_id ON account (id);
CREATE UNIQUE INDEX account_by_number ON account (number);
CREATE INDEX account_by_cycle ON account (cycle_day, id);

-- One table finds a customer by whatever he can name. Every room keeps its own kinds of key here.
-- Keys are normalised (`customers.search_text`), document numbers are keyed hashes behind a '#'.
CREATE TABLE search_key (
    customer_id uuid NOT NULL,
    kind        text NOT NULL,
    key         text COLLATE "C" NOT NULL,
    label       text NOT NULL,
    ref_id      uuid NOT NULL,
    PRIMARY KEY (customer_id, kind, ref_id, key)
);
CREATE INDEX search_key_by_key ON search_key (key COLLATE "C");

-- Latin names by the middle of a word too, where the extension can be had.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX search_key_by_trigram ON search_key USING gin (key gin_trgm_ops)
        WHERE kind = 'name';
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm is not available (%): names are found from the beginning of a word', SQLERRM;
END
$$;

-- Who looked at which customer's personal data, when, in which contact.
CREATE TABLE read_audit (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    what        text        NOT NULL,
    actor_kind  text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL,
    channel     text        NOT NULL,
    contact_id  uuid,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX read_audit_by_actor ON read_audit (actor_id, at DESC);

-- Data brought from elsewhere: the runs, the keys it had there, and the rows not accepted.
CREATE TABLE import_run (
    id          uuid        PRIMARY KEY,
    kind        text        NOT NULL,
    source      text        NOT NULL,
    started_at  timestamptz NOT NULL,
    finished_at timestamptz,
    rows_read   bigint      NOT NULL DEFAULT 0,
    accepted    bigint      NOT NULL DEFAULT 0,
    duplicates  bigint      NOT NULL DEFAULT 0,
    rejected    bigint      NOT NULL DEFAULT 0,
    totals      jsonb       NOT NULL DEFAULT '{}'
);

CREATE TABLE external_key (
    kind        text NOT NULL,
    key         text COLLATE "C" NOT NULL,
    customer_id uuid NOT NULL,
    ref_id      uuid NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX external_key_by_customer ON external_key (customer_id);

-- `raw` is sealed like a document number, since a bad row may hold one.
CREATE TABLE import_reject (
    id          uuid        PRIMARY KEY,
    run_id      uuid        NOT NULL,
    kind        text        NOT NULL,
    line        bigint      NOT NULL,
    field       text,
    reason      text        NOT NULL,
    reason_zh   text        NOT NULL DEFAULT '',
    raw         bytea       NOT NULL,
    at          timestamptz NOT NULL,
    replayed_at timestamptz
);
CREATE INDEX import_reject_open ON import_reject (kind, id) WHERE replayed_at IS NULL;
