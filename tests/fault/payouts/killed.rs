//! Goal: a ledger that dies, or a step that fails, at any point of a payout's way leaves a book and a Stripe as one that
//! lives.
//! Method: at each change of a payout's state the statement is made to hang and the ledger is killed in the middle of it, or
//! the statement fails; the same at each call to Stripe, before and after its effect. Then everything goes on, and Stripe's
//! transfers, the balances and the payout's end are compared with those of an undisturbed way.

use std::time::Duration;

use world::{
    till::{Payee, Till},
    vendors::Mood,
    wait,
};

/// The next time that a payout comes to stand so, the statement does this.
async fn trip(till: &Till, status: &str, does: &str) {
    trip_when(till, &format!("new.status = '{status}' and old.status <> '{status}'"), does).await;
}

/// The next time that a payout changes so, the statement does this.
async fn trip_when(till: &Till, so: &str, does: &str) {
    let statement = format!(
        "create or replace function trip() returns trigger language plpgsql as $$
         begin
             if {so} then {does} end if;
             return new;
         end $$;
         create or replace trigger trip before update on payouts for each row execute function trip()"
    );
    till.world.database.run(&statement).await;
}

async fn mend(till: &Till) {
    till.world.database.run("drop trigger if exists trip on payouts").await;
}

const HANGS: &str = "perform pg_sleep(600);";
const FAILS: &str = "raise exception 'this step fails';";

async fn prepared(till: &Till, name: &str) -> (Payee, String) {
    let payee = till.payee(name).await;
    till.earn(&payee.partner, name, 2_000).await;
    let id = till.schedule(&payee.partner, 2_000, "Stripe").await;
    (payee, id)
}

async fn comes_back(till: &mut Till) {
    till.world.ledger.kill();
    // What the dead process left open ends.
    till.world
        .database
        .run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rekomi-ledger-jobs' and datname = current_database()")
        .await;
    mend(till).await;
    till.stripe.recover();
    till.leases_end().await;
    till.world.ledger.start().await;
}

async fn is_paid_once(till: &Till, payee: &Payee, id: &str, what: &str) {
    till.hurried(id, "Sent").await;
    assert_eq!(till.transfers_to(payee).len(), 1, "{what}");
    assert_eq!(till.balances(payee.id()).await, [0, 0, 2_000, 0], "{what}");
    assert_eq!(till.told(id).await, ["payout_sent"], "{what}");
    let letters = till.letters_to(&format!("{}@creators.test", payee.partner.slug), "payout_sent").await;
    assert_eq!(letters.len(), 1, "{what}");
    till.world.check().await;
}

async fn hanging(till: &Till) {
    let query = "select count(*) from pg_stat_activity
                 where wait_event = 'PgSleep' and datname = current_database() and application_name = 'rekomi-ledger-jobs'";
    wait::until("the statement to hang", 30, async || (till.world.database.count(query).await > 0).then_some(())).await;
}

/// For a payout to become Unknown its call must be answered badly.
fn unclear(till: &Till, status: &str) {
    if status == "Unknown" {
        till.stripe.once("POST /v1/transfers", Mood::Breaks);
    }
}

fn failures(till: &Till) -> usize {
    till.world.ledger.log().matches("this step fails").count()
}

async fn failed(till: &Till, before: usize) {
    wait::until("the step to fail", 30, async || (failures(till) > before).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step() {
    let mut till = Till::open().await;
    for status in ["Reserved", "Sending", "Unknown", "Sent"] {
        let (payee, id) = prepared(&till, &format!("killed-{}", status.to_lowercase())).await;
        trip(&till, status, HANGS).await;
        unclear(&till, status);
        till.go().await;
        hanging(&till).await;
        comes_back(&mut till).await;
        is_paid_once(&till, &payee, &id, &format!("killed at {status}")).await;
    }
    let calls = [("before", Mood::Hangs), ("after", Mood::Lost)];
    for (when, mood) in calls {
        let (payee, id) = prepared(&till, &format!("call-{when}")).await;
        let count = till.stripe.calls().len();
        till.stripe.once("POST /v1/transfers", mood);
        till.go().await;
        wait::until("the call", 30, async || (till.stripe.calls().len() > count).then_some(())).await;
        comes_back(&mut till).await;
        is_paid_once(&till, &payee, &id, &format!("killed {when} the effect")).await;
    }
    // And while it is looked up.
    let (payee, id) = prepared(&till, "look-up").await;
    till.stripe.once("POST /v1/transfers", Mood::Breaks);
    till.stripe.when("GET /v1/transfers", Mood::Hangs);
    till.go().await;
    let looked = || till.stripe.calls().iter().any(|call| call.query.iter().any(|(_, value)| *value == id));
    wait::until("the look-up", 30, async || {
        till.hurry().await;
        looked().then_some(())
    })
    .await;
    comes_back(&mut till).await;
    is_paid_once(&till, &payee, &id, "killed while it was looked up").await;
    till.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_fails_once() {
    let till = Till::open().await;
    for status in ["Reserved", "Sending", "Unknown", "Sent"] {
        let (payee, id) = prepared(&till, &format!("fails-{}", status.to_lowercase())).await;
        let before = failures(&till);
        trip(&till, status, FAILS).await;
        unclear(&till, status);
        till.go().await;
        failed(&till, before).await;
        mend(&till).await;
        till.world.check().await;
        is_paid_once(&till, &payee, &id, &format!("{status} failed")).await;
    }
    till.finish().await;
}

/// A refusal is the other end: it is booked back once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_is_given_up() {
    let mut till = Till::open().await;
    let (payee, id) = prepared(&till, "closed").await;
    till.close(&payee);
    trip(&till, "Failed", HANGS).await;
    till.go().await;
    hanging(&till).await;
    comes_back(&mut till).await;
    is_given_up_once(&till, &payee, &id).await;
    till.finish().await;
}

async fn is_given_up_once(till: &Till, payee: &Payee, id: &str) {
    till.hurried(id, "Failed").await;
    assert_eq!(till.balances(payee.id()).await, [2_000, 0, 0, 0]);
    assert_eq!(till.told(id).await, ["payout_failed"]);
    assert_eq!(till.letters("payout_failed").await.len(), 1);
    assert!(till.transfers().is_empty());
    till.world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_fails_once() {
    let till = Till::open().await;
    let (payee, id) = prepared(&till, "closed").await;
    till.close(&payee);
    trip(&till, "Failed", FAILS).await;
    till.go().await;
    failed(&till, 0).await;
    mend(&till).await;
    assert_eq!(till.balances(payee.id()).await, [0, 2_000, 0, 0], "still set aside");
    is_given_up_once(&till, &payee, &id).await;
    till.finish().await;
}

/// What comes back is owed again once, all of it or a part, whatever becomes of the first try to book it.
#[tokio::test(flavor = "multi_thread")]
async fn taken_back_in_spite_of_all() {
    let mut till = Till::open().await;
    let mut letters = 0;
    for (part, does) in [(None, HANGS), (None, FAILS), (Some(500), HANGS), (Some(500), FAILS)] {
        let name = format!("back-{letters}");
        let (payee, id) = prepared(&till, &name).await;
        till.go().await;
        let transfer = till.until(&id, "Sent").await["transferId"].as_str().unwrap().to_owned();
        let before = failures(&till);
        trip_when(&till, "new.returned <> old.returned", does).await;
        till.stripe.with(|stripe| stripe.reverse(&transfer, part));
        let none = [0, 0, 2_000, 0];
        if does == HANGS {
            hanging(&till).await;
            assert_eq!(till.balances(payee.id()).await, none, "nothing of it was booked");
            comes_back(&mut till).await;
        } else {
            failed(&till, before).await;
            assert_eq!(till.balances(payee.id()).await, none, "nothing of it was booked");
            mend(&till).await;
        }
        till.world.database.run("update payout_hints set next_at = now() where next_at > now()").await;
        let back = part.unwrap_or(2_000);
        wait::until("it to be back", 30, async || {
            (till.balances(payee.id()).await == [back, 0, 2_000 - back, 0]).then_some(())
        })
        .await;
        letters += 1;
        let (status, told) = if part.is_none() {
            ("Reversed", vec!["payout_sent", "payout_failed"])
        } else {
            ("Sent", vec!["payout_sent"])
        };
        assert_eq!(till.payout(&id).await["status"], status);
        assert_eq!(till.told(&id).await, told);
        assert_eq!(till.letters("payout_returned").await.len(), letters);
        let theirs = till.letters_to(&format!("{name}@creators.test"), "payout_returned_affiliate").await;
        assert_eq!(theirs.len(), 1);
        till.world.check().await;
    }
    till.finish().await;
}

/// Whatever makes a payout due again at any time, also one that is over: each step is done once.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_again_and_again() {
    let till = Till::open().await;
    let (lena, paid) = prepared(&till, "lena").await;
    let (otto, refused) = prepared(&till, "otto").await;
    till.close(&otto);
    till.go().await;
    let due = "update payouts set next_at = now()";
    for _ in 0..40 {
        till.world.database.run(due).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    till.until(&paid, "Sent").await;
    till.until(&refused, "Failed").await;
    till.world.database.run(due).await;
    till.world.ledger.run_jobs().await;
    assert_eq!(
        (till.told(&paid).await, till.told(&refused).await),
        (vec!["payout_sent".to_owned()], vec!["payout_failed".to_owned()])
    );
    assert_eq!(till.balances(lena.id()).await, [0, 0, 2_000, 0]);
    assert_eq!(till.balances(otto.id()).await, [2_000, 0, 0, 0]);
    assert_eq!(till.transfers().len(), 1);
    till.finish().await;
}
