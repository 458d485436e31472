//! Goal: the program's rules decide who is credited: last or first touch, coupon before click, the end of the window,
//! and a buyer who stays bound.
//! Method: signed batches go straight to the ledger, two partners, one buyer each; the credited affiliate is read from
//! the book.

use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner},
    wait::now,
};

struct Fixture {
    world: World,
    early: Partner,
    late: Partner,
}

async fn fixture() -> Fixture {
    fixture_in(World::shared().await).await
}

async fn fixture_in(world: World) -> Fixture {
    let early = world.acme.join(&world.database, "early").await;
    let late = world.acme.join(&world.database, "late").await;
    Fixture { world, early, late }
}

impl Fixture {
    fn sale(&self, id: &str, at: Timestamp, token: Option<String>) -> Event {
        self.world.acme.sale(id, 10_000).but(|report| {
            report.customer_id = Some("buyer".to_owned());
            report.occurred_at = Some(at);
            report.click_token = token;
        })
    }

    fn lead(&self, id: &str, at: Timestamp, token: String) -> Event {
        self.world.acme.lead(id).but(|report| {
            report.customer_id = Some("buyer".to_owned());
            report.occurred_at = Some(at);
            report.click_token = Some(token);
        })
    }

    /// The slug of the credited partner, or "nobody".
    async fn credited(&self, id: &str) -> String {
        let query = format!(
            "select coalesce(a.slug, 'nobody') from conversions v
             left join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id) where v.external_id = '{id}'"
        );
        self.world.database.texts(&query).await.pop().unwrap().pop().unwrap()
    }
}

#[tokio::test]
async fn the_last_touch_or_the_first() {
    for (model, winner) in [("LastTouch", "late"), ("FirstTouch", "early")] {
        let fixture = fixture_in(World::start().await).await;
        // Versions can't be changed; a later one comes into force.
        fixture
            .world
            .database
            .run(&format!(
                "insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days,
                                               customer_binding, flag_self_referral, flag_duplicate_customer, created_at)
                 select organization_id, program_id, now() - interval '10 days', '{model}', window_days, customer_binding,
                        flag_self_referral, flag_duplicate_customer, now() from program_policies"
            ))
            .await;
        let (first, last) = (now().plus_days(-9), now().plus_days(-3));
        let tokens = [fixture.world.acme.token(&fixture.early, first), fixture.world.acme.token(&fixture.late, last)];
        // A lead binds no customer but contributes its touch.
        fixture.world.intake().accept(&[fixture.lead("signup", first.plus_millis(60_000), tokens[0].clone())]).await;
        fixture.world.intake().accept(&[fixture.sale("order", now(), Some(tokens[1].clone()))]).await;
        assert_eq!(fixture.credited("order").await, winner, "{model}");
        fixture.world.finish().await;
    }
}

#[tokio::test]
async fn a_coupon_beats_a_click_unless_it_says_otherwise() {
    for (overrides, winner) in [(true, "lauren"), (false, "late")] {
        let fixture = fixture_in(World::start().await).await;
        fixture.world.database.run(&format!("update coupons set overrides_click = {overrides}")).await;
        let token = fixture.world.acme.token(&fixture.late, now());
        let sale =
            fixture.sale("order", now(), Some(token)).but(|report| report.coupon_code = Some("LAUREN20".to_owned()));
        fixture.world.intake().accept(&[sale]).await;
        assert_eq!(fixture.credited("order").await, winner, "overrides: {overrides}");
        fixture.world.finish().await;
    }
}

#[tokio::test]
async fn the_window_ends_with_its_last_day() {
    let fixture = fixture().await;
    let clicked = now().plus_days(-61);
    let token = fixture.world.acme.token(&fixture.early, clicked);
    let mut inside = fixture.sale("inside", clicked.plus_days(60), Some(token.clone()));
    let mut outside = fixture.sale("outside", clicked.plus_days(60).plus_millis(1_000), Some(token));
    for (event, customer) in [(&mut inside, "c-in"), (&mut outside, "c-out")] {
        *event = event.clone().but(|report| report.customer_id = Some(customer.to_owned()));
    }
    fixture.world.intake().accept(&[inside, outside]).await;
    assert_eq!(
        (fixture.credited("inside").await.as_str(), fixture.credited("outside").await.as_str()),
        ("early", "nobody")
    );
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_buyer_stays_with_whom_they_came_with_and_with_that_plan() {
    let fixture = fixture_in(World::start().await).await;
    let (world, database) = (&fixture.world, &fixture.world.database);
    let first = now().plus_days(-40);
    world.intake().accept(&[fixture.sale("first", first, Some(world.acme.token(&fixture.early, first)))]).await;
    // A later plan pays half; another partner's click comes in between.
    database
        .run(&format!(
            r#"insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, created_at)
               select organization_id, gen_random_uuid(), id, now() - interval '20 days', '[{{"type":"percentage","ratePpm":500000}}]', 30, now()
               from programs where organization_id = '{}'"#,
            world.acme.organization.uuid()
        ))
        .await;
    let later = now().plus_days(-10);
    world.intake().accept(&[fixture.sale("second", later, Some(world.acme.token(&fixture.late, later)))]).await;
    let newcomer = fixture
        .sale("other", later, Some(world.acme.token(&fixture.late, later)))
        .but(|report| report.customer_id = Some("newcomer".to_owned()));
    world.intake().accept(&[newcomer]).await;
    assert_eq!(
        (fixture.credited("first").await, fixture.credited("second").await),
        ("early".to_owned(), "early".to_owned())
    );
    assert_eq!(fixture.credited("other").await, "late");
    let earned = |id: &str| {
        format!(
            "select c.amount from commissions c join conversions v on v.id = c.conversion_id where v.external_id = '{id}'"
        )
    };
    assert_eq!(database.count(&earned("second")).await, 2_000, "the plan of the first sale");
    assert_eq!(database.count(&earned("other")).await, 5_000, "the plan of today");
    fixture.world.finish().await;
}

#[tokio::test]
async fn forged_evidence_credits_nobody() {
    let fixture = fixture().await;
    let good = fixture.world.acme.token(&fixture.early, now());
    let mut altered = good.clone().into_bytes();
    altered[20] = if altered[20] == b'A' { b'B' } else { b'A' };
    let theirs = fixture.world.globex.token(&fixture.world.globex.partner, now());
    for (number, token) in
        [String::from_utf8(altered).unwrap(), good[..60].to_owned(), theirs, "rkc_".to_owned(), String::new()]
            .into_iter()
            .enumerate()
    {
        let sale =
            fixture.sale(&format!("forged-{number}"), now(), Some(token)).but(|report| report.customer_id = None);
        fixture.world.intake().accept(&[sale]).await;
        assert_eq!(fixture.credited(&format!("forged-{number}")).await, "nobody", "{number}");
    }
    fixture.world.finish().await;
}

/// A lead by e-mail alone, and a sale of a customer with that address weeks later: whichever of them is reported first.
#[tokio::test]
async fn a_lead_is_matched_by_address() {
    for lead_first in [true, false] {
        let fixture = fixture().await;
        let report = now().plus_days(-20);
        let lead = fixture.world.acme.lead("signup").but(|lead| {
            lead.customer_email = Some("Jo+news@buyers.test".to_owned());
            lead.occurred_at = Some(report);
            lead.click_token = Some(fixture.world.acme.token(&fixture.early, report));
        });
        let sale =
            fixture.sale("order", now(), None).but(|sale| sale.customer_email = Some("jo@buyers.test".to_owned()));
        let (one, other) = if lead_first { (lead, sale) } else { (sale, lead) };
        fixture.world.intake().accept(&[one]).await;
        fixture.world.intake().accept(&[other]).await;
        assert_eq!(fixture.credited("order").await, "early", "lead first: {lead_first}");
        let rule = "select credited_by from conversions where external_id = 'order'";
        assert_eq!(fixture.world.database.texts(rule).await, [["lead"]]);
        fixture.world.finish().await;
    }
}

/// A slug names the affiliate; without a link it is enough where the program is clear.
#[tokio::test]
async fn an_affiliates_own_slug_needs_no_link() {
    let fixture = fixture_in(World::start().await).await;
    let (brand, database) = (&fixture.world.acme, &fixture.world.database);
    database.run("insert into affiliates (organization_id, id, slug, email, name, status, created_at)
                  select organization_id, gen_random_uuid(), 'Linkless', 'l@creators.test', 'L', 'Approved', now() from organizations").await;
    let named =
        |id: &str| fixture.sale(id, now(), None).but(|report| report.affiliate_slug = Some("linkless".to_owned()));
    fixture.world.intake().accept(&[named("only program")]).await;
    assert_eq!(fixture.credited("only program").await, "Linkless");
    database
        .run(&format!(
            "insert into programs (organization_id, id, slug, name, public_key, created_at)
             values ('{}', gen_random_uuid(), 'second', 'Second', 'pk_second', now())",
            brand.organization.uuid()
        ))
        .await;
    let other = |id: &str, buyer: &str| named(id).but(|report| report.customer_id = Some(buyer.to_owned()));
    let clear = other("named program", "b").but(|report| report.program_id = Some(brand.program));
    fixture.world.intake().accept(&[other("which program", "a"), clear]).await;
    assert_eq!(fixture.credited("which program").await, "nobody");
    assert_eq!(fixture.credited("named program").await, "Linkless");
    // Another organization's program isn't found.
    let foreign = other("foreign program", "c").but(|report| report.program_id = Some(fixture.world.globex.program));
    fixture.world.intake().accept(&[foreign]).await;
    assert_eq!(fixture.credited("foreign program").await, "nobody");
    fixture.world.finish().await;
}
