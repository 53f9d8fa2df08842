-- Erasure (policy §7): rows stay, their content goes, and a mark says who did it, when and by which rule.
--
-- Whoever may not delete can still erase, through the functions below, which look themselves whether a case
-- may be. Rights are granted by `redress migrate` (src/store/roles.rs): role names are the operator's.

-- One erasure. No row of it says whose data it was.
create table erasure (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    actor   text not null,
    rule    text not null,
    -- in the words of whoever carried it out
    reason  text
);

-- the row's content was erased
alter table raw add column erased_by bigint references erasure (id);
alter table landed add column erased_by bigint references erasure (id);
alter table message add column erased_by bigint references erasure (id);
alter table words add column erased_by bigint references erasure (id);
alter table outbox add column erased_by bigint references erasure (id);
alter table party add column erased_by bigint references erasure (id);
-- a person who was erased has no address; what comes from it later is somebody new
alter table party alter column address drop not null;
alter table party add check (address is not null or erased_by is not null);

-- Under whom a person's erased cases stand while another case still needs the person: a party without a name,
-- so that whoever complains again is counted (§6) and nobody can tell who it was. Nobody but the owner reads it,
-- and it goes when the person does.
create table erased_customer (
    party_id    bigint primary key references party (id),
    erased_as   bigint not null unique references party (id)
);

-- Indexes are on columns beside the state and not on what is in it, so that a change of the rest leaves them alone.
alter table cases
    add column erased boolean generated always as (state ? 'erased_at') stored not null,
    -- as it is written in the state: UTC, so that it sorts as text
    add column closed_at text collate "C" generated always as (state->>'closed_at') stored,
    add column duplicate_of text generated always as (state->>'duplicate_of') stored,
    add column follows text generated always as (state->>'follows') stored;
-- closed cases by when they were closed: a run of retention costs by what is due
create index cases_to_erase on cases (profile, closed_at, id) where stage = 'closed' and not erased;
create index cases_duplicates on cases (duplicate_of) where duplicate_of is not null;
create index cases_followers on cases (follows) where follows is not null;
-- who else needs the same bytes
create index landed_bytes on landed (sha256);
-- mail that belongs to no case, theirs and ours, the oldest first
create index outbox_without_case on outbox (ended_at) where case_id is null and erased_by is null;
create index landed_put_aside on landed (landed_at, id) where state = 'quarantined' and erased_by is null;
drop index message_without_case;
create index message_without_case on message (landed_id) where case_id is null and erased_by is null;

-- Whoever may change these tables could otherwise have mail of a case erased as mail of none, or other bytes
-- instead of a mail's own.
create function mail_stays_what_it_is() returns trigger language plpgsql as $$
begin
    raise exception 'mail stays on its case, and its bytes stay its own: update of % refused', tg_table_name
        using errcode = 'insufficient_privilege',
              hint = 'what is erased goes by both (policy §5.2, §7)';
end $$;
create trigger message_stays_on_its_case before update on message for each row
    when (old.case_id is not null
        and (new.case_id is distinct from old.case_id or new.landed_id <> old.landed_id))
    execute function mail_stays_what_it_is();
create trigger landed_keeps_its_bytes before update on landed for each row
    when (new.sha256 is distinct from old.sha256)
    execute function mail_stays_what_it_is();

-- Whether a court has a case kept (§5.2): what the history says can't be changed by whoever erases.
create function is_held(the_case bigint) returns boolean
    language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce((select h.event = 'litigated' from public.history h
        where h.case_id = the_case and h.event in ('litigated', 'released')
        order by h.sequence desc limit 1), false)
$$;

-- What other tables hold of cases that are erased: a line each.
create function erase_what_else(the_cases bigint[], this bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update public.search set words = '{}' where case_id = any(the_cases);
    -- the figures of actions stay, and their words go
    update public.action set what = '', done_words = null where case_id = any(the_cases);
    -- third parties that no other case needs
    update public.party p set address = null, name = null, erased_by = this
    where p.kind = 'third_party' and p.erased_by is null
      and lower(p.address) in (select lower(o.recipient) from public.outbox o
          where o.case_id = any(the_cases) and o.letter = 'invitation')
      and not exists (select from public.outbox o
          where lower(o.recipient) = lower(p.address) and o.letter = 'invitation'
            and o.case_id <> all(the_cases) and o.erased_by is null)
      and not exists (select from public.cases c where c.customer_id = p.id);
end $$;

-- What is left of an erased mail's author and Message-ID: enough to know them again, and no more.
create function one_use(author text, message_id text) returns text
    language sql immutable set search_path = pg_catalog, pg_temp as $$
    select encode(sha256(convert_to(lower(author) || ' ' || message_id, 'UTF8')), 'hex')
$$;

-- Messages, with their bytes where no other message needs them.
create function erase_messages(the_messages bigint[], this bigint) returns void
    language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update public.message
    set erased_by = this,
        -- what staff wrote to their desk is obeyed once: by this it is known when it is sent again
        message_id = case when case_id is null and matched_by = 'reply_address'
            then public.one_use(from_address, message_id) end,
        from_name = null, from_address = null, subject = '',
        text = '', new_text = null, attachments = '[]', warnings = '[]', details = '{}',
        nature_evidence = '', standing_reason = '',
        standing_domain = case when standing = 'proven' then '' end
    where landed_id = any(the_messages) and erased_by is null;
    update public.landed
    set erased_by = this, reason = case when reason is not null then 'erased' end
    where id = any(the_messages) and erased_by is null;
    update public.raw r set bytes = '', erased_by = this
    where r.erased_by is null
      and r.sha256 in (select sha256 from public.landed where id = any(the_messages))
      and not exists (
          select from public.landed l
          where l.sha256 = r.sha256 and l.erased_by is null and l.state in ('waiting', 'filed', 'quarantined'))
      -- whatever is said of the mail since
      and not exists (
          select from public.landed l join public.message m on m.landed_id = l.id
          where l.sha256 = r.sha256 and m.case_id is not null and public.is_held(m.case_id));
end $$;

-- Erases cases that are closed, under no legal hold, with no mail on its way, and whose history says, as of
-- this moment, that they are erased. All of them, or none and an error.
create function erase_cases(the_cases bigint[], moment timestamptz, who text, the_rule text, why text)
    returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    refused text;
    this bigint;
    parties bigint[];
    person bigint;
    nobody bigint;
    done bigint;
begin
    perform 1 from public.cases where id = any(the_cases) order by id for no key update;
    select c.reference into refused from public.cases c
    where c.id = any(the_cases) and (
        c.stage <> 'closed'
        or not c.erased
        or coalesce((c.state->>'legal_hold')::boolean, true)
        or public.is_held(c.id)
        or not exists (select from public.history h
            where h.case_id = c.id and h.event = 'erased' and h.at = moment)
        or exists (select from public.outbox o
            where o.case_id = c.id and (o.state in ('queued', 'sending') or not o.told)))
    limit 1;
    if refused is not null then
        raise exception 'case % may not be erased', refused
            using errcode = 'insufficient_privilege',
                  hint = 'it is open, under legal hold, has mail on its way, or its history says nothing of an erasure (policy §5.2, §7)';
    end if;
    insert into public.erasure (at, actor, rule, reason) values (moment, who, the_rule, why)
        returning id into this;
    perform public.erase_messages(
        array(select landed_id from public.message where case_id = any(the_cases)), this);
    update public.words set body = '', erased_by = this
        where case_id = any(the_cases) and erased_by is null;
    perform public.erase_what_else(the_cases, this);
    update public.outbox set bytes = '', sender = '', recipient = '', reply = null, erased_by = this
        where case_id = any(the_cases) and erased_by is null;
    -- locked, so that no case of theirs is opened while we look whether there is one
    parties := array(select distinct customer_id from public.cases
        where id = any(the_cases) and customer_id is not null);
    perform 1 from public.party where id = any(parties) order by id for update;
    update public.party p set address = null, name = null, erased_by = this
        where p.id = any(parties) and p.erased_by is null
          and not exists (select from public.cases c where c.customer_id = p.id and not c.erased);
    -- a person whom another case still needs is no longer to be found by this one
    for person in select p.id from public.party p
        where p.id = any(parties) and p.erased_by is null
          and not exists (select from public.erased_customer e where e.party_id = p.id)
    loop
        insert into public.party (kind, erased_by, first_seen_at) values ('customer', this, moment)
            returning id into nobody;
        insert into public.erased_customer (party_id, erased_as) values (person, nobody);
    end loop;
    update public.cases c set customer_id = e.erased_as
        from public.erased_customer e
        where c.id = any(the_cases) and e.party_id = c.customer_id;
    delete from public.erased_customer e using public.party p
        where e.party_id = any(parties) and p.id = e.party_id and p.erased_by is not null;
    select count(*) into done from public.cases where id = any(the_cases);
    return done;
end $$;

-- Erases mail that belongs to no case: in quarantine, or filed without one. What isn't so is left alone; the
-- number of those that are erased.
create function erase_mail(the_messages bigint[], moment timestamptz, who text, the_rule text, why text)
    returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    this bigint;
    these bigint[];
begin
    these := array(
        select l.id from public.landed l
        where l.id = any(the_messages) and l.erased_by is null and l.state in ('quarantined', 'filed')
          and not exists (select from public.message m where m.landed_id = l.id and m.case_id is not null)
        order by l.id for update);
    if cardinality(these) = 0 then
        return 0;
    end if;
    insert into public.erasure (at, actor, rule, reason) values (moment, who, the_rule, why)
        returning id into this;
    perform public.erase_messages(these, this);
    return cardinality(these);
end $$;

-- Erases what was mailed to staff about no case, or about several, as lists and digests are: it was sent before a
-- moment, and has been read. How many there were.
create function erase_own_mail(sent_before timestamptz, moment timestamptz, who text, the_rule text, why text)
    returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    this bigint;
    these bigint[];
begin
    these := array(
        select id from public.outbox
        where case_id is null and erased_by is null and ended_at < sent_before
          and state in ('sent', 'failed', 'cancelled')
        order by id for update);
    if cardinality(these) = 0 then
        return 0;
    end if;
    insert into public.erasure (at, actor, rule, reason) values (moment, who, the_rule, why)
        returning id into this;
    update public.outbox set bytes = '', reply = null, erased_by = this where id = any(these);
    return cardinality(these);
end $$;

revoke all on function is_held(bigint) from public;
revoke all on function erase_what_else(bigint[], bigint) from public;
revoke all on function erase_messages(bigint[], bigint) from public;
revoke all on function erase_cases(bigint[], timestamptz, text, text, text) from public;
revoke all on function erase_mail(bigint[], timestamptz, text, text, text) from public;
revoke all on function erase_own_mail(timestamptz, timestamptz, text, text, text) from public;

-- How many customers complained more than once since a moment, and within a period the last time, by how often
-- (§6). One who was erased is counted, too, and nobody learns who it was.
create function repeating_customers(
        since timestamptz, period_from timestamptz, period_to timestamptz, of_profile text)
    returns table (complaints bigint, customers bigint)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.complaints, count(*) from (
        select count(*) as complaints
        from public.cases c left join public.erased_customer e on e.party_id = c.customer_id
        where c.received_at >= since and c.received_at < period_to and c.customer_id is not null
          and coalesce(c.state->>'close_reason', '') not in ('duplicate', 'not_a_complaint')
          and (of_profile is null or c.profile = of_profile)
        group by coalesce(e.erased_as, c.customer_id)
        having count(*) > 1 and max(c.received_at) >= period_from) r
    group by 1 order by 1
$$;
revoke all on function repeating_customers(timestamptz, timestamptz, timestamptz, text) from public;

-- What reports may see: stages, times and figures; no bytes, no words, no names and no addresses.
create schema if not exists reports;

create view reports.cases as
    select id, reference, customer_id, received_at, opened_at, stage, channel, language, profile, category,
           state->>'severity' as severity, state->>'complexity' as complexity, state->>'cause' as cause,
           handler, mediator, acknowledgement, reachable,
           state->>'finding' as finding, (state->>'round')::integer as round,
           (state->>'satisfied')::boolean as satisfied, (state->>'held')::boolean as held,
           (state->>'legal_hold')::boolean as legal_hold, state->>'close_reason' as close_reason,
           closed_at::timestamptz as closed_at, duplicate_of, follows, (state->>'erased_at')::timestamptz as erased_at
    from public.cases;

create view reports.history as
    select case_id, sequence, at, actor, event, data->>'stage' as stage, data->>'letter' as letter,
           data->>'finding' as finding, data->>'act' as act,
           case when event = 'closed' then data->>'reason' end as close_reason
    from public.history;

create view reports.clocks as
    select case_id, name, number, started_at, term, paused_at, due_at, reached, breached_at, stopped_at
    from public.clock;

create view reports.letters as
    select id, case_id, letter, automatic, created_at, state, attempts, outcome, ended_at
    from public.outbox;

create view reports.messages as
    select m.landed_id, m.case_id, m.nature, m.language, m.matched_by, m.standing, l.received_at, m.read_at
    from public.message m join public.landed l on l.id = m.landed_id;

create view reports.landed as
    select l.id, m.name as mailbox, l.size, l.whole, l.received_at, l.landed_at, l.state, l.attempts,
           l.released_at
    from public.landed l join public.mailbox m on m.id = l.mailbox_id;

create view reports.erasures as
    select id, at, actor, rule from public.erasure;
