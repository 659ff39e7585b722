-- Invoices: numbered without a gap, never for more than was paid, never changed once issued.

-- The next number of a year. Whoever issues holds the row until the act ends: that is what makes
-- the numbers gapless.
CREATE TABLE invoice_series (
    year        smallint PRIMARY KEY,
    last_number int      NOT NULL CHECK (last_number >= 0)
);

-- blue: an invoice; red: the one that takes a blue one back, by the same amount.
CREATE TABLE invoice (
    customer_id    uuid        NOT NULL,
    id             uuid        NOT NULL,
    account_id     uuid        NOT NULL,
    colour         text        NOT NULL CHECK (colour IN ('blue', 'red')),
    year           smallint    NOT NULL,
    number         int         NOT NULL CHECK (number > 0),
    issued_at      timestamptz NOT NULL,
    subject        text        NOT NULL CHECK (subject IN ('bill', 'payment')),
    subject_id     uuid        NOT NULL,
    subject_number text        NOT NULL,
    title_kind     text        NOT NULL CHECK (title_kind IN ('personal', 'company')),
    title          text        NOT NULL CHECK (title <> ''),
    taxpayer       text        NOT NULL DEFAULT '',
    amount_fen     bigint      NOT NULL CHECK (amount_fen > 0),
    tax_fen        bigint      NOT NULL CHECK (tax_fen BETWEEN 0 AND amount_fen),
    reverses       uuid,
    reason         text        NOT NULL DEFAULT '',
    key            text        NOT NULL,
    actor_id       uuid,
    actor_name     text        NOT NULL,
    contact_id     uuid,
    PRIMARY KEY (customer_id, id),
    UNIQUE (year, number),
    UNIQUE (customer_id, key),
    CHECK ((colour = 'red') = (reverses IS NOT NULL)),
    CHECK ((title_kind = 'company') = (taxpayer <> ''))
);
CREATE UNIQUE INDEX invoice_reversed_once ON invoice (customer_id, reverses)
    WHERE reverses IS NOT NULL;

CREATE FUNCTION invoice_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An invoice is never rewritten: % is refused. Issue a red one.', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER invoice_append_only BEFORE UPDATE OR DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_append_only();

-- Money that was paid and went back to where it came from: it carries no invoice any more.
-- Its id is that of the refund, or of the payment the provider took back.
CREATE TABLE invoice_money_back (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    account_id  uuid        NOT NULL,
    amount_fen  bigint      NOT NULL CHECK (amount_fen >= 0),
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);
INSERT INTO invoice_money_back (customer_id, id, account_id, amount_fen, at)
SELECT customer_id, (payload ->> 'refund_id')::uuid, (payload ->> 'account_id')::uuid,
       (payload ->> 'amount_fen')::bigint, at
  FROM event e WHERE name = 'checkout.refund_sent' AND NOT EXISTS (
       SELECT FROM event f WHERE f.customer_id = e.customer_id AND f.name = 'checkout.refund_failed'
          AND f.payload ->> 'refund_id' = e.payload ->> 'refund_id')
UNION ALL
SELECT customer_id, (payload ->> 'intent_id')::uuid, (payload ->> 'account_id')::uuid,
       (payload ->> 'amount_fen')::bigint, at
  FROM event WHERE name = 'checkout.payment_taken_back'
ON CONFLICT DO NOTHING;

UPDATE staff_role SET permissions = permissions || '{invoices.read,invoices.issue}'::text[]
 WHERE name IN ('agent', 'lead', 'manager', 'finance', 'clerk', 'back_office')
   AND NOT 'invoices.read' = ANY (permissions);
UPDATE staff_role SET permissions = permissions || '{invoices.void}'::text[]
 WHERE name IN ('lead', 'manager', 'finance') AND NOT 'invoices.void' = ANY (permissions);

-- A bill can come with its letter, and a message knows what is enclosed: bill/ID, invoice/ID.
ALTER TABLE account ADD COLUMN bill_enclosed boolean NOT NULL DEFAULT true;
ALTER TABLE message ADD COLUMN enclosed text NOT NULL DEFAULT '';

INSERT INTO message_template
    (name, version, label_zh, label_en, kind, channels, lifetime_minutes, limit_count, subject_zh,
     subject_en, text_zh, text_en, facts) VALUES
    ('invoice_issued', 1, '发票已开具', 'Invoice issued', 'transactional', '{email}', 20160, 0,
     '发票 {number}：{amount_fen} 元', 'Invoice {number}: {amount_fen} yuan',
     '您的发票 {number} 已开具，金额 {amount_fen} 元，见附件。',
     'Your invoice {number} over {amount_fen} yuan is enclosed.',
     '{"number": "2026-00000012", "amount_fen": 10800}');
