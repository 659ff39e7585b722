-- The event log, the job table: what every room stands on.

CREATE TABLE event (
    id          uuid        NOT NULL,
    customer_id uuid        NOT NULL,
    at          timestamptz NOT NULL,
    name        text        NOT NULL,
    actor_kind  text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL DEFAULT '',
    channel     text        NOT NULL,
    contact_id  uuid,
    payload     jsonb       NOT NULL,
    txid        xid8        NOT NULL DEFAULT pg_current_xact_id(),
    PRIMARY KEY (customer_id, id)
);
-- Followers read in the order of transactions.
CREATE INDEX event_by_transaction ON event (txid, id);
CREATE INDEX event_by_contact ON event (contact_id, id) WHERE contact_id IS NOT NULL;

CREATE TABLE job (
    id          uuid        PRIMARY KEY,
    kind        text        NOT NULL,
    args        jsonb       NOT NULL,
    run_at      timestamptz NOT NULL,
    priority    int         NOT NULL DEFAULT 0,
    key         text,
    attempts    int         NOT NULL DEFAULT 0,
    lease_until timestamptz,
    last_error  text,
    failed_at   timestamptz
);
CREATE INDEX job_due ON job (run_at) WHERE failed_at IS NULL;
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key IS NOT NULL;
