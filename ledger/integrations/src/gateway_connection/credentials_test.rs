//! Tests of `credentials`.

use serde_json::json;

use super::*;

fn read(gateway: Gateway, value: Value) -> std::result::Result<Checked, (String, String)> {
    let given: Credentials = serde_json::from_value(value).unwrap();
    check(gateway, &given).map_err(|error| {
        let body = error.body().clone();
        assert_eq!(body.code.as_str(), "validation_failed");
        (body.field.unwrap_or_default(), body.message)
    })
}

#[test]
fn what_is_missing_is_named_with_where_it_is_found() {
    for (gateway, value, field, hint) in [
        (Gateway::Stripe, json!({}), "credentials.apiKey", "Developers \u{2192} API keys"),
        (Gateway::Stripe, json!({"apiKey": " "}), "credentials.apiKey", "Developers \u{2192} API keys"),
        (Gateway::Stripe, json!({"apiKey": null}), "credentials.apiKey", "Developers \u{2192} API keys"),
        (Gateway::Stripe, json!({"apiKey": "pk_live_0123456789"}), "credentials.apiKey", "publishable"),
        (Gateway::Stripe, json!({"apiKey": "whsec_0123456789abcdef"}), "credentials.apiKey", "webhookSecret"),
        (Gateway::Stripe, json!({"apiKey": 5}), "credentials.apiKey", "must be a string"),
        (Gateway::Stripe, json!({"webhookSecret": "rk_live_01234567890"}), "credentials.webhookSecret", "whsec_"),
        (Gateway::Stripe, json!({"key": "rk_live_0123456789"}), "credentials.key", "apiKey, webhookSecret"),
        (Gateway::Paddle, json!({}), "credentials.apiKey", "Authentication"),
        (Gateway::Paddle, json!({"apiKey": "0123456789abcdef"}), "credentials.apiKey", "older key"),
        (Gateway::Paddle, json!({"apiKey": "sk_live_0123456789"}), "credentials.apiKey", "pdl_live_apikey_"),
        (Gateway::Braintree, json!({}), "credentials.environment", "Sandbox"),
        (Gateway::Braintree, json!({"environment": "test"}), "credentials.environment", "sandbox or production"),
        (Gateway::Braintree, json!({"environment": "sandbox"}), "credentials.merchantId", "Business"),
        (
            Gateway::Braintree,
            json!({"environment": "sandbox", "merchantId": "m", "publicKey": "p"}),
            "credentials.privateKey",
            "signs",
        ),
        (
            Gateway::Braintree,
            json!({"environment": "sandbox", "merchantId": "m", "publicKey": "p|q", "privateKey": "r"}),
            "credentials.publicKey",
            "letters and digits",
        ),
    ] {
        let (named, message) = read(gateway, value.clone()).unwrap_err();
        assert!(named == field && message.contains(hint), "{value}: {named}: {message}");
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    for (gateway, value, fields) in [
        (Gateway::Stripe, json!({"apiKey": "pk_live_0123456789", "webhookSecret": "short"}), "apiKey webhookSecret"),
        (
            Gateway::Paddle,
            json!({"apiKey": "key", "webhookSecret": "short", "environment": ""}),
            "apiKey webhookSecret",
        ),
        (Gateway::Braintree, json!({"publicKey": "p|q"}), "environment merchantId publicKey privateKey"),
        (Gateway::Shopify, json!({"shop": "brand.com"}), "shop webhookSecret"),
        (Gateway::Dodo, json!({"apiKey": "0123456789abcdef0", "webhookSecret": "short"}), "environment webhookSecret"),
        (Gateway::Creem, json!({"apiKey": "key", "webhookSecret": "short"}), "apiKey webhookSecret"),
    ] {
        let given: Credentials = serde_json::from_value(value).unwrap();
        let error = check(gateway, &given).unwrap_err();
        let mut named: Vec<_> = error.each().filter_map(|one| one.body().field.clone()).collect();
        named.dedup();
        assert_eq!(named.join(" ").replace("credentials.", ""), fields, "{gateway:?}");
    }
}

#[test]
fn a_key_tells_its_environment() {
    let of = |gateway, value| read(gateway, value).unwrap();
    assert_eq!(of(Gateway::Stripe, json!({"apiKey": "\trk_live_0123456789\n"})).environment, Some("live"));
    assert_eq!(of(Gateway::Stripe, json!({"apiKey": "sk_test_0123456789"})).environment, Some("test"));
    assert_eq!(of(Gateway::Stripe, json!({"webhookSecret": "whsec_0123456789abcdef"})).environment, None);
    assert_eq!(of(Gateway::Paddle, json!({"apiKey": "pdl_sdbx_apikey_01234567"})).environment, Some("sandbox"));
    let old = json!({"apiKey": "0123456789abcdef0123456789abcdef", "environment": "live"});
    assert_eq!(of(Gateway::Paddle, old).environment, Some("live"));
}

#[test]
fn braintrees_keys_travel_together() {
    let keys = json!({"environment": "production", "merchantId": "merchant", "publicKey": "public0123456789",
                      "privateKey": "private0123456789"});
    let checked = read(Gateway::Braintree, keys).unwrap();
    assert_eq!(checked.secret.unwrap().expose(), "public0123456789|private0123456789");
    assert_eq!((checked.environment, checked.account.as_deref()), (Some("production"), Some("merchant")));
    assert_eq!(checked.hints["privateKey"], "\u{2026}6789");
}

#[test]
fn a_shop_travels_with_its_key() {
    let (shop, key) = ("https://Brand.myshopify.com/", "shpss_0123456789abcdef");
    let checked = read(Gateway::Shopify, json!({"shop": shop, "webhookSecret": key})).unwrap();
    assert_eq!(checked.secret.unwrap().expose(), "brand.myshopify.com|shpss_0123456789abcdef");
    assert_eq!(checked.account.as_deref(), Some("brand.myshopify.com"));
    assert_eq!(checked.hints["webhookSecret"], "shpss_\u{2026}cdef");
    for (shop, key, field) in [
        ("brand.com", key, "credentials.shop"),
        (".myshopify.com", key, "credentials.shop"),
        ("a.b.myshopify.com", key, "credentials.shop"),
        ("a|b.myshopify.com", key, "credentials.shop"),
        ("brand.myshopify.com", "0123456789|abcdef", "credentials.webhookSecret"),
        ("brand.myshopify.com", "short", "credentials.webhookSecret"),
        ("brand.myshopify.com", "", "credentials.webhookSecret"),
    ] {
        assert_eq!(read(Gateway::Shopify, json!({"shop": shop, "webhookSecret": key})).unwrap_err().0, field);
    }
}

#[test]
fn signing_secrets_are_told_from_keys() {
    let of = |gateway, secret: &str| read(gateway, json!({"webhookSecret": secret})).map_err(|(field, _)| field);
    let wrong = Err("credentials.webhookSecret".to_owned());
    let dodo = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(of(Gateway::Dodo, dodo).unwrap().secret.unwrap().expose(), dodo);
    for secret in ["whsec_not base64", "whsec_***************", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        assert_eq!(of(Gateway::Dodo, secret).map(drop), wrong, "{secret}");
    }
    assert!(of(Gateway::Creem, "whsec_4vectorCreem").is_ok());
    assert_eq!(of(Gateway::Creem, "creem_0123456789abcdef").map(drop), wrong);
    assert_eq!(of(Gateway::Creem, "short").map(drop), wrong);
    assert_eq!(of(Gateway::Creem, "").map(drop), Err("credentials.apiKey".to_owned()), "the recommended one");
}

#[test]
fn dodos_keys_need_an_environment_and_creems_show_theirs() {
    let of = |gateway, value| read(gateway, value).map(|checked| checked.environment).map_err(|(field, _)| field);
    let (apikey, environment) = (Err("credentials.apiKey".to_owned()), Err("credentials.environment".to_owned()));
    let key = "0123456789abcdef.0123456789";
    assert_eq!(of(Gateway::Dodo, json!({"apiKey": key, "environment": "test"})), Ok(Some("test")));
    assert_eq!(of(Gateway::Dodo, json!({ "apiKey": key })), environment);
    assert_eq!(of(Gateway::Dodo, json!({"apiKey": key, "environment": "sandbox"})), environment);
    assert_eq!(of(Gateway::Dodo, json!({"apiKey": "short", "environment": "live"})), apikey);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(of(Gateway::Dodo, json!({"apiKey": secret, "environment": "live"})), apikey);
    assert_eq!(of(Gateway::Creem, json!({"apiKey": "creem_0123456789abcdef"})), Ok(Some("live")));
    assert_eq!(of(Gateway::Creem, json!({"apiKey": "creem_test_0123456789abcdef"})), Ok(Some("test")));
    for wrong in ["creem_", "whsec_0123456789abcdef", "sk_live_0123456789"] {
        assert_eq!(of(Gateway::Creem, json!({ "apiKey": wrong })), apikey, "{wrong}");
    }
}

#[test]
fn no_mistake_repeats_a_secret() {
    let whole: std::result::Result<Credentials, _> = serde_json::from_value(json!("rk_live_canary_canary"));
    assert!(!whole.unwrap_err().to_string().contains("canary"));
    for value in [json!({"apiKey": ["canary"]}), json!({"apiKey": "canary canary"}), json!({"apiKey": "canary"})] {
        assert!(!read(Gateway::Stripe, value).unwrap_err().1.contains("canary"));
    }
    let given: Credentials = serde_json::from_value(json!({"apiKey": "canary"})).unwrap();
    assert!(!format!("{given:?}").contains("canary"));
}

#[test]
fn a_hint_shows_four_characters_at_most() {
    assert_eq!(hint("rk_live_51Habcdefghijka1b2"), "rk_live_\u{2026}a1b2");
    assert_eq!(hint("whsec_short"), "whsec_\u{2026}");
    assert_eq!(hint(""), "\u{2026}");
    assert_eq!(hint("0123456789abcdef"), "\u{2026}cdef");
}
