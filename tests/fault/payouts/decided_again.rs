//! Goal: whether somebody is paid, and whether tax is withheld, is decided by the forms and settings at the moment in which
//! the money is set aside, not by those of the proposal.
//! Method: runs proposed and approved by API, with a W-9 that is signed in the portal or rejected by the brand in between.

use serde_json::{Value, json};
use world::{
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    till::{Payee, Till},
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

async fn signs(till: &Till, payee: &Payee) {
    let (base, email) = (till.world.ledger.base(), format!("{}@creators.test", payee.partner.slug));
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser.submit("/a/tax/w-9", &W9).await.expect_status(303);
}

/// The form in force turns out to be wrong.
async fn rejects(till: &Till, payee: &Payee) {
    let forms = till.api().all("/tax-forms").await;
    let is_theirs = |form: &&Value| form["status"] == "Valid" && form["affiliateId"] == payee.id().to_string();
    let id = forms.iter().find(is_theirs).expect("a valid form")["id"].as_str().unwrap().to_owned();
    let why = json!({"reason": "The number isn't that of the name."});
    till.api().post(&format!("/tax-forms/{id}/reject"), &why).await.expect_status(200);
}

/// A run of one payout: its id, and the payout's.
async fn propose(till: &Till) -> (String, String) {
    let run = wait::until("the run before to be done", 30, async || {
        let run = till.api().post("/payout-runs", &json!({"currency": "USD"})).await;
        (run.status == 201).then(|| run.json()["id"].as_str().unwrap().to_owned())
    })
    .await;
    let payouts = till.api().all(&format!("/payouts?runId={run}")).await;
    assert_eq!(payouts.len(), 1, "{payouts:?}");
    (run, payouts[0]["id"].as_str().unwrap().to_owned())
}

async fn approve(till: &Till, run: &str) {
    till.api().post(&format!("/payout-runs/{run}/approve"), &json!({})).await.expect_status(200);
}

async fn gate(till: &Till, gate: &str) {
    till.api().patch("/payout-settings", &json!({ "taxGate": gate })).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_rejected_in_between_holds_it_back() {
    let till = Till::open().await;
    gate(&till, "Hold").await;
    let lena = till.payee("lena").await;
    signs(&till, &lena).await;
    till.earn(&lena.partner, "one", 10_000).await;
    let (run, id) = propose(&till).await;
    rejects(&till, &lena).await;
    approve(&till, &run).await;
    let payout = till.until(&id, "Failed").await;
    assert_eq!(
        (&payout["reasonCode"], &payout["nextAction"]),
        (&json!("no_tax_form"), &json!("affiliate_gives_tax_form")),
        "{payout}"
    );
    assert_eq!(till.balances(lena.id()).await, [10_000, 0, 0, 0]);
    assert!(till.transfers().is_empty());
    let letters = till.letters_to("lena@creators.test", "payout_failed_affiliate").await;
    assert!(letters.len() == 1 && letters[0]["text"].as_str().unwrap().contains("tax form"), "{letters:?}");

    signs(&till, &lena).await;
    let (run, id) = propose(&till).await;
    approve(&till, &run).await;
    till.until(&id, "Sent").await;
    assert_eq!(till.balances(lena.id()).await, [0, 0, 10_000, 0]);
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_is_withheld_by_the_forms_of_then() {
    let till = Till::open().await;
    gate(&till, "Withhold").await;
    // Proposed in full, and rejected.
    let lena = till.payee("lena").await;
    signs(&till, &lena).await;
    till.earn(&lena.partner, "one", 10_000).await;
    let (run, id) = propose(&till).await;
    rejects(&till, &lena).await;
    approve(&till, &run).await;
    let payout = till.until(&id, "Sent").await;
    assert_eq!((&payout["grossCents"], &payout["withheldCents"]), (&json!(10_000), &json!(2_400)), "{payout}");
    assert_eq!(till.balances(lena.id()).await, [0, 0, 7_600, 2_400]);
    let receipt = till.api().get(&format!("/payouts/{id}/receipt")).await.expect_status(200).json();
    assert!(receipt["withheldReason"].as_str().unwrap().contains("rejected"), "{receipt}");

    // Proposed less tax, and signed.
    let otto = till.payee("otto").await;
    till.earn(&otto.partner, "two", 10_000).await;
    let (run, id) = propose(&till).await;
    signs(&till, &otto).await;
    approve(&till, &run).await;
    let payout = till.until(&id, "Sent").await;
    assert_eq!((&payout["netCents"], &payout["withheldCents"]), (&json!(10_000), &json!(0)), "{payout}");
    assert_eq!(till.balances(otto.id()).await, [0, 0, 10_000, 0]);
    assert_eq!((till.transfers_to(&lena)[0].amount, till.transfers_to(&otto)[0].amount), (7_600, 10_000));
    till.finish().await;
}
