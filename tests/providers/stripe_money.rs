//! Goal: what Stripe tells about money given back reaches the commission, by whichever name it tells it.
//! Method: an invoice of the shape that names no payment, then refunds and disputes that name nothing else, with
//! `invoice_payment.paid` in between, in every order of arrival; read by API. A third of 108.90 leaves two thirds of 19.80.

use serde_json::Value;
use world::{
    World,
    shared_app::{name, shared_app, stripe_account},
    stripe::{Purchase, Stripe, payment_event},
    wait::until,
};

async fn deliver(account: &Stripe, events: &[Value]) {
    for event in events {
        account.deliver(event).await.expect_status(200);
    }
}

async fn earns(world: &World, name: &str, cents: i64, status: &str) {
    let (api, sale) = (world.api(), format!("in_{name}_1"));
    until(&format!("{sale} to earn {cents}, {status}"), 10, async || {
        let (_, commissions) = api.booked(&sale).await?;
        let right = commissions.len() == 1 && commissions[0]["amountCents"] == cents;
        (right && commissions[0]["status"] == status).then_some(())
    })
    .await;
    world.check().await;
}

/// A session with the partner's slug, and its first invoice.
fn purchase(world: &World, name: &str) -> [Value; 2] {
    let purchase = Purchase::new(name, Some(&world.acme.partner.slug));
    [purchase.checkout(), purchase.paid("invoice.paid.basil", 1)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_told_twice_over_counts_once_in_every_order() {
    let world = shared_app().await;
    let account = stripe_account(world);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
        let name = name("money");
        let refund = payment_event("refund.created", &name, "refund");
        let total = payment_event("charge.refunded.partial", &name, "total");
        let payment = payment_event("invoice_payment.paid", &name, "payment");
        let sale = purchase(world, &name);
        for step in order {
            match step {
                0 => deliver(&account, &sale).await,
                1 => deliver(&account, std::slice::from_ref(&payment)).await,
                2 => deliver(&account, std::slice::from_ref(&refund)).await,
                _ => deliver(&account, std::slice::from_ref(&total)).await,
            }
        }
        earns(world, &name, 1_320, "Pending").await;
        deliver(&account, &[payment_event("refund.failed", &name, "failed")]).await;
        earns(world, &name, 1_980, "Pending").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_takes_back_what_it_wins() {
    let world = shared_app().await;
    let account = stripe_account(world);
    for (outcome, cents, status) in [("lost", 0, "Refunded"), ("won", 1_980, "Pending")] {
        let name = name(outcome);
        deliver(&account, &purchase(world, &name)).await;
        let closed = payment_event(&format!("charge.dispute.closed.{outcome}"), &name, "closed");
        let mut opened = payment_event("charge.dispute.created", &name, "opened");
        // Stripe names whole seconds. Within one, the end counts as later; in a later one, it would be opened again.
        opened["created"] = closed["created"].clone();
        deliver(&account, &[closed, opened, payment_event("invoice_payment.paid", &name, "payment")]).await;
        earns(world, &name, cents, status).await;
    }
}
