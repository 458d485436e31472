//! Goal: an answer that is lost after the commit costs nothing: the batch comes again and is told `duplicate`.
//! Method: between a consumer and the ledger a proxy cuts the answer, after nothing and after half of it; the same batch
//! is delivered again and again.

use shared::event::Event;
use world::{Plan, brand::But, client::intake::Intake, wait};

#[tokio::test(flavor = "multi_thread")]
async fn the_verdicts_are_lost() {
    let world = Plan::default().ledger_proxy().start().await;
    let proxy = world.ledger_proxy.as_ref().unwrap();
    let consumer = Intake::new(format!("http://{}", proxy.address()));
    let slug = &world.acme.partner.slug;
    let batch = |name: &str| -> Vec<Event> {
        let sale = world.acme.sale(name, 9_900).but(|report| report.affiliate_slug = Some(slug.clone()));
        vec![world.acme.click(&world.acme.partner), sale]
    };
    for (number, bytes) in [0, 12, 60, 200].into_iter().enumerate() {
        let events = batch(&format!("order-{number}"));
        proxy.cut_answers_after(bytes);
        consumer.try_post(&events).await.expect_err("the answer is lost");
        proxy.heal();
        let external = format!("select count(*) from conversions where external_id = 'order-{number}'");
        wait::until("the commit that nobody heard of", 10, async || {
            (world.database.count(&external).await == 1).then_some(())
        })
        .await;
        for _ in 0..2 {
            let verdicts = consumer.post(&events).await;
            assert!(verdicts.iter().all(|verdict| *verdict == shared::batch::Verdict::Duplicate), "{verdicts:?}");
        }
    }
    assert!(proxy.answers_cut() >= 4);
    assert_eq!(world.database.count("select count(*) from commissions").await, 4);
    assert_eq!(world.database.count("select count(*) from clicks").await, 4);
    world.finish().await;
}
