// The Worker's entry: a fast path for clicks in front of the handlers in Rust.
//
// A handler in Rust reads each header by a call of its own that crosses between JavaScript and wasm. A click is worth more
// care: what it needs is written into wasm's memory, `click` in src/lib.rs answers with one text, and the response is made
// here. Whatever `click` doesn't answer, and whatever goes wrong in it, takes the way of all other requests, `handle`,
// which also starts wasm anew after a trap.
//
// What each part of it costs: docs/contributing/benchmarks.md.
import * as rust from "./build/index.js";

const { agent: classify, click, flush, inbox: open } = rust;
// As `RESERVED_SLUGS` in shared/src/config.rs; tests/repo_rules/routes.rs compares them.
const RESERVED = /^\/(api|cdn-cgi|healthz|hooks|internal)(\/|$|\?)/;
// A user agent with this number or a higher one is a machine: `Agent::code` in click/src/visitor.rs.
const MACHINE = 4;
// How many user agents are remembered; when it is full, the list starts over. No browser's is longer than the second.
const AGENTS_MAX = 2000;
const AGENT_LEN_MAX = 512;
const LINE_FEED = 10;
const ASCII_MAX = 127;
const NONE = new Uint8Array(0);

const agents = new Map();
// Where wasm reads a click's fields: a view of its memory. Once that has grown, the view's length is 0.
let inbox = NONE;
// The bits of all characters written.
let characters = 0;

Error.stackTraceLimit = 100;
// The `worker` crate sets `criticalError` in it when Rust panics.
const state = rust.__worker_init_state();
// Errors that no request waits for: Rust's futures are polled in microtasks.
addEventListener("error", (event) => noteTrap(event.error));

// A trap leaves wasm's memory in the middle of something, so the next request has to start it anew.
function noteTrap(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    console.error("wasm: trap", error);
    state.criticalError = true;
  }
}

async function handle(handler, input, env, ctx) {
  if (state.criticalError) {
    console.log("wasm: started anew");
    rust.__wbg_reset_state();
    state.criticalError = false;
    inbox = NONE;
  }
  try {
    return await handler(input, env, ctx);
  } catch (error) {
    noteTrap(error);
    throw error;
  }
}

function agentOf(text) {
  const known = agents.get(text);
  if (known !== undefined) return known;
  const agent = classify(text);
  if (text.length <= AGENT_LEN_MAX) {
    if (agents.size >= AGENTS_MAX) agents.clear();
    agents.set(text, agent);
  }
  return agent;
}

// Writes a field and a line feed; returns where the next field begins. What doesn't fit is not written.
function write(at, text) {
  const view = inbox;
  const { length } = text;
  let bits = 0;
  for (let index = 0; index < length; index++) {
    const character = text.charCodeAt(index);
    bits |= character;
    view[at + index] = character;
  }
  view[at + length] = LINE_FEED;
  characters |= bits;
  return at + length + 1;
}

function redirect(request, env, ctx) {
  const { method, url, headers: h } = request;
  if (state.criticalError || (method !== "GET" && method !== "HEAD")) return;
  const path = url.indexOf("/", 8);
  if ("achi".includes(url[path + 1]) && RESERVED.test(url.slice(path, path + 12))) return;
  // May make wasm's memory grow, so it comes before the view is checked.
  const agent = agentOf(h.get("user-agent") ?? "");
  const ray = h.get("cf-ray") ?? "";
  // Cloudflare's `cf` is parsed when it is first read, and the network's number only matters for a person's click.
  const asn = agent < MACHINE && method === "GET" ? request.cf?.asn ?? "" : "";
  if (inbox.length === 0) inbox = open() ?? NONE;
  characters = 0;
  // In the order of `Visit::unpack`; an absent header is written as nothing.
  let at = write(0, method);
  at = write(at, url);
  at = write(at, h.get("cookie") ?? "");
  at = write(at, h.get("referer") ?? "");
  at = write(at, h.get("cf-connecting-ip") ?? "");
  at = write(at, h.get("cf-ipcountry") ?? "");
  at = write(at, h.get("sec-purpose") ?? h.get("purpose") ?? h.get("x-moz") ?? "");
  at = write(at, h.get("sec-fetch-dest") ?? "");
  at = write(at, `${asn}`);
  at = write(at, h.get("sec-gpc") ?? "");
  const end = write(at, ray) - 1;
  // The ordinary way takes the few clicks that are longer, or that aren't plain ASCII.
  if (characters > ASCII_MAX || end > inbox.length) return;
  const answer = click(end, agent);
  if (answer === undefined) {
    // Wasm may have been started anew, with another memory.
    inbox = NONE;
    return;
  }
  const pushed = answer[0];
  if (pushed !== "0") ctx.waitUntil(flush(env, pushed === "2"));
  // Cut by hand: `split` leaves more to the garbage collector.
  const first = answer.indexOf("\n");
  const second = answer.indexOf("\n", first + 1);
  const id = first > 1 ? answer.slice(1, first) : ray;
  const cookie = answer.slice(first + 1, second);
  const location = answer.slice(second + 1);
  // Two literals: a property that is added later makes an object larger and slower to read.
  const headers = cookie
    ? { Location: location, "Cache-Control": "no-store", "Rekomi-Request-Id": id, "Set-Cookie": cookie }
    : { Location: location, "Cache-Control": "no-store", "Rekomi-Request-Id": id };
  return new Response(null, { status: 302, headers });
}

export default {
  fetch(request, env, ctx) {
    try {
      const answer = redirect(request, env, ctx);
      if (answer) return answer;
    } catch (error) {
      inbox = NONE;
      console.error("click: fast path failed", error);
      noteTrap(error);
    }
    return handle(rust.fetch, request, env, ctx);
  },
  queue(batch, env, ctx) {
    return handle(rust.queue, batch, env, ctx);
  },
};
