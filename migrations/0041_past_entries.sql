-- Imports of what else is in the past: leads, bonuses, and payments without the sales that they were for.
alter table imports drop constraint imports_kind_check;
alter table imports add constraint imports_kind_check
    check (kind in ('Affiliates', 'Customers', 'Sales', 'Bonuses', 'Payouts', 'Leads'));

-- The amounts of the past that no sale earned, by their ids on the earlier platform (the same values as in
-- `imports.source`), so that each is booked only once. Without an id there, the id is derived from the row.
create table imported_entries (
    organization_id uuid not null,
    kind text not null check (kind in ('Bonuses', 'Payouts')),
    source text not null,
    external_id text not null check (length(external_id) between 1 and 200),
    commission_id uuid not null,
    primary key (organization_id, kind, source, external_id),
    foreign key (organization_id, commission_id) references commissions
);
call rekomi_tenant_table('imported_entries');
