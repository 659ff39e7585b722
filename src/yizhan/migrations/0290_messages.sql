-- Whether a customer has seen a message in the list on his site. What was sent before counts as seen.

ALTER TABLE message ADD COLUMN seen_at timestamptz DEFAULT now();
ALTER TABLE message ALTER COLUMN seen_at DROP DEFAULT;
CREATE INDEX message_unseen ON message (customer_id, id) WHERE seen_at IS NULL AND NOT secret;
