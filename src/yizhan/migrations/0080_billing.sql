-- Bills, their lines, and the evidence from which each can be computed again.

-- One bill of an account and period; the key is what makes a run repeatable.
-- Nothing of a bill is ever changed: what came too late stands on the next one.
CREATE TABLE bill (
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    period_start date        NOT NULL,
    period_end   date        NOT NULL CHECK (period_end > period_start),
    id           uuid        NOT NULL,
    number       text        NOT NULL,
    total_fen    bigint      NOT NULL,
    tax_fen      bigint      NOT NULL,  -- contained in the total
    settled_fen  bigint      NOT NULL,  -- paid from the prepaid balance when issued
    issued_at    timestamptz NOT NULL,
    due_date     date        NOT NULL,
    origin       text        NOT NULL CHECK (origin IN ('run', 'import')),
    PRIMARY KEY (customer_id, account_id, period_start)
);

CREATE TABLE bill_line (
    customer_id uuid     NOT NULL,
    bill_id     uuid     NOT NULL,
    position    smallint NOT NULL,
    line_id     uuid,
    kind        text     NOT NULL,
    key         text     NOT NULL,
    item        text     NOT NULL,
    amount_fen  bigint   NOT NULL,
    text_zh     text     NOT NULL,
    text_en     text     NOT NULL,
    facts       jsonb    NOT NULL,
    PRIMARY KEY (customer_id, bill_id, position)
);

-- What a bill was computed from, per line and month: the plan versions held and what was carried
-- (summary), and of every record the rule, the amount and the arithmetic (charges, compressed).
-- A month that was corrected later has another row with the bill that corrected it.
CREATE TABLE bill_evidence (
    customer_id  uuid  NOT NULL,
    bill_id      uuid  NOT NULL,
    account_id   uuid  NOT NULL,
    line_id      uuid  NOT NULL,
    period_start date  NOT NULL,
    total_fen    bigint NOT NULL,
    summary      bytea NOT NULL,
    charges      bytea NOT NULL,
    PRIMARY KEY (customer_id, bill_id, line_id, period_start)
);
ALTER TABLE bill_evidence ALTER charges SET STORAGE EXTERNAL;

CREATE FUNCTION billing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A bill is never rewritten: % on % is refused. Adjust on the next bill.',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bill_append_only BEFORE UPDATE OR DELETE ON bill
    FOR EACH ROW EXECUTE FUNCTION billing_append_only();
CREATE TRIGGER bill_line_append_only BEFORE UPDATE OR DELETE ON bill_line
    FOR EACH ROW EXECUTE FUNCTION billing_append_only();
CREATE TRIGGER bill_evidence_append_only BEFORE UPDATE OR DELETE ON bill_evidence
    FOR EACH ROW EXECUTE FUNCTION billing_append_only();

-- A run bills every account whose period ended in its month. It counts; bills are the truth.
CREATE TABLE bill_run (
    id          uuid        PRIMARY KEY,
    month       date        NOT NULL,
    started_at  timestamptz NOT NULL,
    started_by  text        NOT NULL,
    finished_at timestamptz,
    accounts    int         NOT NULL DEFAULT 0,
    billed      int         NOT NULL DEFAULT 0,
    failed      int         NOT NULL DEFAULT 0,
    total_fen   bigint      NOT NULL DEFAULT 0
);
CREATE INDEX bill_run_recent ON bill_run (started_at DESC);

-- Accounts that could not be billed, why, and what to do. The row goes when the bill comes.
CREATE TABLE bill_failure (
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    period_start date        NOT NULL,
    run_id       uuid        NOT NULL,
    at           timestamptz NOT NULL,
    code         text        NOT NULL,
    reason       text        NOT NULL,
    facts        jsonb       NOT NULL,
    PRIMARY KEY (customer_id, account_id, period_start)
);
CREATE INDEX bill_failure_by_month ON bill_failure (period_start, at);
