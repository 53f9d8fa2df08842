-- What is measured, and the alarms that come of it (promise 12: silence is loud).

-- When somebody last looked at the clocks, and at the calendar of jobs. A daemon that died looks no more, so this is
-- for all daemons together.
alter table tick
    add column ticked_at timestamptz not null default now(),
    add column jobs_at timestamptz not null default now();

-- A mailbox that was never read is silent since it is there.
alter table mailbox add column added_at timestamptz not null default now();

-- An alarm by what it is about. One row however many daemons notice: whoever claims it tells it. Alarms that there
-- are no rows of were never raised; an alarm goes out without a row where the database is away.
create table alarm (
    name           text not null,
    -- which of several: the mailbox. Empty where there is only one.
    subject        text not null default '',
    began_at       timestamptz not null,
    -- when it was last seen to be so
    seen_at        timestamptz not null,
    -- when it was told; before began_at: not this time yet
    told_at        timestamptz,
    -- until when somebody is telling it
    claimed_until  timestamptz,
    -- null: it lasts
    over_at        timestamptz,
    primary key (name, subject)
);

-- so that figures cost by what they count, and not by what is kept
create index outbox_failed on outbox (ended_at) where state = 'failed';
create index clock_breached on clock (case_id) where breached_at is not null and stopped_at is null;
