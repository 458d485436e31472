-- The operator of the network: decisions about reports and creators, what looks wrong, and track records.

-- A transaction of the operator, or of a job that checks profiles, says so; it reads the profiles of all creators then.
create function rekomi_operates() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('rekomi.operator', true), '') = 'yes';

alter table network_reports add column note text check (length(note) <= 1000);

-- Suspended by the operator: hidden from all brands, and no applications. The creator still reads and erases their data.
alter table creators
    add column suspended_at timestamptz,
    add column suspended_reason text check (length(suspended_reason) <= 500);
alter table creator_profiles
    -- A copy of the creator's, because brands' transactions can't read `creators`.
    add column suspended_at timestamptz,
    -- The kinds of the creator's channels, kept by whoever writes channels, so that matching reads one table. No release has
    -- profiles without it.
    add column channel_kinds text[] not null default '{}',
    -- The creator wants to be listed, and the operator looks at a flag first.
    add column waits_since timestamptz;
alter policy listed on creator_profiles
    using (listed_at is not null and paused_at is null and suspended_at is null
           and cardinality((select rekomi_tenants())) > 0 and not hidden_from && (select rekomi_tenants()));
alter policy listed on creator_channels
    using (cardinality((select rekomi_tenants())) > 0
           and exists (select from creator_profiles p where p.creator_id = creator_channels.creator_id
                       and p.listed_at is not null and p.paused_at is null and p.suspended_at is null
                       and not p.hidden_from && (select rekomi_tenants())));
create policy operator on creator_profiles for select using ((select rekomi_operates()));
create policy operator on creator_channels for select using ((select rekomi_operates()));
create index creator_channels_url on creator_channels (url, creator_id);
create index creator_channels_proved on creator_channels (url, creator_id) where verified_at is not null;

-- What looks wrong about a creator, or about requests that no creator is known for. A flag hides and lowers nothing: the
-- operator decides.
create table creator_flags (
    id uuid primary key,
    -- Null: requests for sign-in links beyond the limit, which are one flag together.
    creator_id uuid references creators on delete cascade,
    reason text not null
        check (reason in ('DisposableAddress', 'CopiedProfile', 'SharedChannel', 'TooManyApplications', 'TooManySignUps')),
    -- Whose profile or channel it is like.
    other_id uuid references creators on delete set null,
    -- The domain of the address, or the channel.
    detail text not null default '' check (length(detail) <= 2048),
    -- How often it happened since the first time.
    times integer not null default 1,
    created_at timestamptz not null,
    last_at timestamptz not null,
    decided_at timestamptz,
    -- Null until decided: whether something was wrong.
    upheld boolean,
    -- The operator's address; null if it turned out by itself, for example because the channel was verified.
    decided_by text,
    check ((creator_id is null) = (reason = 'TooManySignUps'))
);
create unique index creator_flags_open on creator_flags (creator_id, reason) nulls not distinct where decided_at is null;
create index creator_flags_queue on creator_flags (created_at) where decided_at is null;
create index creator_flags_other on creator_flags (other_id) where other_id is not null;
alter table creator_flags enable row level security;
alter table creator_flags force row level security;
create policy own on creator_flags for select using (creator_id = (select rekomi_creator()));
create policy operator on creator_flags using ((select rekomi_operates())) with check ((select rekomi_operates()));
grant select, insert, update, delete on creator_flags to rekomi_app;

-- What operators decided about creators. Decisions about a brand are in the brand's audit log.
create table creator_decisions (
    id uuid primary key,
    -- Null: the creator erased their account since.
    creator_id uuid references creators on delete set null,
    action text not null check (action in ('Suspended', 'Restored', 'FlagCleared', 'FlagUpheld')),
    note text not null default '' check (length(note) <= 500),
    -- The operator's address.
    decided_by text not null,
    created_at timestamptz not null
);
create index creator_decisions_newest on creator_decisions (created_at desc);
create index creator_decisions_creator on creator_decisions (creator_id) where creator_id is not null;
alter table creator_decisions enable row level security;
alter table creator_decisions force row level security;
create policy operator on creator_decisions using ((select rekomi_operates())) with check ((select rekomi_operates()));
-- The application adds to the log and changes nothing in it; erasing a creator only takes the reference out.
grant select, insert on creator_decisions to rekomi_app;

-- The 8 smallest hashes of a bio's groups of four words. A copied bio has most of them, so a copy is found by an index: no
-- profile is compared with all others, and no more than five for each hash, however many copies someone makes.
create function rekomi_prints(bio text) returns setof bigint
    language sql immutable parallel safe
as $$
    select distinct hashtextextended(four, 0) as print
    from (select word || ' ' || lead(word) over following || ' ' || lead(word, 2) over following || ' '
                 || lead(word, 3) over following as four
          from regexp_split_to_table(lower(bio), '[^[:alnum:]]+') with ordinality as split (word, at) where word <> ''
          window following as (order by at)) fours
    where four is not null order by print limit 8
$$;
create table creator_prints (
    print bigint not null,
    creator_id uuid not null references creators on delete cascade,
    primary key (print, creator_id)
);
create index creator_prints_creator on creator_prints (creator_id);
create table creator_checks (
    creator_id uuid primary key references creators on delete cascade,
    checked_at timestamptz not null,
    -- When the track record was last counted.
    track_at timestamptz
);
alter table creator_prints enable row level security;
alter table creator_prints force row level security;
alter table creator_checks enable row level security;
alter table creator_checks force row level security;
create policy operator on creator_prints using ((select rekomi_operates())) with check ((select rekomi_operates()));
create policy operator on creator_checks using ((select rekomi_operates())) with check ((select rekomi_operates()));
grant select, insert, update, delete on creator_prints, creator_checks to rekomi_app;

-- How alike two texts are, from 0 to 1. Without `pg_trgm`, only the same text is.
do $$
begin
    if exists (select from pg_extension where extname = 'pg_trgm') then
        create function rekomi_similarity(one text, other text) returns real
            language sql immutable parallel safe return similarity(one, other);
    else
        create function rekomi_similarity(one text, other text) returns real
            language sql immutable parallel safe return case when lower(one) = lower(other) then 1 else 0 end::real;
    end if;
end
$$;

-- What a creator sold in programs of a topic, as points only: from at least three brands, so that no brand can work out
-- another's sales. Only for creators who agreed; a row of someone who no longer does is deleted at once.
create table creator_tracks (
    creator_id uuid not null references creators on delete cascade,
    topic text not null,
    points smallint not null check (points between 0 and 20),
    primary key (creator_id, topic)
);
alter table creator_tracks enable row level security;
alter table creator_tracks force row level security;
create policy own on creator_tracks
    using (creator_id = (select rekomi_creator())) with check (creator_id = (select rekomi_creator()));
create policy operator on creator_tracks using ((select rekomi_operates())) with check ((select rekomi_operates()));
create policy listed on creator_tracks for select
    using (cardinality((select rekomi_tenants())) > 0
           and exists (select from creator_profiles p where p.creator_id = creator_tracks.creator_id
                       and p.listed_at is not null and p.paused_at is null and p.suspended_at is null
                       and p.shares_reputation and not p.hidden_from && (select rekomi_tenants())));
grant select, insert, update, delete on creator_tracks to rekomi_app;
create index creator_profiles_sharing on creator_profiles (creator_id) where shares_reputation;

-- What looks wrong about a brand. Like a creator's flag, it alone changes nothing.
create table network_flags (
    organization_id uuid not null,
    id uuid not null,
    reason text not null check (reason in ('TooManyInvitations')),
    times integer not null default 1,
    created_at timestamptz not null,
    last_at timestamptz not null,
    decided_at timestamptz,
    upheld boolean,
    decided_by text,
    primary key (organization_id, id)
);
create unique index network_flags_open on network_flags (organization_id, reason) where decided_at is null;
call rekomi_tenant_table('network_flags');

-- The job that counts track records finds the brands that a creator works with.
create policy operator on network_contacts for select using ((select rekomi_operates()));

-- What erasing a creator deletes, found without reading the whole table.
create index network_marks_creator on network_marks (creator_id);
create index network_messages_creator on network_messages (creator_id);
create index network_reports_creator on network_reports (creator_id);
