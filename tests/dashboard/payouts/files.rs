//! Goal: the files of the payout pages hold what the pages show: a run's file for the payment service, the list for the
//! accountant, and the list of payouts. A cancelled run has no file.
//! Method: one affiliate is paid by PayPal; an owner's browser downloads each file, and another organization's gets
//! none.
//! Routes: `/dashboard/payouts/runs/{id}/export`, `/dashboard/payouts/runs/{id}/cancel`

use world::{
    World,
    organization_fixture::owner,
    payout_run_fixture::{act, bonus, id, partner, propose, reserved, run},
};

#[tokio::test(flavor = "multi_thread")]
async fn each_file_has_the_payment() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_000, "USD").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    act(&api, &made, "approve").await.expect_status(200);
    reserved(&api, &made).await;
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/runs/{made}");
    let form = [("organization", organization.as_str()), ("rail", "PayPal")];
    let file = owner.submit(&format!("{place}/export"), &form).await.expect_status(200).text();
    assert!(file.contains("lena@paid.test") && file.contains("50.00"), "{file}");
    let list = format!("/dashboard/payouts/runs/{made}/remittance.csv");
    let listed = owner.browser.get(&format!("{list}?organization={organization}")).await.expect_status(200).text();
    assert!(listed.contains("50.00"), "{listed}");
    let payouts = format!("/dashboard/payouts.csv?organization={organization}&tab=in-progress");
    let payouts = owner.browser.get(&payouts).await.expect_status(200).text();
    assert!(payouts.contains("lena@creators.test") && payouts.contains(&made), "{payouts}");
    let other = world.globex.organization.to_string();
    assert_eq!(owner.browser.get(&format!("{list}?organization={other}")).await.status, 404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_run_has_no_file() {
    let world = World::shared().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_000, "USD").await;
    let made = id(&propose(&api, "USD").await.expect_status(201).json());
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/runs/{made}");
    owner.submit(&format!("{place}/cancel"), &[("organization", &organization)]).await.expect_status(303);
    assert_eq!(run(&api, &made).await["state"], "Cancelled");
    let form = [("organization", organization.as_str()), ("rail", "PayPal")];
    assert_ne!(owner.submit(&format!("{place}/export"), &form).await.status, 200);
    world.finish().await;
}
