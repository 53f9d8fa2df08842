-- Clocks of cases, and the words that histories refer to.

-- A clock of a case: an obligation of ours, or a wait for the customer.
create table clock (
    case_id       bigint not null references cases (id),
    name          text not null,
    -- the hand-off's, where a case has one clock a hand-off; 0 otherwise
    number        integer not null,
    started_at    timestamptz not null,
    -- as the policy states it: '7 business days'
    term          text not null,
    -- what was added, in order, and from when to when it stood still
    extensions    jsonb not null,
    pauses        jsonb not null,
    paused_at     timestamptz,
    due_at        timestamptz not null,
    -- the highest rung of its ladder that was reached, in percent of the term, and the next one
    reached       integer not null,
    next_percent  integer,
    next_at       timestamptz,
    breached_at   timestamptz,
    stopped_at    timestamptz,
    primary key (case_id, name, number),
    check ((next_percent is null) = (next_at is null)),
    check (next_at is null or (stopped_at is null and paused_at is null))
);
-- what can still come due: a tick costs by what is due, not by what there is
create index clock_next on clock (next_at) where next_at is not null;

-- Words that people wrote, by their hash, apart from the history that refers to them: they can be
-- erased (§7) while the chain of hashes still verifies.
create table words (
    case_id  bigint not null references cases (id),
    sha256   bytea not null check (length(sha256) = 32),
    body     text not null,
    primary key (case_id, sha256)
);

-- The clock loop's memory of the database's time, to notice when it jumps. One row.
create table tick (
    only_one    boolean primary key default true check (only_one),
    -- when a jump was noticed, and until when ladders rest after it
    jumped_at   timestamptz,
    rest_until  timestamptz,
    check ((jumped_at is null) = (rest_until is null))
);
insert into tick default values;
