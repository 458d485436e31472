//! Goal: whether somebody is paid, and whether tax is withheld, is decided by the forms and settings at the moment in which
//! the money is set aside, not by those of the proposal.
//! Method: runs proposed and approved by API, with a W-9 that is signed in the portal or rejected by the brand in between.

use serde_json::{Value, json};
use world::{
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    payout_fixture::{Payee, PayoutFixture},
    wait,
};

const W9: [(&str, &str); 11] = [
    ("name", "Lauren Pope"),
    ("classification", "Individual"),
    ("street", "12 Market Street"),
    ("city", "San Francisco"),
    ("region", "CA"),
    ("postalCode", "94103"),
    ("tinType", "SSN"),
    ("tin", "536-22-1234"),
    ("certify", "yes"),
    ("consent", "yes"),
    ("signature", "Lauren Pope"),
];

async fn signs(fixture: &PayoutFixture, payee: &Payee) {
    let (base, email) = (fixture.world.ledger.base(), format!("{}@creators.test", payee.partner.slug));
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser.submit("/a/tax/w-9", &W9).await.expect_status(303);
}

/// The form in force turns out to be wrong.
async fn rejects(fixture: &PayoutFixture, payee: &Payee) {
    let forms = fixture.api().all("/tax-forms").await;
    let is_theirs = |form: &&Value| form["status"] == "Valid" && form["affiliateId"] == payee.id().to_string();
    let id = forms.iter().find(is_theirs).expect("a valid form")["id"].as_str().unwrap().to_owned();
    let why = json!({"reason": "The number isn't that of the name."});
    fixture.api().post(&format!("/tax-forms/{id}/reject"), &why).await.expect_status(200);
}

/// A run of one payout: its id, and the payout's.
async fn propose(fixture: &PayoutFixture) -> (String, String) {
    let run = wait::until("the run before to be done", 30, async || {
        let run = fixture.api().post("/payout-runs", &json!({"currency": "USD"})).await;
        (run.status == 201).then(|| run.json()["id"].as_str().unwrap().to_owned())
    })
    .await;
    let payouts = fixture.api().all(&format!("/payouts?runId={run}")).await;
    assert_eq!(payouts.len(), 1, "{payouts:?}");
    (run, payouts[0]["id"].as_str().unwrap().to_owned())
}

async fn approve(fixture: &PayoutFixture, run: &str) {
    fixture.api().post(&format!("/payout-runs/{run}/approve"), &json!({})).await.expect_status(200);
}

async fn gate(fixture: &PayoutFixture, gate: &str) {
    fixture.api().patch("/payout-settings", &json!({ "taxGate": gate })).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_rejected_in_between_holds_it_back() {
    let fixture = PayoutFixture::open().await;
    gate(&fixture, "Hold").await;
    let lena = fixture.payee("lena").await;
    signs(&fixture, &lena).await;
    fixture.earn(&lena.partner, "one", 10_000).await;
    let (run, id) = propose(&fixture).await;
    rejects(&fixture, &lena).await;
    approve(&fixture, &run).await;
    let payout = fixture.until(&id, "Failed").await;
    assert_eq!(
        (&payout["reasonCode"], &payout["nextAction"]),
        (&json!("no_tax_form"), &json!("affiliate_gives_tax_form")),
        "{payout}"
    );
    assert_eq!(fixture.balances(lena.id()).await, [10_000, 0, 0, 0]);
    assert!(fixture.transfers().is_empty());
    let emails = fixture.emails_to("lena@creators.test", "payout_failed_affiliate").await;
    assert!(emails.len() == 1 && emails[0]["text"].as_str().unwrap().contains("tax form"), "{emails:?}");

    signs(&fixture, &lena).await;
    let (run, id) = propose(&fixture).await;
    approve(&fixture, &run).await;
    fixture.until(&id, "Sent").await;
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 10_000, 0]);
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_is_withheld_by_the_forms_of_then() {
    let fixture = PayoutFixture::open().await;
    gate(&fixture, "Withhold").await;
    // Proposed in full, and rejected.
    let lena = fixture.payee("lena").await;
    signs(&fixture, &lena).await;
    fixture.earn(&lena.partner, "one", 10_000).await;
    let (run, id) = propose(&fixture).await;
    rejects(&fixture, &lena).await;
    approve(&fixture, &run).await;
    let payout = fixture.until(&id, "Sent").await;
    assert_eq!((&payout["grossCents"], &payout["withheldCents"]), (&json!(10_000), &json!(2_400)), "{payout}");
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 7_600, 2_400]);
    let receipt = fixture.api().get(&format!("/payouts/{id}/receipt")).await.expect_status(200).json();
    assert!(receipt["withheldReason"].as_str().unwrap().contains("rejected"), "{receipt}");

    // Proposed less tax, and signed.
    let otto = fixture.payee("otto").await;
    fixture.earn(&otto.partner, "two", 10_000).await;
    let (run, id) = propose(&fixture).await;
    signs(&fixture, &otto).await;
    approve(&fixture, &run).await;
    let payout = fixture.until(&id, "Sent").await;
    assert_eq!((&payout["netCents"], &payout["withheldCents"]), (&json!(10_000), &json!(0)), "{payout}");
    assert_eq!(fixture.balances(otto.id()).await, [0, 0, 10_000, 0]);
    assert_eq!((fixture.transfers_to(&lena)[0].amount, fixture.transfers_to(&otto)[0].amount), (7_600, 10_000));
    fixture.finish().await;
}
