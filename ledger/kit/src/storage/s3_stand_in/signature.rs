//! Checks AWS Signature Version 4 in the `Authorization` header. Pure.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use axum::http::request::Parts;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::{
    keys::{decode_hex, encode_hex},
    timestamp::Timestamp,
};
use time::{PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::refusal::Refusal;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const TIME: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
/// How much the request's time may differ from the server's.
const SKEW_MILLIS: u64 = 15 * 60 * 1_000;

/// The one pair of keys that signs requests, and where.
pub(super) struct Keys {
    pub(super) id: &'static str,
    pub(super) secret: &'static str,
    pub(super) region: &'static str,
}

/// The parts of an `Authorization` header.
struct Authorization<'a> {
    key_id: &'a str,
    scope: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut parts = header.strip_prefix(ALGORITHM)?.strip_prefix(' ')?.split(',').map(str::trim);
        let (key_id, scope) = parts.next()?.strip_prefix("Credential=")?.split_once('/')?;
        let signed: Vec<&str> = parts.next()?.strip_prefix("SignedHeaders=")?.split(';').collect();
        let signature = parts.next()?.strip_prefix("Signature=")?;
        let lower = signed.iter().all(|name| !name.bytes().any(|byte| byte.is_ascii_uppercase()));
        let sorted = signed.is_sorted_by(|one, next| one < next);
        (lower && sorted && parts.next().is_none()).then_some(Self { key_id, scope, signed, signature })
    }
}

/// Checks who signed a request, when, and that nothing signed has changed since.
pub(super) fn check(request: &Parts, body: &[u8], keys: &Keys, now: Timestamp) -> Result<(), Refusal> {
    let authorization = header(request, "authorization").ok_or(Refusal::AccessDenied)?;
    let authorization = Authorization::parse(authorization).ok_or(Refusal::AuthorizationHeaderMalformed)?;
    let time = header(request, "x-amz-date").ok_or(Refusal::AccessDenied)?;
    let signed_at = PrimitiveDateTime::parse(time, TIME).map_err(|_| Refusal::AccessDenied)?.assume_utc();
    let (day, _) = time.split_once('T').ok_or(Refusal::AccessDenied)?;
    let scope = format!("{day}/{}/s3/aws4_request", keys.region);
    if authorization.scope != scope {
        return Err(Refusal::AuthorizationHeaderMalformed);
    }
    if authorization.key_id != keys.id {
        return Err(Refusal::InvalidAccessKeyId);
    }
    if Timestamp::from_date_time(signed_at).millis().abs_diff(now.millis()) > SKEW_MILLIS {
        return Err(Refusal::RequestTimeTooSkewed);
    }
    let must_be_signed = |name: &str| matches!(name, "host" | "content-type") || name.starts_with("x-amz-");
    let is_signed = |name: &str| authorization.signed.contains(&name);
    let all_signed = request.headers.keys().all(|name| is_signed(name.as_str()) || !must_be_signed(name.as_str()));
    if !all_signed || !is_signed("host") {
        return Err(Refusal::AccessDenied);
    }
    let claimed = header(request, "x-amz-content-sha256").ok_or(Refusal::InvalidRequest)?;
    if claimed != UNSIGNED && decode_hex(claimed).is_none_or(|hash| hash.len() != 32) {
        return Err(Refusal::InvalidArgument);
    }
    let canonical = canonical(request, &authorization.signed, claimed).ok_or(Refusal::SignatureDoesNotMatch)?;
    let hash = encode_hex(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{hash}");
    if encode_hex(&mac(&signing_key(keys, day), &to_sign)) != authorization.signature {
        return Err(Refusal::SignatureDoesNotMatch);
    }
    if claimed != UNSIGNED && claimed != encode_hex(&Sha256::digest(body)) {
        return Err(Refusal::XAmzContentSHA256Mismatch);
    }
    Ok(())
}

fn header<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The one form of a request that both sides sign, however the request spells its path, query and headers. `None` if a
/// signed header is missing or something isn't text.
fn canonical(request: &Parts, signed: &[&str], hash: &str) -> Option<String> {
    let path = encode_percent(&decode_percent(request.uri.path())?, "/");
    let mut query = Vec::new();
    for pair in request.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        query.push((encode_percent(&decode_percent(name)?, ""), encode_percent(&decode_percent(value)?, "")));
    }
    query.sort_unstable();
    let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut headers = String::new();
    for &name in signed {
        let mut values = Vec::new();
        for value in request.headers.get_all(name) {
            values.push(value.to_str().ok()?.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if values.is_empty() {
            return None;
        }
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let (method, query, signed) = (request.method.as_str(), query.join("&"), signed.join(";"));
    Some(format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{hash}"))
}

/// The key of one day, region and service.
fn signing_key(keys: &Keys, day: &str) -> Vec<u8> {
    let secret = format!("AWS4{}", keys.secret).into_bytes();
    [day, keys.region, "s3", "aws4_request"].into_iter().fold(secret, |key, part| mac(&key, part).to_vec())
}

fn mac(key: &[u8], message: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Decodes `%2F` to `/`.
pub(super) fn decode_percent(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.split('%');
    let mut decoded = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        decoded.extend(decode_hex(digits)?);
        decoded.extend_from_slice(rest.as_bytes());
    }
    Some(decoded)
}

/// Encodes everything but RFC 3986's unreserved characters and `kept`.
fn encode_percent(bytes: &[u8], kept: &str) -> String {
    let mut encoded = String::new();
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Method, Request, Uri};

    use super::*;

    /// The keys in AWS's examples.
    const KEYS: Keys =
        Keys { id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1" };
    const EMPTY: (&str, &str) =
        ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

    /// 2013-05-24T00:00:00Z, the time of AWS's examples.
    fn now() -> Timestamp {
        Timestamp::parse_rfc3339("2013-05-24T00:00:00Z").unwrap()
    }

    /// A request to the bucket of AWS's examples; all its headers are signed.
    fn request(method: &str, uri: &str, headers: &[(&str, &str)], signature: &str) -> Parts {
        let mut headers = headers.to_vec();
        headers.extend([("host", "examplebucket.s3.amazonaws.com"), ("x-amz-date", "20130524T000000Z")]);
        headers.sort_unstable();
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in &headers {
            request = request.header(*name, *value);
        }
        let signed = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let credential = format!("{}/20130524/us-east-1/s3/aws4_request", KEYS.id);
        let authorization = format!("{ALGORITHM} Credential={credential},SignedHeaders={signed},Signature={signature}");
        request.header("authorization", authorization).body(()).unwrap().into_parts().0
    }

    /// AWS's example that gets the first ten bytes of an object.
    fn get() -> Parts {
        let signature = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
        request("GET", "/test.txt", &[EMPTY, ("range", "bytes=0-9")], signature)
    }

    /// AWS's example that puts an object, whose name has a character that must be encoded.
    fn put() -> Parts {
        let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
        let signature = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-content-sha256", hash),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ];
        request("PUT", "/test$file.text", &headers, signature)
    }

    #[test]
    fn the_examples_of_awss_documentation_are_accepted() {
        assert_eq!(check(&get(), b"", &KEYS, now()), Ok(()));
        assert_eq!(check(&put(), b"Welcome to Amazon S3.", &KEYS, now()), Ok(()));
        let lifecycle = "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543";
        assert_eq!(check(&request("GET", "/?lifecycle", &[EMPTY], lifecycle), b"", &KEYS, now()), Ok(()));
        let list = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        for query in ["max-keys=2&prefix=J", "prefix=J&max-keys=2", "prefix=%4A&max-keys=2"] {
            let request = request("GET", &format!("/?{query}"), &[EMPTY], list);
            assert_eq!(check(&request, b"", &KEYS, now()), Ok(()), "{query}");
        }
    }

    #[test]
    fn whatever_is_signed_can_not_be_changed() {
        let changes: [fn(&mut Parts); 6] = [
            |request| request.method = Method::HEAD,
            |request| request.uri = Uri::from_static("/other.txt"),
            |request| request.uri = Uri::from_static("/test.txt?versionId=1"),
            |request| replace(request, "range", "bytes=0-10"),
            |request| remove(request, "range"),
            |request| replace(request, "x-amz-date", "20130524T000001Z"),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut request = get();
            change(&mut request);
            assert_eq!(check(&request, b"", &KEYS, now()), Err(Refusal::SignatureDoesNotMatch), "change {number}");
        }
        let other = Keys { secret: "another secret", ..KEYS };
        assert_eq!(check(&get(), b"", &other, now()), Err(Refusal::SignatureDoesNotMatch));
        let body = check(&put(), b"Welcome to Amazon S4.", &KEYS, now());
        assert_eq!(body, Err(Refusal::XAmzContentSHA256Mismatch));
    }

    #[test]
    fn each_part_of_a_signature_is_required() {
        let refused = |change: fn(&mut Parts)| {
            let mut request = get();
            change(&mut request);
            check(&request, b"", &KEYS, now()).unwrap_err()
        };
        assert_eq!(refused(|request| remove(request, "authorization")), Refusal::AccessDenied);
        assert_eq!(refused(|request| remove(request, "x-amz-date")), Refusal::AccessDenied);
        assert_eq!(refused(|request| replace(request, "x-amz-date", "yesterday")), Refusal::AccessDenied);
        assert_eq!(refused(|request| replace(request, "x-amz-acl", "public-read")), Refusal::AccessDenied);
        assert_eq!(refused(|request| sign(request, "host;", "")), Refusal::AccessDenied);
        assert_eq!(refused(|request| remove(request, EMPTY.0)), Refusal::InvalidRequest);
        assert_eq!(refused(|request| replace(request, EMPTY.0, "e3b0")), Refusal::InvalidArgument);
        let malformed = Refusal::AuthorizationHeaderMalformed;
        assert_eq!(refused(|request| replace(request, "authorization", "Bearer abc")), malformed);
        assert_eq!(refused(|request| sign(request, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")), malformed);
        assert_eq!(refused(|request| sign(request, "host;range", "range;host")), malformed);
        assert_eq!(refused(|request| sign(request, "host;", "Host;")), malformed);
        assert_eq!(refused(|request| sign(request, "us-east-1", "eu-central-1")), malformed);
        assert_eq!(refused(|request| replace(request, "x-amz-date", "20130523T235959Z")), malformed);
        assert_eq!(refused(|request| sign(request, KEYS.id, "AKIDANOTHER")), Refusal::InvalidAccessKeyId);
    }

    #[test]
    fn a_signature_is_valid_for_15_minutes_around_its_time() {
        for skew in [-900_000_i64, 900_000] {
            assert_eq!(check(&get(), b"", &KEYS, now().plus_millis(skew)), Ok(()));
            let beyond = now().plus_millis(skew + skew.signum());
            assert_eq!(check(&get(), b"", &KEYS, beyond), Err(Refusal::RequestTimeTooSkewed));
        }
    }

    fn remove(request: &mut Parts, name: &'static str) {
        request.headers.remove(name);
    }

    fn replace(request: &mut Parts, name: &'static str, value: &'static str) {
        request.headers.insert(name, HeaderValue::from_static(value));
    }

    /// Replaces a part of the `Authorization` header.
    fn sign(request: &mut Parts, part: &str, other: &str) {
        let authorization = header(request, "authorization").unwrap().replacen(part, other, 1);
        request.headers.insert("authorization", HeaderValue::from_str(&authorization).unwrap());
    }
}
