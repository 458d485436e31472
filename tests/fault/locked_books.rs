//! Goal: an organization whose books are locked for long, as while a person is erased, doesn't keep the sales of others that
//! share a batch with its own from being booked, and loses none itself.
//! Method: a transaction of the test locks one organization while a batch of two arrives; then the batch comes again.

use shared::batch::Verdict;
use world::{World, database::run};

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_organization_keeps_only_its_own_sales_waiting() {
    let world = World::start().await;
    let mut holder = world.database.connect().await;
    let acme = world.acme.organization.uuid();
    run(&mut holder, &format!("begin; select id from tenants where id = '{acme}' for no key update")).await;
    let batch = [world.acme.sale("locked", 100), world.globex.sale("free", 100), world.acme.sale("locked-too", 100)];
    let answer = world.intake().try_post(&batch).await.unwrap();
    assert_eq!(answer.refusal(), (503, "unavailable".to_owned()));
    assert!(answer.header("retry-after").is_some());
    let booked = "select external_id from conversions where external_id in ('locked', 'free', 'locked-too')";
    assert_eq!(world.database.texts(booked).await, [["free"]]);
    // Meanwhile, a batch of the other organization alone waits for nothing.
    world.intake().accept(&[world.globex.sale("alone", 100)]).await;
    run(&mut holder, "commit").await;
    let verdicts = world.intake().post(&batch).await;
    assert_eq!(verdicts, [Verdict::Accepted, Verdict::Duplicate, Verdict::Accepted]);
    let each_once = "select count(*) from conversions where external_id in ('locked', 'free', 'locked-too')";
    assert_eq!(world.database.count(each_once).await, 3);
    world.finish().await;
}
