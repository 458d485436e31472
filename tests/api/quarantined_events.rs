//! Goal: events that couldn't be applied are listed by cause, tried again and dismissed by API like on the dashboard.
//! Method: webhooks of a gateway that isn't connected, and a second version of a sale; wrong requests, and other
//! organizations' keys.
//! Routes: `/api/v1/quarantined-events/{id}/retry`

use serde_json::json;
use shared::{
    event::{Event, Payload},
    id::GatewayConnectionId,
};
use world::{
    World,
    brand::fresh,
    organization_fixture::{key, owner},
    stripe::Purchase,
};

fn of_connection(mut event: Event, connection: GatewayConnectionId) -> Event {
    match &mut event.payload {
        Payload::Gateway(gateway) => gateway.connection_id = connection,
        other => panic!("{other:?}"),
    }
    event
}

/// Three webhooks of an unknown gateway, and a second version of a sale.
async fn filled(world: &World) -> GatewayConnectionId {
    let connection: GatewayConnectionId = fresh();
    let token = world.acme.token(&world.acme.partner, world::wait::now());
    let webhook = |name: &str| {
        of_connection(world.acme.stripe_event(&Purchase::new(name, Some(&token)).single_payment()), connection)
    };
    let (first, second) = (world.acme.sale("order_1", 9_900), world.acme.sale("order_1", 19_900));
    world.intake().post(&[first, webhook("one"), webhook("two"), webhook("three")]).await;
    world.intake().post(&[second]).await;
    connection
}

/// Connects the gateway that the webhooks name.
async fn connect(world: &World, connection: GatewayConnectionId) {
    let insert = format!(
        "insert into gateway_connections (organization_id, id, gateway, program_id, sealed_secret, created_at)
         select organization_id, '{}', gateway, program_id, sealed_secret, created_at
         from gateway_connections where organization_id = '{}' and gateway = 'stripe' limit 1",
        connection.uuid(),
        world.acme.organization.uuid(),
    );
    world.database.run(&insert).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_tried_again_and_dismissed() {
    let world = World::shared().await;
    let api = world.api();
    let connection = filled(&world).await;
    let causes = api.get("/quarantined-events/causes").await.expect_status(200).json();
    let of = |reason: &str| causes["causes"].as_array().unwrap().iter().find(|one| one["reason"] == reason).cloned();
    let unknown = of("unknown_connection").unwrap();
    assert_eq!((&unknown["events"], &unknown["retryable"]), (&json!(3), &json!(true)));
    assert_eq!(unknown["title"], "For a gateway that isn't connected");
    assert_eq!(of("conflict").unwrap()["retryable"], json!(false));

    let rows = api.all("/quarantined-events?state=Open").await;
    assert_eq!(rows.len(), 4, "{rows:?}");
    let conflict = api.all("/quarantined-events?reason=conflict").await.remove(0);
    let one = api.all("/quarantined-events?reason=unknown_connection").await.remove(0);
    let path = format!("/quarantined-events/{}", one["id"].as_str().unwrap());
    let detail = api.get(&path).await.expect_status(200).json();
    assert!(detail["body"].as_str().unwrap().contains(&connection.to_string()), "{detail}");

    // Nothing has changed: it stays open.
    let again = api.post(&format!("{path}/retry"), &json!({})).await.expect_status(200).json();
    assert_eq!(again["state"], "Open");
    connect(&world, connection).await;
    let applied = api.post(&format!("{path}/retry"), &json!({})).await.expect_status(200).json();
    assert_eq!((&applied["state"], &applied["id"]), (&json!("Applied"), &one["id"]));
    for what in ["retry", "dismiss"] {
        let late = api.post(&format!("{path}/{what}"), &json!({})).await;
        assert_eq!(late.refusal(), (409, "already_decided".to_owned()), "{what}");
    }
    let all = json!({"reason": "unknown_connection", "until": unknown["newestAt"]});
    let done = api.post("/quarantined-events/retry", &all).await.expect_status(200).json();
    assert_eq!(done, json!({"tried": 2, "applied": 2, "dismissed": 0}));
    assert_eq!(api.all("/quarantined-events?state=Applied").await.len(), 3);

    let path = format!("/quarantined-events/{}", conflict["id"].as_str().unwrap());
    assert_eq!(api.post(&format!("{path}/retry"), &json!({})).await.field_refusal().2, "id");
    // Nothing that arrived later is dismissed unseen.
    let early = json!({"reason": "conflict", "until": "2020-01-01T00:00:00Z"});
    let done = api.post("/quarantined-events/dismiss", &early).await.expect_status(200).json();
    assert_eq!(done, json!({"tried": 0, "applied": 0, "dismissed": 0}));
    let dismissed = api.post(&format!("{path}/dismiss"), &json!({})).await.expect_status(200).json();
    assert_eq!(dismissed["state"], "Dismissed");
    let log = api.all("/audit-log?action=event").await;
    let actions: Vec<_> = log.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["event.dismissed", "event.replayed", "event.replayed"]);
    assert!(log.iter().all(|row| row["actor"].as_str().unwrap().starts_with("api_key:")), "{log:?}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_and_who_sees_nothing() {
    let world = World::shared().await;
    let api = world.api();
    filled(&world).await;
    for (path, body, field) in [
        ("retry", json!({"reason": "conflict", "until": "2026-11-20T08:30:00Z"}), "reason"),
        ("retry", json!({"reason": "unknown_connection", "until": "today"}), "until"),
        ("dismiss", json!({"reason": "", "until": "2026-11-20T08:30:00Z"}), "reason"),
        ("dismiss", json!({"until": "2026-11-20T08:30:00Z"}), "reason"),
        ("dismiss", json!({"reason": "conflict", "until": "2026-11-20T08:30:00Z", "all": true}), "all"),
    ] {
        let refused = api.post(&format!("/quarantined-events/{path}"), &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (400, field), "{body}");
    }
    assert_eq!(api.get("/quarantined-events?state=Lost").await.field_refusal().2, "state");
    let id = api.all("/quarantined-events").await.remove(0)["id"].as_str().unwrap().to_owned();
    let live = world.acme.organization.to_string();
    let viewer = key(&world, &live, "rk_live_viewer", "viewer").await;
    let refused = viewer.post(&format!("/quarantined-events/{id}/dismiss"), &json!({})).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let mut owner = owner(&world).await;
    let place = owner.submit("/dashboard/test-mode", &[("organization", &live)]).await.expect_status(303);
    let twin = place.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let all = json!({"reason": "conflict", "until": world::wait::now().to_string()});
    for stranger in [world.other_api(), key(&world, &twin, "rk_test_twin", "owner").await] {
        assert!(stranger.all("/quarantined-events").await.is_empty());
        assert_eq!(stranger.get(&format!("/quarantined-events/{id}")).await.status, 404);
        assert_eq!(stranger.post(&format!("/quarantined-events/{id}/dismiss"), &json!({})).await.status, 404);
        let none = stranger.post("/quarantined-events/dismiss", &all).await.expect_status(200).json();
        assert_eq!(none["dismissed"], 0);
    }
    assert_eq!(api.all("/quarantined-events?state=Open").await.len(), 4);
    world.finish().await;
}
