-- Whose a link token of another platform was: affiliates whose token was somebody else's slug here got another one, and the
-- customers that come after them still name the token.
create table import_tokens (
    organization_id uuid not null references organizations,
    -- As in `imports`.
    source text not null,
    -- In lower case.
    token text not null,
    affiliate_id uuid not null,
    primary key (organization_id, source, token),
    foreign key (organization_id, affiliate_id) references affiliates
);
create index import_tokens_affiliate on import_tokens (organization_id, affiliate_id);
call rekomi_tenant_table('import_tokens');

-- Headings are forgotten with the rows: a file without one has somebody's data there.
alter table imports no force row level security;
update imports set head = '[]' where emptied;
alter table imports force row level security;

-- Trying out a plan asks for all of a program.
create index touches_import on touches (organization_id, program_id) where kind = 'import';
