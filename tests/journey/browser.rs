//! Goal: the dashboard works for a person: signing in, figures that arrive automatically, a decision about a suspect
//! event, on a wide screen and at a phone's width.
//! Method: a real Chromium (`tests/pages/stories/dashboard.mjs`) plays the person and pauses where this side causes the events.

use serde_json::json;
use shared::{event::Payload, id::GatewayConnectionId};
use world::{
    World,
    brand::{But, fresh},
    stripe::Purchase,
};

use crate::story::{Story, owner};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_watches_the_dashboard() {
    let world = World::shared().await;
    let setup = owner(&world, &json!({"program": world.acme.program}));
    let mut story = Story::begin("dashboard", &world.ledger.base(), &setup);

    story.says("rendered");
    let token = world.acme.token(&world.acme.partner, world::wait::now());
    let sale = |id: &str| world.acme.sale(id, 9_900).but(|sale| sale.click_token = Some(token.clone()));
    // A webhook of a connection that the ledger doesn't know yet.
    let connection: GatewayConnectionId = fresh();
    let mut early = world.acme.stripe_event(&Purchase::new("early", Some(&token)).single_payment());
    let Payload::Gateway(event) = &mut early.payload else { panic!("{early:?}") };
    event.connection_id = connection;
    world.intake().post(&[sale("watched"), early]).await;
    story.goes_on();

    story.says("seen");
    let insert = format!(
        "insert into gateway_connections (organization_id, id, gateway, program_id, sealed_secret, created_at)
         select organization_id, '{}', gateway, program_id, sealed_secret, created_at
         from gateway_connections where organization_id = '{}' and gateway = 'stripe' limit 1",
        connection.uuid(),
        world.acme.organization.uuid(),
    );
    world.database.run(&insert).await;
    story.goes_on();

    story.says("open");
    world.intake().accept(&[sale("watched again")]).await;
    story.goes_on();

    story.says("done");
    assert_eq!(world.database.count("select count(*) from quarantine where state = 'replayed'").await, 1);
    world.finish().await;
}
