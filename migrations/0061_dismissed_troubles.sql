-- What people put away from the overview's list of what needs a look. It stands there again once it happens again.
create table dismissed_troubles (
    organization_id uuid not null references organizations,
    kind text not null check (kind in ('Sale', 'Orphan', 'Crm', 'Payouts', 'Bank')),
    -- The conversion's, event's or connection's; of payouts the organization's own.
    id uuid not null,
    dismissed_at timestamptz not null,
    primary key (organization_id, kind, id)
);
call rekomi_tenant_table('dismissed_troubles');
