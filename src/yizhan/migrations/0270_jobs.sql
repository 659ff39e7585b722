-- A worker takes the next jobs of each class from the front of an index, however many wait.
ALTER TABLE job ADD CONSTRAINT job_priority CHECK (priority IN (-5, 0, 10));
CREATE INDEX job_next ON job (priority, run_at) WHERE failed_at IS NULL;
CREATE INDEX job_alike ON job (kind, run_at) WHERE failed_at IS NULL;
DROP INDEX job_due;
