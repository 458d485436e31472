//! Goal: alerts notice what goes wrong: the counters that they watch exist before it does, and a job that fails says so until it
//! works again, also if it has its own loop.
//! Method: a ledger that has just started; then the tables of two jobs go away and come back.

use world::{Plan, World, http::Request, wait};

async fn metrics(world: &World) -> String {
    Request::get("/metrics").send(&world.ledger.base()).await.unwrap().expect_status(200).text()
}

/// Runs the jobs until these lines are in the metrics.
async fn until(world: &World, lines: &[&str]) {
    wait::until(&lines.join(" and "), 30, async || {
        world.ledger.run_jobs().await;
        let metrics = metrics(world).await;
        lines.iter().all(|expected| metrics.lines().any(|line| line == *expected)).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_notice_the_first_failure_and_a_job_that_goes_on_failing() {
    let world = Plan::default().start().await;
    let metrics = metrics(&world).await;
    for series in [
        r#"rekomi_job_panics_total{job="send_payouts"} 0"#,
        r#"rekomi_mails_total{outcome="given_up"} 0"#,
        r#"rekomi_mails_total{outcome="refused"} 0"#,
        r#"rekomi_logins_total{outcome="throttled"} 0"#,
        r#"rekomi_reconciliations_total{outcome="failed"} 0"#,
        r#"rekomi_intake_events_total{kind="conversion",verdict="rejected"} 0"#,
        "rekomi_billing_unknown_total 0",
    ] {
        assert!(metrics.lines().any(|line| line == series), "{series}: {metrics}");
    }
    let fails = [
        r#"rekomi_job_failing{job="send_emails"} 1"#,
        r#"rekomi_job_failing{job="remove_old_confirmations"} 1"#,
        r#"rekomi_job_failing{job="release_holds"} 0"#,
    ];
    let works =
        [r#"rekomi_job_failing{job="send_emails"} 0"#, r#"rekomi_job_failing{job="remove_old_confirmations"} 0"#];
    until(&world, &works).await;
    for (from, to) in [("mails", "mails_away"), ("agent_confirmations", "agent_confirmations_away")] {
        world.database.run(&format!("alter table {from} rename to {to}")).await;
    }
    until(&world, &fails).await;
    for (from, to) in [("mails_away", "mails"), ("agent_confirmations_away", "agent_confirmations")] {
        world.database.run(&format!("alter table {from} rename to {to}")).await;
    }
    until(&world, &works).await;
    world.finish().await;
}
