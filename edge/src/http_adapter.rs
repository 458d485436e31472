//! Converts the runtime's requests into our data, and our answers into its responses.

use shared::{
    sign::{self, SIGNATURE_HEADER, SIGNED_ID_HEADER, Window},
    timestamp::Timestamp,
};
use worker::{
    js_sys::Uint8Array,
    wasm_bindgen::JsValue,
    web_sys::{Headers, Request, Response, ResponseInit},
};

use crate::{
    answer::Answer,
    click::visit::Visit,
    runtime::http,
    worker_state::{self, Settings},
};

/// Sent with every response; the events and the ledger's logs contain the same id.
pub const REQUEST_ID_HEADER: &str = "Rekomi-Request-Id";
pub const USER_AGENT_HEADER: &str = "User-Agent";
const RAY_LEN_MAX: usize = 64;

/// A request with what every route needs from it.
#[derive(Debug)]
pub struct Inbound {
    pub request: Request,
    pub method: String,
    pub url: String,
    pub id: String,
    /// The sender's IP address; empty if the network reports none.
    pub address: String,
    pub now: Timestamp,
}

impl Inbound {
    pub fn new(request: Request) -> Self {
        let ray = header_of(&request, "CF-Ray").filter(|ray| ray.len() <= RAY_LEN_MAX);
        let now = worker_state::now();
        let id = ray.unwrap_or_else(|| request_id(now, &worker_state::random()));
        let address = header_of(&request, "CF-Connecting-IP").unwrap_or_default();
        Self { method: request.method(), url: request.url(), request, id, address, now }
    }

    pub fn header(&self, name: &str) -> Option<String> {
        header_of(&self.request, name)
    }

    pub fn header_or_empty(&self, name: &str) -> String {
        self.header(name).unwrap_or_default()
    }

    /// Path and query as they came.
    pub fn path_and_query(&self) -> &str {
        self.url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/")
    }

    pub fn path(&self) -> &str {
        self.path_and_query().split(['?', '#']).next().unwrap_or("/")
    }

    pub fn query(&self) -> &str {
        self.path_and_query().split_once('?').map_or("", |(_, query)| query)
    }

    /// Reads the body up to a limit: refuses it by its announced length before reading a byte, and by its real length
    /// while reading. Compressed bodies are refused: a kilobyte of them can expand to a gigabyte.
    ///
    /// # Errors
    /// The response to return.
    pub async fn body(&self, limit: usize) -> Result<Vec<u8>, Answer> {
        if self.header("Content-Encoding").is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
            let error = shared::error::ErrorBody::new("unsupported_encoding", "The body must not be compressed.");
            return Err(Answer::error(415, &error));
        }
        let announced = self.header("Content-Length").and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(Answer::too_large(limit));
        }
        let mut body = Vec::with_capacity(announced.unwrap_or_default());
        let Some(stream) = self.request.body() else { return Ok(body) };
        let mut chunks = http::Chunks::of(&stream).map_err(|_| broken_body())?;
        while let Some(chunk) = chunks.next().await.map_err(|_| broken_body())? {
            if body.len() + chunk.len() > limit {
                return Err(Answer::too_large(limit));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// Accepts what the ledger signed: a body, or path and query if there is none.
    ///
    /// # Errors
    /// The 401 to return.
    pub fn signed_by_ledger(&self, settings: &Settings, signed: &[u8]) -> Result<(), Answer> {
        let id = self.header_or_empty(SIGNED_ID_HEADER);
        let signature = self.header(SIGNATURE_HEADER);
        let keys = settings.internal.iter().map(|key| key.bytes().as_slice());
        sign::verify(keys, Some(&id), signature.as_deref(), signed, self.now, Window::BothWays)
            .map_err(|error| Answer::unauthorized(error.code(), &error.to_string()))
    }

    /// Packs what a click needs, except the user agent, into an owned text: the ordinary path's counterpart of what the
    /// entry module writes.
    pub fn packed_click(&self) -> String {
        let purpose = ["Sec-Purpose", "Purpose", "X-Moz"].iter().find_map(|name| self.header(name)).unwrap_or_default();
        [
            self.method.clone(),
            self.url.clone(),
            self.header_or_empty("Cookie"),
            self.header_or_empty("Referer"),
            self.address.clone(),
            self.header_or_empty("CF-IPCountry"),
            purpose,
            self.header_or_empty("Sec-Fetch-Dest"),
            http::asn(&self.request),
            self.header_or_empty("Sec-GPC"),
            self.id.clone(),
        ]
        .join("\n")
    }
}

/// Unpacks a visit. A request that can't be unpacked is treated as having no headers.
pub fn visit(packed: &str) -> Visit<'_> {
    Visit::unpack(packed).unwrap_or(Visit {
        head: false,
        url: "",
        cookie: "",
        referrer: "",
        address: "",
        country: "",
        purpose: "",
        destination: "",
        asn: "",
        private: false,
        request_id: "",
    })
}

/// Creates an id for a request without one from the network.
fn request_id(now: Timestamp, random: &[u8; 10]) -> String {
    shared::keys::encode_hex(shared::id::EventId::v7(now.millis().unsigned_abs(), random).bytes())
}

#[inline(never)]
fn header_of(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).ok().flatten()
}

fn broken_body() -> Answer {
    let message = "The body couldn't be read to the end. Send it again.";
    Answer::invalid(&shared::error::ErrorBody::new("malformed_body", message))
}

/// Turns an answer into a response.
///
/// # Errors
/// If the runtime refuses a header; none of ours can be refused.
pub fn respond(answer: Answer, request_id: &str) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &answer.headers {
        headers.append(name, value)?;
    }
    headers.set(REQUEST_ID_HEADER, request_id)?;
    let init = ResponseInit::new();
    init.set_status(answer.status);
    init.set_headers(&headers);
    let body = (!answer.body.is_empty()).then(|| Uint8Array::from(answer.body.as_slice()));
    Response::new_with_opt_js_u8_array_and_init(body.as_ref(), &init)
}
