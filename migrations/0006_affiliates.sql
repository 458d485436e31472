-- Keeps `affiliate_addresses` in sync with `affiliates`.
create function rekomi_keep_affiliate_address() returns trigger
    language plpgsql
as $$
begin
    if new.status = 'Approved' and new.erased_at is null then
        insert into affiliate_addresses (organization_id, affiliate_id, address_hash)
        values (new.organization_id, new.id, sha256(convert_to(new.email, 'UTF8')))
        on conflict (organization_id, affiliate_id) do update set address_hash = excluded.address_hash;
    elsif tg_op = 'UPDATE' then
        delete from affiliate_addresses where organization_id = new.organization_id and affiliate_id = new.id;
    end if;
    return null;
end
$$;

-- The people who promote an organization's programs.
create table affiliates (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The `via` value and the path of the default link, unique regardless of case.
    slug text not null check (slug ~ '^[A-Za-z0-9_-]{3,64}$'),
    email text not null check (email = lower(email)),
    name text not null,
    status text not null default 'Pending' check (status in ('Pending', 'Approved', 'Rejected', 'Banned', 'Archived')),
    created_at timestamptz not null,
    -- The applicant's answers, as they were given: a flat object.
    application jsonb check (jsonb_typeof(application) = 'object'),
    -- Internal notes of the brand.
    notes text check (length(notes) <= 4000),
    erased_at timestamptz,
    -- When the affiliate changed the slug, which they may do once.
    slug_changed_at timestamptz,
    -- Since when the current address is proved: the affiliate signed in with a link that was emailed to it.
    proved_at timestamptz,
    primary key (organization_id, id),
    unique (organization_id, email),
    constraint affiliates_erased check (erased_at is null or status <> 'Approved')
);
create unique index affiliates_slug on affiliates (organization_id, lower(slug));
create index affiliates_newest on affiliates (organization_id, id desc);
create index affiliates_by_status on affiliates (organization_id, status, id desc);
create index affiliates_by_name on affiliates (organization_id, lower(name), id);
call rekomi_tenant_table('affiliates');
create trigger keep_address after insert or update of email, status, erased_at on affiliates
    for each row execute function rekomi_keep_affiliate_address();

-- An affiliate's status over time. Evidence and sales count by the status at their own time, so an approval credits
-- nothing from before it, and a ban reverses nothing. An affiliate without rows has always been approved. `touches`
-- also keeps evidence that names an affiliate who isn't approved: the recomputation decides whether it counts.
create table affiliate_statuses (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    status text not null check (status in ('Pending', 'Approved', 'Rejected', 'Banned', 'Archived')),
    reason text check (length(reason) between 1 and 1000),
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_statuses', true);

-- The segment of an affiliate from a given time on; null means none.
create table affiliate_segments (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    segment text check (length(segment) between 1 and 100),
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_segments', true);

-- The addresses of affiliates who changed theirs, in the form in which addresses are compared (lower case, without a
-- +tag), with the time from which each applied. A sale is compared with every address that the affiliate had by then.
-- An affiliate without rows has always had their current address.
create table affiliate_emails (
    organization_id uuid not null,
    affiliate_id uuid not null,
    effective_at timestamptz not null,
    email_key text not null,
    primary key (organization_id, affiliate_id, effective_at),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_emails');

-- The hashed addresses of approved affiliates, by which a person who proves an address finds their brands. A trigger
-- maintains the table, so that no change of an affiliate, erasure included, can miss it.
create table affiliate_addresses (
    organization_id uuid not null,
    affiliate_id uuid not null,
    -- SHA-256 of `affiliates.email`. It hides nothing from someone who can read the address, and is deleted with it.
    address_hash bytea not null check (length(address_hash) = 32),
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates on delete cascade
);
create index affiliate_addresses_hash on affiliate_addresses (address_hash);
call rekomi_tenant_table('affiliate_addresses');
-- A person who knows an address learns in which organizations it belongs to an affiliate, and nothing else about them.
create policy holder on affiliate_addresses for select
    using (address_hash = (select decode(nullif(current_setting('rekomi.address_hash', true), ''), 'hex')));

-- Each new row about an affiliate locks the affiliate. Either an erasure waits for the row and then deletes it, or the
-- row waits for the erasure and finds no affiliate. With `skip` such a row is left out; `refuse` raises an error.
create function rekomi_only_of_the_known() returns trigger
    language plpgsql
as $$
begin
    if new.affiliate_id is null then
        return new;
    end if;
    perform from affiliates
    where organization_id = new.organization_id and id = new.affiliate_id and erased_at is null for share;
    if found then
        return new;
    end if;
    perform from affiliates where organization_id = new.organization_id and id = new.affiliate_id;
    if not found then
        -- The foreign key refuses the row.
        return new;
    end if;
    if tg_argv[0] = 'skip' then
        return null;
    end if;
    raise exception 'the affiliate is erased' using errcode = 'restrict_violation';
end
$$;

-- Sign-in links of affiliates. The token starts with the organization's id, so that no lookup is needed before the
-- tenant is known.
create table affiliate_links (
    organization_id uuid not null references organizations,
    token_hash bytea not null check (length(token_hash) = 32),
    affiliate_id uuid not null,
    -- The address that the link was emailed to: a person who uses the link has shown that they read email there.
    email text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (organization_id, token_hash),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index affiliate_links_affiliate on affiliate_links (organization_id, affiliate_id);
create index affiliate_links_expiry on affiliate_links (organization_id, expires_at);
call rekomi_tenant_table('affiliate_links');
create trigger only_of_the_known before insert on affiliate_links
    for each row execute function rekomi_only_of_the_known('skip');

-- Sessions of signed-in affiliates.
create table affiliate_sessions (
    organization_id uuid not null references organizations,
    token_hash bytea not null check (length(token_hash) = 32),
    affiliate_id uuid not null,
    -- The address proved this way, and the other brands whose affiliate has the same one. Each is checked again
    -- whenever it is shown or opened.
    email text,
    elsewhere uuid[] not null default '{}',
    created_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (organization_id, token_hash),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index affiliate_sessions_affiliate on affiliate_sessions (organization_id, affiliate_id);
create index affiliate_sessions_expiry on affiliate_sessions (organization_id, expires_at);
call rekomi_tenant_table('affiliate_sessions');
create trigger only_of_the_known before insert on affiliate_sessions
    for each row execute function rekomi_only_of_the_known('skip');

-- Names in links that no one else may take, because an affiliate gave them up or an application requested them. A name
-- may identify a person and is kept longer than the person's data, so only SHA-256 of the lower-case name is kept.
create table reserved_slugs (
    organization_id uuid not null,
    slug_hash bytea not null check (length(slug_hash) = 32),
    affiliate_id uuid not null,
    reserved_at timestamptz not null,
    primary key (organization_id, slug_hash),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index reserved_slugs_affiliate on reserved_slugs (organization_id, affiliate_id);
call rekomi_tenant_table('reserved_slugs');

-- Who applied through which page. The answers are in affiliates.application.
create table applications (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- The version in program_terms; null where the program had none.
    terms_version integer,
    created_at timestamptz not null,
    -- The page approved the applicant immediately, with an address that isn't proved yet. The acceptance counts once
    -- the affiliate signs in.
    awaits_entry boolean not null default false,
    primary key (organization_id, affiliate_id, program_id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, program_id, terms_version) references program_terms
);
create index applications_program on applications (organization_id, program_id, created_at desc);
call rekomi_tenant_table('applications');

-- Submitted forms of program pages: each is accepted once.
create table sent_forms (
    organization_id uuid not null,
    token_hash bytea not null check (length(token_hash) = 32),
    expires_at timestamptz not null,
    primary key (organization_id, token_hash)
);
create index sent_forms_over on sent_forms (organization_id, expires_at);
call rekomi_tenant_table('sent_forms');

-- Who was invited to promote, by whom, and how often they were emailed.
create table invites (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- The brand's own words in the invitation.
    note text,
    actor text not null,
    invited_at timestamptz not null,
    sent_at timestamptz not null,
    times integer not null default 1,
    -- When the affiliate first signed in after the invitation. Used links are deleted.
    came_at timestamptz,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs
);
create index invites_newest on invites (organization_id, invited_at desc, affiliate_id);
call rekomi_tenant_table('invites');
create trigger only_of_the_known before insert on invites
    for each row execute function rekomi_only_of_the_known('skip');

-- Which successes an affiliate was emailed about, so that nothing is sent twice.
create table milestone_emails (
    organization_id uuid not null,
    affiliate_id uuid not null,
    first_click_at timestamptz,
    -- Commissions created until then were reported, or are too old to report.
    earned_until timestamptz,
    -- Since when clicks are waiting to be reported, and when commissions may be reported; null where there is no news.
    -- Both are written in the transaction that creates the news.
    click_due_at timestamptz,
    earned_due_at timestamptz,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index milestone_emails_clicks on milestone_emails (organization_id) where click_due_at is not null;
create index milestone_emails_earned on milestone_emails (organization_id, earned_due_at) where earned_due_at is not null;
call rekomi_tenant_table('milestone_emails');

-- Only what an affiliate changed: all emails are on by default.
create table affiliate_notifications (
    organization_id uuid not null,
    affiliate_id uuid not null,
    kind text not null check (kind in ('commission_earned', 'payout_sent', 'first_click')),
    enabled boolean not null,
    changed_at timestamptz not null,
    primary key (organization_id, affiliate_id, kind),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_notifications');
