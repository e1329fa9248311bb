-- +goose Up

-- The same tables as on SQLite; a test compares them. Texts are compared by their
-- bytes, as there, whatever the language of the database. References to transfers
-- are held by triggers on whole statements (00002): transfers are never removed, and
-- a foreign key would look at them and lock them row by row.

-- Facts. Times are microseconds since 1970, UTC.
CREATE TABLE event (
    seq     BIGINT PRIMARY KEY CHECK (seq >= 0),
    stream  TEXT COLLATE "C" NOT NULL CHECK (stream <> ''),
    version BIGINT NOT NULL CHECK (version >= 1),
    kind    TEXT COLLATE "C" NOT NULL CHECK (kind <> ''),
    at      BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL,
    salt    BYTEA NOT NULL CHECK (length(salt) = 16),
    payload TEXT COLLATE "C" NOT NULL,
    UNIQUE (stream, version)
);

-- The hashes of the log's tree in the order in which they are stored: a row holds
-- those of one commit, of which the first has the index ix.
CREATE TABLE tree_hash (
    ix     BIGINT PRIMARY KEY CHECK (ix >= 0),
    hashes BYTEA NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0)
);

-- The ledger. Money is whole minor units.
CREATE TABLE transfer (
    position   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (id <> ''),
    stage      TEXT COLLATE "C" NOT NULL CHECK (stage IN ('posted', 'pending', 'post', 'void', 'expire')),
    pending_id TEXT COLLATE "C",
    debit      TEXT COLLATE "C" NOT NULL,
    credit     TEXT COLLATE "C" NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount > 0),
    currency   TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    reason     TEXT COLLATE "C" NOT NULL,
    stream     TEXT COLLATE "C" NOT NULL,
    at         BIGINT NOT NULL,
    CHECK (debit <> credit),
    CHECK (right(debit, 4) = '/' || currency AND right(credit, 4) = '/' || currency),
    CHECK ((pending_id IS NOT NULL) = (stage IN ('post', 'void', 'expire')))
);

CREATE UNIQUE INDEX transfer_closes_once ON transfer (pending_id) WHERE pending_id IS NOT NULL;

CREATE TABLE entry (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account  TEXT COLLATE "C" NOT NULL,
    version  BIGINT NOT NULL CHECK (version >= 1),
    transfer TEXT COLLATE "C" NOT NULL,
    delta    BIGINT NOT NULL,
    balance  BIGINT NOT NULL,
    UNIQUE (account, version)
);

CREATE TABLE balance (
    account     TEXT COLLATE "C" PRIMARY KEY,
    kind        TEXT COLLATE "C" NOT NULL CHECK (kind IN ('rail', 'party', 'deal', 'payout', 'fees', 'penalty', 'insurance', 'suspense')),
    currency    TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    posted      BIGINT NOT NULL,
    pending_out BIGINT NOT NULL CHECK (pending_out >= 0),
    pending_in  BIGINT NOT NULL CHECK (pending_in >= 0),
    version     BIGINT NOT NULL CHECK (version >= 1),
    CHECK (substr(account, 1, length(kind)) = kind AND right(account, 4) = '/' || currency),
    CHECK (CASE kind WHEN 'rail' THEN posted + pending_in <= 0 ELSE posted - pending_out >= 0 END)
);

-- What each currency's entries sum to. The sum may leave zero within a
-- transaction and must be back at its end: nought has the one row 0.
CREATE TABLE nought (zero BIGINT PRIMARY KEY CHECK (zero = 0));
INSERT INTO nought (zero) VALUES (0);
CREATE TABLE imbalance (
    currency TEXT COLLATE "C" PRIMARY KEY,
    total    BIGINT NOT NULL REFERENCES nought (zero) DEFERRABLE INITIALLY DEFERRED
);

-- Schedule.
CREATE TABLE clock (
    stream TEXT COLLATE "C" NOT NULL,
    clock  TEXT COLLATE "C" NOT NULL,
    ref    TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (stream, clock, ref)
);
CREATE INDEX clock_due ON clock (at);

CREATE TABLE outbox (
    id         TEXT COLLATE "C" PRIMARY KEY,
    topic      TEXT COLLATE "C" NOT NULL,
    payload    TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
    attempts   BIGINT NOT NULL CHECK (attempts >= 0),
    next_at    BIGINT NOT NULL,
    last_error TEXT COLLATE "C" NOT NULL,
    done_at    BIGINT,
    CHECK ((done_at IS NOT NULL) = (state = 'done'))
);
CREATE INDEX outbox_due ON outbox (next_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

CREATE TABLE setting (
    name  TEXT COLLATE "C" PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- Answers to idempotency keys, and the audit log of what was refused.
CREATE TABLE answer (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest   BIGINT NOT NULL UNIQUE, -- of caller and key: a short index, because keys come in no order
    caller   TEXT COLLATE "C" NOT NULL,
    key      TEXT COLLATE "C" NOT NULL CHECK (key <> ''),
    input    BYTEA NOT NULL CHECK (length(input) = 32),
    response TEXT COLLATE "C" NOT NULL,
    at       BIGINT NOT NULL
);

CREATE TABLE refusal (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       BIGINT NOT NULL,
    actor    TEXT COLLATE "C" NOT NULL,
    stream   TEXT COLLATE "C" NOT NULL,
    command  TEXT COLLATE "C" NOT NULL,
    code     TEXT COLLATE "C" NOT NULL
);

CREATE TABLE tracking (
    carrier TEXT COLLATE "C" NOT NULL,
    number  TEXT COLLATE "C" NOT NULL,
    deal    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number, carrier, deal)
);

-- Views: what lists show. They can be rebuilt from the facts.
CREATE TABLE deal_view (
    id          TEXT COLLATE "C" PRIMARY KEY,
    title       TEXT COLLATE "C" NOT NULL,
    folded      TEXT COLLATE "C" NOT NULL, -- the title in lower case, for searching
    buyer       TEXT COLLATE "C" NOT NULL,
    seller      TEXT COLLATE "C" NOT NULL,
    private     TEXT COLLATE "C" NOT NULL, -- the party that alone sees it; empty once offered
    phase       TEXT COLLATE "C" NOT NULL,
    running     BIGINT NOT NULL CHECK (running = CASE phase WHEN 'closed' THEN 0 ELSE 1 END), -- it moves but once, and indexes with it
    outcome     TEXT COLLATE "C" NOT NULL,
    currency    TEXT COLLATE "C" NOT NULL,
    total       BIGINT NOT NULL,
    held        BIGINT NOT NULL CHECK (held >= 0),
    disputed    BIGINT NOT NULL CHECK (disputed >= 0),
    released    BIGINT NOT NULL CHECK (released >= 0),
    refunded    BIGINT NOT NULL CHECK (refunded >= 0),
    fees        BIGINT NOT NULL CHECK (fees >= 0),
    open_claims BIGINT NOT NULL CHECK (open_claims >= 0),
    frozen      BIGINT NOT NULL CHECK (frozen IN (0, 1)),
    next_at     BIGINT,
    version     BIGINT NOT NULL CHECK (version >= 1),
    drafted_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);
CREATE INDEX deal_of_buyer ON deal_view (buyer, id);
CREATE INDEX deal_of_seller ON deal_view (seller, id);
CREATE INDEX deal_open ON deal_view (id) WHERE running = 1;
CREATE INDEX deal_open_of_buyer ON deal_view (buyer, id) WHERE running = 1;
CREATE INDEX deal_open_of_seller ON deal_view (seller, id) WHERE running = 1;

CREATE TABLE duty (
    deal   TEXT COLLATE "C" NOT NULL,
    place  BIGINT NOT NULL,
    party  TEXT COLLATE "C" NOT NULL, -- empty for the house
    who    TEXT COLLATE "C" NOT NULL,
    what   TEXT COLLATE "C" NOT NULL,
    due_at BIGINT,
    lapse  TEXT COLLATE "C" NOT NULL,
    ref    TEXT COLLATE "C" NOT NULL,
    may    BIGINT NOT NULL CHECK (may IN (0, 1)),
    paused BIGINT NOT NULL CHECK (paused IN (0, 1)),
    PRIMARY KEY (deal, place)
);
CREATE INDEX duty_of_party ON duty (party, due_at);

CREATE TABLE party_view (
    id             TEXT COLLATE "C" PRIMARY KEY,
    legal_name     TEXT COLLATE "C" NOT NULL,
    folded         TEXT COLLATE "C" NOT NULL, -- the name in lower case, for searching
    country        TEXT COLLATE "C" NOT NULL,
    registration   TEXT COLLATE "C" NOT NULL,
    address        TEXT COLLATE "C" NOT NULL,
    registered_at  BIGINT NOT NULL,
    standing       TEXT COLLATE "C" NOT NULL, -- of its profile
    verified_until BIGINT, -- only while it is verified
    body           TEXT COLLATE "C" NOT NULL  -- the rest; last, because lists of deals read the name alone
);
CREATE INDEX party_by_standing ON party_view (standing, id);

CREATE TABLE deposit_view (
    id    TEXT COLLATE "C" PRIMARY KEY,
    deal  TEXT COLLATE "C" NOT NULL, -- the deal that took it, or the one the payer named
    buyer TEXT COLLATE "C" NOT NULL, -- of that deal; empty if there is none
    seller TEXT COLLATE "C" NOT NULL,
    stage TEXT COLLATE "C" NOT NULL,
    body  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX deposit_of_buyer ON deposit_view (buyer, id);
CREATE INDEX deposit_of_seller ON deposit_view (seller, id);
CREATE INDEX deposit_of_deal ON deposit_view (deal, id);
CREATE INDEX deposit_by_stage ON deposit_view (stage, id);

CREATE TABLE payout_view (
    id    TEXT COLLATE "C" PRIMARY KEY,
    party TEXT COLLATE "C" NOT NULL,
    deal  TEXT COLLATE "C" NOT NULL, -- the deal it pays out; empty for none
    stage TEXT COLLATE "C" NOT NULL,
    body  TEXT COLLATE "C" NOT NULL
);
CREATE INDEX payout_of_party ON payout_view (party, id);
CREATE INDEX payout_of_deal ON payout_view (deal, id);
CREATE INDEX payout_by_stage ON payout_view (stage, id);

CREATE TABLE checkpoint (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    size     BIGINT NOT NULL CHECK (size >= 0),
    note     BYTEA NOT NULL,
    at       BIGINT NOT NULL,
    UNIQUE (size, note)
);

-- Hashes cannot be compressed: trying would cost every commit. Rows that change
-- with every command find room for their next version on their own page.
ALTER TABLE tree_hash ALTER COLUMN hashes SET STORAGE EXTERNAL;
ALTER TABLE event SET (toast_tuple_target = 8160); -- terms of a page and a half stay where they are, uncompressed
ALTER TABLE balance SET (fillfactor = 70);
ALTER TABLE deal_view SET (fillfactor = 45);
