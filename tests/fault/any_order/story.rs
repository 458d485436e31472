//! Two months with two affiliates. Ada has the program's plan: whole tiers by the month's sales (10%, from the third
//! sale 20%) and USD 15.00 for a customer's first sale. Bob has one of his own: marginal tiers by the month's revenue
//! (10%, from 100.00 15%, from 200.00 20%). What each sale earns is worked out in its comment.

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use time::{OffsetDateTime, Time};
use world::{
    World,
    brand::{Brand, But, Partner},
    stripe::shape,
    wait::now,
};

pub(super) struct Cast {
    ada: Partner,
    bob: Partner,
    /// The first moment of a month that lies well behind, and of the next one.
    first: Timestamp,
    second: Timestamp,
}

fn month_of(at: Timestamp) -> Timestamp {
    let moment = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap();
    let first = moment.replace_day(1).unwrap().replace_time(Time::MIDNIGHT);
    Timestamp::from_seconds(first.unix_timestamp()).unwrap()
}

impl Cast {
    /// Every hold ended before today.
    pub(super) async fn join(world: &World) -> Self {
        let ada = world.acme.join(&world.database, "ada").await;
        let bob = world.acme.join(&world.database, "bob").await;
        let first = month_of(now().plus_days(-100));
        let cast = Self { ada, bob, first, second: month_of(first.plus_days(40)) };
        let program = json!([
            {"type": "tiers", "by": "sales", "period": "month", "mode": "whole",
             "steps": [{"from": 1, "ratePercent": "10"}, {"from": 3, "ratePercent": "20"}]},
            {"type": "first_conversion", "amountCents": 1_500, "currency": "USD"},
        ]);
        let own = json!([
            {"type": "tiers", "by": "revenue", "period": "month", "mode": "marginal", "currency": "USD",
             "steps": [{"from": 0, "ratePercent": "10"}, {"from": 10_000, "ratePercent": "15"},
                       {"from": 20_000, "ratePercent": "20"}]},
        ]);
        for (scope, components) in
            [(json!("program"), program), (json!({"affiliateId": cast.bob.affiliate.to_string()}), own)]
        {
            let from = first.plus_days(-1).to_string();
            let plan = json!({"scope": scope, "effectiveAt": from, "holdDays": 30, "components": components});
            let path = format!("/programs/{}/plans", world.acme.program);
            world.api().post(&path, &plan).await.expect_status(201);
        }
        let coupon = format!(
            "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
             values ('{}', gen_random_uuid(), '{}', '{}', 'ADA', now())",
            world.acme.organization.uuid(),
            world.acme.program.uuid(),
            cast.ada.affiliate.uuid()
        );
        world.database.run(&coupon).await;
        cast
    }

    /// A day of the first month, and of the second one.
    fn day(&self, day: i64) -> Timestamp {
        self.first.plus_days(day)
    }

    fn then(&self, day: i64) -> Timestamp {
        self.second.plus_days(day)
    }
}

fn by(event: Event, at: Timestamp, customer: &str) -> Event {
    event.but(|report| {
        report.occurred_at = Some(at);
        report.customer_id = Some(customer.to_owned());
    })
}

fn dated(event: Event, at: Timestamp) -> Event {
    event.but(|report| report.occurred_at = Some(at))
}

fn email(event: Event, address: &str) -> Event {
    event.but(|report| report.customer_email = Some(address.to_owned()))
}

fn slug(event: Event, partner: &Partner) -> Event {
    event.but(|report| report.affiliate_slug = Some(partner.slug.clone()))
}

fn stripe(brand: &Brand, name: &str, id: &str, at: Timestamp, fill: impl FnOnce(&mut Value)) -> Event {
    let mut event = shape(name);
    event["id"] = json!(format!("evt_{id}"));
    event["created"] = json!(at.seconds());
    fill(&mut event["data"]["object"]);
    brand.stripe_event(&event)
}

/// USD 99.00 and USD 9.90 tax.
fn invoice(brand: &Brand, of: &str, number: u8, at: Timestamp) -> Event {
    stripe(brand, "invoice.paid.basil", &format!("in_{of}_{number}"), at, |object| {
        object["id"] = json!(format!("in_{of}_{number}"));
        object["customer"] = json!(format!("cus_{of}"));
        object["customer_email"] = Value::Null;
        object["billing_reason"] = json!(if number == 1 { "subscription_create" } else { "subscription_cycle" });
        object["status_transitions"]["paid_at"] = json!(at.seconds());
        object["parent"]["subscription_details"]["subscription"] = json!(format!("sub_{of}"));
    })
}

/// Ties payment and invoice together.
fn paid(brand: &Brand, of: &str, number: u8, at: Timestamp) -> Event {
    stripe(brand, "invoice_payment.paid", &format!("inpay_{of}_{number}"), at, |object| {
        object["id"] = json!(format!("inpay_{of}_{number}"));
        object["invoice"] = json!(format!("in_{of}_{number}"));
        object["payment"]["payment_intent"] = json!(format!("pi_{of}_{number}"));
    })
}

fn refund(brand: &Brand, id: &str, of: &str, cents: i64, status: &str, at: Timestamp) -> Event {
    stripe(brand, "refund.created", &format!("{id}_{status}"), at, |object| {
        object["id"] = json!(id);
        object["amount"] = json!(cents);
        object["status"] = json!(status);
        object["charge"] = json!(format!("ch_of_{of}"));
        object["payment_intent"] = json!(of);
    })
}

fn dispute(brand: &Brand, id: &str, of: &str, cents: i64, status: &str, at: Timestamp) -> Event {
    stripe(brand, "charge.dispute.created", &format!("{id}_{status}"), at, |object| {
        object["id"] = json!(id);
        object["amount"] = json!(cents);
        object["status"] = json!(status);
        object["charge"] = json!(format!("ch_of_{of}"));
        object["payment_intent"] = json!(of);
    })
}

/// In the order of time.
pub(super) fn story(brand: &Brand, cast: &Cast) -> Vec<Event> {
    let mut story = of_ada(brand, cast);
    story.extend(of_bob(brand, cast));
    story.push(by(brand.sale("order-x", 5_000), cast.day(14), "nobody-sent-them"));
    story
}

/// In the first month four sales count, so each earns 20%; in the second one two, at 10%.
fn of_ada(brand: &Brand, cast: &Cast) -> Vec<Event> {
    let (day, then) = (|days| cast.day(days), |days| cast.then(days));
    let click = brand.click_at(&cast.ada, day(1));
    let token = brand.token_of(&click);
    let later = brand.token(&cast.ada, day(9));
    let signup = brand.lead("signup").but(|report| report.click_token = Some(token));
    let of_t = brand.sale("in_T_1", 9_900).but(|report| report.click_token = Some(later));
    let of_bobs_click = brand.token(&cast.bob, then(2));
    let coupon = brand.sale("order-7", 2_000).but(|report| {
        report.coupon_code = Some("ada".to_owned());
        report.click_token = Some(of_bobs_click);
        report.currency = "EUR".parse().unwrap();
    });
    vec![
        click,
        // One who signs up as `u1`, and buys under another name, with the same address.
        email(by(signup, day(2), "u1"), "U1+trial@shop.test"),
        // 19.80 and 15.00; half of it is lost in a dispute: 9.90 and 7.50.
        email(by(brand.sale("pi_o1", 9_900), day(5), "u1-web"), "u1@shop.test"),
        // 10.00 and 15.00, held: `u1-web` has the same address, and bought before.
        by(brand.sale("order-2", 5_000), day(8), "u1"),
        // Told by the backend and by Stripe, which name the buyer differently: one sale, 19.80 and 15.00.
        by(of_t, day(10), "user-77"),
        invoice(brand, "T", 1, day(10).plus_millis(300_000)),
        // The same buyer by the other name, so bound, and not a first sale: 2.00; a dispute about it is won.
        by(brand.sale("order-4", 1_000), day(20), "cus_T"),
        dispute(brand, "du_4", "order-4", 1_000, "needs_response", day(21)),
        // An unknown buyer's: all of it is given back, so it doesn't count.
        slug(dated(brand.sale("order-5", 3_000), day(25)), &cast.ada),
        dated(brand.refund("back-5", "order-5", 3_000), day(27)),
        dispute(brand, "du_1", "pi_o1", 4_950, "needs_response", day(20)),
        dispute(brand, "du_4", "order-4", 1_000, "won", day(40)),
        dispute(brand, "du_1", "pi_o1", 4_950, "lost", day(41)),
        // 9.90.
        invoice(brand, "T", 2, then(2)),
        // EUR 2.00 and USD 15.00: the coupon beats the click. A refund in dollars can't be set against it.
        by(coupon, then(3), "u9"),
        dated(brand.refund("back-7", "order-7", 2_000), then(4)),
    ]
}

/// Revenue counts as far as it was kept: 49.50, 60.01, 80.00; in the second month 0.00 and 10.00.
fn of_bob(brand: &Brand, cast: &Cast) -> Vec<Event> {
    let (day, then) = (|days| cast.day(days), |days| cast.then(days));
    let click = brand.click_at(&cast.bob, day(2));
    let token = brand.token_of(&click);
    let checkout = stripe(brand, "checkout.session.completed.subscription", "cs_S", day(3), |object| {
        object["id"] = json!("cs_S");
        object["customer"] = json!("cus_S");
        object["customer_details"]["email"] = Value::Null;
        object["client_reference_id"] = json!(token);
        object["subscription"] = json!("sub_S");
        object["invoice"] = json!("in_S_1");
    });
    let total = stripe(brand, "charge.refunded.partial", "ch_S_1", day(16), |object| {
        object["id"] = json!("ch_of_pi_S_1");
        object["payment_intent"] = json!("pi_S_1");
        object["amount_refunded"] = json!(5_445);
    });
    let mut events = vec![
        click,
        checkout,
        // 10% of 99.00 = 9.90; 54.45 of 108.90 given back, tax included: 4.95.
        invoice(brand, "S", 1, day(3).plus_millis(60_000)),
        refund(brand, "re_1", "pi_S_1", 5_445, "pending", day(15)),
        refund(brand, "re_1", "pi_S_1", 5_445, "succeeded", day(16)),
        total,
        // One that fails in the end takes nothing.
        refund(brand, "re_2", "pi_S_1", 1_089, "succeeded", day(17)),
        refund(brand, "re_2", "pi_S_1", 1_089, "failed", day(19)),
        // From 49.50: 10% of 50.50 + 15% of 9.51 = 6.4765.
        slug(by(brand.sale("order-8", 6_001), day(12), "u5"), &cast.bob),
        // From 109.51: 15% of 90.49 + 20% of 29.51 = 19.4755; 80.00 of 120.00 kept: 12.9866….
        by(brand.sale("order-9", 12_000), day(15), "u5"),
    ];
    for (number, cents) in [1_333, 1_333, 1_334].into_iter().enumerate() {
        let days = i64::try_from(number).unwrap();
        events.push(dated(brand.refund(&format!("back-9-{number}"), "order-9", cents), day(18 + days)));
    }
    events.extend([
        // All of it is lost in a dispute.
        invoice(brand, "S", 2, then(5)),
        dispute(brand, "du_S", "pi_S_2", 10_890, "needs_response", then(6)),
        dispute(brand, "du_S", "pi_S_2", 10_890, "lost", then(9)),
        // 1.00.
        by(brand.sale("order-b", 1_000), then(7), "u5"),
        // What ties refunds and disputes to their invoices comes last.
        paid(brand, "S", 1, then(10)),
        paid(brand, "S", 2, then(10)),
    ]);
    events
}
