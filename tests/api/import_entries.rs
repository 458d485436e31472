//! Goal: past bonuses, and payments whose sales are unknown, count once on their own days; what another platform paid
//! is never owed here, and no one is notified.
//! Method: rows by API; payouts, tax years and a run's preview after it; `audit` and `replay --verify` at the end.
//! Elsewhere: tests/api/imports.rs: `/imports/{id}`

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    client::api::Api,
    import_fixture::{counts, import},
    wait::now,
};

const LAUREN: &str = "lauren@creators.test";

fn body(world: &World, kind: &str, rows: &[Value], sales: &Value) -> Value {
    let mut rows = rows.to_vec();
    for row in rows.iter_mut().filter(|row| row["affiliateEmail"] == LAUREN) {
        row["affiliateEmail"] = json!(world.own(LAUREN));
    }
    json!({"kind": kind, "source": "Rewardful", "programId": world.acme.program.to_string(), "rows": rows,
           "sales": sales})
}

fn payment(reference: Option<&str>, sent: &str, cents: i64) -> Value {
    json!({"externalId": reference, "occurredAt": sent, "affiliateEmail": LAUREN, "amountCents": cents,
           "currency": "USD"})
}

fn bonus(id: &str, status: &str, cents: i64) -> Value {
    json!({"externalId": id, "occurredAt": "2025-03-01T09:00:00Z", "affiliateEmail": LAUREN, "amountCents": cents,
           "currency": "USD", "status": status, "reason": "Launch video"})
}

/// The reason of each row that was refused.
async fn refusals(api: &Api, import: &Value) -> Vec<Value> {
    let path = format!("/imports/{}/rows?outcome=Refused", import["id"].as_str().unwrap());
    api.all(&path).await.into_iter().map(|row| row["reason"].clone()).collect()
}

async fn paid_in(api: &Api, year: i32, affiliate: &str) -> i64 {
    let year = api.get(&format!("/tax-years/{year}")).await.expect_status(200).json();
    let rows = year["data"].as_array().unwrap();
    rows.iter().find(|row| row["affiliateId"] == affiliate).map_or(0, |row| row["paidCents"].as_i64().unwrap())
}

async fn notices(world: &World) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["messages", "milestone_emails where earned_due_at is not null"] {
        counts.push(world.database.count(&format!("select count(*) from {table}")).await);
    }
    // The brand's people get an email about skipped rows.
    counts.push(world.database.count_emails("kind <> 'import_finished'").await);
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_without_sales_are_earned_and_paid_once() {
    let world = World::shared().await;
    let api = world.api();
    let lauren = world.acme.partner.affiliate.to_string();
    let rows = [
        payment(Some("PAY-1"), "2025-04-15T10:00:00Z", 12_050),
        payment(Some("PAY-2"), "2026-01-15", 3_000),
        payment(None, "2026-02-15", 1_000),
        payment(Some("PAY-1"), "2025-04-15T10:00:00Z", 12_050),
        json!({"occurredAt": "2026-03-15", "affiliateEmail": LAUREN, "amountCents": 0, "currency": "USD"}),
    ];
    let before = notices(&world).await;
    let made = api.post("/imports", &body(&world, "Payouts", &rows, &Value::Null)).await.expect_status(201).json();
    assert_eq!((made["state"].as_str(), counts(&made)), (Some("Checked"), [3, 0, 0, 2]), "{made}");
    let sum = &made["sums"][0];
    assert_eq!((sum["settlement"].as_str(), sum["commissionCents"].as_i64()), (Some("Paid"), Some(16_050)), "{made}");
    assert_eq!(world.database.count("select count(*) from payouts").await, 0, "only checked");

    let imported = import(&api, &body(&world, "Payouts", &rows, &Value::Null)).await;
    assert_eq!(counts(&imported), [3, 0, 0, 2], "{imported}");
    assert_eq!(notices(&world).await, before, "no one is notified");
    let mut payouts: Vec<_> = api
        .all(&format!("/payouts?affiliateId={lauren}"))
        .await
        .iter()
        .map(|payout| (payout["amountCents"].as_i64().unwrap(), payout["sentAt"].as_str().unwrap()[..10].to_owned()))
        .collect();
    payouts.sort();
    let sent = [(1_000, "2026-02-15"), (3_000, "2026-01-15"), (12_050, "2025-04-15")];
    assert_eq!(payouts, sent.map(|(amount, day)| (amount, day.to_owned())));
    assert_eq!((paid_in(&api, 2025, &lauren).await, paid_in(&api, 2026, &lauren).await), (12_050, 4_000));
    let commissions = api.all(&format!("/commissions?affiliateId={lauren}")).await;
    assert!(commissions.iter().all(|one| one["type"] == "Adjustment" && one["status"] == "Paid"), "{commissions:?}");
    let owed = "select coalesce(sum(balance), 0)::bigint from accounts where kind = 'affiliate_approved'";
    assert_eq!(world.database.count(owed).await, 0, "nothing is paid again");

    let again = import(&api, &body(&world, "Payouts", &rows, &Value::Null)).await;
    assert_eq!(counts(&again), [0, 0, 3, 2], "{again}");
    let other =
        import(&api, &body(&world, "Payouts", &[payment(Some("PAY-1"), "2025-04-15", 9_999)], &Value::Null)).await;
    assert_eq!(refusals(&api, &other).await, ["imported_differently"]);
    assert_eq!(world.database.count("select count(*) from commissions").await, 3);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_that_came_with_sales_are_refused() {
    let world = World::shared().await;
    let api = world.api();
    let sale = json!({"externalId": "ch_1", "occurredAt": "2025-03-01T09:00:00Z", "affiliateEmail": LAUREN,
        "amountCents": 10_000, "commissionCents": 3_000, "currency": "USD", "status": "paid", "payoutId": "PAY-1"});
    import(&api, &body(&world, "Sales", &[sale], &Value::Null)).await;
    let euros = json!({"externalId": "PAY-2", "occurredAt": "2025-04-15", "affiliateEmail": LAUREN,
        "amountCents": 500, "currency": "EUR"});
    let rows = [payment(Some("PAY-1"), "2025-04-15", 3_000), euros];
    let imported = import(&api, &body(&world, "Payouts", &rows, &json!({"taxedThere": true}))).await;
    assert_eq!((counts(&imported), refusals(&api, &imported).await), ([1, 0, 0, 1], vec![json!("paid_with_sales")]));
    let untaxed = "select count(*) from payouts where currency = 'EUR' and taxed_elsewhere";
    assert_eq!(world.database.count(untaxed).await, 1);
    world.finish().await;
}

/// Sales that were left to the other platform came with no payment: those from before count, and later ones may be for
/// them.
#[tokio::test(flavor = "multi_thread")]
async fn payments_from_before_what_was_left_there_count() {
    let world = World::shared().await;
    let api = world.api();
    let lauren = world.acme.partner.affiliate.to_string();
    let sale = json!({"externalId": "ch_1", "occurredAt": "2025-05-01T09:00:00Z", "affiliateEmail": LAUREN,
        "amountCents": 10_000, "commissionCents": 1_500, "currency": "USD", "status": "due"});
    import(&api, &body(&world, "Sales", &[sale], &Value::Null)).await;
    let balances = format!("/affiliates/{lauren}/balances");
    let paid = async || api.get(&balances).await.expect_status(200).json()["data"][0]["paidCents"].as_i64();
    assert_eq!(paid().await, Some(0), "no one paid it");
    // The day of the import, as most files have it.
    let today = now().to_string()[..10].to_owned();
    let rows = [payment(Some("PAY-1"), "2025-04-15", 3_000), payment(Some("PAY-2"), &today, 1_500)];
    let imported = import(&api, &body(&world, "Payouts", &rows, &Value::Null)).await;
    assert_eq!((counts(&imported), refusals(&api, &imported).await), ([1, 0, 0, 1], vec![json!("paid_with_sales")]));
    assert_eq!((paid().await, paid_in(&api, 2025, &lauren).await), (Some(3_000), 3_000));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bonuses_count_on_their_days_and_are_owed_only_if_taken_over() {
    let world = World::shared().await;
    let api = world.api();
    let lauren = world.acme.partner.affiliate.to_string();
    let before = notices(&world).await;
    let rows = [bonus("b_1", "paid", 5_000), bonus("b_2", "pending", 2_000), bonus("b_3", "voided", 9_000)];
    let imported = import(&api, &body(&world, "Bonuses", &rows, &Value::Null)).await;
    assert_eq!(counts(&imported), [2, 0, 0, 1], "{imported}");
    let owed = "select coalesce(sum(balance), 0)::bigint from accounts where kind = 'affiliate_approved'";
    assert_eq!(world.database.count(owed).await, 0, "nothing is owed");

    let taken =
        import(&api, &body(&world, "Bonuses", &[bonus("b_4", "pending", 700)], &json!({"unpaid": "PaidHere"}))).await;
    assert_eq!(taken["sums"][0]["settlement"], "PaidHere", "{taken}");
    assert_eq!(notices(&world).await, before, "no one is notified");
    let commissions = api.all(&format!("/commissions?affiliateId={lauren}")).await;
    let mut shown: Vec<_> = commissions
        .iter()
        .map(|one| {
            (one["amountCents"].as_i64().unwrap(), one["status"].as_str().unwrap(), one["type"].as_str().unwrap())
        })
        .collect();
    shown.sort_unstable();
    assert_eq!(shown, [(700, "Approved", "Bonus"), (2_000, "Paid", "Bonus"), (5_000, "Paid", "Bonus")]);
    assert!(commissions.iter().all(|one| one["reason"] == "Launch video"), "{commissions:?}");
    let days = "select count(*) from commissions where happened_at = '2025-03-01T00:00:00Z'";
    assert_eq!(world.database.count(days).await, 3, "on their own day");
    assert_eq!(world.database.count(owed).await, 700);
    let again = import(&api, &body(&world, "Bonuses", &rows, &Value::Null)).await;
    assert_eq!(counts(&again), [0, 0, 2, 1], "{again}");
    world.finish().await;
}

/// A lead of the past earns nothing itself, whatever the plan pays for leads; its first purchase earns as a first sale.
#[tokio::test(flavor = "multi_thread")]
async fn leads_count_on_their_days_and_buy_for_their_affiliate() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let lead = |id: &str, customer: &str| {
        let day = "2025-03-01T09:00:00Z";
        json!({"externalId": id, "occurredAt": day, "affiliateEmail": LAUREN, "customerId": customer})
    };
    let before = notices(&world).await;
    let rows = [lead("r_1", "cus_lead"), lead("r_1", "cus_lead"), json!({"occurredAt": "2025-03-01"})];
    let imported = import(&api, &body(&world, "Leads", &rows, &Value::Null)).await;
    assert_eq!(counts(&imported), [1, 0, 0, 2], "{imported}");
    assert!(imported["sums"].as_array().unwrap().is_empty() && imported["sales"].is_null(), "{imported}");
    assert_eq!(notices(&world).await, before, "no one is notified");
    let (known, commissions) = api.booked("lead_r_1").await.expect("it is there");
    assert_eq!((known["type"].as_str(), known["source"].as_str()), (Some("Lead"), Some("Import")), "{known}");
    assert_eq!(known["occurredAt"], "2025-03-01T09:00:00Z");
    assert_eq!(known["affiliateId"], brand.partner.affiliate.to_string());
    assert!(commissions.is_empty(), "{commissions:?}");

    let purchase = brand.sale("first", 10_000).but(|report| {
        report.customer_id = Some("cus_lead".to_owned());
        report.affiliate_slug = None;
    });
    world.intake().accept(&[purchase]).await;
    let (sale, commissions) = api.booked("first").await.expect("it is there");
    assert_eq!((sale["type"].as_str(), &sale["affiliateId"]), (Some("Sale"), &known["affiliateId"]), "{sale}");
    assert_eq!(commissions[0]["amountCents"], 2_000, "{commissions:?}");
    let again = import(&api, &body(&world, "Leads", &rows, &Value::Null)).await;
    assert_eq!(counts(&again), [0, 0, 1, 2], "{again}");
    world.finish().await;
}
