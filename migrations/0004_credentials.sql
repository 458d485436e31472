-- What lets programs in: API keys and gateway connections. Bearers are stored as SHA-256, secrets sealed.

create table api_keys (
    organization_id uuid not null references organizations,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    -- SHA-256 of the whole `rk_live_…` or `rk_test_…` text.
    bearer_hash bytea not null check (length(bearer_hash) = 32),
    -- The first characters, so that people recognise a key.
    bearer_hint text not null,
    scope text not null check (scope in ('read', 'read_write')),
    -- Sealed `rks_…`: table api_keys, column sealed_secret, row = the key's id.
    sealed_secret text not null,
    created_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (organization_id, id)
);
create unique index api_keys_bearer on api_keys (bearer_hash);
call rekomi_tenant_table('api_keys');
-- Whoever holds a bearer finds the one key that it is, before the tenant is known.
create policy holder on api_keys for select
    using (bearer_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

create table gateway_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    gateway text not null check (gateway in ('stripe', 'paddle', 'braintree')),
    -- Conversions of this account belong to this program.
    program_id uuid not null,
    -- Sealed webhook secret: table gateway_connections, column sealed_secret, row = the connection's id.
    sealed_secret text not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('gateway_connections');

-- What the edge must know, as an outbox: written in the transaction that changes the truth, pushed afterwards.
create table edge_config (
    organization_id uuid not null references organizations,
    key text not null,
    -- Grows with every change of the key; the edge keeps the highest.
    version bigint not null,
    -- `shared::config::Record`; null deletes the key at the edge.
    record jsonb,
    changed_at timestamptz not null,
    pushed_version bigint not null default 0,
    attempts integer not null default 0,
    next_attempt_at timestamptz not null,
    primary key (organization_id, key)
);
-- Global on purpose: a key of another tenant can't be taken over.
create unique index edge_config_key on edge_config (key);
create index edge_config_due on edge_config (next_attempt_at) where pushed_version < version;
call rekomi_tenant_table('edge_config');
-- The edge asks for a key whose tenant it doesn't know.
create policy lookup on edge_config for select
    using (key = (select nullif(current_setting('rekomi.edge_key', true), '')));
