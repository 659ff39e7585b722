-- Knowledge: articles in two languages with versions, the index they are found by, what was missing.

CREATE TABLE knowledge_article (
    code       text        NOT NULL,
    version    int         NOT NULL,
    title_zh   text        NOT NULL,
    title_en   text        NOT NULL,
    body_zh    text        NOT NULL,
    body_en    text        NOT NULL,
    snippet_zh text        NOT NULL,  -- what is sent to a customer
    snippet_en text        NOT NULL,
    keywords   text        NOT NULL DEFAULT '',
    audience   text        NOT NULL CHECK (audience IN ('everybody', 'staff')),
    channels   text[]      NOT NULL,  -- empty: every channel
    valid_from date        NOT NULL,
    valid_to   date,
    written_at timestamptz NOT NULL,
    written_by text        NOT NULL,
    PRIMARY KEY (code, version)
);

-- The words of the version in force. Han text is cut into pairs of characters, so that it is found
-- in any locale and without an extension.
CREATE TABLE knowledge_term (
    term     text COLLATE "C" NOT NULL,
    language text             NOT NULL,
    code     text             NOT NULL,
    weight   real             NOT NULL,
    PRIMARY KEY (term, language, code)
);
CREATE INDEX knowledge_term_of ON knowledge_term (code);
CREATE TABLE knowledge_length (
    code     text NOT NULL,
    language text NOT NULL,
    length   real NOT NULL,
    PRIMARY KEY (code, language)
);

CREATE TABLE knowledge_use (
    code text   PRIMARY KEY,
    used bigint NOT NULL
);

CREATE TABLE knowledge_missing (
    customer_id uuid        NOT NULL,  -- nil when nobody in particular asked
    id          uuid        NOT NULL,
    question    text        NOT NULL,
    asked_at    timestamptz NOT NULL,
    asked_by    text        NOT NULL,
    PRIMARY KEY (customer_id, id)
);

UPDATE staff_role SET permissions = permissions || '{knowledge.read}'::text[]
 WHERE name IN ('agent', 'lead', 'manager', 'clerk', 'back_office', 'finance', 'product')
   AND NOT 'knowledge.read' = ANY (permissions);
UPDATE staff_role SET permissions = permissions || '{knowledge.write}'::text[]
 WHERE name IN ('lead', 'manager', 'product') AND NOT 'knowledge.write' = ANY (permissions);
