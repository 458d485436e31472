//! Goal: an erased person is nowhere any more, and the book is unchanged: every commission, balance and transfer to the
//! cent, audit and replay clean, repeated events recognised, later ones judged as before.
//! Method: random histories of a few buyers who share addresses, one of them the affiliate's; buyers and affiliates are
//! erased by API; then every text, JSON and byte column of every table is searched for their names.
//! Routes: `/customers/{id}/erase`

mod amounts;
mod confirmations;
mod export;
mod lead_names;
mod named_orders;
mod orders;
mod retention;
mod spellings;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use shared::{batch::Verdict, event::Event};
use world::{
    Plan, Rounds, World,
    brand::{But, Partner},
    http::Request,
    personal_data::nowhere,
    random_cases,
    stripe::Purchase,
    wait::now,
};

const NAMES: [&str; 4] = ["Ann Quxworth", "Berta Zyxwell", "Cem Vranitz", "Dora Wimplow"];

/// A buyer's names: some have an id, some only an address; the first has two spellings of one mailbox.
struct Buyer {
    id: Option<String>,
    emails: Vec<String>,
    name: &'static str,
}

fn buyers() -> Vec<Buyer> {
    let buyer = |id: Option<&str>, emails: &[&str], name| Buyer {
        id: id.map(str::to_owned),
        emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        name,
    };
    vec![
        buyer(Some("user-ann-4711"), &["ann.q@quxmail.test", "Ann.Q+shop@quxmail.test"], NAMES[0]),
        buyer(None, &["berta@zyxmail.test"], NAMES[1]),
        buyer(Some("user-cem-99"), &["berta+cem@zyxmail.test", "c.e.m@gmail.com"], NAMES[2]),
        buyer(Some("user-dora-1"), &["dora@creators.test"], NAMES[3]),
    ]
}

fn story(world: &World, partners: &[Partner], random: &mut StdRng) -> Vec<Event> {
    let (brand, buyers) = (&world.acme, buyers());
    let mut events = Vec::new();
    for number in 0..24 {
        let buyer = &buyers[random.random_range(0..buyers.len())];
        let partner = &partners[random.random_range(0..partners.len())];
        let email = buyer.emails[random.random_range(0..buyer.emails.len())].clone();
        let at = now().plus_days(-random.random_range(1..50));
        let kind = random.random_range(0..8);
        // Some orders are named after the buyer, as brands do.
        let name = if kind == 0 { format!("order-{email}-{number}") } else { format!("order-{number}") };
        let sale = match kind {
            1 => brand.lead(&name),
            _ => brand.sale(&name, random.random_range(0..20_000)),
        };
        let slug = partner.slug.clone();
        let (with_slug, with_email) = (random.random_bool(0.6), buyer.id.is_none() || random.random_bool(0.8));
        let token = random.random_bool(0.3).then(|| brand.token(partner, at.plus_days(-1)));
        events.push(sale.but(|report| {
            report.occurred_at = Some(at);
            report.affiliate_slug = with_slug.then_some(slug);
            report.click_token = token;
            report.customer_id.clone_from(&buyer.id);
            report.customer_email = with_email.then_some(email.clone());
            report.metadata.insert("fullName".into(), json!(buyer.name));
            report.metadata.insert("phone".into(), json!(4_915_155_501_i64));
            report.metadata.insert("note".into(), json!(format!("{email} asked for gift wrap")));
            report.metadata.insert("plan".into(), json!("gold"));
        }));
        if kind == 2 {
            events.push(brand.refund(&format!("back-{number}"), &name, random.random_range(0..9_000)));
        }
    }
    events
}

fn stripe_story(world: &World, partner: &Partner) -> (Purchase, Vec<Event>) {
    let purchase = Purchase::new("quxsub", Some(&world.acme.token(partner, now().plus_days(-1))));
    let mut checkout = purchase.checkout();
    checkout["data"]["object"]["customer_details"] = json!({"email": "ann.q@quxmail.test", "name": NAMES[0],
        "phone": "+49 151 5550 777", "address": {"line1": "Quxstreet 12", "city": "Ulm", "country": "DE"}});
    let paid = purchase.paid("invoice.paid.basil", 1);
    let events = vec![world.acme.stripe_event(&checkout), world.acme.stripe_event(&paid)];
    (purchase, events)
}

/// Everything that must not change, as texts.
async fn book(world: &World) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for query in [
        "select id, conversion_id, affiliate_id, component, amount, earned, paid, status, held, hold_until, reason
         from commissions order by id",
        "select id, kind, status, amount, refunded, affiliate_id, credited_by, flags, sequence, review from conversions order by id",
        "select id, balance from accounts order by id",
        "select id, debit_account_id, credit_account_id, amount, kind, commission_id from transfers order by id",
    ] {
        rows.extend(world.database.texts(query).await);
    }
    rows
}

async fn customer_of(world: &World, external_id: &str) -> String {
    let found = world
        .database
        .texts(&format!("select id from customers where external_id = '{external_id}'"))
        .await
        .pop()
        .and_then(|mut row| row.pop());
    let id: uuid::Uuid = found.expect("the customer is there").trim_matches('"').parse().unwrap();
    shared::id::CustomerId::new(id).to_string()
}

async fn erase(world: &World, path: &str) -> Value {
    let reason = json!({"reason": "Asked by letter; the letter names dora@creators.test"});
    world.api().post(&format!("{path}/erase"), &reason).await.expect_status(200).json()
}

#[tokio::test]
async fn who_is_erased_is_nowhere_and_the_book_is_the_same() {
    let seed = random_cases::seed();
    let rounds = Rounds::start(Plan::default()).await;
    for case in 0..u64::from(random_cases::cases(3)) {
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(case));
        let world = rounds.another().await;
        let partners = [world.acme.partner.clone(), world.acme.join(&world.database, "dora").await];
        world.database.run("update affiliates set name = 'Dora Wimplow' where slug = 'dora'").await;
        let mut events = story(&world, &partners, &mut random);
        let fixed = world.acme.sale("order-ann", 5_000).but(|report| {
            report.customer_id = Some("user-ann-4711".into());
            report.customer_email = Some("Ann.Q+shop@quxmail.test".into());
            report.affiliate_slug = Some(partners[0].slug.clone());
        });
        let berta = world
            .acme
            .sale("order-berta", 5_000)
            .but(|report| report.customer_email = Some("berta@zyxmail.test".into()));
        let own = world.acme.sale("order-dora", 7_000).but(|report| {
            // First of all, so that the first sale binds the buyer to their own link.
            report.occurred_at = Some(now().plus_days(-55));
            report.customer_id = Some("user-dora-1".into());
            report.customer_email = Some("dora@creators.test".into());
            report.affiliate_slug = Some("dora".into());
        });
        events.extend([fixed, berta, own]);
        let (purchase, gateway) = stripe_story(&world, &partners[0]);
        events.extend(gateway);
        for batch in events.chunks(5) {
            world.intake().post(batch).await;
        }
        let before = book(&world).await;
        assert!(before.iter().any(|row| row.iter().any(|text| text.contains("SelfReferral"))), "seed {seed}: {case}");
        let ann = customer_of(&world, "user-ann-4711").await;
        let export = world.api().get(&format!("/customers/{ann}/export")).await.expect_status(200).json();
        let text = export.to_string();
        for kept in ["user-ann-4711", "Ann Quxworth", "shop@quxmail.test", "order-ann"] {
            assert!(text.contains(kept), "{kept} is in the export");
        }

        erase(&world, &format!("/customers/{ann}")).await;
        let berta = customer_of(&world, "berta@zyxmail.test").await;
        erase(&world, &format!("/customers/{berta}")).await;
        assert_eq!(book(&world).await, before, "seed {seed}: {case}");
        let stripe_customer = customer_of(&world, &purchase.customer()).await;
        erase(&world, &format!("/customers/{stripe_customer}")).await;
        let dora = customer_of(&world, "user-dora-1").await;
        let done = erase(&world, &format!("/customers/{dora}")).await;
        assert_eq!(done["alsoAffiliate"], json!(partners[1].affiliate.to_string()), "the affiliate keeps the address");
        assert_eq!(book(&world).await, before, "seed {seed}: {case}");
        erase(&world, &format!("/affiliates/{}", partners[1].affiliate)).await;
        assert_eq!(book(&world).await, before, "seed {seed}: {case}");
        let found = format!(
            "select count(*) from affiliate_addresses where affiliate_id = '{}' or address_hash = sha256('dora@creators.test')",
            partners[1].affiliate.uuid()
        );
        assert_eq!(world.database.count(&found).await, 0, "nobody is found by the address any more");

        let customer = purchase.customer();
        let called =
            ["quxmail", "zyxmail", "dora@creators", "Quxworth", "Zyxwell", "Wimplow", "user-ann-4711", "Quxstreet"];
        for text in called.into_iter().chain([customer.as_str(), "5550 777"]) {
            nowhere(&world.database, text).await;
        }
        for batch in events.chunks(7) {
            let verdicts = world.intake().post(batch).await;
            assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Duplicate), "{verdicts:?} seed {seed}: {case}");
        }
        assert_eq!(book(&world).await, before, "seed {seed}: {case}");
        nowhere(&world.database, "quxmail").await;
        world.finish().await;
    }
}

#[tokio::test]
async fn who_comes_again_is_recognised_and_not_written_down() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = |name: &str, id: Option<&str>, email: &str| {
        let (id, email, slug) = (id.map(str::to_owned), email.to_owned(), slug.clone());
        world.acme.sale(name, 4_000).but(|report| {
            report.customer_id = id;
            report.customer_email = Some(email);
            report.affiliate_slug = Some(slug);
            let name =
                if report.customer_id.as_deref() == Some("buyer-4711") { "Ann Quxworth" } else { "Another Person" };
            report.metadata.insert("name".into(), json!(name));
        })
    };
    world.intake().accept(&[sale("first", Some("buyer-4711"), "ann@quxmail.test")]).await;
    let ann = customer_of(&world, "buyer-4711").await;
    erase(&world, &format!("/customers/{ann}")).await;
    // A renewal of the same buyer, and a new buyer with the same mailbox.
    let renewal = sale("second", Some("buyer-4711"), "ann@quxmail.test");
    world.intake().accept(&[renewal, sale("other", Some("buyer-0815"), "Ann+2@quxmail.test")]).await;
    let poison = r#"{"v":9,"id":1,"organizationId":"ORG","mail":"ann@quxmail.test"}"#;
    world.intake().post_raw(&[poison.replace("ORG", &world.acme.organization.to_string())]).await;
    for text in ["quxmail", "Quxworth", "buyer-4711"] {
        nowhere(&world.database, text).await;
    }
    let flags =
        world.database.texts("select external_id, flags, customer_id from conversions order by external_id").await;
    let (first, other, second) = (&flags[0], &flags[1], &flags[2]);
    assert_eq!(first[1], second[1], "the same customer: {flags:?}");
    assert!(other[0].contains("DuplicateCustomer"), "{flags:?}");
    let affiliate = json!({"name": "Ann", "email": "ann@quxmail.test", "slug": "ann-again"});
    world.api().post("/affiliates", &affiliate).await.expect_status(201);
    let own = sale("third", Some("buyer-0816"), "ann@quxmail.test")
        .but(|report| report.affiliate_slug = Some("ann-again".into()));
    world.intake().accept(&[own]).await;
    world.finish().await;
}

/// Some brands send the address as the id, in any case, and no address besides.
#[tokio::test]
async fn an_id_that_is_an_address_goes_like_an_address() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = |name: &str, days: i64, id: &str| {
        let (id, slug) = (id.to_owned(), slug.clone());
        world.acme.sale(name, 4_000).but(|report| {
            report.occurred_at = Some(now().plus_days(-days));
            report.customer_id = Some(id);
            report.affiliate_slug = Some(slug);
        })
    };
    let events = [sale("first", 3, "ann@quxmail.test"), sale("other", 2, "Ann@quxmail.test")];
    world.intake().accept(&events).await;
    let flags = world.database.texts("select flags from conversions where external_id = 'other'").await;
    assert_eq!(flags, [["[\"DuplicateCustomer\"]"]], "the same mailbox");
    let ann = customer_of(&world, "ann@quxmail.test").await;
    erase(&world, &format!("/customers/{ann}")).await;
    nowhere(&world.database, "quxmail").await;
    assert_eq!(world.intake().post(&events).await, [Verdict::Duplicate; 2]);
    world.intake().accept(&[sale("second", 1, "ann@quxmail.test"), sale("third", 1, "Ann@quxmail.test")]).await;
    nowhere(&world.database, "quxmail").await;
    let sales =
        "select string_agg(external_id, ' ' order by external_id) from conversions group by customer_id order by 1";
    assert_eq!(world.database.texts(sales).await, [["first second"], ["other third"]], "two ids are two customers");
    world.finish().await;
}

/// Their filters are encoded as in a URL, so no rewriting of texts would find an address there.
#[tokio::test]
async fn an_id_that_is_a_number_or_a_word_leaves_amounts_and_statuses_alone() {
    let world = World::shared().await;
    let slug = world.acme.partner.slug.clone();
    let sale = |name: &str, id: &str| {
        let (slug, id) = (slug.clone(), id.to_owned());
        world.acme.sale(name, 10_000).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some(id);
        })
    };
    world.intake().accept(&[sale("of-a-number", "250000"), sale("of-a-word", "approved")]).await;
    // 25 percent are 250,000 parts per million, and three bonuses are of 2,500.00.
    let quarter = json!({"name": "Quarter", "components": [{"type": "percentage", "ratePercent": "25"}]});
    let program = world.api().post("/programs", &quarter).await.expect_status(201).json();
    for reason in ["buyer 250000 called", "250000, once more", "Customer: 250000"] {
        let bonus = json!({"programId": program["id"], "amountCents": 250_000, "currency": "USD", "reason": reason});
        let path = format!("/affiliates/{}/bonuses", world.acme.partner.affiliate);
        world.api().post(&path, &bonus).await.expect_status(201);
    }
    let numbers = "select count(*) from audit_log where after::text ~ '[:] 250000'";
    let (before, statuses) =
        (world.database.count(numbers).await, "select count(*) from commissions where status = 'Approved'");
    let approved = world.database.count(statuses).await;
    assert!(before > 0 && approved > 0);
    for id in ["250000", "approved"] {
        let customer = customer_of(&world, id).await;
        erase(&world, &format!("/customers/{customer}")).await;
    }
    assert_eq!(world.database.count(numbers).await, before, "amounts and rates stay");
    assert_eq!(world.database.count(statuses).await, approved);
    let left = "select count(*) from commissions where reason ~ '250000'";
    assert_eq!(world.database.count(left).await, 0, "the buyer's ID in a text goes");
    world.finish().await;
}

#[tokio::test]
async fn a_saved_view_that_names_someone_goes_with_them() {
    let world = World::shared().await;
    let sale = world.acme.sale("first", 4_000).but(|report| report.customer_email = Some("ann@quxmail.test".into()));
    world.intake().accept(&[sale]).await;
    let insert = format!(
        "insert into saved_views (organization_id, id, user_id, list, name, query, created_at)
         select organization_id, gen_random_uuid(), user_id, 'customers', name, query, now() from memberships
         cross join (values ('Hers', 'sort=date&q=Ann%2Bshop%40quxmail.test'), ('Of others', 'q=joann%40quxmail.test')) v (name, query)
         where organization_id = '{}'",
        world.acme.organization.uuid()
    );
    world.database.run(&insert).await;
    let ann = customer_of(&world, "ann@quxmail.test").await;
    erase(&world, &format!("/customers/{ann}")).await;
    assert_eq!(world.database.texts("select distinct name from saved_views").await, [["Of others"]]);
    world.finish().await;
}

#[tokio::test]
async fn only_an_admins_key_exports_and_erases_and_only_its_own() {
    let world = World::shared().await;
    let path = format!("/affiliates/{}", world.acme.partner.affiliate);
    for (api, path) in [(world.other_api(), path.as_str()), (world.api(), "/affiliates/aff_nonsense")] {
        assert_eq!(api.get(&format!("{path}/export")).await.refusal(), (404, "not_found".to_owned()));
        let erased = api.post(&format!("{path}/erase"), &json!({"reason": "x"})).await;
        assert_eq!(erased.refusal(), (404, "not_found".to_owned()));
    }
    let (status, code, field) =
        world.api().post(&format!("{path}/erase"), &json!({"reason": " "})).await.field_refusal();
    assert_eq!((status, code.as_str(), field.as_str()), (400, "validation_failed", "reason"));
    world.database.run("update api_keys set role = 'manager'").await;
    assert_eq!(world.api().get(&format!("{path}/export")).await.refusal(), (403, "forbidden".to_owned()));
    let refused = world.api().post(&format!("{path}/erase"), &json!({"reason": "x"})).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    world.database.run("update api_keys set role = 'admin'").await;
    let request = Request::post(&format!("/api/v1{path}/erase"), json!({"reason": "x"}).to_string());
    let first = world.api().send(request.header("Idempotency-Key", "once")).await.expect_status(200).json();
    let request = Request::post(&format!("/api/v1{path}/erase"), json!({"reason": "x"}).to_string());
    let again = world.api().send(request.header("Idempotency-Key", "once")).await.expect_status(200).json();
    assert_eq!(first, again);
    let audit = world.database.texts("select target, after from audit_log where action = 'affiliate.erased'").await;
    assert_eq!(audit.len(), 1, "{audit:?}");
    world.finish().await;
}
