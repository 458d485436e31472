//! Verifies Stripe's webhooks: `Stripe-Signature: t=…,v1=…` over the raw body, keyed with the whole `whsec_…` text.
//!
//! As in Stripe's own libraries a signature may be 300 s old, and a time in the future passes. Thin events (v2) have
//! `id` and `type` too and are passed on in the same way.

use shared::{
    seal::Secret,
    sign::{self, Window},
    timestamp::Timestamp,
};

use super::{Verified, json_event};
use crate::answer::Answer;

pub const SIGNATURE_HEADER: &str = "Stripe-Signature";

/// Checks the signature over the raw bytes, and only then parses them.
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(
    secrets: &[Secret],
    signature: Option<&str>,
    body: Vec<u8>,
    now: Timestamp,
) -> Result<Verified, Answer> {
    let secrets = secrets.iter().map(Secret::expose).map(str::as_bytes);
    sign::verify(secrets, None, signature, &body, now, Window::PastOnly)
        .map_err(|error| Answer::unauthorized(error.code(), &error.to_string()))?;
    json_event(body, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    fn run(secrets: &[&str], header: Option<&str>, body: &str) -> Result<Verified, u16> {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
        verified(&secrets, header, body.as_bytes().to_vec(), at(NOW)).map_err(|answer| answer.status)
    }

    #[test]
    fn a_signed_event_is_passed_on_byte_for_byte() {
        let body =
            "{ \"id\": \"evt_1\",\n \"livemode\": false, \"type\": \"invoice.paid\", \"data\": {\"object\": {}} }";
        let header = sign::sign(b"whsec_a", at(NOW - 300), body.as_bytes());
        let verified = run(&["whsec_b", "whsec_a"], Some(&header), body).unwrap();
        assert_eq!(
            (verified.external_id.as_str(), verified.event_type.as_str(), verified.body.as_str()),
            ("evt_1", "invoice.paid", body)
        );
        assert!(
            run(&["whsec_a"], Some(&sign::sign(b"whsec_a", at(NOW + 9_999), body.as_bytes())), body).is_ok(),
            "the future passes"
        );
    }

    #[test]
    fn a_bad_signature_is_refused_before_the_body_is_read() {
        let body = "not json";
        for header in [
            None,
            Some(sign::sign(b"whsec_x", at(NOW), body.as_bytes())),
            Some(sign::sign(b"whsec_a", at(NOW - 301), body.as_bytes())),
            Some(sign::sign(b"whsec_a", at(NOW), b"other")),
            Some("t=1,v0=00".to_owned()),
        ] {
            assert_eq!(run(&["whsec_a"], header.as_deref(), body), Err(401), "{header:?}");
        }
        for blank in ["", "  "] {
            let header = sign::sign(blank.as_bytes(), at(NOW), body.as_bytes());
            assert_eq!(run(&[blank], Some(&header), body), Err(401));
        }
        assert_eq!(run(&[], Some(&sign::sign(b"whsec_a", at(NOW), body.as_bytes())), body), Err(401));
    }

    #[test]
    fn a_signed_body_that_is_no_event() {
        for body in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"id":1,"type":"x"}"#,
            r#"{"id":"evt_1"}"#,
            r#"{"id":"","type":"x"}"#,
            r#"{"id":"a\u0000","type":"x"}"#,
        ] {
            let header = sign::sign(b"whsec_a", at(NOW), body.as_bytes());
            assert_eq!(run(&["whsec_a"], Some(&header), body), Err(400), "{body}");
        }
    }
}
