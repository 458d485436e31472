-- API keys get a life of their own: who made each, when it ends, and what stays valid for a while after a rotation.

alter table api_keys
    -- Forgotten at once when the key is revoked.
    alter column sealed_secret drop not null,
    -- `user:usr_…` or `api_key:key_…`; null where the installation made it.
    add column created_by text,
    add column rotated_at timestamptz,
    -- Chosen by whoever made it; null: until it is revoked.
    add column expires_at timestamptz;
alter table api_keys
    add constraint api_keys_secret check (sealed_secret is not null or revoked_at is not null);
create index api_keys_ending on api_keys (expires_at) where expires_at is not null and revoked_at is null;

-- What a key was before a rotation, as long as the overlap lasts. Gone when it ends, or when the key is revoked.
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
-- As with a key's own bearer: whoever holds it finds the one row that it is.
create policy holder on api_key_predecessors for select
    using (bearer_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));
