-- Limits: what a customer lets a line cost or load in a month, and what we let an account owe.

CREATE TABLE limit_rule (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),
    warn_percent    int     NOT NULL DEFAULT 80 CHECK (warn_percent BETWEEN 1 AND 99),
    exempt_tiers    text[]  NOT NULL DEFAULT '{gold,diamond}',  -- never stopped over their credit
    exempt_segments text[]  NOT NULL DEFAULT '{government}'
);
INSERT INTO limit_rule DEFAULT VALUES;

-- A customer's own cap. Another amount is another cap; the one before is kept, ended.
CREATE TABLE limit_cap (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('spend', 'data')),
    amount      bigint      NOT NULL CHECK (amount > 0),  -- fen, or bytes, in a bill month
    at_full     text        NOT NULL CHECK (at_full IN ('tell', 'stop')),
    set_at      timestamptz NOT NULL,
    set_by      text        NOT NULL,
    reached_for date,                                     -- the period in which it is used up
    lifted_for  date,                                     -- the period for which it stops nothing
    ended_at    timestamptz,
    PRIMARY KEY (customer_id, id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX limit_cap_one ON limit_cap (line_id, kind) WHERE ended_at IS NULL;

-- What was told: once for a cap (or allowance, or credit), a period and a percentage.
CREATE TABLE limit_notice (
    customer_id  uuid        NOT NULL,
    of_id        uuid        NOT NULL,  -- the line; the account of credit and of shared allowances
    subject      text        NOT NULL,  -- cap:<id>, allowance:<id>, credit:<round>
    period_start date        NOT NULL,
    percent      int         NOT NULL,
    sent         boolean     NOT NULL,  -- false: passed over, a higher one came at the same moment
    used         bigint      NOT NULL,
    amount       bigint      NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (customer_id, of_id, subject, period_start, percent)
);

-- What limits hold stopped on a line.
CREATE TABLE limit_stop (
    customer_id uuid        NOT NULL,
    line_id     uuid        NOT NULL,
    service     text        NOT NULL CHECK (service IN ('outgoing', 'data')),
    held        boolean     NOT NULL,
    ours        boolean     NOT NULL DEFAULT false,  -- an order of ours stopped it
    why         text        NOT NULL CHECK (why IN ('spend', 'data', 'credit')),
    since       timestamptz NOT NULL,
    round       int         NOT NULL DEFAULT 0,
    tries       int         NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id, line_id, service)
);

-- An account as it was last looked at. Amounts in fen.
CREATE TABLE limit_watch (
    customer_id  uuid        NOT NULL,
    account_id   uuid        NOT NULL,
    period_start date        NOT NULL,
    month_fen    bigint      NOT NULL DEFAULT 0,  -- what the running period came to
    unbilled_fen bigint      NOT NULL DEFAULT 0,  -- of periods that are over and not billed yet
    owed_fen     bigint      NOT NULL DEFAULT 0,
    credit_fen   bigint      NOT NULL DEFAULT 0,  -- the limit; 0: none
    over         boolean     NOT NULL DEFAULT false,
    round        int         NOT NULL DEFAULT 0,  -- how often it came under its limit again
    looked_at    timestamptz NOT NULL,
    PRIMARY KEY (customer_id, account_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX limit_watch_by_account ON limit_watch (account_id);
CREATE INDEX limit_watch_unsettled ON limit_watch (account_id) WHERE over OR unbilled_fen > 0;

-- Accounts to be looked at: those a file brought usage of. Emptied by the job limits.due.
CREATE TABLE limit_due (
    customer_id uuid NOT NULL,
    account_id  uuid NOT NULL,
    PRIMARY KEY (customer_id, account_id)
);

UPDATE staff_role SET permissions = permissions || '{limits.read,limits.set}'::text[]
 WHERE built_in AND name IN ('agent', 'lead', 'manager', 'clerk');
UPDATE staff_role SET permissions = permissions || '{limits.read}'::text[]
 WHERE built_in AND name IN ('finance', 'back_office');

INSERT INTO message_template
    (name, version, label_zh, label_en, kind, channels, urgent, lifetime_minutes, subject_zh,
     subject_en, text_zh, text_en, facts) VALUES
    ('cap_notice', 1, '限额提醒', 'Notice of a cap', 'transactional', '{sms,email}', false, 1440,
     '号码 {number}：{what}已达 {percent}%', '{number}: {percent}% of the {what} cap',
     '号码 {number} 本月{what}已用 {used}，为您所设限额 {cap} 的 {percent}%。',
     '{number} has used {used} this month: {percent}% of your {what} cap of {cap}.',
     '{"number": "13012340001", "what": "data", "used": "410 MB", "cap": "500 MB", "percent": 80}'),
    ('cap_reached', 1, '已达限额', 'Cap reached', 'transactional', '{sms,email}', true, 4320,
     '号码 {number}：{what}已达限额', '{number}: the {what} cap is reached',
     '号码 {number} 本月{what}已用 {used}，达到您所设限额 {cap}。{then}',
     '{number} has used {used} this month and reached your {what} cap of {cap}. {then}',
     '{"number": "13012340001", "what": "data", "used": "512 MB", "cap": "500 MB",
       "then": "We only tell you; nothing is stopped."}'),
    ('cap_lifted', 1, '限额停用已恢复', 'Back after a cap', 'transactional', '{sms,email}', false,
     4320, '号码 {number} 已恢复', '{number} is back', '号码 {number} 的{service}已恢复。',
     'The {service} of {number} is being brought back.',
     '{"number": "13012340001", "service": "data"}'),
    ('allowance_notice', 1, '套餐余量提醒', 'Notice of an allowance', 'transactional',
     '{sms,email}', false, 1440, '套餐余量已用 {percent}%', '{percent}% of an allowance is used',
     '号码 {number} 的“{allowance}”本月已用 {used}，共 {size}（{percent}%）。',
     '{number} has used {used} of {size} of “{allowance}” this month ({percent}%).',
     '{"number": "13012340001", "allowance": "20 MB", "used": "16 MB", "size": "20 MB",
       "percent": 80}'),
    ('allowance_used_up', 1, '套餐余量用完', 'Allowance used up', 'transactional', '{sms,email}',
     false, 4320, '套餐余量已用完', 'An allowance is used up',
     '号码 {number} 的“{allowance}”（{size}）本月已用完，超出部分按套餐资费计费。',
     '{number} has used up “{allowance}” ({size}) this month. What is used beyond it is charged as'
     || ' the plan says.',
     '{"number": "13012340001", "allowance": "20 MB", "size": "20 MB"}'),
    ('credit_warning', 1, '信用额度提醒', 'Close to the credit limit', 'transactional',
     '{sms,email}', false, 1440, '信用额度已用 {percent}%', '{percent}% of your credit is used',
     '账户 {number} 未缴与本月话费共 {used_fen} 元，信用额度 {credit_fen} 元。超出后将停止呼出，缴费即可避免。',
     'Account {number} has {used_fen} yuan unpaid and not billed yet; its credit limit is'
     || ' {credit_fen} yuan. Over it outgoing service stops. Paying avoids that.',
     '{"number": "A000012", "used_fen": 41000, "credit_fen": 50000, "percent": 82}'),
    ('credit_exceeded', 1, '超信用额度停机', 'Over the credit limit', 'transactional',
     '{sms,email}', true, 4320, '账户 {number} 已超信用额度', 'Account {number} is over its limit',
     '账户 {number} 未缴与本月话费共 {used_fen} 元，超过信用额度 {credit_fen} 元。{then}',
     'Account {number} has {used_fen} yuan unpaid and not billed yet, over its credit limit of'
     || ' {credit_fen} yuan. {then}',
     '{"number": "A000012", "used_fen": 51000, "credit_fen": 50000, "then": "It is being stopped."}'),
    ('credit_locked', 1, '锁定期内充值', 'Recharge of a locked number', 'transactional', '{sms}',
     true, 4320, '', '',
     '号码 {number} 已锁定，您充值的 {amount_fen} 元已入账（余额 {balance_fen} 元）。请到营业厅办理恢复。',
     '{number} is locked. Your {amount_fen} yuan are on the balance ({balance_fen} yuan). Please come'
     || ' to a shop of ours to have it revived.',
     '{"number": "13012340001", "amount_fen": 3000, "balance_fen": 4230}');
