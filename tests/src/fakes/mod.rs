//! Fake servers of the payment gateways' and other vendors' own APIs, on this machine: each checks every field of a request
//! against what its vendor publishes, refuses what the vendor would refuse, and misbehaves on request ([`Mood`]).

pub mod braintree;
mod call;
pub mod checkout;
pub mod collector;
pub mod creem;
pub mod crm;
pub mod customerio;
pub mod dodo;
pub mod ecb;
pub mod model;
pub mod paddle;
pub mod paddle_discounts;
pub mod shopify;
pub mod stripe;
pub mod stripe_billing;
pub mod stripe_connect;
pub mod stripe_coupons;

use futures_util::{StreamExt, stream};
use std::{
    fmt,
    net::TcpListener,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::sync::{Notify, oneshot};

pub use self::call::Call;

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(3_600);

/// What a vendor answers: a status, and JSON unless it is null.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer(pub u16, pub Value);

/// A vendor as far as requests can tell.
pub trait Vendor: Send + 'static {
    fn answer(&mut self, call: &Call) -> Answer;

    /// As it goes out: for a vendor that has pages too, or headers of its own.
    fn respond(&mut self, call: &Call) -> Response {
        write(&self.answer(call))
    }
}

/// How a vendor misbehaves.
#[derive(Debug, Clone)]
pub enum Mood {
    /// Answers this instead of doing anything.
    Says(u16, Value),
    /// 429, with the seconds to wait.
    Busy(u32),
    /// 302 to another address.
    Redirects(String),
    /// 200, and bytes that are no JSON.
    Garbage,
    /// Answers this text instead of doing anything, with these headers.
    Writes(u16, Vec<(&'static str, String)>, String),
    /// Answers this instead of doing anything, once it is notified.
    Held(Arc<Notify>, u16, Value),
    /// Does what it was asked, and the connection breaks in the middle of the answer.
    Breaks,
    /// Does nothing and says nothing.
    Hangs,
    /// Does what it was asked, and the answer is lost.
    Lost,
}

#[derive(Debug)]
struct Inner<V> {
    vendor: V,
    moods: Vec<Rule<V>>,
    calls: Vec<Call>,
    /// How many of them hang now.
    hanging: usize,
    /// How long callers waited for those that hung, until they gave them up.
    given_up: Vec<Duration>,
}

/// A call that hangs, until its caller gives it up.
struct Hanging<V> {
    inner: Arc<Mutex<Inner<V>>>,
    since: Instant,
}

impl<V> Hanging<V> {
    fn of(inner: Arc<Mutex<Inner<V>>>, since: Instant) -> Self {
        inner.lock().unwrap().hanging += 1;
        Self { inner, since }
    }
}

impl<V> Drop for Hanging<V> {
    fn drop(&mut self) {
        if let Ok(mut inner) = self.inner.lock() {
            inner.hanging -= 1;
            inner.given_up.push(self.since.elapsed());
        }
    }
}

/// What happens to requests that begin so: to all of them, or to one.
#[derive(Debug)]
struct Rule<V> {
    start: String,
    mood: Mood,
    once: bool,
    /// So many go through before.
    skip: usize,
    /// What the vendor's own people do right after it.
    change: Option<Change<V>>,
}

struct Change<V>(Box<dyn FnOnce(&mut V) + Send>);

impl<V> fmt::Debug for Change<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

impl<V: Vendor> Inner<V> {
    /// How the vendor is about a request. It does what it does in that mood, and what is to happen after it happens.
    fn mood(&mut self, call: &Call) -> Option<Mood> {
        let line = format!("{} ", call.line());
        let at = self.moods.iter().position(|rule| line.starts_with(&rule.start))?;
        let rule = &mut self.moods[at];
        if rule.skip > 0 {
            rule.skip -= 1;
            return None;
        }
        let (mood, change) = (rule.mood.clone(), rule.change.take());
        if rule.once {
            self.moods.remove(at);
        }
        if matches!(mood, Mood::Breaks | Mood::Lost) {
            let _ = self.vendor.answer(call);
        }
        if let Some(Change(change)) = change {
            change(&mut self.vendor);
        }
        Some(mood)
    }
}

/// A vendor that listens. It runs on a thread of its own, so that it outlives the runtime of the test that started it.
#[derive(Debug)]
pub struct FakeServer<V> {
    base: String,
    inner: Arc<Mutex<Inner<V>>>,
    _stop: oneshot::Sender<()>,
}

impl<V: Vendor> FakeServer<V> {
    pub fn of(vendor: V) -> Self {
        let inner = Arc::new(Mutex::new(Inner {
            vendor,
            moods: Vec::new(),
            calls: Vec::new(),
            hanging: 0,
            given_up: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new().fallback(serve::<V>).with_state(Arc::clone(&inner));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    served = axum::serve(listener, router) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { base, inner, _stop: stop }
    }

    fn inner(&self) -> MutexGuard<'_, Inner<V>> {
        self.inner.lock().unwrap()
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// From now on requests that begin like this (`POST /v1/webhook_endpoints`) are treated so.
    pub fn when(&self, request: &str, mood: Mood) {
        self.rule(Rule { start: request.to_owned(), mood, once: false, skip: 0, change: None });
    }

    /// The next request that begins like this is treated so, and none after it. A space at the end ends the path:
    /// `GET /v1/accounts ` is the list, and without the space also each account.
    pub fn once(&self, request: &str, mood: Mood) {
        self.nth(request, 0, mood);
    }

    /// As [`FakeServer::once`], after `skip` requests that begin like this went through.
    pub fn nth(&self, request: &str, skip: usize, mood: Mood) {
        self.rule(Rule { start: request.to_owned(), mood, once: true, skip, change: None });
    }

    /// As [`FakeServer::nth`], and right after it this happens at the vendor.
    pub fn nth_then(&self, request: &str, skip: usize, mood: Mood, change: impl FnOnce(&mut V) + Send + 'static) {
        let change = Some(Change(Box::new(change)));
        self.rule(Rule { start: request.to_owned(), mood, once: true, skip, change });
    }

    fn rule(&self, rule: Rule<V>) {
        self.inner().moods.insert(0, rule);
    }

    /// In a good mood again.
    pub fn recover(&self) {
        self.inner().moods.clear();
    }

    /// Everything that was asked so far.
    pub fn calls(&self) -> Vec<Call> {
        self.inner().calls.clone()
    }

    /// Forgets what was asked so far: what the test itself asks doesn't keep to a vendor's limits.
    pub fn forget_calls(&self) {
        self.inner().calls.clear();
    }

    /// How many calls hang now: their callers still wait for an answer.
    pub fn hanging(&self) -> usize {
        self.inner().hanging
    }

    /// How long callers waited for those that hung before, each until it was given up.
    pub fn given_up(&self) -> Vec<Duration> {
        self.inner().given_up.clone()
    }

    /// Looks at the vendor's own books, or changes them as its people could.
    pub fn with<T>(&self, look: impl FnOnce(&mut V) -> T) -> T {
        look(&mut self.inner().vendor)
    }
}

async fn serve<V: Vendor>(State(inner): State<Arc<Mutex<Inner<V>>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let call = Call::new(parts, to_bytes(body, 1 << 20).await.unwrap().to_vec());
    let mood = {
        let mut inner = inner.lock().unwrap();
        inner.calls.push(call.clone());
        inner.mood(&call)
    };
    match mood {
        None => inner.lock().unwrap().vendor.respond(&call),
        Some(Mood::Says(status, body)) => write(&Answer(status, body)),
        Some(Mood::Busy(seconds)) => {
            let mut response = write(&Answer(429, serde_json::json!({"error": {"message": "Too many requests"}})));
            response.headers_mut().insert("Retry-After", seconds.into());
            response
        }
        Some(Mood::Redirects(to)) => {
            (axum::http::StatusCode::FOUND, [(axum::http::header::LOCATION, to)]).into_response()
        }
        Some(Mood::Garbage) => (axum::http::StatusCode::OK, "<html>a login page</html>").into_response(),
        Some(Mood::Writes(status, headers, text)) => {
            let mut response = (axum::http::StatusCode::from_u16(status).unwrap(), text).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
        Some(Mood::Held(released, status, body)) => {
            released.notified().await;
            write(&Answer(status, body))
        }
        Some(Mood::Breaks) => {
            let half = stream::once(async { Ok("{\"half\": \"an ans") });
            // A moment later, so that the status has been sent.
            let broken = stream::once(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Err("the connection broke")
            });
            axum::body::Body::from_stream(half.chain(broken)).into_response()
        }
        Some(Mood::Hangs | Mood::Lost) => {
            let _hanging = Hanging::of(inner, call.at);
            tokio::time::sleep(FOR_EVER).await;
            write(&Answer(500, Value::Null))
        }
    }
}

fn write(answer: &Answer) -> Response {
    let status = axum::http::StatusCode::from_u16(answer.0).unwrap();
    if answer.1.is_null() { status.into_response() } else { (status, axum::Json(answer.1.clone())).into_response() }
}
