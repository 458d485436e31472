-- What assistants requested and a person has to confirm: a call that tells people something, changes what they earn, or
-- has to do with money runs only once a signed-in person agreed.
create table agent_confirmations (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The token or the grant that the assistant signs in with.
    connection_id uuid not null,
    -- The assistant as the audit log names it, and the app that it acted through, if any.
    requested_by text not null check (length(requested_by) between 1 and 100),
    via text check (length(via) between 1 and 100),
    tool text not null check (length(tool) between 1 and 64),
    class text not null check (class in ('Notify', 'Money')),
    -- JSON with the fields of every object in alphabetical order.
    arguments text not null check (length(arguments) <= 1000000),
    -- SHA-256 over the connection, the tool and the arguments.
    digest bytea not null check (length(digest) = 32),
    -- SHA-256 over what the call would have done when it was made, line by line as a person sees it.
    effect bytea not null check (length(effect) = 32),
    state text not null default 'Pending' check (state in ('Pending', 'Running', 'Done', 'Declined', 'Failed', 'Void')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- The person who confirmed or declined, or found it void.
    decided_by text check (length(decided_by) between 1 and 100),
    decided_at timestamptz,
    -- What the operation answered: its HTTP status, the error's code and words, or the id of what was made or changed.
    result_status smallint,
    result_code text,
    result_text text,
    result_id text,
    primary key (organization_id, id),
    check ((state = 'Pending') = (decided_at is null)),
    check ((decided_at is null) = (decided_by is null)),
    check (state not in ('Done', 'Failed') or result_status is not null)
);
create index agent_confirmations_open on agent_confirmations (organization_id, connection_id, digest)
    where state = 'Pending';
create index agent_confirmations_age on agent_confirmations (created_at);
call rekomi_tenant_table('agent_confirmations');

-- How many confirmations an assistant requested on a day (UTC), by class.
create table agent_confirmation_counts (
    organization_id uuid not null references organizations,
    connection_id uuid not null,
    day date not null,
    class text not null check (class in ('Notify', 'Money')),
    requests integer not null check (requests >= 1),
    primary key (organization_id, connection_id, day, class)
);
call rekomi_tenant_table('agent_confirmation_counts');
