-- Imports of past sales with their commissions, and of what was paid for them before the move.
alter table imports drop constraint imports_kind_check;
alter table imports add constraint imports_kind_check check (kind in ('Affiliates', 'Customers', 'Sales'));
-- What happens to commissions that the earlier platform hasn't paid: they are settled there, or paid here.
alter table imports add column unpaid text not null default 'SettledThere'
    constraint imports_unpaid check (unpaid in ('SettledThere', 'PaidHere'));
-- Whether the earlier platform reports its payments to the tax authority: then no tax year here counts them.
alter table imports add column taxed_there boolean not null default false;
-- The currency of amounts where the file has no such column.
alter table imports add column currency text constraint imports_currency check (currency ~ '^[A-Z]{3}$');
-- Whether amounts are in minor units even in columns that aren't called so.
alter table imports add column in_cents boolean not null default false;

-- What a row of a past sale is worth, so that sums can be shown before it is booked. Null in other imports.
alter table import_rows add column currency text;
alter table import_rows add column amount bigint;
alter table import_rows add column earned bigint;
alter table import_rows add column settlement text
    constraint import_rows_settlement check (settlement in ('Paid', 'SettledThere', 'PaidHere'));

-- The platform on which a payment of the past was made (the same values as in `imports.source`), and whether that
-- platform reports it to the tax authority. Null and false for payments made with Rekomi.
alter table payouts add column imported_from text;
alter table payouts add column taxed_elsewhere boolean not null default false;
