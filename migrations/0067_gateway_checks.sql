-- Each connection is checked at its gateway once a day. A check is noted before it runs, so that only one ledger runs it.
alter table gateway_connections add column check_tried_at timestamptz;
create index gateway_connections_check on gateway_connections (greatest(check_tried_at, checked_at, created_at))
    where removed_at is null and status in ('active', 'broken');
