//! Goal: verified facts come out exactly as if no claimed fact existed, whatever pages claim, in whatever order.
//! Method: proptest makes histories. One organization is sent the verified facts alone; the other one those and any number
//! of claims about the same orders, buyers, addresses and affiliates, shuffled and split into batches. What the ledger
//! makes of the verified facts must be the same in both, to the cent, and no claim may be payable. Several histories are
//! played at once for the same affiliates, under a plan and checks that look at their other conversions. The seed is
//! printed, and `REKOMI_TEST_SEED` takes it; `REKOMI_TEST_CASES` asks for more cases.

use proptest::{prelude::*, test_runner::Config};
use serde_json::json;
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{Brand, But, Partner},
    client::api::Api,
    random_cases,
    wait::now,
};

const CASES: u32 = 20;
/// Played at once.
const HISTORIES: usize = 25;
const PARTNERS: usize = 3;
/// Orders of a history that a backend may report; pages claim two more.
const ORDERS: u8 = 4;
const BUYERS: u8 = 3;

#[derive(Debug, Clone)]
enum Evidence {
    None,
    Slug(usize),
    Coupon,
    /// A click so many hours before.
    Token(usize, u32),
}

/// What a backend or a page reports of an order.
#[derive(Debug, Clone)]
struct Report {
    order: u8,
    lead: bool,
    buyer: Option<u8>,
    /// The buyer's own address, or that of the buyer with this number.
    address: Option<u8>,
    cents: i64,
    hours_ago: u32,
    evidence: Evidence,
}

#[derive(Debug, Clone)]
struct Refund {
    number: u8,
    order: u8,
    cents: i64,
}

#[derive(Debug, Clone, Default)]
struct History {
    verified: Vec<Report>,
    refunds: Vec<Refund>,
    claimed: Vec<Report>,
    order: Vec<u32>,
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        3 => Just(Evidence::None),
        2 => (0..PARTNERS).prop_map(Evidence::Slug),
        1 => Just(Evidence::Coupon),
        2 => (0..PARTNERS, 1_u32..1_500).prop_map(|(partner, hours)| Evidence::Token(partner, hours)),
    ]
}

fn report(orders: u8) -> impl Strategy<Value = Report> {
    let who = (prop::option::weighted(0.8, 0..BUYERS), prop::option::weighted(0.4, 0..=BUYERS));
    let cents = prop_oneof![Just(0_i64), Just(1), Just(9_999), 1_i64..100_000];
    (0..orders, prop::bool::weighted(0.2), who, cents, 0_u32..1_200, evidence()).prop_map(
        |(order, lead, (buyer, address), cents, hours_ago, evidence)| Report {
            order,
            lead,
            buyer,
            address,
            cents: if lead { 0 } else { cents },
            hours_ago,
            evidence,
        },
    )
}

fn history() -> impl Strategy<Value = History> {
    let refund = (0_u8..3, 0..ORDERS, 1_i64..50_000).prop_map(|(number, order, cents)| Refund { number, order, cents });
    let parts = (
        prop::collection::vec(report(ORDERS), 1..5),
        prop::collection::vec(refund, 0..2),
        prop::collection::vec(report(ORDERS + 2), 0..7),
        prop::collection::vec(any::<u32>(), 16),
    );
    parts.prop_map(|(mut verified, mut refunds, mut claimed, order)| {
        verified.sort_by_key(|report| report.order);
        verified.dedup_by_key(|report| report.order);
        refunds.dedup_by_key(|refund| refund.number);
        // A genuine token that a page sends with a purchase is the one thing that may count for its verified report.
        for claim in &mut claimed {
            let reported = verified.iter().any(|report| report.order == claim.order);
            if reported && matches!(claim.evidence, Evidence::Token(..)) {
                claim.evidence = Evidence::None;
            }
        }
        History { verified, refunds, claimed, order }
    })
}

struct Scene<'w> {
    brand: &'w Brand,
    partners: &'w [Partner],
    start: Timestamp,
}

impl Scene<'_> {
    fn report(&self, place: usize, report: &Report) -> Event {
        let name = format!("h{place}-order-{}", report.order);
        let event = if report.lead { self.brand.lead(&name) } else { self.brand.sale(&name, report.cents) };
        let at = self.start.plus_millis(-i64::from(report.hours_ago) * 3_600_000);
        event.but(|reported| {
            reported.occurred_at = Some(at);
            reported.customer_id = report.buyer.map(|buyer| format!("h{place}-u{buyer}"));
            reported.customer_email = report.address.map(|address| match address {
                BUYERS => format!("{}@creators.test", self.partners[0].slug),
                address => format!("h{place}-b{address}@shop.test"),
            });
            match &report.evidence {
                Evidence::None => {}
                Evidence::Slug(partner) => reported.affiliate_slug = Some(self.partners[*partner].slug.clone()),
                Evidence::Coupon => reported.coupon_code = Some("CLAIMS".to_owned()),
                Evidence::Token(partner, hours) => {
                    let clicked = at.plus_millis(-i64::from(*hours) * 3_600_000);
                    reported.click_token = Some(self.brand.token(&self.partners[*partner], clicked));
                }
            }
        })
    }

    fn refund(&self, place: usize, refund: &Refund) -> Event {
        let (name, order) = (format!("h{place}-refund-{}", refund.number), format!("h{place}-order-{}", refund.order));
        self.brand.refund(&name, &order, refund.cents).but(|reported| reported.occurred_at = Some(self.start))
    }

    /// The verified facts, and with `claims` what pages claim too: in an order of the history's own then.
    fn events(&self, histories: &[History], claims: bool) -> Vec<Event> {
        let mut keyed: Vec<(u32, Event)> = Vec::new();
        for (place, history) in histories.iter().enumerate() {
            let mut events: Vec<Event> = history.verified.iter().map(|report| self.report(place, report)).collect();
            events.extend(history.refunds.iter().map(|refund| self.refund(place, refund)));
            if claims {
                events.extend(history.claimed.iter().map(|claim| self.brand.by_page(&self.report(place, claim))));
            }
            let key = |index: usize| if claims { history.order[index % history.order.len()] } else { 0 };
            keyed.extend(events.into_iter().enumerate().map(|(index, event)| (key(index), event)));
        }
        keyed.sort_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, event)| event).collect()
    }
}

/// What the ledger makes of an organization's verified facts, a line each.
async fn verified_book(world: &World, brand: &Brand) -> Vec<String> {
    let organization = brand.organization.uuid();
    let conversions = format!(
        "select concat_ws(' | ', v.external_id, v.kind, v.amount, v.refunded, v.status, v.credited_by, a.slug, v.sequence,
                          array_to_string(v.flags, ','), v.review, v.dispute, v.bound_at, u.external_id, b.external_id,
                          v.click_id is null, array_to_string(v.issues, ',')) as line
         from conversions v
         left join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id)
         left join customers u on (u.organization_id, u.id) = (v.organization_id, v.customer_id)
         left join customers b on (b.organization_id, b.id) = (u.organization_id, u.buyer_id)
         where v.organization_id = '{organization}' and v.verified order by 1"
    );
    let commissions = format!(
        "select concat_ws(' | ', v.external_id, a.slug, c.component, c.amount, c.earned, c.currency, c.status, c.held,
                          c.hold_until, c.reason) as line
         from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         join affiliates a on (a.organization_id, a.id) = (c.organization_id, c.affiliate_id)
         where c.organization_id = '{organization}' and v.verified and c.amount <> 0 order by 1"
    );
    let others = format!(
        "select concat_ws(' | ', 'customer', external_id) as line from customers where organization_id = '{organization}'
         union all select concat_ws(' | ', 'address', email_key) from customer_emails where organization_id = '{organization}'
         union all select concat_ws(' | ', 'quarantined', reason) from quarantine where organization_id = '{organization}'
         order by 1"
    );
    let mut lines = Vec::new();
    for query in [conversions, commissions, others] {
        lines.extend(world.database.texts(&query).await.concat());
    }
    lines
}

async fn play(world: &World, cast: &[(Brand, Vec<Partner>)], histories: &[History]) {
    random_cases::forget(&mut world.database.connect().await).await;
    let start = now().plus_days(-1);
    for ((brand, partners), claims) in cast.iter().zip([false, true]) {
        let scene = Scene { brand, partners, start };
        for batch in scene.events(histories, claims).chunks(40) {
            world.intake().post(batch).await;
        }
    }
    let alone = verified_book(world, &cast[0].0).await;
    let among_claims = verified_book(world, &cast[1].0).await;
    let only = |mine: &[String], theirs: &[String]| -> Vec<String> {
        mine.iter().filter(|line| !theirs.contains(line)).cloned().collect()
    };
    let differences = (only(&among_claims, &alone), only(&alone, &among_claims));
    assert_eq!(differences, (Vec::new(), Vec::new()), "among claims only, and alone only");
    assert_eq!(among_claims.len(), alone.len());
    let payable = "select count(*) from commissions c
         join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
         where not v.verified and c.amount <> 0 and c.status <> 'Pending'";
    assert_eq!(world.database.count(payable).await, 0, "a claim is payable");
    world.check().await;
}

/// Tiers and a cap that count an affiliate's other sales, and a check that counts their conversions of an hour.
async fn pooled(api: &Api, brand: &Brand) {
    let plan = json!({"effectiveAt": now().plus_days(-400).to_string(), "components": [
        {"type": "tiers", "by": "revenue", "period": "month", "mode": "marginal", "currency": "USD", "steps": [
            {"from": 0, "ratePercent": "10"}, {"from": 100_000, "ratePercent": "20"}, {"from": 500_000, "ratePercent": "25"}]},
        {"type": "per_lead", "amountCents": 500, "currency": "USD"}]});
    let program = brand.program;
    api.post(&format!("/programs/{program}/plans"), &plan).await.expect_status(201);
    let checks = json!({"review": {"velocityPerHour": 3}});
    api.patch(&format!("/programs/{program}"), &checks).await.expect_status(200);
}

async fn cast(world: &World) -> Vec<(Brand, Vec<Partner>)> {
    let mut cast = Vec::new();
    for (brand, api) in [(&world.acme, world.api()), (&world.globex, world.other_api())] {
        let mut partners = Vec::new();
        for number in 0..PARTNERS {
            partners.push(brand.join(&world.database, &format!("partner-{number}")).await);
        }
        let coupon = format!(
            "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
             values ('{}', gen_random_uuid(), '{}', '{}', 'CLAIMS', now() - interval '400 days')",
            brand.organization.uuid(),
            brand.program.uuid(),
            partners[0].affiliate.uuid()
        );
        world.database.run(&coupon).await;
        // The rules count from long ago, so that each order is judged by them.
        let earlier = format!(
            "update program_policies set effective_at = (effective_at at time zone 'UTC' - interval '400 days') at time zone 'UTC'
             where organization_id = '{}'",
            brand.organization.uuid()
        );
        pooled(&api, brand).await;
        world.database.run_untriggered(&earlier).await;
        cast.push((brand.clone(), partners));
    }
    cast
}

#[test]
fn claims_change_nothing_about_verified_facts() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (world, cast) = runtime.block_on(async {
        let world = World::start().await;
        let cast = cast(&world).await;
        (world, cast)
    });
    let config = Config {
        cases: random_cases::cases(CASES),
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    let mut runner = random_cases::runner(config);
    let outcome = runner.run(&prop::collection::vec(history(), HISTORIES), |histories| {
        runtime.block_on(play(&world, &cast, &histories));
        Ok(())
    });
    runtime.block_on(world::verify::check(&world.ledger));
    drop(world);
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
