-- Creators are global, like the people in `users`: a profile belongs to the person and not to a brand. A transaction sees
-- the rows of the creator it is bound to (`rekomi.creator`), and a brand's transaction the profiles that are listed. The
-- address is in a table of its own, which no brand's transaction can read.
create function rekomi_creator() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('rekomi.creator', true), '')::uuid;

create table creators (
    id uuid primary key,
    -- Proved: the creator signed in with a link that was emailed to it.
    email text not null unique check (email = lower(email)),
    -- SHA-256 of the address, as in `affiliate_addresses`.
    address_hash bytea not null unique check (length(address_hash) = 32),
    language text check (language in ('en', 'de', 'es')),
    -- Whether the address is of a service for disposable addresses: such a profile isn't listed.
    is_disposable boolean not null default false,
    created_at timestamptz not null,
    last_seen_at timestamptz not null
);
alter table creators enable row level security;
alter table creators force row level security;
-- Signing in finds the creator by the address that a link proved.
create policy own on creators
    using (id = (select rekomi_creator())
           or address_hash = (select decode(nullif(current_setting('rekomi.address_hash', true), ''), 'hex')))
    with check (id = (select rekomi_creator())
                or address_hash = (select decode(nullif(current_setting('rekomi.address_hash', true), ''), 'hex')));
grant select, insert, update, delete on creators to rekomi_app;

-- Sign-in links: emailed to an address, whether or not it belongs to a creator yet.
create table creator_links (
    token_hash bytea primary key check (length(token_hash) = 32),
    email text not null check (email = lower(email)),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index creator_links_expiry on creator_links (expires_at);

create table creator_sessions (
    token_hash bytea primary key check (length(token_hash) = 32),
    creator_id uuid not null references creators on delete cascade,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index creator_sessions_creator on creator_sessions (creator_id);
create index creator_sessions_expiry on creator_sessions (expires_at);
-- Links and sessions are found by the hash of a token that only their holder has.
alter table creator_links enable row level security;
alter table creator_links force row level security;
alter table creator_sessions enable row level security;
alter table creator_sessions force row level security;
create policy holder on creator_links
    using (token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')))
    with check (token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));
create policy holder on creator_sessions
    using (creator_id = (select rekomi_creator())
           or token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')))
    with check (creator_id = (select rekomi_creator())
                or token_hash = (select decode(nullif(current_setting('rekomi.bearer_hash', true), ''), 'hex')));
-- Erasing a creator deletes the links to their address.
create policy own on creator_links
    using (email = (select email from creators where id = (select rekomi_creator())));
-- The job that deletes what has expired says so.
create policy expired on creator_links
    using (expires_at < now() and (select current_setting('rekomi.expiring', true)) = 'yes');
create policy expired on creator_sessions
    using (expires_at < now() and (select current_setting('rekomi.expiring', true)) = 'yes');
grant select, insert, update, delete on creator_links, creator_sessions to rekomi_app;

-- What a creator says about themselves, and who may see it.
create table creator_profiles (
    creator_id uuid primary key references creators on delete cascade,
    -- The creator's public name in URLs, chosen by them.
    handle text unique check (handle ~ '^[a-z0-9][a-z0-9-]{2,39}$'),
    name text not null check (length(name) between 1 and 120),
    -- Whether brands see initials instead of the name before there is a contact.
    initials_only boolean not null default false,
    headline text not null default '' check (length(headline) <= 120),
    bio text not null default '' check (length(bio) <= 2000),
    country text check (country ~ '^[A-Z]{2}$'),
    languages text[] not null default '{}' check (cardinality(languages) <= 8),
    -- The words of `rules::network`.
    topics text[] not null default '{}' check (cardinality(topics) <= 5),
    formats text[] not null default '{}' check (cardinality(formats) <= 10),
    earnings text[] not null default '{}' check (cardinality(earnings) <= 4),
    portfolio_url text check (length(portfolio_url) <= 2048),
    -- Recent results in the creator's own words.
    recent_results text not null default '' check (length(recent_results) <= 1000),
    -- What they won't promote, in their own words.
    wont_promote text not null default '' check (length(wont_promote) <= 500),
    -- The largest audience band of all channels, kept by whoever writes channels.
    audience_band text check (audience_band in ('Under1k', 'From1k', 'From10k', 'From50k', 'From100k')),
    -- The number of verified channels, kept in the same way.
    verified_channels integer not null default 0,
    -- Null: no brand sees the profile.
    listed_at timestamptz,
    paused_at timestamptz,
    -- Organizations that don't see the profile.
    hidden_from uuid[] not null default '{}',
    -- Whether figures from the brands' books may be shown in bands.
    shares_reputation boolean not null default false,
    weekly_invitations_max integer not null default 10 check (weekly_invitations_max between 0 and 50),
    -- For full-text search; kept by whoever writes the texts.
    document tsvector not null default ''::tsvector,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index creator_profiles_document on creator_profiles using gin (document);
create index creator_profiles_topics on creator_profiles using gin (topics);
create index creator_profiles_listed on creator_profiles (listed_at) where listed_at is not null and paused_at is null;
alter table creator_profiles enable row level security;
alter table creator_profiles force row level security;
create policy own on creator_profiles
    using (creator_id = (select rekomi_creator())) with check (creator_id = (select rekomi_creator()));
create policy listed on creator_profiles for select
    using (listed_at is not null and paused_at is null and cardinality((select rekomi_tenants())) > 0
           and not hidden_from && (select rekomi_tenants()));
grant select, insert, update, delete on creator_profiles to rekomi_app;

create table creator_channels (
    creator_id uuid not null references creators on delete cascade,
    id uuid not null,
    kind text not null check (kind in ('Website', 'Newsletter', 'Podcast', 'YouTube', 'Instagram', 'TikTok', 'X', 'LinkedIn',
                                       'Twitch', 'Other')),
    -- As people write it, such as `@lauren` or `lauren.blog`.
    handle text not null check (length(handle) between 1 and 200),
    url text not null check (length(url) <= 2048),
    audience_band text not null check (audience_band in ('Under1k', 'From1k', 'From10k', 'From50k', 'From100k')),
    -- The code that proves the channel: in a DNS record, a tag of the page, or the channel's bio.
    code text not null check (length(code) between 16 and 64),
    verified_at timestamptz,
    method text check (method in ('Dns', 'Tag', 'Bio')),
    checked_at timestamptz,
    created_at timestamptz not null,
    primary key (creator_id, id)
);
alter table creator_channels enable row level security;
alter table creator_channels force row level security;
create policy own on creator_channels
    using (creator_id = (select rekomi_creator())) with check (creator_id = (select rekomi_creator()));
create policy listed on creator_channels for select
    using (cardinality((select rekomi_tenants())) > 0
           and exists (select from creator_profiles p where p.creator_id = creator_channels.creator_id
                       and p.listed_at is not null and p.paused_at is null
                       and not p.hidden_from && (select rekomi_tenants())));
grant select, insert, update, delete on creator_channels to rekomi_app;
