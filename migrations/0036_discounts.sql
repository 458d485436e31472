-- What a program's affiliates may offer to customers. The terms of a discount never change, because neither do those
-- of a coupon at Stripe: a change ends the discount and starts another. Codes keep the discount that they were
-- created with.
create table discounts (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    -- The gateway account in which the codes are created, with the brand's own key.
    connection_id uuid not null,
    -- Either a share in hundredths of a percent, or an amount in minor units of a currency.
    basis_points integer check (basis_points between 1 and 10000),
    amount bigint check (amount > 0),
    currency text check (currency ~ '^[A-Z]{3}$'),
    duration text not null check (duration in ('once', 'repeating', 'forever')),
    -- For `repeating`: the number of months.
    months integer check (months between 1 and 36),
    -- Whether approved affiliates may choose a code themselves.
    affiliates_choose boolean not null default false,
    created_at timestamptz not null,
    -- From then on no new codes are created with it.
    ended_at timestamptz,
    -- When the gateway confirmed it: Stripe's coupon, whose id is ours. Paddle has none, as each code is a discount
    -- there.
    made_at timestamptz,
    -- When the gateway's own list of codes is next compared with ours.
    check_at timestamptz not null default now(),
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, connection_id) references gateway_connections,
    check ((basis_points is null) <> (amount is null)),
    check ((amount is null) = (currency is null)),
    check ((duration = 'repeating') = (months is not null))
);
create unique index discounts_current on discounts (organization_id, program_id) where ended_at is null;
create index discounts_check on discounts (check_at);
call rekomi_tenant_table('discounts');

-- Coupons that exist at the gateway, and what is left to do there: an outbox. A code is requested in the transaction
-- that creates the coupon; a job makes the calls.
create table gateway_coupons (
    organization_id uuid not null,
    coupon_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    discount_id uuid not null,
    -- Whether the affiliate chose the code.
    chosen boolean not null default false,
    -- `waiting`: the gateway hasn't confirmed the code yet. `refused`: it rejected it, or deactivated it.
    status text not null default 'waiting' check (status in ('waiting', 'active', 'refused', 'archived')),
    -- Why, in plain words.
    problem text check (length(problem) <= 1000),
    -- The gateway's id of the code. The brand can change the coupon's own.
    external_id text check (length(external_id) between 1 and 100),
    -- When a request to create the code was first sent: from then on it may exist.
    sent_at timestamptz,
    -- Each definite refusal gets a new idempotency key, because the gateway would repeat the refusal.
    refusals integer not null default 0,
    attempts integer not null default 0,
    -- Null: nothing is left to do.
    due_at timestamptz default now(),
    -- Increased with each change that the code at the gateway depends on.
    changes bigint not null default 0,
    created_at timestamptz not null,
    primary key (organization_id, coupon_id),
    foreign key (organization_id, coupon_id) references coupons,
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, discount_id) references discounts
);
create index gateway_coupons_due on gateway_coupons (due_at) where due_at is not null;
create index gateway_coupons_affiliate on gateway_coupons (organization_id, affiliate_id, program_id);
create index gateway_coupons_program on gateway_coupons (organization_id, program_id);
call rekomi_tenant_table('gateway_coupons');

-- A code that the gateway has to create first credits no sale from before: it could be an older code of the brand,
-- which isn't the affiliate's. Null: the coupon credits sales of any time.
alter table coupons add column credits_from timestamptz;

-- Whoever archives a coupon, bans or erases an affiliate, or archives a program, by whichever path, leaves its codes
-- due in the same transaction: the job then switches them off, or on again.
create function rekomi_coupon_is_due() returns trigger
    language plpgsql as $$
begin
    update gateway_coupons set changes = changes + 1, due_at = now(), attempts = 0
    where organization_id = new.organization_id
      and case tg_table_name
              when 'coupons' then coupon_id = new.id
              when 'affiliates' then affiliate_id = new.id
              else program_id = new.id
          end;
    return null;
end $$;
create trigger coupon_is_due after update of archived_at on coupons
    for each row when (old.archived_at is distinct from new.archived_at) execute function rekomi_coupon_is_due();
create trigger coupon_is_due after update of status on affiliates
    for each row when (old.status is distinct from new.status) execute function rekomi_coupon_is_due();
create trigger coupon_is_due after update of archived_at on programs
    for each row when (old.archived_at is distinct from new.archived_at) execute function rekomi_coupon_is_due();
