//! Goal: an affiliate's page shows who recruited them and whom they recruited with what that earned, and changes it with a
//! reason.
//! Method: the form `recruiter` of `/dashboard/affiliates/{id}/{what}` as a browser sends it, refused ones among them; a
//! sale of the recruit is reported in between, and a flagged one is looked for in the review queue.

use serde_json::json;
use world::http::Request;

use super::Fixture;

async fn set(fixture: &Fixture, path: &str, body: serde_json::Value) {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    fixture.world.api().send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
}

#[tokio::test]
async fn an_affiliates_page_shows_and_changes_who_recruited_whom() {
    let mut fixture = Fixture::open().await;
    let recruit = fixture.world.acme.partner.affiliate.to_string();
    let recruiter = fixture.world.acme.join(&fixture.world.database, "early").await.affiliate.to_string();
    assert!(!fixture.page(&format!("/{recruit}")).await.contains("recruiting-title"), "no program pays recruiters");
    let config = format!("/programs/{}/sub-affiliate-config", fixture.world.acme.program);
    set(&fixture, &config, json!({"enabled": true, "percent": 10})).await;
    let page = fixture.page(&format!("/{recruit}")).await;
    assert!(page.contains("recruiting-title") && page.contains("<dt>Recruited by</dt><dd>No one</dd>"), "{page}");

    let path = format!("/{recruit}/recruiter");
    let own = fixture.world.acme.partner.slug.clone();
    for (named, reason, problem) in [
        ("nobody", "Met at the fair", "No affiliate has this link name or email."),
        (own.as_str(), "Met at the fair", "recruit themselves."),
        ("early", "", "reason"),
    ] {
        let refused = fixture.post(&path, &[("recruiter", named), ("reason", reason)]).await.expect_status(400).text();
        assert!(refused.contains(problem) && refused.contains(&format!("value=\"{named}\"")), "{named}: {refused}");
    }
    let done = fixture.post(&path, &[("recruiter", "early"), ("reason", "Met at the fair")]).await.expect_status(303);
    let place = done.header("location").unwrap().to_owned();
    let page = fixture.owner.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Recruiter saved.") && page.contains("Set by your team on"), "{page}");
    assert!(
        page.contains("Met at the fair") && page.contains(&format!("/dashboard/affiliates/{recruiter}?")),
        "{page}"
    );
    assert_eq!(fixture.audited(&recruit).await, ["affiliate.recruiter_set"]);

    // 10% of 20% of $100.00.
    let sale = json!({"externalEventId": "one", "amountCents": 10_000, "customerId": "ann", "affiliateSlug": own});
    fixture.world.api().post("/conversions", &sale).await.expect_status(201);
    let page = fixture.page(&format!("/{recruiter}")).await;
    assert!(
        page.contains("$2.00 earned by them") && page.contains(&format!("/dashboard/affiliates/{recruit}?")),
        "{page}"
    );

    // Both are paid to one account from now on: the brand is asked.
    for who in [&recruit, &recruiter] {
        let paypal = json!({"rail": "PayPal", "email": "one@paypal.test"});
        set(&fixture, &format!("/affiliates/{who}/payout-method"), paypal).await;
    }
    let sale = json!({"externalEventId": "two", "amountCents": 10_000, "customerId": "ben", "affiliateSlug": own});
    fixture.world.api().post("/conversions", &sale).await.expect_status(201);
    let queue = format!("/dashboard/review?organization={}", fixture.organization);
    let queue = fixture.owner.browser.get(&queue).await.expect_status(200).text();
    assert!(queue.contains("the recruiter shares an email address or payout account"), "{queue}");
    assert!(queue.contains("$2.00") && !queue.contains("$22.00"), "only the recruiter's share is held: {queue}");

    let removed = fixture.post(&path, &[("recruiter", ""), ("reason", "They are one person")]).await.expect_status(303);
    let place = removed.header("location").unwrap().to_owned();
    let page = fixture.owner.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("<dt>Recruited by</dt><dd>No one<br>") && page.contains("They are one person"), "{page}");
    fixture.world.finish().await;
}
