//! Goal: the doors between edge and ledger open to nobody else, and what only development has is not there in production.
//! Method: unsigned and wrongly signed requests to every internal route of both; the ledger started as in production.

use world::{Plan, brand::fresh, client::intake::Intake, http::Request, shared_app::shared_app, wait::now};

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_requests_are_refused() {
    let world = shared_app().await;
    let (edge, ledger) = (world.edge_base(), world.ledger.base());
    for (base, request) in [
        (&edge, Request::post("/internal/config", r#"{"entries":[]}"#)),
        (&edge, Request::post("/internal/queue-probe", "{}")),
        (&edge, Request::get("/internal/dead-letters")),
        (&edge, Request::post("/internal/dead-letters/replay", r#"{"all":true}"#)),
        (&edge, Request::get("/internal/anything")),
        (&ledger, Request::post("/internal/v1/events", "{}")),
        (&ledger, Request::get("/internal/v1/edge-config?key=host:a")),
    ] {
        let response = request.send(base).await.unwrap();
        assert_eq!(response.status, 401, "{} {}", request.method, request.target);
        assert!(response.refusal().1.starts_with("signature_"), "{}", response.text());
        let wrong = request
            .clone()
            .header("Rekomi-Id", "bat_x")
            .header("Rekomi-Signature", &format!("t={},v1={}", now().seconds(), "0".repeat(64)));
        assert_eq!(
            wrong.send(base).await.unwrap().refusal(),
            (401, "signature_invalid".to_owned()),
            "{}",
            request.target
        );
    }
    // A read's signature covers its path: it can't be turned into a read of another record.
    let id = fresh::<shared::id::BatchKind>().to_string();
    let path = format!("/internal/v1/edge-config?key=host:{}", world.acme.partner.host);
    let mut read = Intake::signed(&id, now(), &path);
    (read.method, read.target, read.body) = ("GET".to_owned(), path, Vec::new());
    assert_eq!(read.send(&ledger).await.unwrap().status, 200);
    read.target = "/internal/v1/edge-config?key=key:abc".to_owned();
    assert_eq!(read.send(&ledger).await.unwrap().refusal(), (401, "signature_invalid".to_owned()));
}

#[tokio::test]
async fn production_has_no_development_doors() {
    let settings = Plan::default().ledger_setting("REKOMI_ENV", "production");
    let world = settings.ledger_setting("REKOMI_METRICS_TOKEN", "a scraper's token").start().await;
    for request in [
        Request::get("/dev/clock"),
        Request::post("/dev/clock", r#"{"advanceDays":1}"#),
        Request::post("/dev/run-jobs", ""),
        Request::post("/dev/verify", r#"{"except":[]}"#),
        Request::post("/dev/demo", r#"{"suffix":"x"}"#),
        Request::get("/dev/mailbox"),
        Request::get("/dev/mail"),
        Request::get("/dev/mail/mail_01h455vb4pex5vsknk084sn02q"),
        Request::get("/dev/landing"),
    ] {
        assert_eq!(request.send(&world.ledger.base()).await.unwrap().status, 404, "{}", request.target);
    }
    let metrics = async |bearer: &str| {
        let request = Request::get("/metrics").header("Authorization", bearer);
        request.send(&world.ledger.base()).await.unwrap().status
    };
    let statuses = [metrics("").await, metrics("Bearer wrong").await, metrics("Bearer a scraper's token").await];
    assert_eq!(statuses, [404, 404, 200], "figures are for who holds the token, from this machine too");
    let demo = tokio::task::spawn_blocking({
        let mut command = world.ledger.command("demo");
        move || command.output().unwrap()
    });
    assert!(!demo.await.unwrap().status.success(), "no demo data in production");
    world.finish().await;
}
