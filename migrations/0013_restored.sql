-- A backup was restored: what the database that is gone may have done since is marked, not guessed.

-- Each time that it was noticed, or that somebody said so.
create table restored (
    id          bigint generated always as identity primary key,
    -- what was due until then may have been done by the database that is gone
    noticed_at  timestamptz not null default now(),
    -- when this database was last at work before; null: it never was
    backup_at   timestamptz,
    -- whose mail bore our mark; null: an operator said so
    mailbox_id  integer references mailbox (id)
);

-- A database that is gone has read it already.
alter table landed add column read_before boolean not null default false;

-- It may have been sent before, by a connection that was cut or a database that is gone. This stays, however it ends.
alter table outbox add column uncertain boolean not null default false;
-- by a database that is gone, and its case hasn't been told yet
alter table outbox add column untold_doubt boolean not null default false;
-- a transaction can say that what it writes was perhaps written before
alter table outbox alter column uncertain
    set default coalesce(current_setting('redress.again', true), '') = 'on';
alter table outbox alter column untold_doubt
    set default coalesce(current_setting('redress.again', true), '') = 'on';
create index outbox_uncertain on outbox (id) where uncertain;
create index outbox_untold_doubt on outbox (id) where untold_doubt;
