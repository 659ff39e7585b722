-- Messages out: templates as data, the outbox, what the wire answered, one-time codes.

-- A version never changes; the highest one of a name is in force.
CREATE TABLE message_template (
    name             text        NOT NULL,
    version          int         NOT NULL,
    label_zh         text        NOT NULL,
    label_en         text        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('transactional', 'marketing')),
    channels         text[]      NOT NULL,  -- the first one the customer can be reached on is taken
    urgent           boolean     NOT NULL DEFAULT false,  -- quiet hours do not hold it
    secret           boolean     NOT NULL DEFAULT false,  -- text forgotten at its end of life
    lifetime_minutes int         NOT NULL DEFAULT 4320 CHECK (lifetime_minutes > 0),
    limit_count      int         NOT NULL DEFAULT 0 CHECK (limit_count >= 0),  -- 0: no limit
    limit_hours      int         NOT NULL DEFAULT 24 CHECK (limit_hours > 0),
    subject_zh       text        NOT NULL DEFAULT '',
    subject_en       text        NOT NULL DEFAULT '',
    text_zh          text        NOT NULL,
    text_en          text        NOT NULL,
    facts            jsonb       NOT NULL,  -- name -> a sample
    written_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    written_by       text        NOT NULL DEFAULT 'system',
    PRIMARY KEY (name, version)
);

-- One row: when customers sleep, and where links in messages lead.
CREATE TABLE message_policy (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    quiet_from  time    NOT NULL,
    quiet_until time    NOT NULL,
    site_url    text    NOT NULL DEFAULT ''
);
INSERT INTO message_policy (quiet_from, quiet_until) VALUES ('21:00', '08:00');

CREATE TABLE message (
    customer_id  uuid        NOT NULL,  -- nil while nobody knows whose number it is
    id           uuid        NOT NULL,
    template     text        NOT NULL,
    version      int         NOT NULL,
    kind         text        NOT NULL,
    channel      text        NOT NULL,
    address      text        NOT NULL,
    language     text        NOT NULL,
    subject      text        NOT NULL DEFAULT '',
    text         text,                  -- NULL: forgotten
    urgent       boolean     NOT NULL,
    secret       boolean     NOT NULL,
    key          text,
    state        text        NOT NULL CHECK (state IN ('queued', 'deferred', 'sent', 'delivered',
                                                       'failed', 'suppressed')),
    reason       text,
    detail       text        NOT NULL DEFAULT '',
    attempts     int         NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    send_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    lease_until  timestamptz,
    sent_at      timestamptz,
    delivered_at timestamptz,
    wire_id      text,
    resend_of    uuid,
    actor_name   text        NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX message_once ON message (customer_id, key) WHERE key IS NOT NULL;
CREATE INDEX message_by_id ON message (id);
CREATE INDEX message_by_wire ON message (wire_id) WHERE wire_id IS NOT NULL;
CREATE INDEX message_due ON message (send_at) WHERE state IN ('queued', 'deferred');
CREATE INDEX message_to_forget ON message (expires_at) WHERE secret AND text IS NOT NULL;
CREATE INDEX message_in_trouble ON message (id) WHERE state = 'failed';

-- What the wire said, try by try: replies, receipts, bounces.
CREATE TABLE message_reply (
    customer_id uuid        NOT NULL,
    message_id  uuid        NOT NULL,
    id          uuid        NOT NULL,
    at          timestamptz NOT NULL,
    outcome     text        NOT NULL,
    text        text        NOT NULL,
    PRIMARY KEY (customer_id, message_id, id)
);

CREATE TABLE message_code (
    customer_id uuid        NOT NULL,  -- nil while nobody knows whose number it is
    id          uuid        NOT NULL,
    purpose     text        NOT NULL,
    number      text        NOT NULL,
    hash        text        NOT NULL,
    asked_from  text        NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    wrong_tries smallint    NOT NULL DEFAULT 0,
    used_at     timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX message_code_to ON message_code (number, created_at);
CREATE INDEX message_code_from ON message_code (asked_from, created_at) WHERE asked_from <> '';

-- Codes of five minutes are not carried over; messages are.
INSERT INTO message (customer_id, id, template, version, kind, channel, address, language, text,
                     urgent, secret, state, reason, created_at, send_at, expires_at, sent_at,
                     delivered_at)
SELECT customer_id, id, 'earlier', 1, 'transactional', medium, address, 'zh', text, true, true,
       CASE WHEN delivered_at IS NULL THEN 'failed' ELSE 'delivered' END,
       CASE WHEN delivered_at IS NULL THEN 'expired' END,
       created_at, created_at, expires_at, delivered_at, delivered_at
  FROM message_out;
DROP TABLE message_out;
DROP TABLE one_time_code;
DELETE FROM job WHERE kind = 'contacts.forget';

INSERT INTO message_template
    (name, version, label_zh, label_en, kind, channels, urgent, secret, lifetime_minutes,
     limit_count, limit_hours, subject_zh, subject_en, text_zh, text_en, facts) VALUES
    ('code', 1, '一次性验证码', 'One-time code', 'transactional', '{sms}', true, true, 5, 0, 24,
     '', '',
     '您的验证码是 {code}，{minutes} 分钟内有效。请勿告知他人，工作人员只会在您来电时询问。',
     'Your code is {code}, valid for {minutes} minutes. Only the agent you called will ask it.',
     '{"code": "482913", "minutes": 5}'),
    ('temporary_password', 1, '临时服务密码', 'Temporary service password', 'transactional',
     '{sms}', true, true, 5, 0, 24, '', '',
     '您的临时服务密码是 {password}，请尽快修改。',
     'Your temporary service password is {password}; change it soon.',
     '{"password": "739164"}'),
    ('bill_ready', 1, '电子账单', 'E-bill', 'transactional', '{email,sms}', false, false, 20160,
     0, 24, '您 {month} 的账单：{total_fen} 元', 'Your bill of {month}: {total_fen} yuan',
     '您 {month} 的账单 {number} 已出，应付 {total_fen} 元，请在 {due_date} 前缴费。查看账单：{link}',
     'Your bill {number} of {month} is ready: {total_fen} yuan, due by {due_date}. See it: {link}',
     '{"month": "2026-05", "number": "B2026050001", "total_fen": 15600, "due_date": "2026-06-20",
       "link": "https://example.com/my/bills/1"}'),
    ('payment_received', 1, '缴费成功', 'Payment received', 'transactional', '{sms,email}', false,
     false, 4320, 0, 24, '已收到 {amount_fen} 元', '{amount_fen} yuan received',
     '您已缴费 {amount_fen} 元，当前余额 {balance_fen} 元。',
     'We received {amount_fen} yuan. Your balance is {balance_fen} yuan.',
     '{"amount_fen": 10000, "balance_fen": 12850}'),
    ('recharge_done', 1, '充值成功', 'Recharge done', 'transactional', '{sms}', false, false, 4320,
     0, 24, '', '',
     '号码 {number} 充值 {amount_fen} 元成功，余额 {balance_fen} 元，有效期至 {valid_until_date}。',
     '{number} was recharged with {amount_fen} yuan. Balance {balance_fen} yuan, valid until'
     || ' {valid_until_date}.',
     '{"number": "13012340001", "amount_fen": 5000, "balance_fen": 6230,
       "valid_until_date": "2027-01-31"}'),
    ('refund_done', 1, '退款', 'Refund', 'transactional', '{sms,email}', false, false, 4320, 0, 24,
     '已退款 {amount_fen} 元', '{amount_fen} yuan refunded',
     '已向您退款 {amount_fen} 元，单号 {number}。',
     'We refunded {amount_fen} yuan to you, number {number}.',
     '{"amount_fen": 3000, "number": "R2026050007"}'),
    ('low_balance', 1, '余额不足提醒', 'Low balance', 'transactional', '{sms}', false, false, 1440,
     1, 24, '', '',
     '号码 {number} 余额仅 {balance_fen} 元，请及时充值。',
     'The balance of {number} is only {balance_fen} yuan. Please recharge soon.',
     '{"number": "13012340001", "balance_fen": 480}'),
    ('payment_reminder', 1, '缴费提醒', 'Payment reminder', 'transactional', '{sms,email}', false,
     false, 4320, 1, 24, '请在 {due_date} 前缴费 {amount_fen} 元',
     '{amount_fen} yuan are due by {due_date}',
     '您的账户 {number} 应缴 {amount_fen} 元，请在 {due_date} 前缴清，逾期每日加收千分之三滞纳金。',
     'Account {number} owes {amount_fen} yuan, due by {due_date}. After that a late fee of 0.3% a'
     || ' day is added.',
     '{"number": "A000012", "amount_fen": 15600, "due_date": "2026-06-20"}'),
    ('stop_notice', 1, '停机预告', 'Notice before stopping', 'transactional', '{sms,email}', false,
     false, 1440, 2, 24, '号码 {number} 即将停机', '{number} is about to be stopped',
     '号码 {number} 欠费 {amount_fen} 元，如不缴清将于 {stop_at} 停机。',
     '{number} owes {amount_fen} yuan and will be stopped at {stop_at} unless it is paid.',
     '{"number": "13012340001", "amount_fen": 15600, "stop_at": "2026-06-21T10:00:00+08:00"}'),
    ('line_stopped', 1, '已停机', 'Line stopped', 'transactional', '{sms,email}', false, false,
     4320, 2, 24, '号码 {number} 已停机', '{number} was stopped',
     '号码 {number} 已停机。缴清欠费 {amount_fen} 元后自动复机。',
     '{number} was stopped. It is resumed by itself once {amount_fen} yuan are paid.',
     '{"number": "13012340001", "amount_fen": 15600}'),
    ('line_resumed', 1, '已复机', 'Line resumed', 'transactional', '{sms}', false, false, 1440,
     0, 24, '', '', '号码 {number} 已复机，感谢您的使用。', '{number} is in service again. Thank you.',
     '{"number": "13012340001"}'),
    ('usage_notice', 1, '用量提醒', 'Usage notice', 'transactional', '{sms}', false, false, 720,
     6, 24, '', '',
     '号码 {number} 的{allowance}已使用 {percent}%，剩余 {left}。',
     '{number} has used {percent}% of {allowance}; {left} are left.',
     '{"number": "13012340001", "allowance": "10 GB", "percent": 80, "left": "2 GB"}'),
    ('order_done', 1, '业务办理完成', 'Order done', 'transactional', '{sms,email}', false, false,
     4320, 0, 24, '您办理的业务已生效', 'Your order is done',
     '您办理的“{what}”已生效，单号 {number}。',
     'Your order “{what}” is done, number {number}.',
     '{"what": "校园A卡", "number": "O2026050042"}'),
    ('order_refused', 1, '业务办理未成功', 'Order not done', 'transactional', '{sms,email}', false,
     false, 4320, 0, 24, '您办理的业务未成功', 'Your order was not done',
     '您办理的“{what}”未成功，单号 {number}，未收取费用。详询 10010。',
     'Your order “{what}” could not be done, number {number}; nothing was charged. Ask 10010.',
     '{"what": "校园A卡", "number": "O2026050042"}'),
    ('article', 1, '知识解答', 'An answer from an agent', 'transactional', '{sms,email}', true,
     false, 1440, 10, 24, '{title}', '{title}', '{title}：{snippet}', '{title}: {snippet}',
     '{"title": "17911", "snippet": "17911 + 0 + 区号 + 号码"}'),
    ('better_plan', 1, '更省的资费', 'A better plan', 'marketing', '{sms,email}', false, false,
     10080, 1, 720, '每月可省 {saving_fen} 元', 'Save {saving_fen} yuan a month',
     '按您近几个月的用量，改用“{plan}”每月约省 {saving_fen} 元。详询 10010；回复 TD 不再接收。',
     'With your usage “{plan}” would save about {saving_fen} yuan a month. Ask 10010; reply TD to'
     || ' get no more of these.',
     '{"plan": "17911", "saving_fen": 6400}');

-- Who may send, see and word messages.
UPDATE staff_role SET permissions = permissions || '{messages.send}'::text[]
 WHERE name IN ('agent', 'lead', 'manager', 'clerk', 'back_office')
   AND NOT 'messages.send' = ANY (permissions);
UPDATE staff_role SET permissions = permissions || '{messages.manage}'::text[]
 WHERE name IN ('manager', 'product', 'admin') AND NOT 'messages.manage' = ANY (permissions);
