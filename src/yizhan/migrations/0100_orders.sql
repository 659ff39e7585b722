-- Orders: what was confirmed, where it stands, and what the network was asked to do for it.

CREATE SEQUENCE order_number_sequence MINVALUE 0 MAXVALUE 999999 CYCLE;

CREATE TABLE care_order (
    customer_id  uuid        NOT NULL,
    id           uuid        NOT NULL,
    number       text        NOT NULL,
    line_id      uuid,
    account_id   uuid,
    kind         text        NOT NULL,
    change       jsonb       NOT NULL,
    summary      jsonb       NOT NULL,
    state        text        NOT NULL CHECK (state IN ('acknowledged', 'in_progress', 'held',
                                                       'completed', 'cancelled', 'failed')),
    preview      jsonb       NOT NULL,
    effective_at timestamptz NOT NULL,
    placed_at    timestamptz NOT NULL,
    placed_by    text        NOT NULL,
    channel      text        NOT NULL,
    contact_id   uuid,
    key          text        NOT NULL,
    closed_at    timestamptz,
    charged_fen  bigint      NOT NULL,
    reason       jsonb,
    version      int         NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, key),
    CHECK ((state IN ('completed', 'cancelled', 'failed')) = (closed_at IS NOT NULL))
);
CREATE INDEX care_order_by_id ON care_order (id);
CREATE INDEX care_order_by_number ON care_order (number);
CREATE INDEX care_order_open ON care_order (effective_at, id)
    WHERE state IN ('acknowledged', 'in_progress', 'held');
-- One order of a kind is under way for a line, whoever asks at the same time.
CREATE UNIQUE INDEX care_order_one_of_a_kind ON care_order (line_id, kind)
    WHERE line_id IS NOT NULL AND state IN ('acknowledged', 'in_progress', 'held');

CREATE TABLE order_task (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    order_id    uuid        NOT NULL,
    service     text        NOT NULL,
    subject     text        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('asked', 'done', 'refused')),
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz,
    detail      text        NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX order_task_of_order ON order_task (customer_id, order_id);

-- Services of the network that people do: the order waits until they say it is done.
CREATE TABLE network_by_hand (
    service text PRIMARY KEY
);
