-- What can be sold: plans and add-ons, every version as it was published.

-- The file as written. Its hash names the content everywhere else.
CREATE TABLE catalog_text (
    hash     text        PRIMARY KEY,
    file     text        NOT NULL,
    body     text        NOT NULL,
    added_at timestamptz NOT NULL
);

-- A published version never changes; only the end of its sale and its successor may be set later.
CREATE TABLE catalog_offer (
    id           text        NOT NULL,
    version      int         NOT NULL CHECK (version > 0),
    kind         text        NOT NULL CHECK (kind IN ('plan', 'add_on')),
    line_kinds   text[]      NOT NULL,
    name_zh      text        NOT NULL,
    name_en      text        NOT NULL,
    text_hash    text        NOT NULL REFERENCES catalog_text,
    on_sale_from date,
    on_sale_to   date,
    successor    text,
    examples     int         NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text        NOT NULL,
    PRIMARY KEY (id, version),
    CHECK (on_sale_from IS NULL OR on_sale_to IS NULL OR on_sale_from <= on_sale_to)
);
