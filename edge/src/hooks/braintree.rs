//! Verifies Braintree's webhooks: a form of `bt_signature` (`public_key|hex`, several joined by `&`) and `bt_payload`
//! (base64 of XML), signed with HMAC-SHA1 under the SHA-1 of the private key.
//!
//! Source: developer.paypal.com/braintree, "Webhooks: Parse" and the official SDKs' `webhook_notification_gateway`. The
//! signature covers the payload's text as the form has it, or with a line break after it. It contains no time, so only
//! the event's id reveals a replay: Braintree sends none, so the notification's kind, object and time form one. The XML
//! is searched as text: it is Braintree's own, and the edge needs only these three fields from it.

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};
use shared::{
    error::ErrorBody,
    keys::{decode_hex, encode_hex},
    seal::Secret,
    sign::SignatureError,
};

use super::{Verified, incomplete, named};
use crate::{address::form_pairs, answer::Answer};

/// More than any rotation needs; further ones are ignored.
const SIGNATURES_MAX: usize = 8;

/// Answers `GET ?bt_challenge=…`, with which Braintree checks an address before accepting it: returns our public key
/// and the challenge's signature.
pub fn challenge(secrets: &[Secret], query: &str) -> Answer {
    let challenge = form_pairs(query).find(|(name, _)| name == "bt_challenge").map(|(_, value)| value);
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let Some(challenge) = challenge.filter(|text| (20..=32).contains(&text.len()) && is_hex(text)) else {
        return Answer::invalid(&ErrorBody::field("bt_challenge", "must be 20 to 32 lowercase hexadecimal digits"));
    };
    let Some((public, private)) = pairs(secrets).next() else {
        return Answer::unavailable("not_configured", "This connection has no keys.");
    };
    let Some(mac) = mac(private, challenge.as_bytes()) else { return Answer::not_found() };
    let answer = [public, "|", &encode_hex(&mac.finalize().into_bytes())].concat();
    Answer::bytes(200, "text/plain", answer).with("Cache-Control", "no-store")
}

/// Checks the signature over the payload as it came, and only then decodes it.
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(secrets: &[Secret], body: &[u8]) -> Result<Verified, Answer> {
    let form = std::str::from_utf8(body).unwrap_or_default();
    let (mut signature, mut payload) = (None, None);
    for (name, value) in form_pairs(form) {
        match name.as_str() {
            "bt_signature" => signature = signature.or(Some(value)),
            "bt_payload" => payload = payload.or(Some(value)),
            _ => {}
        }
    }
    let (Some(signature), Some(payload)) = (signature, payload) else { return Err(refused(SignatureError::Missing)) };
    check(secrets, &signature, &payload).map_err(refused)?;
    // The base64 contains line breaks.
    let xml = BASE64_STANDARD.decode(payload.replace('\n', "")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let xml = xml.ok_or_else(|| Answer::invalid(&ErrorBody::field("bt_payload", "must be base64-encoded XML")))?;
    let kind = element(&xml, "kind").ok_or_else(incomplete)?.to_owned();
    let time = element(&xml, "timestamp").ok_or_else(incomplete)?;
    // A test notification from the control panel has no object.
    let object = object_id(&xml).unwrap_or_default();
    let external_id = [&kind, ":", object, ":", time].concat();
    named(external_id, kind, xml.into_bytes())
}

fn refused(error: SignatureError) -> Answer {
    let message = match error {
        SignatureError::Missing => "The form must contain bt_signature and bt_payload.",
        SignatureError::Malformed => "bt_payload must be base64 with every + escaped.",
        _ => "No signature with this connection's public key matches the payload.",
    };
    Answer::unauthorized(error.code(), message)
}

fn check(secrets: &[Secret], signature: &str, payload: &str) -> Result<(), SignatureError> {
    if !payload.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=/\n".contains(&byte)) {
        return Err(SignatureError::Malformed);
    }
    let mut matched = false;
    for (key, hex) in signature.split('&').filter_map(|pair| pair.trim().split_once('|')).take(SIGNATURES_MAX) {
        let candidate = decode_hex(hex).unwrap_or_default();
        for (_, private) in pairs(secrets).filter(|(public, _)| *public == key) {
            if let Some(mut mac) = mac(private, payload.as_bytes()) {
                // `verify_slice` compares in constant time.
                matched |= mac.clone().verify_slice(&candidate).is_ok();
                mac.update(b"\n");
                matched |= mac.verify_slice(&candidate).is_ok();
            }
        }
    }
    if matched { Ok(()) } else { Err(SignatureError::Mismatch) }
}

/// The public and private key of each secret. An incomplete pair is skipped.
fn pairs(secrets: &[Secret]) -> impl Iterator<Item = (&str, &str)> {
    let pairs = secrets.iter().filter_map(|secret| secret.expose().split_once('|'));
    pairs.filter(|(public, private)| !public.trim().is_empty() && !private.trim().is_empty())
}

fn mac(private: &str, message: &[u8]) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(&Sha1::digest(private.as_bytes())).ok()?;
    mac.update(message);
    Some(mac)
}

/// Returns the text of the `<id>` directly below the object in `<subject>`. A subscription's add-ons and discounts come
/// before it and have ids, too, which other subscriptions share.
fn object_id(xml: &str) -> Option<&str> {
    let (_, mut rest) = xml.split_once("<subject>")?;
    let mut depth = 0_u32;
    loop {
        let (tag, content) = rest.split_once('<')?.1.split_once('>')?;
        rest = content;
        if tag.starts_with(['!', '?']) {
            continue;
        }
        if tag.starts_with('/') {
            depth = depth.checked_sub(1).filter(|depth| *depth > 0)?;
            continue;
        }
        let is_empty = tag.ends_with('/');
        if depth == 1 && !is_empty && (tag == "id" || tag.starts_with("id ")) {
            return content.split('<').next().map(str::trim).filter(|text| !text.is_empty());
        }
        depth = depth.saturating_add(u32::from(!is_empty));
    }
}

/// Returns the text of the first element with this name, if it contains nothing but text.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = xml;
    loop {
        let (_, after) = rest.split_once('<')?;
        rest = after;
        let Some(tag) = after.strip_prefix(name) else { continue };
        let Some((attributes, content)) = tag.split_once('>') else { continue };
        if attributes.is_empty() || attributes.starts_with(' ') {
            return content.split('<').next().map(str::trim).filter(|text| !text.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors(of: &str) -> Vec<Value> {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/braintree_signatures.json")).unwrap();
        file[of].as_array().unwrap().clone()
    }

    fn secrets(vector: &Value) -> Vec<Secret> {
        vector["secrets"].as_array().unwrap().iter().map(|secret| Secret::new(secret.as_str().unwrap())).collect()
    }

    #[test]
    fn as_the_vectors_say() {
        let vectors = vectors("notifications");
        assert!(vectors.len() >= 15);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let read = verified(&secrets(&vector), text("body").as_bytes());
            let outcome = match &read {
                Ok(read) => read.external_id.clone(),
                Err(answer) => answer.error.clone().unwrap_or_default(),
            };
            assert_eq!(outcome, text("expect"), "{}", text("name"));
            if let Ok(read) = read {
                assert_eq!(
                    (read.event_type.as_str(), read.body.as_str()),
                    (text("kind"), text("xml")),
                    "{}",
                    text("name")
                );
            }
        }
    }

    #[test]
    fn challenges_are_answered_as_the_vectors_say() {
        for vector in vectors("challenges") {
            let answer = challenge(&secrets(&vector), vector["query"].as_str().unwrap());
            let body = String::from_utf8(answer.body.clone()).unwrap();
            let expected = vector["answer"].as_str();
            let outcome = if answer.status == 200 { Some(body.as_str()) } else { None };
            assert_eq!(outcome, expected, "{}", vector["name"]);
            assert_eq!(answer.error.as_deref(), vector["error"].as_str(), "{}", vector["name"]);
        }
    }

    #[test]
    fn elements_are_found_by_name() {
        let xml = "<a><identity>1</identity><id nil=\"true\"/><id type=\"integer\"> 7 </id></a>";
        assert_eq!((element(xml, "identity"), element(xml, "a"), element(xml, "z")), (Some("1"), None, None));
        assert_eq!(element("<id type=\"integer\"> 7 </id>", "id"), Some("7"));
        assert_eq!(element("<id", "id"), None);
    }

    #[test]
    fn an_object_has_the_id_directly_below_it() {
        let discounted = "<notification><kind>k</kind><subject><subscription>\
             <add-ons type=\"array\"><add-on><id>extra</id></add-on></add-ons><balance/>\
             <discounts type=\"array\"><discount><amount>1</amount><id>SAVE20</id></discount></discounts>\
             <id>sub_7</id><transactions><transaction><id>t1</id></transaction></transactions>\
             </subscription></subject></notification>";
        assert_eq!(object_id(discounted), Some("sub_7"));
        assert_eq!(object_id("<subject><transaction><id type=\"x\"> t1 </id></transaction></subject>"), Some("t1"));
        for none in [
            "<subject><check type=\"boolean\">true</check></subject>",
            "<subject><subscription><id nil=\"true\"/></subscription><other><id>1</id></other></subject>",
            "<subject></subject><a><id>1</id></a>",
            "<subject><subscription><id",
            "<id>1</id>",
        ] {
            assert_eq!(object_id(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn nothing_unsigned_passes_or_panics(body in "(bt_signature=|bt_payload=|p%7C|[0-9a-f]{40}|&|\\PC)*") {
            prop_assert!(verified(&[Secret::new("p|q")], body.as_bytes()).is_err());
        }

        #[test]
        fn no_xml_panics(xml in "(<subject>|<id|<id>|>|<|/|\\PC)*") {
            let _ = (element(&xml, "id"), object_id(&xml));
        }
    }
}
