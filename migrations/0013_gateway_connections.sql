-- Connections to payment gateways get a life of their own: how each was made, whether it works, and what is still owed
-- to the gateway. Until now a row was a webhook secret and nothing else.

alter table gateway_connections
    -- Not there yet while the gateway is being asked, and not any more once the brand removed the connection.
    alter column sealed_secret drop not null,
    -- `connecting` is written before the gateway is called; `broken` still takes webhooks; `disabled` takes none.
    add column status text not null default 'active' check (status in ('connecting', 'active', 'broken', 'disabled')),
    -- live, test, sandbox or production, in the gateway's own word; null where nothing told.
    add column environment text,
    -- The gateway's own name of the account, such as acct_… or a merchant id.
    add column account text,
    -- Sealed API key: table gateway_connections, column sealed_api_key, row = the connection's id.
    add column sealed_api_key text,
    -- What people may see of each credential: {"apiKey": "rk_live_…a1b2"}.
    add column hints jsonb not null default '{}',
    -- The webhook endpoint that we made at the gateway; null where the brand made it by hand.
    add column endpoint_id text,
    -- When the gateway last answered a test of the credentials.
    add column checked_at timestamptz,
    add column last_event_at timestamptz,
    add column last_event_type text,
    add column last_error text,
    add column last_error_at timestamptz,
    -- The Idempotency-Key of the request that is making it: a second one waits for nothing and makes nothing.
    add column request_key text,
    -- Removed by the brand. The row stays: events that were accepted before still name it.
    add column removed_at timestamptz,
    -- An endpoint at the gateway that should not be there: left by a request that broke off, or of a removed connection.
    -- By the database's clock; attempts are counted before they run.
    add column cleanup_due_at timestamptz,
    add column cleanup_attempts integer not null default 0;

alter table gateway_connections
    add constraint gateway_connections_secret
    check (sealed_secret is not null or status = 'connecting' or removed_at is not null);

create unique index gateway_connections_request on gateway_connections (organization_id, request_key)
    where request_key is not null;
create index gateway_connections_cleanup on gateway_connections (cleanup_due_at) where cleanup_due_at is not null;
