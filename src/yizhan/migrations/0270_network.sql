-- What the network says unasked, whatever became of it.
CREATE TABLE network_notice (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    received_at timestamptz NOT NULL,
    nonce       text,                -- empty when the signature did not hold
    request_id  uuid,
    verdict     text        NOT NULL CHECK (verdict IN ('taken', 'nothing_new', 'too_late',
                                'unknown_request', 'forged')),
    reason      text        NOT NULL DEFAULT '',
    body        text        NOT NULL DEFAULT '',
    address     text        NOT NULL DEFAULT '',
    times       int         NOT NULL DEFAULT 1,  -- how often this very message came
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX network_notice_by_id ON network_notice (id);
CREATE UNIQUE INDEX network_notice_once ON network_notice (nonce) WHERE nonce IS NOT NULL;
CREATE INDEX network_notice_of_request ON network_notice (request_id, id);
CREATE INDEX network_notice_not_taken ON network_notice (id)
    WHERE verdict IN ('forged', 'unknown_request', 'too_late');
