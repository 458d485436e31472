//! Goal: events that couldn't be applied are listed by their cause in words, and decided about together.
//! Method: webhooks of a gateway that isn't connected, and a second version of a sale; the page's forms are sent as a
//! browser sends them.

use crate::undo::undone;
use shared::{
    event::{Event, Payload},
    id::GatewayConnectionId,
};
use world::{World, brand::fresh, organization_fixture::owner, stripe::Purchase};

const PLACE: &str = "/dashboard/troubles";

/// The value of a hidden field of the form that decides about a cause.
fn until(page: &str, reason: &str) -> String {
    let form = page.split(&format!("name=\"reason\" value=\"{reason}\"")).nth(1).unwrap();
    let value = form.split("name=\"until\" value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

fn of_connection(mut event: Event, connection: GatewayConnectionId) -> Event {
    match &mut event.payload {
        Payload::Gateway(gateway) => gateway.connection_id = connection,
        other => panic!("{other:?}"),
    }
    event
}

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

#[tokio::test]
async fn events_are_decided_about_by_their_cause() {
    let world = World::start().await;
    let mut marketer = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let empty = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(empty.contains("No events need attention."), "{empty}");

    let connection: GatewayConnectionId = fresh();
    let token = world.acme.token(&world.acme.partner, world::wait::now());
    let webhook = |name: &str| {
        of_connection(world.acme.stripe_event(&Purchase::new(name, Some(&token)).single_payment()), connection)
    };
    let (first, second) = (world.acme.sale("order_1", 9_900), world.acme.sale("order_1", 19_900));
    world.intake().post(&[first, webhook("one"), webhook("two")]).await;
    world.intake().post(&[second]).await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    for text in [
        "For a gateway that isn&#39;t connected <span class=\"muted\">2 events</span>",
        "The same event was sent twice with different content <span class=\"muted\">1 event</span>",
        "<code>unknown_connection</code> no such gateway connection",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    // What parsers and codes say is folded away.
    assert_eq!(page.matches("<details><summary>Technical details").count(), 3, "{page}");
    let single = marketer.browser.get(&format!("{PLACE}?reason=conflict")).await.expect_status(200).text();
    assert!(single.contains("All events that need attention") && !single.contains("unknown_connection"), "{single}");

    // The gateway is connected now: trying again applies both.
    connect(&world, connection).await;
    let at = until(&page, "unknown_connection");
    let mut send = async |decision: &str, reason: &str, until: &str| {
        let fields =
            [("organization", organization.as_str()), ("decision", decision), ("reason", reason), ("until", until)];
        let to = marketer.submit(PLACE, &fields).await.expect_status(303).header("location").unwrap().to_owned();
        marketer.browser.get(&to).await.expect_status(200).text()
    };
    let page = send("replay", "unknown_connection", &at).await;
    assert!(page.contains("2 of 2 events processed.") && !page.contains("isn&#39;t connected"), "{page}");
    assert_eq!(world.database.count("select count(*) from quarantine where state = 'replayed'").await, 2);
    let at = until(&page, "conflict");
    // Nothing that arrived after the page was read is dismissed with it.
    let page = send("dismiss", "conflict", "2020-01-01T00:00:00Z").await;
    assert!(page.contains("0 events dismissed."), "{page}");
    let page = send("dismiss", "conflict", &at).await;
    assert!(page.contains("1 event dismissed<") && page.contains("No events need attention."), "{page}");
    let log = world.api().all("/audit-log?action=event").await;
    assert_eq!(log.len(), 2, "{log:?}");

    // What was dismissed comes back; one that was applied in the meantime doesn't.
    let page = undone(&mut marketer, &page).await;
    assert!(page.contains("1 event restored") && page.contains("1 event</span>"), "{page}");
    let applied = "update quarantine set state = 'open' where state = 'replayed'";
    world.database.run(applied).await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    let at = until(&page, "unknown_connection");
    let fields = [
        ("organization", organization.as_str()),
        ("decision", "dismiss"),
        ("reason", "unknown_connection"),
        ("until", at.as_str()),
    ];
    let to = marketer.submit(PLACE, &fields).await.expect_status(303).header("location").unwrap().to_owned();
    let page = marketer.browser.get(&to).await.expect_status(200).text();
    assert!(page.contains("2 events dismissed<"), "{page}");
    assert!(undone(&mut marketer, &page).await.contains("nothing to undo"));
    assert_eq!(world.api().all("/audit-log?action=event").await.len(), 4);
    world.finish().await;
}

#[tokio::test]
async fn one_event_that_is_tried_again_says_what_became_of_it() {
    let world = World::start().await;
    let mut marketer = owner(&world).await;
    let connection: GatewayConnectionId = fresh();
    let token = world.acme.token(&world.acme.partner, world::wait::now());
    let event = world.acme.stripe_event(&Purchase::new("one", Some(&token)).single_payment());
    world.intake().post(&[of_connection(event, connection)]).await;
    let id = world.database.texts("select id::text from quarantine").await.concat().remove(0);
    let (target, organization) = (format!("/dashboard/quarantine/{id}"), world.acme.organization.to_string());
    let fields = [("organization", organization.as_str()), ("decision", "replay")];
    let mut send = async || {
        let to = marketer.submit(&target, &fields).await.expect_status(303).header("location").unwrap().to_owned();
        marketer.browser.get(&to).await.expect_status(200).text()
    };
    let page = send().await;
    let failed = "class=\"toast bad\" role=\"alert\"><span>Event not processed: no such gateway connection";
    assert!(page.contains(failed), "{page}");
    assert_eq!(world.database.count("select count(*) from quarantine where state = 'open'").await, 1);
    connect(&world, connection).await;
    let page = send().await;
    assert!(page.contains("Event processed") && page.contains("No events need attention."), "{page}");
    assert_eq!(world.api().all("/audit-log?action=event.replayed").await.len(), 1);
    world.finish().await;
}
