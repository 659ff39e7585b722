-- How long personal data is kept, who is under a legal hold, and who is to be forgotten.

-- An operator's own terms; what is not here stands in the rooms' declarations.
CREATE TABLE keeping_term (
    name       text        PRIMARY KEY,
    months     smallint    NOT NULL CHECK (months BETWEEN 1 AND 1200),
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL
);

CREATE TABLE keeping_run (
    id          uuid        PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    name        text        NOT NULL,
    before      timestamptz NOT NULL,
    rows        bigint      NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE INDEX keeping_run_recent ON keeping_run (name, started_at DESC);

CREATE TABLE legal_hold (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    authority   text        NOT NULL CHECK (authority <> ''),
    reference   text        NOT NULL CHECK (reference <> ''),
    reason      text        NOT NULL DEFAULT '',
    placed_at   timestamptz NOT NULL,
    placed_by   text        NOT NULL,
    lifted_at   timestamptz,
    lifted_by   text        NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX legal_hold_open ON legal_hold (placed_at) WHERE lifted_at IS NULL;
CREATE INDEX legal_hold_by_id ON legal_hold (id);

CREATE TABLE erasure (
    customer_id  uuid        NOT NULL,
    id           uuid        NOT NULL,
    asked_at     timestamptz NOT NULL,
    asked_by     text        NOT NULL,
    due_at       timestamptz NOT NULL,
    state        text        NOT NULL CHECK (state IN ('waiting', 'done', 'taken_back')),
    put_off      text        NOT NULL DEFAULT '',
    done_at      timestamptz,
    rows         jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX erasure_waiting ON erasure (customer_id) WHERE state = 'waiting';
CREATE INDEX erasure_by_id ON erasure (id);

UPDATE staff_role SET permissions = permissions || '{privacy.read,privacy.manage}'::text[]
 WHERE name = 'manager' AND NOT 'privacy.read' = ANY (permissions);
UPDATE staff_role SET permissions = permissions || '{privacy.read}'::text[]
 WHERE name = 'admin' AND NOT 'privacy.read' = ANY (permissions);
