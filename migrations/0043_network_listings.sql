-- Search forgives typos where `pg_trgm` can be installed: it is part of Postgres, and a database's owner may. Where it
-- can't, search finds whole words and beginnings of words only.
do $$
begin
    create extension if not exists pg_trgm;
exception when others then
    raise notice 'pg_trgm is not available, so the search of the network forgives no typos: %', sqlerrm;
end
$$;
do $$
begin
    if exists (select from pg_extension where extname = 'pg_trgm') then
        create function rekomi_likeness(words text, text text) returns real
            language sql immutable parallel safe return word_similarity(words, text);
    else
        create function rekomi_likeness(words text, text text) returns real
            language sql immutable parallel safe return 0::real;
    end if;
end
$$;

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
    -- As in `payout_settings.schedule`.
    payout_rhythm text not null default 'Manual' check (payout_rhythm in ('Manual', 'Weekly', 'Monthly')),
    -- The plan version that the offer comes from: another one in force makes the row stale.
    plan_version_id uuid,
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
    -- When the operator approved the texts as they are now; null after a change of them. Where no one approves, when they
    -- were submitted.
    approved_at timestamptz,
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
