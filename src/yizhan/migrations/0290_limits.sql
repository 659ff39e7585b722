-- The operator's rule of credit in versions: who changed it, when and why. The newest is in force.

ALTER TABLE limit_rule
    DROP CONSTRAINT limit_rule_pkey,
    DROP COLUMN one,
    ADD COLUMN version int         NOT NULL DEFAULT 1 PRIMARY KEY CHECK (version > 0),
    ADD COLUMN reason  text        NOT NULL DEFAULT 'The first rule.',
    ADD COLUMN set_at  timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN by_id   uuid,
    ADD COLUMN by_name text        NOT NULL DEFAULT 'system';
ALTER TABLE limit_rule
    ALTER COLUMN version DROP DEFAULT, ALTER COLUMN reason DROP DEFAULT,
    ALTER COLUMN set_at DROP DEFAULT, ALTER COLUMN by_name DROP DEFAULT;

UPDATE staff_role SET permissions = permissions || '{limits.rule}'::text[]
 WHERE built_in AND name IN ('manager', 'finance');
