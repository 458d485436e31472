-- Connections to CRMs.
create table crm_connections (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The connector's slug, such as 'klaviyo'.
    vendor text not null check (vendor ~ '^[a-z0-9-]{2,40}$'),
    -- We set 'paused' where the vendor refuses the credentials; the brand sets 'disabled'.
    status text not null default 'active' check (status in ('active', 'paused', 'disabled')),
    paused_code text,
    paused_reason text,
    paused_at timestamptz,
    -- The account's name, as the vendor reports it.
    account text not null default '',
    -- Credentials that aren't secret (a URL, a publication's id), by field name.
    settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    -- The other credentials as one JSON object. Sealed: table crm_connections, column sealed_credentials, row = the
    -- typed id.
    sealed_credentials text not null,
    -- What the test call found, such as a region.
    found jsonb not null default '{}' check (jsonb_typeof(found) = 'object'),
    -- The default list: {"id", "name"}; null where none is chosen.
    list jsonb check (list ? 'id' and list ? 'name'),
    -- The default tags, in addition to `Rekomi affiliate`.
    tags text[] not null default '{}' check (cardinality(tags) <= 50),
    -- Whether an affiliate's segment becomes a tag too.
    segment_tag boolean not null default false,
    -- The events that are sent: 'affiliate_approved', 'commission_earned', 'payout_sent'.
    events text[] not null default '{}' check (events <@ array['affiliate_approved', 'commission_earned', 'payout_sent']),
    -- Until when nothing is sent, because the vendor asked for it or is failing; and the number of failures in a row.
    wait_until timestamptz,
    failures integer not null default 0,
    -- The number of failures in a row because of a missing permission.
    rights_failures integer not null default 0,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    -- The worker that sends, and until when it may, by the database's clock.
    lease uuid,
    lease_until timestamptz,
    worked_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('crm_connections');

-- Different settings for one program's affiliates.
create table crm_overrides (
    organization_id uuid not null,
    connection_id uuid not null,
    program_id uuid not null,
    -- Replaces the default list; null keeps it.
    list jsonb check (list ? 'id' and list ? 'name'),
    -- In addition to the default tags.
    tags text[] not null default '{}' check (cardinality(tags) <= 50),
    created_at timestamptz not null,
    primary key (organization_id, connection_id, program_id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade,
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('crm_overrides');

-- What the CRM holds about an affiliate after the last successful sync, and what may therefore be removed again.
create table crm_contacts (
    organization_id uuid not null,
    connection_id uuid not null,
    affiliate_id uuid not null,
    -- The vendor's own id, where it returns one.
    contact text,
    -- Ids of lists, and names of tags.
    lists text[] not null default '{}',
    tags text[] not null default '{}',
    affiliate_status text not null check (affiliate_status in ('approved', 'left', 'banned', 'rejected')),
    synced_at timestamptz not null,
    primary key (organization_id, connection_id, affiliate_id),
    foreign key (organization_id, connection_id) references crm_connections on delete cascade,
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('crm_contacts');
create trigger only_of_the_known before insert on crm_contacts
    for each row execute function rekomi_only_of_the_known('skip');

-- A re-sync of all affiliates; its progress is counted from its syncs.
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

-- The sync of one affiliate to one CRM. It is kept for 90 days after it ends.
create table crm_syncs (
    organization_id uuid not null,
    id uuid not null,
    connection_id uuid not null,
    affiliate_id uuid not null,
    task text not null check (task in ('sync', 'event', 'forget')),
    -- The cause: 'approved', 'changed', 'segment', 'consent', 'left', 'settings', 'resync', 'resync_all', 'event' or
    -- 'forget'.
    reason text not null,
    state text not null default 'Queued' check (state in ('Queued', 'Running', 'Retrying', 'Succeeded', 'Failed')),
    -- For an event: {"name", "id", "at", "properties"}.
    event jsonb check (jsonb_typeof(event) = 'object'),
    batch_id uuid,
    -- Why it failed or waits: a stable code, and a sentence for people. Also what a successful sync left out.
    code text,
    message text,
    -- The number of failures of a step in a row.
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
-- A sync that hasn't started covers every change until it starts.
create unique index crm_syncs_waiting on crm_syncs (organization_id, connection_id, affiliate_id)
    where state = 'Queued' and task = 'sync';
-- The same event is sent once.
create unique index crm_syncs_event on crm_syncs (organization_id, connection_id, (event ->> 'id')) where task = 'event';
create index crm_syncs_due on crm_syncs (organization_id, connection_id, next_at, id) where next_at is not null;
create index crm_syncs_affiliate on crm_syncs (organization_id, affiliate_id, id desc);
create index crm_syncs_connection on crm_syncs (organization_id, connection_id, id desc);
create index crm_syncs_batch on crm_syncs (organization_id, batch_id) where batch_id is not null;
-- Finds the syncs whose retention period is over.
create index crm_syncs_finished on crm_syncs (organization_id, finished_at) where finished_at is not null;
-- Lists failed syncs.
create index crm_syncs_failed on crm_syncs (organization_id, connection_id, finished_at desc)
    where state = 'Failed' and code not in ('left_alone', 'superseded');
call rekomi_tenant_table('crm_syncs');
create trigger only_of_the_known before insert on crm_syncs
    for each row execute function rekomi_only_of_the_known('skip');

-- The steps of a sync, planned when it starts.
create table crm_steps (
    organization_id uuid not null,
    sync_id uuid not null,
    position integer not null,
    -- The connector's action, such as 'save', 'join' or 'tag'; and its object: a list's id or a tag's name.
    action text not null,
    about text not null,
    state text not null default 'Pending' check (state in ('Pending', 'Running', 'Done', 'Skipped', 'Failed')),
    -- Why the step was skipped.
    note text,
    -- What the step found, for the steps after it.
    learned jsonb not null default '{}' check (jsonb_typeof(learned) = 'object'),
    -- How often it was repeated after an answer: for further pages, and for polling.
    polls integer not null default 0,
    attempts integer not null default 0,
    finished_at timestamptz,
    primary key (organization_id, sync_id, position),
    foreign key (organization_id, sync_id) references crm_syncs on delete cascade
);
call rekomi_tenant_table('crm_steps');

-- Requests and answers, with every secret masked. A row is written before the call and completed after it: a row
-- without a duration is a call that got no answer.
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
    -- The first 16 kilobytes of the answer.
    answer text,
    code text,
    message text,
    primary key (organization_id, id),
    foreign key (organization_id, sync_id, position) references crm_steps on delete cascade
);
create index crm_attempts_step on crm_attempts (organization_id, sync_id, position, id);
call rekomi_tenant_table('crm_attempts');
