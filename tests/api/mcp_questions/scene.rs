//! The demo organization with what the questions are about: affiliates and applicants, clicks, sales of every kind, decisions,
//! payouts that went well and that failed, and a CRM that refused someone.

use serde_json::json;
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    crm_fixture::CrmFixture,
    fakes::Mood,
    payout_run_fixture::{bonus, exported, id, import, partner, propose},
    program_fixture::{days_ago, send},
    stripe::{Purchase, payment_event},
};

use super::question::Names;

const CRM: &str = "activecampaign";

#[derive(Debug)]
pub(super) struct Scene {
    pub(super) fixture: CrmFixture,
    pub(super) names: Names,
    /// Whom the CRM refused.
    pub(super) iris: String,
}

/// Those who sell.
struct Sellers {
    lena: Partner,
    noah: Partner,
    otto: Partner,
}

impl Scene {
    pub(super) async fn start() -> Self {
        let fixture = Box::pin(CrmFixture::of(&[CRM])).await;
        let (world, mut names) = (&fixture.world, Names::default());
        let sellers = Sellers {
            lena: partner(world, "lena", "PayPal").await,
            noah: world.acme.join(&world.database, "noah").await,
            otto: partner(world, "otto", "PayPal").await,
        };
        paid(world, &sellers).await;
        sold(world, &sellers).await;
        clicked(world, &sellers).await;
        decided(world, &sellers, &mut names).await;
        applied(&world.api(), &mut names).await;
        let iris = failed_sync(&fixture, &mut names).await;
        for (name, one) in [("lena", &sellers.lena), ("noah", &sellers.noah), ("otto", &sellers.otto)] {
            names.add(name, one.affiliate);
        }
        names.add("lauren", world.acme.partner.affiliate);
        names.add("ledger", world.ledger.base());
        for days in [7, 30, 365] {
            names.add(&format!("{days} days ago"), days_ago(days));
        }
        Self { fixture, names, iris }
    }
}

/// A sale by a customer of this name.
fn sale(world: &World, order: &str, cents: i64, customer: &str, at: Timestamp) -> Event {
    world.acme.sale(order, cents).but(|report| {
        report.customer_id = Some(customer.to_owned());
        report.customer_email = Some(format!("{customer}@buyers.test"));
        report.occurred_at = Some(at);
    })
}

/// The same by the customer of an affiliate, who clicked the day before.
fn credited(world: &World, partner: &Partner, order: &str, cents: i64, customer: &str, at: Timestamp) -> Event {
    let token = world.acme.token(partner, at.plus_days(-1));
    sale(world, order, cents, customer, at).but(|report| report.click_token = Some(token))
}

/// A run that paid Lena 100.00, and couldn't pay Otto.
async fn paid(world: &World, sellers: &Sellers) {
    let api = world.api();
    let first = credited(world, &sellers.lena, "order-0901", 50_000, "ada", days_ago(50));
    world.intake().accept(&[first]).await;
    bonus(world, &sellers.otto.affiliate.to_string(), 1_500, "USD").await;
    let (run, _) = exported(&api, "USD", "PayPal").await;
    let mut rows = Vec::new();
    for (seller, outcome) in [(&sellers.lena, "Sent,pp-1,"), (&sellers.otto, "Failed,,Account closed")] {
        let payouts = api.all(&format!("/payouts?runId={run}&affiliateId={}", seller.affiliate)).await;
        rows.push(format!("{},{outcome}", id(&payouts[0])));
    }
    let results = format!("payoutId,status,reference,reason\n{}\n", rows.join("\n"));
    import(&api, &run, &results).await.expect_status(200);
}

/// Sales that earn, wait, are refunded, disputed, flagged, denied or no one's, and a sign-up.
async fn sold(world: &World, Sellers { lena, noah, .. }: &Sellers) {
    let own = credited(world, lena, "order-1004", 4_000, "lena+shop", days_ago(2))
        .but(|report| report.customer_email = Some("Lena+shop@creators.test".to_owned()));
    world
        .intake()
        .accept(&[
            credited(world, lena, "order-1001", 10_000, "ada", days_ago(40)),
            credited(world, lena, "order-1002", 25_000, "ben", days_ago(3)),
            credited(world, noah, "order-1003", 8_000, "cleo", days_ago(4)),
            own,
            sale(world, "order-1005", 3_000, "dan", days_ago(5)),
            credited(world, noah, "order-1006", 6_000, "eve", days_ago(6)),
            credited(world, noah, "order-1007", 1_000, "gus", days_ago(6)),
        ])
        .await;
    world.intake().accept(&[world.acme.refund("refund-1006", "order-1006", 6_000)]).await;
    let purchase = Purchase::new("disputed", Some(&world.acme.token(&world.acme.partner, days_ago(1))));
    let event = |shape: &str| payment_event(shape, "disputed", shape);
    for event in [
        purchase.checkout(),
        purchase.paid("invoice.paid.basil", 1),
        event("invoice_payment.paid"),
        event("charge.dispute.created"),
    ] {
        world.intake().accept(&[world.acme.stripe_event(&event)]).await;
    }
    let lead = json!({"externalEventId": "signup-1", "customerId": "fay", "customerEmail": "fay@buyers.test",
                      "affiliateSlug": "lena"});
    world.api().post("/leads", &lead).await.expect_status(201);
}

/// Eight clicks in the last month, and two before.
async fn clicked(world: &World, Sellers { lena, noah, .. }: &Sellers) {
    let of = |partner, days: i64, count| (0..count).map(move |_| world.acme.click_at(partner, days_ago(days)));
    let clicks: Vec<Event> = of(lena, 2, 5).chain(of(noah, 10, 3)).chain(of(lena, 45, 2)).collect();
    world.intake().accept(&clicks).await;
}

/// What people decided, gave and prepared.
async fn decided(world: &World, Sellers { lena, noah, .. }: &Sellers, names: &mut Names) {
    let api = world.api();
    let (_, commissions) = api.booked("order-1007").await.expect("a sale");
    let why = json!({"reason": "a test order"});
    api.post(&format!("/commissions/{}/deny", id(&commissions[0])), &why).await.expect_status(200);
    for (cents, currency) in [(2_500, "USD"), (4_000, "EUR")] {
        bonus(world, &lena.affiliate.to_string(), cents, currency).await;
    }
    names.add("euro run", id(&propose(&api, "EUR").await.expect_status(201).json()));
    let notes = json!({"notes": "Prefers to be paid in spring."});
    api.patch(&format!("/affiliates/{}", noah.affiliate), &notes).await.expect_status(200);
    let segment = json!({"segment": "gold"});
    send(&api, "PUT", &format!("/affiliates/{}/segment", noah.affiliate), &segment).await.expect_status(200);
    let coupon = json!({"programId": world.acme.program.to_string(), "affiliateId": lena.affiliate.to_string(),
                        "code": "LENA10"});
    api.post("/coupons", &coupon).await.expect_status(201);
    let old = json!({"programId": world.acme.program.to_string(), "affiliateId": lena.affiliate.to_string(),
                     "destination": "https://acme.test/old", "slug": "lena-old"});
    let old = id(&api.post("/links", &old).await.expect_status(201).json());
    api.patch(&format!("/links/{old}"), &json!({"disabled": true})).await.expect_status(200);
    names.add("old link", old);
}

/// Two who wait for a decision.
async fn applied(api: &Api, names: &mut Names) {
    for (name, email, answer) in [
        ("Mia Sato", "mia@creators.test", "I run a newsletter about bookkeeping."),
        ("Zoe Lind", "zoe@creators.test", "I have many followers."),
    ] {
        let body = json!({"name": name, "email": email, "status": "Pending", "application": {"audience": answer}});
        let made = api.post("/affiliates", &body).await.expect_status(201).json();
        names.add(&name[..3].to_lowercase(), id(&made));
    }
}

/// Someone whom the CRM refused for a moment; their id.
async fn failed_sync(fixture: &CrmFixture, names: &mut Names) -> String {
    let crm = fixture.crm(CRM);
    let refused = json!({"errors": [{"title": "No more tags."}]});
    crm.vendor.when("POST /api/3/contactTags", Mood::Says(422, refused));
    let iris = fixture.approve_once("Iris Vale", "iris@creators.test").await;
    let sync = fixture.ended(crm, &iris).await;
    assert_eq!(sync["state"], "Failed", "{sync}");
    crm.vendor.recover();
    names.add("failed sync", id(&sync));
    iris
}
