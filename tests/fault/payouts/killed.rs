//! Goal: a ledger that dies, or a step that fails, at any point of a payout's way leaves a book and a Stripe as one that
//! lives.
//! Method: at each change of a payout's state the statement is made to hang and the ledger is killed in the middle of it, or
//! the statement fails; the same at each call to Stripe, before and after its effect. Then everything goes on, and Stripe's
//! transfers, the balances and the payout's end are compared with those of an undisturbed way.

use std::time::Duration;

use world::{
    fakes::Mood,
    payout_fixture::{Payee, PayoutFixture},
    wait,
};

/// The next time that a payout comes to stand so, the statement does this.
async fn trip(fixture: &PayoutFixture, status: &str, does: &str) {
    trip_when(fixture, &format!("new.status = '{status}' and old.status <> '{status}'"), does).await;
}

/// The next time that a payout changes so, the statement does this.
async fn trip_when(fixture: &PayoutFixture, so: &str, does: &str) {
    let body = format!("begin if {so} then {does} end if; return new; end");
    fixture.world.database.create_trigger("trip", "before update on payouts for each row", &body).await;
}

async fn mend(fixture: &PayoutFixture) {
    fixture.world.database.run("drop trigger if exists trip on payouts").await;
}

const HANGS: &str = "perform pg_sleep(600);";
const FAILS: &str = "raise exception 'this step fails';";

async fn prepared(fixture: &PayoutFixture, name: &str) -> (Payee, String) {
    let payee = fixture.payee(name).await;
    fixture.earn(&payee.partner, name, 2_000).await;
    let id = fixture.schedule(&payee.partner, 2_000, "Stripe").await;
    (payee, id)
}

async fn comes_back(fixture: &mut PayoutFixture) {
    fixture.world.ledger.kill();
    // What the dead process left open ends, also on the servers of a cluster, where it has another name.
    let left = "select count(pg_terminate_backend(pid)) from pg_stat_activity
                where datname = current_database() and (application_name = 'rekomi-ledger-jobs' or wait_event = 'PgSleep')";
    fixture.world.database.count_everywhere(left).await;
    mend(fixture).await;
    fixture.stripe.recover();
    fixture.leases_end().await;
    fixture.world.ledger.start().await;
}

async fn is_paid_once(fixture: &PayoutFixture, payee: &Payee, id: &str, what: &str) {
    fixture.hurried(id, "Sent").await;
    assert_eq!(fixture.transfers_to(payee).len(), 1, "{what}");
    assert_eq!(fixture.balances(payee.id()).await, [0, 0, 2_000, 0], "{what}");
    assert_eq!(fixture.announced(id).await, ["payout_sent"], "{what}");
    let emails = fixture.emails_to(&format!("{}@creators.test", payee.partner.slug), "payout_sent").await;
    assert_eq!(emails.len(), 1, "{what}");
    fixture.world.check().await;
}

async fn hanging(fixture: &PayoutFixture) {
    let query = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
    let hangs = async || (fixture.world.database.count_everywhere(query).await > 0).then_some(());
    wait::until("the statement to hang", 30, hangs).await;
}

/// For a payout to become Unknown its call must be answered badly.
fn unclear(fixture: &PayoutFixture, status: &str) {
    if status == "Unknown" {
        fixture.stripe.once("POST /v1/transfers", Mood::Breaks);
    }
}

fn failures(fixture: &PayoutFixture) -> usize {
    fixture.world.ledger.log().matches("this step fails").count()
}

async fn failed(fixture: &PayoutFixture, before: usize) {
    wait::until("the step to fail", 30, async || (failures(fixture) > before).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_each_step() {
    let mut fixture = PayoutFixture::open().await;
    for status in ["Reserved", "Sending", "Unknown", "Sent"] {
        let (payee, id) = prepared(&fixture, &format!("killed-{}", status.to_lowercase())).await;
        trip(&fixture, status, HANGS).await;
        unclear(&fixture, status);
        fixture.go().await;
        hanging(&fixture).await;
        comes_back(&mut fixture).await;
        is_paid_once(&fixture, &payee, &id, &format!("killed at {status}")).await;
    }
    let calls = [("before", Mood::Hangs), ("after", Mood::Lost)];
    for (when, mood) in calls {
        let (payee, id) = prepared(&fixture, &format!("call-{when}")).await;
        let count = fixture.stripe.calls().len();
        fixture.stripe.once("POST /v1/transfers", mood);
        fixture.go().await;
        wait::until("the call", 30, async || (fixture.stripe.calls().len() > count).then_some(())).await;
        comes_back(&mut fixture).await;
        is_paid_once(&fixture, &payee, &id, &format!("killed {when} the effect")).await;
    }
    // And while it is looked up.
    let (payee, id) = prepared(&fixture, "look-up").await;
    fixture.stripe.once("POST /v1/transfers", Mood::Breaks);
    fixture.stripe.when("GET /v1/transfers", Mood::Hangs);
    fixture.go().await;
    let looked = || fixture.stripe.calls().iter().any(|call| call.query.iter().any(|(_, value)| *value == id));
    wait::until("the look-up", 30, async || {
        fixture.hurry().await;
        looked().then_some(())
    })
    .await;
    comes_back(&mut fixture).await;
    is_paid_once(&fixture, &payee, &id, "killed while it was looked up").await;
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_fails_once() {
    let fixture = PayoutFixture::open().await;
    for status in ["Reserved", "Sending", "Unknown", "Sent"] {
        let (payee, id) = prepared(&fixture, &format!("fails-{}", status.to_lowercase())).await;
        let before = failures(&fixture);
        trip(&fixture, status, FAILS).await;
        unclear(&fixture, status);
        fixture.go().await;
        failed(&fixture, before).await;
        mend(&fixture).await;
        fixture.world.check().await;
        is_paid_once(&fixture, &payee, &id, &format!("{status} failed")).await;
    }
    fixture.finish().await;
}

/// A refusal is the other end: it is booked back once.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_is_given_up() {
    let mut fixture = PayoutFixture::open().await;
    let (payee, id) = prepared(&fixture, "closed").await;
    fixture.close(&payee);
    trip(&fixture, "Failed", HANGS).await;
    fixture.go().await;
    hanging(&fixture).await;
    comes_back(&mut fixture).await;
    is_given_up_once(&fixture, &payee, &id).await;
    fixture.finish().await;
}

async fn is_given_up_once(fixture: &PayoutFixture, payee: &Payee, id: &str) {
    fixture.hurried(id, "Failed").await;
    assert_eq!(fixture.balances(payee.id()).await, [2_000, 0, 0, 0]);
    assert_eq!(fixture.announced(id).await, ["payout_failed"]);
    assert_eq!(fixture.emails("payout_failed").await.len(), 1);
    assert!(fixture.transfers().is_empty());
    fixture.world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn giving_up_fails_once() {
    let fixture = PayoutFixture::open().await;
    let (payee, id) = prepared(&fixture, "closed").await;
    fixture.close(&payee);
    trip(&fixture, "Failed", FAILS).await;
    fixture.go().await;
    failed(&fixture, 0).await;
    mend(&fixture).await;
    assert_eq!(fixture.balances(payee.id()).await, [0, 2_000, 0, 0], "still set aside");
    is_given_up_once(&fixture, &payee, &id).await;
    fixture.finish().await;
}

/// What comes back is owed again once, all of it or a part, whatever becomes of the first try to book it.
#[tokio::test(flavor = "multi_thread")]
async fn taken_back_in_spite_of_all() {
    let mut fixture = PayoutFixture::open().await;
    let mut emails = 0;
    for (part, does) in [(None, HANGS), (None, FAILS), (Some(500), HANGS), (Some(500), FAILS)] {
        let name = format!("back-{emails}");
        let (payee, id) = prepared(&fixture, &name).await;
        fixture.go().await;
        let transfer = fixture.until(&id, "Sent").await["transferId"].as_str().unwrap().to_owned();
        let before = failures(&fixture);
        trip_when(&fixture, "new.returned <> old.returned", does).await;
        fixture.stripe.with(|stripe| stripe.reverse(&transfer, part));
        let none = [0, 0, 2_000, 0];
        if does == HANGS {
            hanging(&fixture).await;
            assert_eq!(fixture.balances(payee.id()).await, none, "nothing of it was booked");
            comes_back(&mut fixture).await;
        } else {
            failed(&fixture, before).await;
            assert_eq!(fixture.balances(payee.id()).await, none, "nothing of it was booked");
            mend(&fixture).await;
        }
        fixture.world.database.run("update stripe_notifications set next_at = now() where next_at > now()").await;
        let back = part.unwrap_or(2_000);
        wait::until("it to be back", 30, async || {
            (fixture.balances(payee.id()).await == [back, 0, 2_000 - back, 0]).then_some(())
        })
        .await;
        emails += 1;
        let (status, announced) = if part.is_none() {
            ("Reversed", vec!["payout_sent", "payout_failed"])
        } else {
            ("Sent", vec!["payout_sent"])
        };
        assert_eq!(fixture.payout(&id).await["status"], status);
        assert_eq!(fixture.announced(&id).await, announced);
        assert_eq!(fixture.emails("payout_returned").await.len(), emails);
        let theirs = fixture.emails_to(&format!("{name}@creators.test"), "payout_returned_affiliate").await;
        assert_eq!(theirs.len(), 1);
        fixture.world.check().await;
    }
    fixture.finish().await;
}

/// Whatever makes a payout due again at any time, also one that is over: each step is done once.
#[tokio::test(flavor = "multi_thread")]
async fn every_step_again_and_again() {
    let fixture = PayoutFixture::open().await;
    let (lena, paid) = prepared(&fixture, "lena").await;
    let (otto, refused) = prepared(&fixture, "otto").await;
    fixture.close(&otto);
    fixture.go().await;
    let due = "update payouts set next_at = now()";
    for _ in 0..40 {
        fixture.world.database.run(due).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    fixture.until(&paid, "Sent").await;
    fixture.until(&refused, "Failed").await;
    fixture.world.database.run(due).await;
    fixture.world.ledger.run_jobs().await;
    assert_eq!(
        (fixture.announced(&paid).await, fixture.announced(&refused).await),
        (vec!["payout_sent".to_owned()], vec!["payout_failed".to_owned()])
    );
    assert_eq!(fixture.balances(lena.id()).await, [0, 0, 2_000, 0]);
    assert_eq!(fixture.balances(otto.id()).await, [2_000, 0, 0, 0]);
    assert_eq!(fixture.transfers().len(), 1);
    fixture.finish().await;
}
