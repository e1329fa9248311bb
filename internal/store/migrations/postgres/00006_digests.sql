-- +goose Up

-- Keys that hold a time are found by digests that begin with it, once the release before is gone.
INSERT INTO setting (name, value)
SELECT 'digests_timed_from', CAST((CAST(extract(epoch FROM now()) AS BIGINT) + 86400) * 1000 AS TEXT) WHERE EXISTS (SELECT 1 FROM answer);
