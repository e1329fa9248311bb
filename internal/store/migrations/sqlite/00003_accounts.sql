-- +goose Up

-- People. None of this is evidence, and all but the lines of activity may be erased.
CREATE TABLE person (
    id         TEXT    PRIMARY KEY CHECK (id <> ''),
    account    TEXT    NOT NULL UNIQUE CHECK (account <> ''), -- names the stream of what happens to the person
    email      TEXT    NOT NULL, -- as the person writes it
    folded     TEXT    NOT NULL UNIQUE CHECK (folded <> ''), -- the one spelling that is compared
    name       TEXT    NOT NULL,
    office     TEXT    NOT NULL,
    party      TEXT    NOT NULL, -- empty for staff
    role       TEXT    NOT NULL,
    stage      TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    disowned   INTEGER NOT NULL CHECK (disowned IN (0, 1)), -- the owner has said "this was not me"
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX person_of_party ON person (party, id);
CREATE INDEX person_of_office ON person (office, id);
CREATE INDEX person_disowned ON person (id) WHERE disowned = 1;

-- What only the house may read: hashes of passwords, keys of factors.
CREATE TABLE secret (
    name   TEXT    PRIMARY KEY CHECK (name <> ''),
    person TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    data   BLOB    NOT NULL CHECK (length(data) > 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX secret_of_person ON secret (person, name);

-- Every way of being in: by the hash, because every request asks for that.
CREATE TABLE session (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    id         TEXT    NOT NULL UNIQUE CHECK (id <> ''),
    person     TEXT    NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind       TEXT    NOT NULL CHECK (kind IN ('browser', 'program', 'key')),
    label      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER, -- only once it has ended
    factor     TEXT    NOT NULL,
    body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_person ON session (person);
CREATE INDEX session_living ON session (person, expires_at) WHERE ended_at IS NULL;

-- What a browser's visit remembers.
CREATE TABLE browser (
    token      TEXT    PRIMARY KEY,
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX browser_expiry ON browser (expires_at);

CREATE TABLE ticket (
    hash       BLOB    PRIMARY KEY CHECK (length(hash) = 32),
    purpose    TEXT    NOT NULL CHECK (purpose <> ''),
    person     TEXT    NOT NULL, -- empty where there is none yet
    body       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_of_person ON ticket (person, purpose);
CREATE INDEX ticket_expiry ON ticket (expires_at);

-- How often something was tried since the window began. The key is kept as its hash:
-- what is counted are addresses of strangers.
CREATE TABLE tally (
    key      BLOB    PRIMARY KEY CHECK (length(key) = 32),
    began_at INTEGER NOT NULL,
    ends_at  INTEGER NOT NULL,
    n        INTEGER NOT NULL CHECK (n >= 1)
) STRICT, WITHOUT ROWID;
CREATE INDEX tally_end ON tally (ends_at);

-- The activity log. A line stands for the fact at its place in the evidence log.
CREATE TABLE activity (
    seq     INTEGER PRIMARY KEY CHECK (seq >= 0),
    account TEXT    NOT NULL CHECK (account <> ''),
    person  TEXT    NOT NULL,
    party   TEXT    NOT NULL, -- of the person then; empty for staff
    what    TEXT    NOT NULL CHECK (what <> ''),
    session TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    body    TEXT    NOT NULL
) STRICT;
CREATE INDEX activity_of_person ON activity (person, seq);
CREATE INDEX activity_of_party ON activity (party, seq); -- and of staff, who have none

-- How often a value was seen in sign-ins.
CREATE TABLE counter (
    scope   TEXT    NOT NULL CHECK (scope <> ''),
    feature TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (scope, feature, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    hash  TEXT    NOT NULL CHECK (length(hash) = 64),
    party TEXT    NOT NULL,
    name  TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    PRIMARY KEY (party, hash)
) STRICT;

CREATE TABLE approval_view (
    id         TEXT    PRIMARY KEY,
    party      TEXT    NOT NULL, -- empty for acts of the house's own staff
    person     TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    stage      TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX approval_of_party ON approval_view (party, id);
CREATE INDEX approval_of_party_by_stage ON approval_view (party, stage, id);
CREATE INDEX approval_of_subject ON approval_view (subject, id);

CREATE TABLE payout_account_view (
    id    TEXT    PRIMARY KEY,
    party TEXT    NOT NULL,
    stage TEXT    NOT NULL,
    body  TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_account_of_party ON payout_account_view (party, id);
CREATE INDEX payout_account_by_stage ON payout_account_view (stage, id);

-- What a sandbox would have sent.
CREATE TABLE mailbox (
    id        TEXT    PRIMARY KEY,
    at        INTEGER NOT NULL,
    recipient TEXT    NOT NULL,
    subject   TEXT    NOT NULL,
    text      TEXT    NOT NULL,
    link      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_by_time ON mailbox (at, id);
CREATE INDEX mail_to ON mailbox (recipient, at, id);

-- What was noted stays as it is; a secret stays with its person; what has ended stays ended.
-- +goose StatementBegin
CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity
BEGIN
    SELECT RAISE(ABORT, 'a line of activity is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity
BEGIN
    SELECT RAISE(ABORT, 'a line of activity is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER secret_stays_with_its_person BEFORE UPDATE ON secret WHEN NEW.person <> OLD.person
BEGIN
    SELECT RAISE(ABORT, 'a secret is never given to somebody else');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER session_ends_once BEFORE UPDATE ON session
WHEN NEW.hash <> OLD.hash OR NEW.person <> OLD.person OR NEW.kind <> OLD.kind OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at
BEGIN
    SELECT RAISE(ABORT, 'a session is never given to somebody else and never opened again');
END;
-- +goose StatementEnd
