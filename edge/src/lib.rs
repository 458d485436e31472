//! The edge: a Cloudflare Worker that redirects clicks, receives conversions, and sends both to the ledger.
//!
//! It decides nothing about money. It gives two guarantees: a visitor is redirected immediately, whatever else is down,
//! and a conversion that was answered with 2xx is durable. This file only routes requests; `click`, `collect` and
//! `hooks` handle them, `forward` and `dead_letters` move events, and `config` and `worker_state` hold what they need.
#![forbid(unsafe_code)]

pub mod answer;
pub mod click;
pub mod collect;
pub mod config;
pub mod dead_letters;
pub mod forward;
pub mod hooks;
pub mod http_adapter;
pub mod limit;
pub mod runtime;
pub mod script;
pub mod trace;
pub mod worker_state;

pub use edge_click::{address, network};

use std::rc::Rc;

use serde_json::json;
use shared::{
    batch::PROBE_PATH,
    config::{PUSH_PATH, RESERVED_SLUGS},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, SignatureError},
};
use worker::{
    Env,
    js_sys::Uint8Array,
    wasm_bindgen,
    wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::future_to_promise,
    web_sys::{Request, Response},
    worker_sys::Context,
};

use answer::Answer;
use click::visitor::Agent;
use forward::buffer::Pushed;
use http_adapter::{Inbound, USER_AGENT_HEADER};
use limit::What;
use worker_state::{Settings, report};

/// Maximum bytes of a signed request from the ledger.
const INTERNAL_BODY_MAX: usize = 4 * 1024 * 1024;
const DEAD_QUEUE_SUFFIX: &str = "-dead";

/// The fast path of a click, whose fields are in the [`inbox`] up to this length: see `edge/entry.mjs`, its only caller.
#[wasm_bindgen]
pub fn click(length: usize, agent: u8) -> Option<String> {
    worker_state::posted(length, |packed| click::fast(packed, Agent::from_code(agent)))
}

/// Classifies a user agent. The entry module passes the number on with each click of such an agent.
#[wasm_bindgen]
pub fn agent(user_agent: &str) -> u8 {
    Agent::of(user_agent).code()
}

/// The memory that the entry module writes a click's fields to.
#[wasm_bindgen]
pub fn inbox() -> Option<Uint8Array> {
    worker_state::inbox()
}

/// Sends the buffered clicks; the entry module passes this to the `waitUntil` of the request responsible for it.
#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures, js_sys = ::worker::js_sys)]
pub async fn flush(env: JsValue, at_once: bool) {
    let env: Env = env.unchecked_into();
    if let Some(settings) = worker_state::known_settings() {
        forward::flush(&env, &settings, at_once).await;
    }
}

/// Handles all other requests. Exported manually, like `queue`: the crate's own types for requests and responses would
/// add a tenth to the size that every new isolate loads.
#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures, js_sys = ::worker::js_sys)]
pub async fn fetch(request: Request, env: JsValue, context: Context) -> Result<Response, JsValue> {
    let env: Env = env.unchecked_into();
    let inbound = Inbound::new(request);
    let id = inbound.id.clone();
    let answer = match worker_state::settings(&env) {
        Ok(settings) => {
            sweep_after(&context, &env, &settings);
            dispatch(inbound, env, &context, settings).await
        }
        Err(missing) => {
            report(&format!("missing configuration: {missing}"));
            Answer::unavailable("not_configured", "This edge is not configured.")
        }
    };
    http_adapter::respond(answer, &id)
}

/// Consumes both queues: events on their way to the ledger, and those that couldn't be delivered.
#[wasm_bindgen(wasm_bindgen_futures = ::worker::wasm_bindgen_futures, js_sys = ::worker::js_sys)]
pub async fn queue(batch: JsValue, env: JsValue, context: Context) -> Result<(), JsValue> {
    let env: Env = env.unchecked_into();
    let (name, messages) = runtime::queue::open(batch);
    if name.ends_with(DEAD_QUEUE_SUFFIX) {
        dead_letters::all(&env, messages).await;
        return Ok(());
    }
    // An error puts the whole batch back, which is right if nothing can be signed.
    let settings = worker_state::settings(&env).map_err(|missing| JsValue::from_str(&missing))?;
    sweep_after(&context, &env, &settings);
    forward::consume::events(&env, &settings, messages).await;
    Ok(())
}

async fn dispatch(inbound: Inbound, env: Env, context: &Context, settings: Rc<Settings>) -> Answer {
    let path = inbound.path().to_owned();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match (segments.as_slice(), inbound.method.as_str()) {
        (["healthz"], "GET" | "HEAD") => health(),
        (["healthz"], _) => Answer::method_not_allowed("GET"),
        (["api", "tracking", "s2s"], "POST") => collect::s2s::answer(&env, &settings, &inbound).await,
        (["api", "tracking", "s2s"], _) => Answer::method_not_allowed("POST"),
        (["api", "tracking", "pixel"], "POST") => collect::pixel::post(&env, &settings, &inbound).await,
        (["api", "tracking", "pixel.gif"], "GET") => collect::pixel::image(&env, &settings, &inbound).await,
        (["api", "tracking", "pixel.gif"], _) => Answer::method_not_allowed("GET"),
        (["api", "v1", "track", "click"], "POST") => {
            let (answer, pushed) = collect::track::answer(&env, &settings, &inbound).await;
            flush_after(context, env, settings, pushed);
            answer
        }
        (["api", "tracking", "pixel"] | ["api", "v1", "track", "click"], "OPTIONS") => {
            collect::origin::preflight(collect::origin::of(&inbound.header_or_empty("Origin"), "").as_deref())
        }
        (["api", "tracking", "pixel"] | ["api", "v1", "track", "click"], _) => {
            Answer::method_not_allowed("POST, OPTIONS")
        }
        (["api", "v1", "r", "loader.js"], "GET" | "HEAD") => match limit::page(&env, &inbound, What::Loader).await {
            Ok(()) => script::answer(&inbound.header_or_empty("If-None-Match")),
            Err(answer) => answer,
        },
        (["api", "v1", "r", "loader.js"], _) => Answer::method_not_allowed("GET, HEAD"),
        (["hooks", gateway, connection], _) => hooks::answer(&env, &settings, &inbound, gateway, connection).await,
        (["internal", ..], _) => internal(&inbound, &env, &settings, &path).await,
        // Someone may once have created a link called `healthz`; its deep paths still redirect.
        ([first, ..], _) if *first != "healthz" && RESERVED_SLUGS.contains(first) => Answer::not_found(),
        (_, "GET" | "HEAD") => redirect(&inbound, env, context, settings).await,
        _ => Answer::method_not_allowed("GET, HEAD"),
    }
}

async fn redirect(inbound: &Inbound, env: Env, context: &Context, settings: Rc<Settings>) -> Answer {
    let packed = inbound.packed_click();
    let user_agent = inbound.header_or_empty(USER_AGENT_HEADER);
    let (answer, pushed) = click::answer(&env, &settings, &http_adapter::visit(&packed), &user_agent).await;
    flush_after(context, env, settings, pushed);
    answer
}

/// Registers the flush that a push requires. It outlives the response.
fn flush_after(context: &Context, env: Env, settings: Rc<Settings>, pushed: Pushed) {
    if pushed != Pushed::Waits {
        let at_once = pushed == Pushed::Full;
        let flushed = future_to_promise(async move {
            forward::flush(&env, &settings, at_once).await;
            Ok(JsValue::UNDEFINED)
        });
        if context.wait_until(&flushed).is_err() {
            report("clicks: the request can't continue after its response");
        }
    }
}

/// Makes this isolate look once for messages that an earlier one left behind, in parallel to its response.
fn sweep_after(context: &Context, env: &Env, settings: &Settings) {
    if forward::held::is_sweep_due(settings) {
        let env = env.clone();
        let swept = future_to_promise(async move {
            forward::held::sweep(&env).await;
            Ok(JsValue::UNDEFINED)
        });
        if context.wait_until(&swept).is_err() {
            report("queue: the request can't continue after its response");
        }
    }
}

async fn internal(inbound: &Inbound, env: &Env, settings: &Settings, path: &str) -> Answer {
    // Without any signature, not even the body is read.
    if inbound.header(SIGNATURE_HEADER).is_none() {
        return Answer::unauthorized(SignatureError::Missing.code(), &SignatureError::Missing.to_string());
    }
    let body = match inbound.body(INTERNAL_BODY_MAX).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let bodiless = matches!(inbound.method.as_str(), "GET" | "HEAD");
    let signed = if bodiless { inbound.path_and_query().as_bytes() } else { &body };
    if let Err(answer) = inbound.signed_by_ledger(settings, signed) {
        return answer;
    }
    match (path, inbound.method.as_str()) {
        (PUSH_PATH, "POST") => config::push::push(env, settings, &body).await,
        (PROBE_PATH, "POST") => forward::probe::send(env, settings, &inbound.header_or_empty(SIGNED_ID_HEADER)).await,
        (PUSH_PATH | PROBE_PATH, _) => Answer::method_not_allowed("POST"),
        ("/internal/dead-letters", "GET") => {
            let cursor =
                address::form_pairs(inbound.query()).find(|(name, _)| name == "cursor").map(|(_, cursor)| cursor);
            dead_letters::list(env, cursor).await
        }
        ("/internal/dead-letters", _) => Answer::method_not_allowed("GET"),
        ("/internal/dead-letters/replay", "POST") => dead_letters::replay(env, settings, &body).await,
        ("/internal/dead-letters/replay", _) => Answer::method_not_allowed("POST"),
        _ => Answer::not_found(),
    }
}

/// What this isolate knows about itself; other isolates have buffers of their own.
fn health() -> Answer {
    let (buffered, dropped) = worker_state::buffer(|buffer| (buffer.len(), buffer.dropped()));
    let uncounted = worker_state::counts(|counts| counts.uncounted());
    let version = env!("CARGO_PKG_VERSION");
    let health = json!({
        "status": "ok", "version": version, "buffered": buffered, "dropped": dropped, "uncounted": uncounted
    });
    Answer::json(200, &health)
}
