-- 100,000 creators and 10,000 programs of as many brands, with contacts and a year of sales for one creator in ten. The words
-- of bios and listings are drawn from 3,000, common ones far more often, as in languages. One bio in a thousand is a copy.
set session_replication_role = replica;
set timezone = 'UTC';
select setseed(0.5);
create temporary table vocabulary as
select array['Ai', 'Beauty', 'Books', 'Business', 'Careers', 'Cooking', 'Crypto', 'Design', 'Developers', 'Ecommerce',
             'Education', 'Family', 'Fashion', 'Finance', 'Fitness', 'Gaming', 'Health', 'Home', 'Marketing', 'Music', 'Pets',
             'Productivity', 'Sustainability', 'Travel'] as topics,
       array['DE', 'US', 'GB', 'FR', 'ES', 'BR', 'JP', 'PL'] as countries,
       array['de', 'en', 'en', 'fr', 'es', 'pt', 'ja', 'pl'] as languages,
       array['Under1k', 'From1k', 'From10k', 'From50k', 'From100k'] as bands,
       array['Website', 'Newsletter', 'Podcast', 'YouTube', 'Instagram', 'TikTok'] as kinds,
       array['Review', 'Tutorial', 'Comparison', 'Newsletter', 'Video', 'Coupon'] as formats;

insert into tenants (id, created_at) select md5('brand' || n)::uuid, now() from generate_series(1, 10000) n;
insert into organizations (organization_id, slug, name, time_zone, created_at)
select md5('brand' || n)::uuid, 'bench-' || n, 'Brand ' || n, 'UTC', now() from generate_series(1, 10000) n;
insert into programs (organization_id, id, slug, name, public_key, created_at)
select md5('brand' || n)::uuid, md5('program' || n)::uuid, 'bench-' || n, 'Program ' || n, 'pk_bench_' || n, now()
from generate_series(1, 10000) n;
insert into network_listings (organization_id, program_id, status, handle, brand, title, summary, topics, formats, earnings,
    countries, languages, channel_kinds, audience_min, shares_figures, searches_creators, listed_at, created_at, updated_at)
select md5('brand' || n)::uuid, md5('program' || n)::uuid, 'Listed', 'bench-' || n, 'Brand ' || n, 'Program ' || n,
       (select string_agg('word' || 1 + floor(3000 * power(random(), 3) + 0 * w)::int, ' ') from generate_series(1, 20 + 0 * n) w),
       array[topics[1 + n % 24], topics[1 + (n / 24) % 24]], array[formats[1 + n % 6]], array['Share'],
       case n % 3 when 0 then array[countries[1 + n % 8]] else '{}' end,
       case n % 2 when 0 then array[languages[1 + n % 8]] else '{}' end,
       case n % 4 when 0 then array[kinds[1 + n % 6]] else '{}' end, bands[1 + n % 4], n % 10 < 8, true,
       now() - make_interval(mins => n), now(), now()
from generate_series(1, 10000) n, vocabulary;
update network_listings set document = setweight(to_tsvector('simple', title || ' ' || brand), 'A')
    || setweight(to_tsvector('simple', summary || ' ' || array_to_string(topics, ' ')), 'B')
where handle like 'bench-%';

insert into creators (id, email, address_hash, created_at, last_seen_at)
select md5('creator' || n)::uuid, n || '@bench.test', sha256((n || '@bench.test')::bytea), now(), now()
from generate_series(1, 100000) n;
insert into creator_profiles (creator_id, name, headline, bio, country, languages, topics, formats, earnings, audience_band,
    verified_channels, listed_at, shares_reputation, created_at, updated_at)
select md5('creator' || n)::uuid, 'Creator ' || n, 'word' || 1 + n % 3000 || ' word' || 1 + n * 7 % 3000,
       (select string_agg('word' || 1 + floor(3000 * power(random(), 3) + 0 * w)::int, ' ') from generate_series(1, 60 + 0 * n) w),
       countries[1 + n % 8], array[languages[1 + n % 8]],
       array[topics[1 + n % 24], topics[1 + (n / 24) % 24], topics[1 + (n / 576) % 24]],
       array[formats[1 + n % 6]], array['Share'], bands[1 + n % 5], n % 3, now(), n % 10 = 0,
       now() - make_interval(mins => n % 500000), now()
from generate_series(1, 100000) n, vocabulary;
update creator_profiles p set bio = (select bio from creator_profiles where creator_id = md5('creator1')::uuid)
where creator_id in (select md5('creator' || n)::uuid from generate_series(1000, 100000, 1000) n);
update creator_profiles set document = setweight(to_tsvector('simple', name), 'A')
    || setweight(to_tsvector('simple', headline || ' ' || array_to_string(topics, ' ')), 'B')
    || setweight(to_tsvector('simple', bio), 'C')
where name like 'Creator %';
insert into creator_channels (creator_id, id, kind, handle, url, audience_band, code, verified_at, method, created_at)
select md5('creator' || n)::uuid, gen_random_uuid(), kinds[1 + (n + c) % 6], 'handle' || n,
       'https://bench.test/' || n || '/' || c, bands[1 + n % 5], 'rekomi-0123456789abcdef',
       case when c <= n % 3 then now() end, case when c <= n % 3 then 'Dns' end, now()
from generate_series(1, 100000) n, generate_series(1, 2) c, vocabulary;

update creator_profiles p set channel_kinds =
    array(select distinct kind from creator_channels c where c.creator_id = p.creator_id order by kind);

-- Two contacts for each creator; those who share their reputation have eight, with ten sales each.
insert into network_contacts (organization_id, id, program_id, creator_id, status, answered_at, affiliate_id, created_at,
    changed_at)
select md5('brand' || b)::uuid, gen_random_uuid(), md5('program' || b)::uuid, md5('creator' || n)::uuid, 'Joined', now(),
       gen_random_uuid(), now(), now()
from generate_series(1, 100000) n, generate_series(1, 8) c,
     lateral (select 1 + (n / 10 * 2 * 31 + c * 48) % 10000 as b) b
where c <= 2 or n % 10 = 0
on conflict do nothing;
insert into commissions (organization_id, id, kind, conversion_id, affiliate_id, program_id, component, component_id, amount,
    earned, currency, status, hold_until, happened_at, reason, created_at, updated_at)
select c.organization_id, gen_random_uuid(), 'Conversion', gen_random_uuid(), c.affiliate_id, c.program_id, 0, 'sale', 100, 100,
       'USD', case when s = 1 then 'Refunded' else 'Approved' end, now(), now() - make_interval(days => 30 * s), 'bench', now(),
       now()
from network_contacts c join creator_profiles p on p.creator_id = c.creator_id and p.shares_reputation,
     generate_series(1, 10) s
where c.affiliate_id is not null;
-- A brand has seen a thousand creators, and starred a hundred.
insert into network_marks (organization_id, creator_id, mark, created_at)
select md5('brand' || b)::uuid, md5('creator' || (1 + (b * 997 + n) % 100000))::uuid,
       case when n <= 100 then 'Starred' else 'Seen' end, now()
from generate_series(1, 200) b, generate_series(1, 1000) n on conflict do nothing;
set session_replication_role = origin;
vacuum analyze;
