//! The message of an action for the page that its redirect leads to, shown once, such as "4 commissions released". It
//! travels in a signed cookie, so its text is always one that this server wrote.

use axum::{
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use serde::{Deserialize, Serialize};
use shared::keys::{Key, KeyRing};

use super::request;

pub(super) const COOKIE: &str = "__Host-rekomi_flash";
/// How long the next page has to show it.
pub(super) const SECONDS: i64 = 10;
const MAC_BYTES: usize = 16;
/// Browsers keep cookies of up to 4 KB.
const BYTES_MAX: usize = 2_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub text: String,
    /// The path that takes the action back, by POST.
    pub undo: Option<String>,
}

impl Flash {
    /// What was done, in the words of its button: "Affiliate approved".
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), undo: None }
    }

    /// Offers to take it back by a POST to this path.
    #[must_use]
    pub fn undo(self, path: impl Into<String>) -> Self {
        Self { undo: Some(path.into()), ..self }
    }

    /// Leads to the page that shows it.
    pub fn redirect(&self, to: &str) -> Response {
        let mut response = Redirect::to(to).into_response();
        response.headers_mut().extend(request::flash_cookie(self).map(|cookie| (SET_COOKIE, cookie)));
        response
    }

    /// `None` if it is too long for a cookie: the action is done all the same.
    pub(super) fn signed(&self, keys: &KeyRing) -> Option<String> {
        let key = keys.current();
        let body = [&[key.id][..], &serde_json::to_vec(self).ok()?].concat();
        let mac = mac(key, &body).finalize().into_bytes();
        let signed = [mac.get(..MAC_BYTES)?, &body[..]].concat();
        (signed.len() <= BYTES_MAX).then(|| BASE64_URL_SAFE_NO_PAD.encode(signed))
    }

    pub(super) fn read(keys: &KeyRing, value: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
        let (tag, body) = bytes.split_at_checked(MAC_BYTES)?;
        let (id, json) = body.split_first()?;
        mac(keys.get(*id)?, body).verify_truncated_left(tag).ok()?;
        serde_json::from_slice(json).ok()
    }
}

fn mac(key: &Key, body: &[u8]) -> impl Mac + use<> {
    key.mac(&[b"flash\0", body])
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn only_our_own_messages_are_read() {
        let ring = |digits: &str| KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Pages).unwrap();
        let flash = Flash::done("Ada \u{2013} approved").undo("/dashboard/undo/1");
        let signed = flash.signed(&ring("ab")).unwrap();
        assert_eq!(Flash::read(&ring("ab"), &signed), Some(flash));
        assert_eq!(Flash::read(&ring("cd"), &signed), None);
        for bad in ["", "AA", "%", &signed[1..], format!("{signed}A").as_str()] {
            assert_eq!(Flash::read(&ring("ab"), bad), None, "{bad}");
        }
        assert_eq!(Flash::done("x".repeat(3_000)).signed(&ring("ab")), None);
    }
}
