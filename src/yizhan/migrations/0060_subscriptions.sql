-- Lines of four kinds, and over time: their numbers, states, products, family numbers, features.
-- Times are half-open, [valid_from, valid_to); an empty valid_to is "until further notice".

CREATE TABLE line (
    customer_id         uuid        NOT NULL,  -- the owner
    id                  uuid        NOT NULL,
    kind                text        NOT NULL
                                    CHECK (kind IN ('mobile', 'fixed', 'data', 'internet')),
    account_id          uuid        NOT NULL,
    payer_customer_id   uuid        NOT NULL,  -- whose account it is
    user_party_id       uuid,                  -- who uses it, if not the owner
    area                text        NOT NULL DEFAULT '',
    base_state          text        NOT NULL CHECK (base_state IN
                                    ('testing', 'active', 'silent', 'kept', 'closing', 'closed')),
    stop_reasons        text[]      NOT NULL DEFAULT '{}',
    state               text        NOT NULL CHECK (state IN ('testing', 'active', 'silent',
                                    'stopped', 'kept', 'closing', 'closed')),
    state_since         timestamptz NOT NULL,
    opened_at           timestamptz NOT NULL,
    closed_at           timestamptz,
    PRIMARY KEY (customer_id, id),
    CHECK ((state = 'stopped') = (cardinality(stop_reasons) > 0)),
    CHECK (state = 'stopped' OR state = base_state),
    CHECK ((closed_at IS NOT NULL) = (base_state = 'closed'))
);
CREATE UNIQUE INDEX line_by_id ON line (id);
CREATE INDEX line_by_account ON line (account_id);

CREATE TABLE line_state (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    state       text        NOT NULL,
    reasons     text[]      NOT NULL DEFAULT '{}',
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to >= valid_from),
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX line_state_by_line ON line_state (line_id, valid_from);

CREATE TABLE line_number (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    number      text COLLATE "C" NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (customer_id, id)
);
-- A number belongs to one line at a time, and a line has one number at a time.
CREATE UNIQUE INDEX line_number_held ON line_number (number) WHERE valid_to IS NULL;
CREATE UNIQUE INDEX line_number_of_line ON line_number (line_id) WHERE valid_to IS NULL;
CREATE INDEX line_number_over_time ON line_number (number, valid_from);
CREATE INDEX line_number_history ON line_number (line_id, valid_from);

-- Keyed by the number, not by a customer: a free number belongs to nobody.
CREATE TABLE number_stock (
    number       text COLLATE "C" PRIMARY KEY,
    kind         text        NOT NULL,
    area         text        NOT NULL DEFAULT '',
    grade        text        NOT NULL DEFAULT 'plain' CHECK (grade IN ('plain', 'fine', 'gold')),
    state        text        NOT NULL
                             CHECK (state IN ('free', 'reserved', 'in_use', 'cooling')),
    until        timestamptz,
    reserved_for uuid,
    CHECK ((state IN ('reserved', 'cooling')) = (until IS NOT NULL)),
    CHECK ((state = 'reserved') = (reserved_for IS NOT NULL))
);
CREATE INDEX number_stock_free ON number_stock (kind, number) WHERE state = 'free';
CREATE INDEX number_stock_waiting ON number_stock (until) WHERE until IS NOT NULL;

-- A plan version or an add-on a line has. One plan at a time, any number of add-ons.
CREATE TABLE line_product (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('plan', 'add_on')),
    plan_id     text        NOT NULL,
    version     int         NOT NULL CHECK (version > 0),
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    term_until  date,
    order_id    uuid,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX line_product_by_line ON line_product (line_id, valid_from);
CREATE UNIQUE INDEX line_product_one_plan ON line_product (line_id)
    WHERE kind = 'plan' AND valid_to IS NULL;
CREATE INDEX line_product_by_plan ON line_product (plan_id, version);

CREATE TABLE family_number (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    rank        smallint    NOT NULL CHECK (rank BETWEEN 1 AND 20),
    number      text COLLATE "C" NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX family_number_by_line ON family_number (line_id, valid_from);
CREATE UNIQUE INDEX family_number_one_rank ON family_number (line_id, rank)
    WHERE valid_to IS NULL;

CREATE TABLE line_feature (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    feature     text        NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz CHECK (valid_to > valid_from),
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX line_feature_on ON line_feature (line_id, feature) WHERE valid_to IS NULL;
