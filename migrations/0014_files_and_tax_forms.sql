-- Files in object storage. Each object is sealed with a key of its own before it leaves the process. The key is kept
-- here, sealed like every other secret, so that a change of the installation's keys doesn't touch the objects.
create table files (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- The affiliate that the file belongs to; null for the brand's own files.
    affiliate_id uuid,
    -- Sealed: table files, column sealed_key, row = the typed id. Null once the object is destroyed: a copy that is
    -- left somewhere can't be opened any more.
    sealed_key text,
    content_type text not null
        check (content_type in ('application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp')),
    -- The unsealed size in bytes.
    size integer not null check (size between 1 and 10485760),
    sha256 bytea not null check (length(sha256) = 32),
    -- When the object was stored. The row is written first: where this stays null there is no object, or no one was
    -- given it.
    stored_at timestamptz,
    destroyed_at timestamptz,
    -- When the storage confirmed that the object is deleted; until then the deletion is repeated.
    removed_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index files_to_remove on files (organization_id, id) where removed_at is null and destroyed_at is not null;
create index files_unfinished on files (organization_id, id) where stored_at is null and destroyed_at is null;
call rekomi_tenant_table('files');

-- Marketing assets that a brand gives its affiliates.
create table assets (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- Null makes it available to the affiliates of all programs.
    program_id uuid,
    kind text not null check (kind in ('File', 'Text', 'Link')),
    title text not null check (length(title) between 1 and 120),
    -- The text, or the address of the link.
    body text check (length(body) between 1 and 5000),
    file_id uuid,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    foreign key (organization_id, file_id) references files,
    check ((kind = 'File') = (file_id is not null)),
    check ((kind = 'File') = (body is null))
);
create index assets_newest on assets (organization_id, id desc);
call rekomi_tenant_table('assets');

-- Affiliates' tax forms, and how long each is valid.
create table tax_forms (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    kind text not null check (kind in ('W9', 'W8BEN', 'W8BENE')),
    source text not null check (source in ('Guided', 'Uploaded')),
    -- 'Submitted': someone at the brand has to review it. A form that is no longer in force was 'Replaced' by a later
    -- one, 'Expired', or 'Rejected'.
    status text not null check (status in ('Submitted', 'Valid', 'Rejected', 'Replaced', 'Expired')),
    -- The form as JSON. Sealed: table tax_forms, column sealed_form, row = the typed id. Null once its retention period
    -- is over.
    sealed_form text,
    -- The last four characters of the taxpayer number; empty where the form has none.
    tin_hint text not null default '' check (length(tin_hint) <= 4),
    -- Where the person or company is resident for tax.
    country text not null check (country ~ '^[A-Z]{2}$'),
    -- For a W-9: a C or S corporation, for which no 1099-NEC is filed.
    corporation boolean not null default false,
    -- For a W-9: the affiliate states that they are subject to backup withholding.
    subject_to_withholding boolean not null default false,
    signed_on date not null,
    -- For a W-8: the last day on which it is valid.
    expires_on date,
    file_id uuid,
    submitted_at timestamptz not null,
    decided_at timestamptz,
    -- `user:…`, `api_key:…`, or `system` for a guided form.
    decided_by text,
    -- Why it was rejected.
    reason text check (length(reason) <= 1000),
    -- Since when it is no longer in force.
    ended_at timestamptz,
    -- Until when it is kept after that.
    keep_until date,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, file_id) references files,
    check ((kind = 'W9') = (expires_on is null))
);
create unique index tax_forms_valid on tax_forms (organization_id, affiliate_id) where status = 'Valid';
create unique index tax_forms_submitted on tax_forms (organization_id, affiliate_id) where status = 'Submitted';
create index tax_forms_of_affiliate on tax_forms (organization_id, affiliate_id, id desc);
create index tax_forms_newest on tax_forms (organization_id, id desc);
create index tax_forms_expiring on tax_forms (organization_id, expires_on) where status = 'Valid' and expires_on is not null;
create index tax_forms_retained on tax_forms (organization_id, ended_at) where ended_at is not null and sealed_form is not null;
call rekomi_tenant_table('tax_forms');

-- The reminders that affiliates were sent: each is sent once.
create table tax_reminders (
    organization_id uuid not null,
    affiliate_id uuid not null,
    -- 'expires_60', 'expires_30', 'expires_7', 'expired' or 'threshold'.
    kind text not null,
    -- The form's id, or the year.
    about text not null,
    sent_at timestamptz not null,
    primary key (organization_id, affiliate_id, kind, about),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('tax_reminders');
