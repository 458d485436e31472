-- Connections to CRMs, and what is on its way into them: a sync a row, its steps, each attempt.

create table crm_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The connector's slug, such as 'klaviyo'.
    vendor text not null check (vendor ~ '^[a-z0-9-]{2,40}$'),
    -- 'paused' by us, where the vendor refuses the credentials; 'disabled' by the brand.
    status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
    paused_code text,
    paused_reason text,
    paused_at timestamptz,
    -- The account's name, as the vendor says it.
    account text not null default '',
    -- Credentials that are no secret (a URL, a publication's id), by field name.
    settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    -- The others as one JSON object. Sealed: table crm_connections, column sealed_credentials, row = the typed id.
    sealed_credentials text not null,
    -- What the test call found out, such as a region.
    found jsonb not null default '{}' check (jsonb_typeof(found) = 'object'),
    -- The default list: {"id", "name"}; null where none is chosen.
    list jsonb check (list ? 'id' and list ? 'name'),
    -- The default tags, besides `Rekomi affiliate`.
    tags text[] not null default '{}' check (cardinality(tags) <= 50),
    -- Whether an affiliate's segment becomes a tag too.
    segment_tag boolean not null default false,
    -- Events that are told: 'affiliate_approved', 'commission_earned', 'payout_sent'.
    events text[] not null default '{}' check (events <@ array['affiliate_approved', 'commission_earned', 'payout_sent']),
    -- Until when nothing is sent, because the vendor said so or has trouble; and how often in a row it had.
    wait_until timestamptz,
    failures integer not null default 0,
    -- How often in a row a right was missing.
    rights_failures integer not null default 0,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    -- Which worker sends, and until when that holds: by the database's clock.
    lease uuid,
    lease_until timestamptz,
    worked_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('crm_connections');

-- What differs for one program's affiliates.
create table crm_overrides (
    organization_id uuid not null,
    connection_id uuid not null,
    program_id uuid not null,
    -- Instead of the default list; null keeps it.
    list jsonb check (list ? 'id' and list ? 'name'),
    -- Besides the default tags.
    tags text[] not null default '{}' check (cardinality(tags) <= 50),
    created_at timestamptz not null,
    primary key (organization_id, connection_id, program_id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade,
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('crm_overrides');

-- What we have written about an affiliate, after the last sync that succeeded: what may be taken away again.
create table crm_contacts (
    organization_id uuid not null,
    connection_id uuid not null,
    affiliate_id uuid not null,
    -- The vendor's own id, where it tells one.
    contact text,
    -- Ids of lists, names of tags.
    lists text[] not null default '{}',
    tags text[] not null default '{}',
    standing text not null check (standing in ('approved', 'left', 'banned', 'rejected')),
    synced_at timestamptz not null,
    primary key (organization_id, connection_id, affiliate_id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade,
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('crm_contacts');

-- A re-sync of everybody; its progress is counted from its syncs.
create table crm_batches (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    total integer not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade
);
call rekomi_tenant_table('crm_batches');

-- One affiliate into one CRM. Kept for 90 days after its end.
create table crm_syncs (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    affiliate_id uuid not null,
    task text not null check (task in ('sync', 'event', 'forget')),
    -- What set it off: 'approved', 'changed', 'segment', 'consent', 'left', 'settings', 'resync', 'resync_all', 'event', 'forget'.
    reason text not null,
    state text not null default 'Queued' check (state in ('Queued', 'Running', 'Retrying', 'Succeeded', 'Failed')),
    -- Of an event: {"name", "id", "at", "properties"}.
    event jsonb check (jsonb_typeof(event) = 'object'),
    batch_id uuid,
    -- Why it failed or waits: a stable word, and a sentence for people. Also what a success left out.
    code text,
    message text,
    -- How often in a row a step failed.
    tries integer not null default 0,
    next_at timestamptz,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade,
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, batch_id) references crm_batches,
    check ((task = 'event') = (event is not null)),
    check ((state in ('Succeeded', 'Failed')) = (next_at is null)),
    check ((state in ('Succeeded', 'Failed')) = (finished_at is not null))
);
-- One that hasn't begun covers everything that is set off until then.
create unique index crm_syncs_waiting on crm_syncs (organization_id, connection_id, affiliate_id)
    where state = 'Queued' and task = 'sync';
-- The same event is told once.
create unique index crm_syncs_event on crm_syncs (organization_id, connection_id, (event ->> 'id')) where task = 'event';
create index crm_syncs_due on crm_syncs (organization_id, connection_id, next_at, id) where next_at is not null;
create index crm_syncs_affiliate on crm_syncs (organization_id, affiliate_id, id desc);
create index crm_syncs_connection on crm_syncs (organization_id, connection_id, id desc);
create index crm_syncs_batch on crm_syncs (organization_id, batch_id) where batch_id is not null;
call rekomi_tenant_table('crm_syncs');

-- The parts of a sync, planned when it begins.
create table crm_steps (
    organization_id uuid not null,
    sync_id uuid not null,
    position integer not null,
    -- The connector's word, such as 'save', 'join', 'tag'; and what it is about: a list's id, a tag's name.
    act text not null,
    about text not null,
    state text not null default 'Pending' check (state in ('Pending', 'Running', 'Done', 'Skipped', 'Failed')),
    -- Why it was skipped.
    note text,
    -- What it found out, for the steps after it.
    learned jsonb not null default '{}' check (jsonb_typeof(learned) = 'object'),
    -- How often it was answered and asked once more: pages, polls.
    asked integer not null default 0,
    attempts integer not null default 0,
    finished_at timestamptz,
    primary key (organization_id, sync_id, position),
    foreign key (organization_id, sync_id) references crm_syncs on delete cascade
);
call rekomi_tenant_table('crm_steps');

-- What was sent and answered, with every secret masked. Written before the call, completed after it: one without an end is
-- one whose answer never came.
create table crm_attempts (
    organization_id uuid not null,
    id uuid not null,
    sync_id uuid not null,
    position integer not null,
    started_at timestamptz not null,
    duration_ms integer,
    method text not null,
    url text not null,
    request_headers jsonb not null,
    request_body text not null,
    -- Null where no answer came.
    status smallint,
    answer_headers jsonb,
    -- Its first 16 kilobytes.
    answer text,
    code text,
    message text,
    primary key (organization_id, id),
    foreign key (organization_id, sync_id, position) references crm_steps on delete cascade
);
create index crm_attempts_step on crm_attempts (organization_id, sync_id, position, id);
call rekomi_tenant_table('crm_attempts');
