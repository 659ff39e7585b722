-- What must always hold, looked at hourly; each look is kept.

CREATE TABLE invariant_run (
    id         uuid        PRIMARY KEY,
    started_at timestamptz NOT NULL,
    asked_by   text        NOT NULL,
    checks     int         NOT NULL
);
CREATE INDEX invariant_run_by_time ON invariant_run (started_at);

CREATE TABLE invariant_result (
    run_id      uuid        NOT NULL REFERENCES invariant_run ON DELETE CASCADE,
    name        text        NOT NULL,
    looked_at   timestamptz NOT NULL,
    breaches    int,                    -- null: the check itself failed, see error
    examples    jsonb       NOT NULL,
    took_ms     int         NOT NULL,
    error       text,
    PRIMARY KEY (run_id, name),
    CHECK ((breaches IS NULL) = (error IS NOT NULL))
);
CREATE INDEX invariant_result_by_name ON invariant_result (name, looked_at DESC);
