-- Whether a message's author is proven, and by what. It changes nothing by itself: what a mail may do is
-- decided where it is used. Messages from before this were never checked.

alter table message
    add column standing text not null default 'unproven'
        check (standing in ('proven', 'unproven', 'failed', 'temporary')),
    add column standing_by text not null default 'none'
        check (standing_by in ('results', 'dkim', 'none')),
    -- the domain that was proven, or wasn't, in ASCII
    add column standing_domain text,
    add column standing_reason text not null default 'read before authors were checked',
    -- when the author's domain signed it, where it did and says so
    add column signed_at timestamptz,
    add check (standing <> 'proven' or (standing_by <> 'none' and standing_domain is not null));
