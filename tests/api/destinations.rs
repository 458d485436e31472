//! Goal: affiliates' events become events of their profiles in Customer.io, each once, in whichever region the
//! workspace is.
//! Method: fake servers of both regions check every field; one of them fails, hangs or loses its answer.
//! Routes: `/destinations/{id}/deliveries`, `/destinations/{id}/deliveries/{messageId}/retry`,
//! `/destinations/{id}/replay`, `/destinations/{id}/test`

use serde_json::{Value, json};
use world::{
    Plan, World,
    brand::But,
    fakes::{
        FakeServer, Mood,
        customerio::{self, CustomerIo},
    },
    http::{Request, Response},
    payout_run_fixture::{bonus, exported, import, partner},
    wait,
};

struct Fixture {
    world: World,
    us: FakeServer<CustomerIo>,
    eu: FakeServer<CustomerIo>,
}

impl Fixture {
    /// The workspace lives in the EU.
    async fn start() -> Self {
        let (us, eu) = (customerio::start("us", false), customerio::start("eu", true));
        let plan = Plan::default()
            .ledger_setting("REKOMI_VENDOR_BASE_CUSTOMERIO_US", us.base())
            .ledger_setting("REKOMI_VENDOR_BASE_CUSTOMERIO_EU", eu.base());
        Self { world: Box::pin(plan.start()).await, us, eu }
    }

    async fn connect(&self, site: &str, key: &str) -> Response {
        let body = json!({
            "type": "customerio", "credentials": {"siteId": site, "apiKey": key},
            "events": ["affiliate_approved", "commission_earned", "payout_sent"],
        });
        self.world.api().post("/destinations", &body).await
    }

    async fn sale(&self, id: &str) {
        let slug = self.world.acme.partner.slug.clone();
        let sale = self.world.acme.sale(id, 9_900).but(|report| report.affiliate_slug = Some(slug));
        self.world.intake().accept(&[sale]).await;
    }
}

fn path(destination: &Value, rest: &str) -> String {
    format!("/destinations/{}{rest}", destination["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn events_reach_the_affiliates_profile_once() {
    let fixture = Fixture::start().await;
    let api = fixture.world.api();
    let made = fixture.connect(customerio::SITE_ID, customerio::API_KEY).await.expect_status(201).json();
    assert_eq!((&made["region"], &made["siteId"]), (&json!("eu"), &json!("\u{2026}a1b2")));
    assert_eq!(fixture.us.calls().len(), 1, "the US is asked first");
    // The answer is lost: the event is sent again and counts once.
    fixture.eu.once("POST /api/v1/customers", Mood::Lost);
    let body = json!({"name": "Nina Bay", "email": "Nina+shop@creators.test"});
    let nina = api.post("/affiliates", &body).await.expect_status(201).json();
    wait::until("the event to be there", 10, async || fixture.eu.with(|eu| (!eu.events.is_empty()).then_some(())))
        .await;
    let deliveries = wait::until("it to be delivered", 40, async || {
        let all = api.all(&path(&made, "/deliveries")).await;
        (all.len() == 1 && all[0]["status"] == "Delivered").then_some(all)
    })
    .await;
    assert_eq!(deliveries[0]["attemptCount"], 2);
    let headers = deliveries[0]["attempts"][0]["requestHeaders"].as_object().unwrap();
    assert!(!headers.contains_key("authorization"), "{headers:?}");
    let events = fixture.eu.with(|eu| eu.events.clone());
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!((events[0].person.as_str(), events[0].name.as_str()), ("nina+shop@creators.test", "affiliate_approved"));
    assert_eq!(events[0].data["id"], nina["id"]);

    fixture.sale("order").await;
    let earned = wait::until("the commission to be told", 10, async || {
        fixture.eu.with(|eu| eu.events.iter().find(|event| event.name == "commission_earned").cloned())
    })
    .await;
    assert_eq!((earned.person.as_str(), &earned.data["amountCents"]), ("lauren@creators.test", &json!(1_980)));

    let robin = partner(&fixture.world, "robin", "PayPal").await;
    bonus(&fixture.world, &robin.affiliate.to_string(), 5_000, "EUR").await;
    let (run, payouts) = exported(&api, "EUR", "PayPal").await;
    let back = format!("payoutId,status,reference,reason\n{},Sent,pp-1,\n", payouts[0]);
    import(&api, &run, &back).await.expect_status(200);
    let paid = wait::until("the payout to be reported", 10, async || {
        fixture.eu.with(|eu| eu.events.iter().find(|event| event.name == "payout_sent").cloned())
    })
    .await;
    assert_eq!((paid.person.as_str(), &paid.data["amountCents"]), ("robin@creators.test", &json!(5_000)));
    assert_eq!(paid.data["id"], json!(payouts[0]));
    assert!(fixture.eu.with(|eu| eu.events.iter().all(|event| event.name != "conversion_created")));
    fixture.world.finish().await;
}

/// Customer.io ignores an event whose id it knows (docs.customer.io/journeys/events, "Deduplicating events").
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_goes_through_both_doors_counts_once() {
    const FIRSTS: [&str; 2] = ["first_click", "first_conversion"];
    let fixture = Fixture::start().await;
    let (api, brand) = (fixture.world.api(), &fixture.world.acme);
    let credentials = json!({"siteId": customerio::SITE_ID, "apiKey": customerio::API_KEY});
    let destination = json!({"type": "customerio", "credentials": credentials, "events": FIRSTS});
    api.post("/destinations", &destination).await.expect_status(201);
    let connection = json!({"type": "customer-io", "credentials": credentials, "events": FIRSTS});
    let connection = api.post("/connections", &connection).await.expect_status(201).json();
    // Events of a CRM are about people who are in it.
    let affiliate = brand.partner.affiliate.to_string();
    let consent = json!({"affiliateId": affiliate, "kind": "program_terms", "version": "2026-07", "granted": true});
    api.post("/consents", &consent).await.expect_status(201);
    let resync = format!("/connections/{}/resync", connection["id"].as_str().unwrap());
    api.post(&resync, &json!({})).await.expect_status(202);
    wait::until("the affiliate to be in the CRM", 20, async || {
        let syncs = api.all(&format!("/syncs?affiliateId={affiliate}")).await;
        syncs.iter().any(|sync| sync["state"] == "Succeeded").then_some(())
    })
    .await;
    fixture.world.intake().accept(&[brand.click(&brand.partner)]).await;
    fixture.sale("order").await;
    let sent = || {
        let calls = fixture.eu.calls().into_iter().filter(|call| call.path.ends_with("/events"));
        calls.filter_map(|call| call.json()?["name"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    wait::until("both doors to be taken by both events", 20, async || {
        let sent = sent();
        let twice = |name: &&str| sent.iter().filter(|known| known == name).count() == 2;
        FIRSTS.iter().all(twice).then_some(())
    })
    .await;
    let mut counted: Vec<String> = fixture.eu.with(|eu| eu.events.iter().map(|event| event.name.clone()).collect());
    counted.sort();
    assert_eq!(counted, FIRSTS);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_about_who_was_erased() {
    let fixture = Fixture::start().await;
    let api = fixture.world.api();
    let credentials = json!({"siteId": customerio::SITE_ID, "apiKey": customerio::API_KEY});
    let destination = json!({"type": "customerio", "credentials": credentials, "events": ["commission_approved"]});
    let made = api.post("/destinations", &destination).await.expect_status(201).json();
    fixture.sale("order").await;
    let (_, commissions) = api.booked("order").await.expect("a sale");
    let why = json!({"reason": "She asked for it"});
    let lauren = format!("/affiliates/{}/erase", fixture.world.acme.partner.affiliate);
    api.post(&lauren, &why).await.expect_status(200);
    let release = format!("/commissions/{}/release", commissions[0]["id"].as_str().unwrap());
    api.post(&release, &why).await.expect_status(200);
    let delivery = wait::until("the delivery to be settled", 10, async || {
        let all = api.all(&path(&made, "/deliveries")).await;
        all.into_iter().find(|one| one["attempts"][0].is_object())
    })
    .await;
    assert_eq!((&delivery["status"], &delivery["nextAttemptAt"]), (&json!("Failed"), &Value::Null), "{delivery}");
    assert_eq!(delivery["attempts"][0]["error"], "no_recipient", "{delivery}");
    let shown = api.get(&path(&made, "")).await.expect_status(200).json();
    assert_eq!((&shown["enabled"], &shown["failingSince"]), (&json!(true), &Value::Null), "{shown}");
    assert!(fixture.eu.calls().iter().all(|call| !call.path.contains("/customers/")));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_tried_changed_and_kept_to_themselves() {
    let fixture = Fixture::start().await;
    let api = fixture.world.api();
    let refused = fixture.connect("somebody", "elses").await;
    assert_eq!(refused.refusal(), (422, "credentials_refused".to_owned()));
    let bad = json!({"type": "customerio", "credentials": {"siteId": "a b", "apiKey": "x"}, "events": ["*"]});
    assert_eq!(api.post("/destinations", &bad).await.field_refusal().2, "siteId");
    let bad = json!({"type": "klaviyo", "credentials": {"siteId": "a", "apiKey": "x"}, "events": ["*"]});
    assert_eq!(api.post("/destinations", &bad).await.field_refusal().2, "type");
    let bad = json!({"type": "customerio", "credentials": {"siteId": "a", "apiKey": "x"}, "events": ["lead_created"]});
    assert_eq!(api.post("/destinations", &bad).await.field_refusal().2, "events");
    fixture.eu.when("GET /api/v1/accounts", Mood::Says(500, Value::Null));
    let away = fixture.connect(customerio::SITE_ID, customerio::API_KEY).await;
    assert_eq!(away.refusal(), (503, "vendor_unavailable".to_owned()));
    fixture.eu.recover();
    let made = fixture.connect(customerio::SITE_ID, customerio::API_KEY).await.expect_status(201).json();
    let tested =
        api.send(Request::new("POST", &format!("/api/v1{}", path(&made, "/test")))).await.expect_status(200).json();
    assert_eq!(tested["ok"], true, "{tested}");
    // It moves to the US.
    fixture.eu.with(|eu| eu.home = false);
    fixture.us.with(|us| us.home = true);
    let tested =
        api.send(Request::new("POST", &format!("/api/v1{}", path(&made, "/test")))).await.expect_status(200).json();
    assert_eq!(tested["ok"], true);
    let credentials = json!({"siteId": customerio::SITE_ID, "apiKey": customerio::API_KEY});
    let mut change =
        Request::post(&format!("/api/v1{}", path(&made, "")), json!({"credentials": credentials}).to_string());
    change.method = "PATCH".to_owned();
    assert_eq!(api.send(change).await.expect_status(200).json()["region"], "us");
    fixture.sale("order").await;
    wait::until("the event to reach the US", 10, async || fixture.us.with(|us| (!us.events.is_empty()).then_some(())))
        .await;
    assert_eq!(fixture.world.other_api().get(&path(&made, "")).await.status, 404);
    let as_webhook = path(&made, "").replace("/destinations/dst_", "/webhooks/whe_");
    assert_eq!(api.get(&as_webhook).await.status, 404, "a destination is no webhook");
    let mut places = vec![fixture.world.ledger.log()];
    for table in ["webhook_secrets", "webhook_endpoints", "webhook_attempts", "idempotency_keys", "audit_log"] {
        places.push(format!("{:?}", fixture.world.database.texts(&format!("select t::text from {table} t")).await));
    }
    assert!(places.iter().all(|place| !place.contains("canaryapikey") && !place.contains(customerio::SITE_ID)));
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_sent_again_by_message_and_by_span() {
    let fixture = Fixture::start().await;
    let api = fixture.world.api();
    let made = fixture.connect(customerio::SITE_ID, customerio::API_KEY).await.expect_status(201).json();
    fixture.sale("order").await;
    let delivered = async |attempts: i64| {
        wait::until("the event to be delivered", 40, async || {
            let all = api.all(&path(&made, "/deliveries")).await;
            let done = all.len() == 1 && all[0]["status"] == "Delivered" && all[0]["attemptCount"] == attempts;
            done.then(|| all[0]["messageId"].as_str().unwrap().to_owned())
        })
        .await
    };
    let message = delivered(1).await;
    let retry = path(&made, &format!("/deliveries/{message}/retry"));
    let replay = path(&made, "/replay");
    let span = json!({"since": wait::now().plus_days(-1).to_string(), "onlyFailed": false});
    for (target, body) in [(&retry, &json!({})), (&replay, &span)] {
        assert_eq!(fixture.world.other_api().post(target, body).await.status, 404, "{target}");
    }
    api.post(&retry, &json!({})).await.expect_status(202);
    delivered(2).await;
    assert_eq!(api.post(&replay, &span).await.expect_status(202).json()["queued"], 1);
    delivered(3).await;
    fixture.world.finish().await;
}
