//! Tests of `signature`: the standard's own example, and every way in which a signature can be wrong.

use shared::keys::{KeyRing, Purpose};

use super::*;

fn key(digits: &str) -> SigningKey {
    let ring = KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Federation).unwrap();
    SigningKey::current(&ring).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_790_000_000).unwrap()
}

const RESPONSE: Response<'static> = Response {
    status: 200,
    content_digest: "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:",
    content_type: "application/json",
    date: "Tue, 24 Nov 2026 21:00:00 GMT",
};

/// RFC 9421, appendix B.2.6.
#[test]
fn the_standards_example_verifies() {
    let key = PublicKey {
        kid: "test-key-ed25519".to_owned(),
        alg: "Ed25519".to_owned(),
        x: "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs".to_owned(),
    };
    let components = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT".to_owned()),
        ("@method", "POST".to_owned()),
        ("@path", "/foo".to_owned()),
        ("@authority", "example.com".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("content-length", "18".to_owned()),
    ];
    let parameters = "(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")\
                      ;created=1618884473;keyid=\"test-key-ed25519\"";
    let signature = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    let signature = BASE64_STANDARD.decode(signature).unwrap();
    assert!(key.verifies(base(&components, parameters).as_bytes(), &signature));
    assert!(!key.verifies(base(&components[1..], parameters).as_bytes(), &signature));
}

#[test]
fn what_we_sign_verifies_for_five_minutes() {
    let key = key("ab");
    let signed = sign(&RESPONSE, &key, now());
    let verified = |seconds: i64| verify(&RESPONSE, &signed, &[key.public()], now().plus_millis(seconds * 1_000));
    assert_eq!([-300, 0, 300].map(verified), [Ok(()); 3]);
    assert_eq!([-301, 301].map(verified), [Err(Invalid::Time); 2]);
}

#[test]
fn another_response_or_key_is_refused() {
    let (key, other) = (key("ab"), key("cd"));
    let signed = sign(&RESPONSE, &key, now());
    for changed in [
        Response { status: 201, ..RESPONSE },
        Response { content_digest: "sha-256=:YQ==:", ..RESPONSE },
        Response { content_type: "text/html", ..RESPONSE },
        Response { date: "Tue, 24 Nov 2026 21:00:01 GMT", ..RESPONSE },
    ] {
        assert_eq!(verify(&changed, &signed, &[key.public()], now()), Err(Invalid::Wrong), "{changed:?}");
    }
    assert_eq!(verify(&RESPONSE, &signed, &[other.public()], now()), Err(Invalid::UnknownKey));
    let renamed = PublicKey { kid: key.kid.clone(), ..other.public() };
    assert_eq!(verify(&RESPONSE, &signed, &[renamed], now()), Err(Invalid::Wrong));
}

#[test]
fn other_forms_of_the_header_are_refused() {
    let key = key("ab");
    let signed = sign(&RESPONSE, &key, now());
    let verified = |input: String| verify(&RESPONSE, &Signed { input, ..signed.clone() }, &[key.public()], now());
    for (from, to) in [("\"@status\" ", ""), ("\"date\"", "\"@path\""), ("\"date\"", "\"date\" \"date\"")] {
        assert_eq!(verified(signed.input.replace(from, to)), Err(Invalid::Coverage), "{to}");
    }
    for (from, to) in [
        ("ed25519", "hmac-sha256"),
        (";created=", ";expires=1;created="),
        (";created=", ";created=1;created="),
        ("created=", "created=x"),
        ("rekomi=", "other="),
        ("rekomi=", ""),
        (")", ")x"),
        (";keyid", ";tag"),
    ] {
        assert_eq!(verified(signed.input.replacen(from, to, 1)), Err(Invalid::Unreadable), "{from} {to}");
    }
    assert_eq!(verified(String::new()), Err(Invalid::Unreadable));
    assert_eq!(verified("é".repeat(600)), Err(Invalid::Unreadable));
    for signature in ["", "rekomi=:!:", "rekomi=YQ==", "other=:YQ==:"] {
        let signed = Signed { signature: signature.to_owned(), ..signed.clone() };
        assert_eq!(verify(&RESPONSE, &signed, &[key.public()], now()), Err(Invalid::Unreadable), "{signature}");
    }
}
