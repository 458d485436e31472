//! Goal: where a page needs consent, nothing is kept, read or sent before it, and nothing is left after a refusal.
//! Method: a visitor buys before the answer, agrees, comes back, buys and refuses; another refuses while the lookup
//! runs. The sales are read here: only the one after the consent is credited.

use serde_json::{Value, json};
use world::{
    shared_app::{booked, name, shared_app},
    site_fixture::Site,
};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_before_yes_and_nothing_after_no() {
    let world = shared_app().await;
    let site = Site::new("consent.localhost");
    let program = site.program(world, &json!({})).await;
    let lauren = program.promoter(world, "consent").await;
    let order = name("consent");
    site.play(world, "consent", &json!({"tag": program.tag(), "via": lauren.slug, "order": order}));

    // The second is that of the lookup that was on its way already.
    lauren.has_clicks(world, 2).await;
    let (before, _) = booked(world, &format!("{order}-before")).await;
    assert_eq!((&before["status"], &before["affiliateId"]), (&json!("Unattributed"), &Value::Null));
    let (after, commissions) = booked(world, &order).await;
    assert_eq!((&after["creditedBy"], &after["verified"]), (&json!("click"), &json!(false)));
    assert_eq!(commissions[0]["amountCents"], 1_980);
}
