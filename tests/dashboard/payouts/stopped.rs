//! Goal: a person who makes bank transfers doesn't pay one to an account that its run wasn't approved for without
//! knowing it, and can still record that they did.
//! Method: the bank account changes after the money was reserved; an owner's browser reads the pages on the way to the
//! payment, and marks the payout as paid without and with the confirmation.

use serde_json::json;
use world::{
    World,
    http::Request,
    organization_fixture::owner,
    payout_run_fixture::{act, bonus, id, partner, propose, reserved},
};

const WARNING: &str = "Don\u{2019}t pay this. The affiliate\u{2019}s payout destination changed";

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_another_account_is_warned_about_and_confirmed() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "Manual").await.affiliate.to_string();
    bonus(&world, &lena, 5_000, "USD").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let payout = id(&api.all(&format!("/payouts?runId={made}")).await.remove(0));
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/{payout}");
    let page = format!("{place}?organization={organization}");
    let before = owner.browser.get(&page).await.expect_status(200).text();
    assert!(!before.contains(WARNING) && !before.contains("name=\"confirmed\""), "{before}");

    let other = json!({"rail": "Manual", "holder": "Lena", "account": "DE89 3704 0044 0532 0130 00"}).to_string();
    let path = format!("/api/v1/affiliates/{lena}/payout-method");
    let put = Request { method: "PUT".to_owned(), ..Request::post(&path, other) };
    api.send(put).await.expect_status(200);
    let warned = owner.browser.get(&page).await.expect_status(200).text();
    assert!(warned.contains(WARNING) && warned.contains("name=\"confirmed\""), "{warned}");
    let lists = [
        format!("/dashboard/payouts?organization={organization}&tab=in-progress"),
        format!("/dashboard/payouts/runs/{made}?organization={organization}"),
    ];
    for list in lists {
        let listed = owner.browser.get(&list).await.expect_status(200).text();
        assert!(listed.contains(WARNING), "{list}: {listed}");
    }
    // Beside the new account stands which payout isn't for it.
    let form = [("organization", organization.as_str()), ("show", "all")];
    let details = format!("/dashboard/payouts/accounts/{lena}/details");
    let details = owner.submit(&details, &form).await.expect_status(200).text();
    assert!(details.contains("DE89 3704 0044 0532 0130 00") && details.contains("Payout of $50.00"), "{details}");
    assert!(details.contains(WARNING) && details.contains(&place), "{details}");

    let mut form = vec![("organization", organization.as_str()), ("reference", "bank transfer #118")];
    let refused = owner.submit(&format!("{place}/mark-sent"), &form).await.expect_status(409).text();
    assert!(refused.contains("confirm that you did") && refused.contains("name=\"confirmed\""), "{refused}");
    form.push(("confirmed", "yes"));
    owner.submit(&format!("{place}/mark-sent"), &form).await.expect_status(303);
    let paid = owner.browser.get(&page).await.expect_status(200).text();
    assert!(paid.contains("bank transfer #118") && !paid.contains(WARNING), "{paid}");
    world.finish().await;
}
