-- A row put aside is known by its own key, so that the row brought again, by whatever file, is its
-- correction. Rows put aside before this have none and are settled by their exported file alone.
ALTER TABLE import_reject ADD COLUMN key text COLLATE "C";
CREATE INDEX import_reject_by_key ON import_reject (kind, key) WHERE replayed_at IS NULL;
