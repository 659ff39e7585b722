-- The shop: goods, places, stock, what was ordered, and every movement of a thing.

CREATE TABLE shop_goods (
    code            text    PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind IN ('handset', 'sim', 'accessory')),
    name_zh         text    NOT NULL,
    name_en         text    NOT NULL,
    words_zh        text    NOT NULL,
    words_en        text    NOT NULL,
    points_zh       text[]  NOT NULL,       -- what it can do, a line each
    points_en       text[]  NOT NULL,
    picture         text    NOT NULL,       -- which of our drawings
    colour          text    NOT NULL,
    price_fen       bigint  NOT NULL CHECK (price_fen > 0),
    contract_fen    bigint  CHECK (contract_fen > 0 AND contract_fen < price_fen),
    contract_plan   text,
    contract_months int     CHECK (contract_months BETWEEN 1 AND 60),
    sale_from       date    NOT NULL,
    sale_to         date,                   -- the first day it is not sold any more
    rank            int     NOT NULL DEFAULT 100,
    CHECK ((contract_fen IS NULL) = (contract_plan IS NULL)),
    CHECK ((contract_fen IS NULL) = (contract_months IS NULL)),
    CHECK (sale_to > sale_from)
);

CREATE TABLE shop_place (
    code       text    PRIMARY KEY,
    kind       text    NOT NULL CHECK (kind IN ('warehouse', 'shop')),
    name_zh    text    NOT NULL,
    name_en    text    NOT NULL,
    address_zh text    NOT NULL,
    address_en text    NOT NULL,
    rank       int     NOT NULL DEFAULT 100
);

-- What lies where. The two CHECKs are the last word on selling nothing twice.
CREATE TABLE shop_stock (
    place    text NOT NULL REFERENCES shop_place (code),
    goods    text NOT NULL REFERENCES shop_goods (code),
    on_hand  int  NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved int  NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    PRIMARY KEY (place, goods),
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 70);

CREATE SEQUENCE shop_order_sequence;

CREATE TABLE shop_order (
    customer_id     uuid        NOT NULL,
    id              uuid        NOT NULL,
    number          text        NOT NULL UNIQUE,
    state           text        NOT NULL CHECK (state IN
        ('ordered', 'paid', 'packed', 'sent', 'handed_over', 'returned', 'cancelled')),
    account_id      uuid        NOT NULL,
    line_id         uuid,                   -- whose plan the contract changes
    amount_fen      bigint      NOT NULL CHECK (amount_fen > 0),
    means           text        NOT NULL CHECK (means IN ('online', 'account')),
    delivery        text        NOT NULL CHECK (delivery IN ('post', 'pickup')),
    place           text        NOT NULL REFERENCES shop_place (code),
    receiver        text        NOT NULL,
    phone           text        NOT NULL,
    address         text        NOT NULL,
    pickup_code     text        NOT NULL,
    summary_zh      text        NOT NULL,
    summary_en      text        NOT NULL,
    key             text        NOT NULL,
    channel         text        NOT NULL,
    placed_at       timestamptz NOT NULL,
    held_until      timestamptz NOT NULL,
    intent_id       uuid,                   -- the payment under way, then the one that paid
    paid_at         timestamptz,
    plan_order_id   uuid,
    packed_at       timestamptz,
    sent_at         timestamptz,
    parcel          text        NOT NULL DEFAULT '',
    handed_over_at  timestamptz,
    return_until    timestamptz,
    return_asked_at timestamptz,
    return_note     text        NOT NULL DEFAULT '',
    closed_at       timestamptz,            -- returned or cancelled
    reason          text        NOT NULL DEFAULT '',
    refund_id       uuid,
    PRIMARY KEY (customer_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX shop_order_by_key ON shop_order (customer_id, key);
CREATE INDEX shop_order_open ON shop_order (state, placed_at)
    WHERE state IN ('ordered', 'paid', 'packed', 'sent');
CREATE INDEX shop_order_to_take_back ON shop_order (return_asked_at)
    WHERE return_asked_at IS NOT NULL AND state = 'handed_over';

CREATE TABLE shop_item (
    customer_id     uuid   NOT NULL,
    order_id        uuid   NOT NULL,
    goods           text   NOT NULL REFERENCES shop_goods (code),
    quantity        int    NOT NULL CHECK (quantity > 0),
    price_fen       bigint NOT NULL CHECK (price_fen > 0),   -- of one
    contract_plan   text,
    contract_months int,
    PRIMARY KEY (customer_id, order_id, goods),
    FOREIGN KEY (customer_id, order_id) REFERENCES shop_order (customer_id, id)
);

-- Every change of a stock and why. The nil customer: a count.
CREATE TABLE shop_movement (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    place       text        NOT NULL,
    goods       text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN
        ('reserved', 'released', 'out', 'back', 'counted')),
    on_hand     int         NOT NULL,        -- how many more or fewer
    reserved    int         NOT NULL,
    order_id    uuid,
    reason      text        NOT NULL DEFAULT '',
    by_id       uuid,
    by_name     text        NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX shop_movement_of_stock ON shop_movement (place, goods, id);

-- What a payment through the provider buys; empty: it is credited to the account.
ALTER TABLE checkout_intent ADD COLUMN purpose text NOT NULL DEFAULT '';

UPDATE staff_role SET permissions = ARRAY(
    SELECT DISTINCT unnest(permissions || string_to_array(granted, ',')) ORDER BY 1)
  FROM (VALUES
    ('agent', 'shop.read'),
    ('lead', 'shop.read,shop.work'),
    ('manager', 'shop.read,shop.stock,shop.work'),
    ('finance', 'shop.read'),
    ('clerk', 'shop.read,shop.work'),
    ('back_office', 'shop.read,shop.stock,shop.work'),
    ('product', 'shop.read,shop.stock')) AS given (role, granted)
 WHERE name = role;
