-- Who has an address, and whom there is news for: both are looked up without going through all tenants.

-- Where an address is an approved affiliate's, by its hash: whoever proves an address finds their brands by it. A trigger
-- keeps it, so that no way of changing an affiliate, erasing included, can forget it.
create table affiliate_addresses (
    organization_id uuid not null,
    affiliate_id uuid not null,
    -- SHA-256 of `affiliates.email`. It hides nothing from whoever reads the address beside it, and goes when that goes.
    address_hash bytea not null check (length(address_hash) = 32),
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates on delete cascade
);
create index affiliate_addresses_hash on affiliate_addresses (address_hash);
call rekomi_tenant_table('affiliate_addresses');
-- Whoever knows the address learns in which organizations it is an affiliate's, and nothing else of them.
create policy holder on affiliate_addresses for select
    using (address_hash = (select decode(nullif(current_setting('rekomi.address_hash', true), ''), 'hex')));

create function rekomi_keep_affiliate_address() returns trigger
    language plpgsql
as $$
begin
    if new.status = 'Approved' and new.erased_at is null then
        insert into affiliate_addresses (organization_id, affiliate_id, address_hash)
        values (new.organization_id, new.id, sha256(convert_to(new.email, 'UTF8')))
        on conflict (organization_id, affiliate_id) do update set address_hash = excluded.address_hash;
    elsif tg_op = 'UPDATE' then
        delete from affiliate_addresses where organization_id = new.organization_id and affiliate_id = new.id;
    end if;
    return null;
end
$$;
create trigger keep_address after insert or update of email, status, erased_at on affiliates
    for each row execute function rekomi_keep_affiliate_address();

-- Since when an affiliate has clicks to be told of, and from when on they may be told of commissions: null where there is
-- no news. Written in the transaction that makes the news.
alter table affiliate_letters
    add column click_due_at timestamptz,
    add column earned_due_at timestamptz;
create index affiliate_letters_clicks on affiliate_letters (organization_id) where click_due_at is not null;
create index affiliate_letters_earned on affiliate_letters (organization_id, earned_due_at) where earned_due_at is not null;

alter table affiliates no force row level security;
alter table organizations no force row level security;
alter table click_hours no force row level security;
alter table commissions no force row level security;
alter table affiliate_addresses no force row level security;
alter table affiliate_letters no force row level security;
insert into affiliate_addresses (organization_id, affiliate_id, address_hash)
select organization_id, id, sha256(convert_to(email, 'UTF8')) from affiliates where status = 'Approved' and erased_at is null;
-- What nobody was told of yet, and is no older than what is told.
insert into affiliate_letters (organization_id, affiliate_id, click_due_at)
select distinct c.organization_id, c.affiliate_id, now()
from click_hours c
join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
join organizations o on o.organization_id = c.organization_id
left join affiliate_letters l on l.organization_id = c.organization_id and l.affiliate_id = c.affiliate_id
where c.hour > now() - interval '2 days' and c.clicks > 0 and a.status = 'Approved' and a.erased_at is null
  and o.mode = 'live' and l.first_click_at is null
on conflict (organization_id, affiliate_id) do update set click_due_at = excluded.click_due_at;
insert into affiliate_letters (organization_id, affiliate_id, earned_due_at)
select c.organization_id, c.affiliate_id, greatest(now(), max(l.earned_until) + interval '1 day')
from commissions c
join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
join organizations o on o.organization_id = c.organization_id
left join affiliate_letters l on l.organization_id = c.organization_id and l.affiliate_id = c.affiliate_id
where c.created_at > greatest(now() - interval '2 days', l.earned_until) and c.amount > 0
  and a.status = 'Approved' and a.erased_at is null and o.mode = 'live'
group by 1, 2
on conflict (organization_id, affiliate_id) do update set earned_due_at = excluded.earned_due_at;
alter table affiliate_letters force row level security;
alter table affiliate_addresses force row level security;
alter table commissions force row level security;
alter table click_hours force row level security;
alter table organizations force row level security;
alter table affiliates force row level security;
