-- The affiliates' portal: several brands with one sign-in, what affiliates want letters about, sales that they miss, and
-- what brands give them to promote with.

-- The address that the link was mailed to: whoever uses it has shown that they read letters there. Null of links of before.
alter table affiliate_links add column email text;
alter table affiliate_sessions
    -- The address that was proved so, and the other brands whose affiliate has the same one. Each is looked at again
    -- whenever it is shown or gone to.
    add column email text,
    add column elsewhere uuid[] not null default '{}';

-- When the affiliate chose another slug themselves, which they may once.
alter table affiliates add column slug_changed_at timestamptz;

-- Only what an affiliate changed: all letters are on to begin with.
create table affiliate_notifications (
    organization_id uuid not null,
    affiliate_id uuid not null,
    kind text not null check (kind in ('commission_earned', 'payout_sent', 'first_click')),
    wanted boolean not null,
    changed_at timestamptz not null,
    primary key (organization_id, affiliate_id, kind),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('affiliate_notifications');

-- A sale that an affiliate thinks is theirs, and what the brand decided about it.
create table inquiries (
    organization_id uuid not null,
    id uuid not null,
    affiliate_id uuid not null,
    status text not null default 'Open' check (status in ('Open', 'Credited', 'Rejected')),
    ordered_on date not null,
    -- What was bought, in the affiliate's words.
    bought text not null check (length(bought) between 1 and 200),
    order_id text check (length(order_id) between 1 and 200),
    -- In the form that is compared; forgotten once the inquiry is decided.
    buyer_email text check (length(buyer_email) <= 254),
    note text check (length(note) between 1 and 2000),
    asked_at timestamptz not null,
    decided_at timestamptz,
    -- `user:usr_…`.
    decided_by text,
    -- What the affiliate is told.
    answer text check (length(answer) between 1 and 1000),
    -- The sale that was credited.
    conversion_id uuid,
    primary key (organization_id, id),
    foreign key (organization_id, affiliate_id) references affiliates,
    foreign key (organization_id, conversion_id) references conversions,
    check ((status = 'Open') = (decided_at is null)),
    check ((status = 'Credited') = (conversion_id is not null)),
    check (status = 'Open' or buyer_email is null)
);
create index inquiries_newest on inquiries (organization_id, id desc);
create index inquiries_affiliate on inquiries (organization_id, affiliate_id, id desc);
create index inquiries_open on inquiries (organization_id, id) where status = 'Open';
call rekomi_tenant_table('inquiries');

-- Brands keep pictures and papers too: files of nobody in particular, and of more kinds.
alter table files
    alter column affiliate_id drop not null,
    drop constraint files_content_type_check,
    add constraint files_content_type_check
        check (content_type in ('application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp'));

-- What a brand gives its affiliates to promote with.
create table assets (
    organization_id uuid not null references organizations,
    id uuid not null,
    -- Null: for affiliates of all programs.
    program_id uuid,
    kind text not null check (kind in ('File', 'Text', 'Link')),
    title text not null check (length(title) between 1 and 120),
    -- The words, or the address.
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
