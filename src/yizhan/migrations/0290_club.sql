-- Points of a bill go back with the payment that paid it; paid again, the bill gives them again.

ALTER TABLE club_earned
    ADD COLUMN taken_back_at timestamptz,       -- NULL: its points stand
    ADD COLUMN times         int NOT NULL DEFAULT 1 CHECK (times > 0);  -- how often it gave them

CREATE TABLE club_taken_back (
    customer_id uuid        NOT NULL,
    bill_id     uuid        NOT NULL,
    times       int         NOT NULL,           -- which giving was taken back
    payment_id  uuid        NOT NULL,           -- the payment whose reversal did it
    points      bigint      NOT NULL CHECK (points >= 0),
    at          timestamptz NOT NULL,
    PRIMARY KEY (customer_id, bill_id, times)
);

-- Points that had been spent when they were to go back: what is earned next pays them first.
CREATE TABLE club_owed (
    customer_id uuid   PRIMARY KEY,
    points      bigint NOT NULL CHECK (points >= 0),
    round       int    NOT NULL                 -- how often something was taken towards it
);
