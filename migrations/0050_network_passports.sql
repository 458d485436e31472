-- Applications across installations: what creators of this one send to others, and what others announce here. The network
-- is the installation's and creators are people, so none of the tables belongs to an organization.

alter table network_peers
    -- Where it takes messages about applications; null if it takes none.
    add column inbox_url text check (length(inbox_url) <= 2048),
    -- Whether an operator takes the applications that it sends.
    add column takes_applications boolean not null default false,
    -- When its document was last read; it is read again once a day.
    add column document_at timestamptz;

-- A transaction that exchanges messages with peers says so; it reads and writes the rows of all creators then.
create function rekomi_federates() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('rekomi.federation', true), '') = 'yes';

-- Applications of our creators to programs of peers. The id names the application at the peer, too.
create table creator_passports (
    id uuid primary key,
    -- Null: the creator erased their account. What the peer may still have is taken back, and then the row is deleted.
    creator_id uuid references creators on delete set null,
    peer_id uuid not null references network_peers on delete cascade,
    -- As the peer's feed names it.
    program text not null check (program ~ '^[A-Za-z0-9_-]{1,64}$'),
    brand text not null check (length(brand) between 1 and 200),
    title text not null check (length(title) between 1 and 200),
    -- `Sending` until the peer has it, then what the peer says. `Revoking` until the peer has erased it.
    status text not null check (status in
        ('Sending', 'Sent', 'Applied', 'Joined', 'Rejected', 'Withdrawn', 'Revoking', 'Refused', 'Expired')),
    -- What is sent, as the creator saw it in the form. Null once the peer has it, or it won't be sent any more.
    person jsonb check (jsonb_typeof(person) = 'object'),
    -- The code with which the peer refused it.
    problem text check (problem ~ '^[a-z_]{1,64}$'),
    -- How often it was begun to be sent. 0: nothing has left this installation.
    attempts integer not null default 0,
    -- When the peer gets the next message about it; null if none is left to send.
    due_at timestamptz,
    leased_until timestamptz,
    -- Messages that failed since the last one that arrived.
    failures integer not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check ((person is null) = (status <> 'Sending'))
);
-- One at a time for each program; another one once this is over.
create unique index creator_passports_open on creator_passports (creator_id, peer_id, program)
    where status in ('Sending', 'Sent', 'Applied', 'Joined', 'Revoking');
create index creator_passports_own on creator_passports (creator_id, created_at desc);
create index creator_passports_peer on creator_passports (peer_id);
create index creator_passports_due on creator_passports (due_at) where due_at is not null;
alter table creator_passports enable row level security;
alter table creator_passports force row level security;
create policy own on creator_passports
    using (creator_id = (select rekomi_creator())) with check (creator_id = (select rekomi_creator()));
create policy federation on creator_passports
    using ((select rekomi_federates())) with check ((select rekomi_federates()));
grant select, insert, update, delete on creator_passports to rekomi_app;

-- Creators of peers who want to apply to our programs, as their installations announced them. It is the peer's word: only the
-- owner of the address makes an application of it.
create table creator_arrivals (
    -- Part of the link that is emailed to the address.
    id uuid primary key,
    peer_id uuid not null references network_peers on delete cascade,
    -- The peer's name for the application.
    jti text not null check (jti ~ '^[A-Za-z0-9_-]{1,64}$'),
    -- SHA-256 of what was announced: the same name with another content is refused.
    digest bytea check (length(digest) = 32),
    -- Null: the peer took it back before it arrived here.
    program_id uuid,
    email text check (email = lower(email) and length(email) <= 320),
    -- What the peer says about the person. Null once they applied, or the peer took it back.
    person jsonb check (jsonb_typeof(person) = 'object'),
    -- The emailed link and the email, which are deleted if the peer takes the announcement back first.
    link_hash bytea check (length(link_hash) = 32),
    mail_id uuid,
    -- The owner of the address and their contact with the brand, once they applied.
    creator_id uuid references creators on delete cascade,
    tenant uuid,
    contact_id uuid,
    created_at timestamptz not null,
    -- When the peer took it back. The name stays for a while, so that the announcement isn't taken for a new one.
    revoked_at timestamptz,
    unique (peer_id, jti),
    check ((tenant is null) = (contact_id is null)),
    -- Nothing about a person stays in what was taken back.
    check (revoked_at is null or (digest is null and email is null and person is null and link_hash is null
                                  and mail_id is null and creator_id is null and contact_id is null)),
    check (revoked_at is not null or program_id is not null)
);
create index creator_arrivals_email on creator_arrivals (email) where email is not null;
create index creator_arrivals_creator on creator_arrivals (creator_id) where creator_id is not null;
create index creator_arrivals_newest on creator_arrivals (peer_id, created_at desc);
alter table creator_arrivals enable row level security;
alter table creator_arrivals force row level security;
create policy own on creator_arrivals
    using (creator_id = (select rekomi_creator())
           or email = (select email from creators where id = (select rekomi_creator())));
create policy federation on creator_arrivals
    using ((select rekomi_federates())) with check ((select rekomi_federates()));
grant select, insert, update, delete on creator_arrivals to rekomi_app;

-- Messages of other installations that were refused, for the operator: how often with which code, and who sent the last one
-- whose signature was valid.
create table network_refusals (
    code text primary key check (code ~ '^[a-z_]{1,64}$'),
    count bigint not null default 0,
    last_at timestamptz not null,
    last_host text check (length(last_host) <= 300)
);
grant select, insert, update on network_refusals to rekomi_app;
