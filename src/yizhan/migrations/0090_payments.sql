-- Money at the desk: tills, receipts, and adjustments that two people sign.

CREATE TABLE till (
    staff_id uuid PRIMARY KEY,
    code     int  NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE
);

-- A cash drawer on a day. Its counter is what makes receipts gapless.
CREATE TABLE till_day (
    staff_id    uuid        NOT NULL,
    day         date        NOT NULL,
    code        int         NOT NULL,
    last_number int         NOT NULL DEFAULT 0,
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    PRIMARY KEY (staff_id, day)
) WITH (fillfactor = 50);

-- One receipt. Its id is the id of its transfer in the ledger. Rows are never changed.
CREATE TABLE payment (
    customer_id   uuid        NOT NULL,
    id            uuid        NOT NULL,
    account_id    uuid        NOT NULL,
    at            timestamptz NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('payment', 'reversal')),
    method        text        NOT NULL,
    bucket        text        NOT NULL,
    amount        bigint      NOT NULL CHECK (amount > 0),
    balance_after bigint      NOT NULL,  -- credits less debits of that bucket
    till_id       uuid        NOT NULL,
    day           date        NOT NULL,
    till_code     int         NOT NULL,
    number        int         NOT NULL,
    reverses      uuid,
    reason        text,
    actor_id      uuid,
    actor_name    text        NOT NULL,
    contact_id    uuid,
    PRIMARY KEY (customer_id, id),
    CHECK ((kind = 'reversal') = (reverses IS NOT NULL))
);
CREATE INDEX payment_by_receipt ON payment (till_id, day, number);
CREATE UNIQUE INDEX payment_reversed_once ON payment (customer_id, reverses)
    WHERE reverses IS NOT NULL;

-- A credit or debit note on its way to, or after, a second person's decision.
CREATE TABLE adjustment (
    customer_id       uuid        NOT NULL,
    id                uuid        NOT NULL,
    account_id        uuid        NOT NULL,
    direction         text        NOT NULL CHECK (direction IN ('credit', 'debit')),
    amount            bigint      NOT NULL CHECK (amount > 0),
    reason            text        NOT NULL,
    note              text        NOT NULL,
    bill_id           uuid,
    key               text        NOT NULL,
    state             text        NOT NULL
                      CHECK (state IN ('requested', 'approved', 'refused', 'expired')),
    requested_by      uuid,
    requested_by_name text        NOT NULL,
    requested_at      timestamptz NOT NULL,
    deadline          timestamptz NOT NULL,
    decided_by        uuid,
    decided_by_name   text,
    decided_at        timestamptz,
    decision_note     text,
    transfer_id       uuid,
    contact_id        uuid,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, key),
    CHECK ((state = 'approved') = (transfer_id IS NOT NULL))
);
CREATE INDEX adjustment_waiting ON adjustment (deadline) WHERE state = 'requested';

-- The one decision of the house that lives in SQL, for speed: the posting of a payment. In one
-- round trip it finds the account, writes the transfer once for its key, moves the balance, takes
-- the next receipt number of the till, writes the receipt, the event and the jobs that react.
--
-- outcome: 'posted'; 'repeated' when the key had done the same before (nothing is written again);
-- 'conflict' when it had done something else; 'no_account', 'account_closed', 'till_closed'.
-- p_receivable and p_prepaid are the ledger accounts of the billing account, p_cash the till's.
CREATE FUNCTION post_payment(
    p_id uuid, p_event_id uuid, p_account_id uuid, p_receivable uuid, p_prepaid uuid,
    p_cash uuid, p_till_id uuid, p_day date, p_amount bigint, p_key text, p_method text,
    p_now timestamptz, p_actor_kind text, p_actor_id uuid, p_actor_name text, p_channel text,
    p_contact_id uuid, p_job_ids uuid[], p_job_kinds text[],
    OUT outcome text, OUT id uuid, OUT customer_id uuid, OUT account_id uuid, OUT at timestamptz,
    OUT method text, OUT bucket text, OUT amount bigint, OUT balance_after bigint,
    OUT till_id uuid, OUT day date, OUT till_code int, OUT number int, OUT actor_name text
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_payment_kind text;
    v_status       text;
    v_ledger       uuid;
    v_closed_at    timestamptz;
    v_transfer     ledger_transfer%ROWTYPE;
BEGIN
    SELECT a.customer_id, a.payment_kind, a.status INTO customer_id, v_payment_kind, v_status
      FROM account a WHERE a.id = p_account_id;
    IF NOT FOUND THEN
        outcome := 'no_account'; RETURN;
    END IF;
    IF v_payment_kind = 'prepaid' THEN
        bucket := 'prepaid'; v_ledger := p_prepaid;
    ELSE
        bucket := 'receivable'; v_ledger := p_receivable;
    END IF;

    INSERT INTO ledger_transfer (customer_id, id, at, kind, state, debit_account, credit_account,
                                 amount, key, reference, actor_kind, actor_id, contact_id)
    VALUES (customer_id, p_id, p_now, 'payment', 'posted', p_cash, v_ledger,
            p_amount, 'payment:' || p_key, p_id, p_actor_kind, p_actor_id, p_contact_id)
    ON CONFLICT (customer_id, key) DO NOTHING;
    IF NOT FOUND THEN
        SELECT t.* INTO v_transfer FROM ledger_transfer t
         WHERE t.customer_id = post_payment.customer_id AND t.key = 'payment:' || p_key;
        IF v_transfer.amount <> p_amount OR v_transfer.credit_account <> v_ledger THEN
            outcome := 'conflict'; RETURN;
        END IF;
        SELECT 'repeated', p.id, p.account_id, p.at, p.method, p.bucket, p.amount,
               p.balance_after, p.till_id, p.day, p.till_code, p.number, p.actor_name
          INTO outcome, id, account_id, at, method, bucket, amount,
               balance_after, till_id, day, till_code, number, actor_name
          FROM payment p
         WHERE p.customer_id = post_payment.customer_id AND p.id = v_transfer.id;
        RETURN;
    END IF;
    IF v_status <> 'active' AND v_payment_kind = 'prepaid' THEN
        RAISE EXCEPTION 'account_closed' USING ERRCODE = 'YZ001';
    END IF;

    INSERT INTO ledger_account AS l (customer_id, id, account_id, bucket, may_overdraw, opened_at,
                                     credits_posted)
    VALUES (customer_id, v_ledger, p_account_id, bucket, bucket = 'receivable', p_now, p_amount)
    ON CONFLICT (customer_id, id)
        DO UPDATE SET credits_posted = l.credits_posted + excluded.credits_posted
    RETURNING l.credits_posted - l.debits_posted INTO balance_after;

    UPDATE till_day d SET last_number = d.last_number + 1
     WHERE d.staff_id = p_till_id AND d.day = p_day
    RETURNING d.code, d.last_number, d.closed_at INTO till_code, number, v_closed_at;
    IF NOT FOUND THEN
        INSERT INTO till (staff_id) VALUES (p_till_id) ON CONFLICT (staff_id) DO NOTHING;
        INSERT INTO ledger_account (customer_id, id, bucket, name, may_overdraw, opened_at)
        VALUES ('00000000-0000-0000-0000-000000000000', p_cash, 'cash',
                p_till_id || '/' || p_day, true, p_now)
        ON CONFLICT (customer_id, id) DO NOTHING;
        INSERT INTO till_day AS d (staff_id, day, code, last_number, opened_at)
        SELECT p_till_id, p_day, t.code, 1, p_now FROM till t WHERE t.staff_id = p_till_id
        ON CONFLICT (staff_id, day) DO UPDATE SET last_number = d.last_number + 1
        RETURNING d.code, d.last_number, d.closed_at INTO till_code, number, v_closed_at;
    END IF;
    IF v_closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'till_closed' USING ERRCODE = 'YZ001';
    END IF;

    outcome := 'posted'; id := p_id; account_id := p_account_id; at := p_now;
    method := p_method; amount := p_amount; till_id := p_till_id; day := p_day;
    actor_name := p_actor_name;
    INSERT INTO payment (customer_id, id, account_id, at, kind, method, bucket, amount,
                         balance_after, till_id, day, till_code, number, actor_id, actor_name,
                         contact_id)
    VALUES (customer_id, p_id, p_account_id, p_now, 'payment', p_method, bucket, p_amount,
            balance_after, p_till_id, p_day, till_code, number, p_actor_id, p_actor_name,
            p_contact_id);
    INSERT INTO event (id, customer_id, at, name, actor_kind, actor_id, actor_name, channel,
                       contact_id, payload)
    VALUES (p_event_id, customer_id, p_now, 'payments.payment_taken', p_actor_kind, p_actor_id,
            p_actor_name, p_channel, p_contact_id,
            jsonb_build_object('payment_id', p_id, 'account_id', p_account_id, 'bucket', bucket,
                'amount_fen', p_amount, 'balance_fen', balance_after, 'method', p_method,
                'receipt', to_char(p_day, 'YYYYMMDD') || '-' || lpad(till_code::text, 4, '0')
                    || '-' || lpad(number::text, 5, '0')));
    IF cardinality(p_job_ids) > 0 THEN
        INSERT INTO job (id, kind, args, run_at, priority)
        SELECT j.id, j.kind,
               jsonb_build_object('event_id', p_event_id, 'customer_id', customer_id), p_now, 10
          FROM unnest(p_job_ids, p_job_kinds) AS j (id, kind);
    END IF;
END $$;
