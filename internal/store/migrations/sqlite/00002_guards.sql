-- +goose Up

-- What was written once stays as it is.
-- +goose StatementBegin
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'an event is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tree_hash_no_update BEFORE UPDATE ON tree_hash
BEGIN
    SELECT RAISE(ABORT, 'a tree hash is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tree_hash_no_delete BEFORE DELETE ON tree_hash
BEGIN
    SELECT RAISE(ABORT, 'a tree hash is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer
BEGIN
    SELECT RAISE(ABORT, 'a transfer is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER transfer_no_delete BEFORE DELETE ON transfer
BEGIN
    SELECT RAISE(ABORT, 'a transfer is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
BEGIN
    SELECT RAISE(ABORT, 'an entry is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answer_no_update BEFORE UPDATE ON answer
BEGIN
    SELECT RAISE(ABORT, 'an answer is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER answer_no_delete BEFORE DELETE ON answer
BEGIN
    SELECT RAISE(ABORT, 'an answer is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER refusal_no_update BEFORE UPDATE ON refusal
BEGIN
    SELECT RAISE(ABORT, 'a refusal is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER refusal_no_delete BEFORE DELETE ON refusal
BEGIN
    SELECT RAISE(ABORT, 'a refusal is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tracking_no_update BEFORE UPDATE ON tracking
BEGIN
    SELECT RAISE(ABORT, 'a tracking number is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER tracking_no_delete BEFORE DELETE ON tracking
BEGIN
    SELECT RAISE(ABORT, 'a tracking number is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_no_update BEFORE UPDATE ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoint_no_delete BEFORE DELETE ON checkpoint
BEGIN
    SELECT RAISE(ABORT, 'a checkpoint is never removed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER nought_no_update BEFORE UPDATE ON nought
BEGIN
    SELECT RAISE(ABORT, 'zero is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER nought_no_delete BEFORE DELETE ON nought
BEGIN
    SELECT RAISE(ABORT, 'zero is never removed');
END;
-- +goose StatementEnd

-- A closing transfer repeats the open one in accounts and amount.
-- +goose StatementBegin
CREATE TRIGGER transfer_closes_its_like BEFORE INSERT ON transfer
WHEN NEW.pending_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM transfer AS p
    WHERE p.id = NEW.pending_id AND p.stage = 'pending'
      AND p.debit = NEW.debit AND p.credit = NEW.credit AND p.amount = NEW.amount
)
BEGIN
    SELECT RAISE(ABORT, 'a closing transfer differs from what it closes');
END;
-- +goose StatementEnd

-- An entry continues the one before it.
-- +goose StatementBegin
CREATE TRIGGER entry_continues BEFORE INSERT ON entry
WHEN NEW.balance - NEW.delta <> coalesce(
    (SELECT e.balance FROM entry AS e WHERE e.account = NEW.account AND e.version = NEW.version - 1),
    CASE NEW.version WHEN 1 THEN 0 END, NEW.balance - NEW.delta + 1)
BEGIN
    SELECT RAISE(ABORT, 'an entry does not continue the one before it');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER entry_adds_up AFTER INSERT ON entry WHEN NEW.delta <> 0
BEGIN
    INSERT INTO imbalance (currency, total) VALUES (substr(NEW.account, -3), NEW.delta)
    ON CONFLICT (currency) DO UPDATE SET total = total + excluded.total;
END;
-- +goose StatementEnd

-- A balance repeats the newest entry of its account, and only moves on.
-- +goose StatementBegin
CREATE TRIGGER balance_new BEFORE INSERT ON balance
WHEN NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.account = NEW.account AND e.version = NEW.version AND e.balance = NEW.posted)
BEGIN
    SELECT RAISE(ABORT, 'a balance differs from its entries');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER balance_moves_on BEFORE UPDATE ON balance
WHEN NEW.account <> OLD.account OR NEW.kind <> OLD.kind OR NEW.currency <> OLD.currency OR NEW.version <= OLD.version
  OR NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.account = NEW.account AND e.version = NEW.version AND e.balance = NEW.posted)
BEGIN
    SELECT RAISE(ABORT, 'a balance differs from its entries');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER balance_no_delete BEFORE DELETE ON balance
BEGIN
    SELECT RAISE(ABORT, 'a balance is never removed');
END;
-- +goose StatementEnd

-- The hashes of a commit continue those of the one before it.
-- +goose StatementBegin
CREATE TRIGGER tree_hash_continues AFTER INSERT ON tree_hash
WHEN NEW.ix <> coalesce((SELECT t.ix + length(t.hashes) / 32 FROM tree_hash AS t WHERE t.ix < NEW.ix ORDER BY t.ix DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE(ABORT, 'tree hashes do not continue those before them');
END;
-- +goose StatementEnd
