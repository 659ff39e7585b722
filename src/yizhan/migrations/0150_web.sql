-- What the Open APIs read and keep: one view per resource, subscriptions, deliveries.

-- A bill is asked for by its id alone.
CREATE INDEX bill_by_id ON bill (id);

CREATE VIEW open_api_customer AS
SELECT c.id, c.number, c.status, c.since, c.tier, c.segment, c.language, c.created_at,
       p.id AS party_id, p.kind AS party_kind, p.name,
       (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'number', a.number, 'name', a.name,
                                            'kind', a.payment_kind, 'status', a.status)
                         ORDER BY a.id)
          FROM account a WHERE a.customer_id = c.id) AS accounts,
       (SELECT jsonb_agg(jsonb_build_object('kind', cp.kind, 'value', cp.value,
                                            'preferred', cp.preferred, 'from', cp.valid_from)
                         ORDER BY cp.preferred DESC, cp.id)
          FROM contact_point cp
         WHERE cp.customer_id = c.id AND cp.party_id = c.party_id AND cp.valid_to IS NULL
       ) AS contact_points,
       (SELECT jsonb_agg(jsonb_build_object('name', ca.name, 'value', ca.value) ORDER BY ca.name)
          FROM customer_attribute ca WHERE ca.customer_id = c.id) AS attributes
  FROM customer c
  JOIN party p ON p.customer_id = c.id AND p.id = c.party_id;

CREATE VIEW open_api_ticket AS
SELECT k.id, k.customer_id, k.number, k.kind, k.class_code, k.subject, k.description, k.urgency,
       k.level, k.state, k.channel, k.source, k.opened_at, k.opened_key, k.hold_reason,
       k.hold_until, k.answer, k.outcome, k.answered_at, k.closed_at, k.next_due_at, k.repeat_of,
       (SELECT jsonb_agg(jsonb_build_object('id', n.id, 'at', n.at, 'author', n.author_name,
                                            'text', n.text) ORDER BY n.id)
          FROM case_note n
         WHERE n.customer_id = k.customer_id AND n.case_id = k.id AND n.visible_to = 'customer'
       ) AS notes,
       (SELECT jsonb_agg(jsonb_build_object('kind', l.kind, 'id', l.ref_id, 'label', l.label)
                         ORDER BY l.at, l.ref_id)
          FROM case_link l WHERE l.customer_id = k.customer_id AND l.case_id = k.id) AS links,
       (SELECT jsonb_agg(jsonb_build_object(
                   'clock', t.clock, 'due', t.due_at, 'ended', t.ended_at, 'met', t.met,
                   'basis', t.basis, 'rule', t.rule_code, 'stopped', t.paused_since,
                   'stopped_seconds', t.paused_seconds) ORDER BY t.started_at, t.clock)
          FROM case_clock t WHERE t.customer_id = k.customer_id AND t.case_id = k.id) AS clocks,
       (SELECT jsonb_agg(jsonb_build_object('at', e.at, 'name', e.name,
                                            'reason', e.payload ->> 'reason',
                                            'final', e.payload -> 'final') ORDER BY e.id)
          FROM event e
         WHERE e.customer_id = k.customer_id AND e.payload ->> 'case_id' = k.id::text) AS history
  FROM care_case k;

CREATE VIEW open_api_bill AS
SELECT b.id, b.customer_id, b.account_id, b.number, b.period_start, b.period_end, b.total_fen,
       b.tax_fen, b.issued_at, b.due_date, a.number AS account_number, a.currency, p.name
  FROM bill b
  JOIN account a ON a.customer_id = b.customer_id AND a.id = b.account_id
  JOIN customer c ON c.id = b.customer_id
  JOIN party p ON p.customer_id = c.id AND p.id = c.party_id;

CREATE VIEW open_api_rate AS
SELECT l.bill_id, l.position, l.bill_id::text || '-' || l.position AS id, l.customer_id,
       l.line_id, l.kind, l.key, l.item, l.amount_fen, l.text_zh, l.text_en,
       b.account_id, b.number AS bill_number, b.period_start, b.period_end, b.issued_at,
       a.currency
  FROM bill_line l
  JOIN bill b ON b.customer_id = l.customer_id AND b.id = l.bill_id
  JOIN account a ON a.customer_id = b.customer_id AND a.id = b.account_id;

-- Bills that were asked for between two runs: what was asked and what came of it.
CREATE TABLE open_api_bill_on_demand (
    id           uuid        PRIMARY KEY,
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    name         text        NOT NULL DEFAULT '',
    description  text        NOT NULL DEFAULT '',
    state        text        NOT NULL,
    bill_id      uuid,
    updated_at   timestamptz NOT NULL
);
CREATE INDEX open_api_bill_on_demand_of ON open_api_bill_on_demand (customer_id, id);

-- Who wants to be told of what. `owner_id` is the API client or user who asked.
CREATE TABLE open_api_subscription (
    id         uuid        PRIMARY KEY,
    api        text        NOT NULL,
    callback   text        NOT NULL,
    query      text        NOT NULL DEFAULT '',
    owner_id   uuid        NOT NULL,
    created_at timestamptz NOT NULL
);

-- How far the log has been told, one row.
CREATE TABLE open_api_cursor (
    name     text PRIMARY KEY,
    txid     xid8 NOT NULL,
    event_id uuid NOT NULL
);

-- What is still to be told, and what could not be.
CREATE TABLE open_api_delivery (
    id              uuid        PRIMARY KEY,
    subscription_id uuid        NOT NULL REFERENCES open_api_subscription ON DELETE CASCADE,
    event_type      text        NOT NULL,
    body            jsonb       NOT NULL,
    attempts        int         NOT NULL DEFAULT 0,
    next_at         timestamptz NOT NULL,
    lease_until     timestamptz,
    last_error      text,
    failed_at       timestamptz
);
CREATE INDEX open_api_delivery_due ON open_api_delivery (next_at) WHERE failed_at IS NULL;
