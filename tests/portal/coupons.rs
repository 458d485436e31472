//! Goal: an approved affiliate chooses one code of their own where the brand allows it, and sees what it gives
//! customers. It credits no sale before the gateway has created it.
//! Method: affiliates send the form of `/a/coupons`; the fake Stripe creates the codes, or has one of them already.

use serde_json::json;
use world::{Plan, client::dashboard::Marketer, fakes::stripe, gateway_fixture::GatewayFixture, program_fixture::send};

use crate::fixture::{enter, page};

struct Portal {
    fixture: GatewayFixture,
    browser: Marketer,
    program: String,
    connection: String,
}

impl Portal {
    async fn open() -> Self {
        let fixture = GatewayFixture::start(Plan::default()).await;
        let made = fixture.connect("stripe", &json!({"apiKey": stripe::COUPON_KEY})).await.expect_status(201).json();
        fixture.world.acme.join(&fixture.world.database, "early").await;
        let browser = enter(&fixture.world, "early@creators.test").await;
        let program = fixture.world.acme.program.to_string();
        Self { fixture, browser, program, connection: made["id"].as_str().unwrap().to_owned() }
    }

    async fn discount(&self, may_choose: bool) {
        let body = json!({"connectionId": self.connection, "percentOff": "20", "duration": "once",
                          "affiliatesMayChoose": may_choose});
        let path = format!("/programs/{}/discount", self.program);
        send(&self.fixture.world.api(), "PUT", &path, &body).await.expect_status(200);
    }

    async fn choose(&mut self, code: &str, status: u16) -> String {
        let (program, field) = (self.program.clone(), format!("code-{}", self.program));
        let fields = [("program", program.as_str()), (field.as_str(), code)];
        self.browser.submit("/a/coupons", &fields).await.expect_status(status).text()
    }

    async fn links(&mut self) -> String {
        page(&mut self.browser, "/a/links").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_affiliate_chooses_a_code_once() {
    let mut portal = Portal::open().await;
    portal.discount(false).await;
    assert!(!portal.links().await.contains("Choose your code"), "the brand doesn\u{2019}t allow it");
    portal.choose("EARLYBIRD", 400).await;
    portal.discount(true).await;
    let links = portal.links().await;
    assert!(links.contains("Choose your code") && links.contains("value=\"EARLY20\""), "a suggestion: {links}");
    assert!(links.contains("20% off the first payment"), "{links}");
    let own = format!("{}5", portal.fixture.world.demo["program"]["slug"].as_str().unwrap());
    for (code, words) in [
        ("abc", "4 to 20 letters"),
        ("EARLY 20", "4 to 20 letters"),
        ("WELCOME10", "reserved"),
        ("fuckthis", "reserved"),
        (own.as_str(), "reserved"),
    ] {
        let refused = portal.choose(code, 400).await;
        assert!(refused.contains(words), "{code}: {refused}");
    }

    // Stripe has it already: it credits no one, and another can be chosen.
    portal.fixture.stripe.with(|stripe| stripe.coupons.by_hand("MEGADEAL"));
    portal.choose("megadeal", 303).await;
    assert!(portal.links().await.contains("being created"));
    portal.fixture.world.ledger.run_jobs().await;
    let links = portal.links().await;
    assert!(links.contains("This code isn’t available") && links.contains("Choose your code"), "{links}");
    let sale = json!({"externalEventId": "theirs", "amountCents": 10_000, "couponCode": "MEGADEAL", "customerId": "c"});
    let sold = portal.fixture.world.api().post("/conversions", &sale).await.expect_status(201).json();
    assert_eq!(sold["affiliateId"], json!(null), "{sold}");

    portal.choose("earlybird", 303).await;
    portal.fixture.world.ledger.run_jobs().await;
    let links = portal.links().await;
    assert!(links.contains("data-copy=\"EARLYBIRD\"") && !links.contains("Choose your code"), "{links}");
    assert!(links.contains("Customers get 20% off the first payment."), "{links}");
    portal.choose("SECOND20", 400).await;
    let active = portal.fixture.stripe.with(|stripe| {
        stripe.coupons.active().iter().map(|code| code["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(active, ["MEGADEAL", "EARLYBIRD"]);
    let sale = json!({"externalEventId": "own", "amountCents": 10_000, "couponCode": "earlybird", "customerId": "d"});
    let sold = portal.fixture.world.api().post("/conversions", &sale).await.expect_status(201).json();
    assert!(sold["affiliateId"].is_string(), "{sold}");
    portal.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_codes_are_tried_in_a_day() {
    let mut portal = Portal::open().await;
    portal.discount(true).await;
    for number in 0..5 {
        let code = format!("TRIAL{number}X");
        portal.fixture.stripe.with(|stripe| stripe.coupons.by_hand(&code));
        portal.choose(&code, 303).await;
        portal.fixture.world.ledger.run_jobs().await;
    }
    let refused = portal.choose("ANOTHER1", 400).await;
    assert!(refused.contains("too many codes today"), "{refused}");
    portal.fixture.world.finish().await;
}
