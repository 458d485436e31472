-- Files of results that were imported into a run: the same one again is recognised, and changes nothing.
create table payout_result_files (
    organization_id uuid not null,
    run_id uuid not null,
    -- SHA-256 of the file as it was uploaded.
    digest bytea not null check (length(digest) = 32),
    -- Who imported it: `user:…` or `api_key:…`.
    actor text not null,
    imported_at timestamptz not null,
    -- What became of its rows.
    sent integer not null,
    failed integer not null,
    unchanged integer not null,
    pending integer not null,
    ignored integer not null,
    refused integer not null,
    primary key (organization_id, run_id, digest),
    foreign key (organization_id, run_id) references payout_runs on delete cascade
);
call rekomi_tenant_table('payout_result_files');
