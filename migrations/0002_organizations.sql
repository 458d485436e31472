-- Tenants and the people who work for them.

-- Nothing but ids, so that scheduled work can find whom to work for. Everything about an organization is in the
-- tenant table below. Booking locks the tenant's row: one booker per organization at a time.
create table tenants (
    id uuid primary key,
    created_at timestamptz not null
);
-- `update` only lets the app take the row lock; there is nothing to change.
grant select, insert, update on tenants to rekomi_app;
grant select on tenants to rekomi_reader;

create table organizations (
    organization_id uuid primary key references tenants,
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    name text not null check (length(name) between 1 and 200),
    time_zone text not null default 'UTC',
    created_at timestamptz not null
);
call rekomi_tenant_table('organizations');

-- People are global: one person may work for several organizations.
create table users (
    id uuid primary key,
    email text not null unique check (email = lower(email)),
    -- PHC string of Argon2id.
    password_hash text not null,
    email_verified_at timestamptz,
    created_at timestamptz not null
);
create table sessions (
    -- SHA-256 of the cookie's token.
    token_hash bytea primary key check (length(token_hash) = 32),
    user_id uuid not null references users on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);
grant select, insert, update, delete on users, sessions to rekomi_app;

create table memberships (
    organization_id uuid not null references organizations,
    user_id uuid not null references users,
    role text not null check (role in ('owner', 'admin', 'manager', 'viewer')),
    created_at timestamptz not null,
    primary key (organization_id, user_id)
);
create index memberships_user on memberships (user_id);
call rekomi_tenant_table('memberships');
-- A person who just signed in finds their own organizations before any tenant is chosen.
create policy own on memberships for select
    using (user_id = (select nullif(current_setting('rekomi.user', true), '')::uuid));
