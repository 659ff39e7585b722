-- The customer club: its rule as data, who is in which tier and why, monthly runs, points earned.

CREATE TABLE club_rule (
    version      int         PRIMARY KEY,
    rule         jsonb       NOT NULL,
    note         text        NOT NULL,
    published_at timestamptz NOT NULL,
    by_id        uuid,
    by_name      text        NOT NULL
);

CREATE TABLE club_member (
    customer_id  uuid        PRIMARY KEY,
    tier         text        NOT NULL CHECK (tier IN ('none', 'silver', 'gold', 'diamond')),
    origin       text        NOT NULL CHECK (origin IN ('rule', 'hand', 'import')),
    mean_fen     bigint      NOT NULL DEFAULT 0,
    rule_version int         NOT NULL REFERENCES club_rule (version),
    since        timestamptz NOT NULL,
    valid_until  date,                       -- the first day the tier may be lowered
    evaluated_at timestamptz NOT NULL,
    reason       text        NOT NULL DEFAULT '',
    manager_id   uuid,
    manager_name text,
    CHECK ((manager_id IS NULL) = (manager_name IS NULL))
);
CREATE INDEX club_member_by_tier ON club_member (tier, customer_id) WHERE tier <> 'none';
CREATE INDEX club_member_by_manager ON club_member (manager_id) WHERE manager_id IS NOT NULL;

-- Which paid bill gave which points: once.
CREATE TABLE club_earned (
    customer_id uuid        NOT NULL,
    bill_id     uuid        NOT NULL,
    points      bigint      NOT NULL CHECK (points >= 0),
    expires_on  date        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, bill_id)
);

CREATE TABLE club_reward (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    reward      text        NOT NULL,
    points      bigint      NOT NULL CHECK (points > 0),
    credit_fen  bigint      NOT NULL CHECK (credit_fen > 0),
    account_id  uuid        NOT NULL,
    key         text        NOT NULL,
    actor_name  text        NOT NULL,
    PRIMARY KEY (customer_id, id),
    UNIQUE (customer_id, key)
);

CREATE TABLE club_run (
    id          uuid        PRIMARY KEY,
    month       date        NOT NULL,
    started_at  timestamptz NOT NULL,
    started_by  text        NOT NULL,
    finished_at timestamptz,
    looked_at   int         NOT NULL DEFAULT 0,
    changed     int         NOT NULL DEFAULT 0,
    points      bigint      NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX club_run_one_at_a_time ON club_run ((true)) WHERE finished_at IS NULL;

INSERT INTO club_rule (version, rule, note, published_at, by_name) VALUES (1, '{
  "window_months": 6, "tenure_months": 6, "valid_months": 12,
  "tiers": [
    {"tier": "silver", "from_fen": 15000, "benefits": [
      {"zh": "俱乐部专线 10018", "en": "club line 10018"}]},
    {"tier": "gold", "from_fen": 30000, "benefits": [
      {"zh": "俱乐部专线 10018", "en": "club line 10018"},
      {"zh": "机场与车站贵宾厅", "en": "lounges at airports and stations"}]},
    {"tier": "diamond", "from_fen": 45000, "benefits": [
      {"zh": "俱乐部专线 10018", "en": "club line 10018"},
      {"zh": "机场与车站贵宾厅", "en": "lounges at airports and stations"},
      {"zh": "专属客户经理", "en": "an account manager of one''s own"}]}],
  "points_per_yuan": 1, "keep_years": 3,
  "tenure_bonus": [{"months": 36, "percent": 10}, {"months": 60, "percent": 20}],
  "rewards": [
    {"id": "credit_10", "name": {"zh": "10 元话费", "en": "10 yuan of credit"}, "points": 1000, "credit_fen": 1000},
    {"id": "credit_50", "name": {"zh": "50 元话费", "en": "50 yuan of credit"}, "points": 5000, "credit_fen": 5000}]
}', 'The first rule.', now(), 'system');

UPDATE staff_role SET permissions = permissions || added.rights
  FROM (VALUES
    ('agent', '{club.read,club.redeem}'::text[]),
    ('lead', '{club.read,club.redeem}'),
    ('manager', '{club.manage,club.read,club.redeem}'),
    ('clerk', '{club.read,club.redeem}'),
    ('product', '{club.publish,club.read}')
  ) AS added (role, rights)
 WHERE staff_role.name = added.role;
