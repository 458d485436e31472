-- Writes of the API that may be sent again: the key with a digest of the request, kept in the transaction of the effect.
create table idempotency_keys (
    organization_id uuid not null references organizations,
    key text not null check (length(key) between 1 and 255),
    -- SHA-256 over method, path and body: the same key with another request is refused.
    request_digest bytea not null check (length(request_digest) = 32),
    -- What was answered; null only inside the transaction that does the work.
    status smallint,
    answer text,
    created_at timestamptz not null,
    primary key (organization_id, key)
);
create index idempotency_keys_old on idempotency_keys (created_at);
call rekomi_tenant_table('idempotency_keys');
