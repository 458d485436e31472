//! Goal: a brand that sells with Gumroad or Lemon Squeezy gets their sales, renewals and refunds booked by the relays that
//! the guide offers, and nothing from strangers.
//! Method: Node runs `tests/programs/relays.mjs`, which gives the relays messages as the shops document them; they report to
//! the real edge, and what is booked is read by API.

use std::process::Command;

use serde_json::Value;
use world::{
    settings,
    shared_app::{booked, name, shared_app},
    wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_messages_are_booked() {
    let world = shared_app().await;
    let order = name("shop");
    let mut shops = Command::new(settings::node());
    shops.arg(settings::root().join("tests/programs/relays.mjs"));
    shops.arg(settings::root().join("clients/typescript/examples")).arg(world.edge_base());
    shops.args([&world.acme.api_key, &world.acme.signing_secret, &order, &world.acme.partner.slug]);
    let output = tokio::task::block_in_place(|| shops.output()).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let api = world.api();
    let sales = [(format!("gumroad_{order}"), 4_900, "USD", 4_900), (format!("lemon_order_{order}"), 999, "EUR", 500)];
    for (sale, amount, currency, refunded) in sales {
        let (conversion, _) = wait::until("the sale and its refund", 20, async || {
            api.booked(&sale).await.filter(|(conversion, _)| conversion["refundedCents"] == refunded)
        })
        .await;
        assert_eq!((conversion["amountCents"].as_i64(), text(&conversion, "currency")), (Some(amount), currency));
        assert_eq!(text(&conversion, "creditedBy"), "slug", "{sale}");
    }
    let first = booked(world, &format!("lemon_order_{order}")).await.0;
    let renewal = booked(world, &format!("lemon_invoice_{order}-2")).await.0;
    assert_eq!(renewal["affiliateId"], first["affiliateId"]);
    let (after_trial, commissions) = booked(world, &format!("lemon_invoice_{order}-4")).await;
    assert_eq!((text(&after_trial, "creditedBy"), commissions.len()), ("lead", 1));
    let ignored = ["gumroad_ORDER-forged", "gumroad_ORDER-own", "lemon_invoice_ORDER"];
    for ignored in ignored.map(|id| id.replace("ORDER", &order)) {
        assert_eq!(api.booked(&ignored).await, None, "{ignored}");
    }
    world.check().await;
}

fn text<'v>(conversion: &'v Value, field: &str) -> &'v str {
    conversion[field].as_str().unwrap_or_default()
}
