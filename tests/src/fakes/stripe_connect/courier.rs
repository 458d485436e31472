//! Brings events to webhook endpoints, on threads of their own: signed, in time, late, twice or not at all.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use crate::{client::sign, wait::now};

/// Stripe tries for days, with growing pauses.
const PAUSES: [u64; 3] = [200, 1_000, 5_000];
const PATIENCE: Duration = Duration::from_secs(60);

/// How events are brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    AtOnce,
    Late(Duration),
    Twice,
    /// Not at all.
    Off,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    pub url: String,
    pub kind: String,
    /// None where nobody answered.
    pub status: Option<u16>,
}

#[derive(Debug)]
struct Delivery {
    url: String,
    secret: String,
    kind: String,
    body: String,
    wait: Duration,
}

#[derive(Debug)]
pub(super) struct Courier {
    pub(super) post: Post,
    delivered: Arc<Mutex<Vec<Delivered>>>,
}

impl Default for Courier {
    fn default() -> Self {
        Self { post: Post::AtOnce, delivered: Arc::default() }
    }
}

impl Courier {
    pub(super) fn send(&self, url: &str, secret: &str, kind: &str, body: &str) {
        let (count, wait) = match self.post {
            Post::Off => return,
            Post::AtOnce => (1, Duration::ZERO),
            Post::Late(wait) => (1, wait),
            Post::Twice => (2, Duration::ZERO),
        };
        for _ in 0..count {
            let character = Delivery {
                url: url.to_owned(),
                secret: secret.to_owned(),
                kind: kind.to_owned(),
                body: body.to_owned(),
                wait,
            };
            let log = Arc::clone(&self.delivered);
            // Each on its own, so that one that nobody takes doesn't hold up the others: there is no order anyway.
            thread::spawn(move || bring(&character, &log));
        }
    }

    pub(super) fn delivered(&self) -> Vec<Delivered> {
        self.delivered.lock().unwrap().clone()
    }
}

fn bring(email: &Delivery, log: &Mutex<Vec<Delivered>>) {
    thread::sleep(email.wait);
    for pause in PAUSES.iter().map(Some).chain([None]) {
        let status = post(email);
        let report = Delivered { url: email.url.clone(), kind: email.kind.clone(), status };
        log.lock().unwrap().push(report);
        let Some(pause) = pause.filter(|_| !status.is_some_and(|status| (200..300).contains(&status))) else { return };
        thread::sleep(Duration::from_millis(*pause));
    }
}

/// One POST; the status that was answered.
fn post(character: &Delivery) -> Option<u16> {
    let url = url::Url::parse(&character.url).ok()?;
    let authority = format!("{}:{}", url.host_str()?, url.port_or_known_default()?);
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let signature = sign::header(&character.secret, now(), character.body.as_bytes());
    let mut stream = TcpStream::connect(&authority).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nUser-Agent: Stripe/1.0 \
         (+https://stripe.com/docs/webhooks)\r\nContent-Type: application/json; charset=utf-8\r\nStripe-Signature: {signature}\r\n\
         Content-Length: {}\r\n\r\n",
        character.body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(character.body.as_bytes()).ok()?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).ok()?;
    std::str::from_utf8(&start).ok()?.split(' ').nth(1)?.parse().ok()
}
