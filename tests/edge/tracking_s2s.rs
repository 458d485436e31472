//! Goal: a visitor follows a link and buys, the brand's backend reports the sale, and the commission is booked to the
//! cent.
//! Method: click, cookie, S2S sale with the cookie's token, read by API; then the same with slug, coupon, lead, refund,
//! and the same sale reported again.
//! Routes: `/api/tracking/s2s`

use serde_json::json;
use world::{
    client::{
        browser::{Browser, parameter},
        sign,
    },
    settings,
    shared_app::{backend, booked, name, shared_app},
};

#[tokio::test(flavor = "multi_thread")]
async fn click_cookie_sale_commission() {
    let world = shared_app().await;
    let mut browser = Browser::new(world.edge_base());
    let response = browser.get("/lauren?utm_source=newsletter").await.expect_status(302);
    let location = response.header("location").unwrap();
    assert!(location.contains("utm_source=newsletter") && location.contains("via=lauren"), "{location}");
    assert_eq!(response.header("cache-control"), Some("no-store"));
    let set = response.header("set-cookie").unwrap();
    for part in ["Max-Age=5184000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(set.contains(part), "{set}");
    }
    let token = browser.cookie("_rkmi").unwrap().to_owned();
    assert_eq!(parameter(&response, "rk").as_deref(), Some(token.as_str()));
    assert!(token.starts_with("rkc_") && token.len() <= 100);

    let order = name("order");
    let sale = json!({"externalEventId": order, "type": "sale", "amountCents": 9_900, "currency": "usd", "clickToken": token, "customerId": name("u")});
    let answer = backend(world).post(&sale).await.expect_status(202);
    assert!(answer.json()["eventId"].as_str().unwrap().starts_with("evt_"));
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!((conversion["amountCents"].as_i64(), conversion["currency"].as_str()), (Some(9_900), Some("USD")));
    assert_eq!((conversion["type"].as_str(), conversion["status"].as_str()), (Some("Sale"), Some("Pending")));
    assert_eq!((conversion["creditedBy"].as_str(), conversion["verified"].as_bool()), (Some("click"), Some(true)));
    assert_eq!(conversion["affiliateId"].as_str(), world.demo["affiliate"]["id"].as_str());
    assert_eq!(commissions.len(), 1);
    // 20% of 99.00.
    assert_eq!(
        (commissions[0]["amountCents"].as_i64(), commissions[0]["status"].as_str()),
        (Some(1_980), Some("Pending"))
    );
    assert_eq!(commissions[0]["conversionId"], conversion["id"]);

    // The same sale again: accepted, one conversion.
    assert_eq!(backend(world).post(&sale).await.status, 202);
    // With another amount: accepted by the edge, a conflict at the ledger, the first report stays.
    let mut other = sale.clone();
    other["amountCents"] = json!(19_900);
    assert_eq!(backend(world).post(&other).await.status, 202);
    let refund =
        json!({"externalEventId": format!("{order}-back"), "type": "refund", "refundOf": order, "amountCents": 4_950});
    assert_eq!(backend(world).post(&refund).await.status, 202);
    let api = world.api();
    world::wait::until("the refund", 10, async || {
        let (conversion, commissions) = api.booked(&order).await?;
        (conversion["refundedCents"] == 4_950 && commissions[0]["amountCents"] == 990).then_some(())
    })
    .await;
    assert_eq!(world.api().all(&format!("/conversions?externalEventId={order}")).await.len(), 1);
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_slug_by_coupon_and_a_lead() {
    let world = shared_app().await;
    let (slug, coupon, lead, nobody) = (name("slug"), name("coupon"), name("lead"), name("nobody"));
    for body in [
        json!({"externalEventId": slug, "amountCents": 1_000, "affiliateSlug": "Lauren"}),
        json!({"externalEventId": coupon, "amountCents": 2_000, "couponCode": "lauren20", "currency": "EUR"}),
        json!({"externalEventId": lead, "type": "lead", "affiliateSlug": "lauren", "customerEmail": "Fan@Buyers.example", "customerName": "Fan Fox"}),
        json!({"externalEventId": nobody, "amountCents": 3_000, "affiliateSlug": "nobody-at-all"}),
    ] {
        assert_eq!(backend(world).post(&body).await.status, 202, "{body}");
    }
    let (conversion, commissions) = booked(world, &slug).await;
    assert_eq!((conversion["creditedBy"].as_str(), commissions[0]["amountCents"].as_i64()), (Some("slug"), Some(200)));
    let (conversion, commissions) = booked(world, &coupon).await;
    assert_eq!((conversion["creditedBy"].as_str(), commissions[0]["currency"].as_str()), (Some("coupon"), Some("EUR")));
    let (conversion, commissions) = booked(world, &lead).await;
    assert_eq!(
        (conversion["type"].as_str(), conversion["customerId"].as_str(), commissions.len()),
        (Some("Lead"), Some("fan@buyers.example"), 0)
    );
    let named = world.api().all(&format!("/leads?externalEventId={lead}")).await;
    let shown = (named[0]["email"].as_str(), named[0]["name"].as_str());
    assert_eq!(shown, (Some("fan@buyers.example"), Some("Fan Fox")));
    let wrong = json!({"externalEventId": name("lead"), "type": "lead", "customerName": "Fan\nFox"});
    let refused = backend(world).post(&wrong).await.field_refusal();
    assert_eq!(refused, (400, "validation_failed".to_owned(), "customerName".to_owned()));
    let (conversion, commissions) = booked(world, &nobody).await;
    assert_eq!((conversion["status"].as_str(), commissions.len()), (Some("Unattributed"), 0));
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliates_id_is_refused() {
    let world = shared_app().await;
    let order = name("by-id");
    let sale = json!({"externalEventId": order, "amountCents": 1_000, "affiliateId": world.demo["affiliate"]["id"]});
    let refused = backend(world).post(&sale).await.field_refusal();
    assert_eq!(refused, (400, "validation_failed".to_owned(), "affiliateId".to_owned()));
    // Nothing of it is stored: with the slug, the same ID is credited.
    let sale = json!({"externalEventId": order, "amountCents": 1_000, "affiliateSlug": "lauren"});
    assert_eq!(backend(world).post(&sale).await.status, 202);
    let (conversion, commissions) = booked(world, &order).await;
    assert_eq!((conversion["creditedBy"].as_str(), commissions.len()), (Some("slug"), 1));
    world.check().await;
}

/// Who writes a client of their own checks it with this example.
#[test]
fn the_published_example_is_right() {
    let page = std::fs::read_to_string(settings::root().join("docs/api/signing.md")).unwrap();
    let expected = format!("t=1790000100,v1={}", sign::v1("rks_secret", 1_790_000_100, b"{}"));
    assert!(page.contains(&format!("secret `rks_secret`, time `1790000100`, body `{{}}`: `{expected}`")), "{expected}");
}
