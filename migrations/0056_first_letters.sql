-- Whose letters these are, which addresses were proved, and which names in links are kept for whom.

-- The organization that a letter is from; null for those of accounts, and for older ones. Not `organization_id`: the outbox is
-- no tenant's table, the job that sends goes through all of it.
alter table mails
    add column tenant uuid,
    -- To somebody who didn't ask for it: a brand entered their address. So many a day, see affiliate/first_letter.rs.
    add column is_first boolean not null default false;
create index mails_first on mails (tenant, created_at) where is_first;

-- An address in the form that is compared: as attribution/flag.rs `email_key`.
create function rekomi_email_key(address text) returns text
    language sql immutable parallel safe
    return case
        when lower(trim(address)) !~ '@' then lower(trim(address))
        when lower(trim(address)) ~ '@(gmail|googlemail)\.com$'
            then replace(split_part(regexp_replace(lower(trim(address)), '@[^@]*$', ''), '+', 1), '.', '') || '@gmail.com'
        else split_part(regexp_replace(lower(trim(address)), '@[^@]*$', ''), '+', 1)
             || '@' || substring(lower(trim(address)) from '[^@]*$')
    end;

-- Since when the address that they have now is known to be theirs: they came in by a link that was mailed to it.
alter table affiliates add column proved_at timestamptz;
-- When they first came in after they were invited. Links that were used are forgotten.
alter table invites add column came_at timestamptz;
-- Taken on at once by their page, with an address that nobody has proved yet: what they accepted counts once they come in.
alter table applications add column awaits_entry boolean not null default false;
-- Holds that end by themselves.
alter table payout_holds add column ends_at timestamptz;

-- Names in links that nobody else may take: an affiliate gave them up, or an application asked for them. They may be a person's
-- and outlast them, so only SHA-256 of the name in small letters is kept.
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

-- Forms of program pages that were sent: each goes through once.
create table sent_forms (
    organization_id uuid not null,
    token_hash bytea not null check (length(token_hash) = 32),
    expires_at timestamptz not null,
    primary key (organization_id, token_hash)
);
create index sent_forms_over on sent_forms (organization_id, expires_at);
call rekomi_tenant_table('sent_forms');

alter table affiliates no force row level security;
alter table affiliate_links no force row level security;
alter table invites no force row level security;
update affiliates a set proved_at = l.used_at
from (select organization_id, affiliate_id, email, min(used_at) as used_at from affiliate_links
      where used_at is not null group by 1, 2, 3) l
where l.organization_id = a.organization_id and l.affiliate_id = a.id and l.email = a.email;
update invites i set came_at = l.used_at
from (select organization_id, affiliate_id, min(used_at) as used_at from affiliate_links
      where used_at is not null group by 1, 2) l
where l.organization_id = i.organization_id and l.affiliate_id = i.affiliate_id;
alter table invites force row level security;
alter table affiliate_links force row level security;
alter table affiliates force row level security;
