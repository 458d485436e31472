//! Goal: money at its edges is exact or refused, never wrong.
//! Method: zero, one and the largest amount, rates of 0 and 100%, currencies without and with three decimals, a balance
//! that would overflow; each read back from the book.

use shared::{batch::Verdict, event::Event};
use world::{World, brand::But, database::run};

fn sale(world: &World, id: &str, amount: i64, currency: &str) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, amount).but(|report| {
        report.affiliate_slug = Some(slug);
        report.currency = currency.parse().unwrap();
    })
}

/// Replaces the demo's plan; plan versions can't be changed, so a later one comes into force.
async fn plan(world: &World, components: &str) {
    world
        .database
        .run(&format!(
            "insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, created_at)
             select organization_id, gen_random_uuid(), id, now() - interval '1 day', '{components}', 30, now() from programs
             where organization_id = '{}'",
            world.acme.organization.uuid()
        ))
        .await;
}

async fn earned(world: &World, id: &str) -> i64 {
    world
        .database
        .count(&format!(
            "select coalesce(sum(c.amount), 0)::bigint from conversions v
             left join commissions c on c.organization_id = v.organization_id and c.conversion_id = v.id
             where v.external_id = '{id}'"
        ))
        .await
}

#[tokio::test]
async fn small_amounts_and_currencies() {
    let world = World::shared().await;
    let cases = [
        ("zero", 0, "USD", 0),
        ("one", 1, "USD", 0),     // 0.2 of a cent
        ("two", 2, "USD", 0),     // 0.4
        ("three", 3, "USD", 1),   // 0.6, rounded half up
        ("half", 5, "USD", 1),    // exactly one
        ("odd", 777, "USD", 155), // 155.4
        ("yen", 1_000, "JPY", 200),
        ("fils", 1_234, "KWD", 247), // 246.8
    ];
    for (id, amount, currency, _) in cases {
        world.intake().accept(&[sale(&world, id, amount, currency)]).await;
    }
    for (id, _, _, commission) in cases {
        assert_eq!(earned(&world, id).await, commission, "{id}");
    }
    assert_eq!(world.database.count("select count(*) from accounts where kind = 'affiliate_pending'").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn all_and_nothing() {
    let world = World::shared().await;
    plan(&world, r#"[{"type":"percentage","ratePpm":1000000},{"type":"percentage","ratePpm":0}]"#).await;
    world.intake().accept(&[sale(&world, "all", 9_999, "USD"), sale(&world, "nothing", 0, "USD")]).await;
    assert_eq!((earned(&world, "all").await, earned(&world, "nothing").await), (9_999, 0));
    world.finish().await;
}

#[tokio::test]
async fn parts_of_one_cent() {
    let world = World::shared().await;
    plan(&world, r#"[{"type":"percentage","ratePpm":333333},{"type":"percentage","ratePpm":333333},{"type":"flat","amountCents":1,"currency":"USD"}]"#).await;
    world.intake().accept(&[sale(&world, "cent", 1, "USD"), sale(&world, "euro", 100, "EUR")]).await;
    // 0.33 of a cent is nothing, twice; the flat part is one cent.
    assert_eq!(earned(&world, "cent").await, 1);
    world.finish().await;
}

/// Given back unit by unit, each third of a small sale takes its part, and all of them exactly the whole.
#[tokio::test]
async fn small_and_largest_sales_given_back_in_parts() {
    const LARGEST: i64 = 1_000_000_000_000_000;
    let world = World::shared().await;
    plan(&world, r#"[{"type":"percentage","ratePpm":1000000}]"#).await;
    for (currency, whole, parts) in [
        ("USD", 3, vec![(1, 2), (1, 1), (1, 0)]),
        ("USD", 1, vec![(1, 0), (1, 0)]),
        ("JPY", 1_000, vec![(333, 667), (333, 334), (334, 0)]),
        ("KWD", 9_999, vec![(3_333, 6_666), (6_665, 1), (1, 0)]),
        ("EUR", LARGEST, vec![(LARGEST - 1, 1), (1, 0), (LARGEST, 0)]),
    ] {
        let id = format!("{currency}-{whole}");
        world.intake().accept(&[sale(&world, &id, whole, currency)]).await;
        assert_eq!(earned(&world, &id).await, whole);
        for (number, (part, left)) in parts.into_iter().enumerate() {
            let back = world.acme.refund(&format!("{id}-{number}"), &id, part);
            world.intake().accept(&[back.but(|report| report.currency = currency.parse().unwrap())]).await;
            assert_eq!(earned(&world, &id).await, left, "{id}, part {number}");
        }
    }
    assert_eq!(world.database.count("select count(*) from accounts where balance <> 0").await, 0);
    world.finish().await;
}

/// The largest amount is booked to the unit; one more is refused, alone, with its reason.
#[tokio::test]
async fn the_largest_and_one_more() {
    const LARGEST: i64 = 1_000_000_000_000_000;
    let world = World::shared().await;
    plan(&world, r#"[{"type":"percentage","ratePpm":999999}]"#).await;
    let events = [
        sale(&world, "largest", LARGEST, "USD"),
        sale(&world, "one-more", LARGEST + 1, "USD"),
        sale(&world, "most", i64::MAX, "USD"),
        sale(&world, "small", 100, "USD"),
    ];
    let verdicts = world.intake().post(&events).await;
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Rejected, Verdict::Rejected, Verdict::Accepted]);
    assert_eq!(earned(&world, "largest").await, 999_999_000_000_000);
    assert_eq!(world.database.count("select count(*) from quarantine where reason = 'amount_out_of_range'").await, 2);
    assert_eq!(world.database.count("select count(*) from conversions").await, 2);
    world.finish().await;
}

/// A balance that would leave 64 bits is an error of the one event that causes it, not a wrong balance.
#[tokio::test]
async fn a_balance_beyond_64_bits() {
    let world = World::start().await;
    world.intake().accept(&[sale(&world, "before", 9_900, "USD")]).await;
    // As if the affiliate had earned nearly everything before, booked as the book books.
    let nearly = i64::MAX - 1_980 - 100;
    let (expense, pending) = ("kind = 'commission_expense'", "kind = 'affiliate_pending'");
    let database = &world.database;
    let mut owner = database.connect().await;
    for statement in [
        "begin".to_owned(),
        format!("update commissions set amount = amount + {nearly}, earned = earned + {nearly}"),
        format!("update conversion_days set commission = commission + {nearly}"),
        format!("update conversion_hours set commission = commission + {nearly}"),
        format!("update conversion_facets set commission = commission + {nearly}"),
        format!(
            "insert into transfers
             select c.organization_id, gen_random_uuid(), d.id, k.id, {nearly}, c.currency, 'commission_earned', c.id, null, now()
             from commissions c
             join accounts d on d.organization_id = c.organization_id and d.{expense}
             join accounts k on k.organization_id = c.organization_id and k.{pending}"
        ),
        format!("update accounts set balance = balance - {nearly} where {expense}"),
        format!("update accounts set balance = balance + {nearly} where {pending}"),
        "commit".to_owned(),
    ] {
        run(&mut owner, &statement).await;
    }
    world.check().await;
    let events =
        [sale(&world, "euro", 9_900, "EUR"), sale(&world, "beyond", 9_900, "USD"), sale(&world, "fits", 100, "USD")];
    let verdicts = world.intake().post(&events).await;
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Rejected, Verdict::Accepted]);
    assert_eq!(database.count("select count(*) from quarantine where reason = 'unprocessable'").await, 1);
    assert_eq!(database.count("select count(*) from conversions where external_id = 'beyond'").await, 0);
    // No event tells of what was earned before, so there is nothing to prove it from.
    world.check().await;
}
