//! Goal: a conversation with the co-pilot belongs to a person and to no process: each message, card and answer may be another
//! process's, no two write an answer at once, and one that stops keeps what it wrote. One that is killed holds up no one.
//! Method: two ledgers on one database under one address, and a stand-in model. The person's browser reaches one and then the
//! other; one of them stops in the middle of an answer, or is killed, or finds that another has the conversation by now.
//! Routes: `/dashboard/copilot`, `/dashboard/copilot/{id}`, `/dashboard/copilot/{id}/actions/{action}`

use serde_json::{Value, json};
use tokio::task::block_in_place;
use world::{
    World,
    copilot_fixture::{PLACE, ask, cards, connected, decide, stream, streaming},
    fakes::{
        FakeServer,
        model::{Model, Say},
    },
    organization_fixture::owner,
    wait,
};

const BUSY: &str = "select count(*) from copilot_conversations where busy_until is not null";

/// Waits until an answer is being written and the model was asked for it.
async fn begun(world: &World, fake: &FakeServer<Model>, text: &str) {
    wait::until("the answer to begin", 10, async || {
        let requested = || fake.with(|model| model.requests.last().is_some_and(|last| last.to_string().contains(text)));
        (world.database.count(BUSY).await == 1 && requested()).then_some(())
    })
    .await;
}

/// The last event of a stream: the conversation as its page shows it.
fn html(events: &[(String, Value)]) -> String {
    let (name, data) = events.last().unwrap();
    assert_eq!(name, "done");
    data["html"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_at_another_process() {
    let world = World::start().await;
    let mut second = world.ledger.twin().await;
    let mut here = owner(&world).await;
    let mut there = here.at(&second.base());
    let organization = world.acme.organization.to_string();
    let fake = connected(&world, "anthropic", "figures").await;
    let person = json!({"name": "Ida Quist", "email": "ida@creators.test", "status": "Pending"});
    let made = world.api().post("/affiliates", &person).await.expect_status(201).json();
    let ida = made["id"].as_str().unwrap().to_owned();
    let status = async || {
        let found = world.api().get(&format!("/affiliates/{ida}")).await.expect_status(200).json();
        found["status"].as_str().unwrap().to_owned()
    };

    // Begun here.
    fake.say([
        Say::Calls("Let me look.".to_owned(), vec![("open_tools".to_owned(), json!({"set": "people"}))]),
        Say::call("list_affiliates", json!({"status": "Pending"})),
        Say::text("One application waits."),
    ]);
    let events = stream(&world, &mut here, PLACE, "Which applications wait?").await;
    assert!(html(&events).contains("One application waits."));
    let thread = events[0].1["path"].as_str().unwrap().split('?').next().unwrap().to_owned();

    // Continued there, where the model learns what came before, may name whom it found, and prepares a card.
    let approve = json!({"id": ida});
    fake.say([
        Say::then(move |request| {
            let before = request["messages"].to_string();
            assert!(before.contains("Which applications wait?") && before.contains("One application waits."));
            Say::Calls("I prepared it.".to_owned(), vec![("approve_affiliate".to_owned(), approve)])
        }),
        Say::text("Confirm it on the card."),
    ]);
    let events = stream(&world, &mut there, &thread, "Approve them").await;
    let card = cards(&html(&events)).pop().unwrap();
    assert_eq!(status().await, "Pending");

    // Confirmed here, once. There, the page and the model know it.
    decide(&world, &mut here, &card, "confirm", &[]).await.expect_status(303);
    assert_eq!(decide(&world, &mut there, &card, "confirm", &[]).await.status, 409);
    assert_eq!(status().await, "Approved");
    fake.say([Say::then(|request| {
        let before = request["messages"].to_string();
        assert!(before.contains("Note from Rekomi"), "{before}");
        Say::text("They are approved.")
    })]);
    let (_, page) = ask(&world, &mut there, &thread, "Is it done?").await;
    assert!(page.contains("They are approved.") && cards(&page).is_empty(), "{page}");

    // While it is answered there, its page here says so, and no other message is taken.
    fake.say([Say::Hangs("I begin. ".to_owned())]);
    let (mut browser, request) = (there.browser.clone(), streaming(&world, &thread, "Tell me more"));
    let answer = tokio::spawn(async move { browser.send(request).await });
    wait::until("the answer to begin", 10, async || (world.database.count(BUSY).await == 1).then_some(())).await;
    let target = format!("{thread}?organization={organization}");
    let page = here.browser.get(&target).await.expect_status(200);
    assert_eq!(page.header("refresh"), Some("5"), "it is loaded again until the answer is there");
    assert!(page.text().contains("The answer is being written"), "{}", page.text());
    let message = [("organization", organization.as_str()), ("message", "And more")];
    assert_eq!(here.submit(&thread, &message).await.status, 409);

    // The process stops: what it wrote is kept, and the conversation is free at once.
    wait::until("the model to be asked", 10, async || {
        fake.with(|model| model.requests.last().is_some_and(|last| last.to_string().contains("Tell me more")))
            .then_some(())
    })
    .await;
    block_in_place(|| second.stop());
    let ended = answer.await.unwrap().expect_status(200).text();
    assert!(ended.contains("event: done") && ended.contains("Stopped before the answer was complete."), "{ended}");
    assert_eq!(world.database.count(BUSY).await, 0);
    fake.say([Say::text("Here is the rest.")]);
    let (_, page) = ask(&world, &mut here, &thread, "Go on").await;
    for part in ["Which applications wait?", "Stopped before the answer was complete.", "Here is the rest."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    fake.requests();
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_a_conversation_free() {
    let world = World::start().await;
    let mut second = world.ledger.twin().await;
    let mut here = owner(&world).await;
    let mut there = here.at(&second.base());
    let fake = connected(&world, "anthropic", "figures").await;
    fake.say([Say::text("Hello.")]);
    let (thread, _) = ask(&world, &mut here, PLACE, "Are you there?").await;
    let target = format!("{thread}?organization={}", world.acme.organization);

    // The process that writes an answer renews its lease, which is short.
    fake.say([Say::Hangs("I begin. ".to_owned())]);
    let (mut browser, request) = (there.browser.clone(), streaming(&world, &thread, "Tell me more"));
    let answer = tokio::spawn(async move { browser.send(request).await });
    begun(&world, &fake, "Tell me more").await;
    let renewed = "select count(*) from copilot_conversations where busy_until > changed_at + interval '22 seconds'";
    wait::until("the lease to be renewed", 15, async || (world.database.count(renewed).await == 1).then_some(())).await;
    block_in_place(|| second.kill());
    answer.abort();
    let long = "select count(*) from copilot_conversations where busy_until > now() + interval '20 seconds'";
    assert_eq!(world.database.count(long).await, 0);

    // The other process soon shows that no one answers any more, and the killed one goes on with it once it runs again.
    let page = wait::until("the conversation to be free", 25, async || {
        let page = here.browser.get(&target).await.expect_status(200);
        page.header("refresh").is_none().then(|| page.text())
    })
    .await;
    assert!(page.contains("Tell me more") && page.contains("Try again</button>"), "{page}");
    second.start().await;
    fake.say([Say::text("Here is the rest.")]);
    let (_, page) = ask(&world, &mut there, &thread, "Go on").await;
    assert!(page.contains("Tell me more") && page.contains("Here is the rest."), "{page}");
    fake.requests();
    world.finish().await;
}

#[tokio::test]
async fn an_answer_that_lost_its_conversation_stores_nothing() {
    let world = World::start().await;
    let mut here = owner(&world).await;
    let fake = connected(&world, "anthropic", "figures").await;
    fake.say([Say::text("Hello.")]);
    let (thread, _) = ask(&world, &mut here, PLACE, "Are you there?").await;
    fake.say([Say::Hangs("Too late. ".to_owned())]);
    let (mut browser, request) = (here.browser.clone(), streaming(&world, &thread, "Tell me more"));
    let answer = tokio::spawn(async move { browser.send(request).await });
    begun(&world, &fake, "Tell me more").await;

    // As if its process had stood still for so long that another answer took the conversation over.
    world.database.run("update copilot_conversations set lease = gen_random_uuid()").await;
    let ended = answer.await.unwrap().expect_status(200).text();
    assert!(ended.contains("event: done") && !ended.contains("Stopped before the answer was complete."), "{ended}");
    assert_eq!(world.database.count(BUSY).await, 1, "it belongs to the other answer");
    let kept = here.browser.get(&format!("{PLACE}/export")).await.expect_status(200).text();
    assert!(kept.contains("Tell me more") && !kept.contains("Too late."), "{kept}");
    fake.requests();
    world.finish().await;
}
