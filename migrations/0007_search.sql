-- The archive (§6): what cases are found by, and anchors of the whole history.

-- The words that a case can be found by, as hashes: of its reference, its messages and the words of staff.
-- They are made by the program (src/archive/terms.rs) in the transaction that files what they are of.
-- Nothing here can be read; whoever erases words from a case renews its row.
create table search (
    case_id  bigint primary key references cases (id),
    words    integer[] not null
);
-- hashes don't compress
alter table search alter column words set storage external;
-- a search reads the list of what isn't in the index proper yet from end to end: it stays short
create index search_words on search using gin (words) with (gin_pending_list_limit = 1024);

-- a member's own cases, open or not
alter table cases
    add column mediator text generated always as (state->>'mediator') stored;
create index cases_handled on cases (handler, id) where handler is not null;
create index cases_mediated on cases (mediator, id) where mediator is not null;

-- An anchor: one hash over the whole history as it was at a moment, to be kept by somebody else. Each
-- covers the one before it.
create table anchor (
    id       bigint primary key,
    at       timestamptz not null,
    cases    bigint not null,
    entries  bigint not null,
    hash     bytea not null unique check (length(hash) = 32)
);

-- How far the history of a case went when an anchor was made, with the hash of its last entry. Only for
-- cases that have changed since the anchor before: a case stands where its latest row says.
create table anchor_case (
    case_id  bigint not null references cases (id),
    anchor   bigint not null references anchor (id),
    length   integer not null,
    hash     bytea not null check (length(hash) = 32),
    primary key (case_id, anchor)
);

create trigger anchor_append_only before update or delete on anchor
    for each row execute function history_is_append_only();
create trigger anchor_never_truncated before truncate on anchor
    for each statement execute function history_is_append_only();
create trigger anchor_case_append_only before update or delete on anchor_case
    for each row execute function history_is_append_only();
create trigger anchor_case_never_truncated before truncate on anchor_case
    for each statement execute function history_is_append_only();
