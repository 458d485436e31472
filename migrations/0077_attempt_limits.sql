-- How often something may still be tried by people who aren't signed in, and how often someone may be emailed: token buckets,
-- here and not in memory, so that neither a restart nor a second process gives any attempt away. No tenant's table: most
-- buckets are of strangers.
create table attempt_limits (
    -- HMAC of what is limited and whom it is about: an account, an address, a network, a session, an organization.
    name bytea primary key check (length(name) = 32),
    burst double precision not null check (burst >= 1),
    ms_per_token double precision not null check (ms_per_token > 0),
    -- As of taken_at; refilled with time.
    tokens double precision not null,
    taken_at timestamptz not null
);

grant select, insert, update, delete on attempt_limits to rekomi_app;
