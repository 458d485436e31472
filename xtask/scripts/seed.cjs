// Fills an organization with a year of generated clicks and sales: `node seed.cjs <owner url> <organization> <clicks> <conversions>`.
// `cargo xtask seed` and `bench dashboard` use it. Sets of rows in SQL, clicks over two connections, so that ten million take minutes.
// Figures, balances and lists fit together; there are no events behind them, so `rekomi audit` and `rekomi replay` object.
const { Client } = require("pg");
const { uuid } = require("./ids.cjs");

const [owner, organization, clicks, conversions] = process.argv.slice(2);
const CHUNK = 500_000;
const COUNTRIES = ["US", "US", "US", "US", "DE", "DE", "GB", "GB", "BR", "FR", "IN", "CA", "AU", "NL", "ES", "JP", null];
const SOURCES = ["www.youtube.com", "www.youtube.com", "www.youtube.com", "www.instagram.com", "www.instagram.com", "www.tiktok.com", "www.tiktok.com", "substack.com", "www.reddit.com", "www.linkedin.com", "www.google.com", null, null, null];
const FIRST = ["Ada", "Ben", "Clara", "Dev", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mira", "Noah", "Olga", "Priya", "Quentin", "Rosa", "Sven", "Tara"];
const LAST = ["Abbott", "Bauer", "Costa", "Dietrich", "Evans", "Fischer", "Garcia", "Hoffmann", "Ito", "Jensen", "Kumar", "Lopez", "Meyer", "Novak", "Okafor", "Park", "Rossi", "Silva", "Tanaka", "Weber"];

const list = (values) => `(array[${values.map((value) => (value === null ? "null" : `'${value}'`)).join(",")}]::text[])`;
const pick = (values) => `${list(values)}[1 + floor(random() * ${values.length})::int]`;

/** The rows from one number to another, of so many, each with a moment of the last year, as people have them: more and more of them,
 * seldom at night, fewer at weekends, and now and then what a launch brings. Those with higher numbers are later, apart from launches,
 * so that indexes grow as they do when things happen. `columns` are the rows' other ones. */
const moments = (from, to, all, columns) => `(
  select r.*, date_trunc('milliseconds', case when t.at > now() then t.at - interval '7 days' else t.at end) as at
  from (select n, (n - random()) / ${all} as luck, random() as spread, random() as launch, random() as rest, random() + random() + random() as hour, ${columns} from generate_series(${from}, ${to}) n) r
  cross join lateral (select case when launch < .012 then 11 - power(spread, 2) * 5 when launch < .02 then 74 - power(spread, 2) * 5
                                  else 365 * (1 - (sqrt(.36 + 1.6 * luck) - .6) / .8) end as ago) a
  cross join lateral (select date_trunc('day', now() - make_interval(secs => 86400 * ago)) as day) d
  cross join lateral (select day - make_interval(days => case when extract(isodow from day) > 5 and rest < .45 then 3 else 0 end)
                             + interval '17 hours' + make_interval(secs => (hour - 1.5) * 32400) as at) t)`;

/** A connection that works for the organization, with a function for the ids of a time. */
async function connect(o) {
  const client = new Client({ connectionString: owner });
  await client.connect();
  await client.query(`select set_config('rekomi.tenants', '${o}', false)`);
  await client.query("set synchronous_commit = off; set statement_timeout = 0; set jit = off; set work_mem = '256MB'; set maintenance_work_mem = '256MB'; set timezone = 'UTC'");
  await client.query(`create function pg_temp.v7(at timestamptz) returns uuid language sql volatile as $$
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
      substring(int8send((extract(epoch from at) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid $$`);
  return client;
}

/** The months with clicks, as the times at which they begin. */
async function monthsOf(by, o) {
  const months = await by.query(`select distinct date_trunc('month', day, 'UTC') as month from generate_series(
    (select min(clicked_at) from clicks where organization_id = '${o}'), now() + interval '1 month', interval '20 days') day order by 1`);
  return months.rows.map(({ month }) => month);
}

/** Counts the clicks of each of these months by hour and link, as the rows of a month fit into memory. */
async function countByHour(by, o, timed, months) {
  for (let month = months.shift(); month; month = months.shift()) {
    const until = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1));
    await timed(by, `clicks by hour of ${month.toISOString().slice(0, 7)}`, `
      insert into click_hours (organization_id, hour, program_id, affiliate_id, link_id, clicks, uncounted)
        select organization_id, date_trunc('hour', clicked_at, 'UTC'), program_id, affiliate_id, link_id, count(*) filter (where class = 'human'), count(*) filter (where class <> 'human')
        from clicks where organization_id = '${o}' and clicked_at >= '${month.toISOString()}' and clicked_at < '${until.toISOString()}' group by 1, 2, 3, 4, 5 order by 2`);
  }
}

/** Adds up the hours of each link's days. */
const countByDay = (by, o, timed) =>
  timed(by, "clicks by day", `
    delete from click_days where organization_id = '${o}';
    insert into click_days_until (organization_id, day) values ('${o}', (now() - interval '2 hours')::date)
      on conflict (organization_id) do update set day = excluded.day;
    insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
      select organization_id, (hour at time zone 'UTC')::date, program_id, affiliate_id, link_id, sum(clicks) from click_hours
      where organization_id = '${o}' and clicks > 0 and hour < (now() - interval '2 hours')::date group by 1, 2, 3, 4, 5 order by 2`);

/** Counts clicks by what the dashboard filters by: all of them once, and the rest from that. */
async function countByFacet(by, o, timed) {
  await timed(by, "clicks by what they have in common", `
    create temp table seen as
      select date_trunc('hour', clicked_at, 'UTC') as hour, program_id, coalesce(country, '') as country, coalesce(referrer_host, '') as source, device, count(*) as clicks
      from clicks where organization_id = '${o}' and class = 'human' group by 1, 2, 3, 4, 5;
    delete from click_facets where organization_id = '${o}';
    delete from click_day_facets where organization_id = '${o}'`);
  for (const [facet, value] of [["all", "''"], ["country", "country"], ["source", "source"], ["device", "device"], ["program", "program_id::text"]]) {
    await timed(by, `clicks by ${facet}`, `
      insert into click_facets (organization_id, facet, hour, value, clicks)
        select '${o}', '${facet}', hour, ${value}, sum(clicks) from seen group by 3, 4`);
  }
  for (const facet of ["country", "source", "device"]) {
    await timed(by, `clicks by day and ${facet}`, `
      insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
        select '${o}', program_id, '${facet}', ${facet}, (hour at time zone 'UTC')::date, sum(clicks) from seen
        where hour < (now() - interval '2 hours')::date group by 2, 4, 5`);
  }
}

async function main() {
  const o = uuid(organization);
  const client = await connect(o);
  const run = (sql) => client.query(sql);
  const timed = async (by, name, sql) => {
    const started = Date.now();
    await by.query(sql);
    console.log(`    ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  };
  const step = (name, sql) => timed(client, name, sql);
  const found = await run(`select p.id as program, v.id as plan, h.host from programs p
    join plan_versions v on v.organization_id = p.organization_id and v.program_id = p.id and v.affiliate_id is null and v.segment is null
    join link_hosts h on h.organization_id = p.organization_id
    where p.organization_id = '${o}' order by p.created_at, p.id, v.effective_at, h.created_at, h.host limit 1`);
  if (found.rows.length === 0) throw new Error("the organization has no program or no link host yet");
  const { program, plan, host } = found.rows[0];

  // Months that have none yet; rows that stand in the default partition stay there.
  await run(`do $$ begin perform rekomi_make_click_partitions((now() - interval '12 months')::date, 14); exception when others then null; end $$`);
  const people = Math.min(5_000, Math.max(50, Math.round(conversions / 400)));
  // The first few bring most, as everywhere; of few affiliates the first not quite as much.
  const who = `1 + floor(${people} * power(random(), ${people > 200 ? 3 : 1.8}))::int`;
  const others = (await run(`select count(*)::int as count from affiliates where organization_id = '${o}'`)).rows[0].count;
  await step(`${people} affiliates`, `
    create temp table people as
      select n, ${others} + n as number, pg_temp.v7(now() - interval '380 days') as affiliate_id,
             pg_temp.v7(now() - interval '380 days') as link_id, n % 25 <> 0 and n % 33 <> 0 and n % 20 <> 0 as is_paid
      from generate_series(1, ${people}) n;
    create unique index on people (n);
    insert into affiliates (organization_id, id, slug, email, name, status, created_at)
      select '${o}', affiliate_id, 'creator-' || number, 'creator-' || number || '@seed.test', ${pick(FIRST)} || ' ' || ${pick(LAST)},
             case when n % 25 = 0 then 'Pending' when n % 33 = 0 then 'Rejected' else 'Approved' end, now() - interval '380 days'
      from people;
    insert into affiliate_statuses (organization_id, affiliate_id, effective_at, status, created_at)
      select a.organization_id, a.id, '1970-01-01T00:00:00Z', a.status, a.created_at from affiliates a join people p on p.affiliate_id = a.id where a.status <> 'Approved';
    insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
      select '${o}', link_id, '${program}', affiliate_id, '${host}', 'creator-' || number, 'https://brand.test/', now() - interval '380 days' from people;
    analyze people`);
  // Two sets at a time: making a row takes longer than storing it.
  const second = await connect(o);
  await second.query(`
    create temp table people as
      select substring(slug from '[0-9]+$')::int - ${others} as n, affiliate_id, id as link_id from links
      where organization_id = '${o}' and slug ~ '^creator-[0-9]+$' and substring(slug from '[0-9]+$')::int > ${others};
    create unique index on people (n);
    analyze people`);
  let next = 1;
  const insertClicks = async (by) => {
    for (let from = next; from <= clicks; from = next) {
      next += CHUNK;
      const to = Math.min(clicks, from + CHUNK - 1);
      await timed(by, `clicks ${from} to ${to}`, `
        insert into clicks (organization_id, id, clicked_at, link_id, program_id, affiliate_id, class, source, country, referrer_host, device, landing, digest)
        select '${o}', pg_temp.v7(c.at), c.at, p.link_id, '${program}', p.affiliate_id, case when c.human < .96 then 'human' when c.human < .99 then 'bot' else 'prefetch' end,
               'redirect', c.country, c.source, c.device, '/', 0
        from ${moments(from, to, clicks, `random() as human, ${pick(COUNTRIES)} as country, ${pick(SOURCES)} as source,
                     ${pick(["mobile", "mobile", "desktop", "tablet"])} as device, ${who} as who`)} c
        join people p on p.n = c.who`);
    }
  };
  await Promise.all([insertClicks(client), insertClicks(second)]);
  await run(`delete from click_hours where organization_id = '${o}'`);
  const months = await monthsOf(client, o);
  await Promise.all([countByHour(client, o, timed, months), countByFacet(second, o, timed).then(() => countByHour(second, o, timed, months))]);
  await second.end();
  await countByDay(client, o, timed);

  const buyers = Math.max(1, Math.ceil(conversions / 3));
  await step(`${buyers} customers`, `
    create temp table buyers as
      select n, (select count(*) from customers where organization_id = '${o}')::int + n as number, pg_temp.v7(at) as id, at, who,
             case when who % 7 = 0 then 'EUR' else 'USD' end as currency, (array[2900, 4900, 4900, 9900, 2900, 19900])[1 + n % 6] as price
      from ${moments(1, buyers, buyers, `${who} as who`)} b;
    create unique index on buyers (n);
    insert into customers (organization_id, id, external_id, email, created_at, buyer_id, group_id)
      select '${o}', id, 'customer-' || number, 'customer-' || number || '@seed.test', at, id, id from buyers;
    insert into customer_emails (organization_id, email_key, customer_id) select '${o}', 'customer-' || number || '@seed.test', id from buyers;
    analyze buyers`);
  await step(`${conversions} conversions`, `
    create temp table sold as
      select s.n, pg_temp.v7(s.at) as id, pg_temp.v7(s.at) as commission_id, s.at, b.id as customer_id, p.affiliate_id, p.link_id, b.currency, s.sequence,
             pg_temp.v7(s.at - interval '1 hour') as click_id, ${pick(COUNTRIES)} as country, ${pick(SOURCES)} as source, ${pick(["mobile", "mobile", "desktop", "tablet"])} as device,
             case when s.sequence > 1 then 'Recurring' when s.n % 10 = 0 then 'Lead' else 'Sale' end as kind,
             case when s.sequence = 1 and s.n % 10 = 0 then 0 else b.price end as amount,
             case when s.n % 50 = 1 then 'Refunded' when s.at > now() - interval '30 days' then 'Pending'
                  when r.run_at < now() - interval '21 days' and p.is_paid and not (s.sequence = 1 and s.n % 10 = 0) then 'Paid' else 'Approved' end as status, r.run_at
      from (select n, (n - 1) / ${buyers} + 1 as sequence, (n - 1) % ${buyers} + 1 as buyer from generate_series(1, ${conversions}) n) i
      join buyers b on b.n = i.buyer
      cross join lateral (select i.n, i.sequence, case when b.at + (i.sequence - 1) * interval '30 days' < now() then b.at + (i.sequence - 1) * interval '30 days' else b.at end as at) s
      join people p on p.n = b.who
      cross join lateral (select date_trunc('month', s.at + interval '30 days') + interval '1 month 9 hours' as run_at) r;
    analyze sold;
    insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, status, customer_id, amount, refunded, currency, occurred_at, program_id,
                             affiliate_id, link_id, click_id, plan_version_id, credited_by, created_at, updated_at, paid, bound_at, sequence)
      select '${o}', id, id, 'order-' || encode(substring(uuid_send(id) from 7), 'hex'), 'S2s', true, kind, status, customer_id, amount, case status when 'Refunded' then amount else 0 end,
             currency, at, '${program}', affiliate_id, link_id, click_id, '${plan}', 'slug', at, at, amount, at, sequence
      from sold order by at;
    insert into click_origins (organization_id, click_id, clicked_at, country, source, device)
      select '${o}', click_id, at - interval '1 hour', coalesce(country, ''), coalesce(source, ''), device from sold order by at`);
  await step("commissions", `
    insert into commissions (organization_id, id, conversion_id, affiliate_id, program_id, plan_version_id, component, amount, earned, currency, status, hold_until, reason,
                             happened_at, created_at, updated_at, kind, approved_at, paid)
      select '${o}', commission_id, id, affiliate_id, '${program}', '${plan}', 0, case status when 'Refunded' then 0 else amount / 5 end, amount / 5, currency, status,
             at + interval '30 days', format('20 %% of %s %s = %s %s (rounded half up)', currency, round(amount / 100.0, 2), currency, round(amount / 500.0, 2)),
             at, at, at, 'Conversion', case when status in ('Approved', 'Paid') then at + interval '30 days' end, case status when 'Paid' then amount / 5 else 0 end
      from sold where kind <> 'Lead' order by at`);
  await step("accounts and transfers", `
    create temp table owed as
      select affiliate_id, currency, place as kind, sum(part) as amount
      from (select affiliate_id, currency, case status when 'Pending' then 'affiliate_pending' when 'Paid' then 'affiliate_paid' else 'affiliate_approved' end as place, amount / 5 as part
            from sold where kind <> 'Lead' and status <> 'Refunded'
            union all select affiliate_id, currency, 'affiliate_approved', 0 from sold where status = 'Paid'
            union all select affiliate_id, currency, 'affiliate_pending', 0 from sold where kind <> 'Lead' and status <> 'Refunded') parts
      group by 1, 2, 3;
    insert into accounts (organization_id, id, kind, affiliate_id, currency, balance)
      select '${o}'::uuid, gen_random_uuid(), kind, affiliate_id, currency, amount from owed
      union all select '${o}'::uuid, gen_random_uuid(), 'commission_expense', null, currency, -sum(amount) from owed group by currency
      on conflict (organization_id, kind, affiliate_id, currency) do update set balance = accounts.balance + excluded.balance;
    analyze accounts;
    insert into transfers (organization_id, id, debit_account_id, credit_account_id, amount, currency, kind, commission_id, event_id, created_at)
      select '${o}', pg_temp.v7(s.at), e.id, a.id, s.amount / 5, s.currency, 'commission_earned', s.commission_id, s.id, s.at
      from sold s
      join accounts e on e.organization_id = '${o}' and e.kind = 'commission_expense' and e.currency = s.currency
      join accounts a on a.organization_id = '${o}' and a.affiliate_id = s.affiliate_id and a.currency = s.currency and a.kind = 'affiliate_pending'
      where s.kind <> 'Lead' and s.status <> 'Refunded';
    insert into transfers (organization_id, id, debit_account_id, credit_account_id, amount, currency, kind, commission_id, created_at)
      select '${o}', pg_temp.v7(s.at + interval '30 days'), p.id, a.id, s.amount / 5, s.currency, 'commission_approved', s.commission_id, s.at + interval '30 days'
      from sold s
      join accounts p on p.organization_id = '${o}' and p.affiliate_id = s.affiliate_id and p.currency = s.currency and p.kind = 'affiliate_pending'
      join accounts a on a.organization_id = '${o}' and a.affiliate_id = s.affiliate_id and a.currency = s.currency and a.kind = 'affiliate_approved'
      where s.kind <> 'Lead' and s.status in ('Approved', 'Paid')`);
  // On the first of a month to whoever said how; what is younger waits.
  await step("payouts", `
    create temp table settled as
      select pg_temp.v7(run_at) as payout_id, affiliate_id, currency, run_at, sum(amount / 5) as amount from sold where status = 'Paid' group by affiliate_id, currency, run_at;
    analyze settled;
    insert into payout_runs (organization_id, id, currency, state, period, cutoff, proposed_by, approved_by, approved_at, done_at, created_at)
      select '${o}', pg_temp.v7(run_at), currency, 'Done', to_char(run_at, 'YYYY-MM'), run_at, 'schedule', 'schedule', run_at, run_at + interval '1 day', run_at
      from (select distinct currency, run_at from settled) runs
      on conflict do nothing;
    insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, reference, actor, created_at, run_id, scheduled, sent_at, ended_at, updated_at)
      select '${o}', payout_id, affiliate_id, s.currency, amount, 'Manual', 'Sent', 'Bank transfer', 'schedule', run_at, r.id, amount,
             run_at + interval '1 day', run_at + interval '1 day', run_at + interval '1 day'
      from settled s join payout_runs r on r.organization_id = '${o}' and r.currency = s.currency and r.period = to_char(run_at, 'YYYY-MM');
    analyze payouts, payout_runs;
    insert into payout_items (organization_id, payout_id, commission_id, amount)
      select '${o}', payout_id, commission_id, s.amount / 5 from sold s join settled using (affiliate_id, currency, run_at) where s.status = 'Paid';
    insert into transfers (organization_id, id, debit_account_id, credit_account_id, amount, currency, kind, commission_id, payout_id, created_at)
      select '${o}', pg_temp.v7(run_at + interval '1 day'), a.id, p.id, s.amount / 5, s.currency, 'commission_paid', s.commission_id, payout_id, run_at + interval '1 day'
      from sold s
      join settled using (affiliate_id, currency, run_at)
      join accounts a on a.organization_id = '${o}' and a.affiliate_id = s.affiliate_id and a.currency = s.currency and a.kind = 'affiliate_approved'
      join accounts p on p.organization_id = '${o}' and p.affiliate_id = s.affiliate_id and p.currency = s.currency and p.kind = 'affiliate_paid'
      where s.status = 'Paid'`);
  // The ledger releases commissions meanwhile, and adds them to these figures.
  await step("conversions by day and hour", `
    lock table conversion_days, conversion_hours in share row exclusive mode;
    delete from conversion_days where organization_id = '${o}';
    delete from conversion_hours where organization_id = '${o}';
    create temp table reported as
      select occurred_at as at, program_id, affiliate_id, click_id, currency, (kind <> 'Lead')::int as conversions, (kind = 'Recurring')::int as renewals, (kind = 'Lead')::int as leads,
             case kind when 'Lead' then 0 else amount - refunded end as revenue, 0::bigint as commission
      from conversions where organization_id = '${o}' and affiliate_id is not null
      union all
      select coalesce(c.day::timestamp at time zone 'UTC', v.occurred_at), c.program_id, c.affiliate_id, v.click_id, c.currency, 0, 0, 0, 0, c.amount
      from commissions c left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id) where c.organization_id = '${o}';
    insert into conversion_days (organization_id, day, program_id, affiliate_id, currency, conversions, renewals, leads, revenue, commission)
      select '${o}', (at at time zone 'UTC')::date, program_id, affiliate_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue), sum(commission) from reported
      group by 2, 3, 4, 5 order by 2;
    insert into conversion_hours (organization_id, hour, program_id, currency, conversions, renewals, leads, revenue, commission)
      select '${o}', date_trunc('hour', at, 'UTC'), program_id, currency, sum(conversions), sum(renewals), sum(leads), sum(revenue), sum(commission) from reported group by 2, 3, 4`);
  await run(`delete from conversion_facets where organization_id = '${o}'`);
  for (const facet of ["country", "device", "source"]) {
    await step(`conversions by ${facet}`, `
      insert into conversion_facets (organization_id, facet, hour, value, program_id, currency, conversions, renewals, leads, revenue, commission)
        select '${o}', '${facet}', date_trunc('hour', r.at, 'UTC'), coalesce(o.${facet}, ''), r.program_id, r.currency, sum(conversions), sum(renewals), sum(leads), sum(revenue), sum(commission)
        from reported r left join click_origins o on o.organization_id = '${o}' and o.click_id = r.click_id group by 3, 4, 5, 6 order by 3`);
  }
  // Everything is counted: nothing is left to the job.
  await run(`insert into facet_fills (organization_id, passes, changed_at) values ('${o}', 2, now()) on conflict (organization_id) do update set day = null, passes = 2`);
  for (const table of ["affiliates", "links", "clicks", "click_hours", "click_days", "click_facets", "click_day_facets", "click_origins", "customers", "customer_emails", "conversions", "commissions", "accounts", "transfers", "payout_runs", "payouts", "payout_items", "conversion_days", "conversion_hours", "conversion_facets"]) {
    await run(`vacuum (analyze) ${table}`);
  }
  await client.end();
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
