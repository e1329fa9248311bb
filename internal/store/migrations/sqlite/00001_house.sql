-- +goose Up

-- Facts. Times are microseconds since 1970, UTC.
CREATE TABLE event (
    seq     INTEGER PRIMARY KEY CHECK (seq >= 0),
    stream  TEXT    NOT NULL CHECK (stream <> ''),
    version INTEGER NOT NULL CHECK (version >= 1),
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    at      INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    salt    BLOB    NOT NULL CHECK (length(salt) = 16),
    payload TEXT    NOT NULL,
    UNIQUE (stream, version)
) STRICT;

-- The hashes of the log's tree in the order in which they are stored: a row holds
-- those of one commit, of which the first has the index ix.
CREATE TABLE tree_hash (
    ix     INTEGER PRIMARY KEY CHECK (ix >= 0),
    hashes BLOB    NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0)
) STRICT;

-- The ledger. Money is whole minor units.
CREATE TABLE transfer (
    position   INTEGER PRIMARY KEY,
    id         TEXT    NOT NULL UNIQUE CHECK (id <> ''),
    stage      TEXT    NOT NULL CHECK (stage IN ('posted', 'pending', 'post', 'void', 'expire')),
    pending_id TEXT    REFERENCES transfer (id),
    debit      TEXT    NOT NULL,
    credit     TEXT    NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    currency   TEXT    NOT NULL CHECK (length(currency) = 3),
    reason     TEXT    NOT NULL,
    stream     TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    CHECK (debit <> credit),
    CHECK (substr(debit, -4) = '/' || currency AND substr(credit, -4) = '/' || currency),
    CHECK ((pending_id IS NOT NULL) = (stage IN ('post', 'void', 'expire')))
) STRICT;

CREATE UNIQUE INDEX transfer_closes_once ON transfer (pending_id) WHERE pending_id IS NOT NULL;

CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    account  TEXT    NOT NULL,
    version  INTEGER NOT NULL CHECK (version >= 1),
    transfer TEXT    NOT NULL REFERENCES transfer (id),
    delta    INTEGER NOT NULL,
    balance  INTEGER NOT NULL,
    UNIQUE (account, version)
) STRICT;

CREATE TABLE balance (
    account     TEXT    PRIMARY KEY,
    kind        TEXT    NOT NULL CHECK (kind IN ('rail', 'party', 'deal', 'payout', 'fees', 'penalty', 'insurance', 'suspense')),
    currency    TEXT    NOT NULL CHECK (length(currency) = 3),
    posted      INTEGER NOT NULL,
    pending_out INTEGER NOT NULL CHECK (pending_out >= 0),
    pending_in  INTEGER NOT NULL CHECK (pending_in >= 0),
    version     INTEGER NOT NULL CHECK (version >= 1),
    CHECK (substr(account, 1, length(kind)) = kind AND substr(account, -4) = '/' || currency),
    CHECK (CASE kind WHEN 'rail' THEN posted + pending_in <= 0 ELSE posted - pending_out >= 0 END)
) STRICT, WITHOUT ROWID;

-- What each currency's entries sum to. The sum may leave zero within a
-- transaction and must be back at its end: nought has the one row 0.
CREATE TABLE nought (zero INTEGER PRIMARY KEY CHECK (zero = 0)) STRICT;
INSERT INTO nought (zero) VALUES (0);
CREATE TABLE imbalance (
    currency TEXT    PRIMARY KEY,
    total    INTEGER NOT NULL REFERENCES nought (zero) DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;

-- Schedule.
CREATE TABLE clock (
    stream TEXT    NOT NULL,
    clock  TEXT    NOT NULL,
    ref    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (stream, clock, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX clock_due ON clock (at);

CREATE TABLE outbox (
    id         TEXT    PRIMARY KEY,
    topic      TEXT    NOT NULL,
    payload    TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
    attempts   INTEGER NOT NULL CHECK (attempts >= 0),
    next_at    INTEGER NOT NULL,
    last_error TEXT    NOT NULL,
    done_at    INTEGER,
    CHECK ((done_at IS NOT NULL) = (state = 'done'))
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers to idempotency keys, and the audit log of what was refused.
CREATE TABLE answer (
    position INTEGER PRIMARY KEY,
    digest   INTEGER NOT NULL UNIQUE, -- of caller and key: a short index, because keys come in no order
    caller   TEXT    NOT NULL,
    key      TEXT    NOT NULL CHECK (key <> ''),
    input    BLOB    NOT NULL CHECK (length(input) = 32),
    response TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE TABLE refusal (
    position INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    stream   TEXT    NOT NULL,
    command  TEXT    NOT NULL,
    code     TEXT    NOT NULL
) STRICT;

CREATE TABLE tracking (
    carrier TEXT NOT NULL,
    number  TEXT NOT NULL,
    deal    TEXT NOT NULL,
    PRIMARY KEY (number, carrier, deal)
) STRICT, WITHOUT ROWID;

-- Views: what lists show. They can be rebuilt from the facts.
CREATE TABLE deal_view (
    id          TEXT    PRIMARY KEY,
    title       TEXT    NOT NULL,
    folded      TEXT    NOT NULL, -- the title in lower case, for searching
    buyer       TEXT    NOT NULL,
    seller      TEXT    NOT NULL,
    private     TEXT    NOT NULL, -- the party that alone sees it; empty once offered
    phase       TEXT    NOT NULL,
    running     INTEGER NOT NULL CHECK (running = CASE phase WHEN 'closed' THEN 0 ELSE 1 END), -- it moves but once, and indexes with it
    outcome     TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    total       INTEGER NOT NULL,
    held        INTEGER NOT NULL CHECK (held >= 0),
    disputed    INTEGER NOT NULL CHECK (disputed >= 0),
    released    INTEGER NOT NULL CHECK (released >= 0),
    refunded    INTEGER NOT NULL CHECK (refunded >= 0),
    fees        INTEGER NOT NULL CHECK (fees >= 0),
    open_claims INTEGER NOT NULL CHECK (open_claims >= 0),
    frozen      INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    next_at     INTEGER,
    version     INTEGER NOT NULL CHECK (version >= 1),
    drafted_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deal_of_buyer ON deal_view (buyer, id);
CREATE INDEX deal_of_seller ON deal_view (seller, id);
CREATE INDEX deal_open ON deal_view (id) WHERE running = 1;
CREATE INDEX deal_open_of_buyer ON deal_view (buyer, id) WHERE running = 1;
CREATE INDEX deal_open_of_seller ON deal_view (seller, id) WHERE running = 1;

CREATE TABLE duty (
    deal   TEXT    NOT NULL,
    place  INTEGER NOT NULL,
    party  TEXT    NOT NULL, -- empty for the house
    who    TEXT    NOT NULL,
    what   TEXT    NOT NULL,
    due_at INTEGER,
    lapse  TEXT    NOT NULL,
    ref    TEXT    NOT NULL,
    may    INTEGER NOT NULL CHECK (may IN (0, 1)),
    paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
    PRIMARY KEY (deal, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_of_party ON duty (party, due_at);

CREATE TABLE party_view (
    id             TEXT    PRIMARY KEY,
    legal_name     TEXT    NOT NULL,
    folded         TEXT    NOT NULL, -- the name in lower case, for searching
    country        TEXT    NOT NULL,
    registration   TEXT    NOT NULL,
    address        TEXT    NOT NULL,
    registered_at  INTEGER NOT NULL,
    standing       TEXT    NOT NULL, -- of its profile
    verified_until INTEGER, -- only while it is verified
    body           TEXT    NOT NULL  -- the rest; last, because lists of deals read the name alone
) STRICT, WITHOUT ROWID;
CREATE INDEX party_by_standing ON party_view (standing, id);

CREATE TABLE deposit_view (
    id    TEXT PRIMARY KEY,
    deal  TEXT NOT NULL, -- the deal that took it, or the one the payer named
    buyer TEXT NOT NULL, -- of that deal; empty if there is none
    seller TEXT NOT NULL,
    stage TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deposit_of_buyer ON deposit_view (buyer, id);
CREATE INDEX deposit_of_seller ON deposit_view (seller, id);
CREATE INDEX deposit_of_deal ON deposit_view (deal, id);
CREATE INDEX deposit_by_stage ON deposit_view (stage, id);

CREATE TABLE payout_view (
    id    TEXT PRIMARY KEY,
    party TEXT NOT NULL,
    deal  TEXT NOT NULL, -- the deal it pays out; empty for none
    stage TEXT NOT NULL,
    body  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX payout_of_party ON payout_view (party, id);
CREATE INDEX payout_of_deal ON payout_view (deal, id);
CREATE INDEX payout_by_stage ON payout_view (stage, id);

CREATE TABLE checkpoint (
    position INTEGER PRIMARY KEY,
    size     INTEGER NOT NULL CHECK (size >= 0),
    note     BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    UNIQUE (size, note)
) STRICT;
