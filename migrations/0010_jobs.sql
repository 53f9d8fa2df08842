-- Jobs: what is done by the calendar of the company, such as digests and reviews.

-- One slot of one schedule: runs once, whoever gets there first.
create table job (
    name        text not null,
    -- the local time it is due at, in the company's zone; of a job that somebody ran, the time they did
    slot        timestamp not null,
    state       text not null check (state in ('begun', 'running', 'done', 'failed', 'skipped')),
    -- null: the schedule
    run_by      text,
    daemon      bigint references daemon (id),
    attempts    integer not null default 1,
    started_at  timestamptz not null,
    ended_at    timestamptz,
    -- what it did, or why it failed
    result      text,
    primary key (name, slot),
    check ((state in ('done', 'failed', 'skipped')) = (ended_at is not null) or state = 'begun')
);
create index job_running on job (name) where state = 'running';
