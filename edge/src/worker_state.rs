//! What one isolate holds between requests: its settings, the click buffer, the mark of its messages' copies, the
//! config cache, the rate limiting counts, random bytes, and known user agents. Each is in its own cell and is borrowed
//! only inside the closures here, never across an await.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use shared::{
    keys::{KeyRing, KeyRingError, Purpose},
    timestamp::Timestamp,
};
use worker::{
    Env, js_sys,
    wasm_bindgen::{self, prelude::wasm_bindgen},
};

use crate::{
    click::visitor::Agent,
    config::cache::Cache,
    forward::{buffer::Buffer, copies::Own},
    limit::Counts,
};

/// Maximum user agents cached; when full, the cache starts over.
const AGENTS_MAX: usize = 2_000;
/// Longest user agent cached: no browser's is longer.
const AGENT_LEN_MAX: usize = 512;
const POOL_LEN: usize = 1_024;

thread_local! {
    static SETTINGS: RefCell<Option<Rc<Settings>>> = const { RefCell::new(None) };
    static BUFFER: RefCell<Buffer> = RefCell::new(Buffer::default());
    static OWN: RefCell<Own> = RefCell::new(Own::default());
    static CACHE: RefCell<Cache> = RefCell::new(Cache::default());
    static COUNTS: RefCell<Counts> = RefCell::new(Counts::default());
    static AGENTS: RefCell<HashMap<String, Agent>> = RefCell::new(HashMap::new());
    static POOL: RefCell<(Vec<u8>, usize)> = const { RefCell::new((Vec::new(), 0)) };
}

/// Configuration of the Worker, read once.
#[derive(Debug)]
pub struct Settings {
    pub ledger_url: String,
    /// Development and tests: http destinations are allowed anywhere.
    pub insecure: bool,
    /// The queue is in this process's memory (like wrangler's): messages are kept in the store until they are settled.
    pub volatile_queue: bool,
    /// One of so many conversions and webhooks is traced; 0 for none.
    pub trace_one_in: u32,
    pub tokens: KeyRing,
    pub internal: KeyRing,
    pub seals: KeyRing,
    pub visitors: KeyRing,
}

impl Settings {
    /// # Errors
    /// [`KeyRingError`] if the key text is missing or malformed.
    pub fn new(keys: &str, ledger_url: &str, environment: &str) -> Result<Self, KeyRingError> {
        let ring = |purpose| KeyRing::parse(keys, purpose);
        Ok(Self {
            ledger_url: ledger_url.trim_end_matches('/').to_owned(),
            insecure: matches!(environment, "dev" | "test"),
            volatile_queue: false,
            trace_one_in: 0,
            tokens: ring(Purpose::ClickToken)?,
            internal: ring(Purpose::Internal)?,
            seals: ring(Purpose::EdgeConfig)?,
            visitors: ring(Purpose::Visitor)?,
        })
    }
}

/// Returns the settings if this isolate has read them; for the path that has no `Env`.
pub fn known_settings() -> Option<Rc<Settings>> {
    SETTINGS.with_borrow(Clone::clone)
}

/// # Errors
/// Names what is missing, for the operator; never key material.
pub fn settings(env: &Env) -> Result<Rc<Settings>, String> {
    if let Some(known) = known_settings() {
        return Ok(known);
    }
    let text = |name: &str| env.var(name).map(|value| value.to_string()).unwrap_or_default();
    let mut made = Settings::new(&text("REKOMI_EDGE_KEYS"), &text("LEDGER_URL"), &text("REKOMI_ENV"))
        .map_err(|error| format!("REKOMI_EDGE_KEYS {error}"))?;
    if made.ledger_url.is_empty() {
        return Err("LEDGER_URL is not set".to_owned());
    }
    made.volatile_queue = match text("REKOMI_QUEUE").as_str() {
        "" | "durable" => false,
        "volatile" => true,
        _ => return Err("REKOMI_QUEUE must be durable or volatile".to_owned()),
    };
    made.trace_one_in = match text("REKOMI_TRACE_ONE_IN").as_str() {
        "" => 0,
        number => number.parse().map_err(|_| "REKOMI_TRACE_ONE_IN must be a number, 0 for none".to_owned())?,
    };
    let made = Rc::new(made);
    SETTINGS.set(Some(Rc::clone(&made)));
    Ok(made)
}

pub fn buffer<T>(use_it: impl FnOnce(&mut Buffer) -> T) -> T {
    BUFFER.with_borrow_mut(use_it)
}

pub fn own<T>(use_it: impl FnOnce(&mut Own) -> T) -> T {
    OWN.with_borrow_mut(use_it)
}

pub fn cache<T>(use_it: impl FnOnce(&mut Cache) -> T) -> T {
    CACHE.with_borrow_mut(use_it)
}

pub fn counts<T>(use_it: impl FnOnce(&mut Counts) -> T) -> T {
    COUNTS.with_borrow_mut(use_it)
}

/// Returns a user agent's class, from a cache: searching the lists of substrings costs more than a click's signature.
pub fn agent(user_agent: &str) -> Agent {
    AGENTS.with_borrow_mut(|known| {
        if let Some(agent) = known.get(user_agent) {
            return *agent;
        }
        let agent = Agent::of(user_agent);
        if user_agent.len() <= AGENT_LEN_MAX {
            if known.len() >= AGENTS_MAX {
                known.clear();
            }
            known.insert(user_agent.to_owned(), agent);
        }
        agent
    })
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> Result<(), wasm_bindgen::JsValue>;
}

/// Random bytes from the runtime, fetched a kilobyte at a time.
pub fn random<const N: usize>() -> [u8; N] {
    POOL.with_borrow_mut(|(pool, used)| {
        if pool.len() < *used + N {
            pool.resize(POOL_LEN, 0);
            // Refused only outside of a request, where nothing here runs; with zeros, the time would still make ids
            // unique.
            if get_random_values(pool).is_err() {
                report("no random bytes available");
            }
            *used = 0;
        }
        let mut bytes = [0; N];
        bytes.copy_from_slice(&pool[*used..*used + N]);
        *used += N;
        bytes
    })
}

/// Writes a line to the operator's log; never a body, token, secret or address.
pub fn report(line: &str) {
    if cfg!(target_arch = "wasm32") {
        worker::console_error!("{line}");
    } else {
        eprintln!("{line}");
    }
}

/// The runtime's clock. It doesn't advance between two I/O operations of a request.
pub fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_name_what_is_wrong_and_show_no_key() {
        let keys = format!("1:{}", "ab".repeat(32));
        let settings = Settings::new(&keys, "http://127.0.0.1:8080/", "dev").unwrap();
        assert_eq!((settings.ledger_url.as_str(), settings.insecure), ("http://127.0.0.1:8080", true));
        assert!(!format!("{settings:?}").contains("abab"));
        assert!(!Settings::new(&keys, "https://l", "production").unwrap().insecure);
        assert!(Settings::new("", "https://l", "dev").is_err());
    }
}
