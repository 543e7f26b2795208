-- name: frozen_at
-- Gives the time that a test workspace stands at. Its row is the workspace itself: workspace_id = $1 reads id = $1.
SELECT frozen_at FROM workspace WHERE id = $1

-- name: freeze
-- Stops the clock of a test workspace at a time. Its row is the workspace itself: workspace_id = $1 reads id = $1.
UPDATE workspace SET frozen_at = $2 WHERE id = $1 AND mode = 'test'

-- name: unfreeze
-- Lets the clock of a workspace run. Its row is the workspace itself: workspace_id = $1 reads id = $1.
UPDATE workspace SET frozen_at = NULL WHERE id = $1
