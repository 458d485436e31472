-- People whose first organization has been founded. Where plans are billed, only that one begins with a trial without a card,
-- also if the person deletes it, leaves it, or signs up again with another spelling of their address: of that, a hash is kept.
-- Like `users`, the table is about people and belongs to no tenant.
create table trials (
    user_id uuid primary key,
    -- Null for those who founded one before this build.
    mailbox_hash bytea check (length(mailbox_hash) = 32),
    started_at timestamptz not null
);
create index trials_mailbox on trials (mailbox_hash);
grant select, insert on trials to rekomi_app;

-- Owners of existing organizations. The policies apply to the tables' owner, too.
select rekomi_bind('rekomi.tenants', coalesce((select string_agg(id::text, ',') from tenants), ''));

insert into trials (user_id, started_at)
select user_id, min(created_at) from memberships where role = 'owner' group by user_id;
