//! Goal: a simulated plan pays to the cent what it would really have paid.
//! Method: two organizations book the same sales under two plans. Each one's own plan, simulated, changes nothing; the
//! other's comes to what the other has really booked, affiliate by affiliate.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::event::Event;
use world::{
    World,
    brand::{Brand, But},
    client::api::Api,
    program_fixture::{ProgramFixture, days_ago, percentage, send},
};

const SLUGS: [&str; 3] = ["nadia", "omar", "paula"];

/// One organization's program under a plan, with its affiliates' ids by slug.
struct Side<'w> {
    api: Api,
    brand: &'w Brand,
    program: String,
    affiliates: BTreeMap<String, String>,
}

async fn side<'w>(api: Api, brand: &'w Brand, components: &Value) -> Side<'w> {
    let body = json!({"name": "What if", "startsAt": days_ago(366).to_string(), "components": components});
    let program = api.post("/programs", &body).await.expect_status(201).json()["id"].as_str().unwrap().to_owned();
    let mut affiliates = BTreeMap::new();
    for slug in SLUGS {
        let body = json!({
            "name": slug, "slug": slug, "email": format!("{slug}@creators.test"), "programId": program,
            "destination": "https://brand.test/", "segment": if slug == "paula" { Some("gold") } else { None }
        });
        let made = api.post("/affiliates", &body).await.expect_status(201).json();
        affiliates.insert(slug.to_owned(), made["id"].as_str().unwrap().to_owned());
    }
    Side { api, brand, program, affiliates }
}

impl Side<'_> {
    /// The same events on either side: prices of every size, renewals, refunds, countries, two currencies.
    fn history(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for number in 0..90_i64 {
            let (slug, buyer) = (SLUGS[usize::try_from(number % 3).unwrap()], format!("u_{}", number % 26));
            let sale = self.brand.sale(&format!("sale-{number}"), 1_999 + number * 137 % 9_000).but(|report| {
                report.program_id = Some(self.program.parse().unwrap());
                report.affiliate_slug = Some(slug.to_owned());
                report.customer_id = Some(buyer);
                report.occurred_at = Some(days_ago(360 - number * 4));
                report.country = Some(if number % 4 == 0 { "DE" } else { "US" }.to_owned());
                report.currency = if number % 7 == 0 { "EUR" } else { "USD" }.parse().unwrap();
            });
            let currency = if number % 7 == 0 { "EUR" } else { "USD" };
            if number % 11 == 0 {
                let back = self.brand.refund(&format!("back-{number}"), &format!("sale-{number}"), 700 + number);
                events.push(back.but(|report| report.currency = currency.parse().unwrap()));
            }
            events.push(sale);
        }
        events
    }

    /// What is booked: by affiliate's slug and currency.
    async fn booked(&self) -> BTreeMap<(String, String), i64> {
        let mut booked = BTreeMap::new();
        for row in self.api.all(&format!("/commissions?programId={}", self.program)).await {
            let slug = self.affiliates.iter().find(|(_, id)| row["affiliateId"] == **id).unwrap().0;
            let key = (slug.clone(), row["currency"].as_str().unwrap().to_owned());
            *booked.entry(key).or_default() += row["amountCents"].as_i64().unwrap();
        }
        booked.retain(|_, sum| *sum != 0);
        booked
    }

    async fn simulated(&self, components: &Value) -> Value {
        let path = format!("/programs/{}/plans/simulate", self.program);
        self.api.post(&path, &json!({"components": components})).await.expect_status(200).json()
    }

    fn sums(&self, simulation: &Value, of: &str) -> BTreeMap<(String, String), i64> {
        let rows = simulation["affiliates"].as_array().unwrap().iter();
        let mut sums: BTreeMap<(String, String), i64> = rows
            .map(|row| {
                let slug = self.affiliates.iter().find(|(_, id)| row["affiliateId"] == **id).unwrap().0;
                ((slug.clone(), row["currency"].as_str().unwrap().to_owned()), row[of].as_i64().unwrap())
            })
            .collect();
        sums.retain(|_, sum| *sum != 0);
        sums
    }
}

#[tokio::test]
async fn a_simulated_plan_pays_what_a_real_one_pays() {
    let first = json!([
        {"type": "flat", "amountCents": 2_500, "currency": "USD", "duration": "once"},
        {"type": "percentage", "ratePercent": "5", "when": {"on": "recurring"}}
    ]);
    let second = json!([
        {"type": "tiers", "by": "revenue", "period": "quarter", "mode": "marginal", "currency": "USD",
         "steps": [{"from": 0, "ratePercent": "10"}, {"from": 30_000, "ratePercent": "17.5"}]},
        {"type": "tiers", "by": "sales", "period": "month", "mode": "whole",
         "steps": [{"from": 1, "ratePercent": "1"}, {"from": 3, "ratePercent": "4"}], "when": {"segments": ["gold"]}},
        {"type": "percentage", "ratePercent": "12", "when": {"countries": ["DE"]}, "duration": {"months": 5},
         "cap": {"currency": "USD", "perCustomer": 1_500, "perAffiliate": {"amountCents": 4_000, "period": "quarter"}}},
        {"type": "first_conversion", "amountCents": 333, "currency": "EUR"}
    ]);
    let world = World::shared().await;
    let sides = [(world.api(), &world.acme, &first, &second), (world.other_api(), &world.globex, &second, &first)];
    let mut booked = Vec::new();
    let mut requested = Vec::new();
    for (api, brand, own, other) in sides {
        let side = side(api, brand, own).await;
        for batch in side.history().chunks(40) {
            world.intake().accept(batch).await;
        }
        let real = side.booked().await;
        assert!(real.len() >= 5, "{real:?}");
        let same = side.simulated(own).await;
        assert_eq!(same["conversions"], 90);
        for row in same["totals"].as_array().unwrap().iter().chain(same["affiliates"].as_array().unwrap()) {
            assert_eq!(row["differenceCents"], 0, "{row}");
        }
        assert_eq!(
            (side.sums(&same, "currentCents"), side.sums(&same, "simulatedCents")),
            (real.clone(), real.clone())
        );
        for example in same["examples"].as_array().unwrap() {
            assert_eq!(example["current"], example["simulated"], "{example}");
        }
        let different = side.simulated(other).await;
        assert_eq!(side.sums(&different, "currentCents"), real);
        requested.push(side.sums(&different, "simulatedCents"));
        booked.push(real);
    }
    assert_eq!(requested[0], booked[1], "the second plan, simulated by the first organization, booked by the second");
    assert_eq!(requested[1], booked[0], "and the other way round");
    assert_ne!(booked[0], booked[1]);
    // Nothing was written.
    assert_eq!(world.database.count("select count(*) from plan_versions where components is null").await, 0);
    assert_eq!(world.database.count("select count(*) from plan_versions").await, 4);
    world.finish().await;
}

#[tokio::test]
async fn scopes_ranges_and_refusals() {
    let fixture = ProgramFixture::new(percentage("20")).await;
    let nadia = fixture.affiliate("nadia").await;
    fixture.affiliate("omar").await;
    let own = json!({"scope": {"affiliateId": nadia}, "effectiveAt": days_ago(100).to_string(), "components": percentage("50")});
    fixture.plan(&own).await.expect_status(201);
    let sales = [
        fixture.sale("early", "nadia", "u1", days_ago(200), 10_000),
        fixture.sale("own", "nadia", "u2", days_ago(50), 10_000),
        fixture.sale("omar", "omar", "u3", days_ago(50), 10_000),
    ];
    fixture.world.intake().accept(&sales).await;
    let path = format!("/programs/{}/plans/simulate", fixture.program);
    let ask = |mut body: Value| {
        body["components"] = percentage("10");
        let (api, path) = (fixture.api.clone(), path.clone());
        async move {
            let answer = api.post(&path, &body).await.expect_status(200).json();
            let total = &answer["totals"][0];
            (total["currentCents"].as_i64().unwrap(), total["simulatedCents"].as_i64().unwrap(), answer)
        }
    };
    // Booked: 20.00 + 50.00 + 20.00. Her override, with another program's plan: 10.00 + 50.00 + 10.00.
    let (current, simulated, answer) = ask(json!({})).await;
    assert_eq!((current, simulated), (9_000, 7_000));
    assert_eq!(answer["summary"], json!(["10% of each sale"]));
    assert_eq!(answer["examples"][0]["current"][0]["reason"], "20% of USD 100.00 = USD 20.00 (rounded half up)");
    assert_eq!(answer["examples"][0]["simulated"][0]["reason"], "10% of USD 100.00 = USD 10.00 (rounded half up)");
    // As her override: 10.00 + 10.00, and Omar's 20.00.
    let (_, simulated, answer) = ask(json!({"scope": {"affiliateId": nadia}, "limitExamples": 1})).await;
    assert_eq!((simulated, answer["examples"].as_array().unwrap().len()), (4_000, 1));
    assert_eq!(answer["affiliates"][0]["affiliateId"], nadia);
    // From 100 days ago: 50.00 + 20.00 are booked, 50.00 + 10.00 simulated.
    let (current, simulated, _) = ask(json!({"from": days_ago(100).to_string()})).await;
    assert_eq!((current, simulated), (7_000, 6_000));
    for (body, field) in [
        (json!({"components": []}), "components"),
        (
            json!({"components": percentage("10"), "from": days_ago(1).to_string(), "to": days_ago(2).to_string()}),
            "from",
        ),
        (json!({"components": percentage("10"), "limitExamples": 11}), "limitExamples"),
        (json!({"components": percentage("10"), "effectiveAt": days_ago(1).to_string()}), "effectiveAt"),
    ] {
        let refused = fixture.api.post(&path, &body).await;
        assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }
    assert_eq!(send(&fixture.api, "PUT", &path, &json!({})).await.status, 405);
    fixture.world.finish().await;
}
