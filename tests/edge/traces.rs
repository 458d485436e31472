//! Goal: a trace begins where the edge takes a sale and leads to its booking; a brand's own trace is continued, as it
//! decided; clicks have none, and without the setting nothing has.
//! Method: an edge that traces everything, in front of a ledger with a collector; then one with the usual settings.
//! Routes: `/api/tracking/s2s`

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::browser::Browser,
    fakes::collector,
    shared_app::{backend, booked, name, shared_app},
    wait::now,
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn body(order: &str) -> Value {
    json!({"externalEventId": order, "amountCents": 9_900, "affiliateSlug": "lauren"})
}

/// Reports a sale within a brand's own trace; returns the event's id.
async fn report_in(world: &World, order: &str, flags: &str) -> String {
    let backend = backend(world);
    let request = backend.signed(&body(order).to_string(), now());
    let request = request.header("traceparent", &format!("00-{TRACE}-{PARENT}-{flags}"));
    let answer = backend.send(&request).await.expect_status(202).json();
    answer["eventId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_at_the_edge_is_followed_into_the_books() {
    let collector = collector::start();
    let plan = Plan::default().traced_edge().ledger_setting("OTEL_EXPORTER_OTLP_ENDPOINT", collector.base());
    let world = plan.ledger_setting("OTEL_BSP_SCHEDULE_DELAY", "100").start().await;
    Browser::new(world.edge_base()).get("/lauren").await.expect_status(302);

    let answer = backend(&world).post(&body("own")).await.expect_status(202).json();
    let booking = collector.booking(answer["eventId"].as_str().unwrap()).await;
    let delivery = collector.by_id(&booking.parent).await;
    assert_eq!((delivery.name.as_str(), delivery.trace.as_str()), ("deliver event", booking.trace.as_str()));
    assert!(delivery.parent.len() == 16 && booking.links.len() == 1, "{delivery:?}");

    let continued = collector.booking(&report_in(&world, "continued", "01").await).await;
    let delivery = collector.by_id(&continued.parent).await;
    assert_eq!((continued.trace.as_str(), delivery.parent.as_str()), (TRACE, PARENT));

    // Who doesn't record a trace has none begun: the booking is in the batch's.
    let unsampled = collector.booking(&report_in(&world, "unsampled", "00").await).await;
    assert_ne!(unsampled.trace, TRACE);
    assert_eq!(collector.by_id(&unsampled.parent).await.name, "book batch");

    world::wait::until("the click", 20, async || {
        (world.database.count("select count(*) from clicks").await > 0).then_some(())
    })
    .await;
    let kinds = collector.spans().into_iter().map(|span| span.attribute("rekomi.event.kind").to_owned());
    assert!(!kinds.collect::<Vec<_>>().contains(&"click".to_owned()));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_no_event_has_a_trace() {
    let world = shared_app().await;
    let order = name("untraced");
    report_in(world, &order, "01").await;
    booked(world, &order).await;
    let with = format!("select count(*) from events where body like '%{order}%' and body like '%traceparent%'");
    assert_eq!(world.database.count(&with).await, 0);
    world.check().await;
}
