//! Goal: however many people propose and approve at once, there is one run, and everyone is paid once.
//! Method: twenty requests propose, twenty approve, twenty cancel or read, all at the same time and at two ledgers' worth of
//! connections; then the payouts, the exclusions and the book are counted.

use futures_util::future::join_all;
use serde_json::json;
use world::{World, http::Request, wait};

const AT_ONCE: usize = 20;
const PARTNERS: usize = 12;

#[tokio::test]
async fn twenty_who_run_at_once_pay_once() {
    let world = World::start().await;
    let api = world.api();
    for number in 0..PARTNERS {
        let partner = world.acme.join(&world.database, &format!("partner-{number}")).await;
        let affiliate = partner.affiliate.to_string();
        let details = json!({"rail": "Manual", "holder": "Somebody", "account": "DE02 1203 0000 0000 2020 51"});
        let path = format!("/api/v1/affiliates/{affiliate}/payout-method");
        let method = Request { method: "PUT".to_owned(), ..Request::post(&path, details.to_string()) };
        api.send(method).await.expect_status(200);
        let gift = json!({
            "programId": world.acme.program.to_string(), "amountCents": 5_000, "currency": "EUR", "reason": "for the launch",
        });
        api.post(&format!("/affiliates/{affiliate}/bonuses"), &gift).await.expect_status(201);
    }
    let currency = json!({"currency": "EUR"});
    let proposals = join_all((0..AT_ONCE).map(|_| wait::patient(|| api.post("/payout-runs", &currency)))).await;
    let made: Vec<_> = proposals.iter().filter(|one| one.status == 201).collect();
    assert_eq!(made.len(), 1, "one of them makes the run");
    assert!(proposals.iter().filter(|one| one.status != 201).all(|one| one.refusal() == (409, "run_open".to_owned())));
    let run = made[0].json()["id"].as_str().unwrap().to_owned();

    let path = format!("/api/v1/payout-runs/{run}/approve");
    let approvals = join_all((0..AT_ONCE).map(|_| wait::patient(|| api.send(Request::new("POST", &path))))).await;
    assert!(
        approvals.iter().all(|one| one.status == 200),
        "{:?}",
        approvals.iter().map(|one| one.status).collect::<Vec<_>>()
    );
    let audited = "select count(*) from audit_log where action = 'payout_run.approved'";
    assert_eq!(world.database.count(audited).await, 1, "and it is approved once");
    // A proposal made meanwhile finds everyone in the run.
    let late = join_all((0..AT_ONCE).map(|_| wait::patient(|| api.post("/payout-runs", &currency)))).await;
    assert!(late.iter().all(|one| one.refusal() == (409, "nothing_payable".to_owned())));

    wait::until("all is set aside", 30, async || {
        let run = api.get(&format!("/payout-runs/{run}")).await.json();
        (run["counts"]["reserved"].as_u64() == u64::try_from(PARTNERS).ok()).then_some(())
    })
    .await;
    let payouts = api.all(&format!("/payouts?runId={run}")).await;
    let mut affiliates: Vec<_> = payouts.iter().map(|payout| payout["affiliateId"].to_string()).collect();
    affiliates.sort();
    affiliates.dedup();
    assert_eq!((payouts.len(), affiliates.len()), (PARTNERS, PARTNERS), "each affiliate once");
    assert!(payouts.iter().all(|payout| payout["amountCents"] == 5_000));
    let reserved = "select sum(reserved)::bigint from commissions where currency = 'EUR'";
    assert_eq!(world.database.count(reserved).await, 5_000 * i64::try_from(PARTNERS).unwrap());
    world.finish().await;
}
