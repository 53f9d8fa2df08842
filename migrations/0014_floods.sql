-- Addresses that write more in a day than staff are told of one by one.

-- By the first mail beyond, so that nothing about anybody is kept here.
create table flood (
    landed_id   bigint primary key references message (landed_id),
    noticed_at  timestamptz not null,
    -- gathered until then, so that supervisors get one mail
    tell_at     timestamptz not null,
    told_at     timestamptz
);
create index flood_untold on flood (tell_at) where told_at is null;
create index flood_lately on flood (noticed_at);
create index message_author on message (lower(from_address), read_at) where case_id is not null;
