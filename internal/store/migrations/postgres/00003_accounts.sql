-- +goose Up

-- People. None of this is evidence, and all but the lines of activity may be erased.
CREATE TABLE person (
    id         TEXT COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    account    TEXT COLLATE "C" NOT NULL UNIQUE CHECK (account <> ''), -- names the stream of what happens to the person
    email      TEXT COLLATE "C" NOT NULL, -- as the person writes it
    folded     TEXT COLLATE "C" NOT NULL UNIQUE CHECK (folded <> ''), -- the one spelling that is compared
    name       TEXT COLLATE "C" NOT NULL,
    office     TEXT COLLATE "C" NOT NULL,
    party      TEXT COLLATE "C" NOT NULL, -- empty for staff
    role       TEXT COLLATE "C" NOT NULL,
    stage      TEXT COLLATE "C" NOT NULL,
    language   TEXT COLLATE "C" NOT NULL,
    disowned   BIGINT NOT NULL CHECK (disowned IN (0, 1)), -- the owner has said "this was not me"
    created_at BIGINT NOT NULL
);
CREATE INDEX person_of_party ON person (party, id);
CREATE INDEX person_of_office ON person (office, id);
CREATE INDEX person_disowned ON person (id) WHERE disowned = 1;

-- What only the house may read: hashes of passwords, keys of factors.
CREATE TABLE secret (
    name   TEXT COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    person TEXT COLLATE "C" NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    data   BYTEA NOT NULL CHECK (length(data) > 0)
);
CREATE INDEX secret_of_person ON secret (person, name);

-- Every way of being in: by the hash, because every request asks for that.
CREATE TABLE session (
    hash       BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    id         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (id <> ''),
    person     TEXT COLLATE "C" NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    kind       TEXT COLLATE "C" NOT NULL CHECK (kind IN ('browser', 'program', 'key')),
    label      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT, -- only once it has ended
    factor     TEXT COLLATE "C" NOT NULL,
    body       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_of_person ON session (person);
CREATE INDEX session_living ON session (person, expires_at) WHERE ended_at IS NULL;

-- What a browser's visit remembers.
CREATE TABLE browser (
    token      TEXT COLLATE "C" PRIMARY KEY,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX browser_expiry ON browser (expires_at);

CREATE TABLE ticket (
    hash       BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    purpose    TEXT COLLATE "C" NOT NULL CHECK (purpose <> ''),
    person     TEXT COLLATE "C" NOT NULL, -- empty where there is none yet
    body       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ticket_of_person ON ticket (person, purpose);
CREATE INDEX ticket_expiry ON ticket (expires_at);

-- How often something was tried since the window began. The key is kept as its hash:
-- what is counted are addresses of strangers.
CREATE TABLE tally (
    key      BYTEA PRIMARY KEY CHECK (length(key) = 32),
    began_at BIGINT NOT NULL,
    ends_at  BIGINT NOT NULL,
    n        BIGINT NOT NULL CHECK (n >= 1)
);
CREATE INDEX tally_end ON tally (ends_at);

-- The activity log. A line stands for the fact at its place in the evidence log.
CREATE TABLE activity (
    seq     BIGINT PRIMARY KEY CHECK (seq >= 0),
    account TEXT COLLATE "C" NOT NULL CHECK (account <> ''),
    person  TEXT COLLATE "C" NOT NULL,
    party   TEXT COLLATE "C" NOT NULL, -- of the person then; empty for staff
    what    TEXT COLLATE "C" NOT NULL CHECK (what <> ''),
    session TEXT COLLATE "C" NOT NULL,
    at      BIGINT NOT NULL,
    body    TEXT COLLATE "C" NOT NULL
);
CREATE INDEX activity_of_person ON activity (person, seq);
CREATE INDEX activity_of_party ON activity (party, seq); -- and of staff, who have none

-- How often a value was seen in sign-ins.
CREATE TABLE counter (
    scope   TEXT COLLATE "C" NOT NULL CHECK (scope <> ''),
    feature TEXT COLLATE "C" NOT NULL,
    value   TEXT COLLATE "C" NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (scope, feature, value)
);

CREATE TABLE document (
    hash  TEXT COLLATE "C" NOT NULL CHECK (length(hash) = 64),
    party TEXT COLLATE "C" NOT NULL,
    name  TEXT COLLATE "C" NOT NULL,
    kind  TEXT COLLATE "C" NOT NULL,
    at    BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (party, hash)
);

CREATE TABLE approval_view (
    id         TEXT COLLATE "C" PRIMARY KEY,
    party      TEXT COLLATE "C" NOT NULL, -- empty for acts of the house's own staff
    person     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    stage      TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    body       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX approval_of_party ON approval_view (party, id);
CREATE INDEX approval_of_party_by_stage ON approval_view (party, stage, id);
CREATE INDEX approval_of_subject ON approval_view (subject, id);

CREATE TABLE payout_account_view (
    id    TEXT COLLATE "C" PRIMARY KEY,
    party TEXT COLLATE "C" NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    body  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX payout_account_of_party ON payout_account_view (party, id);
CREATE INDEX payout_account_by_stage ON payout_account_view (stage, id);

-- What a sandbox would have sent.
CREATE TABLE mailbox (
    id        TEXT COLLATE "C" PRIMARY KEY,
    at        BIGINT NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    subject   TEXT COLLATE "C" NOT NULL,
    text      TEXT COLLATE "C" NOT NULL,
    link      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX mail_by_time ON mailbox (at, id);
CREATE INDEX mail_to ON mailbox (recipient, at, id);

-- What was noted stays as it is; a secret stays with its person; what has ended stays ended.
CREATE TRIGGER activity_no_update BEFORE UPDATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse('a line of activity is never changed');
CREATE TRIGGER activity_no_delete BEFORE DELETE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse('a line of activity is never removed');
CREATE TRIGGER activity_no_truncate BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse('a line of activity is never removed');
CREATE TRIGGER secret_stays_with_its_person BEFORE UPDATE ON secret FOR EACH ROW WHEN (NEW.person <> OLD.person)
    EXECUTE FUNCTION refuse('a secret is never given to somebody else');
CREATE TRIGGER session_ends_once BEFORE UPDATE ON session FOR EACH ROW
    WHEN (NEW.hash <> OLD.hash OR NEW.person <> OLD.person OR NEW.kind <> OLD.kind OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    EXECUTE FUNCTION refuse('a session is never given to somebody else and never opened again');

-- safe: the table is new; documents are compressed already, if they can be
ALTER TABLE document ALTER COLUMN bytes SET STORAGE EXTERNAL;
