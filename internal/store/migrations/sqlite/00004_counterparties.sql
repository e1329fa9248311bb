-- +goose Up

-- What bears on the standing of a company, found without reading the whole log.
CREATE INDEX event_tiding ON event (seq) WHERE kind IN ('closed', 'review_revealed', 'profile_reviewed', 'profile_expired');

-- The lists that companies are checked against: each version as it was read, because
-- what was found rests on it. The one with the newest mark of a code is in use.
CREATE TABLE list_version (
    code     TEXT    NOT NULL CHECK (code <> ''),
    mark     INTEGER NOT NULL CHECK (mark >= 1), -- the version of the register with which it came into use
    version  TEXT    NOT NULL, -- as the publisher dates it
    checksum TEXT    NOT NULL CHECK (length(checksum) = 64),
    source   TEXT    NOT NULL,
    entries  INTEGER NOT NULL CHECK (entries >= 0),
    bytes    INTEGER NOT NULL CHECK (bytes > 0 AND bytes = length(body)),
    at       INTEGER NOT NULL,
    body     BLOB    NOT NULL, -- last: whoever lists the versions does not read it
    PRIMARY KEY (code, mark)
) STRICT;
CREATE INDEX list_version_by_checksum ON list_version (code, checksum, mark);

CREATE TABLE case_view (
    id        TEXT    PRIMARY KEY CHECK (id <> ''),
    party     TEXT    NOT NULL,
    stage     TEXT    NOT NULL,
    holds     INTEGER NOT NULL CHECK (holds IN (0, 1)), -- the company is held for it
    assignee  TEXT    NOT NULL, -- empty for nobody
    opened_at INTEGER NOT NULL,
    decide_by INTEGER, -- only while somebody has to decide
    body      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_of_party ON case_view (party, id);
CREATE INDEX case_by_stage ON case_view (stage, id);
CREATE INDEX case_open ON case_view (id) WHERE stage NOT IN ('cleared', 'confirmed', 'lifted');

-- When a company was last checked, and against what. No evidence.
CREATE TABLE check_mark (
    party TEXT    PRIMARY KEY CHECK (party <> ''),
    mark  INTEGER NOT NULL CHECK (mark >= 0), -- of the register of lists
    cause TEXT    NOT NULL,
    found INTEGER NOT NULL CHECK (found >= 0),
    at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE review_view (
    deal        TEXT    NOT NULL CHECK (deal <> ''),
    writer      TEXT    NOT NULL CHECK (writer <> ''), -- a company, as the next one
    about       TEXT    NOT NULL CHECK (about <> writer),
    written_at  INTEGER NOT NULL,
    revealed_at INTEGER, -- empty while it is sealed
    hidden      INTEGER NOT NULL CHECK (hidden IN (0, 1)),
    body        TEXT    NOT NULL,
    PRIMARY KEY (deal, writer)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_about ON review_view (about, written_at, deal);
CREATE INDEX review_by ON review_view (writer, written_at, deal);

-- What past trades say of companies: worked out from the facts, and again at any time.
CREATE TABLE standing_view (
    party      TEXT    PRIMARY KEY CHECK (party <> ''),
    state      TEXT    NOT NULL,
    value      INTEGER NOT NULL, -- basis points, as the next one
    confidence INTEGER NOT NULL,
    deals      INTEGER NOT NULL CHECK (deals >= 0),
    at         INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rating_view (
    deal   TEXT    NOT NULL CHECK (deal <> ''),
    rater  TEXT    NOT NULL CHECK (rater <> ''),
    rated  TEXT    NOT NULL CHECK (rated <> rater),
    value  INTEGER NOT NULL CHECK (value BETWEEN -10000 AND 10000),
    weight INTEGER NOT NULL CHECK (weight >= 0), -- thousandths
    at     INTEGER NOT NULL,
    PRIMARY KEY (deal, rater)
) STRICT, WITHOUT ROWID;
CREATE INDEX rating_by_time ON rating_view (at, deal, rater);

-- What was used stays as it is.
-- +goose StatementBegin
CREATE TRIGGER list_version_no_update BEFORE UPDATE ON list_version
BEGIN
    SELECT RAISE(ABORT, 'a version of a list is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER list_version_no_delete BEFORE DELETE ON list_version
BEGIN
    SELECT RAISE(ABORT, 'a version of a list is never removed');
END;
-- +goose StatementEnd
