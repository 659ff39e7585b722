-- Cases: consultation, order in trouble, fault, complaint, suggestion, praise. One table for all;
-- classes, teams, clock rules and reasons to wait are data with a validity, edited without a release.

CREATE TABLE case_team (
    code text PRIMARY KEY,
    zh   text NOT NULL,
    en   text NOT NULL,
    role text NOT NULL
);

CREATE TABLE case_class (
    code      text    PRIMARY KEY,
    parent    text    REFERENCES case_class,
    kind      text    NOT NULL,
    zh        text    NOT NULL,
    en        text    NOT NULL,
    team      text    NOT NULL REFERENCES case_team,
    urgency   text    NOT NULL DEFAULT 'normal' CHECK (urgency IN ('normal', 'urgent', 'critical')),
    review    boolean NOT NULL DEFAULT false,
    follow_up boolean NOT NULL DEFAULT false,
    in_use    boolean NOT NULL DEFAULT true
);

-- A clock rule: how long, from which day, and who says so. class_code '' means every class.
CREATE TABLE case_rule (
    code              text   NOT NULL,
    clock             text   NOT NULL
        CHECK (clock IN ('first_contact', 'resolution', 'take', 'follow_up')),
    kind              text   NOT NULL DEFAULT '',
    class_code        text   NOT NULL DEFAULT '',
    limit_seconds     bigint NOT NULL CHECK (limit_seconds > 0),
    mean_seconds      bigint CHECK (mean_seconds > 0),
    warn_seconds      bigint NOT NULL CHECK (warn_seconds >= 0),
    pause_cap_seconds bigint NOT NULL DEFAULT 0 CHECK (pause_cap_seconds >= 0),
    basis             text   NOT NULL CHECK (basis IN ('law', 'promise', 'house')),
    source_zh         text   NOT NULL,
    source_en         text   NOT NULL,
    valid_from        date   NOT NULL,
    valid_to          date   CHECK (valid_to > valid_from),
    PRIMARY KEY (code, clock, kind, class_code, valid_from)
);

CREATE TABLE case_hold_reason (
    code        text   PRIMARY KEY,
    zh          text   NOT NULL,
    en          text   NOT NULL,
    cap_seconds bigint NOT NULL CHECK (cap_seconds > 0)
);

-- The day is in the number, so the sequence need not be told apart by day; it wraps at a million.
CREATE SEQUENCE case_number_sequence MINVALUE 0 MAXVALUE 999999 CYCLE;

CREATE TABLE care_case (
    customer_id    uuid        NOT NULL,
    id             uuid        NOT NULL,
    number         text        NOT NULL,
    kind           text        NOT NULL,
    class_code     text        NOT NULL REFERENCES case_class,
    subject        text        NOT NULL,
    description    text        NOT NULL,
    urgency        text        NOT NULL,
    level          smallint    NOT NULL,
    state          text        NOT NULL,
    channel        text        NOT NULL,
    source         text        NOT NULL,
    opened_at      timestamptz NOT NULL,
    opened_key     text,
    owner_id       uuid,
    owner_name     text        NOT NULL,
    assigned_role  text,
    assigned_team  text,
    assigned_id    uuid,
    assigned_name  text        NOT NULL,
    assigned_name_en text      NOT NULL,
    dispatches     smallint    NOT NULL,
    returns        smallint    NOT NULL,
    urges          smallint    NOT NULL,
    reopens        smallint    NOT NULL,
    repeat_of      uuid,
    repeats        smallint    NOT NULL,
    review         boolean     NOT NULL,
    follow_up      boolean     NOT NULL,
    follow_up_tries smallint   NOT NULL,
    hold_reason    text        REFERENCES case_hold_reason,
    hold_until     timestamptz,
    answer         text,
    outcome        text,
    answered_by    uuid,
    answered_at    timestamptz,
    satisfaction   text,
    root_cause     text,
    closed_at      timestamptz,
    next_due_at    timestamptz,
    version        int         NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX care_case_by_id ON care_case (id);
CREATE INDEX care_case_by_number ON care_case (number);
CREATE UNIQUE INDEX care_case_by_key ON care_case (customer_id, opened_key)
    WHERE opened_key IS NOT NULL;
CREATE INDEX care_case_of_customer ON care_case (customer_id, opened_at DESC);
CREATE INDEX care_case_by_deadline ON care_case (next_due_at, id)
    WHERE state NOT IN ('archived', 'cancelled');
CREATE INDEX care_case_of_team ON care_case (assigned_team, next_due_at, id)
    WHERE state NOT IN ('archived', 'cancelled');
CREATE INDEX care_case_of_person ON care_case (assigned_id, next_due_at, id)
    WHERE state NOT IN ('archived', 'cancelled');
CREATE INDEX care_case_of_owner ON care_case (owner_id, next_due_at, id)
    WHERE state NOT IN ('archived', 'cancelled');

-- A clock keeps the rule it was started under: a later rule does not move an earlier promise.
CREATE TABLE case_clock (
    customer_id       uuid        NOT NULL,
    case_id           uuid        NOT NULL,
    clock             text        NOT NULL,
    round             smallint    NOT NULL,
    rule_code         text        NOT NULL,
    basis             text        NOT NULL,
    source_zh         text        NOT NULL,
    source_en         text        NOT NULL,
    started_at        timestamptz NOT NULL,
    limit_seconds     bigint      NOT NULL,
    mean_seconds      bigint,
    warn_seconds      bigint      NOT NULL,
    pause_cap_seconds bigint      NOT NULL,
    paused_seconds    bigint      NOT NULL,
    paused_since      timestamptz,
    due_at            timestamptz NOT NULL,
    warned_at         timestamptz,
    missed_at         timestamptz,
    ended_at          timestamptz,
    met               boolean,
    PRIMARY KEY (customer_id, case_id, clock, round)
);
CREATE INDEX case_clock_by_rule ON case_clock (rule_code, started_at);

CREATE TABLE case_note (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    case_id     uuid        NOT NULL,
    at          timestamptz NOT NULL,
    author_id   uuid,
    author_name text        NOT NULL,
    author_kind text        NOT NULL,
    visible_to  text        NOT NULL CHECK (visible_to IN ('internal', 'customer')),
    text        text        NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX case_note_of_case ON case_note (customer_id, case_id, id);

CREATE TABLE case_link (
    customer_id uuid        NOT NULL,
    case_id     uuid        NOT NULL,
    kind        text        NOT NULL
        CHECK (kind IN ('contact', 'line', 'account', 'bill', 'order', 'payment', 'usage', 'case', 'staff')),
    ref_id      uuid        NOT NULL,
    label       text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, case_id, kind, ref_id)
);
CREATE INDEX case_link_by_ref ON case_link (customer_id, ref_id);

INSERT INTO case_team (code, role, zh, en) VALUES
    ('front',    'agent',       '前台坐席',     'Front desk'),
    ('billing',  'back_office', '账务处理组',   'Billing desk'),
    ('orders',   'back_office', '业务支撑组',   'Order desk'),
    ('network',  'back_office', '网络故障组',   'Network desk'),
    ('field',    'back_office', '装维组',       'Install and repair'),
    ('products', 'back_office', '产品支撑组',   'Product desk'),
    ('quality',  'lead',        '服务质量组',   'Service quality'),
    ('leads',    'lead',        '值班班长',     'Team leads');

INSERT INTO case_hold_reason (code, zh, en, cap_seconds) VALUES
    ('customer_documents', '等待客户补充材料', 'Waiting for documents from the customer', 432000),
    ('customer_unreachable', '客户暂时联系不上', 'The customer cannot be reached for now', 259200),
    ('customer_appointment', '已与客户约定时间', 'A time was agreed with the customer', 604800),
    ('third_party', '等待合作方或其他运营商', 'Waiting for a partner or another operator', 432000),
    ('network_works', '等待网络施工完成', 'Waiting for works on the network', 432000),
    ('next_bill', '等待下期账单验证', 'Waiting for the next bill to prove it', 2678400);

INSERT INTO case_class (code, kind, parent, team, review, follow_up, zh, en) VALUES
    ('consultation',            'consultation', NULL, 'front',    false, false, '咨询', 'Consultation'),
    ('consultation.tariff',     'consultation', 'consultation', 'front', false, false, '资费与套餐', 'Tariffs and plans'),
    ('consultation.bill',       'consultation', 'consultation', 'billing', false, false, '话费与账单', 'Charges and bills'),
    ('consultation.dialling',   'consultation', 'consultation', 'front', false, false, '拨打方式（长途、17911、漫游）', 'How to dial (long distance, 17911, roaming)'),
    ('consultation.new_line',   'consultation', 'consultation', 'front', false, false, '新入网与选号', 'New line and numbers'),
    ('consultation.procedure',  'consultation', 'consultation', 'orders', false, false, '业务办理流程', 'How something is done'),
    ('consultation.shops',      'consultation', 'consultation', 'front', false, false, '营业厅地址与时间', 'Shops and hours'),
    ('consultation.club',       'consultation', 'consultation', 'front', false, false, '俱乐部与积分', 'Club and points'),
    ('consultation.knowledge',  'consultation', 'consultation', 'products', false, false, '知识库缺失', 'Missing from the knowledge base'),

    ('order',                   'order', NULL, 'orders', false, true, '受理单异常', 'Order in trouble'),
    ('order.open',              'order', 'order', 'orders', false, true, '入网开户未完成', 'Opening not completed'),
    ('order.plan_change',       'order', 'order', 'orders', false, true, '套餐变更未生效', 'Plan change not in effect'),
    ('order.suspend_resume',    'order', 'order', 'orders', false, true, '停复机未生效', 'Suspend or resume not in effect'),
    ('order.add_on',            'order', 'order', 'orders', false, true, '增值业务未开通或未关闭', 'Add-on not opened or not closed'),
    ('order.transfer',          'order', 'order', 'orders', false, true, '过户更名异常', 'Transfer of owner'),
    ('order.payment_missing',   'order', 'order', 'billing', false, true, '缴费充值未到账', 'Payment not credited'),

    ('fault',                   'fault', NULL, 'network', false, true, '故障申告', 'Fault'),
    ('fault.voice',             'fault', 'fault', 'network', false, true, '通话与信号', 'Calls and signal'),
    ('fault.messages',          'fault', 'fault', 'network', false, true, '短信彩信', 'Messages'),
    ('fault.data',              'fault', 'fault', 'network', false, true, '上网', 'Mobile data'),
    ('fault.card',              'fault', 'fault', 'orders', false, true, 'SIM/UIM 卡', 'SIM or UIM card'),
    ('fault.roaming',           'fault', 'fault', 'network', false, true, '漫游异常', 'Roaming'),
    ('fault.fixed',             'fault', 'fault', 'field', false, true, '固定电话', 'Fixed telephone'),
    ('fault.broadband',         'fault', 'fault', 'field', false, true, '宽带', 'Broadband'),
    ('fault.data_line',         'fault', 'fault', 'field', false, true, '数据专线', 'Data line'),

    ('suggestion',              'suggestion', NULL, 'quality', false, false, '建议', 'Suggestion'),
    ('suggestion.service',      'suggestion', 'suggestion', 'quality', false, false, '服务建议', 'About service'),
    ('suggestion.product',      'suggestion', 'suggestion', 'products', false, false, '产品建议', 'About products'),
    ('suggestion.network',      'suggestion', 'suggestion', 'network', false, false, '网络建议', 'About the network'),

    ('praise',                  'praise', NULL, 'quality', false, false, '表扬', 'Praise'),
    ('praise.person',           'praise', 'praise', 'quality', false, false, '表扬员工', 'For a member of staff'),
    ('praise.service',          'praise', 'praise', 'quality', false, false, '表扬服务', 'For the service'),
    ('praise.network',          'praise', 'praise', 'quality', false, false, '表扬网络', 'For the network'),

    ('complaint',               'complaint', NULL, 'quality', true, true, '投诉', 'Complaint'),
    ('complaint.fees',          'complaint', 'complaint', 'billing', true, true, '费用、账单与退费', 'Fees, bills and refunds'),
    ('complaint.order',         'complaint', 'complaint', 'orders', true, true, '订购、取消与销户', 'Order, cancel and close'),
    ('complaint.control',       'complaint', 'complaint', 'orders', true, true, '开停复机与管控', 'Open, suspend, resume and control'),
    ('complaint.marketing',     'complaint', 'complaint', 'quality', true, true, '营销承诺与服务态度', 'Marketing promise and attitude'),
    ('complaint.rules',         'complaint', 'complaint', 'products', true, true, '业务规则与办理资格', 'Rules and eligibility'),
    ('complaint.product',       'complaint', 'complaint', 'products', true, true, '产品、应用与查询', 'Product, application and query'),
    ('complaint.network',       'complaint', 'complaint', 'network', true, true, '网络质量', 'Network'),
    ('complaint.repair',        'complaint', 'complaint', 'field', true, true, '装机与维修', 'Install and repair'),
    ('complaint.process',       'complaint', 'complaint', 'quality', true, true, '投诉处理过程', 'How a complaint was handled');

INSERT INTO case_class (code, kind, parent, team, review, follow_up, zh, en)
SELECT p.code || '.' || leaf.code, 'complaint', p.code, p.team, true, true, leaf.zh, leaf.en
  FROM case_class p
  JOIN (VALUES
    ('complaint.fees', 'call_charge', '通话费有误', 'Call charge is wrong'),
    ('complaint.fees', 'long_distance', '长途费有误', 'Long-distance charge is wrong'),
    ('complaint.fees', 'roaming', '漫游费有误', 'Roaming charge is wrong'),
    ('complaint.fees', 'message_charge', '短信彩信费有误', 'Message charge is wrong'),
    ('complaint.fees', 'data_charge', '流量费有误', 'Data charge is wrong'),
    ('complaint.fees', 'monthly_fee', '月租或套餐费有误', 'Monthly fee is wrong'),
    ('complaint.fees', 'minimum_spend', '最低消费有异议', 'Minimum spend is disputed'),
    ('complaint.fees', 'allowance', '套餐内资源扣减有误', 'Allowance counted wrongly'),
    ('complaint.fees', 'discount_missing', '优惠未兑现', 'Discount not applied'),
    ('complaint.fees', 'partner_content', '代收信息费有异议', 'Partner content fee is disputed'),
    ('complaint.fees', 'late_fee', '违约金有异议', 'Late fee is disputed'),
    ('complaint.fees', 'refund', '退费未到或有误', 'Refund missing or wrong'),
    ('complaint.fees', 'invoice', '发票与账单寄送', 'Invoice and bill delivery'),
    ('complaint.fees', 'payment', '缴费未到账', 'Payment not credited'),
    ('complaint.order', 'unknown_order', '不知情订购', 'Ordered without knowing'),
    ('complaint.order', 'cannot_order', '无法订购', 'Cannot order'),
    ('complaint.order', 'cannot_cancel', '无法取消', 'Cannot cancel'),
    ('complaint.order', 'cannot_close', '销户受阻', 'Cannot close the line'),
    ('complaint.order', 'return_card', '退卡受阻', 'Cannot return the card'),
    ('complaint.order', 'plan_change', '套餐变更有误', 'Plan change went wrong'),
    ('complaint.order', 'transfer', '过户有误', 'Transfer of owner went wrong'),
    ('complaint.order', 'number', '选号与号码归属', 'Choice or ownership of a number'),
    ('complaint.control', 'open_late', '开通不及时', 'Opened late'),
    ('complaint.control', 'wrong_stop', '误停机', 'Stopped by mistake'),
    ('complaint.control', 'no_notice', '停机前未提醒', 'Stopped without notice'),
    ('complaint.control', 'resume_late', '缴费后复机不及时', 'Resumed late after payment'),
    ('complaint.control', 'risk_stop', '风险管控停机', 'Stopped by risk control'),
    ('complaint.control', 'loss', '挂失解挂异常', 'Loss report or its lifting'),
    ('complaint.control', 'usage_cap', '用量封顶与提醒', 'Usage cap and notices'),
    ('complaint.control', 'identity', '实名认证异常', 'Real-name check'),
    ('complaint.marketing', 'promise_broken', '营销承诺未兑现', 'A promise was not kept'),
    ('complaint.marketing', 'misleading', '宣传误导', 'Misleading publicity'),
    ('complaint.marketing', 'nuisance_call', '营销骚扰', 'Nuisance calls'),
    ('complaint.marketing', 'gift', '礼品与活动兑现', 'Gifts and campaigns'),
    ('complaint.marketing', 'attitude_agent', '客服人员态度', 'Attitude of an agent'),
    ('complaint.marketing', 'attitude_shop', '营业人员态度', 'Attitude in a shop'),
    ('complaint.marketing', 'skill', '业务差错或不熟练', 'Mistake or lack of skill'),
    ('complaint.marketing', 'queue', '排队等候过长', 'Waited too long'),
    ('complaint.rules', 'eligibility', '办理资格受限', 'Not eligible'),
    ('complaint.rules', 'contract_term', '合约期与违约规则', 'Term and exit rules'),
    ('complaint.rules', 'withdrawn_plan', '套餐下架', 'Plan withdrawn'),
    ('complaint.rules', 'region', '地域限制', 'Limits by region'),
    ('complaint.rules', 'new_old', '新老用户不同权', 'New and old customers treated differently'),
    ('complaint.rules', 'credit', '信用额度', 'Credit limit'),
    ('complaint.rules', 'points', '积分规则', 'Points'),
    ('complaint.product', 'caller_id', '来电显示与呼转', 'Caller display and forwarding'),
    ('complaint.product', 'value_added', '增值业务使用', 'Value-added service'),
    ('complaint.product', 'family_numbers', '亲情号码', 'Family numbers'),
    ('complaint.product', 'web', '网站与应用', 'Web site and application'),
    ('complaint.product', 'ivr', '语音自助', 'Voice menu'),
    ('complaint.product', 'query', '查询与详单', 'Queries and itemised bill'),
    ('complaint.product', 'reminder', '提醒短信', 'Reminder messages'),
    ('complaint.network', 'no_coverage', '无信号或弱信号', 'No or weak signal'),
    ('complaint.network', 'dropped', '掉话与杂音', 'Dropped calls and noise'),
    ('complaint.network', 'cannot_call', '无法主被叫', 'Cannot call or be called'),
    ('complaint.network', 'slow_data', '上网慢', 'Slow data'),
    ('complaint.network', 'messages', '短信收发异常', 'Messages not sent or received'),
    ('complaint.network', 'roaming', '漫游无服务', 'No service when roaming'),
    ('complaint.network', 'radiation', '基站与辐射', 'Base stations'),
    ('complaint.repair', 'install_late', '装机不及时', 'Installed late'),
    ('complaint.repair', 'no_resource', '无装机资源', 'No capacity to install'),
    ('complaint.repair', 'repair_late', '维修不及时', 'Repaired late'),
    ('complaint.repair', 'repeat_fault', '重复故障', 'The same fault again'),
    ('complaint.repair', 'engineer', '装维人员服务', 'Service of the engineer'),
    ('complaint.repair', 'equipment', '终端与设备', 'Equipment'),
    ('complaint.process', 'unresolved', '长期未解决', 'Unresolved for long'),
    ('complaint.process', 'wrong_dispatch', '派错部门', 'Sent to the wrong department'),
    ('complaint.process', 'pushing', '部门互相推诿', 'Departments pushing each other'),
    ('complaint.process', 'no_reply', '未按时回复', 'No reply in time'),
    ('complaint.process', 'answer', '不认可处理结果', 'Answer not accepted')
  ) AS leaf (parent, code, zh, en) ON leaf.parent = p.code;

UPDATE case_class SET urgency = 'urgent'
 WHERE code IN ('complaint.control.wrong_stop', 'complaint.control.loss', 'fault.voice',
                'order.payment_missing', 'complaint.process.unresolved');

INSERT INTO case_rule (code, clock, kind, class_code, limit_seconds, mean_seconds, warn_seconds,
                       pause_cap_seconds, basis, valid_from, source_zh, source_en) VALUES
    ('R05', 'resolution', 'complaint', '', 1296000, NULL, 259200, 0, 'law', '2000-01-01',
     '电信服务规范：自接到投诉之日起 15 日内答复', 'Telecom service standard: a complaint is answered within 15 days of receipt'),
    ('P-double-refund', 'resolution', 'complaint', 'complaint.fees', 1296000, NULL, 432000, 0, 'promise', '2004-01-01',
     '收费误差双倍返还：15 日内给出核查结论', 'Double refund of billing errors: the verdict within 15 days'),
    ('P-first-reply', 'first_contact', 'complaint', '', 172800, NULL, 43200, 0, 'promise', '2000-01-01',
     '服务承诺：100% 回复，首次回复不超过 48 小时', 'Service pledge: every complaint is replied to, first within 48 hours'),
    ('R10', 'resolution', 'fault', '', 172800, 86400, 86400, 86400, 'law', '2000-01-01',
     '电信服务规范：移动通信障碍平均 24 小时、最长 48 小时修复', 'Telecom service standard: mobile faults repaired in 24 hours on average, 48 at most'),
    ('R19', 'resolution', 'fault', 'fault.fixed', 172800, NULL, 43200, 86400, 'law', '2000-01-01',
     '电信服务规范：固定电话障碍城镇 48 小时内修复', 'Telecom service standard: fixed faults in towns repaired within 48 hours'),
    ('R19', 'resolution', 'fault', 'fault.broadband', 172800, NULL, 43200, 86400, 'law', '2000-01-01',
     '电信服务规范：固定接入障碍城镇 48 小时内修复', 'Telecom service standard: faults of fixed access in towns repaired within 48 hours'),
    ('R09', 'resolution', 'order', '', 86400, 3600, 14400, 259200, 'law', '2000-01-01',
     '电信服务规范：更名、过户、停机平均 1 小时、最长 24 小时', 'Telecom service standard: name change, transfer and suspension within 1 hour on average, 24 at most'),
    ('R22', 'resolution', 'order', 'order.payment_missing', 86400, NULL, 43200, 259200, 'promise', '2000-01-01',
     '服务合同：缴清后 24 小时内复机', 'Service contract: resumed within 24 hours of paying'),
    ('H-consult', 'resolution', 'consultation', '', 172800, NULL, 43200, 432000, 'house', '2000-01-01',
     '本企业承诺：当场不能答复的咨询 48 小时内回复', 'Our own promise: what cannot be answered at once is answered within 48 hours'),
    ('H-voice', 'resolution', 'suggestion', '', 1296000, NULL, 259200, 864000, 'house', '2000-01-01',
     '本企业承诺：建议 15 日内答复', 'Our own promise: a suggestion is answered within 15 days'),
    ('H-voice', 'resolution', 'praise', '', 604800, NULL, 172800, 864000, 'house', '2000-01-01',
     '本企业承诺：表扬 7 日内转达本人', 'Our own promise: praise reaches the person within 7 days'),
    ('H-take', 'take', '', '', 7200, NULL, 1800, 0, 'house', '2000-01-01',
     '内部规定：派单后 2 小时内接单', 'House rule: a dispatched case is taken within 2 hours'),
    ('H-follow-up', 'follow_up', '', '', 259200, NULL, 86400, 0, 'house', '2000-01-01',
     '内部规定：3 日内回访，最多 3 次', 'House rule: follow up within 3 days, at most 3 tries');
