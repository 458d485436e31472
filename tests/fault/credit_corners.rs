//! Goal: the corners of credit come out as `docs/guide/attribution.md` says: what a review reaches, whose evidence speaks
//! for which purchase, who is one customer.
//! Method: stories over months, sale by sale, with their amounts; at each end the book is recomputed from its events.

mod busy_hours;

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{Brand, But, Partner},
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    stripe::Purchase,
    wait::now,
};

fn days_ago(days: i64) -> Timestamp {
    now().plus_days(-days)
}

/// A sale of 100.00 to a customer, so many days ago.
fn sale(world: &World, name: &str, customer: &str, ago: i64) -> Event {
    world.acme.sale(name, 10_000).but(|report| {
        report.customer_id = Some(customer.to_owned());
        report.occurred_at = Some(days_ago(ago));
    })
}

fn slug(event: Event, partner: &Partner) -> Event {
    event.but(|report| report.affiliate_slug = Some(partner.slug.clone()))
}

fn clicked(world: &World, event: Event, partner: &Partner, ago: i64) -> Event {
    event.but(|report| report.click_token = Some(world.acme.token(partner, days_ago(ago))))
}

fn email(event: Event, address: &str) -> Event {
    event.but(|report| report.customer_email = Some(address.to_owned()))
}

async fn conversion(world: &World, name: &str) -> Value {
    world.api().booked(name).await.unwrap().0
}

/// Whose the sale is, and what it earns them.
async fn credit(world: &World, name: &str) -> (Option<String>, i64) {
    let (conversion, commissions) = world.api().booked(name).await.unwrap();
    let cents = commissions.iter().map(|row| row["amountCents"].as_i64().unwrap()).sum();
    (conversion["affiliateId"].as_str().map(str::to_owned), cents)
}

async fn held_for(world: &World, name: &str) -> Value {
    world.api().booked(name).await.unwrap().1[0]["heldFor"].clone()
}

async fn review(world: &World, name: &str, decision: &str) {
    let id = conversion(world, name).await["id"].as_str().unwrap().to_owned();
    let body = json!({"decision": decision, "reason": "We looked at it."});
    world.api().post(&format!("/conversions/{id}/review"), &body).await.expect_status(200);
}

async fn reattribute(world: &World, name: &str, to: Option<&Partner>) {
    let id = conversion(world, name).await["id"].as_str().unwrap().to_owned();
    let body = json!({"affiliateId": to.map(|partner| partner.affiliate), "programId": world.acme.program,
                      "reach": "Customer", "reason": "Agreed with both."});
    world.api().post(&format!("/conversions/{id}/reattribute"), &body).await.expect_status(200);
}

fn to(partner: &Partner, cents: i64) -> (Option<String>, i64) {
    (Some(partner.affiliate.to_string()), cents)
}

const NOBODY: (Option<String>, i64) = (None, 0);

/// A plan of these components that counts from long ago.
async fn plan(world: &World, components: &Value) {
    let statement = format!(
        "update plan_versions set components = '{components}', hold_days = 0 where program_id = '{}'",
        world.acme.program.uuid()
    );
    world.database.run_untriggered(&statement).await;
}

/// Somebody who bought as `u_1` subscribes as `u_2` by an affiliate's click; twelve months follow.
async fn subscribed_twice(world: &World) -> Partner {
    let bob = world.acme.join(&world.database, "bob").await;
    let first = email(sale(world, "own", "u_1", 59), "ann@buyers.test");
    let again = email(sale(world, "again", "u_2", 50), "ann+2@buyers.test");
    world.intake().accept(&[first, clicked(world, again, &bob, 51), sale(world, "month-2", "u_2", 20)]).await;
    bob
}

#[tokio::test]
async fn renewals_of_a_flagged_first_sale_wait_with_it_and_are_released_with_it() {
    let world = World::shared().await;
    let bob = subscribed_twice(&world).await;
    assert_eq!(conversion(&world, "again").await["flags"], json!(["DuplicateCustomer"]));
    assert_eq!(conversion(&world, "month-2").await["flags"], json!([]));
    assert_eq!(
        (held_for(&world, "again").await, held_for(&world, "month-2").await),
        (json!("Review"), json!("FirstSale"))
    );
    let pay = json!({"affiliateId": bob.affiliate, "currency": "USD"});
    assert!(world.api().post("/payouts", &pay).await.status >= 400, "nothing of it is payable");
    review(&world, "again", "Approve").await;
    assert_eq!((held_for(&world, "again").await, held_for(&world, "month-2").await), (Value::Null, Value::Null));
    assert_eq!(credit(&world, "month-2").await, to(&bob, 2_000));
    world.finish().await;
}

#[tokio::test]
async fn a_denied_first_sale_unbinds_the_customer_and_its_click_credits_no_renewal() {
    let world = World::shared().await;
    let bob = subscribed_twice(&world).await;
    review(&world, "again", "Deny").await;
    assert_eq!(credit(&world, "again").await, to(&bob, 0));
    assert_eq!(credit(&world, "month-2").await, NOBODY);
    // Months that become known later, and a slug that the backend repeats: a person looks before anything is paid.
    world.intake().accept(&[sale(&world, "month-3", "u_2", 10), slug(sale(&world, "month-4", "u_2", 5), &bob)]).await;
    assert_eq!(credit(&world, "month-3").await, NOBODY);
    assert_eq!(conversion(&world, "month-4").await["flags"], json!(["DeniedBefore"]));
    assert_eq!(held_for(&world, "month-4").await, "Review");
    // The word is taken back: everything is as it was.
    review(&world, "again", "Approve").await;
    for name in ["again", "month-2", "month-3", "month-4"] {
        assert_eq!(credit(&world, name).await, to(&bob, 2_000), "{name}");
    }
    world.finish().await;
}

#[tokio::test]
async fn credited_to_nobody_lasts_until_there_is_new_evidence() {
    let world = World::shared().await;
    let (alice, bob) = (&world.acme.partner, world.acme.join(&world.database, "bob").await);
    let first = clicked(&world, sale(&world, "first", "u_1", 49), alice, 50);
    world.intake().accept(&[first, sale(&world, "renewal", "u_1", 19)]).await;
    assert_eq!(credit(&world, "renewal").await, to(alice, 2_000));
    reattribute(&world, "first", None).await;
    assert_eq!((credit(&world, "first").await, credit(&world, "renewal").await), (NOBODY, NOBODY));
    let fresh = clicked(&world, sale(&world, "fresh", "u_1", 5), &bob, 6);
    world.intake().accept(&[fresh]).await;
    assert_eq!(credit(&world, "fresh").await, to(&bob, 2_000));
    world.finish().await;
}

#[tokio::test]
async fn a_flagged_or_denied_sale_raises_no_tier_and_uses_no_cap() {
    let world = World::shared().await;
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 3, "ratePercent": "20"}]);
    let tiers = json!([{"type": "tiers", "by": "sales", "period": "ever", "mode": "whole", "steps": steps}]);
    let program = json!({"name": "Tiers", "startsAt": "2026-01-01T00:00:00Z", "components": tiers});
    let program = world.api().post("/programs", &program).await.expect_status(201).json();
    let lauren = json!({"name": "Tia", "email": world.own("tia@creators.test"), "slug": "tia",
                        "programId": program["id"], "destination": "https://acme.test/"});
    world.api().post("/affiliates", &lauren).await.expect_status(201);
    let named = |event: Event| event.but(|report| report.affiliate_slug = Some("tia".to_owned()));
    let real = ["one", "two"].map(|name| named(sale(&world, name, name, 3)));
    let own = named(email(sale(&world, "own", "own", 2), &world.own("tia@creators.test")))
        .but(|report| report.amount_cents = 1);
    world.intake().accept(&real).await;
    world.intake().accept(&[own]).await;
    let cents = async || [credit(&world, "one").await.1, credit(&world, "two").await.1];
    assert_eq!(cents().await, [1_000, 1_000], "it waits for a person");
    review(&world, "own", "Deny").await;
    assert_eq!(cents().await, [1_000, 1_000], "it was denied");
    review(&world, "own", "Approve").await;
    assert_eq!(cents().await, [2_000, 2_000], "a person let it count");
    world.finish().await;
}

#[tokio::test]
async fn a_first_sale_is_new_whatever_was_bought_in_another_program() {
    let world = World::shared().await;
    let bounty = json!([{"type": "flat", "amountCents": 25_000, "currency": "USD", "when": {"on": "new"}},
                        {"type": "percentage", "ratePercent": "5", "when": {"on": "recurring"}}]);
    let program = json!({"name": "Partners", "startsAt": "2026-01-01T00:00:00Z", "components": bounty});
    let program = world.api().post("/programs", &program).await.expect_status(201).json();
    let partners = Brand { program: program["id"].as_str().unwrap().parse().unwrap(), ..world.acme.clone() };
    let bob = partners.join(&world.database, "bob").await;
    let elsewhere = slug(sale(&world, "elsewhere", "u_1", 20), &world.acme.partner);
    let [first, second] = [("first", 10), ("second", 5)].map(|(name, ago)| slug(sale(&world, name, "u_1", ago), &bob));
    // Sales without anyone's evidence count in every program.
    let organic = sale(&world, "organic", "u_2", 20);
    let later = slug(sale(&world, "later", "u_2", 10), &bob);
    world.intake().accept(&[elsewhere, first, second, organic, later]).await;
    for (name, kind, cents) in [("first", "Sale", 25_000), ("second", "Recurring", 500), ("later", "Recurring", 500)] {
        assert_eq!(conversion(&world, name).await["type"], kind, "{name}");
        assert_eq!(credit(&world, name).await, to(&bob, cents), "{name}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_person_is_paid_for_once_as_a_lead() {
    let world = World::start().await;
    plan(&world, &json!([{"type": "per_lead", "amountCents": 200, "currency": "USD"}])).await;
    let lead = |number: u8| {
        let event = slug(world.acme.lead(&format!("lead-{number}")), &world.acme.partner);
        event.but(|report| {
            report.customer_id = Some(format!("u_{number}"));
            report.customer_email = Some(format!("a.b+{number}@gmail.com"));
            report.occurred_at = Some(days_ago(20 - i64::from(number)));
        })
    };
    let unknown = slug(world.acme.lead("unknown"), &world.acme.partner).but(|report| report.customer_id = None);
    world.intake().accept(&[lead(1), lead(2), lead(3), unknown]).await;
    let flags = async |name: &str| conversion(&world, name).await["flags"].clone();
    assert_eq!(flags("lead-1").await, json!([]));
    assert_eq!(
        (flags("lead-2").await, flags("lead-3").await),
        (json!(["DuplicateCustomer"]), json!(["DuplicateCustomer"]))
    );
    assert_eq!(flags("unknown").await, json!(["UnknownLead"]));
    let balances = format!("/affiliates/{}/balances", world.acme.partner.affiliate);
    let balances = world.api().get(&balances).await.expect_status(200).json();
    assert_eq!(balances["data"][0]["payableCents"], 200, "{balances}");
    world.finish().await;
}

#[tokio::test]
async fn placeholders_are_no_customer_and_shared_mailboxes_join_no_customers() {
    let world = World::shared().await;
    let (alice, bob) = (&world.acme.partner, world.acme.join(&world.database, "bob").await);
    // Orders of guests: the first affiliate doesn't take the others.
    let guests = [("g-1", "guest", alice), ("g-2", "guest", &bob), ("g-3", "undefined", &bob)];
    for (number, (name, id, partner)) in (10..).zip(guests) {
        world.intake().accept(&[slug(sale(&world, name, id, 40 - number), partner)]).await;
        assert_eq!(credit(&world, name).await, to(partner, 2_000), "{name}");
        assert_eq!(conversion(&world, name).await["customerId"], Value::Null);
    }
    // A lead of one client of an agency speaks for no other one.
    let lead = slug(world.acme.lead("lead"), alice).but(|report| {
        report.customer_id = Some("client-1".to_owned());
        report.customer_email = Some("billing@agency.test".to_owned());
        report.occurred_at = Some(days_ago(20));
    });
    let other = email(sale(&world, "organic", "client-2", 10), "billing@agency.test");
    let own = email(sale(&world, "own", "client-1", 9), "billing@agency.test");
    world.intake().accept(&[lead, other, own]).await;
    assert_eq!(credit(&world, "organic").await, NOBODY);
    assert_eq!(credit(&world, "own").await, to(alice, 2_000));
    assert_eq!(conversion(&world, "own").await["flags"], json!([]), "two clients of one agency");
    world.finish().await;
}

#[tokio::test]
async fn a_coupon_is_a_word_about_its_own_purchase() {
    let world = World::start().await;
    let (alice, bob) = (&world.acme.partner, world.acme.join(&world.database, "bob").await);
    let unbound = format!(
        "update program_policies set customer_binding = 'None' where program_id = '{}'",
        world.acme.program.uuid()
    );
    world.database.run_untriggered(&unbound).await;
    let code = json!({"programId": world.acme.program, "affiliateId": alice.affiliate, "code": "ALICE10"});
    world.api().post("/coupons", &code).await.expect_status(201);
    let with_code = sale(&world, "with-code", "u_1", 20).but(|report| report.coupon_code = Some("ALICE10".to_owned()));
    let by_link = clicked(&world, sale(&world, "by-link", "u_1", 9), &bob, 10);
    world.intake().accept(&[with_code, by_link]).await;
    assert_eq!(credit(&world, "with-code").await, to(alice, 2_000));
    assert_eq!(credit(&world, "by-link").await, to(&bob, 2_000));
    world.finish().await;
}

#[tokio::test]
async fn a_former_slug_names_its_affiliate_still() {
    let world = World::shared().await;
    let address = world.own("early@creators.test");
    let early = world.acme.join_as(&world.database, "early", &address).await;
    let mut portal = Marketer::new(&world.ledger.base());
    portal.submit("/a/link", &[("email", &address)]).await.expect_status(303);
    let entry = link(&world.ledger.base(), &address, "affiliate_link").await;
    portal.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    portal.submit("/a/settings/slug", &[("slug", "renamed")]).await.expect_status(303);
    world.intake().accept(&[slug(sale(&world, "old-name", "u_1", 0), &early)]).await;
    assert_eq!(credit(&world, "old-name").await, to(&early, 2_000));
    world.finish().await;
}

#[tokio::test]
async fn another_affiliate_gets_the_months_that_are_left() {
    let world = World::start().await;
    let bob = world.acme.join(&world.database, "bob").await;
    let year = json!([{"type": "percentage", "ratePercent": "20", "duration": {"months": 12}}]);
    plan(&world, &year).await;
    let program = format!(
        "update plan_versions set effective_at = now() - interval '3 years' where program_id = '{0}';
         update program_policies set effective_at = now() - interval '3 years' where program_id = '{0}'",
        world.acme.program.uuid()
    );
    world.database.run_untriggered(&program).await;
    let first = slug(sale(&world, "first", "u_1", 400), &world.acme.partner);
    let sales = [("month-11", 80), ("month-13", 10)].map(|(name, ago)| sale(&world, name, "u_1", ago));
    world.intake().accept(&[vec![first], sales.to_vec()].concat()).await;
    reattribute(&world, "month-11", Some(&bob)).await;
    assert_eq!(credit(&world, "month-11").await, to(&bob, 2_000));
    assert_eq!(credit(&world, "month-13").await, to(&bob, 0), "the customer's twelve months are over");
    world.finish().await;
}

#[tokio::test]
async fn a_subscriptions_checkout_is_evidence_of_its_invoices() {
    let world = World::shared().await;
    let half = json!({"name": "Half", "startsAt": "2026-01-01T00:00:00Z",
                      "components": [{"type": "percentage", "ratePercent": "50"}]});
    let half = world.api().post("/programs", &half).await.expect_status(201).json();
    let other = Brand { program: half["id"].as_str().unwrap().parse().unwrap(), ..world.acme.clone() };
    let bob = other.join(&world.database, "bob").await;
    for (customer, checkout_first) in [("early", true), ("late", false)] {
        // The customer is bound to somebody in another program.
        let purchase = Purchase::new(customer, Some(&world.acme.token(&bob, days_ago(1))));
        let first = slug(sale(&world, &format!("first-{customer}"), &purchase.customer(), 20), &world.acme.partner);
        world.intake().accept(&[first]).await;
        let checkout = world.acme.stripe_event(&purchase.checkout());
        let invoice = world.acme.stripe_event(&purchase.paid("invoice.paid.basil", 1));
        let events = if checkout_first { [checkout, invoice] } else { [invoice, checkout] };
        for event in events {
            world.intake().accept(&[event]).await;
        }
        world.intake().accept(&[world.acme.stripe_event(&purchase.paid("invoice.paid.basil", 2))]).await;
        for number in [1, 2] {
            let sold = conversion(&world, &purchase.invoice(number)).await;
            assert_eq!(sold["affiliateId"], json!(bob.affiliate.to_string()), "{customer} {number}");
            assert_eq!(sold["programId"], half["id"], "{customer} {number}");
        }
    }
    world.finish().await;
}
