-- +goose Up

-- What pages show of a standing: its body without the list of partners, of which a company
-- has as many as it has dealt with. It is of the standing with the same time; a standing
-- that the release before has written since has none.
CREATE TABLE standing_shown (
    party TEXT    PRIMARY KEY CHECK (party <> ''),
    at    INTEGER NOT NULL,
    body  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
