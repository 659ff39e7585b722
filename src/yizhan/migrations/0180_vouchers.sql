-- Recharge cards: batches of secrets that are kept only as keyed hashes, and every try to use one.

CREATE TABLE voucher_batch (
    id           uuid        PRIMARY KEY,
    number       int         NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 10000001) UNIQUE,
    value_fen    bigint      NOT NULL CHECK (value_fen > 0),
    size         int         NOT NULL CHECK (size BETWEEN 1 AND 100000),
    expires_on   date        NOT NULL,           -- the first day the cards are worth nothing
    note         text        NOT NULL,
    liability    uuid        NOT NULL UNIQUE,    -- the ledger account of what was sold and is open
    made         int         NOT NULL DEFAULT 0,
    key          text        NOT NULL UNIQUE,
    ordered_at   timestamptz NOT NULL,
    ordered_by   uuid,
    ordered_name text        NOT NULL,
    printed_at   timestamptz,
    printed_by   uuid,
    printed_name text,
    CHECK (made BETWEEN 0 AND size),
    CHECK (printed_at IS NULL OR made = size)
);

-- One card. The secret is nowhere: only its HMAC under this installation's key.
-- Until somebody uses it a card belongs to nobody: the nil UUID.
CREATE TABLE voucher (
    serial      bigint      PRIMARY KEY,         -- batch number and seven digits of its own
    batch_id    uuid        NOT NULL REFERENCES voucher_batch (id),
    secret_hash bytea       NOT NULL UNIQUE,
    value_fen   bigint      NOT NULL,
    state       text        NOT NULL DEFAULT 'made'
                CHECK (state IN ('made', 'active', 'redeemed', 'voided', 'expired')),
    customer_id uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    account_id  uuid,
    payment_id  uuid,
    receipt     text,
    number      text,
    key         text,
    redeemed_at timestamptz,
    CHECK ((state = 'redeemed') = (payment_id IS NOT NULL))
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX voucher_redeemed_once ON voucher (customer_id, key) WHERE state = 'redeemed';

-- What was made and not yet handed to the printer, sealed. Handing it out deletes it.
CREATE TABLE voucher_print (
    batch_id uuid  NOT NULL REFERENCES voucher_batch (id),
    part     int   NOT NULL,
    sealed   bytea NOT NULL,
    PRIMARY KEY (batch_id, part)
);

-- Cards put into force or out of it, by range.
CREATE TABLE voucher_act (
    id           uuid        PRIMARY KEY,
    batch_id     uuid        NOT NULL REFERENCES voucher_batch (id),
    kind         text        NOT NULL CHECK (kind IN ('activate', 'void', 'expire')),
    first_serial bigint      NOT NULL,
    last_serial  bigint      NOT NULL,
    state        text        NOT NULL CHECK (state IN ('waits', 'done', 'refused')),
    cards        int         NOT NULL,           -- asked for while it waits, then done
    value_fen    bigint      NOT NULL,           -- their face value, the same way
    moved_fen    bigint      NOT NULL DEFAULT 0, -- what moved in the ledger
    note         text        NOT NULL,           -- to whom sold, or why taken out
    key          text        NOT NULL UNIQUE,
    at           timestamptz NOT NULL,
    by_id        uuid,
    by_name      text        NOT NULL,
    decided_at   timestamptz,
    decided_by   uuid,
    decided_name text,
    CHECK (last_serial >= first_serial)
);
CREATE INDEX voucher_act_of_batch ON voucher_act (batch_id, at DESC);
CREATE INDEX voucher_act_waiting ON voucher_act (at) WHERE state = 'waits';

-- Every try to use a card, without what was tried. serial is known where the secret was right.
CREATE TABLE voucher_try (
    customer_id uuid        NOT NULL,            -- whose number was to be credited
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    account_id  uuid        NOT NULL,
    number      text        NOT NULL,
    caller      text,
    outcome     text        NOT NULL,
    serial      bigint,
    actor_kind  text        NOT NULL,
    actor_id    uuid,
    actor_name  text        NOT NULL,
    channel     text        NOT NULL,
    contact_id  uuid,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX voucher_try_of_card ON voucher_try (serial, at) WHERE serial IS NOT NULL;

-- Wrong tries by who makes them and for whom. The row is locked before a try is judged.
CREATE TABLE voucher_guard (
    key          text        PRIMARY KEY,
    tries        int         NOT NULL DEFAULT 0,
    window_ends  timestamptz NOT NULL,
    locked_until timestamptz
);

UPDATE staff_role SET permissions = permissions || added.rights
  FROM (VALUES
    ('agent', '{vouchers.read,vouchers.redeem}'::text[]),
    ('lead', '{vouchers.read,vouchers.redeem,vouchers.unlock}'),
    ('manager', '{vouchers.approve,vouchers.read,vouchers.redeem,vouchers.unlock,vouchers.void}'),
    ('finance', '{vouchers.activate,vouchers.approve,vouchers.make,vouchers.print,vouchers.read,vouchers.void}'),
    ('clerk', '{vouchers.read,vouchers.redeem}'),
    ('back_office', '{vouchers.activate,vouchers.read,vouchers.void}')
  ) AS added (role, rights)
 WHERE staff_role.name = added.role;
