-- Mail that seems to be written by staff is read before the customers' when many wait.

alter table landed add column staff boolean not null default false;
create index landed_next on landed (staff desc, id) where state = 'waiting';
