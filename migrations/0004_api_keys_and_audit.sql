-- API keys. Bearers are stored as SHA-256 hashes, secrets sealed.
create table api_keys (
    organization_id uuid not null references organizations,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    -- SHA-256 of the whole `rk_live_…` or `rk_test_…` text.
    bearer_hash bytea not null check (length(bearer_hash) = 32),
    -- The first characters, so that people recognize a key.
    bearer_hint text not null,
    -- `read_write` is the former name of `admin`: keys that have it keep their rights.
    scope text not null check (scope in ('send_conversions', 'read', 'automations', 'write', 'admin', 'read_write')),
    -- A key acts with a role, as a person does: the `write` scope of a manager can't change settings.
    role text not null default 'admin'
        check (role in ('owner', 'admin', 'manager', 'viewer')),
    -- Sealed `rks_…`: table api_keys, column sealed_secret, row = the key's id.
    sealed_secret text,
    -- `user:usr_…` or `api_key:key_…`; null where the installation created the key.
    created_by text,
    -- The actors who saw the secret: the one that created the key, and each that rotated it.
    seen_by text[] not null default '{}',
    created_at timestamptz not null,
    last_used_at timestamptz,
    rotated_at timestamptz,
    -- Set by the creator; null keeps the key valid until it is revoked.
    expires_at timestamptz,
    revoked_at timestamptz,
    primary key (organization_id, id),
    constraint api_keys_secret check (sealed_secret is not null or revoked_at is not null)
);
create unique index api_keys_bearer on api_keys (bearer_hash);
create index api_keys_ending on api_keys (expires_at) where expires_at is not null and revoked_at is null;
call rekomi_tenant_table('api_keys');
-- A client that sends a bearer finds the one key that it belongs to, before the tenant is known.
create policy holder on api_keys for select
    using (bearer_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

-- A key's bearer from before a rotation, valid during the overlap. The row is deleted when the overlap ends or the key
-- is revoked.
create table api_key_predecessors (
    organization_id uuid not null,
    bearer_hash bytea not null check (length(bearer_hash) = 32),
    key_id uuid not null,
    -- Sealed `rks_…`: table api_key_predecessors, column sealed_secret, row = the bearer's hash in hexadecimal. Null
    -- where the secret could not be opened when it was replaced.
    sealed_secret text,
    replaced_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (organization_id, bearer_hash),
    foreign key (organization_id, key_id) references api_keys
);
create index api_key_predecessors_bearer on api_key_predecessors (bearer_hash);
create index api_key_predecessors_key on api_key_predecessors (organization_id, key_id);
create index api_key_predecessors_ending on api_key_predecessors (expires_at);
call rekomi_tenant_table('api_key_predecessors');
-- As with a key's current bearer, a client that sends it finds the one row that it belongs to.
create policy holder on api_key_predecessors for select
    using (bearer_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

-- API writes that a client may repeat: the key and a digest of the request are saved in the transaction of the effect.
create table idempotency_keys (
    organization_id uuid not null references organizations,
    key text not null check (length(key) between 1 and 255),
    -- SHA-256 of method, path and body: the same key with a different request is refused.
    request_digest bytea not null check (length(request_digest) = 32),
    -- The answer; null only inside the transaction that does the work.
    status smallint,
    answer text,
    created_at timestamptz not null,
    primary key (organization_id, key)
);
create index idempotency_keys_old on idempotency_keys (created_at);
call rekomi_tenant_table('idempotency_keys');

-- Every change that a person or a key made, written in the transaction of the change. It never holds a secret.
create table audit_log (
    organization_id uuid not null references organizations,
    id uuid not null,
    at timestamptz not null,
    -- `user:usr_…`, `api_key:key_…` or `system`.
    actor text not null,
    -- A noun and a past participle, such as `program.created`.
    action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
    -- The public id of what was changed.
    target text not null,
    -- The changed fields before and after the change, where they are safe to keep.
    before jsonb,
    after jsonb,
    request_id text,
    -- A keyed hash of the caller's network with a salt that changes daily. It tells the requests of one day apart and
    -- reveals nothing else.
    source_hash text,
    primary key (organization_id, id)
);
create index audit_log_target on audit_log (organization_id, target, id desc);
create index audit_log_actor on audit_log (organization_id, actor, id desc);
create index audit_log_action on audit_log (organization_id, action, id desc);
call rekomi_tenant_table('audit_log', true);
