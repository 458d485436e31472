//! Goal: a program's discount becomes one coupon at Stripe and one promotion code per affiliate, or discounts at
//! Paddle; a code credits sales once the gateway has it, and is switched off with its coupon, its affiliate or its
//! program.
//! Method: the discount is set with `PUT /programs/{id}/discount` and codes are created by API; jobs run; the fake
//! servers show what the gateways have.

use serde_json::{Value, json};
use world::{
    Plan,
    fakes::{paddle, stripe},
    gateway_fixture::GatewayFixture,
    http::Response,
    program_fixture::send,
};

use crate::created;

/// A program with a discount at a gateway.
pub(super) struct Codes {
    pub(super) fixture: GatewayFixture,
    pub(super) connection: Value,
}

impl Codes {
    /// Connects a gateway and sets 20% off for three months.
    pub(super) async fn start(kind: &str, key: &str) -> Self {
        let fixture = GatewayFixture::start(Plan::default()).await;
        let connection = fixture.connect(kind, &json!({"apiKey": key})).await.expect_status(201).json();
        let codes = Self { fixture, connection };
        codes
            .discount(&json!({"percentOff": "20", "duration": "repeating", "durationMonths": 3}))
            .await
            .expect_status(200);
        codes
    }

    pub(super) async fn discount(&self, terms: &Value) -> Response {
        let mut body = terms.clone();
        body["connectionId"] = self.connection["id"].clone();
        let path = format!("/programs/{}/discount", self.fixture.world.acme.program);
        send(&self.fixture.world.api(), "PUT", &path, &body).await
    }

    fn body(&self, code: &str) -> Value {
        let acme = &self.fixture.world.acme;
        let (program, affiliate) = (acme.program.to_string(), acme.partner.affiliate.to_string());
        json!({"programId": program, "affiliateId": affiliate, "code": code, "createAtGateway": true})
    }

    pub(super) async fn request(&self, code: &str) -> Response {
        self.fixture.world.api().post("/coupons", &self.body(code)).await
    }

    pub(super) async fn create(&self, code: &str) -> String {
        let made = self.request(code).await.expect_status(201).json();
        assert_eq!(made["gateway"]["status"], "waiting", "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// The coupon after the jobs have run.
    pub(super) async fn settled(&self, id: &str) -> Value {
        self.fixture.world.ledger.run_jobs().await;
        self.fixture.world.api().get(&format!("/coupons/{id}")).await.expect_status(200).json()
    }

    /// Codes of this spelling at Stripe, and whether they are active.
    pub(super) fn at_stripe(&self, code: &str) -> Vec<bool> {
        self.fixture.stripe.with(|stripe| {
            let same = stripe.coupons.codes.values().filter(|one| one["code"] == code);
            same.map(|one| one["active"] == true).collect()
        })
    }

    async fn credited(&self, name: &str, code: &str) -> Value {
        let sale = json!({"externalEventId": name, "amountCents": 10_000, "couponCode": code, "customerId": name});
        created(&self.fixture.world, "/conversions", sale).await["affiliateId"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_becomes_one_coupon_with_a_code_for_each_affiliate() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let world = &codes.fixture.world;
    let discount = format!("/programs/{}/discount", world.acme.program);
    let shown = world.api().get(&discount).await.expect_status(200).json();
    assert_eq!((&shown["percentOff"], &shown["durationMonths"]), (&json!("20"), &json!(3)), "{shown}");
    let (first, second) = (codes.create("VALE20").await, codes.create("LAUREN-VIP").await);
    assert_eq!(codes.credited("early", "VALE20").await, Value::Null, "Stripe hasn't confirmed it yet");
    let coupon = codes.settled(&first).await;
    assert_eq!(
        coupon["gateway"],
        json!({"type": "stripe", "status": "active", "problem": null, "chosenByAffiliate": false})
    );
    assert_eq!(coupon["discount"]["percentOff"], "20");
    let (at_stripe, promotion) = codes.fixture.stripe.with(|stripe| {
        let coupon = stripe.coupons.coupons.values().next().cloned().expect("the coupon");
        assert_eq!((stripe.coupons.coupons.len(), stripe.coupons.codes.len()), (1, 2));
        let code = stripe.coupons.codes.values().find(|code| code["code"] == "VALE20").cloned();
        (coupon, code.expect("the code"))
    });
    assert_eq!((&at_stripe["percent_off"], &at_stripe["duration_in_months"]), (&json!(20.0), &json!(3.0)));
    assert_eq!((&promotion["promotion"]["coupon"], &promotion["id"]), (&at_stripe["id"], &coupon["externalId"]));
    assert_eq!(promotion["metadata"]["rekomi_coupon"], json!(first));
    assert_eq!(promotion["metadata"]["rekomi_affiliate"], world.acme.partner.affiliate.to_string());
    let lauren = json!(world.acme.partner.affiliate.to_string());
    assert_eq!(codes.credited("by-code", "vale20").await, lauren);
    assert_eq!(codes.credited("by-id", promotion["id"].as_str().unwrap()).await, lauren);
    let (early, _) = world.api().booked("early").await.unwrap();
    assert_eq!(early["affiliateId"], Value::Null, "what was sold before stays without credit");

    // The script offers the newest one, or else one that is still active.
    let offered = async |code: &str| {
        let query = format!("select count(*) from edge_config where key like 'via:%' and record->>'coupon' = '{code}'");
        world.database.count(&query).await
    };
    assert_eq!((offered("LAUREN-VIP").await, offered("VALE20").await), (1, 0));

    // Archived here, it ends there; the other one goes on.
    world.api().delete(&format!("/coupons/{first}")).await.expect_status(200);
    assert_eq!(codes.settled(&first).await["gateway"]["status"], "archived");
    assert_eq!((codes.at_stripe("VALE20"), codes.at_stripe("LAUREN-VIP")), (vec![false], vec![true]));
    assert_eq!(codes.settled(&second).await["gateway"]["status"], "active");

    // No code was asked for twice. Each code asks for the coupon by the same id, so there is one.
    let calls = codes.fixture.stripe.calls();
    let count = |line: &str| calls.iter().filter(|call| call.line() == line).count();
    assert_eq!(count("POST /v1/promotion_codes"), 2);
    assert_eq!(codes.fixture.stripe.with(|stripe| stripe.coupons.coupons.len()), 1);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_with_its_affiliate_and_its_program() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let world = &codes.fixture.world;
    let id = codes.create("VALE20").await;
    codes.settled(&id).await;
    let affiliate = format!("/affiliates/{}", world.acme.partner.affiliate);
    let program = format!("/programs/{}", world.acme.program);
    for (path, off, on) in [
        (
            &affiliate,
            json!({"status": "Banned", "reason": "Spam"}),
            json!({"status": "Approved", "reason": "A mistake"}),
        ),
        (&program, json!({"archived": true}), json!({"archived": false})),
    ] {
        world.api().patch(path, &off).await.expect_status(200);
        assert_eq!(codes.settled(&id).await["gateway"]["status"], "archived", "{off}");
        assert_eq!(codes.at_stripe("VALE20"), [false]);
        world.api().patch(path, &on).await.expect_status(200);
        assert_eq!(codes.settled(&id).await["gateway"]["status"], "active", "{on}");
        assert_eq!(codes.at_stripe("VALE20"), [true], "the same code again");
    }
    world.api().patch(&affiliate, &json!({"status": "Banned", "reason": "Spam"})).await.expect_status(200);
    codes.settled(&id).await;
    // Nothing is left to do, so nothing is sent.
    let before = codes.fixture.stripe.calls().len();
    world.ledger.run_jobs().await;
    assert_eq!(codes.fixture.stripe.calls().len(), before);
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_terms_are_another_discount() {
    let codes = Codes::start("stripe", stripe::COUPON_KEY).await;
    let first = codes.create("VALE20").await;
    codes.settled(&first).await;
    let five = json!({"amountOffCents": 500, "currency": "EUR", "duration": "once"});
    let set = codes.discount(&five).await.expect_status(200).json();
    assert_eq!((&set["amountOffCents"], &set["currency"]), (&json!(500), &json!("EUR")));
    assert_eq!(codes.discount(&five).await.expect_status(200).json()["createdAt"], set["createdAt"], "nothing changed");
    let second = codes.create("LAUREN5").await;
    assert_eq!(codes.settled(&second).await["discount"]["amountOffCents"], 500);
    let old = codes.settled(&first).await;
    assert_eq!((&old["discount"]["percentOff"], &old["gateway"]["status"]), (&json!("20"), &json!("active")));
    let terms = codes.fixture.stripe.with(|stripe| {
        let of =
            |coupon: &Value| (coupon["percent_off"].clone(), coupon["amount_off"].clone(), coupon["currency"].clone());
        stripe.coupons.coupons.values().map(of).collect::<Vec<_>>()
    });
    assert!(terms.contains(&(json!(null), json!(500.0), json!("eur"))) && terms.len() == 2, "{terms:?}");
    let path = format!("/programs/{}/discount", codes.fixture.world.acme.program);
    let ended = codes.fixture.world.api().delete(&path).await.expect_status(200).json();
    assert!(ended["endedAt"].is_string(), "{ended}");
    assert_eq!(codes.fixture.world.api().get(&path).await.refusal(), (404, "not_found".to_owned()));
    let refused = codes.request("LATER").await.field_refusal();
    assert_eq!(refused, (400, "validation_failed".to_owned(), "createAtGateway".to_owned()));
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_code_is_a_discount_at_paddle() {
    let codes = Codes::start("paddle", paddle::KEY).await;
    let refused = codes.request("LAUREN-20").await.field_refusal();
    assert_eq!(refused.2, "code", "Paddle takes letters and digits only");
    let id = codes.create("VALE20").await;
    let coupon = codes.settled(&id).await;
    assert_eq!((&coupon["gateway"]["type"], &coupon["gateway"]["status"]), (&json!("paddle"), &json!("active")));
    let discount =
        codes.fixture.paddle.with(|paddle| paddle.discounts.all.values().next().cloned()).expect("a discount");
    for (name, value) in [
        ("id", &coupon["externalId"]),
        ("type", &json!("percentage")),
        ("amount", &json!("20")),
        ("recur", &json!(true)),
        ("maximum_recurring_intervals", &json!(3)),
        ("code", &json!("VALE20")),
    ] {
        assert_eq!(&discount[name], value, "{name}");
    }
    codes.fixture.world.api().delete(&format!("/coupons/{id}")).await.expect_status(200);
    codes.settled(&id).await;
    let status = codes.fixture.paddle.with(|paddle| paddle.discounts.all.values().next().unwrap()["status"].clone());
    assert_eq!(status, "archived");
    codes.fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discount_has_its_name_at_the_gateway() {
    for (kind, key) in [("stripe", stripe::COUPON_KEY), ("paddle", paddle::KEY)] {
        let codes = Codes::start(kind, key).await;
        let named = |name: &str| json!({"percentOff": "10", "duration": "once", "name": name});
        for wrong in ["", &"x".repeat(41)] {
            assert_eq!(codes.discount(&named(wrong)).await.field_refusal().2, "name", "{wrong}");
        }
        let set = codes.discount(&named(" Spring offer ")).await.expect_status(200).json();
        assert_eq!(set["name"], "Spring offer");
        let again = codes.discount(&named("Spring offer")).await.expect_status(200).json();
        assert_eq!(again["createdAt"], set["createdAt"], "nothing changed");
        let first = codes.create("VALE10").await;
        assert_eq!(codes.settled(&first).await["gateway"]["status"], "active");
        let unnamed = json!({"percentOff": "10", "duration": "once"});
        assert_eq!(codes.discount(&unnamed).await.expect_status(200).json()["name"], Value::Null);
        let second = codes.create("LAUREN10").await;
        assert_eq!(codes.settled(&second).await["gateway"]["status"], "active");
        let affiliate = codes.fixture.world.acme.partner.affiliate;
        let (mut names, mut expected) = if kind == "stripe" {
            let of = |coupon: &Value| coupon["name"].as_str().unwrap().to_owned();
            let names: Vec<String> =
                codes.fixture.stripe.with(|stripe| stripe.coupons.coupons.values().map(of).collect());
            (names, vec!["10% off".to_owned(), "Spring offer".to_owned()])
        } else {
            let of = |discount: &Value| discount["description"].as_str().unwrap().to_owned();
            let names: Vec<String> =
                codes.fixture.paddle.with(|paddle| paddle.discounts.all.values().map(of).collect());
            let of = |code: &str| format!("{code} for affiliate {affiliate}");
            (names, vec![of("LAUREN10"), format!("Spring offer: {}", of("VALE10"))])
        };
        names.sort();
        expected.sort();
        assert_eq!(names, expected, "{kind}");
        codes.fixture.world.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_discount_needs() {
    let fixture = GatewayFixture::start(Plan::default()).await;
    let api = fixture.world.api();
    let path = format!("/programs/{}/discount", fixture.world.acme.program);
    let secret = json!({"webhookSecret": "whsec_CanaryOfASecret0001"});
    let keyless = fixture.connect("stripe", &secret).await.expect_status(201).json();
    for (connection, status, field) in
        [(keyless["id"].clone(), 400, "connectionId"), (json!("gw_01kdvdna00e5v8r2m6q1w9d3xk"), 404, "connectionId")]
    {
        let body = json!({"connectionId": connection, "percentOff": "20", "duration": "once"});
        let refused = send(&api, "PUT", &path, &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (status, field), "{}", refused.text());
    }
    let foreign = format!("/programs/{}/discount", fixture.world.globex.program);
    assert_eq!(api.get(&foreign).await.refusal(), (404, "not_found".to_owned()));
    fixture.world.finish().await;
}
