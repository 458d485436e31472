//! Goal: a year's payees and its 1099-NEC file say what was paid.
//! Method: two affiliates with forms; payouts are written into the database as they are sent; the table and the files
//! are read by API.

use serde_json::json;
use world::{
    World,
    client::{dashboard::PROVED_LONG_AGO, mailbox::read_email},
    http::Request,
    payout_run_fixture::bonus,
    tax_fixture::{PDF, W9, advance, affiliate, forms, owner, today, unbooked, upload},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_year_in_numbers() {
    let world = World::start().await;
    let (mut lauren, email, id) = affiliate(&world).await;
    let organization = world.acme.organization.uuid();
    let paid = |currency: &str, amount: i64, withheld: i64| {
        format!(
            "insert into payouts (organization_id, id, affiliate_id, currency, amount, withheld, rail, status, actor, sent_at,
                                  ended_at, updated_at, created_at)
             select '{organization}', gen_random_uuid(), id, '{currency}', {amount}, {withheld}, 'Manual', 'Sent', 'test', now(), now(),
                    now(), now() from affiliates where organization_id = '{organization}' and email = '{email}'"
        )
    };
    let home = Request { method: "PUT".to_owned(), ..Request::post("/api/v1/home-currency", r#"{"currency":"USD"}"#) };
    world.api().send(home).await.expect_status(200);
    let rate = json!({"day": "2026-01-01", "currency": "EUR", "rate": "1.25"});
    world.api().post("/exchange-rates", &rate).await.expect_status(201);
    world.database.run(&paid("GBP", 900_000, 0)).await;
    world.database.run(&paid("EUR", 120_000, 0)).await;
    // Two thirds of 2,000 dollars without a form, by the rate of the day: they are asked for one. Amounts without a
    // known rate don't count.
    world.ledger.run_jobs().await;
    let requested = read_email(&world.ledger.base(), &email, "tax_form_needed").await.to_string();
    assert!(requested.contains("1,500"), "{requested}");
    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    world.database.run(&paid("USD", 60_000, 14_400)).await;

    let year = today(&world).await.year();
    let report = world.api().get(&format!("/tax-years/{year}")).await.expect_status(200).json();
    assert_eq!(report["thresholdCents"], 200_000, "{report}");
    let row = report["data"].as_array().unwrap().iter().find(|row| row["affiliateId"] == id.as_str()).unwrap().clone();
    assert_eq!((row["paidCents"].as_i64(), row["withheldCents"].as_i64()), (Some(210_000), Some(14_400)), "{row}");
    assert_eq!((row["form"].as_str(), row["thresholdReached"].as_bool()), (Some("W9"), Some(true)));
    let file = world.api().get(&format!("/tax-years/{year}/1099-nec.csv")).await.expect_status(200).text();
    for part in ["\"536-22-1234\"", "\"Lauren Pope\"", "\"2100.00\"", "\"144.00\"", "\"CA\""] {
        assert!(file.contains(part), "{part} in {file}");
    }
    // Full tax numbers require a person who proves who they are.
    let place = format!("/dashboard/payouts/tax/{year}/1099-nec.csv");
    let named = world.acme.organization.to_string();
    let mut browser = owner(&world).await;
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    for (password, status) in [("", 403), (world.demo["owner"]["password"].as_str().unwrap(), 200)] {
        let answer = browser.submit(&place, &[("organization", &named), ("password", password)]).await;
        let shows = answer.text().contains("536-22-1234");
        assert_eq!((answer.status, shows), (status, status == 200), "{}", answer.text());
    }
    let table = world.api().get(&format!("/tax-years/{year}/payees.csv")).await.expect_status(200).text();
    assert!(table.contains("\"1234\"") && !table.contains("536-22"), "{table}");

    // The tax authority says in January that the name is wrong: the payments were made on that form nevertheless. So were those
    // of a payee who moves away.
    advance(&world, 60).await;
    let rejected = format!("/tax-forms/{}/reject", forms(&world).await[0]["id"].as_str().unwrap());
    let why = json!({"reason": "The IRS doesn't know this name."});
    world.api().post(&rejected, &why).await.expect_status(200);
    let file = world.api().get(&format!("/tax-years/{year}/1099-nec.csv")).await.expect_status(200).text();
    assert!(file.contains("\"536-22-1234\"") && file.contains("\"2100.00\""), "{file}");
    let (mut lauren, ..) = affiliate(&world).await;
    let moved =
        [("name", "Lauren Pope"), ("signedOn", "2026-01-02"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
    upload(&mut lauren, "w-8ben", &moved, PDF).await.expect_status(303);
    let later = format!("/tax-forms/{}/accept", forms(&world).await[0]["id"].as_str().unwrap());
    world.api().post(&later, &json!({})).await.expect_status(200);
    let file = world.api().get(&format!("/tax-years/{year}/1099-nec.csv")).await.expect_status(200).text();
    assert!(file.contains("\"536-22-1234\"") && file.contains("\"2100.00\""), "{file}");
    world.api().get("/tax-years/12").await.expect_status(404);
    let page = owner(&world).await.browser.get(&format!("/dashboard/payouts/tax?year={year}")).await.expect_status(200);
    assert!(page.text().contains("Form 945"), "{}", page.text());

    // In the brand's time zone it was still New Year's Eve, for its tax forms and for the affiliate's statement.
    let zone = "update organizations set time_zone = 'America/Los_Angeles'";
    world.database.run(&format!("{zone} where organization_id = '{organization}'")).await;
    world.database.run(&paid("USD", 700, 0).replace("now()", "'2025-01-01T03:00:00Z'")).await;
    let api = world.api();
    let years = async |year: i32| {
        let report = api.get(&format!("/tax-years/{year}")).await.expect_status(200).json();
        let rows = report["data"].as_array().unwrap().iter().filter(|row| row["affiliateId"] == id.as_str());
        let statement =
            api.get(&format!("/affiliates/{id}/yearly-statement?year={year}")).await.expect_status(200).json();
        let paid: i64 = rows.map(|row| row["paidCents"].as_i64().unwrap()).sum();
        (paid, statement["data"][0]["total"]["payouts"].as_i64().unwrap_or_default())
    };
    assert_eq!((years(2024).await, years(2025).await), ((700, 1), (0, 0)));
    unbooked(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_is_recorded_late_keeps_the_form_it_was_based_on() {
    let world = World::start().await;
    let api = world.api();
    let (mut lauren, _, id) = affiliate(&world).await;
    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    bonus(&world, &id, 300_000, "USD").await;
    advance(&world, 1).await;
    let paid_on = today(&world).await;
    advance(&world, 1).await;
    // They move within the country; the form before had no payment when it was replaced.
    let mut moved = W9;
    moved[2] = ("street", "7 Mission Street");
    lauren.submit("/a/tax/w-9", &moved).await.expect_status(303);
    let payment = json!({"affiliateId": id, "currency": "USD", "paidOn": paid_on.to_string()});
    api.post("/payouts", &payment).await.expect_status(201);
    advance(&world, 40).await;
    world.ledger.run_jobs().await;
    assert_eq!(world.database.count("select count(*) from tax_forms where sealed_form is not null").await, 2);
    let nec = format!("/tax-years/{}/1099-nec.csv", paid_on.year());
    let file = api.get(&nec).await.expect_status(200).text();
    assert!(file.contains("\"536-22-1234\"") && file.contains("12 Market Street"), "{file}");
    world.finish().await;
}
