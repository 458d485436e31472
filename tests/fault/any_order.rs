//! Goal: the order in which events arrive doesn't matter (also when a click comes after its conversion, and clicks come
//! backwards): the commissions are those of the sorted run.
//! Method: one story is told to both organizations, sorted to one, otherwise to the other; their books are compared. A
//! larger one, in [`month`], is told in many orders by chance.

mod month;
mod story;

use shared::{event::Event, id::OrganizationId, timestamp::Timestamp};
use world::{
    World,
    brand::{Brand, But, Partner},
    database::Database,
    wait::now,
};

/// Two clicks of one buyer on two partners' links, the sale, a renewal, a part refunded: in the order of time.
fn story(brand: &Brand, early: &Partner, late: &Partner, start: Timestamp) -> Vec<Event> {
    let day = |days: i64| start.plus_days(days);
    let (first, second) = (brand.click_at(early, day(0)), brand.click_at(late, day(1)));
    let tokens = [brand.token_of(&first), brand.token_of(&second)];
    let of_buyer = |event: Event, days: i64, token: Option<&String>| {
        event.but(|report| {
            report.customer_id = Some("buyer".to_owned());
            report.subscription_id = Some("sub".to_owned());
            report.occurred_at = Some(day(days));
            report.click_token = token.cloned();
        })
    };
    vec![
        first,
        of_buyer(brand.lead("signup"), 0, Some(&tokens[0])),
        second,
        of_buyer(brand.sale("first", 9_900), 2, Some(&tokens[1])),
        of_buyer(brand.sale("second", 9_900), 32, Some(&tokens[0])),
        of_buyer(brand.refund("back", "second", 3_300), 33, None),
        of_buyer(brand.sale("third", 777), 62, None),
    ]
}

/// The book of an organization without its ids.
async fn book(database: &Database, organization: OrganizationId) -> Vec<Vec<String>> {
    let id = organization.uuid();
    database
        .texts(&format!(
            "select v.external_id, v.kind, v.status, v.refunded, v.credited_by, a.slug, c.amount, c.earned, c.status as state,
                    c.currency
             from conversions v
             left join affiliates a on (a.organization_id, a.id) = (v.organization_id, v.affiliate_id)
             left join commissions c on (c.organization_id, c.conversion_id, c.affiliate_id) = (v.organization_id, v.id, v.affiliate_id)
             where v.organization_id = '{id}' order by v.external_id"
        ))
        .await
}

async fn compare(permute: impl Fn(Vec<Event>) -> Vec<Vec<Event>>) {
    let world = World::shared().await;
    let mut partners = Vec::new();
    for brand in [&world.acme, &world.globex] {
        partners.push((brand.join(&world.database, "early").await, brand.join(&world.database, "late").await));
    }
    let start = now().plus_days(-70);
    world.intake().accept(&story(&world.acme, &partners[0].0, &partners[0].1, start)).await;
    for batch in permute(story(&world.globex, &partners[1].0, &partners[1].1, start)) {
        world.intake().accept(&batch).await;
    }
    let sorted = book(&world.database, world.acme.organization).await;
    assert_eq!(sorted, book(&world.database, world.globex.organization).await);
    // The story itself, so that two equal mistakes don't pass: 20% of 99.00, of 66.00, and of 7.77.
    let amounts = "select coalesce(sum(amount), 0)::bigint from commissions where organization_id =";
    let sum = world.database.count(&format!("{amounts} '{}'", world.globex.organization.uuid())).await;
    assert_eq!(sum, 1_980 + 1_320 + 155, "{sorted:?}");
    world.finish().await;
}

#[tokio::test]
async fn backwards_one_by_one() {
    compare(|mut story| {
        story.reverse();
        story.into_iter().map(|event| vec![event]).collect()
    })
    .await;
}

#[tokio::test]
async fn backwards_in_one_batch() {
    compare(|mut story| {
        story.reverse();
        vec![story]
    })
    .await;
}

#[tokio::test]
async fn renewal_before_first_sale_and_clicks_last() {
    compare(|story| {
        let [first, lead, second, sale, renewal, refund, third] = story.try_into().unwrap();
        vec![vec![refund, third], vec![renewal], vec![sale], vec![lead], vec![second], vec![first]]
    })
    .await;
}
