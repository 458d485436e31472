//! Goal: traces are off until an operator names a collector. Then one leads from a conversion to its booking, no span holds
//! what isn't ours, and a collector that is slow, broken or away changes nothing for anyone.
//! Method: a collector that checks each span against OTLP's schema receives what the real ledger sends, while batches, API
//! calls and jobs run; it refuses, hangs and breaks, and goes away.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::event::Event;
use world::{
    Plan, World,
    brand::But,
    fakes::{
        FakeServer, Mood,
        collector::{self, Collector, Span},
    },
    http::{Request, Response},
    settings,
    wait::{self, patience},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn traceparent() -> String {
    format!("00-{TRACE}-{PARENT}-01")
}

/// A ledger that sends its spans there, within a moment.
fn traced(collector: &FakeServer<Collector>) -> Plan {
    Plan::default()
        .ledger_setting("OTEL_EXPORTER_OTLP_ENDPOINT", collector.base())
        .ledger_setting("OTEL_BSP_SCHEDULE_DELAY", "100")
}

fn sale(world: &World, name: &str) -> Event {
    world.acme.sale(name, 9_900).but(|report| report.affiliate_slug = Some("lauren".to_owned()))
}

fn is_request(name: &'static str) -> impl Fn(&Span) -> bool {
    move |span| span.name == name
}

async fn get(world: &World, path: &str) -> Response {
    Request::get(path).send(&world.ledger.base()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_nothing_is_sent() {
    let collector = collector::start();
    let mut disabled = traced(&collector).ledger_setting("OTEL_SDK_DISABLED", "true").start().await;
    disabled.intake().accept(&[sale(&disabled, "untraced")]).await;
    disabled.api().get("/programs").await.expect_status(200);
    disabled.ledger.run_jobs().await;
    // Whatever waited would be sent now.
    disabled.ledger.stop();
    let world = Plan::default().ledger_setting("OTEL_SERVICE_NAME", "rekomi").start().await;
    world.api().get("/programs").await.expect_status(200);
    for world in [disabled, world] {
        let log = world.ledger.log();
        assert!(!log.contains("trace.started") && !log.contains("trace="), "{log}");
        world.finish().await;
    }
    assert!(collector.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversion_is_followed_into_the_books() {
    let collector = collector::start();
    let world = traced(&collector).ledger_setting("OTEL_SERVICE_NAME", "books").start().await;
    let mut followed = sale(&world, "followed");
    followed.traceparent = Some(traceparent());
    let (other, mut broken) = (sale(&world, "other"), sale(&world, "broken"));
    broken.traceparent = Some("00-nonsense".to_owned());
    world.intake().accept(&[followed.clone(), other.clone(), broken.clone()]).await;

    let booking = collector.booking(&followed.id.to_string()).await;
    assert_eq!((booking.trace.as_str(), booking.attribute("rekomi.event.verdict")), (TRACE, "accepted"));
    assert_eq!(booking.attribute("rekomi.organization.id"), world.acme.organization.to_string());
    let delivery = collector.by_id(&booking.parent).await;
    assert_eq!((delivery.name.as_str(), delivery.trace.as_str()), ("deliver event", TRACE));
    assert_eq!(delivery.parent, PARENT);
    assert_eq!(delivery.start_ns, followed.received_at.millis().unsigned_abs() * 1_000_000);
    assert!(delivery.end_ns <= booking.end_ns && delivery.end_ns == booking.start_ns);

    // From the booking to the batch, and back.
    let (trace, id) = booking.links[0].clone();
    let batch = collector.by_id(&id).await;
    assert_eq!((batch.name.as_str(), batch.trace.as_str()), ("book batch", trace.as_str()));
    assert_eq!(batch.attribute("rekomi.events"), "3");
    assert_eq!(batch.links, [(TRACE.to_owned(), PARENT.to_owned())], "what is malformed is ignored");
    let request = collector.by_id(&batch.parent).await;
    assert_eq!((request.name.as_str(), request.parent.as_str()), ("POST /internal/v1/events", ""));
    assert_eq!(request.attribute("http.response.status_code"), "200");
    for event in [other, broken] {
        let booking = collector.booking(&event.id.to_string()).await;
        assert_eq!((booking.trace.as_str(), booking.parent.as_str()), (batch.trace.as_str(), batch.id.as_str()));
    }
    // The log leads to the trace.
    assert!(world.ledger.log().contains(&request.trace));
    // Sent again with another position: the same event, and a trace that shows that nothing happened.
    followed.traceparent = Some(traceparent().replace(TRACE, &"ab".repeat(16)));
    assert_eq!(world.intake().post(&[followed.clone()]).await, [shared::batch::Verdict::Duplicate]);
    let is_again = |span: &Span| span.name == "book event" && span.trace == "ab".repeat(16);
    assert_eq!(collector.span("the repetition", is_again).await.attribute("rekomi.event.verdict"), "duplicate");
    jobs_have_spans(&world, &collector).await;
    world.finish().await;
}

async fn jobs_have_spans(world: &World, collector: &FakeServer<Collector>) {
    world.ledger.run_jobs().await;
    let round = collector.span("a round of a job", is_request("job release_holds")).await;
    assert_eq!((round.attribute("rekomi.job"), round.parent.as_str()), ("release_holds", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_known_caller_is_linked() {
    let collector = collector::start();
    let world = traced(&collector).start().await;
    let api = world.api();
    let report =
        |name: &str| json!({"externalEventId": name, "amountCents": 9_900, "affiliateSlug": "lauren"}).to_string();
    let conversion = Request::post("/api/v1/conversions", report("known")).header("traceparent", &traceparent());
    api.send(conversion).await.expect_status(201);
    let request = collector.span("the report", is_request("POST /api/v1/conversions")).await;
    assert_ne!(request.trace, TRACE, "a trace of its own");
    assert_eq!(request.links, [(TRACE.to_owned(), PARENT.to_owned())]);
    let in_it = |span: &Span| span.name == "book event" && span.parent == request.id;
    assert_eq!(collector.span("its booking", in_it).await.attribute("rekomi.event.verdict"), "accepted");

    // Malformed, and ignored.
    for bad in ["", "00", "00-0-0-01", &traceparent().replace(TRACE, &"0".repeat(32)), &"x".repeat(4_000)] {
        api.send(Request::get("/api/v1/programs").header("traceparent", bad)).await.expect_status(200);
    }
    // Sampled by a stranger, without a key and with a wrong one.
    let stranger = Request::get("/api/v1/affiliates").header("traceparent", &traceparent());
    stranger.send(&world.ledger.base()).await.unwrap().expect_status(401);
    let wrong = stranger.header("Authorization", &format!("Bearer rk_live_{}", "a".repeat(43)));
    wrong.send(&world.ledger.base()).await.unwrap().expect_status(401);
    for name in ["GET /api/v1/programs", "GET /api/v1/affiliates"] {
        let is_it = is_request(name);
        wait::until("the requests", 20, async || {
            (collector.spans().iter().filter(|span| is_it(span)).count() >= 2).then_some(())
        })
        .await;
        for span in collector.spans().iter().filter(|span| is_it(span)) {
            assert!(span.links.is_empty() && span.trace != TRACE && span.parent.is_empty(), "{span:?}");
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_recorded_and_a_caller_does_not_change_it() {
    let collector = collector::start();
    let plan = traced(&collector).ledger_setting("OTEL_TRACES_SAMPLER", "parentbased_traceidratio");
    let mut world = plan.ledger_setting("OTEL_TRACES_SAMPLER_ARG", "0").start().await;
    let request = Request::get("/api/v1/programs").header("traceparent", &traceparent());
    world.api().send(request).await.expect_status(200);
    let mut followed = sale(&world, "followed");
    followed.traceparent = Some(traceparent());
    let mut unsampled = sale(&world, "unsampled");
    unsampled.traceparent = Some(traceparent().replace("-01", "-00"));
    world.intake().accept(&[followed.clone(), unsampled]).await;
    collector.booking(&followed.id.to_string()).await;
    world.ledger.stop();
    // The edge's decision counts for its event, and for nothing else.
    let names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["deliver event", "book event"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_span_holds_what_is_not_ours() {
    let collector = collector::with_key("Bearer collectors-canary");
    let headers = "Authorization=Bearer%20collectors-canary";
    let world = traced(&collector).ledger_setting("OTEL_EXPORTER_OTLP_HEADERS", headers).start().await;
    let api = world.api();
    let url = format!("http://127.0.0.1:{}/path-canary?token=query-canary", settings::free_port());
    let hook = json!({"url": url, "events": ["*"]});
    let hook = api.post("/webhooks", &hook).await.expect_status(201).json();
    let event = sale(&world, "order-canary").but(|report| {
        report.customer_id = Some("customer-canary".to_owned());
        report.customer_email = Some("email-canary@buyers.test".to_owned());
        report.metadata.insert("note".to_owned(), json!("metadata-canary"));
    });
    world.intake().accept(&[event.clone()]).await;
    for path in ["/affiliates?query=query-canary", "/customers?email=email-canary@buyers.test", "/programs/path-canary"]
    {
        api.get(path).await;
    }
    get(&world, "/path-canary?query-canary").await;
    Request::new("METHODCANARY", "/healthz").send(&world.ledger.base()).await.unwrap();
    let form = "email=email-canary%40buyers.test&password=password-canary";
    Request::post("/login", form).send(&world.ledger.base()).await.unwrap();
    world.ledger.run_jobs().await;
    let call = collector.span("the webhook", |span| span.is_call() && span.failed).await;
    assert_eq!((call.name.as_str(), call.attribute("server.address")), ("POST", "127.0.0.1"));
    assert_eq!(call.attribute("error.type"), "connection_failed");
    collector.booking(&event.id.to_string()).await;
    collector.span("a method of someone's own", |span| span.attribute("http.request.method") == "_OTHER").await;
    let mut secrets = vec![world.acme.api_key.clone(), hook["secret"].as_str().unwrap().to_owned()];
    let canaries =
        ["email-canary", "customer-canary", "order-canary", "metadata-canary", "path-canary", "query-canary"];
    secrets.extend(canaries.map(str::to_owned));
    secrets.extend(["password-canary", "METHODCANARY", "collectors-canary", "owner@acme.test"].map(str::to_owned));
    let sent: Vec<String> =
        collector.calls().iter().map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect();
    for secret in &secrets {
        assert!(!sent.iter().any(|body| body.contains(secret.as_str())), "{secret}");
    }
    assert!(!world.ledger.log().contains("collectors-canary"));
    // The search itself can find.
    assert!(sent.iter().any(|body| body.contains(&event.id.to_string())));
    world.finish().await;
}

/// Requests at once, so that more spans end than may wait.
async fn many_requests(world: &World) {
    for _ in 0..10 {
        let requests = (0..20).map(|_| get(world, "/healthz"));
        for answer in futures_util::future::join_all(requests).await {
            answer.expect_status(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_collector_changes_nothing() {
    let collector = collector::start();
    let plan = traced(&collector).ledger_setting("OTEL_BSP_MAX_QUEUE_SIZE", "32");
    let mut world = plan.ledger_setting("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16").start().await;
    let post = format!("POST {}", collector::PATH);
    for (name, mood) in [
        ("refuses", Mood::Says(500, json!({"message": "out of order"}))),
        ("busy", Mood::Busy(1)),
        ("garbage", Mood::Garbage),
        ("breaks", Mood::Breaks),
        ("hangs", Mood::Hangs),
    ] {
        collector.when(&post, mood);
        many_requests(&world).await;
        world.intake().accept(&[sale(&world, name)]).await;
        world.api().get("/programs").await.expect_status(200);
    }
    wait::until("a post to hang", 30, async || (collector.hanging() > 0).then_some(())).await;
    many_requests(&world).await;
    collector.recover();
    // What hung is given up, and what is new arrives.
    let late = sale(&world, "late");
    wait::until("spans to arrive again", 60, async || {
        world.intake().post(std::slice::from_ref(&late)).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let is_late = |span: &Span| span.attribute("rekomi.event.id") == late.id.to_string();
        collector.with(|collector| collector.spans.iter().any(is_late)).then_some(())
    })
    .await;
    let log = world.ledger.log();
    assert!(log.contains("trace.export_failed") && log.contains("trace.export_recovered"), "{log}");

    // Away for good, also while the ledger stops.
    drop(collector);
    many_requests(&world).await;
    world.intake().accept(&[sale(&world, "gone")]).await;
    let stopping = Instant::now();
    world.ledger.stop();
    assert!(stopping.elapsed() < patience(15), "{:?}", stopping.elapsed());
    world.ledger.start().await;
    world.intake().accept(&[sale(&world, "after")]).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_named_at_the_start() {
    let world = World::start().await;
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "canary"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
    ] {
        let mut command = world.ledger.command("serve");
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9").env(name, value);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && printed.contains(name) && !printed.contains("canary"), "{printed}");
    }
    world.finish().await;
}
