-- +goose Up

-- What bears on the standing of a company, found without reading the whole log.
CREATE INDEX event_tiding ON event (seq) WHERE kind IN ('closed', 'review_revealed', 'profile_reviewed', 'profile_expired');

-- The lists that companies are checked against: each version as it was read, because
-- what was found rests on it. The one with the newest mark of a code is in use.
CREATE TABLE list_version (
    code     TEXT COLLATE "C" NOT NULL CHECK (code <> ''),
    mark     BIGINT NOT NULL CHECK (mark >= 1), -- the version of the register with which it came into use
    version  TEXT COLLATE "C" NOT NULL, -- as the publisher dates it
    checksum TEXT COLLATE "C" NOT NULL CHECK (length(checksum) = 64),
    source   TEXT COLLATE "C" NOT NULL,
    entries  BIGINT NOT NULL CHECK (entries >= 0),
    bytes    BIGINT NOT NULL CHECK (bytes > 0 AND bytes = length(body)),
    at       BIGINT NOT NULL,
    body     BYTEA NOT NULL, -- last: whoever lists the versions does not read it
    PRIMARY KEY (code, mark)
);
CREATE INDEX list_version_by_checksum ON list_version (code, checksum, mark);

CREATE TABLE case_view (
    id        TEXT COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    party     TEXT COLLATE "C" NOT NULL,
    stage     TEXT COLLATE "C" NOT NULL,
    holds     BIGINT NOT NULL CHECK (holds IN (0, 1)), -- the company is held for it
    assignee  TEXT COLLATE "C" NOT NULL, -- empty for nobody
    opened_at BIGINT NOT NULL,
    decide_by BIGINT, -- only while somebody has to decide
    body      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX case_of_party ON case_view (party, id);
CREATE INDEX case_by_stage ON case_view (stage, id);
CREATE INDEX case_open ON case_view (id) WHERE stage NOT IN ('cleared', 'confirmed', 'lifted');

-- When a company was last checked, and against what. No evidence.
CREATE TABLE check_mark (
    party TEXT COLLATE "C" PRIMARY KEY CHECK (party <> ''),
    mark  BIGINT NOT NULL CHECK (mark >= 0), -- of the register of lists
    cause TEXT COLLATE "C" NOT NULL,
    found BIGINT NOT NULL CHECK (found >= 0),
    at    BIGINT NOT NULL
);

CREATE TABLE review_view (
    deal        TEXT COLLATE "C" NOT NULL CHECK (deal <> ''),
    writer      TEXT COLLATE "C" NOT NULL CHECK (writer <> ''), -- a company, as the next one
    about       TEXT COLLATE "C" NOT NULL CHECK (about <> writer),
    written_at  BIGINT NOT NULL,
    revealed_at BIGINT, -- empty while it is sealed
    hidden      BIGINT NOT NULL CHECK (hidden IN (0, 1)),
    body        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (deal, writer)
);
CREATE INDEX review_about ON review_view (about, written_at, deal);
CREATE INDEX review_by ON review_view (writer, written_at, deal);

-- What past trades say of companies: worked out from the facts, and again at any time.
CREATE TABLE standing_view (
    party      TEXT COLLATE "C" PRIMARY KEY CHECK (party <> ''),
    state      TEXT COLLATE "C" NOT NULL,
    value      BIGINT NOT NULL, -- basis points, as the next one
    confidence BIGINT NOT NULL,
    deals      BIGINT NOT NULL CHECK (deals >= 0),
    at         BIGINT NOT NULL,
    body       TEXT COLLATE "C" NOT NULL
);

CREATE TABLE rating_view (
    deal   TEXT COLLATE "C" NOT NULL CHECK (deal <> ''),
    rater  TEXT COLLATE "C" NOT NULL CHECK (rater <> ''),
    rated  TEXT COLLATE "C" NOT NULL CHECK (rated <> rater),
    value  BIGINT NOT NULL CHECK (value BETWEEN -10000 AND 10000),
    weight BIGINT NOT NULL CHECK (weight >= 0), -- thousandths
    at     BIGINT NOT NULL,
    PRIMARY KEY (deal, rater)
);
CREATE INDEX rating_by_time ON rating_view (at, deal, rater);

-- What was used stays as it is.
CREATE TRIGGER list_version_no_update BEFORE UPDATE ON list_version FOR EACH STATEMENT EXECUTE FUNCTION refuse('a version of a list is never changed');
CREATE TRIGGER list_version_no_delete BEFORE DELETE ON list_version FOR EACH STATEMENT EXECUTE FUNCTION refuse('a version of a list is never removed');
CREATE TRIGGER list_version_no_truncate BEFORE TRUNCATE ON list_version FOR EACH STATEMENT EXECUTE FUNCTION refuse('a version of a list is never removed');

-- safe: the table is new; lists are packed already
ALTER TABLE list_version ALTER COLUMN body SET STORAGE EXTERNAL;
