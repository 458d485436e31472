-- CRMs: refresh tokens that change, and affiliates' addresses that change.

-- CRMs whose refresh token changes with each use (AWeber, Constant Contact): the newest one, which alone still works.
-- It is found by the credentials as they were entered, because the first exchange is the test call, before there is a
-- connection; and a form that is sent again contains the token that the first attempt used up.
create table crm_refresh_tokens (
    organization_id uuid not null references organizations,
    -- SHA-256 of the vendor and the credentials as they were entered.
    credentials_hash bytea not null check (length(credentials_hash) = 32),
    -- Sealed: table crm_refresh_tokens, column sealed_token, row = the hash in hexadecimal.
    sealed_token text not null,
    -- The exchange in progress, and until when no other process may begin one, by this database's clock.
    exchange uuid,
    exchange_until timestamptz,
    -- Whether an exchange began whose result isn't known: the stored token may be used up.
    is_unsettled boolean not null default false,
    -- Whether the vendor refused it last. Whoever enters the credentials again then begins with the token among them.
    is_refused boolean not null default false,
    used_at timestamptz not null,
    primary key (organization_id, credentials_hash)
) with (fillfactor = 70);
call rekomi_tenant_table('crm_refresh_tokens');

-- Which of them the connection uses; null if its vendor doesn't replace refresh tokens.
alter table crm_connections add column credentials_hash bytea
    constraint crm_connections_credentials_hash check (length(credentials_hash) = 32);

-- The address under which the CRM knows the affiliate; null until their first sync by this build. A changed one moves the
-- contact, or the contact with the old one is marked as former.
alter table crm_contacts add column email text;

-- The task 'retire' marks a contact as former whose address the affiliate no longer has: {"email", "lists", "tags"}.
alter table crm_syncs add column former jsonb constraint crm_syncs_former check (jsonb_typeof(former) = 'object');
alter table crm_syncs drop constraint crm_syncs_task_check;
alter table crm_syncs add constraint crm_syncs_task check (task in ('sync', 'event', 'forget', 'retire')) not valid;
