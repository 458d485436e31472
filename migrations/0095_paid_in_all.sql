-- What a buyer paid in all, against which refunds and disputes of everything that was paid are measured.

-- Whether `paid` was reported, by the gateway or as `paidCents`; else it is only the commissionable amount. Sales from before are
-- measured as they were.
alter table conversions add column paid_known boolean not null default true;

-- What the gateway says the disputed payment was in all, where it says so.
alter table disputes add column total bigint check (total >= 0);
