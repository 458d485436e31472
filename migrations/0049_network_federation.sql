-- Federation: what other installations read of our listings, and what we read of theirs.

-- The order in which listings changed, for readers who ask for what is new. A program that was ever listed stays here, so
-- that readers learn that it is gone: a row without a listed program tells them to forget it. It holds ids only.
create sequence network_feed_versions;
create table network_feed (
    program_id uuid primary key,
    version bigint not null unique
);
grant select, insert, update on network_feed to rekomi_app;
grant usage on sequence network_feed_versions to rekomi_app;

create function rekomi_feed_listing() returns trigger
    language plpgsql
as $$
begin
    -- Until its transaction ends, so that versions become visible in their order and no reader skips one.
    perform pg_advisory_xact_lock(7236549);
    if tg_op <> 'DELETE' and new.status = 'Listed' then
        insert into network_feed values (new.program_id, nextval('network_feed_versions'))
            on conflict (program_id) do update set version = excluded.version;
    else
        update network_feed set version = nextval('network_feed_versions') where program_id = old.program_id;
    end if;
    return null;
end
$$;
create trigger network_listings_changed after update of version or delete on network_listings
    for each row execute function rekomi_feed_listing();

-- An organization that is closed, or opened again, takes its listings with it.
create function rekomi_feed_tenant() returns trigger
    language plpgsql
as $$
begin
    perform pg_advisory_xact_lock(7236549);
    update network_feed set version = nextval('network_feed_versions')
        where program_id in (select program_id from network_listings where organization_id = new.id);
    return null;
end
$$;
create trigger tenants_closed after update of closed_at on tenants
    for each row when (old.closed_at is distinct from new.closed_at) execute function rekomi_feed_tenant();

-- Programs that are listed already.
insert into network_feed
select program_id, nextval('network_feed_versions') from network_listings where status = 'Listed' order by listed_at;

-- The installations that an operator named. They belong to the installation, not to an organization.
create table network_peers (
    id uuid primary key,
    -- Such as `https://partners.example.com`, and its part after `https://`.
    origin text not null unique check (length(origin) <= 300),
    host text not null unique check (length(host) <= 300),
    -- `Proposed` until an operator confirms the fingerprint of its keys; nothing is read before.
    status text not null check (status in ('Proposed', 'Active', 'Paused')),
    -- The keys that are trusted, or wait for the confirmation: [{kid, alg, x}].
    keys jsonb not null check (jsonb_typeof(keys) = 'array'),
    -- Others that the host published since, without a signature by a trusted one.
    other_keys jsonb check (jsonb_typeof(other_keys) = 'array'),
    programs_url text not null check (length(programs_url) <= 2048),
    -- Where it takes applications; null if it doesn't.
    applications_url text check (length(applications_url) <= 2048),
    -- Whether an operator takes applications that it sends.
    takes_applications boolean not null default false,
    -- The version up to which its feed was read.
    cursor bigint not null default 0,
    -- Whether its listings are shown: while it is active, and was read within a week.
    is_shown boolean not null default false,
    due_at timestamptz not null,
    leased_until timestamptz,
    tried_at timestamptz,
    pulled_at timestamptz,
    -- Since the last success: tries that failed, and those of them that brought something invalid.
    failures integer not null default 0,
    invalid integer not null default 0,
    problem text check (length(problem) <= 500),
    -- Items of its feed that weren't valid, since the beginning.
    dropped bigint not null default 0,
    added_by text not null check (length(added_by) <= 320),
    created_at timestamptz not null
);
create index network_peers_due on network_peers (due_at) where status = 'Active';
grant select, insert, update, delete on network_peers to rekomi_app;

-- Programs of other installations, as their feeds describe them.
create table network_foreign_listings (
    peer_id uuid not null references network_peers on delete cascade,
    -- As the peer names it.
    program text not null check (program ~ '^[A-Za-z0-9_-]{1,64}$'),
    -- Ours, for the order of results.
    id uuid not null unique,
    version bigint not null,
    brand text not null check (length(brand) between 1 and 200),
    title text not null check (length(title) between 1 and 200),
    summary text not null check (length(summary) <= 300),
    description text not null check (length(description) <= 4000),
    site text check (length(site) <= 2048),
    -- The program's page at the peer.
    page text not null check (length(page) <= 2048),
    pays jsonb not null check (jsonb_typeof(pays) = 'array'),
    earnings text[] not null,
    window_days integer not null check (window_days between 0 and 3650),
    hold_days integer not null check (hold_days between 0 and 3650),
    payout_rhythm text not null check (payout_rhythm in ('Manual', 'Weekly', 'Monthly')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    topics text[] not null,
    formats text[] not null,
    countries text[] not null,
    languages text[] not null,
    channel_kinds text[] not null,
    audience_min text not null check (audience_min in ('Under1k', 'From1k', 'From10k', 'From50k', 'From100k')),
    who_for text not null check (length(who_for) <= 1000),
    forbidden text not null check (length(forbidden) <= 1000),
    document tsvector not null,
    first_seen_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (peer_id, program)
);
create index network_foreign_listings_document on network_foreign_listings using gin (document);
create index network_foreign_listings_topics on network_foreign_listings using gin (topics);
grant select, insert, update, delete on network_foreign_listings to rekomi_app;

-- What the search of the network finds: our listed programs, and those of peers.
create view network_programs with (security_invoker = true) as
select l.program_id as id, l.handle, null::text as host, null::text as program, l.brand, l.title, l.summary, l.pays,
       l.earnings, l.topics, l.countries, l.languages, l.window_days, l.listed_at, l.document
from network_listings l join tenants t on t.id = l.organization_id and t.closed_at is null
where l.status = 'Listed'
union all
select f.id, null, p.host, f.program, f.brand, f.title, f.summary, f.pays,
       f.earnings, f.topics, f.countries, f.languages, f.window_days, f.first_seen_at, f.document
from network_foreign_listings f join network_peers p on p.id = f.peer_id and p.is_shown;
grant select on network_programs to rekomi_app;

-- Applications of our creators to programs of peers. Without a creator, an application is taken back and then forgotten.
create table creator_passports (
    id uuid primary key,
    creator_id uuid references creators on delete set null,
    peer_id uuid not null references network_peers on delete cascade,
    program text not null check (length(program) <= 64),
    brand text not null check (length(brand) <= 200),
    title text not null check (length(title) <= 200),
    status text not null check (status in ('Sending', 'Sent', 'Applied', 'Joined', 'Rejected', 'Withdrawn')),
    -- The address at the peer that answers for it.
    receipt text check (length(receipt) <= 500),
    due_at timestamptz,
    failures integer not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    unique (creator_id, peer_id, program)
);
create index creator_passports_due on creator_passports (due_at);
alter table creator_passports enable row level security;
alter table creator_passports force row level security;
create policy own on creator_passports
    using (creator_id = (select rekomi_creator())) with check (creator_id = (select rekomi_creator()));
-- The exchange with peers says so.
create policy federation on creator_passports
    using ((select current_setting('rekomi.federating', true)) = 'yes')
    with check ((select current_setting('rekomi.federating', true)) = 'yes');
grant select, insert, update, delete on creator_passports to rekomi_app;

-- Creators of peers who want to apply to our programs, as their installations announced them. Only the owner of the address
-- makes an application of it.
create table creator_arrivals (
    id uuid primary key,
    peer_id uuid not null references network_peers on delete cascade,
    jti text not null check (length(jti) <= 64),
    receipt_hash bytea not null unique check (length(receipt_hash) = 32),
    program_id uuid not null,
    email text not null check (email = lower(email)),
    person jsonb not null,
    -- The owner of the address, once they applied.
    creator_id uuid references creators on delete cascade,
    created_at timestamptz not null,
    unique (peer_id, jti)
);
create index creator_arrivals_email on creator_arrivals (email);
alter table creator_arrivals enable row level security;
alter table creator_arrivals force row level security;
create policy own on creator_arrivals
    using (email = (select email from creators where id = (select rekomi_creator())));
create policy federation on creator_arrivals
    using ((select current_setting('rekomi.federating', true)) = 'yes')
    with check ((select current_setting('rekomi.federating', true)) = 'yes');
grant select, insert, update, delete on creator_arrivals to rekomi_app;
