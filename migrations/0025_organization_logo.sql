-- A brand's logo, for its portal and for program pages that have none of their own. It is public and small, so it is kept
-- here and not in the storage for private files.
create table organization_logos (
    organization_id uuid primary key references organizations,
    content_type text not null check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
    bytes bytea not null check (length(bytes) between 1 and 262144),
    width integer not null check (width between 1 and 4096),
    height integer not null check (height between 1 and 4096),
    updated_at timestamptz not null
);
call rekomi_tenant_table('organization_logos');
