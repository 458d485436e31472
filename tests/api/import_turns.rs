//! Goal: no import waits for the end of another organization's, and none for one that fails; those of one organization
//! run in their order.
//! Method: files by API that are started while the organizations are locked, so that the job finds all of them; an
//! import that can't be read.
//! Elsewhere: tests/api/imports.rs: `/imports/{id}`

use serde_json::{Value, json};
use shared::{id::ImportId, timestamp::Timestamp};
use world::{
    World,
    client::api::Api,
    database::run,
    import_fixture::{counts, done, file},
};

const SMALL: &str = "Email,Token\nzoe@old.test,zoe\n";

async fn checked(api: &Api, body: &Value) -> String {
    let made = api.post("/imports", body).await.expect_status(201).json();
    assert_eq!(made["state"], "Checked", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

/// The small file, for the other organization.
async fn checked_elsewhere(world: &World, api: &Api) -> String {
    let mut body = file(world, "Affiliates", SMALL);
    body["programId"] = json!(world.globex.program.to_string());
    checked(api, &body).await
}

async fn start(api: &Api, id: &str) {
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
}

async fn finished_at(api: &Api, id: &str) -> Timestamp {
    let import = done(api, id, 120).await;
    Timestamp::parse_rfc3339(import["finishedAt"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_take_turns() {
    const MANY: i64 = 2_000;
    let world = World::start().await;
    let (api, other_api) = (world.api(), world.other_api());
    let mut csv = "Email,Token\n".to_owned();
    for number in 0..MANY {
        csv.push_str(&format!("nowhere{number},old-{number}\n"));
    }
    let large = checked(&api, &file(&world, "Affiliates", &csv)).await;
    let second = checked(&api, &file(&world, "Affiliates", SMALL)).await;
    let other = checked_elsewhere(&world, &other_api).await;

    let mut held = world.database.connect().await;
    run(&mut held, "begin; select id from tenants for no key update").await;
    start(&api, &large).await;
    start(&api, &second).await;
    start(&other_api, &other).await;
    run(&mut held, "commit").await;

    let other = finished_at(&other_api, &other).await;
    let (first, second) = (finished_at(&api, &large).await, finished_at(&api, &second).await);
    assert!(other < first, "the other organization's ended at {other}, the large one before it at {first}");
    assert!(first <= second, "the second one ended at {second}, the one before it at {first}");
    let import = api.get(&format!("/imports/{large}")).await.expect_status(200).json();
    assert_eq!((counts(&import), import["done"].as_i64()), ([0, 0, 0, MANY], Some(MANY)), "{import}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_holds_up_no_other() {
    let world = World::shared().await;
    let (api, other_api) = (world.api(), world.other_api());
    let failing = checked(&api, &file(&world, "Affiliates", "Email,Token\njo@old.test,jo-old\n")).await;
    let next = checked(&api, &file(&world, "Affiliates", SMALL)).await;
    let other = checked_elsewhere(&world, &other_api).await;

    let uuid = failing.parse::<ImportId>().unwrap().uuid();
    let broken = format!("update imports set state = 'Running', started_at = now(), head = '{{}}' where id = '{uuid}'");
    world.database.run(&broken).await;
    start(&api, &next).await;
    start(&other_api, &other).await;
    for (api, id) in [(&api, &next), (&other_api, &other)] {
        let import = done(api, id, 60).await;
        assert_eq!(counts(&import), [1, 0, 0, 0], "{import}");
    }
    let done_before = format!("select count(*) from import_rows where import_id = '{uuid}' and result is not null");
    assert_eq!(world.database.count(&done_before).await, 0);

    let repaired = format!("update imports set head = '[\"Email\", \"Token\"]' where id = '{uuid}'");
    world.database.run(&repaired).await;
    let import = done(&api, &failing, 60).await;
    assert_eq!(counts(&import), [1, 0, 0, 0], "{import}");
    world.finish().await;
}
