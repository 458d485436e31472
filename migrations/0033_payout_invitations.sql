-- Who was asked to say how they want to be paid, and what is kept of an account while Stripe makes it.

-- When an affiliate was last asked, because something is payable and there is no way to pay it.
create table payout_invitations (
    organization_id uuid not null,
    affiliate_id uuid not null,
    invited_at timestamptz not null,
    times integer not null default 1,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('payout_invitations');

alter table payout_accounts
    -- The address that the creation named: sent again, it must be the same. Null once the account is made.
    add column creating_email text,
    -- When Stripe was first asked to make it, by the wall clock: Stripe forgets idempotency keys after a day.
    add column called_at timestamptz,
    -- When the affiliate was last told that Stripe needs something of them.
    add column told_at timestamptz;
