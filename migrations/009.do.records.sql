-- What is kept of calls afterwards: searched, counted, told to whom it concerns, and in time removed or stripped of numbers.

-- Of a stripped call the numbers and what its client wrote on it are gone; its callee is ''. Clients find it no more.
ALTER TABLE calls ADD COLUMN stripped_at timestamptz;

-- Who is erased keeps a row, under a name that says nothing, since the record of calls refers to it.
ALTER TABLE users
  ADD COLUMN erased_at timestamptz,
  ADD COLUMN erasure_finished_at timestamptz; -- all calls are stripped
CREATE INDEX users_erasure ON users (erased_at) WHERE erased_at IS NOT NULL AND erasure_finished_at IS NULL;

-- How the history is searched. Each search has one index that gives its calls newest first, so that a page costs the same
-- however rare its calls are and however deep it lies. The ones below hold ended calls alone: opening a call and moving it
-- on writes to none of them, ending it, which writes a new version of the row anyway, to all. The few ongoing calls are
-- found by calls_ongoing. None has the id: it decides among calls of one microsecond, which are sorted as they are read.
CREATE INDEX calls_caller ON calls (caller, created_at DESC) WHERE ended_at IS NOT NULL AND caller IS NOT NULL;
CREATE INDEX calls_callee ON calls (callee, created_at DESC) WHERE ended_at IS NOT NULL AND callee <> '';
CREATE INDEX calls_reference ON calls (client_reference, created_at DESC)
  WHERE ended_at IS NOT NULL AND client_reference IS NOT NULL;
CREATE INDEX calls_outcome ON calls (reason, state, created_at DESC) WHERE ended_at IS NOT NULL;
-- For what goes by the time of the end: statistics and retention.
CREATE INDEX calls_ended ON calls (ended_at) WHERE ended_at IS NOT NULL;

-- The list of all calls says `id <> ''`, which is always so, and no other search does: else the planner, who takes a filter's
-- calls to lie evenly among all, would look for those of a user who left long ago by reading all calls since.
DROP INDEX calls_newest;
CREATE INDEX calls_newest ON calls (created_at DESC, id DESC) WHERE id <> '';
