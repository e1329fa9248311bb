-- +goose Up

-- The rules of SQLite's guards, under the same names. Here a statement is checked
-- as a whole once its rows are in place, which costs a fraction of looking at each
-- row by itself. What a trigger refuses has the class of a broken constraint.

-- +goose StatementBegin
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END;
$$;
-- +goose StatementEnd

-- Not a rule of the data: how a writer hears that a version was not the one it knew.
-- +goose StatementBegin
CREATE FUNCTION all_moved(moved BIGINT, wanted BIGINT) RETURNS BOOLEAN LANGUAGE plpgsql AS $$
BEGIN
    IF moved <> wanted THEN
        RAISE EXCEPTION 'a version has moved' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN true;
END;
$$;
-- +goose StatementEnd

-- What was written once stays as it is.
CREATE TRIGGER event_no_update BEFORE UPDATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse('an event is never changed');
CREATE TRIGGER event_no_delete BEFORE DELETE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse('an event is never removed');
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse('an event is never removed');
CREATE TRIGGER tree_hash_no_update BEFORE UPDATE ON tree_hash FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tree hash is never changed');
CREATE TRIGGER tree_hash_no_delete BEFORE DELETE ON tree_hash FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tree hash is never removed');
CREATE TRIGGER tree_hash_no_truncate BEFORE TRUNCATE ON tree_hash FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tree hash is never removed');
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse('a transfer is never changed');
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse('a transfer is never removed');
CREATE TRIGGER transfer_no_truncate BEFORE TRUNCATE ON transfer FOR EACH STATEMENT EXECUTE FUNCTION refuse('a transfer is never removed');
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry is never changed');
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry is never removed');
CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION refuse('an entry is never removed');
CREATE TRIGGER answer_no_update BEFORE UPDATE ON answer FOR EACH STATEMENT EXECUTE FUNCTION refuse('an answer is never changed');
CREATE TRIGGER answer_no_delete BEFORE DELETE ON answer FOR EACH STATEMENT EXECUTE FUNCTION refuse('an answer is never removed');
CREATE TRIGGER answer_no_truncate BEFORE TRUNCATE ON answer FOR EACH STATEMENT EXECUTE FUNCTION refuse('an answer is never removed');
CREATE TRIGGER refusal_no_update BEFORE UPDATE ON refusal FOR EACH STATEMENT EXECUTE FUNCTION refuse('a refusal is never changed');
CREATE TRIGGER refusal_no_delete BEFORE DELETE ON refusal FOR EACH STATEMENT EXECUTE FUNCTION refuse('a refusal is never removed');
CREATE TRIGGER refusal_no_truncate BEFORE TRUNCATE ON refusal FOR EACH STATEMENT EXECUTE FUNCTION refuse('a refusal is never removed');
CREATE TRIGGER tracking_no_update BEFORE UPDATE ON tracking FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tracking number is never changed');
CREATE TRIGGER tracking_no_delete BEFORE DELETE ON tracking FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tracking number is never removed');
CREATE TRIGGER tracking_no_truncate BEFORE TRUNCATE ON tracking FOR EACH STATEMENT EXECUTE FUNCTION refuse('a tracking number is never removed');
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse('a checkpoint is never changed');
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse('a checkpoint is never removed');
CREATE TRIGGER checkpoint_no_truncate BEFORE TRUNCATE ON checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse('a checkpoint is never removed');
CREATE TRIGGER nought_no_update BEFORE UPDATE ON nought FOR EACH STATEMENT EXECUTE FUNCTION refuse('zero is never changed');
CREATE TRIGGER nought_no_delete BEFORE DELETE ON nought FOR EACH STATEMENT EXECUTE FUNCTION refuse('zero is never removed');
CREATE TRIGGER nought_no_truncate BEFORE TRUNCATE ON nought FOR EACH STATEMENT EXECUTE FUNCTION refuse('zero is never removed');

-- Each check asks an index for each new row: other plans are good for empty tables
-- only, and a plan that was made then would be kept while the tables grow.

-- A closing transfer repeats the open one in accounts and amount.
-- +goose StatementBegin
CREATE FUNCTION transfer_closes_its_like() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh AS n WHERE n.pending_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM transfer AS p WHERE p.id = n.pending_id AND p.stage = 'pending'
            AND p.debit = n.debit AND p.credit = n.credit AND p.amount = n.amount)
    ) THEN
        RAISE EXCEPTION 'a closing transfer differs from what it closes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER transfer_closes_its_like AFTER INSERT ON transfer REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION transfer_closes_its_like();

-- An entry continues the one before it, and belongs to a transfer.
-- +goose StatementBegin
CREATE FUNCTION entry_continues() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
BEGIN
    -- Most entries continue one of the same statement: only the others ask the index.
    IF EXISTS (
        SELECT FROM (
            SELECT account, version, balance - delta AS before,
                lag(version) OVER w AS last_version, lag(balance) OVER w AS last_balance
            FROM fresh WINDOW w AS (PARTITION BY account ORDER BY version)
        ) AS n
        WHERE n.before IS DISTINCT FROM CASE
            WHEN n.version = 1 THEN 0
            WHEN n.version = n.last_version + 1 THEN n.last_balance
            ELSE (SELECT e.balance FROM entry AS e WHERE e.account = n.account AND e.version = n.version - 1) END
    ) THEN
        RAISE EXCEPTION 'an entry does not continue the one before it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT transfer FROM fresh) AS n WHERE NOT EXISTS (SELECT FROM transfer AS t WHERE t.id = n.transfer)
    ) THEN
        RAISE EXCEPTION 'an entry belongs to no transfer' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_continues AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION entry_continues();

-- +goose StatementBegin
CREATE FUNCTION entry_adds_up() RETURNS trigger LANGUAGE plpgsql SET jit = off AS $$
BEGIN
    INSERT INTO imbalance (currency, total)
    SELECT right(n.account, 3), sum(n.delta) FROM fresh AS n GROUP BY 1 HAVING sum(n.delta) <> 0
    ON CONFLICT (currency) DO UPDATE SET total = imbalance.total + excluded.total;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER entry_adds_up AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION entry_adds_up();

-- A balance repeats the newest entry of its account, and only moves on.
-- +goose StatementBegin
CREATE FUNCTION balance_repeats() RETURNS trigger LANGUAGE plpgsql
    SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh AS n WHERE NOT EXISTS (
            SELECT FROM entry AS e WHERE e.account = n.account AND e.version = n.version AND e.balance = n.posted)
    ) THEN
        RAISE EXCEPTION 'a balance differs from its entries' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER balance_new AFTER INSERT ON balance REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION balance_repeats();
CREATE TRIGGER balance_repeats AFTER UPDATE ON balance REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION balance_repeats();
CREATE TRIGGER balance_moves_on BEFORE UPDATE ON balance FOR EACH ROW
    WHEN (NEW.account <> OLD.account OR NEW.kind <> OLD.kind OR NEW.currency <> OLD.currency OR NEW.version <= OLD.version)
    EXECUTE FUNCTION refuse('a balance differs from its entries');
CREATE TRIGGER balance_no_delete BEFORE DELETE ON balance FOR EACH STATEMENT EXECUTE FUNCTION refuse('a balance is never removed');
CREATE TRIGGER balance_no_truncate BEFORE TRUNCATE ON balance FOR EACH STATEMENT EXECUTE FUNCTION refuse('a balance is never removed');
CREATE TRIGGER imbalance_no_truncate BEFORE TRUNCATE ON imbalance FOR EACH STATEMENT EXECUTE FUNCTION refuse('an imbalance is never forgotten');

-- The hashes of a commit continue those of the one before it.
-- +goose StatementBegin
CREATE FUNCTION tree_hash_continues() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET jit = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fresh AS n WHERE n.ix <> coalesce(
            (SELECT t.ix + length(t.hashes) / 32 FROM tree_hash AS t WHERE t.ix < n.ix ORDER BY t.ix DESC LIMIT 1), 0)
    ) THEN
        RAISE EXCEPTION 'tree hashes do not continue those before them' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END;
$$;
-- +goose StatementEnd
CREATE TRIGGER tree_hash_continues AFTER INSERT ON tree_hash REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION tree_hash_continues();
