//! Goal: a forged, truncated or outdated token is as none, in a cookie and in a conversion: the visitor is redirected and
//! gets a fresh one, the sale is kept and credits nobody, and nobody sees a 500.
//! Method: a genuine token is damaged in every way a stranger could think of.

use serde_json::json;
use shared::{
    keys::{KeyRing, Purpose},
    token::ClickToken,
};
use world::{
    brand::{fresh, token_keys},
    client::browser::Browser,
    settings,
    shared_app::{backend, booked, name, shared_app},
    wait::now,
};

fn forgeries(genuine: &str, link: shared::id::LinkId) -> Vec<(String, String)> {
    let mut altered = genuine.to_owned().into_bytes();
    let last = altered.len() - 5;
    altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
    let click = ClickToken { click_id: fresh(), link_id: link, clicked_at: now() };
    let other_key = KeyRing::parse(&format!("1:{}", "7".repeat(64)), Purpose::ClickToken).unwrap();
    let other_number = KeyRing::parse(&settings::EDGE_KEYS.replacen("1:", "9:", 1), Purpose::ClickToken).unwrap();
    let other_purpose = KeyRing::parse(settings::EDGE_KEYS, Purpose::Pages).unwrap();
    [
        ("altered", String::from_utf8(altered).unwrap()),
        ("truncated", genuine[..50].to_owned()),
        ("longer", format!("{genuine}A")),
        ("another key", click.encode(&other_key)),
        ("another key number", click.encode(&other_number)),
        ("another purpose", click.encode(&other_purpose)),
        ("only the prefix", "rkc_".to_owned()),
        ("not ours", "eyJhbGciOiJub25lIn0.e30.".to_owned()),
        ("base64 with other letters", genuine.replace(['-', '_'], "+").replacen('+', "_", 1)),
        ("very long", "r".repeat(3_000)),
    ]
    .into_iter()
    .filter(|(_, token)| token != genuine)
    .map(|(what, token)| (what.to_owned(), token))
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cookie() {
    let world = shared_app().await;
    let genuine = world.acme.token(&world.acme.partner, now());
    let outdated = ("outdated".to_owned(), world.acme.token(&world.acme.partner, now().plus_days(-61)));
    for (what, token) in forgeries(&genuine, world.acme.partner.link).into_iter().chain([outdated]) {
        let mut browser = Browser::new(world.edge_base());
        browser.set_cookie("_rkmi", &token);
        browser.get("/lauren").await.expect_status(302);
        let got = browser.cookie("_rkmi").unwrap();
        assert_ne!(got, token, "{what}");
        assert!(ClickToken::decode(got, &token_keys()).is_ok(), "{what}: a genuine one instead");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_conversion() {
    let world = shared_app().await;
    let genuine = world.acme.token(&world.acme.partner, now());
    let outdated = ("outdated".to_owned(), world.acme.token(&world.acme.partner, now().plus_days(-61)));
    let theirs = ("another organization's".to_owned(), world.globex.token(&world.globex.partner, now()));
    let mut report = Vec::new();
    for (what, token) in forgeries(&genuine, world.acme.partner.link).into_iter().chain([outdated, theirs]) {
        let order = name("forged");
        let response =
            backend(world).post(&json!({"externalEventId": order, "amountCents": 9_900, "clickToken": token})).await;
        match response.status {
            202 => report.push((what, order)),
            // Longer than any text may be.
            400 => assert_eq!(response.field_refusal().2, "clickToken", "{what}"),
            status => panic!("{what}: {status}"),
        }
    }
    for (what, order) in report {
        let (conversion, commissions) = booked(world, &order).await;
        assert_eq!((conversion["status"].as_str(), commissions.len()), (Some("Unattributed"), 0), "{what}");
    }
}
