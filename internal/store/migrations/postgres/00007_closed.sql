-- +goose Up

-- The state of a deal that is over, whole: read in the place of all its facts, if it was
-- written with the newest of them. A deal that was closed by an older release has none.
CREATE TABLE closed_view (
    seq  BIGINT PRIMARY KEY CHECK (seq >= 0), -- of the deal's newest fact
    deal TEXT COLLATE "C" NOT NULL CHECK (deal <> ''),
    mark BIGINT NOT NULL, -- of the form of the body: it follows from what a state consists of
    body BYTEA NOT NULL
);
