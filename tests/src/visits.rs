//! Programs that pay for clicks, and clicks by distinct visitors.

use serde_json::{Value, json};
use shared::{
    event::{ClickClass, Event, Payload},
    id::ProgramId,
    timestamp::Timestamp,
};

use crate::{World, brand::Partner, client::api::Api, http::Request, wait::now};

/// Noon of a UTC day, so many days ago.
pub fn noon(days_ago: i64) -> Timestamp {
    const DAY_MS: i64 = 86_400_000;
    Timestamp::from_millis(now().millis() / DAY_MS * DAY_MS + DAY_MS / 2).unwrap().plus_days(-days_ago)
}

/// A program of the first brand's that pays by the click, and has done so for a year.
#[derive(Debug)]
pub struct Paying {
    pub api: Api,
    pub program: ProgramId,
}

impl Paying {
    /// 10 cents for each visitor.
    pub async fn ten_cents(world: &World) -> Self {
        Self::by(world, json!([{"type": "per_click", "amountCents": 10, "currency": "USD"}])).await
    }

    pub async fn by(world: &World, components: Value) -> Self {
        let api = world.api();
        // Of a name of its own: two tests may make theirs at once.
        let name = format!("By the click {:x}", rand::random::<u32>());
        let body = json!({"name": name, "startsAt": noon(366).to_string(), "components": components});
        let made = api.post("/programs", &body).await.expect_status(201).json();
        Self { program: made["id"].as_str().unwrap().parse().unwrap(), api }
    }

    /// An approved affiliate with a link of this program.
    pub async fn partner(&self, slug: &str) -> Partner {
        let body = json!({
            "name": slug, "slug": slug, "email": format!("{slug}@creators.test"), "programId": self.program,
            "destination": "https://acme.test/"
        });
        let made = self.api.post("/affiliates", &body).await.expect_status(201).json();
        Partner {
            affiliate: made["id"].as_str().unwrap().parse().unwrap(),
            link: made["link"]["id"].as_str().unwrap().parse().unwrap(),
            slug: slug.to_owned(),
            host: made["link"]["host"].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// A click as the edge tells it; `visitor` is what stands for network and device there.
    pub fn click(&self, world: &World, partner: &Partner, at: Timestamp, visitor: Option<&str>) -> Event {
        self.click_from(world, partner, at, visitor, Some("DE"))
    }

    /// From a country; none is known of who asks for privacy.
    pub fn click_from(
        &self,
        world: &World,
        partner: &Partner,
        at: Timestamp,
        visitor: Option<&str>,
        country: Option<&str>,
    ) -> Event {
        let mut event = world.acme.click_at(partner, at);
        if let Payload::Click(click) = &mut event.payload {
            click.program_id = self.program;
            click.visitor = visitor.map(str::to_owned);
            click.country = country.map(str::to_owned);
        }
        event
    }

    /// So many visitors, one a second.
    pub fn crowd(&self, world: &World, partner: &Partner, from: Timestamp, visitors: i64) -> Vec<Event> {
        let one =
            |number: i64| self.click(world, partner, from.plus_millis(number * 1_000), Some(&format!("{number:032x}")));
        (0..visitors).map(one).collect()
    }

    /// Has the ledger recount what is due. Its clock stays where it is.
    pub async fn recount(&self, world: &World) {
        self.advance(world, 0).await;
    }

    /// Moves the ledger's clock, after which it recounts.
    pub async fn advance(&self, world: &World, days: i64) {
        let request = Request::post("/dev/clock", json!({"advanceDays": days}).to_string());
        request.send(&world.ledger.base()).await.unwrap().expect_status(200);
    }

    /// What clicks earned: newest first.
    pub async fn earned(&self) -> Vec<Value> {
        let all = self.api.all(&format!("/commissions?programId={}", self.program)).await;
        all.into_iter().filter(|one| one["type"] == "Click").collect()
    }

    /// The one commission that clicks earned a partner, in cents.
    pub async fn cents(&self, partner: &Partner) -> Vec<i64> {
        let id = partner.affiliate.to_string();
        let own = self.earned().await.into_iter().filter(|one| one["affiliateId"] == id.as_str());
        let mut cents: Vec<i64> = own.map(|one| one["amountCents"].as_i64().unwrap()).collect();
        cents.sort_unstable();
        cents
    }
}

/// The same click by another kind of visitor.
#[must_use]
pub fn classed(mut event: Event, class: ClickClass) -> Event {
    if let Payload::Click(click) = &mut event.payload {
        click.class = class;
    }
    event
}
