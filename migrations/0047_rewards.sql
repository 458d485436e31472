-- Rewards: what a brand gives an affiliate who reaches a milestone, wins a contest, or hands in what a bounty is for.
create table rewards (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    kind text not null check (kind in ('Milestone', 'Contest', 'Bounty')),
    title text not null check (length(title) between 1 and 120),
    -- What affiliates read about it, in the brand's words.
    description text check (length(description) between 1 and 5000),
    -- Only affiliates in these segments can earn it; empty means everyone.
    segments text[] not null default '{}',
    starts_at timestamptz not null,
    ends_at timestamptz,
    -- How often it can be earned: once, or once in each period of the brand's calendar.
    repeats text not null check (repeats in ('Once', 'Week', 'Month', 'Quarter')),
    -- What is counted; null for a bounty.
    metric text check (metric in ('Sales', 'Leads', 'Revenue', 'Commission')),
    -- Of the metrics that are amounts.
    metric_currency text check (metric_currency ~ '^[A-Z]{3}$'),
    -- The value that a milestone needs, and the least that a winner of a contest needs.
    goal bigint check (goal between 1 and 1000000000000),
    -- Whether only conversions count whose hold period is over.
    settled_only boolean not null default false,
    -- A contest's number of places, what equal values mean, and how many days after its end it is ranked.
    winners integer check (winners between 1 and 100),
    ties text check (ties in ('FirstToReach', 'Split', 'AllTied')),
    delay_days integer not null default 0 check (delay_days between 0 and 60),
    -- What a bounty asks for: the number of links, their hosts (empty means any), a text, a file.
    links_max integer check (links_max between 0 and 10),
    link_hosts text[] not null default '{}',
    needs_text boolean not null default false,
    needs_file boolean not null default false,
    prize text not null check (prize in ('Bonus', 'Segment', 'Rate', 'InKind')),
    -- A bonus in minor units: one amount, or one for each place of a contest.
    amounts bigint[] not null default '{}',
    currency text check (currency ~ '^[A-Z]{3}$'),
    hold_days integer not null default 0 check (hold_days between 0 and 365),
    segment text check (length(segment) between 1 and 100),
    -- The rate in parts per million, and for how many months.
    rate_ppm integer check (rate_ppm between 1 and 1000000),
    months integer check (months between 1 and 120),
    -- What is given in kind.
    gift text check (length(gift) between 1 and 500),
    -- The most that it may give in all, in minor units of `currency`.
    budget bigint check (budget between 1 and 1000000000000),
    -- Whether a person confirms a milestone before it is given.
    confirm boolean not null default false,
    -- Whether the money is taken back if refunds undo a milestone.
    take_back boolean not null default false,
    created_at timestamptz not null,
    archived_at timestamptz,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    check (ends_at > starts_at),
    check ((kind = 'Bounty') = (metric is null)),
    check ((kind = 'Bounty') = (links_max is not null)),
    check ((kind = 'Contest') = (winners is not null)),
    check ((kind = 'Contest') = (ties is not null)),
    check ((metric in ('Revenue', 'Commission')) is not distinct from (metric_currency is not null) or metric is null),
    check (kind = 'Bounty' or goal is not null),
    check (kind <> 'Contest' or repeats <> 'Once' or ends_at is not null),
    check ((prize = 'Bonus') = (currency is not null and cardinality(amounts) > 0)),
    check ((prize = 'Segment') = (segment is not null)),
    check ((prize = 'Rate') = (rate_ppm is not null and months is not null)),
    check ((prize = 'InKind') = (gift is not null)),
    check (budget is null or prize = 'Bonus'),
    check (not take_back or (prize = 'Bonus' and kind = 'Milestone'))
);
create index rewards_newest on rewards (organization_id, id desc);
call rekomi_tenant_table('rewards');

-- What affiliates earned, or ask for: at most one for each reward, affiliate and period.
create table reward_claims (
    organization_id uuid not null,
    id uuid not null,
    reward_id uuid not null,
    affiliate_id uuid not null,
    -- 'once', '2026-W13', '2026-03' or '2026-Q1', in the brand's calendar.
    period text not null check (length(period) between 4 and 8),
    -- 'Submitted' waits for a person. 'Approved' is decided and not given yet, 'Paid' is given (in kind: promised).
    state text not null check (state in ('Submitted', 'Approved', 'Rejected', 'Paid', 'TakenBack')),
    -- The value that earned it, and the place in a contest.
    value bigint,
    place integer check (place >= 1),
    -- What it is worth in minor units, and how much of that the affiliate was given so far.
    amount bigint not null default 0 check (amount >= 0),
    given bigint not null default 0 check (given >= 0),
    -- How often it was given again after it was taken back.
    round integer not null default 0 check (round >= 0),
    -- The bonus.
    commission_id uuid,
    -- The proof of a bounty; its links are in `reward_proof_links`.
    note text check (length(note) between 1 and 2000),
    file_id uuid,
    -- How often a proof was sent for this period.
    attempts integer not null default 0 check (attempts >= 0),
    submitted_at timestamptz not null,
    decided_at timestamptz,
    -- `user:usr_…` or `api_key:key_…`; null where no person had to decide.
    decided_by text,
    -- Why it was rejected or couldn't be given, in words for the affiliate.
    reason text check (length(reason) between 1 and 1000),
    given_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id),
    constraint reward_claims_period unique (organization_id, reward_id, affiliate_id, period),
    foreign key (organization_id, reward_id) references rewards,
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, commission_id) references commissions,
    foreign key (organization_id, file_id) references files
);
create index reward_claims_newest on reward_claims (organization_id, reward_id, id desc);
create index reward_claims_affiliate on reward_claims (organization_id, affiliate_id, id desc);
create index reward_claims_waiting on reward_claims (organization_id, id) where state = 'Submitted';
-- Finds the few claims that still have to be given or taken back.
create index reward_claims_due on reward_claims (organization_id, id)
    where state = 'Approved' or (state = 'TakenBack' and given > 0);
call rekomi_tenant_table('reward_claims');
create trigger only_of_the_known before insert on reward_claims
    for each row execute function rekomi_only_of_the_known('skip');

-- The links of a proof. A second use of one link in a program is shown to the person who decides.
create table reward_proof_links (
    organization_id uuid not null,
    claim_id uuid not null,
    position integer not null check (position between 1 and 10),
    program_id uuid not null,
    url text not null check (length(url) between 1 and 2000),
    -- SHA-256 of the address in the form in which links are compared.
    url_hash bytea not null check (length(url_hash) = 32),
    primary key (organization_id, claim_id, position),
    foreign key (organization_id, claim_id) references reward_claims on delete cascade,
    foreign key (organization_id, program_id) references programs
);
create index reward_proof_links_same on reward_proof_links (organization_id, program_id, url_hash);
call rekomi_tenant_table('reward_proof_links');

-- Each payment of a reward, by its key: 'reward:{reward}:{affiliate}:{period}', and for what follows it, with the number
-- of the round or with 'back'. The key is inserted in the transaction that books the amount, so nothing is booked twice.
create table reward_payments (
    organization_id uuid not null,
    payment_key text not null check (length(payment_key) between 1 and 200),
    commission_id uuid not null,
    created_at timestamptz not null,
    primary key (organization_id, payment_key),
    foreign key (organization_id, commission_id) references commissions
);
call rekomi_tenant_table('reward_payments', true);

-- The periods of contests that were ranked: each is ranked once.
create table reward_rankings (
    organization_id uuid not null,
    reward_id uuid not null,
    period text not null,
    ranked_at timestamptz not null,
    primary key (organization_id, reward_id, period),
    foreign key (organization_id, reward_id) references rewards
);
call rekomi_tenant_table('reward_rankings', true);

-- The programs whose affiliates see a leaderboard in their portal.
create table leaderboards (
    organization_id uuid not null,
    program_id uuid not null,
    metric text not null check (metric in ('Sales', 'Leads', 'Revenue', 'Commission')),
    currency text check (currency ~ '^[A-Z]{3}$'),
    repeats text not null check (repeats in ('Week', 'Month', 'Quarter')),
    created_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs,
    check ((metric in ('Revenue', 'Commission')) = (currency is not null))
);
call rekomi_tenant_table('leaderboards');

-- Affiliates who agreed to be named on leaderboards, by the name that others see. All others are a number.
create table leaderboard_names (
    organization_id uuid not null,
    affiliate_id uuid not null,
    name text not null check (length(name) between 1 and 60),
    agreed_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('leaderboard_names');
create trigger only_of_the_known before insert on leaderboard_names
    for each row execute function rekomi_only_of_the_known('refuse');
