-- What only a page reported is a claim: it is worth what the program says, and nothing to anything else.
alter table program_policies
    -- 'Off', 'Review' or 'Trusted'; the limits are of a program that trusts its pages.
    add column claims text not null default 'Review' check (claims in ('Off', 'Review', 'Trusted')),
    -- Minor units of the sale's own currency.
    add column claims_max_amount bigint not null default 50000 check (claims_max_amount between 0 and 10000000000),
    add column claims_per_day integer not null default 100 check (claims_per_day between 0 and 100000),
    add column claims_per_affiliate_day integer not null default 10 check (claims_per_affiliate_day between 0 and 100000);

alter table conversions
    -- The key of the address that a page gave for its buyer. It raises flags on the claim itself and identifies no customer.
    add column claimed_email_key text;
create index conversions_claimed on conversions (organization_id, program_id, occurred_at) where not verified;

-- Whether a decision was about a claim: it doesn't carry over to the verified report that takes the claim's place.
alter table decisions add column about_claim boolean not null default false;

-- Claims belong to no customer. What exists keeps its credit and its figures; commissions of claims that are payable and
-- in no payout go back to review when the ledger next starts (`accrual::unverified`), which also emails the owners.
alter table conversions no force row level security;
update conversions set customer_id = null where not verified;
alter table conversions force row level security;
