// The same Worker in plain workerd, without Cloudflare: edge/self_hosted/workerd.capnp has the parts.
//
// What Cloudflare does around a Worker is done here and in `rekomi edge-store`, which keeps the key-value stores and the
// queue in Postgres. `store` is how the bindings reach it, and `delivery` is how it reaches the Worker's `queue` handler.
// Neither decides anything: clicks, conversions and deliveries all run the code of ../entry.mjs.
import { WorkerEntrypoint } from "cloudflare:workers";
import edge from "../entry.mjs";

// As `Purpose::EdgeStore` in shared/src/keys.rs.
const PURPOSE = "rekomi/edge-store/1";
const REQUIRED = ["LEDGER_URL", "REKOMI_EDGE_KEYS", "REKOMI_ENV"];

const bytes = (text) => new TextEncoder().encode(text);
const unhex = (digits) => Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function token(master) {
  const key = await crypto.subtle.importKey("raw", unhex(master), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `Bearer ${hex(await crypto.subtle.sign("HMAC", key, bytes(PURPOSE)))}`;
}

let known;

// What either side may present: one token for each of the edge's keys, the current one first.
async function tokens(env) {
  if (known === undefined) {
    const entries = env.REKOMI_EDGE_KEYS.split(",").map((entry) => entry.trim()).filter(Boolean);
    known = await Promise.all(entries.map((entry) => token(entry.slice(entry.indexOf(":") + 1).trim())));
  }
  return known;
}

async function admits(request, env) {
  const given = bytes(request.headers.get("authorization") ?? "");
  const all = (await tokens(env)).map(bytes);
  return all.some((one) => one.byteLength === given.byteLength && crypto.subtle.timingSafeEqual(one, given));
}

let complete = false;

// The runtime passes a variable that isn't set as null, which no code of the Worker expects.
function refusal(env) {
  const missing = REQUIRED.filter((name) => !env[name]);
  complete = missing.length === 0;
  if (complete) return;
  console.error(`missing configuration: ${missing.join(", ")}`);
  const error = { error: "not_configured", message: "This edge is not configured." };
  return Response.json(error, { status: 503, headers: { "Retry-After": "60" } });
}

export default {
  fetch(request, env, ctx) {
    return (complete ? undefined : refusal(env)) ?? edge.fetch(request, env, ctx);
  },
};

// Carries what a binding sends to `rekomi edge-store`; `props.name` is the binding's name.
export class store extends WorkerEntrypoint {
  async fetch(request) {
    const outgoing = new Request(request);
    outgoing.headers.set("Authorization", (await tokens(this.env))[0]);
    outgoing.headers.set("Rekomi-Store", this.ctx.props.name);
    return this.env.STORE.fetch(outgoing);
  }
}

// Hands a batch to the Worker's `queue` handler, and returns what became of each message. As on Cloudflare, a message that
// the handler leaves undecided is acknowledged if it returns, and put back if it throws.
export const delivery = {
  async fetch(request, env, ctx) {
    const refused = refusal(env);
    if (refused) return refused;
    if (!(await admits(request, env))) return new Response("wrong or missing bearer token", { status: 401 });
    if (request.method !== "POST") return new Response("only POST", { status: 405 });
    const { queue, messages } = await request.json();
    const verdicts = new Map();
    const decide = (id, verdict) => verdicts.has(id) || verdicts.set(id, { id, ...verdict });
    const batch = messages.map(({ id, timestamp, attempts, body }) => ({
      id, attempts, body, timestamp: new Date(timestamp),
      ack: () => decide(id, { outcome: "ack" }),
      retry: (options) => decide(id, { outcome: "retry", delaySeconds: options?.delaySeconds }),
    }));
    let otherwise = "ack";
    try {
      await edge.queue({ queue, messages: batch }, env, ctx);
    } catch (error) {
      console.error("queue: the handler failed", error);
      otherwise = "retry";
    }
    messages.forEach(({ id }) => decide(id, { outcome: otherwise }));
    return Response.json({ verdicts: [...verdicts.values()] });
  },
};
