//! Goal: the page of payout accounts shows bank details only to a member who enters their password, and records it.
//! Method: an owner's browser asks for the details without a password, with a wrong one and with the right one.
//! Routes: `/dashboard/payouts/accounts/{id}/details`

use serde_json::json;
use world::{
    client::dashboard::{Marketer, PROVED_LONG_AGO},
    payout_account_fixture::PayoutAccountFixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn bank_details_are_shown_to_who_proves_who_they_are_and_recorded() {
    let fixture = PayoutAccountFixture::connected().await;
    let brand = &fixture.world.acme;
    let (organization, affiliate) = (brand.organization.to_string(), brand.partner.affiliate.to_string());
    let bank = json!({"rail": "Manual", "holder": "Nina Braun", "account": "DE89 3704 0044 0532 0130 00\nCOBADEFFXXX"});
    fixture.put(&format!("/affiliates/{affiliate}/payout-method"), &bank).await.expect_status(200);
    let mut owner = Marketer::new(&fixture.world.ledger.base());
    owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    let place = "/dashboard/payouts/accounts";
    let list = format!("{place}?organization={organization}&show=all");
    let page = owner.browser.get(&list).await.expect_status(200).text();
    assert!(page.contains("Show payout details") && !page.contains("3704"), "{page}");
    let target = format!("{place}/{affiliate}/details");
    fixture.world.database.set_proved_at(PROVED_LONG_AGO).await;
    let form = [("organization", organization.as_str()), ("show", "all")];
    let page = owner.submit(&target, &form).await.expect_status(403).text();
    assert!(page.contains("Enter your password") && !page.contains("3704"), "{page}");
    let form = [("organization", organization.as_str()), ("show", "all"), ("password", "not the password")];
    let page = owner.submit(&target, &form).await.expect_status(400).text();
    assert!(page.contains("Incorrect password.") && !page.contains("3704"), "{page}");
    let recorded = "select count(*) from audit_log where action = 'payout_method.shown'";
    assert_eq!(fixture.world.database.count(recorded).await, 0);
    let form = [form[0], form[1], ("password", fixture.world.demo["owner"]["password"].as_str().unwrap())];
    let shown = owner.submit(&target, &form).await.expect_status(200);
    assert_eq!(shown.header("cache-control"), Some("no-store"));
    let shown = shown.text();
    assert!(shown.contains("Nina Braun") && shown.contains("DE89 3704 0044 0532 0130 00<br>COBADEFFXXX"), "{shown}");
    assert_eq!(fixture.world.database.count(recorded).await, 1);
    assert!(!owner.browser.get(&list).await.text().contains("3704"), "this once");
    fixture.world.finish().await;
}
