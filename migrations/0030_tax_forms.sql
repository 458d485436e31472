-- Tax forms: who gave which one, until when it counts, and the files that hold them.

-- What lies in object storage. An object is sealed with a key of its own before it leaves the process; that key is kept
-- here, sealed as every other secret is, so that a change of the installation's keys leaves the objects where they are.
create table files (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- Whose it is.
    affiliate_id uuid not null,
    -- Sealed: table files, column sealed_key, row = the typed id. Null once the object is destroyed: whatever copy of it
    -- is left somewhere opens no more.
    sealed_key text,
    content_type text not null check (content_type in ('application/pdf')),
    -- In the clear, in bytes.
    size integer not null check (size between 1 and 10485760),
    sha256 bytea not null check (length(sha256) = 32),
    -- Written before the object is: one that stayed null has no object, or one that nobody was told of.
    stored_at timestamptz,
    destroyed_at timestamptz,
    -- When the storage said that it is gone; until then it is asked again.
    removed_at timestamptz,
    created_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index files_to_remove on files (organization_id, id) where removed_at is null and destroyed_at is not null;
create index files_unfinished on files (organization_id, id) where stored_at is null and destroyed_at is null;
call rekomi_tenant_table('files');

create table tax_forms (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    kind text not null check (kind in ('W9', 'W8BEN', 'W8BENE')),
    source text not null check (source in ('Guided', 'Uploaded')),
    -- 'Submitted': somebody of the brand has to look at it. One that isn't in force any more is 'Replaced' by a later one,
    -- 'Expired', or was 'Rejected'.
    status text not null check (status in ('Submitted', 'Valid', 'Rejected', 'Replaced', 'Expired')),
    -- The form itself as JSON. Sealed: table tax_forms, column sealed_form, row = the typed id. Null once its time is over.
    sealed_form text,
    -- The last four characters of the taxpayer number; empty where it has none.
    tin_hint text not null default '' check (length(tin_hint) <= 4),
    -- Where the person or company lives, for tax.
    country text not null check (country ~ '^[A-Z]{2}$'),
    -- Of a W-9: a C or S corporation, of whom no 1099-NEC is filed.
    corporation boolean not null default false,
    -- Of a W-9: they say that the tax authority wants tax withheld.
    subject_to_withholding boolean not null default false,
    signed_on date not null,
    -- Of a W-8: the last day on which it counts.
    expires_on date,
    file_id uuid,
    submitted_at timestamptz not null,
    decided_at timestamptz,
    -- `user:…`, `api_key:…`, or `system` of a guided form.
    decided_by text,
    -- Why it was rejected.
    reason text check (length(reason) <= 1000),
    -- Since when it isn't in force any more.
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
create index tax_forms_kept on tax_forms (organization_id, ended_at) where ended_at is not null and sealed_form is not null;
call rekomi_tenant_table('tax_forms');

-- Who was reminded of what: once of each.
create table tax_reminders (
    organization_id uuid not null,
    affiliate_id uuid not null,
    -- 'expires_60', 'expires_30', 'expires_7', 'expired'; 'threshold'.
    kind text not null,
    -- The form's id, or the year.
    about text not null,
    sent_at timestamptz not null,
    primary key (organization_id, affiliate_id, kind, about),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('tax_reminders');
