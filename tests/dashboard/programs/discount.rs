//! Goal: a marketer sets a program's discount, creates coupons at the gateway, sees what the gateway refused and
//! retries, without a script.
//! Method: a browser that only posts forms, against the fake Stripe.
//! Routes: `/dashboard/programs/{id}/discount`, `/dashboard/programs/{id}/discount/end`,
//! `/dashboard/programs/{id}/discount/codes`, `/dashboard/programs/{id}/coupons/{coupon}/retry`

use serde_json::json;
use world::{Plan, client::dashboard::Marketer, fakes::stripe, gateway_fixture::GatewayFixture, wait::now};

use super::all_text;

struct Page {
    fixture: GatewayFixture,
    owner: Marketer,
}

impl Page {
    async fn open() -> Self {
        let fixture = GatewayFixture::start(Plan::default()).await;
        let mut owner = Marketer::new(&fixture.world.ledger.base());
        owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
        Self { fixture, owner }
    }

    fn path(&self, below: &str) -> String {
        format!("/dashboard/programs/{}{below}", self.fixture.world.acme.program)
    }

    async fn text(&mut self, below: &str) -> String {
        let target = format!("{}?organization={}", self.path(below), self.fixture.world.acme.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    async fn send(&mut self, below: &str, status: u16, fields: &[(&str, &str)]) -> String {
        let organization = self.fixture.world.acme.organization.to_string();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        let target = self.path(below);
        self.owner.submit(&target, &fields).await.expect_status(status).text()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_and_its_codes() {
    let mut page = Page::open().await;
    let empty = page.text("/discount").await;
    all_text(&empty, &["Connect one", "assign them to affiliates"]);
    let credentials = json!({"apiKey": stripe::RESTRICTED_KEY});
    let made = page.fixture.connect("stripe", &credentials).await.expect_status(201).json();
    let connection = made["id"].as_str().unwrap().to_owned();
    let shown = page.text("/discount").await;
    all_text(&shown, &[&format!("value=\"{connection}\""), "Promotion Codes: Write"]);
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&'static str, String)> {
        let usual = [("type", "percent"), ("value", "20"), ("duration", "once"), ("affiliatesMayChoose", "yes")];
        let fields = usual.iter().filter(|(name, _)| more.iter().all(|(other, _)| other != name)).chain(more);
        let fields = fields.map(|(name, value)| (*name, (*value).to_owned()));
        fields.chain([("connectionId", connection.clone())]).collect()
    };
    for (more, words) in [
        (&[("value", "lots")][..], "Enter a percentage above 0"),
        (&[("type", "amount"), ("value", "5"), ("currency", "Euro")], "three-letter currency code"),
        (&[("duration", "repeating")], "Enter the number of months."),
        (&[("maxRedemptionsPerCode", "0")], "Enter a number from 1 to 1,000,000."),
        (&[("expiresAt", "2020-01-01")], "This day is over."),
        (&[("expiresAt", "soon")], "Enter a date such as"),
        (&[("name", "A discount with more than forty characters")], "1 to 40 characters"),
    ] {
        let fields = with(more);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all_text(&page.send("/discount", 400, &fields).await, &[words, "aria-invalid=\"true\""]);
    }
    let fields = with(&[]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page.send("/discount", 303, &fields).await;
    all_text(&page.text("/discount").await, &["20% off the first payment", "value=\"20\""]);

    // Limits belong to the terms, and a form that is saved again changes nothing.
    let day = now().plus_days(30).to_string()[..10].to_owned();
    let mut fields = with(&[]);
    let name = ("name", "Spring offer".to_owned());
    fields.extend([name, ("maxRedemptionsPerCode", "50".to_owned()), ("expiresAt", day.clone())]);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for _ in 0..2 {
        page.send("/discount", 303, &fields).await;
    }
    let shown = page.text("/discount").await;
    all_text(&shown, &["at most 50 times per code", &format!("value=\"{day}\""), "value=\"Spring offer\""]);
    assert_eq!(page.fixture.world.database.count("select count(*) from discounts").await, 2);

    let affiliate = page.fixture.world.acme.partner.affiliate.to_string();
    let coupon = [("affiliateId", affiliate.as_str()), ("code", "VALE20"), ("createAtGateway", "yes")];
    page.send("/coupons", 303, &coupon).await;
    assert!(page.text("/coupons").await.contains("Waiting"));
    page.fixture.world.ledger.run_jobs().await;
    let list = page.text("/coupons").await;
    all_text(&list, &["Refused", "Coupons: Write", "Retry"]);
    let better = json!({"credentials": {"apiKey": stripe::COUPON_KEY}});
    page.fixture.change(&made, &better).await.expect_status(200);
    let id = list.split("data-row=\"").find(|row| row.contains("VALE20")).unwrap().split('"').next().unwrap();
    page.send(&format!("/coupons/{id}/retry"), 303, &[]).await;
    page.fixture.world.ledger.run_jobs().await;
    let list = page.text("/coupons").await;
    assert!(list.contains("data-status=\"active\"") && list.contains("promo_"), "{list}");

    let world = &page.fixture.world;
    world.acme.join(&world.database, "ada-moss").await;
    all_text(&page.text("/discount").await, &["Codes for affiliates", "1 active", "Create codes for all approved"]);
    for _ in 0..2 {
        page.send("/discount/codes", 303, &[]).await;
    }
    let codes = "select count(*) from coupons c join affiliates a on a.organization_id = c.organization_id
                 and a.id = c.affiliate_id where a.slug = 'ada-moss' and c.code = 'ADAMOSS20'";
    assert_eq!(page.fixture.world.database.count(codes).await, 1, "nothing twice");
    assert!(page.text("/discount").await.contains("Every approved affiliate"));

    page.send("/discount/end", 303, &[]).await;
    let ended = page.text("/discount").await;
    assert!(!ended.contains("20% off the first payment"), "{ended}");
    page.fixture.world.finish().await;
}
