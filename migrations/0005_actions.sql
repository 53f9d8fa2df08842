-- Actions that come of complaints, and third parties that help with them.

-- Something to put right, to prevent or to learn (§4.4, §8): from a case, or from a review.
create sequence action_number as integer;
create table action (
    -- as people call it
    number       integer primary key,
    -- null: raised from a review
    case_id      bigint references cases (id),
    kind         text not null check (kind in ('corrective', 'preventive', 'training')),
    what         text not null,
    owner        text not null,
    raised_by    text not null,
    raised_at    timestamptz not null,
    -- the last day, as the company counts days
    due_on       date not null,
    done_at      timestamptz,
    done_words   text,
    -- §8: looked at by somebody else than its owner
    verified_at  timestamptz,
    verified_by  text,
    -- how far its reminders have gone: 0 none, 1 before it is due, 2 overdue, 3 overdue for long
    reminded     smallint not null default 0 check (reminded between 0 and 3),
    check ((verified_at is null) = (verified_by is null)),
    check (verified_at is null or done_at is not null),
    check (verified_by <> owner)
);
create index action_open on action (due_on) where verified_at is null;
create index action_case on action (case_id) where case_id is not null;

-- The invitation goes to a third party (§4.3); what comes back to its address is the third party's.
alter table outbox drop constraint outbox_letter_check;
alter table outbox add constraint outbox_letter_check check (letter in ('acknowledgement',
    'particulars_request', 'particulars_reminder', 'update', 'extension', 'proposal', 'outcome',
    'summary_resolution', 'satisfaction_question', 'satisfaction_reminder', 'mediation_opened',
    'mediation_outcome', 'withdrawal_confirmed', 'closed', 'reopened', 'invitation'));
alter table message drop constraint message_matched_by_check;
alter table message add constraint message_matched_by_check check (matched_by in ('new',
    'message_id', 'reply_address', 'thread', 'reference', 'bounce', 'third_party', 'none'));
