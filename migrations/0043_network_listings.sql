-- Programs in the network. The public pages of the network read listed programs of all organizations, so a policy shows
-- `Listed` rows to everyone; nothing in them is private.
create table network_listings (
    organization_id uuid not null,
    program_id uuid not null,
    status text not null default 'Draft' check (status in ('Draft', 'Submitted', 'Listed', 'Declined', 'Paused')),
    -- The last part of the public page's address, /network/{handle}.
    handle text not null unique check (handle ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    -- What the public pages show, kept with each change of the program, so that they need no other table.
    brand text not null check (length(brand) <= 200),
    title text not null check (length(title) between 1 and 200),
    summary text not null default '' check (length(summary) <= 300),
    description text not null default '' check (length(description) <= 4000),
    site text check (length(site) <= 2048),
    -- The offer in words, such as '20% of each payment for 12 months', and in figures.
    offer text not null default '' check (length(offer) <= 300),
    pays jsonb not null default '[]' check (jsonb_typeof(pays) = 'array'),
    earnings text[] not null default '{}',
    window_days integer not null default 60,
    hold_days integer not null default 30,
    payout_rhythm text not null default '' check (length(payout_rhythm) <= 100),
    currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
    -- The words of `rules::network`.
    topics text[] not null default '{}' check (cardinality(topics) <= 5),
    formats text[] not null default '{}' check (cardinality(formats) <= 10),
    -- Empty means all.
    countries text[] not null default '{}' check (cardinality(countries) <= 60),
    languages text[] not null default '{}' check (cardinality(languages) <= 8),
    channel_kinds text[] not null default '{}' check (cardinality(channel_kinds) <= 10),
    audience_min text not null default 'Under1k'
        check (audience_min in ('Under1k', 'From1k', 'From10k', 'From50k', 'From100k')),
    who_for text not null default '' check (length(who_for) <= 1000),
    forbidden text not null default '' check (length(forbidden) <= 1000),
    -- Figures in bands, from the ledger's own facts; null where there isn't enough or the brand doesn't consent.
    shares_figures boolean not null default false,
    epc_band text check (length(epc_band) <= 40),
    approval_band text check (length(approval_band) <= 40),
    payout_band text check (length(payout_band) <= 40),
    figures_at timestamptz,
    -- Whether the brand may search for creators.
    searches_creators boolean not null default false,
    document tsvector not null default ''::tsvector,
    -- Increases with each change; other installations compare it.
    version bigint not null default 1,
    submitted_at timestamptz,
    listed_at timestamptz,
    -- The operator's reason, shown to the brand.
    reason text check (length(reason) <= 500),
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs
);
create index network_listings_document on network_listings using gin (document);
create index network_listings_topics on network_listings using gin (topics);
create index network_listings_listed on network_listings (listed_at desc) where status = 'Listed';
call rekomi_tenant_table('network_listings');
create policy public on network_listings for select using (status = 'Listed');
