//! Goal: a page and a backend may both report a purchase, in any order, and it ends the same: the backend's word on money and
//! buyer holds, the page's click token counts where the backend has no evidence, and nothing else that a page says moves
//! credit, joins buyers, or keeps a report out.
//! Method: each story is told in every order, one event a batch, and once as one batch, each time to buyers of its own.

use shared::{event::Event, timestamp::Timestamp};
use world::{World, brand::But, wait::now};

const HOUR_MS: i64 = 3_600_000;

struct Scene<'w> {
    world: &'w World,
    early: world::brand::Partner,
    late: world::brand::Partner,
    start: Timestamp,
}

impl<'w> Scene<'w> {
    async fn of(world: &'w World) -> Self {
        let brand = &world.acme;
        let (early, late) = (brand.join(&world.database, "early").await, brand.join(&world.database, "late").await);
        Self { world, early, late, start: now().plus_millis(-6 * HOUR_MS) }
    }

    /// A sale some hours after the start; a page reports it within its day, which is when its word counts.
    fn sale(&self, name: &str, customer: &str, hours: i64, amount: i64) -> Event {
        self.world.acme.sale(name, amount).but(|reported| {
            reported.customer_id = Some(customer.to_owned());
            reported.occurred_at = Some(self.start.plus_millis(hours * HOUR_MS));
        })
    }

    /// Tells a story in each order and answers what is booked each time.
    async fn reported(&self, name: &str, story: impl Fn(&str) -> Vec<Event>) -> Vec<String> {
        let mut ends = Vec::new();
        let count = story("").len();
        for (round, order) in orders(count).into_iter().enumerate() {
            let tag = format!("{name}{round}");
            let events = story(&tag);
            for place in order {
                self.world.intake().post(std::slice::from_ref(&events[place])).await;
            }
            ends.push(self.book(&tag).await);
        }
        let tag = format!("{name}-all");
        self.world.intake().post(&story(&tag)).await;
        ends.push(self.book(&tag).await);
        ends
    }

    async fn book(&self, tag: &str) -> String {
        let rows = self
            .world
            .database
            .texts(&format!(
                "select concat_ws(' ', replace(v.external_id, '{tag}', ''), v.amount, v.verified, v.source, v.kind,
                                  v.credited_by, a.slug, c.amount, replace(u.external_id, '{tag}', '')) as line
                 from conversions v
                 left join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id)
                 left join commissions c on (c.organization_id, c.conversion_id) = (v.organization_id, v.id) and c.amount <> 0
                 left join customers u on (u.organization_id, u.id) = (v.organization_id, v.customer_id)
                 where v.external_id like '%{tag}' order by 1"
            ))
            .await;
        rows.concat().join("\n")
    }
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                let left: Vec<usize> = (0..count).filter(|place| !order.contains(place)).collect();
                left.into_iter().map(move |place| [order.clone(), vec![place]].concat())
            })
            .collect();
    }
    orders
}

fn assert_all(ends: &[String], expected: &str) {
    for (round, end) in ends.iter().enumerate() {
        assert_eq!(end, expected, "order {round}");
    }
}

#[tokio::test]
async fn the_page_has_the_click_and_the_backend_the_buyer() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let token = world.acme.token(&scene.early, scene.start);
    let ends = scene
        .reported("click", |tag| {
            let first = scene.sale(&format!("first{tag}"), &format!("u{tag}"), 1, 10_000);
            let page = world.acme.by_page(&first).but(|reported| {
                reported.customer_id = None;
                reported.click_token = Some(token.clone());
            });
            vec![first, page, scene.sale(&format!("second{tag}"), &format!("u{tag}"), 2, 5_000)]
        })
        .await;
    assert_all(&ends, "first 10000 t S2s Sale click early 2000 u\nsecond 5000 t S2s Recurring bound early 1000 u");
    world.finish().await;
}

#[tokio::test]
async fn a_forged_page_moves_no_credit_and_joins_no_buyers() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let forged = world.acme.token(&scene.late, scene.start);
    let ends = scene
        .reported("forged", |tag| {
            let first = scene
                .sale(&format!("first{tag}"), &format!("u{tag}"), 1, 10_000)
                .but(|reported| reported.affiliate_slug = Some("early".to_owned()));
            let page = world.acme.by_page(&first).but(|reported| {
                reported.customer_id = Some(format!("mallory{tag}"));
                reported.affiliate_slug = None;
                reported.click_token = Some(forged.clone());
                reported.amount_cents = 1;
            });
            let own = scene
                .sale(&format!("own{tag}"), &format!("mallory{tag}"), 0, 100)
                .but(|reported| reported.affiliate_slug = Some("late".to_owned()));
            vec![first, page, own, scene.sale(&format!("second{tag}"), &format!("u{tag}"), 2, 5_000)]
        })
        .await;
    let expected = "first 10000 t S2s Sale slug early 2000 u\nown 100 t S2s Sale slug late 20 mallory\n\
                  second 5000 t S2s Recurring bound early 1000 u";
    assert_all(&ends, expected);
    let joined = "select count(*) from customers where buyer_id <> id and external_id like 'mallory%'";
    assert_eq!(world.database.count(joined).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_page_alone_waits_for_review_and_binds_no_one() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let ends = scene
        .reported("alone", |tag| {
            let first = scene.sale(&format!("first{tag}"), &format!("u{tag}"), 1, 10_000);
            let page = world.acme.by_page(&first).but(|reported| reported.affiliate_slug = Some("late".to_owned()));
            vec![page, scene.sale(&format!("second{tag}"), &format!("u{tag}"), 2, 5_000)]
        })
        .await;
    assert_all(&ends, "first 10000 f Pixel Sale slug late 2000\nsecond 5000 t S2s Sale u");
    let flagged = "select count(*) from conversions where not verified and not 'Unverified' = any (flags)";
    assert_eq!(world.database.count(flagged).await, 0);
    // Strangers can send any number of claims under one name: the first one stands, and none of them fills the quarantine.
    let again = scene.sale("firstalone0", "ualone0", 1, 999);
    let verdicts = world.intake().post(&[world.acme.by_page(&again)]).await;
    assert_eq!(verdicts, [shared::batch::Verdict::Duplicate]);
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_claimed_number_keeps_no_verified_report_out() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let ends = scene
        .reported("squat", |tag| {
            let sale = scene
                .sale(&format!("order{tag}"), &format!("u{tag}"), 1, 10_000)
                .but(|reported| reported.affiliate_slug = Some("early".to_owned()));
            let lead = world.acme.by_page(&world.acme.lead(&format!("order{tag}"))).but(|reported| {
                reported.affiliate_slug = Some("late".to_owned());
                reported.customer_id = Some(format!("u{tag}"));
            });
            let cent = world.acme.by_page(&scene.sale(&format!("order{tag}"), &format!("u{tag}"), 1, 1));
            vec![lead, cent.but(|reported| reported.affiliate_slug = Some("late".to_owned())), sale]
        })
        .await;
    assert_all(&ends, "order 10000 t S2s Sale slug early 2000 u");
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_strangers_claim_keeps_out_no_click_token() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let token = world.acme.token(&scene.early, scene.start);
    let ends = scene
        .reported("guessed", |tag| {
            let sale = scene.sale(&format!("order{tag}"), &format!("u{tag}"), 1, 10_000);
            let guess = world.acme.by_page(&scene.sale(&format!("order{tag}"), "x", 1, 1));
            let guess = guess.but(|reported| reported.affiliate_slug = Some("late".to_owned()));
            let honest = sale.clone().but(|reported| reported.click_token = Some(token.clone()));
            vec![guess, world.acme.by_page(&honest), sale]
        })
        .await;
    assert_all(&ends, "order 10000 t S2s Sale click early 2000 u");
    world.finish().await;
}

async fn decide(world: &World, name: &str, decision: &str) {
    let row = world.api().all(&format!("/conversions?externalEventId={name}")).await.remove(0);
    let body = serde_json::json!({"decision": decision, "reason": "as it looks"});
    let path = format!("/conversions/{}/review", row["id"].as_str().unwrap());
    world.api().post(&path, &body).await.expect_status(200);
}

/// A stranger claims coming order numbers, and a person denies that before anyone has bought.
#[tokio::test]
async fn a_denied_guess_keeps_out_no_click_token() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let [honest, forged] = [&scene.early, &scene.late].map(|partner| world.acme.token(partner, scene.start));
    for (name, page_first) in [("coming0", true), ("coming1", false)] {
        let guess = scene.sale(name, "x", 1, 1).but(|reported| reported.click_token = Some(forged.clone()));
        world.intake().accept(&[world.acme.by_page(&guess)]).await;
        decide(&world, name, "Deny").await;
        let sale = world.acme.sale(name, 10_000).but(|reported| reported.occurred_at = Some(now()));
        let page = sale.clone().but(|reported| reported.click_token = Some(honest.clone()));
        let page = world.acme.by_page(&page);
        let story = if page_first { [page, sale] } else { [sale, page] };
        for event in story {
            world.intake().accept(&[event]).await;
        }
        let sold = world.api().all(&format!("/conversions?externalEventId={name}")).await.remove(0);
        let credited = (&sold["verified"], &sold["creditedBy"], &sold["affiliateId"]);
        let expected = (&true.into(), &"click".into(), &scene.early.affiliate.to_string().into());
        assert_eq!(credited, expected, "{name}: {sold}");
    }
    world.finish().await;
}

#[tokio::test]
async fn what_a_person_decided_about_a_claim_is_no_word_about_the_sale_itself() {
    let world = World::shared().await;
    let scene = Scene::of(&world).await;
    let claim = |name: &str| {
        let sale = scene.sale(name, "u", 1, 10_000);
        world.acme.by_page(&sale).but(|reported| reported.affiliate_slug = Some("late".to_owned()))
    };
    world.intake().accept(&[claim("denied"), claim("approved")]).await;
    for (name, decision) in [("denied", "Deny"), ("approved", "Approve")] {
        decide(&world, name, decision).await;
    }
    let early = |event: Event| event.but(|reported| reported.affiliate_slug = Some("early".to_owned()));
    let denied = early(scene.sale("denied", "u1", 1, 10_000));
    world.intake().accept(&[denied, scene.sale("approved", "u2", 1, 10_000)]).await;
    // The denied claim's number is a good sale; of the approved one, the evidence that a person approved counts.
    let row = |name: &str| format!("/conversions?externalEventId={name}");
    let (denied, approved) = (world.api().all(&row("denied")).await, world.api().all(&row("approved")).await);
    assert_eq!((&denied[0]["status"], &denied[0]["review"]), (&"Pending".into(), &serde_json::Value::Null));
    assert_eq!(
        (&denied[0]["verified"], &denied[0]["affiliateId"]),
        (&true.into(), &scene.early.affiliate.to_string().into())
    );
    assert_eq!(
        (&approved[0]["verified"], &approved[0]["affiliateId"]),
        (&true.into(), &scene.late.affiliate.to_string().into())
    );
    world.finish().await;
}
