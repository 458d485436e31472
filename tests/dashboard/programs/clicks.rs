//! Goal: the page of the limits for paid clicks shows them and accepts new ones.
//! Method: an owner's browser sends the form, rightly and wrongly; the rules are read by API.

use serde_json::json;
use world::{World, client::dashboard::Marketer, visits::Paying};

#[tokio::test]
async fn the_page_of_the_limits_says_and_takes_them() {
    let world = World::shared().await;
    let paying = Paying::ten_cents(&world).await;
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    let place = format!("/dashboard/programs/{}/clicks", paying.program);
    let page = marketer.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("value=\"1000\"") && !page.contains("doesn’t pay for clicks"), "{page}");
    let organization = world.acme.organization.to_string();
    let form = |visitors, budget, growth| {
        [
            ("organization", organization.as_str()),
            ("visitorsPerAffiliate", visitors),
            ("dailyBudgetCents", budget),
            ("currency", "EUR"),
            ("reviewGrowth", growth),
        ]
    };
    for (visitors, budget, growth) in [("", "", ""), ("0", "", ""), ("9", "49,5", ""), ("9", "", "1"), ("x", "1", "2")]
    {
        let refused = marketer.submit(&place, &form(visitors, budget, growth)).await.expect_status(400).text();
        assert!(refused.contains("aria-invalid"), "{visitors} {budget} {growth}: {refused}");
    }
    marketer.submit(&place, &form("250", "1,500.50", "")).await.expect_status(303);
    let set = paying.api.get(&format!("/programs/{}/click-rules", paying.program)).await.expect_status(200).json();
    assert_eq!(
        (&set["visitorsPerAffiliate"], &set["dailyBudgetCents"], &set["currency"], &set["reviewGrowth"]),
        (&json!(250), &json!(150_050), &json!("EUR"), &json!(null))
    );
    let page = marketer.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("value=\"1500.50\"") && page.contains("value=\"250\""), "{page}");
    let theirs = format!("/dashboard/programs/{}/clicks", world.globex.program);
    marketer.browser.get(&theirs).await.expect_status(404);
    world.database.set_member_roles("viewer").await;
    marketer.submit(&place, &form("1", "", "")).await.expect_status(403);
    let viewer = marketer.browser.get(&place).await.expect_status(200).text();
    assert!(viewer.contains("fieldset class=\"plain stack\" disabled"), "{viewer}");
    world.finish().await;
}
