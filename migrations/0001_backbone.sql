-- The backbone: mail in a mailbox becomes a case, its history, and a letter to be sent.
--
-- Enumerations are text with a check constraint; each maps to its Rust enum in one place.
-- Every time is the database's own (promise 8), but for received_at, which is the mail server's
-- INTERNALDATE (policy §4.1: the receipt time is never the sender's Date header).

-- A running daemon. What it claims (a mailbox, landed mail, mail to send) is its own for as long
-- as it is seen; once buried, its writes touch no row.
create table daemon (
    id          bigint generated always as identity primary key,
    host        text not null,
    pid         integer not null,
    version     text not null,
    started_at  timestamptz not null default now(),
    seen_at     timestamptz not null default now(),
    buried_at   timestamptz
);
create index daemon_living on daemon (seen_at) where buried_at is null;

-- A watched folder. One reader at a time, fenced by the epoch.
create table mailbox (
    id             integer generated always as identity primary key,
    name           text not null unique,
    reader         bigint references daemon (id),
    epoch          bigint not null default 0,
    uid_validity   bigint not null default 0,
    -- every UID up to this one has a row in landed
    landed_up_to   bigint not null default 0,
    last_poll_at   timestamptz,
    reconciled_at  timestamptz
);

-- The bytes of a message, kept once however often they come.
create table raw (
    sha256  bytea primary key check (length(sha256) = 32),
    bytes   bytea not null
);
-- mail is base64 for the most part: compressing it costs more than it saves
alter table raw alter column bytes set storage external;

-- A message as it came. No row ever leaves this table (promise 2).
create table landed (
    id            bigint generated always as identity primary key,
    mailbox_id    integer not null references mailbox (id),
    uid_validity  bigint not null,
    uid           bigint not null,
    -- null only where the server couldn't hand over a single byte of the message
    sha256        bytea references raw (sha256),
    -- octets on the server (RFC822.SIZE)
    size          bigint not null,
    -- whether raw holds all of them: a mail over the limit stays on the server, but for its headers
    whole         boolean not null,
    received_at   timestamptz,
    landed_at     timestamptz not null default now(),
    state         text not null
        check (state in ('waiting', 'filed', 'duplicate', 'quarantined', 'vanished')),
    attempts      integer not null default 0,
    claimed_by    bigint references daemon (id),
    -- why quarantined
    reason        text,
    -- when staff let it out of quarantine
    released_at   timestamptz,
    unique (mailbox_id, uid_validity, uid),
    check (sha256 is not null or state in ('vanished', 'quarantined')),
    -- a server may say none that can be read
    check (received_at is not null or state in ('vanished', 'quarantined', 'duplicate')),
    check (reason is not null or state <> 'quarantined')
);
create index landed_waiting on landed (id) where state = 'waiting';
create index landed_quarantined on landed (id) where state = 'quarantined';

-- A person, known by an address. Addresses compare in lower case.
create table party (
    id             bigint generated always as identity primary key,
    kind           text not null check (kind in ('customer', 'staff', 'third_party')),
    address        text not null,
    name           text,
    first_seen_at  timestamptz not null default now()
);
create unique index party_address on party (lower(address));

-- The last case number given out in a year. Numbers have no gaps.
create table case_number (
    year  integer primary key,
    last  integer not null
);

-- A complaint. (The word alone is reserved in SQL, hence the plural.) A row is written often, and most often no
-- index has to know: the new version finds room beside the old one.
create table cases (
    id               bigint generated always as identity primary key,
    reference        text not null unique,
    -- null where the complainant isn't known yet (§4.1: no complaint is refused for want of it)
    customer_id      bigint references party (id),
    received_at      timestamptz not null,
    opened_at        timestamptz not null,
    -- the case as its history has made it, but for its clocks; what is looked for stands beside it
    state            jsonb not null,
    stage            text generated always as (state->>'stage') stored not null
        check (stage in ('received', 'awaiting_particulars', 'investigating', 'negotiating',
            'resolved', 'mediating', 'litigation', 'closed')),
    channel          text generated always as (state->>'channel') stored not null
        check (channel in ('email', 'phone', 'web')),
    language         text generated always as (state->>'language') stored not null
        check (language ~ '^[a-z]{2,3}(-[a-z0-9]{2,8})?$'),
    profile          text generated always as (state->>'profile') stored not null,
    category         text generated always as (state->>'category') stored,
    handler          text generated always as (state->>'handler') stored,
    acknowledgement  text generated always as (state->>'acknowledgement') stored not null
        check (acknowledgement in ('queued', 'delivered', 'failed', 'withheld')),
    -- false once a mail to the customer was refused for good: "customer unreachable by mail"
    reachable        boolean generated always as ((state->>'reachable')::boolean) stored not null,
    -- length and last hash of the case's history, so that the chain grows without a look back
    history_length   integer not null,
    history_hash     bytea not null
) with (fillfactor = 70);
create index cases_newest on cases (received_at desc, id desc);
create index cases_customer on cases (customer_id, id);
create index cases_open on cases (handler) where stage <> 'closed';

-- A message as read. case_id is null for what belongs to no case: automatic mail, reports.
create table message (
    landed_id        bigint primary key references landed (id),
    case_id          bigint references cases (id),
    nature           text not null check (nature in ('human', 'auto_reply', 'bounce',
        'mailing_list', 'report', 'own')),
    nature_evidence  text not null,
    message_id       text,
    from_name        text,
    from_address     text,
    subject          text not null,
    text             text not null,
    -- null where it is the whole text
    new_text         text,
    language         text,
    sent_at          timestamptz,
    attachments      jsonb not null,
    warnings         jsonb not null,
    -- everything else that was read: threading, recipients, what a bounce says
    details          jsonb not null,
    -- how the message found its case
    matched_by       text not null check (matched_by in ('new', 'message_id', 'reply_address',
        'thread', 'reference', 'bounce', 'none')),
    read_at          timestamptz not null
);
create index message_case on message (case_id, landed_id) where case_id is not null;
create index message_threads on message (message_id);
create index message_without_case on message (landed_id) where case_id is null;

-- What a case is about: the subject of the mail that opened it; null where it came otherwise.
create function topic(the_case bigint) returns text language sql stable as $$
    select subject from message where case_id = the_case and matched_by = 'new' order by landed_id limit 1
$$;

-- One thing that happened to a case (policy §6). Each row's hash covers the one before it.
create table history (
    case_id   bigint not null references cases (id),
    sequence  integer not null,
    at        timestamptz not null,
    actor     text not null,
    event     text not null,
    -- json, not jsonb: the hash covers the text exactly as it stands
    data      json not null,
    hash      bytea not null check (length(hash) = 32),
    primary key (case_id, sequence)
);

create function history_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'history is append-only: % refused', lower(tg_op)
        using errcode = 'insufficient_privilege',
              hint = 'a correction is a new entry, never a change of an old one (policy §6)';
end $$;
create trigger history_append_only before update or delete on history
    for each row execute function history_is_append_only();
create trigger history_never_truncated before truncate on history
    for each statement execute function history_is_append_only();

-- A mail to be sent: bytes and Message-ID are frozen, so that a retry is the same mail.
create table outbox (
    id           bigint generated always as identity primary key,
    case_id      bigint references cases (id),
    letter       text not null check (letter in ('acknowledgement', 'particulars_request',
        'particulars_reminder', 'update', 'extension', 'proposal', 'outcome', 'summary_resolution',
        'satisfaction_question', 'satisfaction_reminder', 'mediation_opened', 'mediation_outcome',
        'withdrawal_confirmed', 'closed', 'reopened')),
    automatic    boolean not null,
    message_id   text not null unique,
    -- envelope; the empty sender is the null reverse-path (RFC 5321 §4.5.5)
    sender       text not null,
    recipient    text not null,
    bytes        bytea not null,
    created_at   timestamptz not null default now(),
    not_before   timestamptz not null default now(),
    attempts     integer not null default 0,
    state        text not null default 'queued'
        check (state in ('queued', 'sending', 'sent', 'failed', 'cancelled')),
    claimed_by   bigint references daemon (id),
    -- of the last attempt, with the server's own words
    outcome      text check (outcome in ('sent', 'later', 'final', 'uncertain')),
    reply        text,
    ended_at     timestamptz,
    -- the case has been told how it ended
    told         boolean not null default false,
    check ((state = 'sending') = (claimed_by is not null))
);
alter table outbox alter column bytes set storage external;
create index outbox_case on outbox (case_id, id);
create index outbox_due on outbox (not_before, id) where state = 'queued';
-- what people wrote isn't held with automatic mail
create index outbox_due_of_people on outbox (not_before, id) where state = 'queued' and not automatic;
create index outbox_sending on outbox (claimed_by) where state = 'sending';
create index outbox_untold on outbox (id)
    where state in ('sent', 'failed', 'cancelled') and not told;
create index outbox_automatic on outbox (lower(recipient), created_at) where automatic;
create index outbox_recent on outbox (ended_at) where automatic and state = 'sent';
-- promise 6: one acknowledgement a case
create unique index outbox_one_acknowledgement on outbox (case_id)
    where letter = 'acknowledgement';
