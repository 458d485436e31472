//! Goal: the dashboard works for a person: signing in, figures that arrive automatically, a decision about a suspect
//! event, on a wide screen and at a phone's width.
//! Method: a real Chromium (`tests/pages/dashboard.mjs`) plays the person and pauses where this side causes the events.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use shared::{event::Payload, id::GatewayConnectionId};
use world::{World, brand::fresh, settings, stripe::Purchase};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_watches_the_dashboard() {
    let world = World::shared().await;
    let owner = |field: &str| world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let mut person = Command::new(settings::node())
        .arg(settings::root().join("tests/pages/dashboard.mjs"))
        .args([world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut go_on = person.stdin.take().unwrap();
    let mut message = BufReader::new(person.stdout.take().unwrap()).lines().map_while(Result::ok);

    assert_eq!(message.next().as_deref(), Some("open"));
    let token = world.acme.token(&world.acme.partner, world::wait::now());
    let sale = world.acme.sale("watched", 9_900);
    let sale = report(sale, |payload| match payload {
        Payload::Conversion(sale) => sale.click_token = Some(token.clone()),
        other => panic!("{other:?}"),
    });
    // A webhook of a connection that the ledger doesn't know yet.
    let connection: GatewayConnectionId = fresh();
    let early = world.acme.stripe_event(&Purchase::new("early", Some(&token)).single_payment());
    let early = report(early, |payload| match payload {
        Payload::Gateway(event) => event.connection_id = connection,
        other => panic!("{other:?}"),
    });
    world.intake().post(&[sale, early]).await;
    go_on.write_all(b"\n").unwrap();

    assert_eq!(message.next().as_deref(), Some("seen"), "pictures in {}", pictures.display());
    let insert = format!(
        "insert into gateway_connections (organization_id, id, gateway, program_id, sealed_secret, created_at)
         select organization_id, '{}', gateway, program_id, sealed_secret, created_at
         from gateway_connections where organization_id = '{}' and gateway = 'stripe' limit 1",
        connection.uuid(),
        world.acme.organization.uuid(),
    );
    world.database.run(&insert).await;
    go_on.write_all(b"\n").unwrap();

    assert_eq!(message.next().as_deref(), Some("done"), "pictures in {}", pictures.display());
    drop(go_on);
    assert!(person.wait().unwrap().success());
    assert_eq!(world.database.count("select count(*) from quarantine where state = 'replayed'").await, 1);
    world.finish().await;
}

fn report(mut event: shared::event::Event, change: impl FnOnce(&mut Payload)) -> shared::event::Event {
    change(&mut event.payload);
    event
}
