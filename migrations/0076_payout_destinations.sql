-- When the place where an affiliate's money goes was last changed for another. The first one that they give is no change.
create table payout_destinations (
    organization_id uuid not null,
    affiliate_id uuid not null,
    changed_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_destinations');

alter table payout_accounts
    -- Stripe's name of the bank account or card behind it, and what may be shown of it, such as `…6789`.
    add column bank text,
    add column bank_hint text;
