//! Goal: an assistant that works all day leaves nothing behind in the process that serves it.
//! Method: after some calls that fill pools and caches, a thousand more; what the process has allocated is compared.

use serde_json::json;
use world::{
    World,
    mcp_fixture::{Assistant, connect},
    memory,
    organization_fixture::owner,
};

const WARM_UP: usize = 200;
const CALLS: usize = 1_000;
/// As many as an assistant's host may have open, so that a thousand take seconds.
const AT_ONCE: usize = 8;
/// In kilobytes: seventeen for each call is too much, and a list of fifty affiliates takes several times that while it is read,
/// parsed and written. What isn't a leak is a few megabytes and ends there: the allocator keeps free memory for each thread,
/// and database connections that had no call in the warm-up prepare their statements later.
const GROWTH_MAX: u64 = 16 * 1_024;

/// Makes so many calls of every kind: lists, single records, and what is refused.
async fn call(reader: &Assistant, known: &[String; 2], foreign: &str, count: usize) {
    let callers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let reader = reader.clone();
            let calls = [
                ("list_programs", json!({"perPage": 50})),
                ("list_affiliates", json!({"perPage": 50})),
                ("read_program", json!({"id": known[0]})),
                ("read_affiliate", json!({"id": known[1]})),
                ("read_affiliate", json!({ "id": foreign })),
            ];
            tokio::spawn(async move {
                for (tool, arguments) in calls.iter().cycle().take(count / AT_ONCE) {
                    reader.call(tool, arguments.clone()).await;
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_leave_memory_flat() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let (_, token) = connect(&world, &mut owner, "Reader", "read").await;
    for number in 0..50 {
        world.acme.join(&world.database, &format!("partner-{number}")).await;
    }
    let reader = Assistant::new(world.ledger.base(), &token);
    let known = [world.acme.program.to_string(), world.acme.partner.affiliate.to_string()];
    let foreign = world.globex.partner.affiliate.to_string();
    let process = world.ledger.id().unwrap();
    call(&reader, &known, &foreign, WARM_UP).await;
    let before = memory::allocated(process);
    call(&reader, &known, &foreign, CALLS).await;
    let after = memory::allocated(process);
    println!("{before} kB before {CALLS} calls, {after} kB after them");
    assert!(after.saturating_sub(before) < GROWTH_MAX, "{before} kB became {after} kB");
    world.finish().await;
}
