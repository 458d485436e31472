//! Goal: our fixtures have what Braintree's SDKs say its notifications have, and their money arrives.
//! Method: elements that the reader depends on are asserted; then a charge, bank debits with a refund or a bounce, and a dispute
//! go through the real edge, and are read by API. 108.90 with 9.90 tax is 99.00 commissionable, 20% of it 19.80.

use world::{
    World,
    braintree::{Braintree, shape},
    shared_app::{name, shared_app},
    wait::{now, until},
};

#[test]
fn elements() {
    for (file, elements) in [
        ("check", &["check type=\"boolean\""][..]),
        (
            "subscription_charged_successfully",
            &["subscription", "transactions type=\"array\"", "current-billing-cycle type=\"integer\""],
        ),
        ("transaction_settled", &["transaction", "refunded-transaction-id nil=\"true\"/", "custom-fields"]),
        ("dispute_opened", &["dispute", "amount-disputed", "currency-iso-code", "transaction"]),
    ] {
        let xml = shape(file, "771");
        assert!(xml.contains(&format!("<kind>{file}</kind>")), "{file}");
        for element in ["notification", "timestamp type=\"datetime\"", "subject"].iter().chain(elements) {
            assert!(xml.contains(&format!("<{element}>")), "{file} has {element}");
        }
    }
}

async fn earns(world: &World, sale: &str, kind: &str, cents: i64, status: &str) {
    let api = world.api();
    until(&format!("{sale} to earn {cents}, {status}"), 10, async || {
        let (conversion, commissions) = api.booked(sale).await?;
        let right = conversion["amountCents"] == 9_900 && conversion["type"] == kind && commissions.len() == 1;
        (right && commissions[0]["amountCents"] == cents && commissions[0]["status"] == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_earns_and_a_lost_dispute_takes_it_back() {
    let world = shared_app().await;
    let (account, name) = (Braintree::of(world), name("bt"));
    let charged = shape("subscription_charged_successfully", &name)
        .replace(">lauren<", &format!(">{}<", world.acme.partner.slug));
    let opened = shape("dispute_opened", &name);
    for _ in 0..2 {
        account.deliver(&charged).await.expect_status(200);
    }
    let sale = format!("bt2x{name}");
    earns(world, &sale, "Recurring", 1_980, "Pending").await;
    let lost = opened.replace("dispute_opened", "dispute_lost");
    for notification in [&lost, &opened] {
        account.deliver(notification).await.expect_status(200);
    }
    earns(world, &sale, "Recurring", 0, "Refunded").await;
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_debit_and_its_refund() {
    let world = shared_app().await;
    let (account, name) = (Braintree::of(world), name("ach"));
    let settled = shape("transaction_settled", &name).replace(">lauren<", &format!(">{}<", world.acme.partner.slug));
    let sale = format!("ach1x{name}");
    let half = settled
        .replace(&sale, &format!("ach2x{name}"))
        .replace(">sale<", ">credit<")
        .replace(">108.90<", ">54.45<")
        .replace(
            "<refunded-transaction-id nil=\"true\"/>",
            &format!("<refunded-transaction-id>{sale}</refunded-transaction-id>"),
        );
    for notification in [&half, &settled] {
        account.deliver(notification).await.expect_status(200);
    }
    earns(world, &sale, "Sale", 990, "Pending").await;
    world.check().await;
}

/// Whichever comes first, and however often: the sale is there, and earns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_debit_that_settled_and_bounces_is_taken_back_in_any_order() {
    let world = shared_app().await;
    let account = Braintree::of(world);
    for settled_first in [true, false] {
        let name = name("bounce");
        let settled =
            shape("transaction_settled", &name).replace(">lauren<", &format!(">{}<", world.acme.partner.slug));
        let declined = settled.replace("transaction_settled", "transaction_settlement_declined");
        // A notification of its own about the same debit, a minute later.
        let (head, rest) = declined.split_once("<timestamp type=\"datetime\">").unwrap();
        let later = now().plus_millis(60_000);
        let again = format!("{head}<timestamp type=\"datetime\">{later}<{}", rest.split_once('<').unwrap().1);
        let sale = format!("ach1x{name}");
        if settled_first {
            account.deliver(&settled).await.expect_status(200);
            earns(world, &sale, "Sale", 1_980, "Pending").await;
        }
        for notification in [&declined, &declined, &again, &settled] {
            account.deliver(notification).await.expect_status(200);
        }
        let api = world.api();
        until(&format!("{sale} to be taken back, once"), 10, async || {
            let (conversion, commissions) = api.booked(&sale).await?;
            let left: i64 = commissions.iter().filter_map(|row| row["amountCents"].as_i64()).sum();
            (conversion["refundedCents"] == 9_900 && left == 0).then_some(())
        })
        .await;
    }
    world.check().await;
}
