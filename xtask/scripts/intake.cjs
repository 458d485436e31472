// Sends new clicks or conversions to a ledger as the edge does, 1,000 at a time, one post after the other: `node intake.cjs <ledger>
// <owner url> <organization> clicks|conversions <number>`, with the edge's keys in REKOMI_EDGE_KEYS. Prints how many per second, as
// JSON. Bodies and signatures are made before the clock starts, and the first tenth only warms up.
const crypto = require("crypto");
const http = require("http");
const { Client } = require("pg");
const { digits, uuid } = require("./ids.cjs");

const [ledger, owner, organization, what, number] = process.argv.slice(2);
const BATCH = 1_000;

/** A new UUID, version 7. */
const v7 = (now) => {
  const bytes = crypto.randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString("hex");
};

/** The key with which posts between the edge and the ledger are signed; see `shared/src/keys.rs`. */
const internalKey = () => {
  const [master] = process.env.REKOMI_EDGE_KEYS.split(",");
  return crypto.createHmac("sha256", Buffer.from(master.split(":")[1], "hex")).update("rekomi/internal/1").digest();
};

const click = ({ linkId, programId, affiliateId }) => ({
  click: { linkId, programId, affiliateId, class: "human", source: "redirect", country: "US", referrerHost: "www.youtube.com",
           device: "mobile", visitor: crypto.randomBytes(16).toString("hex"), landing: "/pricing" },
});

/** A new customer's sale. */
const conversion = ({ programId, slug }, now) => ({
  conversion: { source: "s2s", type: "sale", externalEventId: crypto.randomUUID(), programId, affiliateSlug: slug, amountCents: 4900,
                currency: "USD", customerId: crypto.randomUUID(), occurredAt: now },
});

const batch = (key, links) => {
  const now = Date.now();
  const payload = what === "clicks" ? click : conversion;
  const events = Array.from({ length: BATCH }, () => ({
    v: 1, id: `evt_${digits(v7(now))}`, organizationId: organization, receivedAt: now, requestId: crypto.randomBytes(8).toString("hex"),
    payload: payload(links[Math.floor(links.length * Math.random() ** 3)], now),
  }));
  const id = `bat_${digits(v7(now))}`;
  const body = Buffer.from(JSON.stringify({ id, events }));
  const seconds = Math.floor(now / 1000);
  const mac = crypto.createHmac("sha256", key).update(`${id}.${seconds}.`).update(body).digest("hex");
  return { body, headers: { "Rekomi-Id": id, "Rekomi-Signature": `t=${seconds},v1=${mac}`, "Content-Length": body.length } };
};

const post = ({ body, headers }, agent) =>
  new Promise((resolve, reject) => {
    const request = http.request(`${ledger}/internal/v1/events`, { method: "POST", headers, agent }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(parts).toString();
        const refused = response.statusCode === 200 ? JSON.parse(text).verdicts.find(({ verdict }) => verdict !== "accepted") : text;
        if (refused === undefined) resolve();
        else reject(new Error(`the ledger answered ${response.statusCode}: ${JSON.stringify(refused)}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });

async function main() {
  const client = new Client({ connectionString: owner });
  await client.connect();
  const { rows } = await client.query(`select l.id as link, l.program_id as program, l.affiliate_id as affiliate, a.slug from links l
    join affiliates a on a.organization_id = l.organization_id and a.id = l.affiliate_id and a.status = 'Approved'
    where l.organization_id = $1 and l.disabled_at is null order by l.id limit 2000`, [uuid(organization)]);
  await client.end();
  const links = rows.map(({ link, program, affiliate, slug }) => ({
    linkId: `lnk_${digits(link)}`, programId: `prog_${digits(program)}`, affiliateId: `aff_${digits(affiliate)}`, slug,
  }));
  const key = internalKey();
  const batches = Array.from({ length: Math.ceil(number / BATCH) }, () => batch(key, links));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const warm = Math.ceil(batches.length / 10);
  for (const one of batches.slice(0, warm)) await post(one, agent);
  const started = process.hrtime.bigint();
  for (const one of batches.slice(warm)) await post(one, agent);
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  agent.destroy();
  console.log(JSON.stringify({ perSecond: ((batches.length - warm) * BATCH) / seconds }));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
