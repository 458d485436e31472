-- Who is one customer. Two customers that were reported as the buyer of one sale are joined where that moves no credit;
-- else the join waits for a person, and a person may split them again.

-- Who was reported as the buyer of a sale, and when first, where several customers were. `sale_event_id` is the event that
-- reported the sale first of all.
create table sale_buyers (
    organization_id uuid not null references organizations,
    sale_event_id uuid not null,
    customer_id uuid not null,
    -- When the edge received the customer's first report, and the event that carried it.
    received_at timestamptz not null,
    event_id uuid not null,
    primary key (organization_id, sale_event_id, customer_id),
    foreign key (organization_id, customer_id) references customers
);
create index sale_buyers_customer on sale_buyers (organization_id, customer_id);
call rekomi_tenant_table('sale_buyers');

create table customer_joins (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- In the order of their ids.
    one_id uuid not null,
    other_id uuid not null,
    -- When the second of the two was first reported for the other one's sale.
    found_at timestamptz not null,
    -- Joined before joins were kept one by one: no rule is asked, only a person.
    legacy boolean not null default false,
    -- What the rules say, and why it waits; null before they were asked.
    verdict text check (verdict in ('Joined', 'Waiting')),
    cause text check (cause in ('Credit', 'Amount', 'Addresses', 'Split')),
    -- What counts: the rules' verdict, or a person's decision.
    state text not null default 'Waiting' check (state in ('Joined', 'Waiting', 'Split')),
    primary key (organization_id, id),
    unique (organization_id, one_id, other_id),
    foreign key (organization_id, one_id) references customers,
    foreign key (organization_id, other_id) references customers,
    check (one_id < other_id)
);
create index customer_joins_other on customer_joins (organization_id, other_id);
create index customer_joins_newest on customer_joins (organization_id, id desc);
create index customer_joins_waiting on customer_joins (organization_id, id desc) where state = 'Waiting';
call rekomi_tenant_table('customer_joins');

-- Whether any join names the customer: journeys without joins are settled without a look at them.
alter table customers add column in_joins boolean not null default false;

alter table customer_emails
    -- When the address was first received; null for those from before.
    add column received_at timestamptz;
-- An earlier report may arrive later: its moment is the first one then. The rest of the row stays as it was written.
drop trigger append_only on customer_emails;
create trigger append_only before delete or update of organization_id, email_key, customer_id on customer_emails
    for each row execute function rekomi_refuse_change();
grant update (received_at) on customer_emails to rekomi_app;

-- 'Join' and 'Split' are about two customers.
alter table decisions
    add column join_id uuid,
    add constraint decisions_join foreign key (organization_id, join_id) references customer_joins,
    drop constraint decisions_kind_check,
    add constraint decisions_kind_check
        check (kind in ('Reattribute', 'Approve', 'Deny', 'Release', 'Refund', 'Bonus', 'Adjustment', 'Join', 'Split')),
    drop constraint decisions_check,
    add constraint decisions_check check (num_nonnulls(conversion_id, commission_id, join_id) = 1);
create index decisions_of_joins on decisions (organization_id, join_id) where join_id is not null;

-- Customers that were joined before stay joined until a person splits them.
alter table customers no force row level security;
alter table customer_joins no force row level security;
insert into customer_joins (organization_id, id, one_id, other_id, found_at, legacy, verdict, state)
select organization_id, gen_random_uuid(), buyer_id, id, created_at, true, 'Joined', 'Joined'
from customers where buyer_id < id;
update customers c set in_joins = true
where exists (select from customer_joins j where j.organization_id = c.organization_id and c.id in (j.one_id, j.other_id));
alter table customer_joins force row level security;
alter table customers force row level security;
