-- Affiliates and customers that a brand brings along from the platform that it used before.

-- An import binds a customer as a credited sale would: 'import' is a touch of its own kind.
alter table touches
    drop constraint touches_kind_check,
    add constraint touches_kind_check check (kind in ('click', 'slug', 'coupon', 'import'));

create table imports (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null check (kind in ('Affiliates', 'Customers')),
    source text not null,
    program_id uuid not null,
    -- Where the links of affiliates lead; null makes none.
    destination text,
    -- Whether new affiliates are told, with a way to sign in.
    tell boolean not null,
    -- The file's heading, and which column of it holds what.
    head jsonb not null,
    mapping jsonb not null,
    state text not null check (state in ('Mapping', 'Checked', 'Running', 'Done', 'Cancelled')),
    rows integer not null,
    actor text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    -- Its rows' cells are gone.
    emptied boolean not null default false,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    check ((state in ('Running', 'Done')) <= (started_at is not null))
);
create index imports_running on imports (organization_id) where state = 'Running';
create index imports_full on imports (organization_id, created_at) where not emptied;
call rekomi_tenant_table('imports');

create table import_rows (
    organization_id uuid not null,
    import_id uuid not null,
    -- In the file, where the heading is line 1.
    line integer not null,
    -- As they came; null once their time is over, or a person in them was erased.
    cells jsonb,
    -- What the check found, and what the run did: 'New', 'Updated', 'Unchanged' or 'Refused'.
    foreseen text check (foreseen in ('New', 'Updated', 'Unchanged', 'Refused')),
    result text check (result in ('New', 'Updated', 'Unchanged', 'Refused')),
    -- A stable code, and the same in words.
    reason text,
    message text,
    primary key (organization_id, import_id, line),
    foreign key (organization_id, import_id) references imports on delete cascade
);
create index import_rows_open on import_rows (organization_id, import_id, line) where result is null;
create index import_rows_results on import_rows (organization_id, import_id, coalesce(result, foreseen), line);
call rekomi_tenant_table('import_rows');
