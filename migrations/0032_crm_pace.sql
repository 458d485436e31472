-- When calls were last sent to an account at a CRM, so that all processes together stay within the vendor's limits. The
-- limits are the account's, no matter which organization connected it, so the table belongs to no tenant.
create table crm_paces (
    -- HMAC of the vendor and the credentials.
    account bytea primary key check (length(account) = 32),
    -- The last calls by pace, as `connector::RecentCalls` writes them. Times are microseconds of this database's clock.
    recent jsonb not null default '{}' check (jsonb_typeof(recent) = 'object'),
    used_at timestamptz not null
) with (fillfactor = 50);
grant select, insert, update, delete on crm_paces to rekomi_app;
