//! The message of an action for the page that its redirect leads to, shown once, such as "4 commissions released". It
//! travels in a signed cookie, so its text is always one that this server wrote.

use axum::{
    http::header::SET_COOKIE,
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};
use shared::keys::KeyRing;

use super::{request, signed};

pub(super) const COOKIE: &str = "__Host-rekomi_flash";
/// How long the next page has to show it.
pub(super) const SECONDS: i64 = 10;
const PURPOSE: &[u8] = b"flash";
/// Browsers keep cookies of up to 4,096 bytes, with their names and attributes.
const BYTES_MAX: usize = 3_900;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub text: String,
    /// The path that takes the action back, by POST.
    pub undo: Option<String>,
    /// Something went wrong: it stays until the page is left.
    #[serde(default)]
    pub bad: bool,
}

impl Flash {
    /// What was done, in the words of its button: "Affiliate approved".
    pub fn done(text: impl Into<String>) -> Self {
        Self { text: text.into(), undo: None, bad: false }
    }

    /// What wasn't done, and why.
    pub fn failed(text: impl Into<String>) -> Self {
        Self { bad: true, ..Self::done(text) }
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

    /// Without the offer to take it back, if it is too long for a cookie with it; `None` if it is too long even so.
    pub(super) fn signed(&self, keys: &KeyRing) -> Option<String> {
        let sign = |flash: &Self| signed::sign(keys, PURPOSE, &serde_json::to_vec(flash).ok()?);
        let fits = |text: &String| text.len() <= BYTES_MAX;
        sign(self).filter(fits).or_else(|| sign(&Self { undo: None, ..self.clone() }).filter(fits))
    }

    pub(super) fn read(keys: &KeyRing, value: &str) -> Option<Self> {
        serde_json::from_slice(&signed::read(keys, PURPOSE, value)?).ok()
    }
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
        let failed = Flash::failed("Event not processed").undo("x".repeat(3_000)).signed(&ring("ab")).unwrap();
        assert_eq!(Flash::read(&ring("ab"), &failed), Some(Flash::failed("Event not processed")));
        for bad in ["", "AA", "%", &signed[1..], format!("{signed}A").as_str()] {
            assert_eq!(Flash::read(&ring("ab"), bad), None, "{bad}");
        }
        assert_eq!(Flash::done("x".repeat(3_000)).signed(&ring("ab")), None);
        let long = Flash::done("Done").undo("x".repeat(3_000)).signed(&ring("ab")).unwrap();
        assert_eq!(Flash::read(&ring("ab"), &long), Some(Flash::done("Done")), "it is shown, without the button");
    }
}
