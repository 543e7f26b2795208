-- name: freeze
-- Stops the clock of a test workspace at a time.
UPDATE workspace SET frozen_at = $2 WHERE id = $1 AND mode = 'test'

-- name: unfreeze
-- Lets the clock of a workspace run.
UPDATE workspace SET frozen_at = NULL WHERE id = $1

-- name: look_once
-- Lets every statement of this transaction see the same state.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ
