-- What `rekomi edge-store` keeps for an edge that runs without Cloudflare. Both tables belong to the installation, not to
-- an organization, and stay empty if the edge runs on Cloudflare.

-- The key-value stores. Secrets in the values are sealed, as everywhere at the edge.
create table edge_values (
    store text not null check (store in ('CONFIG', 'DEAD')),
    -- Lists are in the order of bytes.
    key text not null collate "C" check (octet_length(key) between 1 and 512),
    value bytea not null check (octet_length(value) <= 1048576),
    -- JSON, as the Worker sent it.
    metadata text check (octet_length(metadata) <= 1024),
    expires_at timestamptz,
    primary key (store, key)
);
create index edge_values_expiry on edge_values (expires_at) where expires_at is not null;
grant select, insert, update, delete on edge_values to rekomi_app;

-- The queues. A message is deleted once the Worker has acknowledged it.
create table edge_messages (
    id uuid primary key,
    queue text not null check (queue in ('rekomi-events', 'rekomi-events-dead')),
    body text not null check (octet_length(body) <= 131072),
    -- Deliveries so far, counted before each one.
    attempts integer not null default 0 check (attempts >= 0),
    sent_at timestamptz not null,
    -- When it is next delivered. While a delivery is under way, a moment that this delivery keeps moving on.
    due_at timestamptz not null
);
create index edge_messages_due on edge_messages (queue, due_at, id);
grant select, insert, update, delete on edge_messages to rekomi_app;
