//! Goal: what an assistant and its person begin at one process, they go on with at any other: there is no session, and no
//! process keeps anything that the next request needs.
//! Method: two ledgers on one database under one address; every request goes to the other one than the request before it, as
//! behind a load balancer. Assistants send raw HTTP, and the person uses the page.
//! Routes: `/dashboard/confirm/{id}`

use serde_json::{Value, json};
use world::{
    World,
    ledger::Ledger,
    mcp_fixture::{Assistant, PLACE, connect},
    organization_fixture::owner,
};

use crate::mcp_confirmations::{app_of, reply, shown, yes};

const BONUSES: &str = "select count(*) from commissions where kind = 'Bonus'";

/// The same assistant, whose requests reach another process.
fn at(process: &Ledger, assistant: &Assistant) -> Assistant {
    Assistant { base: process.base(), ..assistant.clone() }
}

fn gift(world: &World, cents: i64) -> Value {
    json!({"id": world.acme.partner.affiliate.to_string(), "programId": world.acme.program.to_string(),
           "amountCents": cents, "currency": "USD", "reason": "for the launch"})
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_both_generations_need_no_process() {
    let world = World::start().await;
    let second = world.ledger.twin().await;
    let mut owner = owner(&world).await;
    let (id, token) = connect(&world, &mut owner, "Reader", "read").await;
    let here = Assistant::new(world.ledger.base(), &token);
    let there = at(&second, &here);

    // An older client begins with a handshake, which the next requests don't depend on.
    let hello =
        json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let welcome = here.legacy("initialize", hello).await.expect_status(200);
    assert!(welcome.header("mcp-session-id").is_none(), "{:?}", welcome.headers);
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    there.send(there.request(&ready)).await.expect_status(202);
    let listed = here.legacy("tools/list", json!({})).await.expect_status(200).json();
    assert_eq!(there.legacy("tools/list", json!({})).await.expect_status(200).json(), listed);
    let called = json!({"name": "list_programs", "arguments": {"perPage": 1}});
    let called = here.legacy("tools/call", called).await.expect_status(200).json();
    assert_eq!(called["result"]["structuredContent"]["data"][0]["id"], world.acme.program.to_string());

    // A current one has none. Both processes offer it the same.
    assert_eq!(there.tools().await, here.tools().await);
    assert!(!here.tools().await.is_empty());

    // A list's next page comes from the other process.
    for number in 0..5 {
        world.acme.join(&world.database, &format!("partner-{number}")).await;
    }
    let (mut found, mut arguments) = (Vec::new(), json!({"perPage": 1}));
    for assistant in [&there, &here].into_iter().cycle() {
        let page = assistant.done("list_affiliates", arguments.clone()).await;
        found.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        if page["nextCursor"].is_null() {
            break;
        }
        arguments["cursor"] = page["nextCursor"].clone();
    }
    let all: Vec<Value> = world.api().all("/affiliates").await.iter().map(|row| row["id"].clone()).collect();
    assert!(all.len() > 5 && found == all, "{found:?}: {all:?}");

    // Disconnected at one process, it is refused at once by the other.
    let organization = world.acme.organization.to_string();
    let target = format!("{PLACE}/{id}/disconnect");
    owner.at(&second.base()).submit(&target, &[("organization", &organization)]).await.expect_status(303);
    assert_eq!(here.legacy("tools/list", json!({})).await.status, 401);
    drop(second);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_is_given_and_used_at_other_processes() {
    let world = World::start().await;
    let second = world.ledger.twin().await;
    let mut owner = owner(&world).await;
    let here = app_of(&world, &mut owner, "Claude").await;
    let (there, mut owner_there) = (at(&second, &here), owner.at(&second.base()));
    let organization = world.acme.organization.to_string();
    let confirm = [("organization", organization.as_str()), ("do", "confirm")];

    // Requested here, confirmed on the page there. The host asks here whether it is done.
    let gift_of_fifty = gift(&world, 5_000);
    let (page, state) = shown(&here, "give_bonus", &gift_of_fifty).await;
    let path = page["url"].as_str().unwrap().strip_prefix(&here.base).unwrap().to_owned();
    let target = path.split('?').next().unwrap();
    let accepted = reply(&state, &json!({"action": "accept"}));
    let early = there.answer("give_bonus", &gift_of_fifty, &accepted).await;
    let open = &early["result"]["structuredContent"]["needsConfirmation"];
    assert_eq!(open["url"], page["url"], "it is the same one there: {early}");
    assert!(owner.browser.get(&path).await.expect_status(200).text().contains("$50.00"));
    owner_there.submit(target, &confirm).await.expect_status(303);
    assert_eq!(owner.submit(target, &confirm).await.status, 409, "once");
    let done = here.answer("give_bonus", &gift_of_fifty, &accepted).await;
    let done = &done["result"]["structuredContent"];
    assert_eq!((&done["state"], &done["result"]["status"]), (&json!("Done"), &json!(201)), "{done}");
    assert_eq!(world.database.count(BONUSES).await, 1);

    // A form that came from here is answered there, once.
    let gold = json!({"id": world.acme.partner.affiliate.to_string(), "segment": "gold"});
    let (form, state) = shown(&here, "set_segment", &gold).await;
    assert_eq!(form["mode"], "form");
    let answered = reply(&state, &yes());
    let both =
        tokio::join!(there.answer("set_segment", &gold, &answered), here.answer("set_segment", &gold, &answered));
    let mut failed = [both.0, both.1].map(|answer| answer["result"]["isError"].as_bool().unwrap());
    failed.sort_unstable();
    assert_eq!(failed, [false, true]);
    let partner = world.api().get(&format!("/affiliates/{}", world.acme.partner.affiliate)).await;
    assert_eq!(partner.expect_status(200).json()["segment"], "gold");

    // A host without dialogs: requested here, confirmed there, and read at either.
    let plain = Assistant { capabilities: json!({}), ..here.clone() };
    let path = plain.to_confirm("give_bonus", gift(&world, 700)).await;
    let (target, id) = (path.split('?').next().unwrap(), path.split(['/', '?']).nth(3).unwrap());
    owner_there.submit(target, &confirm).await.expect_status(303);
    for assistant in [&plain, &at(&second, &plain)] {
        let read = assistant.done("read_confirmation", json!({ "id": id })).await;
        assert_eq!(read["state"], "Done", "{read}");
    }
    assert_eq!(world.database.count(BONUSES).await, 2);
    drop(second);
    world.finish().await;
}
