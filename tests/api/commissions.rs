//! Goal: every commission explains itself: who reported the sale, which touches lost and why, the plan, the arithmetic,
//! who decided what, and transfers that add up to its amount. A page shows the same.
//! Method: one customer with several clicks, a refund, decisions and a payout; after each, the receipts are read by API
//! and as a page.
//! Elsewhere: tests/api/programs/click_rules.rs: `/commissions/{id}`, `/commissions/{id}/approve`
//! Elsewhere: tests/api/programs/click_rules.rs: `/commissions/{id}/deny`

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner},
    client::{api::Api, dashboard::Marketer},
    wait::now,
};

const WHY: &str = "she wrote; the screenshot is in the ticket";

fn sale(world: &World, id: &str, at: Timestamp, token: Option<String>) -> Event {
    world.acme.sale(id, 10_000).but(|report| {
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(at);
        report.click_token = token;
    })
}

async fn receipt(api: &Api, id: &str) -> Value {
    let rows = api.booked(id).await.expect("a conversion").1;
    // The commission with an amount, if there is one.
    let row = rows.iter().find(|row| row["amountCents"] != 0).unwrap_or(&rows[0]);
    explain(api, row).await
}

async fn explain(api: &Api, commission: &Value) -> Value {
    let path = format!("/commissions/{}/explain", commission["id"].as_str().unwrap());
    let receipt = api.get(&path).await.expect_status(200).json();
    assert_eq!(receipt["bookedCents"], receipt["amountCents"], "{receipt}");
    assert_eq!(receipt["amountCents"], commission["amountCents"]);
    receipt
}

fn texts<'v>(list: &'v Value, name: &str) -> Vec<&'v str> {
    list.as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect()
}

struct Fixture {
    world: World,
    early: Partner,
    late: Partner,
}

/// Late's click is the last one before the first sale; early's is older; one of late's comes after it.
async fn fixture() -> Fixture {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await;
    let late = world.acme.join(&world.database, "late").await;
    let at = now().plus_days(-20);
    let lead = |id: &str, token: String, at: Timestamp| {
        world.acme.lead(id).but(|report| {
            report.customer_id = Some("buyer".to_owned());
            report.occurred_at = Some(at);
            report.click_token = Some(token);
        })
    };
    let old = at.plus_days(-5);
    world.intake().accept(&[lead("signup", world.acme.token(&early, old), old.plus_millis(60_000))]).await;
    let token = world.acme.token(&late, at.plus_days(-1));
    world.intake().accept(&[sale(&world, "first", at, Some(token))]).await;
    let after = at.plus_days(3);
    world.intake().accept(&[sale(&world, "second", after, Some(world.acme.token(&early, after)))]).await;
    Fixture { world, early, late }
}

#[tokio::test]
async fn touches_plan_and_arithmetic() {
    let Fixture { world, late, .. } = fixture().await;
    let api = world.api();
    let first = receipt(&api, "first").await;
    assert_eq!(
        (first["affiliateId"].as_str(), first["credit"]["rule"].as_str()),
        (Some(late.affiliate.to_string().as_str()), Some("click"))
    );
    let touches = &first["credit"]["touches"];
    assert_eq!(texts(touches, "affiliateName"), ["early", "late", "early"]);
    assert_eq!(texts(touches, "outcome"), ["lost", "won", "lost"]);
    assert_eq!(
        texts(touches, "reason"),
        ["a later click won (last click)", "the last click before the sale", "it came after the sale"]
    );
    assert!(touches[1]["link"].as_str().unwrap().ends_with("/late"), "{touches}");
    assert_eq!(first["plan"]["component"], "20% of each sale");
    assert_eq!(first["arithmetic"], json!(["20% of USD 100.00 = USD 20.00 (rounded half up)"]));
    assert!(first["headline"].as_str().unwrap().starts_with("USD 20.00 for late, Pending: payable on "), "{first}");
    assert_eq!(first["transfers"][0]["because"], "sale first");
    assert_eq!(
        (first["sale"]["verified"].as_bool(), first["sale"]["customerId"].as_str()),
        (Some(true), Some("buyer"))
    );

    let second = receipt(&api, "second").await;
    assert_eq!(second["credit"]["rule"], "bound");
    let words = second["credit"]["inWords"].as_str().unwrap();
    assert!(words.starts_with("Existing customer of late since sale first of "), "{words}");
    for reason in texts(&second["credit"]["touches"], "reason") {
        assert_eq!(reason, "the customer was already locked in by sale first");
    }
    assert!(
        second["plan"]["why"].as_str().unwrap().ends_with("when the customer was locked in. They keep this plan."),
        "{second}"
    );
    world.finish().await;
}

#[tokio::test]
async fn refunds_decisions_and_payouts() {
    let Fixture { world, early, late } = fixture().await;
    let api = world.api();
    world.intake().accept(&[world.acme.refund("back", "first", 2_500)]).await;
    let id = receipt(&api, "first").await["commissionId"].as_str().unwrap().to_owned();
    api.post(&format!("/commissions/{id}/release"), &json!({"reason": WHY})).await.expect_status(200);
    let payout = json!({"affiliateId": late.affiliate.to_string(), "currency": "USD", "reference": "bank 7"});
    api.post("/payouts", &payout).await.expect_status(201);
    let paid = receipt(&api, "first").await;
    assert_eq!(texts(&paid["transfers"], "what"), ["Earned", "Reversed", "Became payable", "Paid out"]);
    assert_eq!(
        texts(&paid["transfers"], "because"),
        [
            "sale first".to_owned(),
            "refund back".to_owned(),
            format!("Release by {}: {WHY}", paid["decisions"][0]["actor"].as_str().unwrap()),
            "payout bank 7".to_owned()
        ]
    );
    assert_eq!(paid["sale"]["givenBack"][0]["inWords"], "USD 25.00 refunded");
    assert_eq!(paid["arithmetic"][1], "USD 25.00 of USD 100.00 refunded, leaving USD 15.00");
    // The credit moves after the payment: the paid amount comes off the next payout, and both receipts say why.
    let conversion = paid["sale"]["conversionId"].as_str().unwrap();
    let to_early = json!({"affiliateId": early.affiliate.to_string(), "reach": "Conversion", "reason": WHY});
    api.post(&format!("/conversions/{conversion}/reattribute"), &to_early).await.expect_status(200);
    for commission in api.all(&format!("/commissions?conversionId={conversion}")).await {
        let receipt = explain(&api, &commission).await;
        let words = receipt["credit"]["inWords"].as_str().unwrap();
        assert!(words.starts_with(&format!("Assigned to early manually: {WHY} (api_key:")), "{words}");
        assert_eq!(receipt["others"].as_array().unwrap().len(), 1);
        let headline = receipt["headline"].as_str().unwrap();
        if commission["id"] == id.as_str() {
            assert!(headline.ends_with("so USD 15.00 will be deducted from the next payout."), "{headline}");
        } else {
            assert!(headline.starts_with("USD 15.00 for early, Pending"), "{headline}");
        }
    }
    let program = world.acme.program.to_string();
    let bonus = json!({"programId": program, "amountCents": 700, "currency": "USD", "reason": WHY});
    let bonus = api.post(&format!("/affiliates/{}/bonuses", early.affiliate), &bonus).await.expect_status(201).json();
    let receipt = explain(&api, &bonus).await;
    assert_eq!((receipt["sale"].is_null(), receipt["decisions"][0]["reason"].as_str()), (true, Some(WHY)));
    assert_eq!(receipt["transfers"][0]["cause"], "Decision");
    // Every existing commission.
    for commission in api.all("/commissions").await {
        explain(&api, &commission).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn people_read_the_same_on_a_page() {
    let Fixture { world, .. } = fixture().await;
    let api = world.api();
    world.intake().accept(&[world.acme.refund("back", "first", 2_500)]).await;
    let receipt = receipt(&api, "first").await;
    let path = format!("/dashboard/commissions/{}", receipt["commissionId"].as_str().unwrap());
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.browser.get(&path).await.expect_status(303);
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let overview = marketer.browser.get("/dashboard").await.expect_status(200).text();
    assert!(overview.contains(&path), "the overview links to the receipt");
    let page = marketer.browser.get(&path).await.expect_status(200).text();
    for text in
        ["when its hold ends.", "the last click before the sale", "it came after the sale", "$15.00", "refund back"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    // Another organization's commission isn't found.
    let slug = world.globex.partner.slug.clone();
    world.intake().accept(&[world.globex.sale("theirs", 9_900).but(|report| report.affiliate_slug = Some(slug))]).await;
    let (_, theirs) = world.other_api().booked("theirs").await.unwrap();
    let theirs = theirs[0]["id"].as_str().unwrap();
    marketer.browser.get(&format!("/dashboard/commissions/{theirs}")).await.expect_status(404);
    assert_eq!(api.get(&format!("/commissions/{theirs}/explain")).await.refusal(), (404, "not_found".to_owned()));
    world.finish().await;
}
