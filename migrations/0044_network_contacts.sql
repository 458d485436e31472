-- What happens between a brand and a creator about one program. The rows are the brand's; a creator reads their own in a
-- transaction that is bound to them (`rekomi.creator`), and changes them in one of the brand's after checking whose they are.
create table network_contacts (
    organization_id uuid not null,
    id uuid not null,
    program_id uuid not null,
    creator_id uuid not null references creators on delete cascade,
    status text not null check (status in ('Invited', 'Applied', 'Joined', 'Declined', 'Rejected', 'Withdrawn', 'Expired')),
    -- Null: the creator applied without an invitation.
    invited_at timestamptz,
    -- The invitation's text.
    message text not null default '' check (length(message) <= 1000),
    -- The match when the contact began.
    score smallint not null default 0 check (score between 0 and 100),
    -- When the creator answered or applied; brands and creators can write messages from then on.
    answered_at timestamptz,
    -- Until when an open invitation can be accepted.
    expires_at timestamptz,
    -- When the invitation's email was queued, or found to be unwanted. Null: the job still has to do it.
    emailed_at timestamptz,
    -- The affiliate that the creator became.
    affiliate_id uuid,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    primary key (organization_id, id),
    unique (organization_id, program_id, creator_id),
    foreign key (organization_id, program_id) references programs
);
create index network_contacts_creator on network_contacts (creator_id, invited_at desc);
create index network_contacts_invited on network_contacts (organization_id, invited_at desc) where invited_at is not null;
create index network_contacts_unsent on network_contacts (organization_id) where status = 'Invited' and emailed_at is null;
call rekomi_tenant_table('network_contacts');
create policy creator on network_contacts for select using (creator_id = (select rekomi_creator()));

-- A brand's own marks: `Starred` is a bookmark, `Ignored` hides a creator from its results, `Seen` is set by opening a card.
create table network_marks (
    organization_id uuid not null,
    creator_id uuid not null references creators on delete cascade,
    mark text not null check (mark in ('Starred', 'Ignored', 'Seen')),
    created_at timestamptz not null,
    primary key (organization_id, creator_id, mark)
);
call rekomi_tenant_table('network_marks');

-- The thread of a pair, across the brand's programs.
create table network_messages (
    organization_id uuid not null,
    id uuid not null,
    creator_id uuid not null references creators on delete cascade,
    from_brand boolean not null,
    body text not null check (length(body) between 1 and 2000),
    created_at timestamptz not null,
    primary key (organization_id, id)
);
create index network_messages_thread on network_messages (organization_id, creator_id, created_at);
call rekomi_tenant_table('network_messages');
create policy creator on network_messages for select using (creator_id = (select rekomi_creator()));

-- What one side reports about the other. Operators of the installation decide; three spam reports halve a brand's limits.
create table network_reports (
    organization_id uuid not null,
    id uuid not null,
    creator_id uuid not null references creators on delete cascade,
    by_brand boolean not null,
    reason text not null check (length(reason) between 1 and 1000),
    created_at timestamptz not null,
    decided_at timestamptz,
    -- Null until decided: whether the report was justified.
    upheld boolean,
    decided_by text,
    primary key (organization_id, id)
);
create unique index network_reports_open on network_reports (organization_id, creator_id, by_brand) where decided_at is null;
call rekomi_tenant_table('network_reports');
-- Only creators' own reports: a creator doesn't learn who reported them.
create policy creator on network_reports for select using (creator_id = (select rekomi_creator()) and not by_brand);

-- Whether a creator may get another invitation: fewer than `most` came since then, from all brands together. The answer is all
-- that a brand learns about the others. The lock makes concurrent invitations of one creator wait for each other.
create function rekomi_may_invite(creator uuid, since timestamptz, most integer) returns boolean
    language plpgsql
as $$
declare
    before text := coalesce(current_setting('rekomi.creator', true), '');
    invitations bigint;
begin
    perform pg_advisory_xact_lock(7236544, hashtext(creator::text));
    perform set_config('rekomi.creator', creator::text, true);
    select count(*) into invitations from network_contacts c where c.creator_id = creator and c.invited_at > since;
    perform set_config('rekomi.creator', before, true);
    return invitations < most;
end
$$;

-- Candidates are read in this order, so that the database can stop after enough of them.
create index creator_profiles_candidates on creator_profiles (verified_channels desc, creator_id)
    where listed_at is not null and paused_at is null;
