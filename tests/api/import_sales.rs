//! Goal: a brand that moves in loses nothing of the past: sales keep dates and commissions, nothing is paid again, and
//! no one is notified.
//! Method: rows by API and a file; sales, refunds and a payout run after it; `audit` and `replay --verify` at the end.
//! Elsewhere: tests/api/imports.rs: `/imports/{id}`

use serde_json::{Value, json};
use shared::event::Event;
use world::{
    World,
    brand::{Brand, But},
    client::api::Api,
    http::Request,
    import_fixture::{counts, done},
    payout_run_fixture::partner,
    stripe::payment_event,
};

/// The brand's people get an email about skipped rows.
const OTHERS: &str = "kind <> 'import_finished'";

/// A sale of the demo's affiliate.
pub(crate) fn row(id: &str, sold: &str, cents: [i64; 2], status: &str, paid: Option<&str>) -> Value {
    json!({
        "externalId": id, "occurredAt": sold, "amountCents": cents[0],
        "commissionCents": cents[1], "currency": "USD", "status": status, "paidAt": paid, "customerId": "cus_old",
    })
}

pub(crate) fn rows(world: &World, rows: &[Value], sales: &Value) -> Value {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        row["affiliateEmail"] = json!(world.own("lauren@creators.test"));
    }
    json!({"kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(), "rows": rows,
           "sales": sales})
}

async fn import(api: &Api, body: &Value) -> Value {
    let made = api.post("/imports", body).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap().to_owned();
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    done(api, &id, 60).await
}

/// Stripe's event about a refund or dispute of a charge, such as `ch_late` for the purchase `late`.
fn given_back(brand: &Brand, purchase: &str, shape: &str, amount: i64) -> Event {
    let mut event = payment_event(shape, purchase, shape);
    event["data"]["object"]["amount"] = json!(amount);
    brand.stripe_event(&event)
}

async fn paid_in(api: &Api, year: i32, affiliate: &str) -> i64 {
    let year = api.get(&format!("/tax-years/{year}")).await.expect_status(200).json();
    let rows = year["data"].as_array().unwrap();
    rows.iter().find(|row| row["affiliateId"] == affiliate).map_or(0, |row| row["paidCents"].as_i64().unwrap())
}

/// The preview shows the sums and books nothing; the run books each sale once, and a run of payouts pays nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_booked_once_and_never_paid_again() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let lauren = brand.partner.affiliate.to_string();
    let past = [
        row("ch_1", "2025-03-01T09:00:00Z", [10_000, 3_000], "paid", Some("2025-12-31")),
        row("ch_2", "2025-04-01T09:00:00Z", [10_000, 3_000], "paid", Some("2026-01-15T10:00:00Z")),
        row("ch_3", "2025-05-01T09:00:00Z", [5_000, 1_500], "due", None),
        row("ch_3", "2025-05-01T09:00:00Z", [5_000, 1_500], "due", None),
        row("ch_4", "2025-05-02T09:00:00Z", [5_000, 1_500], "voided", None),
    ];
    let notices = ["messages", "milestone_emails where earned_due_at is not null"];
    let (mut before, emails) = (Vec::new(), world.database.count_emails(OTHERS).await);
    for table in notices {
        before.push(world.database.count(&format!("select count(*) from {table}")).await);
    }
    let made = api.post("/imports", &rows(&world, &past, &Value::Null)).await.expect_status(201).json();
    assert_eq!((made["state"].as_str(), counts(&made)), (Some("Checked"), [3, 0, 0, 2]), "{made}");
    let sums: Vec<_> =
        made["sums"].as_array().unwrap().iter().map(|sum| (&sum["settlement"], &sum["commissionCents"])).collect();
    assert_eq!(sums, [(&json!("Paid"), &json!(6_000)), (&json!("SettledThere"), &json!(1_500))], "{made}");
    assert_eq!(world.database.count("select count(*) from conversions").await, 0, "only checked");

    let id = made["id"].as_str().unwrap().to_owned();
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    let imported = done(&api, &id, 60).await;
    assert_eq!(counts(&imported), [3, 0, 0, 2], "{imported}");
    for (table, before) in notices.iter().zip(before) {
        assert_eq!(world.database.count(&format!("select count(*) from {table}")).await, before, "{table}");
    }
    assert_eq!(world.database.count_emails(OTHERS).await, emails);
    let (sale, commissions) = api.booked("ch_1").await.expect("it is there");
    assert_eq!((sale["occurredAt"].as_str(), sale["source"].as_str()), (Some("2025-03-01T09:00:00Z"), Some("Import")));
    assert_eq!((sale["status"].as_str(), sale["affiliateId"].as_str()), (Some("Paid"), Some(lauren.as_str())));
    let first = &commissions[0];
    assert_eq!((first["amountCents"].as_i64(), first["status"].as_str()), (Some(3_000), Some("Paid")), "{first}");
    // Each payment counts in its own year, and what was left to the other platform in none.
    assert_eq!((paid_in(&api, 2025, &lauren).await, paid_in(&api, 2026, &lauren).await), (3_000, 3_000));

    // The same rows again, and others under a known id.
    let again = import(&api, &rows(&world, &past, &Value::Null)).await;
    assert_eq!(counts(&again), [0, 0, 3, 2], "{again}");
    let other = [row("ch_1", "2025-03-01T09:00:00Z", [10_000, 9_999], "paid", None)];
    let other = api.post("/imports", &rows(&world, &other, &Value::Null)).await.expect_status(201).json();
    let reported = api.all(&format!("/imports/{}/rows", other["id"].as_str().unwrap())).await;
    assert_eq!(reported[0]["reason"], "imported_differently", "{reported:?}");
    assert_eq!(world.database.count("select count(*) from conversions").await, 3);

    // A run pays others, and nothing of the past.
    let nina = partner(&world, "nina", "PayPal").await.affiliate.to_string();
    world::payout_run_fixture::bonus(&world, &nina, 5_000, "USD").await;
    let preview = api.post("/payout-runs/preview", &json!({"currency": "USD"})).await.expect_status(200).json();
    assert!(preview["payees"].to_string().contains(&nina), "{preview}");
    assert!(!preview.to_string().contains(&lauren), "neither paid nor left out: nothing is owed: {preview}");
    // Nor can a payment of the past be taken back here.
    let payouts = api.all(&format!("/payouts?affiliateId={lauren}")).await;
    assert_eq!(payouts.len(), 3, "{payouts:?}");
    let path = format!("/payouts/{}/mark-failed", payouts[0]["id"].as_str().unwrap());
    let refused = api.post(&path, &json!({"reason": "It came back."})).await;
    assert_eq!(refused.refusal(), (409, "already_sent".to_owned()));
    world.finish().await;
}

/// A customer of the past renews for their affiliate, a refund of a past sale is mirrored, and a sale that was reported
/// here isn't replaced.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_goes_on() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    world.intake().accept(&[brand.sale("here", 10_000)]).await;
    let past = [
        row("ch_1", "2025-03-01T09:00:00Z", [10_000, 3_000], "paid", Some("2025-04-15")),
        row("here", "2025-03-02T09:00:00Z", [10_000, 3_000], "paid", None),
    ];
    let imported = import(&api, &rows(&world, &past, &json!({"taxedThere": true}))).await;
    assert_eq!(counts(&imported), [1, 0, 0, 1], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    assert_eq!(reported[1]["reason"], "already_reported", "{reported:?}");
    let lauren = brand.partner.affiliate.to_string();
    assert_eq!(paid_in(&api, 2025, &lauren).await, 0, "the other platform reports it");

    let renewal = brand.sale("renewal", 10_000).but(|report| {
        report.customer_id = Some("cus_old".to_owned());
        report.affiliate_slug = None;
    });
    world.intake().accept(&[renewal, brand.refund("re_1", "ch_1", 5_000)]).await;
    let (sale, commissions) = api.booked("renewal").await.expect("it is there");
    assert_eq!((sale["affiliateId"].as_str(), sale["type"].as_str()), (Some(lauren.as_str()), Some("Recurring")));
    assert_eq!(commissions[0]["amountCents"], 2_000, "by the plan: {commissions:?}");
    let (_, commissions) = api.booked("ch_1").await.expect("it is there");
    let amounts = ["amountCents", "paidCents"].map(|name| commissions[0][name].as_i64().unwrap());
    assert_eq!(amounts, [1_500, 3_000], "the next payout deducts the rest: {commissions:?}");
    world.finish().await;
}

/// Stripe names the payment intent in refunds and disputes, and the file the charge.
#[tokio::test(flavor = "multi_thread")]
async fn stripes_refunds_find_imported_charges() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let about = |purchase: &str, shape: &str, amount: i64| given_back(brand, purchase, shape, amount);
    // These refunds wait for their sales.
    let waiting = [about("early", "refund.created", 5_000), about("gone", "refund.created", 10_000)];
    world.intake().accept(&waiting).await;
    let sold = |id: &str| row(id, "2025-03-01T09:00:00Z", [10_000, 3_000], "paid", Some("2025-04-15"));
    let past = ["ch_early", "ch_gone", "ch_late", "ch_lost", "ch_other"].map(sold);
    let imported = import(&api, &rows(&world, &past, &Value::Null)).await;
    assert_eq!(counts(&imported), [5, 0, 0, 0], "{imported}");
    world.intake().accept(&[about("late", "refund.created", 2_500)]).await;
    // Another payment of the same invoice was refunded in full, which is none of this charge's.
    let pays = |purchase: &str| {
        let mut event = payment_event("invoice_payment.paid", purchase, "pays");
        event["data"]["object"]["invoice"] = json!("in_shared");
        brand.stripe_event(&event)
    };
    world.intake().accept(&[pays("late"), pays("second"), about("second", "refund.created", 10_000)]).await;
    // Nor is what the brand's server says about the whole invoice.
    world.intake().accept(&[brand.refund("re_invoice", "in_shared", 10_000)]).await;
    world.intake().accept(&[about("lost", "charge.dispute.closed.lost", 10_000)]).await;
    // Each was paid as stated, whenever its refund came, and the next payout deducts the rest.
    for (id, cents) in [("ch_early", 1_500), ("ch_gone", 0), ("ch_late", 2_250), ("ch_lost", 0), ("ch_other", 3_000)] {
        let (sale, commissions) = api.booked(id).await.expect("it is there");
        let amounts = ["amountCents", "paidCents"].map(|name| commissions[0][name].as_i64().unwrap());
        assert_eq!(amounts, [cents, 3_000], "{id}: {sale} {commissions:?}");
    }
    assert_eq!(paid_in(&api, 2025, &brand.partner.affiliate.to_string()).await, 15_000);
    let owed = "select balance::bigint from accounts where kind = 'affiliate_approved'";
    assert_eq!(world.database.count(owed).await, 6_750 - 15_000);
    world.finish().await;
}

/// If the file doesn't have a sale's amount, no refund is a part of it: any refund or lost dispute takes back all.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_of_an_unknown_amount_takes_back_the_commission() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let mut past =
        ["ch_back", "ch_lost", "ch_kept"].map(|id| row(id, "2025-03-01T09:00:00Z", [0, 2_000], "approved", None));
    for row in &mut past {
        row.as_object_mut().unwrap().remove("amountCents");
    }
    let imported = import(&api, &rows(&world, &past, &json!({"unpaid": "PaidHere"}))).await;
    assert_eq!(counts(&imported), [3, 0, 0, 0], "{imported}");
    let reported = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    assert!(reported[0]["message"].as_str().unwrap().contains("takes back the whole commission"), "{reported:?}");
    let refund = given_back(brand, "back", "refund.created", 2_500);
    let lost = given_back(brand, "lost", "charge.dispute.closed.lost", 10_000);
    world.intake().accept(&[refund, lost]).await;
    for (id, status, cents) in [("ch_back", "Refunded", 0), ("ch_lost", "Refunded", 0), ("ch_kept", "Approved", 2_000)]
    {
        let (sale, commissions) = api.booked(id).await.expect("it is there");
        assert_eq!((sale["status"].as_str(), &commissions[0]["amountCents"]), (Some(status), &json!(cents)), "{id}");
    }
    // Nor can a person refund a part of it.
    let (sale, _) = api.booked("ch_kept").await.expect("it is there");
    let path = format!("/conversions/{}/refund", sale["id"].as_str().unwrap());
    let refused = api.post(&path, &json!({"reason": "It came back."})).await;
    assert_eq!(refused.refusal(), (409, "nothing_left".to_owned()));
    world.finish().await;
}

/// Unpaid commissions become payable here only if the brand chooses so, after the plan's hold.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_over_is_owed() {
    let world = World::shared().await;
    let api = world.api();
    let unpaid = [row("ch_1", "2025-03-01T09:00:00Z", [10_000, 3_000], "approved", None)];
    let made = api.post("/imports", &rows(&world, &unpaid, &Value::Null)).await.expect_status(201).json();
    let path = format!("/imports/{}/start", made["id"].as_str().unwrap());
    let odd = api.post(&path, &json!({"sales": {"unpaid": "Maybe"}})).await.expect_status(400).json();
    assert_eq!(odd["field"], "sales.unpaid", "{odd}");
    let started = api.post(&path, &json!({"sales": {"unpaid": "PaidHere"}})).await.expect_status(202).json();
    assert_eq!(started["sums"][0]["settlement"], "PaidHere", "{started}");
    done(&api, made["id"].as_str().unwrap(), 60).await;
    let (_, commissions) = api.booked("ch_1").await.expect("it is there");
    assert_eq!((commissions[0]["status"].as_str(), commissions[0]["paidCents"].as_i64()), (Some("Approved"), Some(0)));
    let owed = "select balance::bigint from accounts where kind = 'affiliate_approved'";
    assert_eq!(world.database.count(owed).await, 3_000);
    world.finish().await;
}

/// A sale or lead that names only a day is on this day by the brand's clocks, and is recognized in any time zone.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_the_brands() {
    let world = World::shared().await;
    let api = world.api();
    let zones = [("America/New_York", "2024-03-01T17:00:00Z"), ("Pacific/Auckland", "2024-02-29T23:00:00Z")];
    for (number, (zone, noon)) in zones.into_iter().enumerate() {
        api.patch("/organization", &json!({"timeZone": zone})).await.expect_status(200);
        let (sale, lead) = (format!("ch_{number}"), format!("r_{number}"));
        let sales = rows(&world, &[row(&sale, "2024-03-01", [10_000, 3_000], "paid", None)], &Value::Null);
        let person = json!({"externalId": lead, "occurredAt": "2024-03-01", "customerId": format!("cus_{number}")});
        let mut leads = rows(&world, &[person], &Value::Null);
        leads["kind"] = json!("Leads");
        for body in [&sales, &leads] {
            assert_eq!(counts(&import(&api, body).await), [1, 0, 0, 0], "{zone}: {body}");
            assert_eq!(counts(&import(&api, body).await), [0, 0, 1, 0], "{zone}: {body}");
        }
        for id in [sale, format!("lead_{lead}")] {
            let (conversion, _) = api.booked(&id).await.expect("it is there");
            assert_eq!(conversion["occurredAt"], noon, "{zone}: {conversion}");
        }
    }
    world.finish().await;
}

/// A file and rows say the same, and a ledger that is killed halfway books each sale once.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_ledger_goes_on() {
    const MANY: i64 = 1_500;
    let mut world = World::start().await;
    let api = world.api();
    let mut csv =
        "sale.stripe_charge_id,charged_at,affiliate_email,amount,sale_amount,currency,state,paid_at\n".to_owned();
    for number in 0..MANY {
        csv.push_str(&format!("ch_{number},2025-03-01,lauren@creators.test,2.50,10.00,usd,paid,2025-04-15\n"));
    }
    let body = json!({"kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(), "csv": csv});
    let made = api.post("/imports", &body).await.expect_status(201).json();
    assert_eq!(made["sums"][0]["commissionCents"], 250 * MANY, "{made}");
    let id = made["id"].as_str().unwrap().to_owned();
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    let worked_off = "select count(*) from import_rows where result is not null";
    world::wait::until("some rows", 30, async || (world.database.count(worked_off).await > 200).then_some(())).await;
    world.ledger.kill();
    world.ledger.start().await;
    let imported = done(&api, &id, 120).await;
    assert_eq!(counts(&imported), [MANY, 0, 0, 0], "{imported}");
    // All of it is one payment, as it was there.
    let payouts = api.all("/payouts").await;
    assert_eq!(payouts.len(), 1, "{payouts:?}");
    assert_eq!(
        (payouts[0]["amountCents"].as_i64(), payouts[0]["sentAt"].as_str().map(|at| &at[..10])),
        (Some(250 * MANY), Some("2025-04-15"))
    );
    world.finish().await;
}

#[tokio::test]
async fn rows_are_checked() {
    let world = World::shared().await;
    let api = world.api();
    let both = json!({"kind": "Sales", "source": "Tolt", "programId": world.acme.program.to_string(), "csv": "a\n1\n", "rows": []});
    assert_eq!(api.post("/imports", &both).await.expect_status(400).json()["field"], "csv");
    let nested = rows(&world, &[json!({"sale": {"id": 1}})], &Value::Null);
    assert_eq!(api.post("/imports", &nested).await.expect_status(400).json()["field"], "rows");
    let request = Request::post("/api/v1/imports", rows(&world, &[], &Value::Null).to_string());
    assert_eq!(api.send(request).await.expect_status(400).json()["field"], "rows");
    world.finish().await;
}
