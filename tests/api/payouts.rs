//! Goal: a payment outside Stripe counts from the day it was made, in the tax year, the statement and the receipt
//! alike, and returned money counts in the year of its return in each of them.
//! Method: the ledger's clock passes a turn of the year; payments of December are recorded in January: by PayPal's
//! report, manually, and without a run.
//! Elsewhere: tests/fault/payouts/outcomes.rs: `/payouts/{id}/attempts`, `/payouts/{id}/items`
//! Elsewhere: tests/fault/payouts/refusals.rs: `/payouts/{id}/retry`
//! Elsewhere: tests/api/payout_runs/files.rs: `/payouts/{id}/cancel`, `/payouts/{id}/mark-failed`
//! Elsewhere: tests/portal/payouts.rs: `/payouts/{id}/receipt.pdf`

use serde_json::{Value, json};
use time::{Date, Month};
use world::{
    World,
    client::api::Api,
    http::Request,
    organization_fixture::owner,
    payout_run_fixture::{bonus, exported, import, outcomes, partner},
};

/// Moves the ledger's clock to the next such date and returns its year.
async fn advance_to(world: &World, month: Month, day: u8) -> i32 {
    let clock = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().json();
    let text = clock["now"].as_str().unwrap();
    let number = |from, to| text[from..to].parse::<u16>().unwrap();
    let now_in = Month::try_from(number(5, 7) as u8).unwrap();
    let today = Date::from_calendar_date(i32::from(number(0, 4)), now_in, number(8, 10) as u8).unwrap();
    let of = |year| Date::from_calendar_date(year, month, day).unwrap();
    let requested = if of(today.year()) >= today { of(today.year()) } else { of(today.year() + 1) };
    let body = json!({"advanceDays": (requested - today).whole_days()}).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
    requested.year()
}

/// Paid and returned amounts in the tax year and in the affiliate's statement.
async fn year(api: &Api, affiliate: &str, year: i32) -> [(i64, i64); 2] {
    let tax = api.get(&format!("/tax-years/{year}")).await.expect_status(200).json();
    let row = tax["data"].as_array().unwrap().iter().find(|row| row["affiliateId"] == affiliate).cloned();
    let row = row.unwrap_or(Value::Null);
    let statement =
        api.get(&format!("/affiliates/{affiliate}/yearly-statement?year={year}")).await.expect_status(200).json();
    let total = &statement["data"][0]["total"];
    let cents = |value: &Value, name: &str| value[name].as_i64().unwrap_or_default();
    [
        (cents(&row, "paidCents"), cents(&row, "returnedCents")),
        (cents(total, "grossCents") - cents(total, "returnedCents"), cents(total, "returnedCents")),
    ]
}

#[tokio::test]
async fn a_december_payment_reported_in_january_is_of_december() {
    let world = World::start().await;
    let api = world.api();
    let old = advance_to(&world, Month::December, 20).await;
    let (lena, robin, willow) = (
        partner(&world, "lena", "PayPal").await,
        partner(&world, "robin", "PayPal").await,
        partner(&world, "willow", "Manual").await,
    );
    let [lena, robin, willow] = [lena, robin, willow].map(|who| who.affiliate.to_string());
    for who in [&lena, &robin] {
        bonus(&world, who, 250_000, "USD").await;
    }
    bonus(&world, &willow, 7_000, "USD").await;
    // Willow is paid by bank, without a run.
    let hold = format!("/api/v1/affiliates/{willow}/payout-hold");
    let put = Request { method: "PUT".to_owned(), ..Request::post(&hold, r#"{"reason": "paid by bank"}"#) };
    api.send(put).await.expect_status(200);
    let (run, payouts) = exported(&api, "USD", "PayPal").await;
    let payout = async |of: &str| {
        let all = api.all(&format!("/payouts?runId={run}")).await;
        all.iter().find(|one| one["affiliateId"] == of).unwrap()["id"].as_str().unwrap().to_owned()
    };
    assert_eq!(payouts.len(), 2);
    let (first, second) = (payout(&lena).await, payout(&robin).await);
    advance_to(&world, Month::January, 4).await;

    let file = format!(
        "Date,Type,Status,Currency,Gross,Net,Transaction ID,Custom Number\n\
         12/29/{old},Mass Payment,Completed,USD,\"-2,500.00\",\"-2,500.00\",8AB,{first}\n"
    );
    let answer = import(&api, &run, &file).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Sent".to_owned(), None)]);
    for (day, message) in [("2999-01-01", "future"), ("2020-01-01", "before"), ("29/12/2026", "such as")] {
        let body = json!({"reference": "pp", "paidOn": day});
        let refused = api.post(&format!("/payouts/{second}/mark-sent"), &body).await;
        let (status, _, field) = refused.field_refusal();
        assert!((status, field.as_str()) == (400, "paidOn") && refused.text().contains(message), "{}", refused.text());
    }
    let marked = json!({"reference": "pp", "paidOn": format!("{old}-12-30")});
    let sent = api.post(&format!("/payouts/{second}/mark-sent"), &marked).await.expect_status(200).json();
    assert!(sent["sentAt"].as_str().unwrap().starts_with(&format!("{old}-12-30")), "{sent}");
    api.post(&format!("/payouts/{second}/mark-sent"), &marked).await.expect_status(200);
    let other_day = json!({"reference": "pp", "paidOn": format!("{old}-12-31")});
    let other_day = api.post(&format!("/payouts/{second}/mark-sent"), &other_day).await;
    assert_eq!(other_day.refusal(), (409, "already_sent".to_owned()));
    let outside = |day: &str| json!({"affiliateId": willow, "currency": "USD", "expectedCents": 7_000, "paidOn": day});
    assert_eq!(api.post("/payouts", &outside("2020-01-01")).await.field_refusal().2, "paidOn");
    let recorded = api.post("/payouts", &outside(&format!("{old}-12-31"))).await.expect_status(201).json();
    assert!(recorded["sentAt"].as_str().unwrap().starts_with(&format!("{old}-12-31")), "{recorded}");

    // Every document says December, and the threshold of that year is reached.
    for (who, cents) in [(&lena, 250_000), (&robin, 250_000), (&willow, 7_000)] {
        assert_eq!(year(&api, who, old).await, [(cents, 0); 2]);
        assert_eq!(year(&api, who, old + 1).await, [(0, 0); 2]);
    }
    let tax = api.get(&format!("/tax-years/{old}")).await.json();
    let reached = |who: &str| {
        tax["data"].as_array().unwrap().iter().any(|row| row["affiliateId"] == who && row["thresholdReached"] == true)
    };
    assert!(reached(&lena) && reached(&robin) && !reached(&willow), "{tax}");
    let receipt = api.get(&format!("/payouts/{first}/receipt")).await.expect_status(200).json();
    assert!(receipt["sentAt"].as_str().unwrap().starts_with(&format!("{old}-12-29")), "{receipt}");
    let list = api.get(&format!("/payout-runs/{run}/remittance")).await.expect_status(200).text();
    assert!(list.contains(&format!(",{old}-12-29T")) && list.contains(&format!(",{old}-12-30T")), "{list}");

    // One payment comes back in January: the old year stays as it was reported. The only other reading of the day is in the
    // future.
    let back = format!(
        "Date,Type,Status,Currency,Gross,Net,Transaction ID,Reference Txn ID,Custom Number\n\
         01/03/{next},Mass Pay Reversal,Completed,USD,\"2,500.00\",\"2,500.00\",8CD,8AB,{first}\n",
        next = old + 1
    );
    let answer = import(&api, &run, &back).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Failed".to_owned(), None)]);
    let on = format!(
        "select count(*) from payout_returns where returned_at::date = '{}-01-03' and amount = 250000",
        old + 1
    );
    assert_eq!(world.database.count(&on).await, 1);
    let receipt = api.get(&format!("/payouts/{first}/receipt")).await.expect_status(200).json();
    assert!(receipt["endedAt"].as_str().unwrap().starts_with(&format!("{}-01-03", old + 1)), "{receipt}");
    assert_eq!(year(&api, &lena, old).await, [(250_000, 0); 2]);
    assert_eq!(year(&api, &lena, old + 1).await, [(-250_000, 250_000); 2]);
    let mut nina = owner(&world).await;
    let page = nina.browser.get(&format!("/dashboard/payouts/tax?year={}", old + 1)).await.expect_status(200).text();
    assert!(page.contains("minus $2,500.00 returned"), "{page}");
    // Paid again in the new year, it is no income of that year a second time.
    let hold = format!("/api/v1/affiliates/{lena}/payout-hold");
    api.send(Request::new("DELETE", &hold)).await.expect_status(200);
    let body = json!({"affiliateId": lena, "currency": "USD", "expectedCents": 250_000});
    api.post("/payouts", &body).await.expect_status(201);
    assert_eq!(year(&api, &lena, old + 1).await, [(0, 250_000); 2]);
    world.finish().await;
}

#[tokio::test]
async fn a_date_with_two_meanings_is_asked_for() {
    let world = World::start().await;
    let api = world.api();
    let year = advance_to(&world, Month::November, 1).await;
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_940, "EUR").await;
    let (run, payouts) = exported(&api, "EUR", "PayPal").await;
    advance_to(&world, Month::December, 20).await;
    let file = |date: &str| {
        format!(
            "Date,Status,Currency,Gross,Transaction ID,Custom Number\n{date},Completed,EUR,-59.40,8AB,{}\n",
            payouts[0]
        )
    };
    // The 11th of December, or the 12th of November.
    let two = file(&format!("11/12/{year}"));
    let requested = import(&api, &run, &two).await;
    assert_eq!((requested.status, requested.field_refusal().2.as_str()), (400, "dateOrder"), "{}", requested.text());
    assert_eq!(world.database.count("select count(*) from payout_result_files").await, 0);
    let path = |order: &str| format!("/api/v1/payout-runs/{run}/import?dateOrder={order}");
    let send = async |order: &str, csv: &str| {
        let request = Request { body: csv.into(), ..Request::new("POST", &path(order)) };
        api.send(request.header("Content-Type", "text/csv")).await
    };
    assert_eq!(send("Backwards", &two).await.field_refusal().2, "dateOrder");
    // One date is before the run and the other in the future, in either order.
    for date in [format!("05/06/{year}"), format!("{}-01-05", year + 1)] {
        let answer = send("DayFirst", &file(&date)).await.expect_status(200).json();
        assert_eq!(outcomes(&answer), [(2, "Refused".to_owned(), Some("date_out_of_range".to_owned()))], "{date}");
    }
    let answer = send("DayFirst", &two).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Sent".to_owned(), None)]);
    let sent = api.get(&format!("/payouts/{}", payouts[0])).await.json();
    assert_eq!(sent["sentAt"], format!("{year}-12-11T12:00:00Z"), "{sent}");
    world.finish().await;
}

#[tokio::test]
async fn a_date_that_can_only_be_one_is_taken() {
    let world = World::start().await;
    let api = world.api();
    let year = advance_to(&world, Month::December, 1).await;
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_940, "EUR").await;
    let (run, payouts) = exported(&api, "EUR", "PayPal").await;
    advance_to(&world, Month::December, 9).await;
    // The 3rd of December, for on the 12th of March there was no run.
    let file = format!(
        "Date,Status,Currency,Gross,Transaction ID,Custom Number\n12/03/{year},Completed,EUR,-59.40,8AB,{}\n",
        payouts[0]
    );
    let answer = import(&api, &run, &file).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Sent".to_owned(), None)]);
    let sent = api.get(&format!("/payouts/{}", payouts[0])).await.json();
    assert_eq!(sent["sentAt"], format!("{year}-12-03T12:00:00Z"), "{sent}");
    world.finish().await;
}
