//! Two customers of two affiliates whom a second system reports under one id.

use std::collections::BTreeMap;

use serde_json::Value;
use shared::{event::Event, timestamp::Timestamp};

use crate::{
    World,
    brand::{But, Partner, fresh},
    client::api::Api,
    wait::now,
};

pub const WHY: &str = "the shop's tablet, checked by phone";

#[derive(Debug)]
pub struct JoinFixture {
    pub world: World,
    pub early: Partner,
    pub late: Partner,
    pub start: Timestamp,
}

impl JoinFixture {
    pub async fn new() -> Self {
        let world = World::shared().await;
        let early = world.acme.join(&world.database, "early").await;
        let late = world.acme.join(&world.database, "late").await;
        Self { world, early, late, start: now().plus_days(-60) }
    }

    /// 100.00 on a day, received on that day.
    pub fn sale(&self, id: &str, customer: &str, by: Option<&Partner>, day: i64) -> Event {
        let at = self.start.plus_days(day);
        let sale = self.world.acme.sale(id, 10_000).but(|reported| {
            reported.customer_id = Some(customer.to_owned());
            reported.affiliate_slug = by.map(|partner| partner.slug.clone());
            reported.occurred_at = Some(at);
        });
        Event { received_at: at, ..sale }
    }

    /// The report of a sale by another system, so many hours after the first report.
    pub fn again(&self, sale: &Event, customer: &str, hours: i64) -> Event {
        let received_at = sale.received_at.plus_millis(hours * 3_600_000);
        Event { id: fresh(), received_at, ..sale.clone() }.but(|reported| {
            reported.customer_id = Some(customer.to_owned());
            reported.affiliate_slug = None;
        })
    }

    /// The sum of each affiliate's commissions.
    pub async fn book(&self) -> BTreeMap<String, i64> {
        let mut sums = BTreeMap::new();
        for row in self.world.api().all("/commissions").await {
            let partner =
                [&self.early, &self.late].into_iter().find(|one| row["affiliateId"] == one.affiliate.to_string());
            *sums.entry(partner.unwrap().slug.clone()).or_default() += row["amountCents"].as_i64().unwrap();
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    pub async fn credited(&self, id: &str) -> String {
        let (conversion, _) = self.world.api().booked(id).await.expect("a conversion");
        let partner =
            [&self.early, &self.late].into_iter().find(|one| conversion["affiliateId"] == one.affiliate.to_string());
        partner.map_or_else(|| "no one".to_owned(), |one| one.slug.clone())
    }
}

pub fn sums(early: i64, late: i64) -> BTreeMap<String, i64> {
    [("early", early), ("late", late)]
        .into_iter()
        .filter(|row| row.1 != 0)
        .map(|row| (row.0.to_owned(), row.1))
        .collect()
}

pub async fn joins(api: &Api, query: &str) -> Vec<Value> {
    api.all(&format!("/customer-joins{query}")).await
}

pub fn named(join: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        join["customers"].as_array().unwrap().iter().map(|one| one["customerId"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Two customers, each with an affiliate of their own; then a backend reports both of them as `desk`.
pub async fn two_customers_with_a_shared_id(fixture: &JoinFixture) -> Vec<Event> {
    let mut events = vec![fixture.sale("a1", "cus_1", Some(&fixture.early), 0)];
    for number in 1..=9 {
        events.push(fixture.sale(&format!("b{number}"), "cus_2", Some(&fixture.late), number));
    }
    fixture.world.intake().accept(&events).await;
    assert_eq!(fixture.book().await, sums(2_000, 18_000));
    fixture.world.intake().accept(&[fixture.again(&events[0], "desk", 24 * 40)]).await;
    fixture.world.intake().accept(&[fixture.again(&events[1], "desk", 24 * 40)]).await;
    events
}
