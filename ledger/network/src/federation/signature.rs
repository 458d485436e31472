//! HTTP message signatures (RFC 9421) of responses, with Ed25519 only. A feed is signed over its status, digest, content
//! type and date; nothing less and nothing more is accepted. Pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use shared::timestamp::Timestamp;

use super::key::{PublicKey, SigningKey};

/// What a signature covers, in this order.
pub const COVERED: [&str; 4] = ["@status", "content-digest", "content-type", "date"];
/// How far a signature's time may be from ours.
pub const CREATED_WITHIN_SECONDS: i64 = 300;
const LABEL: &str = "rekomi";
const HEADER_MAX: usize = 1_000;

/// The parts of a response that its signature covers.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    pub status: u16,
    pub content_digest: &'a str,
    pub content_type: &'a str,
    pub date: &'a str,
}

impl Response<'_> {
    fn component(&self, name: &str) -> Option<String> {
        match name {
            "@status" => Some(self.status.to_string()),
            "content-digest" => Some(self.content_digest.to_owned()),
            "content-type" => Some(self.content_type.to_owned()),
            "date" => Some(self.date.to_owned()),
            _ => None,
        }
    }
}

/// The values of `Signature-Input` and `Signature`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub input: String,
    pub signature: String,
}

/// Why a signature isn't accepted; worded for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("the response isn’t signed, or its signature can’t be read")]
    Unreadable,
    #[error("the signature doesn’t cover the status, digest, content type and date")]
    Coverage,
    #[error("the signature was made more than {CREATED_WITHIN_SECONDS} seconds ago, or in the future")]
    Time,
    #[error("the signature’s key isn’t one that the host publishes")]
    UnknownKey,
    #[error("the signature doesn’t fit the response")]
    Wrong,
}

/// RFC 9421 §2.5: one line for each component, and the parameters last.
fn base(components: &[(&str, String)], parameters: &str) -> String {
    let mut text = String::new();
    for (name, value) in components {
        text.push_str(&format!("\"{name}\": {}\n", value.trim()));
    }
    text.push_str(&format!("\"@signature-params\": {parameters}"));
    text
}

fn covered(response: &Response<'_>, names: &[&str]) -> Option<Vec<(String, String)>> {
    names.iter().map(|name| Some(((*name).to_owned(), response.component(name)?))).collect()
}

fn base_of(response: &Response<'_>, names: &[&str], parameters: &str) -> Option<String> {
    let components = covered(response, names)?;
    let borrowed: Vec<(&str, String)> = components.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    Some(base(&borrowed, parameters))
}

/// Signs a response.
pub fn sign(response: &Response<'_>, key: &SigningKey, now: Timestamp) -> Signed {
    let list = COVERED.map(|name| format!("\"{name}\"")).join(" ");
    let parameters = format!("({list});created={};keyid=\"{}\";alg=\"ed25519\"", now.seconds(), key.kid);
    let text = base_of(response, &COVERED, &parameters).unwrap_or_default();
    let signature = BASE64_STANDARD.encode(key.sign(text.as_bytes()));
    Signed { input: format!("{LABEL}={parameters}"), signature: format!("{LABEL}=:{signature}:") }
}

/// # Errors
/// Why the signature isn't accepted.
pub fn verify(response: &Response<'_>, signed: &Signed, keys: &[PublicKey], now: Timestamp) -> Result<(), Invalid> {
    let input = Input::read(&signed.input).ok_or(Invalid::Unreadable)?;
    let signature = read_signature(&signed.signature, input.label).ok_or(Invalid::Unreadable)?;
    let mut names = input.names.clone();
    names.sort_unstable();
    if names != COVERED {
        return Err(Invalid::Coverage);
    }
    if input.created.abs_diff(now.seconds()) > CREATED_WITHIN_SECONDS.unsigned_abs() {
        return Err(Invalid::Time);
    }
    let key = keys.iter().find(|key| key.kid == input.key_id).ok_or(Invalid::UnknownKey)?;
    let text = base_of(response, &input.names, input.parameters).ok_or(Invalid::Coverage)?;
    if key.verifies(text.as_bytes(), &signature) { Ok(()) } else { Err(Invalid::Wrong) }
}

/// A `Signature-Input` with one signature.
#[derive(Debug)]
struct Input<'a> {
    label: &'a str,
    names: Vec<&'a str>,
    /// Everything after the label, as it is part of the signed text.
    parameters: &'a str,
    created: i64,
    key_id: &'a str,
}

impl<'a> Input<'a> {
    fn read(header: &'a str) -> Option<Self> {
        if header.len() > HEADER_MAX || !header.is_ascii() {
            return None;
        }
        let (label, parameters) = header.trim().split_once('=')?;
        let is_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        if label.is_empty() || !label.bytes().all(is_label) {
            return None;
        }
        let (list, rest) = parameters.strip_prefix('(')?.split_once(')')?;
        let names = list.split(' ').map(quoted).collect::<Option<Vec<_>>>()?;
        let (mut created, mut key_id) = (None, None);
        for parameter in rest.split(';').skip(1) {
            match parameter.split_once('=')? {
                ("created", value) if created.is_none() => created = Some(value.parse().ok()?),
                ("keyid", value) if key_id.is_none() => key_id = Some(quoted(value)?),
                ("alg", "\"ed25519\"") => {}
                // An `expires` that we ignored, or another algorithm, would mean something else than its sender said.
                _ => return None,
            }
        }
        // Whatever stands between `)` and the first `;` isn't a parameter.
        if !rest.starts_with(';') {
            return None;
        }
        Some(Self { label, names, parameters, created: created?, key_id: key_id? })
    }
}

fn quoted(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains(['"', '\\', ';', ','])).then_some(inside)
}

fn read_signature(header: &str, label: &str) -> Option<Vec<u8>> {
    if header.len() > HEADER_MAX {
        return None;
    }
    let (name, value) = header.trim().split_once('=')?;
    let bytes = BASE64_STANDARD.decode(value.strip_prefix(':')?.strip_suffix(':')?).ok()?;
    (name == label).then_some(bytes)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
