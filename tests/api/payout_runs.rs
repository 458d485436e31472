//! Goal: a run pays exactly the affiliates it lists, leaves the others out for a reason, and starts automatically on
//! its date.
//! Method: bonuses that are payable immediately, payout methods as affiliates choose them, and the API as a brand uses
//! it. The book is compared with the outcome of each payout.
//! Routes: `/payout-runs/{id}/approve`, `/payout-runs/{id}/cancel`

mod balance;
mod destination;
mod files;
mod results;

use serde_json::{Value, json};
use world::{
    World,
    brand::Partner,
    client::mailbox,
    http::Request,
    payout_run_fixture::{act, bonus, id, partner, propose, reserved},
    wait,
};

const EUR: &str = "EUR";

#[tokio::test]
async fn who_is_paid_and_who_is_not_and_why() {
    let world = World::shared().await;
    let api = world.api();
    let paid = partner(&world, "paid", "PayPal").await;
    let (little, owing) = (partner(&world, "little", "Wise").await, partner(&world, "owing", "Wise").await);
    let (nowhere, held) = (world.acme.join(&world.database, "nowhere").await, partner(&world, "held", "Wise").await);
    let name = |partner: &Partner| partner.affiliate.to_string();
    for (who, cents) in [(&paid, 5_000), (&little, 999), (&nowhere, 3_000), (&held, 4_000)] {
        bonus(&world, &name(who), cents, EUR).await;
    }
    // Paid outside, and then taken back.
    bonus(&world, &name(&owing), 2_000, EUR).await;
    api.post("/payouts", &json!({"affiliateId": name(&owing), "currency": EUR})).await.expect_status(201);
    bonus(&world, &name(&owing), -700, EUR).await;
    world
        .database
        .run(&format!(
            "insert into payout_holds (organization_id, affiliate_id, reason, actor, held_at)
             values ('{}', '{}', 'looks odd', 'system', now())",
            world.acme.organization.uuid(),
            held.affiliate.uuid()
        ))
        .await;

    let preview = async || api.post("/payout-runs/preview", &json!({"currency": EUR})).await.expect_status(200).json();
    // Amounts that become payable after the preview aren't counted; overpayments are.
    let later = |sign: &str| {
        format!(
            "update commissions set approved_at = rekomi_later(coalesce(approved_at, created_at), {sign} 315360000)"
        )
    };
    world.database.run(&later("+")).await;
    let looked = preview().await;
    assert_eq!(looked["payees"].as_array().unwrap().len(), 0, "{looked}");
    assert_eq!(looked["exclusions"][0]["affiliateId"], name(&owing), "{looked}");
    assert_eq!(looked["exclusions"].as_array().unwrap().len(), 1, "{looked}");
    world.database.run(&later("-")).await;
    let looked = preview().await;
    assert_eq!(looked["payees"].as_array().unwrap().len(), 1, "{looked}");
    assert_eq!(api.all("/payout-runs").await, Vec::<Value>::new(), "looking changes nothing");
    let made = propose(&api, EUR).await.expect_status(201).json();
    assert_eq!(
        (made["state"].as_str(), made["grossCents"].as_i64(), made["payouts"].as_i64()),
        (Some("Proposed"), Some(5_000), Some(1))
    );
    let why = |who: &Partner| {
        let list = made["exclusions"].as_array().unwrap();
        let one = list.iter().find(|one| one["affiliateId"] == name(who)).unwrap_or_else(|| panic!("{made}"));
        (one["reason"].as_str().unwrap().to_owned(), one["amountCents"].as_i64().unwrap())
    };
    assert_eq!(why(&little), ("below_minimum".to_owned(), 999));
    assert_eq!(why(&owing), ("negative_balance".to_owned(), -700));
    assert_eq!(why(&nowhere), ("no_method".to_owned(), 3_000));
    assert_eq!(why(&held), ("on_hold".to_owned(), 4_000));

    // Only one run is open per currency; the other currency has its own, with nothing in it.
    let second = propose(&api, EUR).await;
    assert_eq!(
        (second.refusal(), second.json()["runId"].as_str()),
        ((409, "run_open".to_owned()), made["id"].as_str())
    );
    assert_eq!(propose(&api, "GBP").await.refusal(), (409, "nothing_payable".to_owned()));
    assert_eq!(propose(&api, "XXX").await.refusal().0, 400);

    // After a cancellation everything is as before, and a run can be proposed again.
    let cancelled = act(&api, &id(&made), "cancel").await.expect_status(200).json();
    assert_eq!((cancelled["state"].as_str(), cancelled["counts"]["failed"].as_i64()), (Some("Cancelled"), Some(1)));
    act(&api, &id(&made), "cancel").await.expect_status(200);
    assert_eq!(act(&api, &id(&made), "approve").await.refusal(), (409, "run_closed".to_owned()));
    let again = propose(&api, EUR).await.expect_status(201).json();
    assert_eq!(again["grossCents"], 5_000);
    act(&api, &id(&again), "approve").await.expect_status(200);
    act(&api, &id(&again), "approve").await.expect_status(200);
    let running = reserved(&api, &id(&again)).await;
    assert_eq!(running["counts"]["reserved"], 1, "{running}");
    // Payouts that are under way continue.
    assert_eq!(act(&api, &id(&again), "cancel").await.refusal(), (409, "run_under_way".to_owned()));
    let left = propose(&api, EUR).await;
    assert_eq!(left.refusal(), (409, "nothing_payable".to_owned()));
    world.finish().await;
}

#[tokio::test]
async fn a_scheduled_run_comes_by_itself_and_once() {
    let world = World::start().await;
    let api = world.api();
    let paid = partner(&world, "paid", "Manual").await;
    bonus(&world, &paid.affiliate.to_string(), 5_000, "USD").await;
    bonus(&world, &paid.affiliate.to_string(), 7_000, EUR).await;
    api.patch("/organization", &json!({"timeZone": "Europe/Berlin"})).await.expect_status(200);
    let set =
        api.patch("/payout-settings", &json!({"schedule": "Monthly", "monthDay": 31})).await.expect_status(200).json();
    let next = set["nextRunAt"].as_str().unwrap().to_owned();
    assert!(next.ends_with("T07:00:00Z") || next.ends_with("T08:00:00Z"), "nine o'clock in Berlin: {next}");
    let advance = Request::post("/dev/clock", json!({"advanceDays": 32}).to_string());
    advance.send(&world.ledger.base()).await.unwrap().expect_status(200);
    let runs = wait::until("both currencies ran", 20, async || {
        let runs = api.all("/payout-runs").await;
        (runs.len() == 2 && runs.iter().all(|run| run["state"] == "Running")).then_some(runs)
    })
    .await;
    assert!(
        runs.iter().all(|run| run["proposedBy"] == "schedule" && run["period"].as_str().unwrap().len() == 7),
        "{runs:?}"
    );
    let after = api.get("/payout-settings").await.json()["nextRunAt"].as_str().unwrap().to_owned();
    assert!(after > next, "{after}");

    // With a second approver the run waits, and an email says so.
    let other = partner(&world, "other", "Manual").await;
    bonus(&world, &other.affiliate.to_string(), 6_000, "USD").await;
    api.patch("/payout-settings", &json!({"secondApprover": true})).await.expect_status(200);
    let advance = Request::post("/dev/clock", json!({"advanceDays": 32}).to_string());
    advance.send(&world.ledger.base()).await.unwrap().expect_status(200);
    let waiting = wait::until("it waits", 20, async || api.all("/payout-runs?state=Proposed").await.pop()).await;
    assert_eq!((waiting["grossCents"].as_i64(), waiting["currency"].as_str()), (Some(6_000), Some("USD")));
    let owner = world.demo["owner"]["email"].as_str().unwrap();
    let mail = mailbox::read_email(&world.ledger.base(), owner, "payout_run_waiting").await;
    assert!(mail.to_string().contains(&id(&waiting)), "{mail}");

    // While that run waits, the next one waits for it: one email says so, and the period isn't lost.
    let third = partner(&world, "third", "Manual").await;
    bonus(&world, &third.affiliate.to_string(), 4_000, "USD").await;
    let advance = Request::post("/dev/clock", json!({"advanceDays": 32}).to_string());
    advance.send(&world.ledger.base()).await.unwrap().expect_status(200);
    let report = async || {
        let emails = mailbox::read_emails(&world.ledger.base(), owner).await;
        emails.iter().filter(|mail| mail.to_string().contains("The scheduled run in this currency is waiting")).count()
    };
    wait::until("the email", 20, async || (report().await > 0).then_some(())).await;
    world.ledger.run_jobs().await;
    assert_eq!((report().await, api.all("/payout-runs?state=Proposed").await.len()), (1, 1));
    act(&api, &id(&waiting), "cancel").await.expect_status(200);
    let made_up =
        wait::until("the postponed run", 20, async || api.all("/payout-runs?state=Proposed").await.pop()).await;
    assert_eq!((made_up["grossCents"].as_i64(), made_up["proposedBy"].as_str()), (Some(10_000), Some("schedule")));
    assert!(made_up["period"].as_str() > waiting["period"].as_str(), "{made_up}");
    assert_eq!(report().await, 1);
    world.finish().await;
}

#[tokio::test]
async fn a_pause_that_is_over_leaves_no_one_out_of_a_scheduled_run() {
    let world = World::shared().await;
    let api = world.api();
    let paid = partner(&world, "paid", "Manual").await.affiliate;
    bonus(&world, &paid.to_string(), 5_000, EUR).await;
    api.patch("/payout-settings", &json!({"schedule": "Weekly", "weekday": 1})).await.expect_status(200);
    let paused = format!(
        "insert into payout_holds (organization_id, affiliate_id, reason, actor, held_at, ends_at)
         values ('{}', '{}', 'another address', 'system', now() - interval '3 days', now() - interval '1 second');
         update payout_settings set next_run_at = now() - interval '1 second'",
        world.acme.organization.uuid(),
        paid.uuid()
    );
    world.database.run(&paused).await;
    let run = wait::until("the scheduled run", 20, async || api.all("/payout-runs").await.pop()).await;
    assert_eq!((run["proposedBy"].as_str(), run["grossCents"].as_i64()), (Some("schedule"), Some(5_000)), "{run}");
    world.finish().await;
}
