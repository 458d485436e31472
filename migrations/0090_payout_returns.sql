-- What came back of payments, each time that something did: a year's documents count it in the year in which it came back,
-- not in the one in which it was paid.
create table payout_returns (
    organization_id uuid not null,
    id uuid not null,
    payout_id uuid not null,
    -- Of the payout's `amount` and of its `withheld`, what this return adds to `returned` and `withheld_returned`.
    amount bigint not null check (amount > 0),
    withheld bigint not null default 0 check (withheld between 0 and amount),
    -- When the money was back, and when that was written down.
    returned_at timestamptz not null,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, payout_id) references payouts
);
-- Those that were booked before, by the moment of their transfers.
alter table transfers no force row level security;
alter table accounts no force row level security;
alter table payouts no force row level security;
with moved as (
    select t.organization_id, t.payout_id, t.kind, t.created_at,
           sum(case when t.debit_account_id = a.id then t.amount else -t.amount end) as amount
    from transfers t
    join accounts a on a.organization_id = t.organization_id and a.kind = 'affiliate_paid'
         and a.id in (t.debit_account_id, t.credit_account_id)
    join payouts p on p.organization_id = t.organization_id and p.id = t.payout_id and p.returned > 0
    where t.kind = 'payout_returned' or (t.kind = 'tax_withheld' and t.credit_account_id = a.id)
    group by 1, 2, 3, 4),
back as (
    select *, lag(created_at, 1, '-infinity') over (partition by organization_id, payout_id order by created_at) as before
    from moved where kind = 'payout_returned' and amount > 0)
insert into payout_returns (organization_id, id, payout_id, amount, withheld, returned_at, created_at)
select b.organization_id, gen_random_uuid(), b.payout_id, b.amount,
       -- The tax was booked with the same return, a moment earlier at most.
       (select coalesce(-sum(x.amount), 0) from moved x
        where x.organization_id = b.organization_id and x.payout_id = b.payout_id and x.kind = 'tax_withheld'
          and x.created_at > b.before and x.created_at <= b.created_at),
       b.created_at, b.created_at
from back b;
alter table payouts force row level security;
alter table accounts force row level security;
alter table transfers force row level security;
create index payout_returns_payout on payout_returns (organization_id, payout_id);
create index payout_returns_when on payout_returns (organization_id, returned_at) include (payout_id, amount, withheld);
call rekomi_tenant_table('payout_returns');
