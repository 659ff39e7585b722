-- Who works here: users, roles and their rights, sign-in tokens, API clients, tries to get in.

CREATE TABLE staff_role (
    name        text     PRIMARY KEY,
    label_zh    text     NOT NULL,
    label_en    text     NOT NULL,
    permissions text[]   NOT NULL,
    revision    bigint   NOT NULL DEFAULT 1,
    built_in    boolean  NOT NULL DEFAULT false
);

CREATE TABLE staff_user (
    id                  uuid        PRIMARY KEY,
    login               text        NOT NULL,
    name                text        NOT NULL,
    language            text        NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    roles               text[]      NOT NULL,
    password_hash       text        NOT NULL,
    password_change_due boolean     NOT NULL DEFAULT false,
    password_changed_at timestamptz NOT NULL,
    totp_secret         bytea,
    totp_pending        bytea,
    totp_counter        bigint      NOT NULL DEFAULT 0,
    disabled_at         timestamptz,
    created_at          timestamptz NOT NULL
);
CREATE UNIQUE INDEX staff_user_login ON staff_user (lower(login));

CREATE TABLE api_client (
    id          uuid        PRIMARY KEY,
    name        text        NOT NULL,
    secret_hash bytea       NOT NULL,
    scopes      text[]      NOT NULL,
    disabled_at timestamptz,
    created_at  timestamptz NOT NULL
);

-- One row per open door. The token itself is nowhere: only its SHA-256.
CREATE TABLE staff_token (
    token_hash  bytea       PRIMARY KEY,
    id          uuid        NOT NULL UNIQUE,
    user_id     uuid        REFERENCES staff_user (id),
    client_id   uuid        REFERENCES api_client (id),
    scopes      text[],
    contact_id  uuid,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz NOT NULL,
    idle_until  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    address     text        NOT NULL DEFAULT '',
    agent       text        NOT NULL DEFAULT '',
    CHECK ((user_id IS NULL) <> (client_id IS NULL))
);
CREATE INDEX staff_token_by_user ON staff_token (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX staff_token_by_expiry ON staff_token (expires_at);

-- Tries are counted before they are judged, so that a hundred at once are a hundred.
CREATE TABLE staff_attempt (
    key          text        PRIMARY KEY,
    tries        int         NOT NULL,
    window_ends  timestamptz NOT NULL,
    locked_until timestamptz
);

-- The roles the house ships with: `staff.ROLES`, which a test holds against this list.
INSERT INTO staff_role (name, label_zh, label_en, built_in, permissions) VALUES
    ('agent', '客服代表', 'Agent', true,
     string_to_array('adjustments.request,advice.give,bills.read,cases.open,cases.read,cases.work,'
     || 'contacts.write,customers.read,customers.search,customers.write,orders.place,'
     || 'orders.read,payments.read,plans.read,usage.read', ',')),
    ('lead', '班组长', 'Team lead', true,
     string_to_array('adjustments.approve,adjustments.request,advice.give,bills.read,cases.open,'
     || 'cases.read,cases.review,cases.work,contacts.waive,contacts.write,customers.read,'
     || 'customers.search,customers.write,documents.read,health.read,lines.force,'
     || 'orders.place,orders.read,payments.read,payments.reverse,payments.take,'
     || 'plans.read,usage.read', ',')),
    ('manager', '经理', 'Manager', true,
     string_to_array('adjustments.approve,adjustments.approve_large,adjustments.request,advice.give,'
     || 'audit.read,bills.read,cases.open,cases.read,cases.review,cases.work,'
     || 'contacts.waive,contacts.write,customers.read,customers.search,customers.write,'
     || 'documents.read,health.read,lines.force,orders.place,orders.read,payments.read,'
     || 'payments.reverse,plans.read,usage.read', ',')),
    ('finance', '财务', 'Finance', true,
     string_to_array('adjustments.approve,adjustments.approve_any,adjustments.approve_large,'
     || 'adjustments.request,audit.read,billing.run,bills.read,cases.read,contacts.waive,'
     || 'customers.read,customers.search,orders.read,payments.read,payments.reverse,'
     || 'plans.read,usage.read', ',')),
    ('clerk', '营业员', 'Shop clerk', true,
     string_to_array('adjustments.request,advice.give,bills.read,cases.open,cases.read,cases.work,'
     || 'contacts.write,customers.read,customers.search,customers.write,documents.read,'
     || 'orders.place,orders.read,payments.read,payments.take,plans.read,usage.read', ',')),
    ('back_office', '后台支撑', 'Back office', true,
     string_to_array('adjustments.request,billing.run,bills.read,cases.open,cases.read,cases.work,'
     || 'contacts.waive,contacts.write,customers.read,customers.search,health.read,'
     || 'intake.run,lines.collect,lines.force,numbers.manage,orders.read,payments.read,'
     || 'plans.read,quarantine.correct,usage.read', ',')),
    ('product', '产品经理', 'Product manager', true,
     string_to_array('health.read,plans.publish,plans.read', ',')),
    ('admin', '系统管理员', 'Administrator', true,
     string_to_array('audit.read,health.read,messages.read,plans.read,staff.manage,tmf.subscribe', ','));
