-- What happens is told to the outside: a message is written in the transaction that decides, whether or not anybody
-- listens, and one delivery for each endpoint that listens at that moment. Sending comes later, from these rows alone.

-- Kept for 30 days. Ids are time-ordered by `created_at`, so the key finds spans of time too.
create table messages (
    organization_id uuid not null,
    id uuid not null,
    -- The event's name, such as 'commission_earned'.
    kind text not null,
    -- JSON as text: it is signed and sent as it is, and never looked into here.
    data text not null,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('messages');
revoke update on messages from rekomi_app;

-- Who listens: a URL of the brand's own, or an account at a vendor that takes events ("destination").
create table webhook_endpoints (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null check (kind in ('webhook', 'customerio')),
    -- Where to; of a vendor, the base of its API.
    url text not null,
    -- A vendor's region, in its own word.
    region text,
    -- What people may see of a vendor's credentials.
    hint text,
    -- Names of events, or '*' alone for all, also those that come later.
    events text[] not null check (cardinality(events) > 0),
    description text not null default '',
    enabled boolean not null default true,
    -- Why we switched it off; null where the brand did.
    disabled_reason text,
    disabled_at timestamptz,
    -- Since when nothing went through; null after a success.
    failing_since timestamptz,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('webhook_endpoints');

-- What an endpoint's messages are signed with (a vendor's credentials, for one of those). After a rotation the old one
-- signs along until it expires. Sealed: table webhook_secrets, column sealed_secret, row = the secret's id.
create table webhook_secrets (
    organization_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    sealed_secret text not null,
    created_at timestamptz not null,
    -- Null for the current one.
    expires_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, endpoint_id) references webhook_endpoints on delete cascade
);
create index webhook_secrets_endpoint on webhook_secrets (organization_id, endpoint_id);
call rekomi_tenant_table('webhook_secrets');

-- One message on its way to one endpoint.
create table webhook_deliveries (
    organization_id uuid not null,
    endpoint_id uuid not null,
    message_id uuid not null,
    state text not null default 'Pending' check (state in ('Pending', 'Delivered', 'Failed')),
    -- Counted before each runs.
    attempts integer not null default 0,
    -- Attempts since it was last queued: which pause comes next.
    tries integer not null default 0,
    -- When the next is due; while one runs, when it counts as lost.
    next_attempt_at timestamptz,
    delivered_at timestamptz,
    last_status smallint,
    last_error text,
    created_at timestamptz not null,
    primary key (organization_id, endpoint_id, message_id),
    foreign key (organization_id, endpoint_id) references webhook_endpoints on delete cascade,
    foreign key (organization_id, message_id) references messages on delete cascade,
    check ((state = 'Pending') = (next_attempt_at is not null))
);
create index webhook_deliveries_due on webhook_deliveries (organization_id, endpoint_id, next_attempt_at)
    where state = 'Pending';
create index webhook_deliveries_message on webhook_deliveries (organization_id, message_id);
call rekomi_tenant_table('webhook_deliveries');

-- What was sent and answered. Never changed; it goes with its message.
create table webhook_attempts (
    organization_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    message_id uuid not null,
    number integer not null,
    started_at timestamptz not null,
    duration_ms integer not null,
    -- As sent, without credentials.
    request_headers jsonb not null,
    body_sha256 bytea not null check (length(body_sha256) = 32),
    -- Null where no answer came.
    status smallint,
    -- The answer's first kilobyte.
    answer text,
    -- A stable word and a sentence, where it failed.
    error text,
    message text,
    primary key (organization_id, id),
    foreign key (organization_id, endpoint_id, message_id) references webhook_deliveries on delete cascade
);
create index webhook_attempts_delivery on webhook_attempts (organization_id, endpoint_id, message_id);
call rekomi_tenant_table('webhook_attempts');
revoke update on webhook_attempts from rekomi_app;
