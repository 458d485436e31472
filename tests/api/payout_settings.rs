//! Goal: an organization sets how and when it pays, by API and on the dashboard, and a mistake is named.
//! Method: settings are changed one by one; the ledger's clock passes a change of daylight saving time.

use serde_json::json;
use time::{Date, Duration, Month, Weekday};
use world::{World, brand::fresh, client::dashboard::Marketer, http::Request, wait};

/// The ledger's day, in UTC.
async fn today(world: &World) -> Date {
    let clock = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().json();
    let text = clock["now"].as_str().unwrap();
    let number = |from, to| text[from..to].parse::<u16>().unwrap();
    let month = Month::try_from(number(5, 7) as u8).unwrap();
    Date::from_calendar_date(i32::from(number(0, 4)), month, number(8, 10) as u8).unwrap()
}

async fn until(world: &World, day: Date) {
    let days = (day - today(world).await).whole_days();
    let advance = Request::post("/dev/clock", json!({"advanceDays": days}).to_string());
    advance.send(&world.ledger.base()).await.unwrap().expect_status(200);
}

#[tokio::test]
async fn nine_oclock_stays_nine_oclock_when_the_clocks_change() {
    let world = World::start().await;
    let api = world.api();
    api.patch("/organization", &json!({"timeZone": "Europe/Berlin"})).await.expect_status(200);
    let next = async || api.get("/payout-settings").await.json()["nextRunAt"].as_str().unwrap().to_owned();
    let year = today(&world).await.year() + 1;
    // Forwards on the last Sunday of March, back on the one of October; both have 31 days.
    for (month, winter_or_summer, then) in [(Month::March, 8, 7), (Month::October, 7, 8)] {
        let mut change = Date::from_calendar_date(year, month, 31).unwrap();
        while change.weekday() != Weekday::Sunday {
            change = change.previous_day().unwrap();
        }
        until(&world, change - Duration::days(4)).await;
        for (weekday, day, hour) in [(6, -1, winter_or_summer), (7, 0, then), (1, 1, then), (6, -1, winter_or_summer)] {
            let set = json!({"schedule": "Weekly", "weekday": weekday});
            let set = api.patch("/payout-settings", &set).await.expect_status(200).json();
            let expected = format!("{}T{hour:02}:00:00Z", change + Duration::days(day));
            assert_eq!(set["nextRunAt"], expected.as_str(), "{month} {weekday}");
        }
        // The job counts across it too: from the Saturday before to the one after.
        until(&world, change).await;
        let after = format!("{}T{then:02}:00:00Z", change + Duration::days(6));
        wait::until("the run after the change", 20, async || (next().await == after).then_some(())).await;
        let monthly = api.patch("/payout-settings", &json!({"schedule": "Monthly", "monthDay": 31})).await.json();
        let end = Date::from_calendar_date(year, month, 31).unwrap();
        // On the 31st itself the hour may be over already.
        if today(&world).await < end {
            assert_eq!(monthly["nextRunAt"], format!("{end}T{then:02}:00:00Z").as_str());
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_day_that_is_moved_after_its_periods_run_counts_from_the_next_period() {
    let world = World::shared().await;
    let api = world.api();
    let next = async |day: u8| {
        let set = json!({"schedule": "Monthly", "monthDay": day});
        let set = api.patch("/payout-settings", &set).await.expect_status(200).json();
        set["nextRunAt"].as_str().unwrap().to_owned()
    };
    let first = next(28).await;
    let (organization, run) = (world.acme.organization.uuid(), fresh::<shared::id::PayoutRun>().uuid());
    let had = format!(
        "insert into payout_runs (organization_id, id, currency, state, period, cutoff, proposed_by, done_at,
                                  created_at)
         values ('{organization}', '{run}', 'USD', 'Done', '{}', now(), 'schedule', now(), now())",
        &first[..7]
    );
    world.database.run(&had).await;
    next(27).await;
    let moved = next(28).await;
    assert!(moved[..7] > first[..7], "{moved} is in the month after {first}");
    world.database.run(&format!("update payout_runs set state = 'Cancelled' where id = '{run}'")).await;
    next(27).await;
    assert_eq!(next(28).await, first, "a canceled run is none");
    world.finish().await;
}

#[tokio::test]
async fn settings_are_changed_field_by_field() {
    let world = World::shared().await;
    let api = world.api();
    let first = api.get("/payout-settings").await.expect_status(200).json();
    assert_eq!(
        (first["schedule"].as_str(), first["taxGate"].as_str(), &first["nextRunAt"]),
        (Some("Manual"), Some("Warn"), &json!(null))
    );
    let change = async |body| api.patch("/payout-settings", &body).await;
    let weekly =
        change(json!({"schedule": "Weekly", "weekday": 5, "minimums": {"usd": 2500}})).await.expect_status(200).json();
    assert_eq!((weekly["weekday"].as_i64(), &weekly["minimums"]), (Some(5), &json!({"USD": 2_500})));
    assert!(weekly["nextRunAt"].as_str().unwrap().ends_with("T09:00:00Z"), "{weekly}");
    let manual = change(json!({"schedule": "Manual"})).await.expect_status(200).json();
    assert_eq!(
        (&manual["weekday"], &manual["nextRunAt"], &manual["minimums"]),
        (&json!(null), &json!(null), &json!({"USD": 2_500}))
    );
    for (body, field) in [
        (json!({"schedule": "Weekly"}), "weekday"),
        (json!({"schedule": "Monthly", "monthDay": 32}), "monthDay"),
        (json!({"weekday": 1}), "weekday"),
        (json!({"minimums": {"USD": -1}}), "minimums.USD"),
        (json!({"minimums": {"XYZ": 1}}), "minimums.XYZ"),
        (json!({"taxThresholds": {"27": 1}}), "taxThresholds.27"),
        (json!({"taxGate": "Never"}), "taxGate"),
        (json!({}), "schedule"),
    ] {
        let refused = api.patch("/payout-settings", &body).await.field_refusal();
        assert_eq!(refused, (400, "validation_failed".to_owned(), field.to_owned()), "{body}");
    }

    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let organization = world.acme.organization.to_string();
    let form = |minimums: &'static str| {
        [
            ("organization", organization.clone()),
            ("schedule", "Monthly".to_owned()),
            ("weekday", "1".to_owned()),
            ("monthDay", "31".to_owned()),
            ("minimums", minimums.to_owned()),
            ("secondApprover", "1".to_owned()),
            ("taxGate", "Withhold".to_owned()),
            ("taxThresholds", "2027 2100.00".to_owned()),
        ]
    };
    let place = "/dashboard/payouts/settings";
    let wrong = form("USD ten");
    let wrong: Vec<(&str, &str)> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = owner.submit(place, &wrong).await;
    assert!(refused.status == 400 && refused.text().contains("USD ten"), "{}", refused.text());
    let right = form("USD 10.50\nJPY 5000");
    let right: Vec<(&str, &str)> = right.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let saved = owner.submit(place, &right).await.expect_status(303);
    let saved = owner.browser.get(saved.header("location").unwrap()).await.expect_status(200).text();
    assert!(saved.contains("Changes saved"), "{saved}");
    let after = api.get("/payout-settings").await.json();
    assert_eq!(after["minimums"], json!({"USD": 1_050, "JPY": 5_000}));
    assert_eq!((after["monthDay"].as_i64(), after["secondApprover"].as_bool()), (Some(31), Some(true)));
    assert_eq!((after["taxGate"].as_str(), &after["taxThresholds"]), (Some("Withhold"), &json!({"2027": 210_000})));
    world.finish().await;
}
