-- Contacts on any channel, and how the caller was verified in each.

CREATE TABLE contact (
    customer_id     uuid        NOT NULL,  -- nil while we do not know who it is
    id              uuid        NOT NULL,
    channel         text        NOT NULL,
    direction       text        NOT NULL CHECK (direction IN ('in', 'out')),
    purpose         text        NOT NULL DEFAULT '',
    number_dialled  text,
    number_from     text,
    began_at        timestamptz NOT NULL,
    finished_at     timestamptz,
    disposition     text,
    note            text        NOT NULL DEFAULT '',
    actor_id        uuid,
    actor_name      text        NOT NULL DEFAULT '',
    verified_at     timestamptz,
    verified_method text,
    verified_by     text,
    PRIMARY KEY (customer_id, id),
    CHECK ((verified_at IS NULL) = (verified_method IS NULL))
);
CREATE UNIQUE INDEX contact_by_id ON contact (id);
CREATE INDEX contact_of_actor ON contact (actor_id, id);

-- Every try to prove who one is. Kept: it is what the lock is decided by.
CREATE TABLE verification_try (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    contact_id  uuid,
    method      text        NOT NULL,
    right_one   boolean     NOT NULL,
    at          timestamptz NOT NULL,
    actor_name  text        NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX verification_try_recent ON verification_try (customer_id, method, at DESC, id DESC);

CREATE TABLE service_password (
    customer_id uuid        PRIMARY KEY,
    hash        text        NOT NULL,
    set_at      timestamptz NOT NULL,
    temporary   boolean     NOT NULL DEFAULT false
);

CREATE TABLE one_time_code (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    contact_id  uuid        NOT NULL,
    hash        text        NOT NULL,
    sent_to     text        NOT NULL,  -- masked
    expires_at  timestamptz NOT NULL,
    wrong_tries smallint    NOT NULL DEFAULT 0,
    used_at     timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX one_time_code_of_contact ON one_time_code (contact_id, id DESC);

-- Messages on their way out. The text is forgotten once it is delivered or of no use any more.
CREATE TABLE message_out (
    customer_id  uuid        NOT NULL,
    id           uuid        NOT NULL,
    medium       text        NOT NULL,
    address      text        NOT NULL,
    text         text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX message_out_waiting ON message_out (expires_at) WHERE text IS NOT NULL;
