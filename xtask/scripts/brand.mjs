// Makes the demo's brand look like one that has been at it for a year: `node brand.mjs <state.json>`, after seed.cjs. Names, a program
// page with logo, programs, coupons, assets, applications, flags, missing-sale claims, payouts in their states, and a CRM where fakes run.
// What the API and the pages can do is done through them; SQL gives names to what seed.cjs made, and dates to what is older. A second
// time changes nothing.
import { readFileSync } from "node:fs";
import pg from "pg";
import { APPLICANTS, ASSETS, BRAND, BUYERS, CREATORS, CLAIMS, PROGRAMS, SALES } from "./brand_words.mjs";
import { digits, uuid } from "./ids.cjs";

const state = JSON.parse(readFileSync(process.argv[2], "utf8"));
const { ledger, apiKey } = state;
const client = new pg.Client({ connectionString: state.databaseOwnerUrl });

const api = async (path, body, method = "POST") => {
  const answer = await fetch(`${ledger}/api/v1${path}`, {
    method, headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" }, body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
};

/** A form of the dashboard, sent by its owner. */
const signIn = async () => {
  const send = (path, body, cookie) =>
    fetch(ledger + path, { method: "POST", body, redirect: "manual", headers: { origin: ledger, ...(cookie && { cookie }) } });
  const entered = await send("/login", new URLSearchParams(state.owner));
  const cookie = entered.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  return async (path, fields) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ organization: state.organization.id, ...fields })) form.set(name, value);
    const plain = Object.values(fields).every((value) => typeof value === "string");
    const answer = await send(path, plain ? new URLSearchParams([...form]) : form, cookie);
    if (answer.status !== 303) throw new Error(`${path}: ${answer.status} ${(await answer.text()).match(/class="problem"[^>]*>([^<]*)|<h1>([^<]*)/)?.[0] ?? ""} ${JSON.stringify(fields)}`);
  };
};
const picture = (name) => new File([readFileSync(new URL(`brand/${name}`, import.meta.url))], name, { type: "image/png" });

const o = uuid(state.organization.id);
const sql = (text, values = []) => client.query(text.replaceAll(":o", `'${o}'`), values).then(({ rows }) => rows);
/** What the API calls a row. */
const named = (prefix, id) => `${prefix}_${digits(id)}`;

async function people() {
  const made = await sql(`select id from affiliates where organization_id = :o and email like '%@seed.test' order by length(slug), slug`);
  const others = await sql(`select id from affiliates where organization_id = :o and email like '%@seed.test' and status <> 'Approved'`);
  for (const { id } of others) await api(`/affiliates/${named("aff", id)}/approve`, { notify: false });
  await sql(`insert into link_hosts (organization_id, host, default_destination, created_at, verified_at) values (:o, $1, $2, now() - interval '1 year', now() - interval '1 year') on conflict do nothing`, [BRAND.host, BRAND.site]);
  for (const [place, { id }] of made.entries()) {
    const one = CREATORS[place];
    if (!one) break;
    const [name, slug] = one;
    await sql(`update affiliates set name = $2, slug = $3, email = $4 where organization_id = :o and id = $1`, [id, name, slug, `${slug}@creators.test`]);
    await sql(`update links set slug = $2, host = $3, destination = $4 where organization_id = :o and affiliate_id = $1`, [id, slug, BRAND.host, BRAND.site]);
    // Those who bring little came later; nobody came after their first click.
    await sql(`update affiliates set created_at = now() - interval '379 days' + $2 * interval '2.6 hours' where organization_id = :o and id = $1`, [id, place]);
  }
  const segments = ["gold", "gold", "gold", "silver", "silver", "silver", "silver"];
  for (const [place, segment] of segments.entries()) await api(`/affiliates/${named("aff", made[place].id)}/segment`, { segment }, "PUT");
  await sql(`create temp table named_buyers as select id, (row_number() over (order by created_at, id))::int as n from customers where organization_id = :o`);
  const { first, firms } = BUYERS;
  const address = `($1::text[])[1 + n % ${first.length}] || '.' || chr(97 + n / ${first.length} % 26) || '@' || ($2::text[])[1 + n / ${first.length * 26}% ${firms.length} + n % 3] || '.test'`;
  await sql(`update customers c set email = ${address}, external_id = 'user_' || (48213 + n * 17) from named_buyers b where c.organization_id = :o and c.id = b.id`, [first, firms]);
  return made.map(({ id }) => id);
}

async function brand(submit) {
  await sql(`update organizations set name = $1, home_currency = 'USD', first_steps_dismissed_at = now() where organization_id = :o`, [BRAND.name]);
  await api("/organization", { brandColor: BRAND.color, timeZone: BRAND.zone }, "PATCH");
  await sql(`update programs set name = $2, slug = 'creators' where organization_id = :o and id = $1`, [uuid(state.program.id), BRAND.program]);
  const page = `/dashboard/programs/${state.program.id}/page`;
  await submit(page, { handle: BRAND.handle, headline: BRAND.headline, introduction: BRAND.introduction, color: BRAND.color, destination: BRAND.site });
  for (const place of ["/dashboard/settings/branding", page]) await submit(`${place}/logo`, { do: "set", file: picture("logo.png") });
  await submit(page, { terms: BRAND.terms });
  for (const { kind, title, body, file } of ASSETS) await submit("/dashboard/assets", { kind, title, program: "", ...(file ? { file: picture(file) } : { body, address: body }) });
  for (const program of PROGRAMS) await api("/programs", program);
}

async function shared(ids) {
  const affiliate = (place) => named("aff", ids[place]);
  for (const [place, code] of [[0, "MAYA20"], [1, "SOLO15"], [3, "PIXEL10"], [5, "STUDIO20"]])
    await api("/coupons", { affiliateId: affiliate(place), programId: state.program.id, code });
  for (const [place, slug, path] of [[0, "maya-pricing", "/pricing"], [0, "maya-templates", "/templates"], [1, "solo-trial", "/trial"]])
    await api("/links", { affiliateId: affiliate(place), programId: state.program.id, host: BRAND.host, slug, destination: new URL(path, BRAND.site).href });
  await api(`/affiliates/${affiliate(0)}/bonuses`, { amountCents: 15_000, currency: "USD", programId: state.program.id, reason: "Thanks for the launch video!", holdDays: 14 });
}

/** People who applied through the page in the last days; two of them are approved, so that a CRM hears of them. */
async function applications() {
  const approved = [];
  for (const [place, { name, slug, answers, days, approve }] of APPLICANTS.entries()) {
    const made = await api("/affiliates", { name, slug, email: `${slug}@creators.test`, status: "Pending", application: answers });
    await sql(`update affiliates set created_at = now() - make_interval(mins => $2) where organization_id = :o and id = $1`, [uuid(made.id), Math.round(days * 1440 + place * 7)]);
    await sql(`insert into applications (organization_id, affiliate_id, program_id, terms_version, created_at)
               select organization_id, id, $2, 1, created_at from affiliates where organization_id = :o and id = $1`, [uuid(made.id), uuid(state.program.id)]);
    if (approve) approved.push(made.id);
  }
  return approved;
}

async function suspicions() {
  const flags = ["SelfReferral", "DuplicateCustomer", "Velocity", "ClickToSale", "DuplicateCustomer"];
  const rows = await sql(`select id from conversions where organization_id = :o and kind = 'Sale' and status = 'Pending' and occurred_at < now() - interval '2 hours'
                          order by occurred_at desc limit 40`);
  for (const [place, flag] of flags.entries()) {
    const { id } = rows[place * Math.floor(rows.length / flags.length)];
    await sql(`update conversions set flags = array[$2] where organization_id = :o and id = $1`, [id, flag]);
    await sql(`update commissions set held = 'Review' where organization_id = :o and conversion_id = $1`, [id]);
    if (flag === "SelfReferral")
      await sql(`update customers c set email = a.email from conversions v join affiliates a on a.organization_id = v.organization_id and a.id = v.affiliate_id
                 where v.organization_id = :o and v.id = $1 and c.organization_id = v.organization_id and c.id = v.customer_id`, [id]);
  }
}

/** Told by the API and booked by the journey, so that their receipts say everything. */
async function sales() {
  for (const [place, [slug, amountCents, person]] of SALES.entries()) {
    const sale = { affiliateSlug: slug, amountCents, currency: "USD", customerId: `user_9${1_204 + place}`, customerEmail: person, externalEventId: `FL-${21_040 + place}` };
    await api("/conversions", sale);
  }
}

async function claims(ids) {
  for (const { place, days, bought, order, note } of CLAIMS)
    await sql(`insert into missing_sale_claims (organization_id, id, affiliate_id, ordered_on, bought, order_id, note, submitted_at)
               values (:o, gen_random_uuid(), $1, (now() - make_interval(days => $2 + 2))::date, $3, $4, $5, now() - make_interval(days => $2))`, [ids[place], days, bought, order, note]);
}

/** Two runs: one three weeks ago, sent but for one; and one that waits for its approval. */
async function payouts(ids) {
  const affiliate = (place) => named("aff", ids[place]);
  const paidBy = async (from, to) => {
    for (let place = from; place < to; place += 1)
      await api(`/affiliates/${affiliate(place)}/payout-method`, { rail: "PayPal", email: `${CREATORS[place][1]}@pay.test` }, "PUT");
  };
  await api("/payout-settings", { minimums: { USD: 5_000, EUR: 5_000 }, schedule: "Monthly", monthDay: 1 }, "PATCH");
  await paidBy(0, 12);
  const run = await api("/payout-runs", { currency: "USD" });
  await api(`/payout-runs/${run.id}/approve`);
  const sent = await reserved(run.id);
  for (const [place, payout] of sent.entries()) {
    if (place === 4) await api(`/payouts/${payout.id}/mark-failed`, { reason: "PayPal: the recipient's account is limited" });
    else await api(`/payouts/${payout.id}/mark-sent`, { reference: "PayPal mass payment, November" });
  }
  const ago = "interval '20 days 3 hours'";
  const older = (table, key, columns) =>
    sql(`update ${table} set ${columns.map((column) => `${column} = ${column} - ${ago}`).join(", ")} where organization_id = :o and ${key} = $1`, [uuid(run.id)]);
  await older("payouts", "run_id", ["created_at", "sent_at", "ended_at", "updated_at", "exported_at"]);
  await older("payout_runs", "id", ["created_at", "cutoff", "approved_at", "done_at"]);
  await api(`/affiliates/${affiliate(13)}/payout-hold`, { reason: "Checking their traffic" }, "PUT");
  await paidBy(12, 30);
  await api("/payout-runs", { currency: "USD" });
}

/** A run's payouts, once the money of all is set aside. */
async function reserved(run) {
  for (let left = 60; ; left -= 1) {
    const { data } = await api(`/payouts?runId=${run}&perPage=100`, undefined, "GET");
    if (data.length > 0 && data.every(({ status }) => status === "Reserved")) return data;
    if (left === 0) throw new Error("the run's money wasn't reserved within half a minute");
    await new Promise((then) => setTimeout(then, 500));
  }
}

async function crm() {
  const { klaviyo } = state.crms ?? {};
  if (!klaviyo) return;
  await api("/connections", { type: "klaviyo", credentials: klaviyo.credentials, list: klaviyo.list.id });
}

await client.connect();
await sql(`select set_config('rekomi.tenants', '${o}', false)`);
if ((await sql(`select 1 from organizations where organization_id = :o and name = $1`, [BRAND.name])).length > 0) {
  console.log("    already set up");
  process.exit(0);
}
const submit = await signIn();
const made = await people();
await brand(submit);
await shared(made);
await suspicions();
await sales();
await claims(made);
const approved = await applications();
await payouts(made);
await crm();
for (const id of approved) await api(`/affiliates/${id}/approve`, { notify: false });
await client.end();
console.log(`    ${BRAND.name} program page: ${ledger}/p/${BRAND.handle}`);
