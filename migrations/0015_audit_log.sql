-- Who changed what, and how far a key may go.

-- A key acts with a role, as a person does: `read_write` of a manager can't touch settings.
alter table api_keys add column role text not null default 'admin'
    check (role in ('owner', 'admin', 'manager', 'viewer'));

-- Every change that a person or a key made, written in the transaction of the change. Never a secret.
create table audit_log (
    organization_id uuid not null references organizations,
    id uuid not null,
    at timestamptz not null,
    -- `user:usr_…`, `api_key:key_…` or `system`.
    actor text not null,
    -- noun.verb_past, such as `program.created`.
    action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
    -- Of what was changed: its public id.
    target text not null,
    -- The changed fields as they were and as they are, where that is safe to keep.
    before jsonb,
    after jsonb,
    request_id text,
    -- Keyed hash of the caller's network with a salt that changes daily: tells requests of one day apart, and nothing else.
    source_hash text,
    primary key (organization_id, id)
);
create index audit_log_target on audit_log (organization_id, target, id desc);
create index audit_log_actor on audit_log (organization_id, actor, id desc);
create index audit_log_action on audit_log (organization_id, action, id desc);
call rekomi_tenant_table('audit_log', true);
