-- An affiliate's public page of links, /l/{handle}/{slug}. Without a row there is none: affiliates switch it on themselves.
create table bio_pages (
    organization_id uuid not null,
    affiliate_id uuid not null,
    is_on boolean not null,
    -- A line under the name, without addresses.
    introduction text not null check (length(introduction) <= 160),
    -- The ids of links and coupons, in the order of the page. Those that no longer work are left out of it.
    items uuid[] not null check (cardinality(items) <= 10),
    updated_at timestamptz not null,
    primary key (organization_id, affiliate_id),
    foreign key (organization_id, affiliate_id) references affiliates
);
call rekomi_tenant_table('bio_pages');
