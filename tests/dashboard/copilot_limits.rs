//! Goal: an answer that a person leaves counts for the day's tokens as its provider bills it, and each conversation that
//! is kept can be opened.
//! Method: a stand-in model says nothing more after its first words, and the person closes the page, or they close it while
//! a trigger delays the count of a whole answer. A person with two conversations pages through the list.

use world::{
    World,
    copilot_fixture::{PLACE, ask, connected, streaming},
    database::run,
    fakes::model::Say,
    organization_fixture::owner,
    wait,
};

#[tokio::test]
async fn a_stopped_answer_is_counted() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let fake = connected(&world, "anthropic", "figures").await;
    fake.say([Say::Hangs("I begin. ".to_owned())]);
    let mut browser = owner.browser.clone();
    let mut answer = Box::pin(browser.send(streaming(&world, PLACE, "Wait for it")));
    let begun = wait::until("the model to be requested", 20, async || (!fake.requests().is_empty()).then_some(()));
    tokio::select! { answer = &mut answer => panic!("it ended: {}", answer.status), () = begun => {} }
    drop(answer);
    let busy = "select count(*) from copilot_conversations where busy_until is not null";
    wait::until("the answer ends", 10, async || (world.database.count(busy).await == 0).then_some(())).await;
    let tokens = "select coalesce(sum(input_tokens + output_tokens), 0)::bigint from copilot_usage";
    assert!(world.database.count(tokens).await > 1_000, "the instructions and the tools were read");

    world.database.run("update copilot_connections set tokens_per_day = 1000").await;
    let (_, page) = ask(&world, &mut owner, PLACE, "Once more").await;
    assert!(page.contains("used its tokens for today"), "{page}");
    assert!(fake.requests().is_empty());
    world.finish().await;
}

/// Holds up the count of tokens while someone has the lock 7.
const HELD_UP: &str = "begin
        if new.input_tokens > 0 then perform pg_advisory_xact_lock(7); end if;
        return new;
    end";

#[tokio::test]
async fn an_answer_that_is_left_while_it_is_counted_counts_once() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let _fake = connected(&world, "anthropic", "figures").await;
    ask(&world, &mut owner, PLACE, "The first question").await;
    let tokens = "select coalesce(sum(input_tokens + output_tokens), 0)::bigint from copilot_usage";
    let once = world.database.count(tokens).await;
    assert!(once > 0);

    let mut holder = world.database.connect().await;
    world.database.create_trigger("held_up", "before insert on copilot_usage for each row", HELD_UP).await;
    run(&mut holder, "select pg_advisory_lock(7)").await;
    let mut browser = owner.browser.clone();
    let mut answer = Box::pin(browser.send(streaming(&world, PLACE, "The second question")));
    let waits = "select count(*) from pg_stat_activity where datname = current_database() and wait_event = 'advisory'";
    let counting = wait::until("the count to wait", 20, async || (world.database.count(waits).await > 0).then_some(()));
    tokio::select! { answer = &mut answer => panic!("it ended: {}", answer.status), () = counting => {} }
    drop(answer);
    let busy = "select count(*) from copilot_conversations where busy_until is not null";
    wait::until("the answer ends", 8, async || (world.database.count(busy).await == 0).then_some(())).await;
    run(&mut holder, "select pg_advisory_unlock(7)").await;
    wait::until("the tokens", 10, async || (world.database.count(tokens).await > once).then_some(())).await;
    assert_eq!(world.database.count(tokens).await, 2 * once, "as the provider reported it, once");
    run(&mut holder, "drop function held_up cascade").await;
    world.finish().await;
}

#[tokio::test]
async fn older_conversations_are_on_further_pages() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let _fake = connected(&world, "anthropic", "figures").await;
    let (first, _) = ask(&world, &mut owner, PLACE, "The first question").await;
    ask(&world, &mut owner, PLACE, "The second question").await;
    let target = format!("{PLACE}?organization={}&perPage=1", world.acme.organization);
    let page = owner.browser.get(&target).await.expect_status(200).text();
    assert!(page.contains("The second question") && !page.contains(&first), "{page}");
    let next = page.split_once("rel=\"next\" href=\"").unwrap_or_else(|| panic!("{page}")).1;
    let next = next.split_once('"').unwrap().0.replace("&#38;", "&").replace("&amp;", "&");
    let page = owner.browser.get(&next).await.expect_status(200).text();
    assert!(page.contains(&first) && !page.contains("The second question"), "{page}");
    assert!(!page.contains("rel=\"next\"") && page.contains("rel=\"prev\""), "{page}");
    assert_eq!(owner.browser.get(&format!("{target}&cursor=x")).await.status, 400);
    world.finish().await;
}
