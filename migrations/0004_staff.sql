-- Members of staff, and mail to them.

-- A member by the number that signed addresses hold. Rows stay when somebody leaves: what the history
-- says of them stays too.
create table member (
    id      bigint generated always as identity primary key,
    person  text not null unique
);

-- A mail without a letter is a notice to a member of staff.
alter table outbox alter column letter drop not null;
-- no case is told how a notice ended
alter table outbox add check (told or letter is not null);
