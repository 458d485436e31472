//! Goal: writers that meet on the same accounts, in whatever order each of them needs those, wait for each other and
//! never deadlock; what they write adds up.
//! Method: eight consumers post batches of sales and refunds of both organizations and several affiliates at once, every
//! second one naming organizations and affiliates the other way round, while two more release and pay; then Postgres'
//! own count of deadlocks is read.

use serde_json::json;
use shared::{
    batch::{Verdict, Verdicts},
    event::Event,
};
use world::{
    World,
    brand::{Brand, But, Partner},
    client::{api::Api, intake::Intake},
    wait::{self, patient},
};

const WRITERS: usize = 8;
const BATCHES: usize = 8;
const AFFILIATES: usize = 4;

/// Of each organization and affiliate a sale, of which half is given back.
fn batch(cast: &[(Brand, Vec<Partner>)], writer: usize, number: usize) -> Vec<Event> {
    let mut events = Vec::new();
    for (brand, partners) in cast {
        for (place, partner) in partners.iter().enumerate() {
            let name = format!("w{writer}-{number}-{place}");
            let sale = brand.sale(&name, 10_000).but(|report| {
                report.affiliate_slug = Some(partner.slug.clone());
                // Buyers meet, too.
                report.customer_id = Some(format!("buyer-{place}-{}", number % 3));
            });
            events.extend([sale, brand.refund(&format!("{name}-back"), &name, 5_000)]);
        }
    }
    if writer % 2 == 1 {
        events.reverse();
    }
    events
}

async fn write(intake: Intake, cast: Vec<(Brand, Vec<Partner>)>, writer: usize) {
    for number in 0..BATCHES {
        let events = batch(&cast, writer, number);
        let answer = patient(|| async { intake.try_post(&events).await.expect("the ledger answers") }).await;
        let report: Verdicts = serde_json::from_value(answer.expect_status(200).json()).unwrap();
        for item in report.verdicts {
            assert_eq!(item.verdict, Verdict::Accepted, "writer {writer}, batch {number}");
        }
    }
}

/// Releases and pays, again and again. Answers what was paid.
async fn pay(api: Api, partners: Vec<Partner>) -> i64 {
    let mut paid = 0;
    for round in 0..6 {
        for partner in if round % 2 == 0 { partners.clone() } else { partners.iter().rev().cloned().collect() } {
            let path = format!("/affiliates/{}/release", partner.affiliate);
            let why = json!({"reason": "paid in advance"});
            patient(|| api.post(&path, &why)).await.expect_status(200);
            let body = json!({"affiliateId": partner.affiliate.to_string(), "currency": "USD"});
            let payout = patient(|| api.post("/payouts", &body)).await;
            match payout.status {
                201 => paid += payout.json()["amountCents"].as_i64().unwrap(),
                _ => assert_eq!(payout.refusal(), (409, "nothing_payable".to_owned())),
            }
        }
    }
    paid
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_same_affiliates_and_tenants_in_opposite_order() {
    let mut world = World::start().await;
    let mut cast = Vec::new();
    for brand in [&world.acme, &world.globex] {
        let mut partners = Vec::new();
        for number in 0..AFFILIATES {
            partners.push(brand.join(&world.database, &format!("partner-{number}")).await);
        }
        cast.push((brand.clone(), partners));
    }
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(world.intake(), cast.clone(), writer))).collect();
    let payers = [
        tokio::spawn(pay(world.api(), cast[0].1.clone())),
        tokio::spawn(pay(world.other_api(), cast[1].1.iter().rev().cloned().collect())),
    ];
    for writer in writers {
        writer.await.unwrap();
    }
    let mut paid = 0;
    for payer in payers {
        paid += payer.await.unwrap();
    }
    // All sales of a buyer are whose the first one is: whoever that is, 10.00 are left of each sale's 20.00.
    let sales = i64::try_from(WRITERS * BATCHES * AFFILIATES * 2).unwrap();
    let count = async |query: &str| world.database.count(query).await;
    assert_eq!(count("select count(*) from conversions").await, sales);
    assert_eq!(count("select sum(amount)::bigint from commissions").await, sales * 1_000);
    assert_eq!(count("select count(*) from quarantine").await, 0);
    assert_eq!(count("select sum(balance)::bigint from accounts where kind = 'affiliate_paid'").await, paid);
    world.check().await;
    // A backend tells its counts when it ends.
    world.ledger.kill();
    let ours = "from pg_stat_activity where datname = current_database() and usename = 'rekomi_app'";
    let others = format!("select count(*) {ours}");
    wait::until("the ledger's backends to end", 20, async || (world.database.count(&others).await == 0).then_some(()))
        .await;
    let deadlocks = "select deadlocks from pg_stat_database where datname = current_database()";
    assert_eq!(world.database.count(deadlocks).await, 0);
    world.finish().await;
}
