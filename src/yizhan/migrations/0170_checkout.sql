-- Paying through a payment provider: intents, what the provider told, tokens, refunds, settlement.

-- What somebody wants to pay, on its way. Belongs to the customer whose account is credited.
CREATE TABLE checkout_intent (
    customer_id      uuid        NOT NULL,
    id               uuid        NOT NULL,
    account_id       uuid        NOT NULL,
    payer_id         uuid,                  -- the customer who pays; empty: not known, or no customer
    number           text,                  -- the telephone number it was paid for, if by number
    amount           bigint      NOT NULL CHECK (amount > 0),
    refunded         bigint      NOT NULL DEFAULT 0,  -- sent back or on its way back
    means            text        NOT NULL CHECK (means IN ('redirect', 'qr', 'token')),
    token_id         uuid,
    provider         text        NOT NULL,
    order_no         text        NOT NULL UNIQUE,
    key              text        NOT NULL,
    channel          text        NOT NULL,
    state            text        NOT NULL CHECK (state IN
        ('started', 'sent', 'paid', 'held', 'refused', 'expired', 'refunded', 'reversed')),
    reason           text        NOT NULL DEFAULT '',
    redirect_url     text        NOT NULL DEFAULT '',
    qr_text          text        NOT NULL DEFAULT '',
    return_url       text        NOT NULL DEFAULT '',
    started_at       timestamptz NOT NULL,
    started_by       uuid,
    expires_at       timestamptz NOT NULL,
    asked            int         NOT NULL DEFAULT 0,
    provider_no      text,
    provider_paid_at timestamptz,
    settle_date      date,                  -- the provider's day, by which the file is matched
    paid_at          timestamptz,
    payment_id       uuid,                  -- the receipt; none while the money is held
    reversed_at      timestamptz,
    reverse_date     date,
    PRIMARY KEY (customer_id, id),
    CHECK (refunded BETWEEN 0 AND amount)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX checkout_intent_by_key ON checkout_intent (customer_id, key);
CREATE INDEX checkout_intent_settled ON checkout_intent (provider, settle_date)
    WHERE settle_date IS NOT NULL;
CREATE INDEX checkout_intent_reversed ON checkout_intent (provider, reverse_date)
    WHERE reverse_date IS NOT NULL;
CREATE INDEX checkout_intent_of_payer ON checkout_intent (payer_id, id) WHERE payer_id IS NOT NULL;

-- Everything a provider told us, or somebody in its name: kept with what became of it.
CREATE TABLE checkout_notice (
    id          uuid        PRIMARY KEY,
    customer_id uuid        NOT NULL,
    provider    text        NOT NULL,
    received_at timestamptz NOT NULL,
    way         text        NOT NULL CHECK (way IN ('callback', 'query', 'answer')),
    nonce       text,                       -- empty when the signature did not hold
    order_no    text        NOT NULL,
    kind        text        NOT NULL,
    verdict     text        NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    body        text        NOT NULL DEFAULT '',
    address     text        NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX checkout_notice_once ON checkout_notice (provider, nonce)
    WHERE nonce IS NOT NULL;
CREATE INDEX checkout_notice_of_order ON checkout_notice (order_no, received_at);
CREATE INDEX checkout_notice_refused ON checkout_notice (received_at)
    WHERE verdict NOT IN ('taken', 'repeated');

-- Cards and wallets a line may be charged by. The token itself is sealed in the vault.
CREATE TABLE checkout_token (
    customer_id  uuid        NOT NULL,
    id           uuid        NOT NULL,
    line_id      uuid        NOT NULL,
    provider     text        NOT NULL,
    bind_no      text        NOT NULL UNIQUE,
    kind         text        NOT NULL CHECK (kind IN ('card', 'wallet')),
    label        text        NOT NULL DEFAULT '',
    state        text        NOT NULL CHECK (state IN ('waiting', 'bound', 'refused', 'unbound')),
    sealed       bytea,
    asked_at     timestamptz NOT NULL,
    bound_at     timestamptz,
    unbound_at   timestamptz,
    PRIMARY KEY (customer_id, id),
    CHECK ((state = 'bound') <= (sealed IS NOT NULL))
);
CREATE INDEX checkout_token_of_line ON checkout_token (customer_id, line_id) WHERE state = 'bound';

-- Money on its way back to where it came from.
CREATE TABLE checkout_refund (
    customer_id       uuid        NOT NULL,
    id                uuid        NOT NULL,
    intent_id         uuid        NOT NULL,
    account_id        uuid        NOT NULL,
    amount            bigint      NOT NULL CHECK (amount > 0),
    key               text        NOT NULL,
    reason            text        NOT NULL,
    state             text        NOT NULL
                      CHECK (state IN ('waiting', 'sent', 'done', 'failed', 'declined')),
    provider          text        NOT NULL,
    refund_no         text        NOT NULL UNIQUE,
    asked             int         NOT NULL DEFAULT 0,
    requested_by      uuid,
    requested_by_name text        NOT NULL,
    requested_at      timestamptz NOT NULL,
    decided_by        uuid,
    decided_by_name   text,
    decided_at        timestamptz,
    note              text        NOT NULL DEFAULT '',
    provider_no       text,
    settle_date       date,
    done_at           timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX checkout_refund_by_key ON checkout_refund (customer_id, key);
CREATE INDEX checkout_refund_of_intent ON checkout_refund (customer_id, intent_id);
CREATE INDEX checkout_refund_waiting ON checkout_refund (requested_at) WHERE state = 'waiting';
CREATE INDEX checkout_refund_settled ON checkout_refund (provider, settle_date)
    WHERE settle_date IS NOT NULL;

-- A day's settlement file as it came, and what became of it.
CREATE TABLE checkout_settlement (
    provider   text        NOT NULL,
    day        date        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('matched', 'unreadable')),
    reason     text        NOT NULL DEFAULT '',
    file       text        NOT NULL,
    rows       int         NOT NULL DEFAULT 0,
    matched    int         NOT NULL DEFAULT 0,
    theirs_fen bigint      NOT NULL DEFAULT 0,
    ours_fen   bigint      NOT NULL DEFAULT 0,
    runs       int         NOT NULL DEFAULT 1,
    matched_at timestamptz NOT NULL,
    PRIMARY KEY (provider, day)
);

CREATE TABLE checkout_difference (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    provider    text        NOT NULL,
    day         date        NOT NULL,
    kind        text        NOT NULL,
    reference   text        NOT NULL,       -- the number of the order or of the refund
    intent_id   uuid,
    ours_fen    bigint,
    theirs_fen  bigint,
    ours_state  text        NOT NULL DEFAULT '',
    theirs_state text       NOT NULL DEFAULT '',
    found_at    timestamptz NOT NULL,
    gone_at     timestamptz,                -- when a later run did not find it any more
    case_id     uuid,
    case_number text,
    PRIMARY KEY (customer_id, id),
    UNIQUE (provider, day, kind, reference)
);

-- Whom money belongs to until somebody claims it: made when first needed.
CREATE TABLE checkout_unclaimed (
    "only"      boolean PRIMARY KEY DEFAULT true CHECK ("only"),
    customer_id uuid    NOT NULL
);

-- Where a provider's money lies. Its id follows from its name; a test compares.
INSERT INTO ledger_account (customer_id, id, bucket, name, may_overdraw, opened_at)
VALUES ('00000000-0000-0000-0000-000000000000', 'bd4838af-e272-5fbf-991d-c92d71f113b0', 'bank', 'provider', true, now()),
       ('00000000-0000-0000-0000-000000000000', '67292435-6c92-5c45-8d80-7bc4386e2bff', 'suspense', 'provider', true, now())
ON CONFLICT DO NOTHING;

INSERT INTO case_class (code, kind, parent, team, review, follow_up, zh, en) VALUES
    ('order.reconciliation', 'order', 'order', 'billing', false, false, '支付对账差异',
     'Difference in a settlement');

UPDATE staff_role SET revision = revision + 1, permissions = ARRAY(
    SELECT DISTINCT unnest(permissions || string_to_array(granted, ',')) ORDER BY 1)
  FROM (VALUES
    ('agent', 'checkout.start'),
    ('lead', 'checkout.start,checkout.refund'),
    ('manager', 'checkout.start,checkout.refund,checkout.approve'),
    ('finance', 'checkout.refund,checkout.approve,checkout.reconcile'),
    ('clerk', 'checkout.start'),
    ('back_office', 'checkout.reconcile')) AS given (role, granted)
 WHERE name = role;
