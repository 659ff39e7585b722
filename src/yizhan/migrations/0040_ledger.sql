-- The ledger: accounts and the transfers between them. One row is one balanced transfer.

CREATE TABLE ledger_account (
    customer_id     uuid        NOT NULL,  -- the nil UUID for accounts of the house
    id              uuid        NOT NULL,
    account_id      uuid,                  -- the billing account; empty for accounts of the house
    bucket          text        NOT NULL,
    name            text        NOT NULL DEFAULT '',
    unit            text        NOT NULL DEFAULT 'CNY',
    may_overdraw    boolean     NOT NULL,
    opened_at       timestamptz NOT NULL,
    -- Kept for customers only. What the house has is computed: its rows would be hot.
    debits_posted   bigint      NOT NULL DEFAULT 0,
    credits_posted  bigint      NOT NULL DEFAULT 0,
    debits_pending  bigint      NOT NULL DEFAULT 0,
    credits_pending bigint      NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id, id),
    CONSTRAINT ledger_account_never_negative CHECK (
        debits_posted >= 0 AND credits_posted >= 0
        AND debits_pending >= 0 AND credits_pending >= 0),
    CONSTRAINT ledger_account_covered CHECK (
        may_overdraw OR debits_posted + debits_pending <= credits_posted),
    CONSTRAINT ledger_account_house CHECK (
        (account_id IS NULL) = (customer_id = '00000000-0000-0000-0000-000000000000'))
) WITH (fillfactor = 80);

CREATE TABLE ledger_transfer (
    customer_id    uuid        NOT NULL,
    id             uuid        NOT NULL,
    at             timestamptz NOT NULL,
    kind           text        NOT NULL,
    state          text        NOT NULL CHECK (state IN ('pending', 'posted', 'voided')),
    debit_account  uuid        NOT NULL,
    credit_account uuid        NOT NULL,
    amount         bigint      NOT NULL CHECK (amount > 0),
    reserved       bigint,                 -- what a pending transfer held at first
    expires_at     timestamptz,
    settled_at     timestamptz,            -- when a pending one was posted or voided
    key            text        NOT NULL,
    reference      uuid,
    actor_kind     text        NOT NULL,
    actor_id       uuid,
    contact_id     uuid,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, key),
    CHECK (debit_account <> credit_account),
    CHECK ((state = 'posted' AND reserved IS NULL) OR reserved IS NOT NULL)
);
-- The accounts of the house are summed by day; rows arrive in the order of time.
CREATE INDEX ledger_transfer_at ON ledger_transfer USING brin (at) WITH (pages_per_range = 32);

CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'pending' AND NEW.state IN ('posted', 'voided')
       AND NEW.amount <= OLD.amount
       AND (NEW.customer_id, NEW.id, NEW.at, NEW.kind, NEW.debit_account, NEW.credit_account,
            NEW.reserved, NEW.key)
         = (OLD.customer_id, OLD.id, OLD.at, OLD.kind, OLD.debit_account, OLD.credit_account,
            OLD.reserved, OLD.key) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The ledger only grows: % of a % transfer is refused. Post a reversal.',
        TG_OP, coalesce(OLD.state, 'whole') USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_transfer_append_only BEFORE UPDATE OR DELETE ON ledger_transfer
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();

CREATE FUNCTION ledger_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger only grows: it cannot be emptied.'
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_transfer_not_emptied BEFORE TRUNCATE ON ledger_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_not_emptied();
