-- Every accepted event but clicks, as it came: the book can be recomputed from here.
create table events (
    organization_id uuid not null references organizations,
    -- The dedup key: derived from the brand's or gateway's id of the event.
    id uuid not null,
    kind text not null check (kind in ('conversion', 'gateway')),
    -- SHA-256 over the content: another content under the same id is a conflict.
    digest bytea not null check (length(digest) = 32),
    received_at timestamptz not null,
    booked_at timestamptz not null,
    request_id text not null,
    -- The event's JSON, byte for byte. Not jsonb: that refuses \u0000 and reorders.
    body text not null,
    primary key (organization_id, id)
);
create index events_newest on events (organization_id, booked_at desc, id);
call rekomi_tenant_table('events', true);

-- Events that could not be applied, and second versions of known ones. A person decides about each.
create table quarantine (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The event's id where it could be read.
    event_id uuid,
    -- 'conflict' or a stable code of why it was rejected.
    reason text not null,
    detail text not null,
    body text not null,
    -- SHA-256 of body: the same poison delivered again is kept once.
    digest bytea not null check (length(digest) = 32),
    state text not null default 'open' check (state in ('open', 'replayed', 'dismissed')),
    created_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, digest)
);
create index quarantine_open on quarantine (organization_id, created_at desc) where state = 'open';
create index quarantine_event on quarantine (organization_id, event_id) where state = 'open';
call rekomi_tenant_table('quarantine');
