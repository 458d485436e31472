//! Goal: alerts notice what goes wrong: the counters that they watch exist before it does, and a job that fails says so until it
//! works again, also if it has its own loop, or fails for one organization only.
//! Method: a ledger that has just started; then the tables of two jobs go away and come back, one organization's settings
//! can't be read, and another can't write down whom it asked, whom it emailed, wrote to or invited, or what it counted or
//! gave.

use serde_json::json;
use shared::id::Reward;
use world::{
    Plan, World,
    brand::{Brand, But, fresh},
    database::NO_ROOM,
    http::Request,
    network_fixture, wait,
};

async fn metrics(world: &World) -> String {
    Request::get("/metrics").send(&world.ledger.base()).await.unwrap().expect_status(200).text()
}

/// Refuses a change, such as `update on mails`, to an organization's rows.
async fn refuse(world: &World, change: &str, organization: &str) {
    let event = format!("before {change} for each row when (new.organization_id = '{organization}')");
    world.database.create_trigger("refuse", &event, NO_ROOM).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_payout_run_that_fails_is_noticed_and_holds_up_no_other() {
    let world = Plan::default().start().await;
    let [acme, globex] = [&world.acme, &world.globex].map(|brand| brand.organization.uuid().to_string());
    // The first of two runs that are due is of an organization with settings that this build can't read.
    let due = format!(
        r#"insert into payout_settings (organization_id, schedule, weekday, minimums, next_run_at, updated_at)
           values ('{globex}', 'Weekly', 1, '{{"USD": "none"}}', now() - interval '1 minute', now()),
                  ('{acme}', 'Weekly', 1, '{{"USD": 1000}}', now(), now())
           on conflict (organization_id) do update
               set schedule = excluded.schedule, weekday = excluded.weekday, month_day = null,
                   minimums = excluded.minimums, next_run_at = excluded.next_run_at"#
    );
    world.database.run(&due).await;
    let is_scheduled = async |organization: &str| {
        let scheduled = format!(
            "select count(*) from payout_settings where organization_id = '{organization}' and next_run_at > now()"
        );
        world.database.count(&scheduled).await == 1
    };
    until(&world, &[r#"rekomi_job_failing{job="start_payout_runs"} 1"#]).await;
    wait::until("the other organization's run", 30, async || is_scheduled(&acme).await.then_some(())).await;
    assert!(!is_scheduled(&globex).await);
    let names_it = |line: &str| line.contains("job.organization_failed") && line.contains("start_payout_runs");
    assert!(world.ledger.log().lines().any(names_it), "the log names what failed");
    world.database.run(r#"update payout_settings set minimums = '{"USD": 1000}'"#).await;
    until(&world, &[r#"rekomi_job_failing{job="start_payout_runs"} 0"#]).await;
    assert!(is_scheduled(&globex).await);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_cannot_ask_how_to_pay_holds_up_no_other() {
    let world = Plan::default().start().await;
    let mut brands = [&world.acme, &world.globex];
    brands.sort_unstable_by_key(|brand| brand.organization.uuid());
    let [first, second] = brands.map(|brand| brand.organization.uuid().to_string());
    let weekly = format!(
        "insert into payout_settings (organization_id, schedule, weekday, updated_at)
         values ('{first}', 'Weekly', 1, now()), ('{second}', 'Weekly', 1, now())
         on conflict (organization_id) do update set schedule = 'Weekly', weekday = 1, month_day = null"
    );
    world.database.run(&weekly).await;
    refuse(&world, "insert on payout_invitations", &first).await;
    let sale = |brand: &Brand| {
        let slug = brand.partner.slug.clone();
        brand.sale("order-1", 9_900).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some("buyer".to_owned());
        })
    };
    world.intake().accept(&brands.map(sale)).await;
    let later = json!({"advanceDays": 40}).to_string();
    Request::post("/dev/clock", later).send(&world.ledger.base()).await.unwrap().expect_status(200);
    let is_invited = async |organization: &str| {
        let invited = format!("select count(*) from payout_invitations where organization_id = '{organization}'");
        world.database.count(&invited).await == 1
    };
    until(&world, &[r#"rekomi_job_failing{job="refresh_payout_accounts"} 1"#]).await;
    wait::until("the other organization's affiliate to be asked", 30, async || {
        world.ledger.run_jobs().await;
        is_invited(&second).await.then_some(())
    })
    .await;
    let names_it = |line: &str| line.contains("job.organization_failed") && line.contains("refresh_payout_accounts");
    assert!(world.ledger.log().lines().any(names_it), "the log names what failed");
    world.database.run("drop trigger refuse on payout_invitations").await;
    until(&world, &[r#"rekomi_job_failing{job="refresh_payout_accounts"} 0"#]).await;
    assert!(is_invited(&first).await);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_that_cannot_be_emailed_or_counted_holds_up_no_other() {
    let world = Plan::default().start().await;
    let mut brands = [&world.acme, &world.globex];
    brands.sort_unstable_by_key(|brand| brand.organization.uuid());
    let [first, second] = brands.map(|brand| brand.organization.uuid().to_string());
    refuse(&world, "update on milestone_emails", &first).await;
    refuse(&world, "insert or update on facet_fills", &first).await;
    world.database.run("delete from facet_fills").await;
    let sale = |brand: &Brand| {
        let slug = brand.partner.slug.clone();
        brand.sale("order-1", 9_900).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some("buyer".to_owned());
        })
    };
    world.intake().accept(&brands.map(sale)).await;
    let is_done = async |organization: &str| {
        let emailed = format!(
            "select count(*) from milestone_emails where organization_id = '{organization}' and earned_until is not null"
        );
        let counted = format!("select count(*) from facet_fills where organization_id = '{organization}'");
        world.database.count(&emailed).await == 1 && world.database.count(&counted).await == 1
    };
    let jobs = ["affiliate_milestone_emails", "fill_facets"];
    let failing = jobs.map(|job| format!("rekomi_job_failing{{job=\"{job}\"}} 1"));
    until(&world, &failing.each_ref().map(String::as_str)).await;
    wait::until("the other organization's turn", 30, async || {
        world.ledger.run_jobs().await;
        is_done(&second).await.then_some(())
    })
    .await;
    assert!(!is_done(&first).await);
    for job in jobs {
        let names_it = |line: &str| line.contains("job.organization_failed") && line.contains(job);
        assert!(world.ledger.log().lines().any(names_it), "the log names what failed of {job}");
    }
    for table in ["milestone_emails", "facet_fills"] {
        world.database.run(&format!("drop trigger refuse on {table}")).await;
    }
    let works = jobs.map(|job| format!("rekomi_job_failing{{job=\"{job}\"}} 0"));
    until(&world, &works.each_ref().map(String::as_str)).await;
    assert!(is_done(&first).await);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_whose_messages_cannot_be_announced_holds_up_no_other() {
    let world = Plan::default().start().await;
    // As many threads as are read at once.
    network_fixture::many(&world, 200).await;
    let [failing, other] = [&world.acme, &world.globex].map(|brand| brand.organization.uuid());
    let written = format!(
        "insert into network_messages (organization_id, id, creator_id, from_brand, body, created_at)
         select '{failing}', gen_random_uuid(), id, true, 'We ship to Spain.', now() - interval '1 hour' from creators;
         insert into network_messages (organization_id, id, creator_id, from_brand, body, created_at)
         select '{other}', gen_random_uuid(), id, true, 'So do we.', now() from creators limit 1"
    );
    refuse(&world, "update on network_messages", &failing.to_string()).await;
    world.database.run(&written).await;
    until(&world, &[r#"rekomi_job_failing{job="email_network_messages"} 1"#]).await;
    let announced =
        format!("select count(*) from network_messages where organization_id = '{other}' and emailed_at is not null");
    assert_eq!(world.database.count(&announced).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_whose_invitations_cannot_be_emailed_holds_up_no_other() {
    let world = Plan::default().start().await;
    // As many invitations as are read at once.
    network_fixture::many(&world, 200).await;
    let (failing, other) = (&world.acme, &world.globex);
    let invited = |brand: &Brand, creators: &str, at: &str| {
        let (organization, program) = (brand.organization.uuid(), brand.program.uuid());
        format!(
            "insert into network_contacts (organization_id, id, program_id, creator_id, status, invited_at, expires_at,
                                           message, created_at, changed_at)
             select '{organization}', gen_random_uuid(), '{program}', id, 'Invited', {at}, now() + interval '14 days',
                    'We like your reviews.', {at}, {at} from {creators};"
        )
    };
    let rows = format!(
        "{} {}",
        invited(failing, "creators", "now() - interval '1 hour'"),
        invited(other, "(select id from creators limit 1) creator", "now()"),
    );
    refuse(&world, "update on network_contacts", &failing.organization.uuid().to_string()).await;
    world.database.run(&rows).await;
    until(&world, &[r#"rekomi_job_failing{job="email_network_invitations"} 1"#]).await;
    let emailed = format!(
        "select count(*) from network_contacts where organization_id = '{}' and emailed_at is not null",
        other.organization.uuid(),
    );
    assert_eq!(world.database.count(&emailed).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_whose_rewards_cannot_be_given_holds_up_no_other() {
    let world = Plan::default().start().await;
    let mut brands = [&world.acme, &world.globex];
    brands.sort_unstable_by_key(|brand| brand.organization.uuid());
    let [failing, other] = brands;
    let approved = |brand: &Brand, claims: i64| {
        let (organization, program) = (brand.organization.uuid(), brand.program.uuid());
        let (affiliate, reward) = (brand.partner.affiliate.uuid(), fresh::<Reward>().uuid());
        format!(
            "insert into rewards (organization_id, id, program_id, kind, title, starts_at, repeats, links_max, prize,
                                  gift, created_at)
             values ('{organization}', '{reward}', '{program}', 'Bounty', 'A video', now(), 'Once', 1, 'InKind',
                     'A mug', now());
             insert into reward_claims (organization_id, id, reward_id, affiliate_id, period, state, submitted_at,
                                        decided_at, created_at)
             select '{organization}', gen_random_uuid(), '{reward}', '{affiliate}', lpad(number::text, 4, '0'),
                    'Approved', now(), now(), now()
             from generate_series(1, {claims}) number;"
        )
    };
    // As many claims as are read at once.
    let rows = format!("{} {}", approved(failing, 200), approved(other, 1));
    refuse(&world, "update on reward_claims", &failing.organization.uuid().to_string()).await;
    world.database.run(&rows).await;
    until(&world, &[r#"rekomi_job_failing{job="give_rewards"} 1"#]).await;
    wait::until("the other brand's reward to be given", 30, async || {
        world.ledger.run_jobs().await;
        (world.database.count("select count(*) from reward_claims where state = 'Paid'").await == 1).then_some(())
    })
    .await;
    assert!(world.ledger.log().contains("reward.not_given"), "the log names what failed");
    world.finish().await;
}
