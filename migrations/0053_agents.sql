-- AI assistants: their tokens are keys of a kind of their own, which only `/mcp` accepts.
alter table api_keys add column kind text not null default 'api' check (kind in ('api', 'mcp'));
-- The token of an assistant signs nothing, so it has no secret.
alter table api_keys drop constraint api_keys_secret;
alter table api_keys add constraint api_keys_secret
    check (sealed_secret is not null or revoked_at is not null or kind = 'mcp');

-- How many changes an assistant attempted on a day (UTC), by connection. A connection is the token or the grant that the
-- assistant signs in with.
create table agent_changes (
    organization_id uuid not null references organizations,
    connection_id uuid not null,
    day date not null,
    attempts integer not null check (attempts >= 1),
    primary key (organization_id, connection_id, day)
);
call rekomi_tenant_table('agent_changes');
