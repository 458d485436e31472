//! Braintree, as a brand's gateway sends: notifications in the shapes of the official SDKs' samples
//! (`fixtures/braintree`) with values of our own, signed anew from the description.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use shared::timestamp::Timestamp;

use crate::{
    World,
    http::{Request, Response},
    settings,
    wait::now,
};

/// One brand's gateway: its webhook address and its keys.
#[derive(Debug, Clone)]
pub struct Braintree {
    pub base: String,
    pub target: String,
    pub public_key: String,
    pub private_key: String,
}

impl Braintree {
    /// The first brand's, which the demo comes with.
    pub fn of(world: &World) -> Self {
        let account = &world.demo["gateways"]["braintree"];
        let text = |name: &str| account[name].as_str().expect("the demo has a Braintree account");
        let connection = text("url").rsplit('/').next().unwrap_or_default();
        Self {
            base: world.edge_base(),
            target: format!("/hooks/braintree/{connection}"),
            public_key: text("publicKey").to_owned(),
            private_key: text("privateKey").to_owned(),
        }
    }

    /// The form as Braintree posts it.
    pub fn signed(&self, xml: &str) -> Request {
        let payload = payload(xml);
        self.with_signature(&payload, &format!("{}|{}", self.public_key, signature(&self.private_key, &payload)))
    }

    pub fn with_signature(&self, payload: &str, signature: &str) -> Request {
        let body = format!("bt_signature={}&bt_payload={}", escaped(signature), escaped(payload));
        let mut request = Request::post(&self.target, body);
        request.headers.clear();
        request.header("Content-Type", "application/x-www-form-urlencoded")
    }

    pub async fn send(&self, request: &Request) -> Response {
        request.send(&self.base).await.expect("the edge answers")
    }

    pub async fn deliver(&self, xml: &str) -> Response {
        self.send(&self.signed(xml)).await
    }
}

/// Base64 in lines of sixty, the last one ended too.
pub fn payload(xml: &str) -> String {
    let encoded = BASE64_STANDARD.encode(xml);
    let lines: Vec<String> = encoded.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line).into()).collect();
    format!("{}\n", lines.join("\n"))
}

/// HMAC-SHA1, in hexadecimal, under the SHA-1 of the private key.
pub fn signature(private_key: &str, payload: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(&Sha1::digest(private_key.as_bytes())).unwrap();
    mac.update(payload.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn escaped(text: &str) -> String {
    let escape =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}

/// A shape from `fixtures/braintree`: its ids end in a name of its own instead of 771, and it is of now.
pub fn shape(file: &str, name: &str) -> String {
    let path = settings::root().join("tests/fixtures/braintree").join(format!("{file}.xml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let today = Timestamp::from_seconds(now().seconds()).unwrap();
    let days = [
        ("2026-11-18T12:26:40Z", 0),
        ("2026-11-18T12:26:31Z", 0),
        ("2026-10-18T12:26:31Z", -31),
        ("2026-11-14T08:00:00Z", 0),
        ("2026-11-30T10:00:05Z", 0),
    ];
    let text = text.replace("771", name);
    days.iter().fold(text, |text, (moment, days)| text.replace(moment, &today.plus_days(*days).to_string()))
}
