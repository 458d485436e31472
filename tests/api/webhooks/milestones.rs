//! Goal: an affiliate's first click and first sale in a program are events, each once, in whichever order and however
//! often clicks and sales arrive; what doesn't count raises none.
//! Method: batches with later clicks before earlier ones, repeated and at once; what a receiver got, beside the
//! database.

use serde_json::{Value, json};
use shared::event::ClickClass;
use world::{brand::But, http::Request, receiver::Received, wait::now, webhook_fixture::WebhookFixture};

const BOTH: [&str; 2] = ["first_click", "first_conversion"];

/// How many messages of a kind there are.
async fn raised(fixture: &WebhookFixture, kind: &str) -> i64 {
    fixture.world.database.count(&format!("select count(*) from messages where kind = '{kind}'")).await
}

fn of<'a>(all: &'a [Received], kind: &str, affiliate: &Value) -> Vec<&'a Received> {
    all.iter().filter(|one| one.kind == kind && one.data()["affiliateId"] == *affiliate).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_click_is_told_once_in_any_order() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    fixture.listen("/firsts", &json!(BOTH)).await;
    let (early, late) = (brand.join(&world.database, "early").await, brand.join(&world.database, "late").await);
    let start = now().plus_days(-1);
    // Bots, prefetches and link checks don't count.
    for class in [ClickClass::Bot, ClickClass::Prefetch, ClickClass::Head] {
        world.intake().accept(&[brand.uncounted_click(&early, class)]).await;
    }
    assert_eq!(raised(&fixture, "first_click").await, 0);
    // The earliest click of a batch makes the event, wherever in the batch it is.
    let [second, third] = [1, 2].map(|minute| brand.click_at(&early, start.plus_millis(minute * 60_000)));
    world.intake().accept(&[third.clone(), second.clone(), brand.click_at(&late, start)]).await;
    // Again, and an earlier one that comes later.
    world.intake().post(&[second, third]).await;
    world.intake().accept(&[brand.click_at(&early, start)]).await;
    let all = fixture.arrived("/firsts", 2).await;
    let first = of(&all, "first_click", &json!(early.affiliate.to_string()));
    assert_eq!(first.len(), 1, "{all:?}");
    let data = first[0].data();
    assert_eq!(data["occurredAt"], start.plus_millis(60_000).to_string());
    assert_eq!(
        (&data["programId"], &data["linkId"]),
        (&json!(brand.program.to_string()), &json!(early.link.to_string()))
    );
    assert!(data["id"].as_str().is_some_and(|id| id.starts_with("clk_")));
    assert_eq!(raised(&fixture, "first_click").await, 2, "one for each affiliate");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_at_once_raise_one_event() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    let partner = brand.join(&world.database, "busy").await;
    let clicks: Vec<_> = (0..8).map(|minute| brand.click_at(&partner, now().plus_millis(-minute * 60_000))).collect();
    let batches = clicks.into_iter().map(|click| {
        let intake = world.intake();
        tokio::spawn(async move { intake.accept(&[click]).await })
    });
    for batch in batches.collect::<Vec<_>>() {
        batch.await.unwrap();
    }
    assert_eq!(raised(&fixture, "first_click").await, 1);
    assert_eq!(world.database.count("select count(*) from milestones where announced").await, 1);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sale_is_told_once_and_only_if_it_counts() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    let api = world.api();
    fixture.listen("/firsts", &json!(["first_conversion"])).await;
    let partner = brand.join(&world.database, "seller").await;
    let mine = |id: &str, cents: i64| {
        brand.sale(id, cents).but(|report| {
            report.affiliate_slug = Some("seller".to_owned());
            report.customer_id = Some(format!("buyer of {id}"));
        })
    };
    // Nobody's sale, a lead, and what only a page says, which waits for a review.
    let lead = brand.lead("signup").but(|report| report.affiliate_slug = Some("seller".to_owned()));
    let claimed = brand.by_page(&mine("claimed", 4_900));
    world.intake().accept(&[brand.sale("nobodys", 9_900), lead, claimed]).await;
    assert_eq!(raised(&fixture, "first_conversion").await, 0);
    // A refund before its sale doesn't change that it was the first.
    world.intake().accept(&[brand.refund("back", "one", 9_900)]).await;
    let one = mine("one", 9_900);
    world.intake().accept(std::slice::from_ref(&one)).await;
    world.intake().post(&[one]).await;
    // An earlier sale that comes later, and the claim once a person approves it.
    let earlier = mine("earlier", 1_000).but(|report| report.occurred_at = Some(now().plus_days(-2)));
    world.intake().accept(&[earlier]).await;
    let (claim, _) = api.booked("claimed").await.unwrap();
    let decision = json!({"decision": "Approve", "reason": "They showed the receipt"});
    api.post(&format!("/conversions/{}/review", claim["id"].as_str().unwrap()), &decision).await.expect_status(200);
    let all = fixture.arrived("/firsts", 1).await;
    let (conversion, _) = api.booked("one").await.unwrap();
    assert_eq!((&all[0].data()["id"], &all[0].data()["externalEventId"]), (&conversion["id"], &json!("one")));
    assert_eq!(all[0].data()["affiliateId"], partner.affiliate.to_string());
    assert_eq!(raised(&fixture, "first_conversion").await, 1);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_counts_once_a_person_approves_it() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    let api = world.api();
    let slug = brand.partner.slug.clone();
    let sale = brand.sale("claimed", 4_900).but(|report| report.affiliate_slug = Some(slug));
    world.intake().accept(&[brand.by_page(&sale)]).await;
    let (claim, _) = api.booked("claimed").await.unwrap();
    assert_eq!((claim["status"].as_str(), claim["review"].as_str()), (Some("Pending"), None), "{claim}");
    assert_eq!(raised(&fixture, "first_conversion").await, 0);
    let decision = json!({"decision": "Approve", "reason": "They showed the receipt"});
    api.post(&format!("/conversions/{}/review", claim["id"].as_str().unwrap()), &decision).await.expect_status(200);
    assert_eq!(raised(&fixture, "first_conversion").await, 1);
    fixture.world.finish().await;
}

/// A recruiter who is probably the recruit waits for their share; the recruit's own sale doesn't.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_sale_counts_at_once_while_the_recruiters_share_waits() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    let api = world.api();
    let put = async |path: String, body: Value| {
        let request = Request::post(&format!("/api/v1{path}"), body.to_string());
        api.send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
    };
    fixture.listen("/firsts", &json!(["first_conversion"])).await;
    put(format!("/programs/{}/sub-affiliate-config", brand.program), json!({"enabled": true, "percent": 10})).await;
    let recruit = brand.join(&world.database, "recruit").await;
    let recruiter = brand.join(&world.database, "recruiter").await.affiliate;
    let by = json!({"recruiterId": recruiter.to_string(), "reason": "Met at the fair"});
    put(format!("/affiliates/{}/recruiter", recruit.affiliate), by).await;
    let alias = json!({"email": "recruit+alias@creators.test"});
    api.patch(&format!("/affiliates/{recruiter}"), &alias).await.expect_status(200);
    let sale = brand.sale("one", 10_000).but(|report| {
        report.affiliate_slug = Some("recruit".to_owned());
        report.customer_id = Some("ann".to_owned());
        report.occurred_at = Some(now().plus_millis(3_600_000));
    });
    world.intake().accept(&[sale]).await;
    let (conversion, commissions) = api.booked("one").await.unwrap();
    assert_eq!(conversion["flags"], json!(["SelfRecruit"]));
    assert!(commissions.iter().any(|row| row["heldFor"] == "Review"), "{commissions:?}");
    let all = fixture.arrived("/firsts", 1).await;
    assert_eq!(all[0].data()["id"], conversion["id"]);
    assert_eq!(raised(&fixture, "first_conversion").await, 1);
    fixture.world.finish().await;
}

/// A renewal waits with the flagged sale that brought the customer. Once a person credits that sale to no one, the
/// renewal is the affiliate's first sale, although nothing about it changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_counts_once_it_no_longer_waits_with_the_first_sale() {
    let fixture = WebhookFixture::shared().await;
    let (world, brand) = (&fixture.world, &fixture.world.acme);
    let api = world.api();
    fixture.listen("/firsts", &json!(["first_conversion"])).await;
    let bob = brand.join(&world.database, "bob").await;
    let by = |name: &str, customer: &str, ago: i64| {
        brand.sale(name, 10_000).but(|report| {
            report.customer_id = Some(customer.to_owned());
            report.occurred_at = Some(now().plus_days(-ago));
        })
    };
    let own = by("own", "u_1", 59).but(|report| report.customer_email = Some("ann@buyers.test".to_owned()));
    let again = by("again", "u_2", 50).but(|report| {
        report.customer_email = Some("ann+2@buyers.test".to_owned());
        report.click_token = Some(brand.token(&bob, now().plus_days(-51)));
    });
    world.intake().accept(&[own, again, by("month-2", "u_2", 20)]).await;
    assert_eq!(api.booked("month-2").await.unwrap().1[0]["heldFor"], "FirstSale");
    assert_eq!(raised(&fixture, "first_conversion").await, 0);
    let (flagged, _) = api.booked("again").await.unwrap();
    let path = format!("/conversions/{}/reattribute", flagged["id"].as_str().unwrap());
    let body = json!({"affiliateId": null, "reach": "Conversion", "reason": "They bought before"});
    api.post(&path, &body).await.expect_status(200);
    let (renewal, commissions) = api.booked("month-2").await.unwrap();
    assert_eq!(commissions[0]["heldFor"], Value::Null);
    let all = fixture.arrived("/firsts", 1).await;
    assert_eq!((&all[0].data()["id"], &all[0].data()["createdAt"]), (&renewal["id"], &renewal["createdAt"]));
    assert_eq!(raised(&fixture, "first_conversion").await, 1);
    fixture.world.finish().await;
}
