-- Advice given, kept as evidence: what was priced, on which catalogue, with what result.

CREATE TABLE advice (
    customer_id      uuid        NOT NULL,
    id               uuid        NOT NULL,
    line_id          uuid,
    contact_id       uuid,
    at               timestamptz NOT NULL,
    actor_id         uuid,
    actor_name       text        NOT NULL DEFAULT '',
    verdict          text        NOT NULL,
    current_key      text,
    best_key         text,
    saving_fen       bigint      NOT NULL,
    habit_saving_fen bigint      NOT NULL DEFAULT 0,
    months           date[]      NOT NULL,
    usage_digest     text        NOT NULL,
    catalogue_digest text        NOT NULL,
    result           jsonb       NOT NULL,
    PRIMARY KEY (customer_id, id)
);
CREATE INDEX advice_by_line ON advice (line_id, id DESC) WHERE line_id IS NOT NULL;
