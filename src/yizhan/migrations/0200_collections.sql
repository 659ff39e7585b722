-- Collections: what is overdue and what is done about it; prepaid credit and its validity.

-- Who is dunned how. The first rule, by priority, that fits the customer or the amount holds;
-- the one without conditions fits everybody. Days count from the day after the due date.
-- Bounds of the law: no stop before 30 days, no end before 60 days of stop, 24 hours' notice.
CREATE TABLE collection_rule (
    code                 text    PRIMARY KEY,
    zh                   text    NOT NULL,
    en                   text    NOT NULL,
    priority             int     NOT NULL UNIQUE,
    tiers                text[]  NOT NULL DEFAULT '{}',
    segments             text[]  NOT NULL DEFAULT '{}',
    owed_from_fen        bigint  CHECK (owed_from_fen > 0),
    grace_days           int     NOT NULL DEFAULT 0 CHECK (grace_days BETWEEN 0 AND 90),
    reminder_days        int     NOT NULL DEFAULT 3 CHECK (reminder_days BETWEEN 0 AND 20),
    one_way_days         int     NOT NULL DEFAULT 30 CHECK (one_way_days >= 30),
    full_days            int     NOT NULL DEFAULT 7 CHECK (full_days >= 1),
    end_days             int     NOT NULL DEFAULT 90 CHECK (end_days >= 60),
    notice_hours         int     NOT NULL DEFAULT 24 CHECK (notice_hours >= 24),
    minimum_fen          bigint  NOT NULL DEFAULT 500 CHECK (minimum_fen >= 1),
    late_fee_permille    int     NOT NULL DEFAULT 3 CHECK (late_fee_permille BETWEEN 0 AND 3),
    late_fee_cap_percent int     NOT NULL DEFAULT 100 CHECK (late_fee_cap_percent BETWEEN 0 AND 100),
    defer_days_max       int     NOT NULL DEFAULT 15 CHECK (defer_days_max BETWEEN 1 AND 90),
    by_hand              boolean NOT NULL DEFAULT false
);
INSERT INTO collection_rule (code, zh, en, priority, tiers, segments, owed_from_fen, grace_days,
                             reminder_days, one_way_days, notice_hours, defer_days_max, by_hand)
VALUES
    ('vip', '贵宾客户', 'Club members', 10, '{gold,diamond}', '{}', NULL, 10, 5, 45, 48, 30, true),
    ('large', '大额欠费', 'Large amounts', 20, '{}', '{government}', 500000, 0, 5, 30, 48, 30,
     true),
    ('standard', '一般客户', 'Everybody', 100, '{}', '{}', NULL, 0, 3, 30, 24, 15, false);

-- Where a post-paid account stands. One clock each: the job ``collections.tick`` by its id.
CREATE TABLE dunning (
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    step         text        NOT NULL CHECK (step IN ('clear', 'billed', 'reminded', 'overdue',
                                                      'noticed', 'one_way', 'full', 'ended')),
    step_at      timestamptz NOT NULL,
    rule         text        NOT NULL REFERENCES collection_rule,
    owed_fen     bigint      NOT NULL DEFAULT 0,
    overdue_fen  bigint      NOT NULL DEFAULT 0,  -- without what is in dispute, with late fees
    disputed_fen bigint      NOT NULL DEFAULT 0,
    fees_fen     bigint      NOT NULL DEFAULT 0,  -- late fees not paid yet
    first_due    date,
    reminded_for date,
    notice_at    timestamptz,
    end_notice_at timestamptz,
    one_way_at   timestamptz,
    full_at      timestamptz,
    stop_asked_at timestamptz,                    -- a person wants the stop before its day
    held_until   timestamptz,
    held_kind    text        CHECK (held_kind IN ('promise', 'hold')),
    held_reason  text,
    held_by      text,
    fee_through  date,                            -- late fees are reckoned up to this day
    round        int         NOT NULL DEFAULT 0,  -- how often it was resumed
    tries        int         NOT NULL DEFAULT 0,  -- how often the network was asked in vain
    next_act     text        NOT NULL DEFAULT '',
    next_at      timestamptz,
    PRIMARY KEY (customer_id, account_id),
    CHECK ((held_until IS NULL) = (held_kind IS NULL))
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX dunning_by_account ON dunning (account_id);
CREATE INDEX dunning_board ON dunning (step, next_at, account_id)
    WHERE step NOT IN ('clear', 'billed');

-- What a late fee was reckoned from: what of which bill was overdue at the end of which day.
CREATE TABLE late_fee (
    customer_id uuid   NOT NULL,
    account_id  uuid   NOT NULL,
    bill_id     uuid   NOT NULL,
    day         date   NOT NULL,
    base_fen    bigint NOT NULL CHECK (base_fen > 0),
    permille    int    NOT NULL,
    fee_fen     bigint NOT NULL CHECK (fee_fen >= 0),
    PRIMARY KEY (customer_id, account_id, bill_id, day)
);

-- A complaint about a bill that is not settled. No amount: the whole bill.
CREATE TABLE bill_dispute (
    customer_id uuid        NOT NULL,
    account_id  uuid        NOT NULL,
    bill_id     uuid        NOT NULL,
    case_id     uuid        NOT NULL,
    amount_fen  bigint      CHECK (amount_fen > 0),
    opened_at   timestamptz NOT NULL,
    closed_at   timestamptz,
    PRIMARY KEY (customer_id, account_id, bill_id, case_id)
);
CREATE INDEX bill_dispute_of_case ON bill_dispute (customer_id, case_id);

-- How long a recharge keeps prepaid credit valid: the row of the largest amount not above it.
-- No row at all: credit does not run out (the rule in China since May 2012).
CREATE TABLE validity_rule (
    from_fen bigint PRIMARY KEY CHECK (from_fen > 0),
    days     int    NOT NULL CHECK (days BETWEEN 1 AND 3650)
);
INSERT INTO validity_rule (from_fen, days) VALUES (1000, 30), (3000, 90), (5000, 180), (10000, 360);

CREATE TABLE prepaid_rule (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),
    window_days     int     NOT NULL DEFAULT 90 CHECK (window_days >= 1),
    lock_days       int     NOT NULL DEFAULT 30 CHECK (lock_days >= 1),
    low_balance_fen bigint  NOT NULL DEFAULT 1000 CHECK (low_balance_fen >= 0),
    expiry_notice_days int  NOT NULL DEFAULT 7 CHECK (expiry_notice_days >= 0)
);
INSERT INTO prepaid_rule DEFAULT VALUES;

-- A prepaid account: 有效期, 充值期, 锁定期, 回收.
CREATE TABLE prepaid_life (
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    state        text        NOT NULL
                 CHECK (state IN ('active', 'recharge_only', 'locked', 'recycled')),
    state_at     timestamptz NOT NULL,
    valid_until  timestamptz,                     -- empty: without end
    empty        boolean     NOT NULL DEFAULT false,  -- stopped because the balance is used up
    period_start date,
    charged_fen  bigint      NOT NULL DEFAULT 0,  -- of the running period, taken already
    rated_fen    bigint      NOT NULL DEFAULT 0,  -- what the running period came to so far
    overdraw_fen bigint      NOT NULL DEFAULT 0,  -- rated, and not covered by the balance
    low_told     boolean     NOT NULL DEFAULT false,
    expiry_told_for timestamptz,
    tries        int         NOT NULL DEFAULT 0,
    round        int         NOT NULL DEFAULT 0,
    next_at      timestamptz,
    PRIMARY KEY (customer_id, account_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX prepaid_life_by_account ON prepaid_life (account_id);
CREATE INDEX prepaid_life_board ON prepaid_life (state, account_id) WHERE state <> 'active';

UPDATE staff_role SET permissions = permissions || '{collections.read,collections.defer}'::text[]
 WHERE built_in AND name IN ('agent', 'clerk');
UPDATE staff_role
   SET permissions = permissions || '{collections.read,collections.defer,collections.work}'::text[]
 WHERE built_in AND name IN ('lead', 'manager', 'finance', 'back_office');

INSERT INTO message_template
    (name, version, label_zh, label_en, kind, channels, lifetime_minutes, limit_count, subject_zh,
     subject_en, text_zh, text_en, facts) VALUES
    ('line_stopped_outgoing', 1, '已单向停机', 'Outgoing service stopped', 'transactional',
     '{sms,email}', 4320, 2, '号码 {number} 已停止呼出', 'Outgoing service of {number} was stopped',
     '号码 {number} 欠费 {amount_fen} 元，已停止呼出，仍可接听。缴清欠费后自动恢复。',
     '{number} owes {amount_fen} yuan: outgoing calls are stopped, incoming ones are not. It comes'
     || ' back by itself once the debt is paid.',
     '{"number": "13012340001", "amount_fen": 15600}'),
    ('contract_ending', 1, '合同终止预告', 'Notice before the contract ends', 'transactional',
     '{sms,email}', 10080, 2, '号码 {number} 即将销户', '{number} is about to be given up',
     '号码 {number} 欠费 {amount_fen} 元已久，如不缴清将于 {end_at} 销户，号码收回。',
     '{number} has owed {amount_fen} yuan for long. Unless it is paid, the contract ends at {end_at}'
     || ' and the number is given up.',
     '{"number": "13012340001", "amount_fen": 15600, "end_at": "2026-09-21T10:00:00+08:00"}'),
    ('credit_ending', 1, '有效期提醒', 'Prepaid credit is running out', 'transactional', '{sms}',
     4320, 1, '', '', '号码 {number} 的余额 {balance_fen} 元有效期至 {until_at}，充值即可延长。',
     'The balance of {number}, {balance_fen} yuan, is valid until {until_at}. A recharge extends it.',
     '{"number": "13012340001", "balance_fen": 1230, "until_at": "2026-09-21T10:00:00+08:00"}');

-- Whose usage a file brought: rows arrive in the order of time.
CREATE INDEX usage_received ON usage USING brin (received_at) WITH (pages_per_range = 32);
