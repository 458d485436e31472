//! Goal: an email to an affiliate that is written while they are erased never leaves, an erasure is completed even if its
//! caller leaves, and only two run at once. Each of its statements has a limit. Sales are booked while it searches.
//! Method: both orders: the email is stopped between reading the address and storing itself while the erasure runs, and
//! begins while the erasure is done but not committed. A caller disconnects, or others come, while the erasure is stopped.
//! Its search is stopped while the person buys again, and is named in a reason.

use std::time::Duration;

use serde_json::json;
use sqlx::PgConnection;
use world::{World, brand::But, client::dashboard::Marketer, database::run, personal_data::nowhere, wait};

use super::{customer_of, erase};

const EMAIL: &str = "dora@creators.test";

/// A place in the database at which a transaction waits until the test lets it pass.
struct Gate(Vec<PgConnection>);

impl Gate {
    /// Waits before a matching row of the table is inserted.
    async fn before(world: &World, table: &str, row: &str) -> Self {
        let event = format!("before insert on {table} for each row when ({row})");
        let body = "begin perform pg_advisory_xact_lock(4711); return new; end";
        world.database.create_trigger("gate", &event, body).await;
        let mut servers = world.database.connect_everywhere().await;
        for server in &mut servers {
            run(server, "select pg_advisory_lock(4711)").await;
        }
        Self(servers)
    }

    async fn open(self) {
        for mut server in self.0 {
            run(&mut server, "select pg_advisory_unlock(4711)").await;
        }
    }
}

/// Transactions that wait at the gate or for another one's rows.
async fn waiting(world: &World, at_gate: bool) -> i64 {
    let kind = if at_gate { "wait_event = 'advisory'" } else { "wait_event <> 'advisory'" };
    let query = format!(
        "select count(*) from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and {kind}"
    );
    world.database.count_everywhere(&query).await
}

async fn at_the_gate(world: &World) {
    wait::until("somebody waits at the gate", 10, async || (waiting(world, true).await > 0).then_some(())).await;
}

/// Until `done` counts something, or the second one waits for the first.
async fn done_or_waiting(world: &World, done: &str) {
    wait::until("the second one ends, or waits for the first", 10, async || {
        (world.database.count(done).await > 0 || waiting(world, false).await > 0).then_some(())
    })
    .await;
}

async fn world() -> (World, String) {
    let world = World::start().await;
    let dora = world.acme.join(&world.database, "dora").await;
    world.database.run("update affiliates set name = 'Dora Wimplow' where slug = 'dora'").await;
    (world, format!("/affiliates/{}", dora.affiliate))
}

async fn ask_for_a_link(world: &World) {
    Marketer::new(&world.ledger.base()).submit("/a/link", &[("email", EMAIL)]).await.expect_status(303);
}

async fn gone(world: World) {
    assert_eq!(world.database.count("select count(*) from affiliates where erased_at is not null").await, 1);
    for text in [EMAIL, "Dora Wimplow"] {
        nowhere(&world.database, text).await;
    }
    world.finish().await;
}

#[tokio::test]
async fn an_email_that_was_being_written_goes_with_the_affiliate() {
    let (world, path) = world().await;
    let gate = Gate::before(&world, "mails", "new.kind = 'affiliate_link'").await;
    let meanwhile = async {
        at_the_gate(&world).await;
        let open = async {
            done_or_waiting(&world, "select count(*) from affiliates where erased_at is not null").await;
            gate.open().await;
        };
        tokio::join!(erase(&world, &path), open);
    };
    tokio::join!(ask_for_a_link(&world), meanwhile);
    gone(world).await;
}

#[tokio::test]
async fn no_email_is_written_by_who_read_the_address_before_the_erasure_ended() {
    let (world, path) = world().await;
    let gate = Gate::before(&world, "audit_log", "new.action = 'affiliate.erased'").await;
    let meanwhile = async {
        at_the_gate(&world).await;
        let open = async {
            done_or_waiting(&world, "select count(*) from mails where kind = 'affiliate_link'").await;
            gate.open().await;
        };
        tokio::join!(ask_for_a_link(&world), open);
    };
    tokio::join!(erase(&world, &path), meanwhile);
    gone(world).await;
}

#[tokio::test]
async fn an_erasure_is_completed_without_its_caller() {
    let (world, path) = world().await;
    let gate = Gate::before(&world, "audit_log", "new.action = 'affiliate.erased'").await;
    tokio::select! {
        _ = erase(&world, &path) => panic!("the gate is closed"),
        () = at_the_gate(&world) => {}
    }
    // Until the ledger notices that the connection is closed, which nothing shows, the erasure would end like one whose caller
    // is still there.
    tokio::time::sleep(Duration::from_millis(500)).await;
    gate.open().await;
    let erased = "select count(*) from affiliates where erased_at is not null";
    wait::until("the erasure", 10, async || (world.database.count(erased).await == 1).then_some(())).await;
    gone(world).await;
}

#[tokio::test]
async fn a_third_search_for_a_person_is_refused_while_two_run() {
    let (world, path) = world().await;
    let export = format!("{path}/export");
    let gate = Gate::before(&world, "audit_log", "new.action = 'affiliate.erased'").await;
    let third = async {
        // One is at the gate, and the other waits for it.
        wait::until("two erasures", 10, async || {
            (waiting(&world, true).await + waiting(&world, false).await >= 2).then_some(())
        })
        .await;
        let refused = world.api().get(&export).await;
        assert_eq!(refused.refusal(), (429, "too_many_requests".to_owned()));
        assert_eq!(refused.header("retry-after"), Some("60"));
        gate.open().await;
    };
    tokio::join!(erase(&world, &path), erase(&world, &path), third);
    world.api().get(&export).await.expect_status(200);
    gone(world).await;
}

#[tokio::test]
async fn each_search_of_an_erasure_may_take_ten_minutes() {
    let (world, path) = world().await;
    let event = "before insert on audit_log for each row when (new.action = 'affiliate.erased')";
    world.database.note_limits(event).await;
    erase(&world, &path).await;
    assert_eq!(world.database.texts("select value from noted_limits").await, [["10min"]]);
    gone(world).await;
}

/// Nothing new is known about the first buyer, so only what came since is searched; the second one got another name by
/// an order that is named after them.
#[tokio::test]
async fn sales_are_booked_while_an_erasure_searches_and_lose_the_person_too() {
    let world = World::start().await;
    let mut holder = world.database.connect().await;
    for (id, buyer, next) in [
        ("user-ann-4711", "ann@quxmail.test", "order-1-again"),
        ("user-bea-4712", "bea@quxmail.test", "order-of-bea@quxmail.test"),
    ] {
        let order = |name: &str| {
            let slug = world.acme.partner.slug.clone();
            world.acme.sale(name, 4_000).but(|report| {
                report.affiliate_slug = Some(slug);
                report.customer_id = Some(id.to_owned());
                report.customer_email = Some(buyer.to_owned());
                report.metadata.insert("note".into(), json!(format!("{buyer} asked for gift wrap")));
            })
        };
        let first = format!("order-of-{id}");
        world.intake().accept(&[order(&first)]).await;
        let path = format!("/customers/{}", customer_of(&world, id).await);
        // Nearly the last table that is searched. No sale needs it.
        run(&mut holder, "begin; lock table reward_proof_links in access exclusive mode").await;
        let meanwhile = async {
            wait::until("the search to be stopped", 10, async || (waiting(&world, false).await > 0).then_some(()))
                .await;
            world.intake().accept(&[order(next)]).await;
            let (_, commissions) = world.api().booked(&first).await.expect("it was booked before");
            let deny = format!("/commissions/{}/deny", commissions[0]["id"].as_str().unwrap());
            world.api().post(&deny, &json!({"reason": format!("{buyer} called")})).await.expect_status(200);
            run(&mut holder, "commit").await;
        };
        tokio::join!(erase(&world, &path), meanwhile);
        nowhere(&world.database, buyer).await;
    }
    assert_eq!(world.database.count("select count(*) from conversions").await, 4);
    world.finish().await;
}
