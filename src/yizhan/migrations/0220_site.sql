-- The customer's own site: open doors, codes under way, tries to get in, files sent with a case.

-- One row per open door of a customer. The token itself is nowhere: only its SHA-256.
CREATE TABLE site_session (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    token_hash  bytea       NOT NULL,
    contact_id  uuid        NOT NULL,
    line_id     uuid        NOT NULL,  -- the number he signed in with
    name        text        NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz NOT NULL,
    idle_until  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    address     text        NOT NULL DEFAULT '',
    agent       text        NOT NULL DEFAULT '',
    PRIMARY KEY (customer_id, id)
);
CREATE UNIQUE INDEX site_session_token ON site_session (token_hash);
CREATE INDEX site_session_expiry ON site_session (expires_at);

-- A sign-in by one-time code that waits for the code. An unknown number has a row too, with
-- nobody behind it, so that the answer gives nothing away.
CREATE TABLE site_code (
    token_hash  bytea       PRIMARY KEY,
    customer_id uuid,
    contact_id  uuid,
    line_id     uuid,
    number      text        NOT NULL,  -- masked
    expires_at  timestamptz NOT NULL
);
CREATE INDEX site_code_expiry ON site_code (expires_at);

-- Tries are counted before they are judged, so that a hundred at once are a hundred.
CREATE TABLE site_attempt (
    key         text        PRIMARY KEY,
    tries       int         NOT NULL,
    window_ends timestamptz NOT NULL
);
CREATE INDEX site_attempt_end ON site_attempt (window_ends);

-- What a customer or an agent put to a case: a picture of the bill, of the screen, a letter.
CREATE TABLE case_attachment (
    customer_id uuid        NOT NULL,
    id          uuid        NOT NULL,
    case_id     uuid        NOT NULL,
    name        text        NOT NULL,
    media_type  text        NOT NULL,
    size_bytes  int         NOT NULL CHECK (size_bytes > 0),
    content     bytea       NOT NULL,
    author_kind text        NOT NULL,
    author_name text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX case_attachment_of_case ON case_attachment (customer_id, case_id, id);
