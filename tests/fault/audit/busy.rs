//! A world in which everything has happened that can happen to a book: by every way of telling, deciding and paying.

use serde_json::{Value, json};
use shared::{batch::Verdict, event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner, fresh},
    http::Request,
    stripe::{Purchase, payment_event},
    wait::now,
};

pub(crate) struct Busy {
    pub(crate) world: World,
    pub(crate) early: Partner,
    pub(crate) late: Partner,
}

/// Days from now, in the morning, so that two sales of one day are told apart by their hour.
fn day(days: i64) -> Timestamp {
    let midnight = now().plus_millis(-now().millis().rem_euclid(86_400_000));
    midnight.plus_days(days).plus_millis(3_600_000)
}

pub(crate) async fn busy() -> Busy {
    let world = World::start().await;
    let early = world.acme.join(&world.database, "early").await;
    let late = world.acme.join(&world.database, "late").await;
    let tiered = world.acme.join(&world.database, "tiered").await;
    rules(&world, &late, &tiered).await;
    sales(&world, &early, &late).await;
    tiers(&world, &tiered).await;
    gateway(&world, &early).await;
    given_back(&world).await;
    nonsense(&world, &early).await;
    decisions(&world, &early, &late).await;
    money(&world, &early).await;
    world.check().await;
    Busy { world, early, late }
}

/// Plans of each scope and a check on speed, all older than the first event.
async fn rules(world: &World, late: &Partner, tiered: &Partner) {
    let (organization, program) = (world.acme.organization.uuid(), world.acme.program.uuid());
    let plan = |affiliate: &str, segment: &str, components: &str| {
        format!(
            "insert into plan_versions (organization_id, id, program_id, affiliate_id, segment, effective_at, components, hold_days, created_at)
             values ('{organization}', gen_random_uuid(), '{program}', {affiliate}, {segment}, now() - interval '200 days', '{components}', 30, now());"
        )
    };
    let percent = r#"[{"type":"percentage","ratePpm":200000},{"type":"per_lead","amountCents":200,"currency":"USD"}]"#;
    let gold =
        r#"[{"type":"percentage","ratePpm":300000},{"type":"first_conversion","amountCents":1500,"currency":"USD"}]"#;
    let steps = r#"[{"type":"tiers","by":"sales","period":"month","mode":"whole","steps":[{"from":1,"ratePpm":100000},{"from":3,"ratePpm":200000}]},
                    {"type":"percentage","ratePpm":10000,"cap":{"currency":"USD","perAffiliate":{"amountCents":250,"period":"ever"}}}]"#;
    let own = format!("'{}'", tiered.affiliate.uuid());
    let statements = [
        plan("null", "null", percent),
        plan("null", "'gold'", gold),
        plan(&own, "null", steps),
        format!(
            "insert into affiliate_segments values ('{organization}', '{}', now() - interval '200 days', 'gold', now());",
            late.affiliate.uuid()
        ),
        format!(
            "insert into program_policies select organization_id, program_id, now() - interval '200 days', attribution_model,
                    window_days, customer_binding, flag_self_referral, flag_duplicate_customer, 4, 1, now()
             from program_policies where organization_id = '{organization}';"
        ),
    ];
    world.database.run(&statements.concat()).await;
}

/// Clicks, leads, sales and renewals by every kind of evidence; a buyer under two names, and two with one address.
async fn sales(world: &World, early: &Partner, late: &Partner) {
    let brand = &world.acme;
    let dated = |event: Event, customer: &str, days: i64| {
        event.but(|report| {
            report.customer_id = Some(customer.to_owned());
            report.occurred_at = Some(day(days));
        })
    };
    let click = brand.click_at(early, day(-90));
    let token = brand.token_of(&click);
    let plain = dated(brand.sale("plain", 10_000), "anna", -80).but(|report| report.click_token = Some(token.clone()));
    let shared = Some("family@buyers.test".to_owned());
    let twice = dated(brand.sale("told-twice", 4_900), "ben", -61);
    let page = brand.by_page(&twice).but(|report| {
        report.affiliate_slug = Some(late.slug.clone());
        report.customer_id = None;
    });
    let backend = dated(brand.sale("told-twice-by-backend", 1), "ben", -62);
    let events = [
        click,
        dated(brand.lead("signup"), "anna", -85).but(|report| report.affiliate_slug = Some(early.slug.clone())),
        plain,
        dated(brand.sale("renewal", 10_000), "anna", -50)
            .but(|report| report.subscription_id = Some("sub-a".to_owned())),
        dated(brand.sale("slug", 777), "carl", -40).but(|report| report.affiliate_slug = Some(late.slug.clone())),
        dated(brand.sale("coupon", 5_000), "dora", -41).but(|report| report.coupon_code = Some("LAUREN20".to_owned())),
        dated(brand.sale("euro", 8_000), "emil", -42).but(|report| {
            report.affiliate_slug = Some(early.slug.clone());
            report.currency = "EUR".parse().unwrap();
            report.metadata.insert("term".to_owned(), json!("yearly"));
        }),
        dated(brand.lead("kin"), "fred", -30).but(|report| {
            report.affiliate_slug = Some(early.slug.clone());
            report.customer_email.clone_from(&shared);
        }),
        dated(brand.sale("of-kin", 3_000), "fred-two", -20).but(|report| report.customer_email = shared),
        brand.sale("alone", 1_234).but(|report| {
            report.affiliate_slug = Some(early.slug.clone());
            report.occurred_at = Some(day(-15));
        }),
        dated(brand.sale("nobodys", 9_900), "gina", -12),
        dated(brand.sale("own", 2_000), "hans", -10).but(|report| {
            report.affiliate_slug = Some(early.slug.clone());
            report.customer_email = Some("early@creators.test".to_owned());
        }),
        page.clone(),
        backend,
        // The gateway calls them by another name.
        Event { id: fresh(), ..dated(brand.sale("slug", 777), "carl-two", -40) },
    ];
    for batch in events.chunks(5) {
        world.intake().accept(batch).await;
    }
    assert_eq!(world.intake().post(&[twice, page]).await, [Verdict::Accepted, Verdict::Duplicate]);
}

/// Enough sales of one month to reach the second step, told backwards; and too many in one hour.
async fn tiers(world: &World, tiered: &Partner) {
    let sale = |number: i64, at: Timestamp| {
        world.acme.sale(&format!("tier-{number}"), 1_000 * (number + 1)).but(|report| {
            report.affiliate_slug = Some(tiered.slug.clone());
            report.customer_id = Some(format!("t-{}", number % 4));
            report.occurred_at = Some(at);
        })
    };
    for number in (0..8).rev() {
        world.intake().accept(&[sale(number, day(-100 + number * 7))]).await;
    }
    let rush: Vec<Event> = (8..14).map(|number| sale(number, day(-8).plus_millis(number * 1_000))).collect();
    world.intake().accept(&rush).await;
    world.intake().accept(&[world.acme.refund("tier-back", "tier-2", 3_000)]).await;
}

/// Subscriptions that tell their sale in parts, in any order; disputes that are open, lost and won.
async fn gateway(world: &World, early: &Partner) {
    for (name, report) in [
        ("calm", vec!["refund.created", "invoice_payment.paid", "charge.refunded.partial"]),
        ("opened", vec!["charge.dispute.created", "invoice_payment.paid"]),
        ("lost", vec!["charge.dispute.closed.lost", "charge.dispute.created", "invoice_payment.paid"]),
        ("won", vec!["invoice_payment.paid", "charge.dispute.closed.won", "charge.dispute.created"]),
    ] {
        let purchase = Purchase::new(name, Some(&world.acme.token(early, now().plus_days(-1))));
        let mut events: Vec<Value> = report.iter().map(|shape| payment_event(shape, name, shape)).collect();
        // In the same second, a dispute's end counts as later than its opening.
        let at = events[0]["created"].clone();
        events.iter_mut().for_each(|event| event["created"] = at.clone());
        events.extend([purchase.paid("invoice.paid.basil", 1), purchase.checkout()]);
        events.push(purchase.paid("invoice.paid.before_basil", 2));
        for event in events {
            world.intake().accept(&[world.acme.stripe_event(&event)]).await;
        }
    }
}

async fn given_back(world: &World) {
    let brand = &world.acme;
    let refund = |name: &str, of: &str, cents: i64| brand.refund(name, of, cents);
    world.intake().accept(&[refund("early-word", "comes-later", 500), refund("for-ever", "never-comes", 500)]).await;
    let slug = world.acme.partner.slug.clone();
    let sale = brand.sale("comes-later", 2_000).but(|report| report.affiliate_slug = Some(slug));
    world.intake().accept(&[sale, refund("part", "renewal", 3_333), refund("whole", "slug", 777)]).await;
    world.intake().accept(&[refund("too-much", "coupon", 9_999)]).await;
}

/// Told again, told otherwise, and told in a way that can't be read.
async fn nonsense(world: &World, early: &Partner) {
    let slug = early.slug.clone();
    let sale = |cents: i64| world.acme.sale("argued", cents).but(|report| report.affiliate_slug = Some(slug.clone()));
    let poison = world.acme.sale("poison\0", 100);
    let verdicts = world.intake().post(&[sale(100), sale(100), sale(200), poison]).await;
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Duplicate, Verdict::Conflict, Verdict::Rejected]);
}

async fn decisions(world: &World, early: &Partner, late: &Partner) {
    let api = world.api();
    let conversion = async |name: &str| api.booked(name).await.unwrap().0["id"].as_str().unwrap().to_owned();
    let commission = async |name: &str| api.booked(name).await.unwrap().1[0]["id"].as_str().unwrap().to_owned();
    let decide = async |path: String, body: Value| {
        api.post(&path, &body).await.expect_status(200);
    };
    let why = json!({"reason": "a phone call"});
    let to = json!({"affiliateId": late.affiliate.to_string(), "reason": "theirs"});
    decide(format!("/conversions/{}/reattribute", conversion("alone").await), to).await;
    let nobody = json!({"affiliateId": null, "reach": "Conversion", "reason": "staff"});
    decide(format!("/conversions/{}/reattribute", conversion("euro").await), nobody).await;
    decide(format!("/conversions/{}/review", conversion("own").await), json!({"decision": "Deny", "reason": "own"}))
        .await;
    decide(format!("/commissions/{}/deny", commission("argued").await), why.clone()).await;
    decide(format!("/commissions/{}/release", commission("of-kin").await), why.clone()).await;
    decide(
        format!("/conversions/{}/refund", conversion("comes-later").await),
        json!({"amountCents": 100, "reason": "more"}),
    )
    .await;
    for (what, cents) in [("bonuses", 5_000), ("adjustments", -1_250)] {
        let gift = json!({"programId": world.acme.program.to_string(), "amountCents": cents, "currency": "USD", "reason": "June"});
        api.post(&format!("/affiliates/{}/{what}", early.affiliate), &gift).await.expect_status(201);
    }
}

/// Holds end, a payout is made, and afterwards some of it is given back.
async fn money(world: &World, early: &Partner) {
    let clock = Request::post("/dev/clock", json!({"advanceDays": 1}).to_string());
    clock.send(&world.ledger.base()).await.unwrap().expect_status(200);
    let payment = json!({"affiliateId": early.affiliate.to_string(), "currency": "USD", "reference": "bank 1"});
    world.api().post("/payouts", &payment).await.expect_status(201);
    world.intake().accept(&[world.acme.refund("after-payout", "plain", 2_500)]).await;
}
