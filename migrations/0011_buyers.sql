-- Who is the same buyer, and who shares an address.

alter table customers
    -- The smallest id of those that were told as the buyer of one and the same conversion.
    add column buyer_id uuid,
    -- The smallest id of those that share an e-mail address, directly or through others: they are settled together.
    add column group_id uuid;
alter table customers no force row level security;
update customers set buyer_id = id, group_id = id;
alter table customers force row level security;
alter table customers alter column buyer_id set not null, alter column group_id set not null;
create index customers_group on customers (organization_id, group_id);

-- Every address told for a customer, in the form that is compared: lower case, without a +tag.
create table customer_emails (
    organization_id uuid not null,
    email_key text not null,
    customer_id uuid not null,
    primary key (organization_id, email_key, customer_id),
    foreign key (organization_id, customer_id) references customers
);
create index customer_emails_customer on customer_emails (organization_id, customer_id);
call rekomi_tenant_table('customer_emails', true);
alter table customer_emails no force row level security;
alter table customers no force row level security;
insert into customer_emails (organization_id, email_key, customer_id)
select organization_id, lower(email), id from customers where email is not null;
alter table customers force row level security;
alter table customer_emails force row level security;

-- Who else told a known conversion: a backend after the page, a gateway after the backend.
create table retellings (
    organization_id uuid not null references organizations,
    event_id uuid not null,
    external_id text not null,
    customer_id uuid,
    primary key (organization_id, event_id),
    foreign key (organization_id, customer_id) references customers
);
create index retellings_sale on retellings (organization_id, external_id);
call rekomi_tenant_table('retellings', true);
