-- OAuth: apps that act for people, and what each person allowed them.

-- Apps, as they describe themselves: in a document at their client id, or by registering. They belong to the installation,
-- not to an organization.
create table oauth_clients (
    client_id text primary key check (length(client_id) between 1 and 500),
    kind text not null check (kind in ('Document', 'Registered')),
    name text not null check (length(name) between 1 and 100),
    -- The only addresses that a person is sent back to.
    redirect_uris text[] not null check (cardinality(redirect_uris) between 1 and 10),
    -- Until when the document needn't be read again.
    fresh_until timestamptz,
    created_at timestamptz not null,
    -- When the app last got tokens, or else when it was created.
    last_used_at timestamptz not null,
    check ((kind = 'Document') = (fresh_until is not null))
);
create index oauth_clients_unused on oauth_clients (last_used_at);
grant select, insert, update, delete on oauth_clients to rekomi_app;

-- What a person allowed an app in an organization. The app acts as that person, with their present role, within the
-- scopes.
create table oauth_grants (
    organization_id uuid not null references organizations,
    id uuid not null,
    user_id uuid not null references users,
    client_id text not null check (length(client_id) between 1 and 500),
    -- As the person read it when they agreed.
    client_name text not null check (length(client_name) between 1 and 100),
    redirect_host text not null check (length(redirect_host) between 1 and 300),
    scopes text[] not null check (scopes <@ array['rekomi:read', 'rekomi:write'] and cardinality(scopes) > 0),
    -- The only address that the tokens are for, if the app named one.
    resource text check (length(resource) <= 500),
    created_at timestamptz not null,
    last_used_at timestamptz,
    -- When the last of its codes and tokens expires.
    ends_at timestamptz not null,
    revoked_at timestamptz,
    primary key (organization_id, id)
);
create index oauth_grants_user on oauth_grants (organization_id, user_id, id desc);
call rekomi_tenant_table('oauth_grants');

-- The name of the app that a person acted through, as the person read it when they connected it.
alter table audit_log add column via text check (length(via) between 1 and 100);

-- Codes that an app exchanges for tokens, once and within a minute. A row stays for a day, so that a second exchange is
-- noticed.
create table oauth_codes (
    organization_id uuid not null references organizations,
    -- SHA-256 of the whole `rk_oac_…` text.
    code_hash bytea not null check (length(code_hash) = 32),
    grant_id uuid not null,
    redirect_uri text not null check (length(redirect_uri) between 1 and 500),
    -- The PKCE challenge (S256).
    challenge text not null check (length(challenge) = 43),
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (organization_id, code_hash),
    foreign key (organization_id, grant_id) references oauth_grants
);
create index oauth_codes_code on oauth_codes (code_hash);
create index oauth_codes_expiry on oauth_codes (expires_at);
call rekomi_tenant_table('oauth_codes');
-- A client that sends a code finds the one row that it belongs to, before the tenant is known.
create policy holder on oauth_codes for select
    using (code_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));

-- Tokens. A refresh token that was replaced stays until it expires, so that a second use is noticed.
create table oauth_tokens (
    organization_id uuid not null references organizations,
    -- SHA-256 of the whole `rk_oat_…` or `rk_ort_…` text.
    token_hash bytea not null check (length(token_hash) = 32),
    grant_id uuid not null,
    kind text not null check (kind in ('access', 'refresh')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    replaced_at timestamptz,
    primary key (organization_id, token_hash),
    foreign key (organization_id, grant_id) references oauth_grants
);
create index oauth_tokens_token on oauth_tokens (token_hash);
create index oauth_tokens_expiry on oauth_tokens (expires_at);
call rekomi_tenant_table('oauth_tokens');
-- As with a code.
create policy holder on oauth_tokens for select
    using (token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));
