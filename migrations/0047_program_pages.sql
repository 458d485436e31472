-- A program's public page: what is promised, on which terms, and the form by which people apply.

create table program_pages (
    organization_id uuid not null references organizations,
    program_id uuid not null,
    -- The last part of the page's address, /p/{handle}.
    handle text not null check (handle ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
    headline text not null default '' check (length(headline) <= 120),
    introduction text not null default '' check (length(introduction) <= 4000),
    -- Null: the organization's, else ours.
    color text check (color ~ '^#[0-9a-f]{6}$'),
    -- The questions in their order; `program_page::field` is the one reader and writer.
    fields jsonb not null check (jsonb_typeof(fields) = 'array'),
    -- Where the first link of whoever is approved leads; without it nobody gets one along.
    destination text check (length(destination) <= 2048),
    auto_approve boolean not null default false,
    published_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references programs
);
-- Global on purpose: a visitor names a page, not a tenant. Taking a taken handle fails without telling whose it is.
create unique index program_pages_handle on program_pages (handle);
call rekomi_tenant_table('program_pages');
-- A visitor's page is found before its tenant is known, once it is there for everybody.
create policy visitor on program_pages for select
    using (handle = (select nullif(current_setting('rekomi.handle', true), '')) and published_at is not null);

-- A public picture and small: it stands here and not in the storage of private files.
create table program_logos (
    organization_id uuid not null,
    program_id uuid not null,
    content_type text not null check (content_type in ('image/png', 'image/jpeg', 'image/webp')),
    bytes bytea not null check (length(bytes) between 1 and 262144),
    width integer not null check (width between 1 and 4096),
    height integer not null check (height between 1 and 4096),
    updated_at timestamptz not null,
    primary key (organization_id, program_id),
    foreign key (organization_id, program_id) references program_pages
);
call rekomi_tenant_table('program_logos');

-- What affiliates accept. A change is a new version, so that each acceptance says what it was of.
create table program_terms (
    organization_id uuid not null,
    program_id uuid not null,
    version integer not null check (version > 0),
    -- Empty: from here on the program asks for no acceptance.
    body text not null check (length(body) <= 50000),
    since timestamptz not null,
    primary key (organization_id, program_id, version),
    foreign key (organization_id, program_id) references programs
);
call rekomi_tenant_table('program_terms', true);

-- Who applied through which page. What they answered stands in affiliates.application.
create table applications (
    organization_id uuid not null,
    affiliate_id uuid not null,
    program_id uuid not null,
    -- Of program_terms; null where there were none.
    terms_version integer,
    created_at timestamptz not null,
    primary key (organization_id, affiliate_id, program_id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, program_id, terms_version) references program_terms
);
create index applications_program on applications (organization_id, program_id, created_at desc);
call rekomi_tenant_table('applications');
