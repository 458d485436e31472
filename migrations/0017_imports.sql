-- Imported files of affiliates and customers from another platform.
create table imports (
    organization_id uuid not null references organizations,
    id uuid not null,
    kind text not null check (kind in ('Affiliates', 'Customers')),
    source text not null,
    program_id uuid not null,
    -- Where the links of affiliates lead; null creates no links.
    destination text,
    -- Whether new affiliates are emailed a sign-in link.
    notify boolean not null,
    -- The file's header, and the meaning of its columns.
    head jsonb not null,
    mapping jsonb not null,
    -- The order in which the file's dates are written: 03/04/2026 is ambiguous, and only the person who has the file
    -- knows which day it means.
    dates text not null default 'Automatic' check (dates in ('Automatic', 'DayFirst', 'MonthFirst', 'YearFirst')),
    state text not null check (state in ('Mapping', 'Checked', 'Running', 'Done', 'Cancelled')),
    rows integer not null,
    actor text not null,
    created_at timestamptz not null,
    started_at timestamptz,
    finished_at timestamptz,
    -- Whether the cells of its rows were deleted.
    emptied boolean not null default false,
    primary key (organization_id, id),
    foreign key (organization_id, program_id) references programs,
    check ((state in ('Running', 'Done')) <= (started_at is not null))
);
create index imports_running on imports (organization_id) where state = 'Running';
create index imports_full on imports (organization_id, created_at) where not emptied;
call rekomi_tenant_table('imports');

-- The rows of an imported file.
create table import_rows (
    organization_id uuid not null,
    import_id uuid not null,
    -- The line in the file, where the header is line 1.
    line integer not null,
    -- The cells as uploaded; null once their retention period is over, or a person in them was erased.
    cells jsonb,
    -- What the check predicted, and what the run did: 'New', 'Updated', 'Unchanged' or 'Refused'.
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

-- Which affiliate a link token of another platform belongs to. An affiliate whose token was another affiliate's slug
-- got a different slug here, and customers who arrive later still name the token.
create table import_tokens (
    organization_id uuid not null references organizations,
    -- The same values as in `imports`.
    source text not null,
    -- In lower case.
    token text not null,
    affiliate_id uuid not null,
    primary key (organization_id, source, token),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index import_tokens_affiliate on import_tokens (organization_id, affiliate_id);
call rekomi_tenant_table('import_tokens');
create trigger only_of_the_known before insert on import_tokens
    for each row execute function rekomi_only_of_the_known('skip');
