-- What members of staff have ordered and not confirmed, and mail that is about no case.

-- A mail whose orders were shown to whoever wrote it, and wait to be confirmed: an outcome, a closing, a court's case.
-- What it orders is read again from the message.
create table pending (
    id          bigint generated always as identity primary key,
    case_id     bigint not null references cases (id),
    person      text not null,
    landed_id   bigint not null unique references landed (id),
    ordered_at  timestamptz not null,
    -- when it is done by itself; null: once it is confirmed
    due_at      timestamptz,
    ended_at    timestamptz,
    ending      text check (ending in ('done', 'refused', 'cancelled', 'replaced')),
    check ((ended_at is null) = (ending is null))
);
create unique index pending_open on pending (case_id, person) where ended_at is null;
create index pending_due on pending (due_at) where ended_at is null and due_at is not null;

-- A mail of a member whose author's domain couldn't be asked is looked at again, rather than taken for a forgery.
alter table landed add column not_before timestamptz;

-- Who has been sent the page that explains everything.
alter table member add column welcomed_at timestamptz;

-- §10: the policy, or a change of it, as it was mailed to staff, and who has read it.
create table policy_notice (
    id       bigint generated always as identity primary key,
    -- of the text: a text that was changed is a notice of its own
    sha256   bytea not null check (length(sha256) = 32),
    body     text not null,
    sent_at  timestamptz not null
);
create table policy_reading (
    notice_id  bigint not null references policy_notice (id),
    person     text not null,
    sent_at    timestamptz not null,
    read_at    timestamptz,
    -- reminders so far; after the last, supervisors are told
    reminded   smallint not null default 0,
    primary key (notice_id, person)
);
create index policy_reading_open on policy_reading (person) where read_at is null;
