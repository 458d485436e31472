-- Emails to people, as an outbox: an email is written in the transaction that decides to send it, and sent afterwards.
-- The table is global, like `users`: an email belongs to its recipient.
create table mails (
    id uuid primary key,
    -- The purpose of the email, such as `verify_email` or `application_approved`.
    kind text not null check (kind ~ '^[a-z][a-z0-9_]{1,63}$'),
    -- The organization that the email is from; null for emails about accounts. The column isn't called
    -- `organization_id` because the outbox belongs to no tenant: the job that sends emails reads all of it.
    tenant uuid,
    -- The affiliate who receives the email or whom it is about. The email is deleted when they are erased, whichever
    -- address it went to.
    affiliate uuid,
    -- Whether the recipient didn't ask for the email: a brand entered their address. Their number per day is limited,
    -- see `ledger/programs/src/affiliate/unsolicited_email.rs`.
    is_first boolean not null default false,
    recipient text not null check (length(recipient) between 1 and 320 and recipient !~ '[[:cntrl:]]'),
    subject text not null check (length(subject) between 1 and 300 and subject !~ '[[:cntrl:]]'),
    -- Sealed JSON `{"text","html"}`, since its links give access: table mails, column sealed_body, row = the email's
    -- id. Deleted once it is no longer needed.
    sealed_body text,
    status text not null default 'waiting' check (status in ('waiting', 'sent', 'given_up')),
    -- Counted before each attempt, so that an email that crashes the process counts too.
    attempts integer not null default 0,
    created_at timestamptz not null default now(),
    -- The time until giving up is counted from here: an email that waits for a mail server to be configured wasn't
    -- tried yet.
    first_attempt_at timestamptz,
    next_attempt_at timestamptz not null default now(),
    -- When it was sent or given up.
    ended_at timestamptz,
    -- Why the latest attempt failed.
    last_error text,
    check (status <> 'waiting' or sealed_body is not null),
    check ((status = 'waiting') = (ended_at is null))
);
create index mails_due on mails (next_attempt_at) where status = 'waiting';
create index mails_ended on mails (ended_at) where status <> 'waiting';
create index mails_first on mails (tenant, created_at) where is_first;
create index mails_affiliate on mails (tenant, affiliate) where affiliate is not null;
grant select, insert, update, delete on mails to rekomi_app;

-- Addresses that opted out of invitations from every sender. Like `mails`, the table is about people and belongs to no
-- tenant. Only a hash is kept.
create table mail_suppressions (
    address_hash bytea primary key check (length(address_hash) = 32),
    created_at timestamptz not null
);
grant select, insert on mail_suppressions to rekomi_app;

-- Events for other systems: a message is written in the transaction that decides, whether or not an endpoint is
-- subscribed, with one delivery for each endpoint that is subscribed at that time. Sending uses only these rows. They
-- are kept for 30 days. Ids are ordered by `created_at`, so the primary key finds periods of time too.
create table messages (
    organization_id uuid not null,
    id uuid not null,
    -- The event's name, such as 'commission_earned'.
    kind text not null,
    -- JSON as text: it is signed and sent as it is, and never parsed here.
    data text not null,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('messages');
revoke update on messages from rekomi_app;

-- The receivers: a URL of the brand, or an account at a vendor that accepts events ("destination").
create table webhook_endpoints (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null check (kind in ('webhook', 'customerio')),
    -- The URL to send to; for a vendor, the base of its API.
    url text not null,
    -- The vendor's region, as the vendor names it.
    region text,
    -- What people may see of the vendor's credentials.
    hint text,
    -- Names of events, or only '*' for all events, including later ones.
    events text[] not null check (cardinality(events) > 0),
    description text not null default '',
    enabled boolean not null default true,
    -- Why we disabled it; null where the brand did.
    disabled_reason text,
    disabled_at timestamptz,
    -- Since when every delivery has failed; null after a success.
    failing_since timestamptz,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id)
);
call rekomi_tenant_table('webhook_endpoints');

-- The secrets that sign an endpoint's messages (for a vendor, its credentials). After a rotation the old secret signs
-- too until it expires. Sealed: table webhook_secrets, column sealed_secret, row = the secret's id.
create table webhook_secrets (
    organization_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    sealed_secret text not null,
    created_at timestamptz not null,
    -- Null for the current secret.
    expires_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, endpoint_id) references webhook_endpoints on delete cascade
);
create index webhook_secrets_endpoint on webhook_secrets (organization_id, endpoint_id);
call rekomi_tenant_table('webhook_secrets');

-- The delivery of one message to one endpoint.
create table webhook_deliveries (
    organization_id uuid not null,
    endpoint_id uuid not null,
    message_id uuid not null,
    state text not null default 'Pending' check (state in ('Pending', 'Delivered', 'Failed')),
    -- Counted before each attempt runs.
    attempts integer not null default 0,
    -- Attempts since it was last queued, which decide the next pause.
    tries integer not null default 0,
    -- When the next attempt is due; while one runs, when it counts as lost.
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

-- Requests and answers. An attempt never changes, and is deleted with its message.
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
    -- The first kilobyte of the answer.
    answer text,
    -- A stable code and a sentence, where it failed.
    error text,
    message text,
    primary key (organization_id, id),
    foreign key (organization_id, endpoint_id, message_id) references webhook_deliveries on delete cascade
);
create index webhook_attempts_delivery on webhook_attempts (organization_id, endpoint_id, message_id);
call rekomi_tenant_table('webhook_attempts');
revoke update on webhook_attempts from rekomi_app;
