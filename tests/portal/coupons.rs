//! Goal: an approved affiliate chooses one code of their own where the brand allows it, and sees what it gives
//! customers. It credits no sale before the gateway has created it, and no sale that another gateway, or a coupon of the
//! brand's own, made with the same code.
//! Method: affiliates send the form of `/a/coupons`; the fake Stripe creates the codes, or has one of them already. Stripe
//! and Shopify report sales that name the code in one way or another.

use serde_json::{Value, json};
use shared::{event::Gateway, id::CouponId};
use world::{
    Plan,
    client::dashboard::Marketer,
    fakes::stripe,
    gateway_fixture::GatewayFixture,
    organization_fixture::pass_days,
    program_fixture::send,
    stripe::Purchase,
    vendor_webhooks::{SHOP, shape},
    wait::now,
};

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

/// An affiliate's public page no longer offers a code whose discount has ended, and keeps one that has no end.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_leaves_the_public_page_when_it_ends() {
    let mut portal = Portal::open().await;
    let end = now().plus_days(10);
    let end = end.plus_millis(-(end.millis() % 1_000));
    let body = json!({"connectionId": portal.connection, "percentOff": "20", "duration": "once", "expiresAt": end,
                      "affiliatesMayChoose": true});
    let api = portal.fixture.world.api();
    send(&api, "PUT", &format!("/programs/{}/discount", portal.program), &body).await.expect_status(200);
    let early = api.all("/affiliates?slug=early").await.remove(0)["id"].clone();
    let by_hand = json!({"programId": portal.program, "affiliateId": early, "code": "BYHAND"});
    api.post("/coupons", &by_hand).await.expect_status(201);
    portal.choose("earlybird", 303).await;
    portal.fixture.world.ledger.run_jobs().await;

    let own = api.all(&format!("/coupons?affiliateId={}", early.as_str().unwrap())).await;
    let own: Vec<String> = own
        .iter()
        .map(|coupon| coupon["id"].as_str().unwrap().parse::<CouponId>().unwrap().uuid().to_string())
        .collect();
    let mut fields = vec![("on", "yes"), ("introduction", "My codes")];
    fields.extend(own.iter().map(|id| ("item", id.as_str())));
    portal.browser.submit("/a/page", &fields).await.expect_status(303);
    let world = &portal.fixture.world;
    let public = format!("/l/{}/early", world.own("acme"));
    let mut visitor = Marketer::new(&world.ledger.base());
    let shown = visitor.browser.get(&public).await.expect_status(200).text();
    assert!(shown.contains("EARLYBIRD") && shown.contains("BYHAND"), "{shown}");

    pass_days(world, 11).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    let shown = visitor.browser.get(&public).await.expect_status(200).text();
    assert!(!shown.contains("EARLYBIRD") && shown.contains("BYHAND"), "{shown}");
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

/// A paid checkout session of Stripe with this discount, a second after the code was created.
fn session(name: &str, discount: &Value) -> Value {
    let mut event = Purchase::new(name, None).single_payment();
    event["created"] = json!(now().seconds() + 1);
    event["data"]["object"]["discounts"] = json!([discount]);
    event
}

/// A paid order of Shopify with this discount code.
fn order(id: u64, code: &str) -> Value {
    let mut order = shape("shopify", "orders.paid");
    (order["id"], order["processed_at"]) = (json!(id), json!(now().plus_millis(1_000).to_string()));
    (order["customer"]["id"], order["customer"]["email"]) = (json!(id + 1), json!("shop@buyers.example"));
    (order["note_attributes"], order["landing_site"]) = (json!([]), json!(null));
    order["discount_codes"] = json!([{"code": code, "amount": "15.00", "type": "fixed_amount"}]);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_gateway_a_chosen_code_counts_by_its_id_only() {
    let mut portal = Portal::open().await;
    portal.discount(true).await;
    portal.fixture.stripe.with(|stripe| stripe.coupons.coupon_by_hand("SPRING30"));
    portal.choose("spring30", 303).await;
    portal.fixture.world.ledger.run_jobs().await;
    let links = portal.links().await;
    assert!(links.contains("This code isn\u{2019}t available"), "the brand has a coupon with this id: {links}");

    portal.choose("holiday24", 303).await;
    portal.fixture.world.ledger.run_jobs().await;
    let world = &portal.fixture.world;
    let chosen = world.api().all("/coupons?code=HOLIDAY24").await[0].clone();
    assert_eq!(chosen["gateway"]["status"], "active", "{chosen}");
    let shop = json!({"shop": SHOP, "webhookSecret": "shpss_canary0123456789abcdef"});
    let shop = portal.fixture.connect("shopify", &shop).await.expect_status(201).json();
    let shop = shop["id"].as_str().unwrap().parse().unwrap();
    let own_coupon = json!({"coupon": "HOLIDAY24", "promotion_code": null});
    let by_id = json!({"coupon": "disc_1", "promotion_code": chosen["externalId"]});
    let at_shopify = order(5_650_830_000_024, "HOLIDAY24").to_string();
    let events = [
        world.acme.stripe_event(&session("own_coupon", &own_coupon)),
        world.acme.stripe_event(&session("by_id", &by_id)),
        world.acme.gateway_event(Gateway::Shopify, shop, ("holiday", "orders/paid"), at_shopify),
    ];
    world.intake().accept(&events).await;
    for (sale, affiliate) in
        [("pi_own_coupon", &json!(null)), ("5650830000024", &json!(null)), ("pi_by_id", &chosen["affiliateId"])]
    {
        let (conversion, _) = world.api().booked(sale).await.unwrap();
        assert_eq!(&conversion["affiliateId"], affiliate, "{sale}");
    }
    portal.fixture.world.finish().await;
}
