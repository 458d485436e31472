//! Goal: a receipt and a yearly statement equal the book to the cent, for the affiliate and for the brand and for no
//! one else; returned payments and withheld tax are shown plainly.
//! Method: payouts with a clawback, one that came back and one less tax; each figure is computed by hand and compared
//! with the transfers behind it. Another library reads the PDF files, which are requested twice.

mod setup;

use lopdf::Document;
use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, Partner},
    client::{
        dashboard::Marketer,
        mailbox::{link, read_email, token},
    },
    http::{Request, Response},
    wait,
};

use crate::fixture::{address, join};

fn sale(world: &World, partner: &Partner, id: &str, cents: i64) -> Event {
    let slug = partner.slug.clone();
    world.acme.sale(id, cents).but(|report| report.affiliate_slug = Some(slug))
}

/// The affiliate in the portal.
async fn enter(world: &World, slug: &str) -> Marketer {
    let (base, email) = (world.ledger.base(), address(world, slug));
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser
}

async fn pay(world: &World, partner: &Partner, cents: i64) -> String {
    let body = json!({"affiliateId": partner.affiliate.to_string(), "currency": "USD", "expectedCents": cents, "reference": "bank"});
    let paid = world.api().post("/payouts", &body).await.expect_status(201).json();
    paid["id"].as_str().unwrap().to_owned()
}

/// 20.00 of a sale, paid; a quarter of the sale is refunded, 10.00 of another one earned: 5.00 paid.
async fn story(world: World) -> (World, Partner, String, String) {
    let (api, early) = (world.api(), join(&world, "early").await);
    world.intake().accept(&[sale(&world, &early, "one", 10_000)]).await;
    let release = format!("/affiliates/{}/release", early.affiliate);
    api.post(&release, &json!({"reason": "known for years"})).await.expect_status(200);
    let first = pay(&world, &early, 2_000).await;
    // A payment outside Stripe that is recorded is announced like any other.
    let report = read_email(&world.ledger.base(), &address(&world, "early"), "payout_sent").await.to_string();
    assert!(report.contains("20.00") && report.contains(&format!("/a/payouts/{first}")), "{report}");
    world.intake().accept(&[world.acme.refund("back", "one", 2_500), sale(&world, &early, "two", 5_000)]).await;
    api.post(&release, &json!({"reason": "known for years"})).await.expect_status(200);
    let second = pay(&world, &early, 500).await;
    (world, early, first, second)
}

fn text(answer: &Response) -> String {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/pdf")), "{}", answer.text());
    assert!(answer.header("cache-control").unwrap().starts_with("private, no-"));
    let read = Document::load_mem(&answer.body).expect("a PDF");
    let pages: Vec<u32> = read.get_pages().keys().copied().collect();
    let text = read.extract_text(&pages).expect("text").replace('\u{a0}', " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cents(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("{name} in {value}"))
}

/// The amount that the book moved for a payout to the affiliate's paid account.
async fn booked(world: &World, payout: &str) -> i64 {
    let payout: shared::id::PayoutId = payout.parse().unwrap();
    world
        .database
        .count(&format!(
            "select coalesce(sum(case when a.id = t.credit_account_id then t.amount else -t.amount end), 0)::bigint
             from transfers t join accounts a on a.organization_id = t.organization_id
                  and a.kind = 'affiliate_paid' and a.id in (t.credit_account_id, t.debit_account_id)
             where t.payout_id = '{}'",
            payout.uuid()
        ))
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_the_books() {
    let (world, early, first, second) = story(World::shared().await).await;
    let api = world.api();
    let report = api.get(&format!("/payouts/{second}/receipt")).await.expect_status(200).json();
    assert_eq!(
        (cents(&report, "grossCents"), cents(&report, "receivedCents"), booked(&world, &second).await),
        (500, 500, 500)
    );
    let lines: Vec<(&str, i64)> = report["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["what"].as_str().unwrap(), cents(line, "amountCents")))
        .collect();
    assert_eq!(lines, [("Sale", -500), ("Sale", 1_000)], "without order numbers, which are the brand's");
    assert!(report["notice"].is_null() && report["withheldReason"].is_null(), "{report}");

    // The same bytes by each route and each time.
    let path = format!("/payouts/{second}/receipt");
    let pdf = api.get(&format!("{path}.pdf")).await;
    let message = text(&pdf);
    for part in ["Payout receipt USD 5.00", "Reversal: Sale", "−5.00", "10.00", "You received 5.00", second.as_str()]
    {
        assert!(message.contains(part), "{part} isn't in {message}");
    }
    assert_eq!(api.get(&format!("{path}.pdf")).await.body, pdf.body);
    let accepted = Request::get(&format!("/api/v1{path}")).header("Accept", "application/pdf");
    assert_eq!(api.send(accepted).await.body, pdf.body);
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    assert_eq!(owner.browser.get(&format!("/dashboard/payouts/{second}/receipt.pdf")).await.body, pdf.body);

    // The affiliate sees the same, and on the first page what they have.
    let mut portal = enter(&world, "early").await;
    assert_eq!(portal.browser.get(&format!("/a/payouts/{second}/receipt.pdf")).await.body, pdf.body);
    let page = portal.browser.get(&format!("/a/payouts/{second}")).await.expect_status(200);
    assert_eq!(page.header("cache-control"), Some("private, no-store"));
    let page = page.text();
    assert!(page.contains("$5.00 from") && page.contains("Reversal: Sale<") && page.contains(">Sale<"), "{page}");
    let list = portal.browser.get("/a/payouts").await.expect_status(200).text();
    assert!(list.contains("$20.00") && list.contains("$5.00") && list.contains(&first), "{list}");
    let start = portal.browser.get("/a").await.expect_status(200).text();
    assert!(start.contains("Your balance") && start.contains("$25.00"), "{start}");

    // Dates are those of the brand's clocks.
    world.database.run("update organizations set time_zone = 'Etc/GMT-14'").await;
    let created = Timestamp::parse_rfc3339(report["createdAt"].as_str().unwrap()).unwrap();
    let there = created.plus_millis(14 * 60 * 60 * 1_000).date();
    let date = format!("{} {} {}", there.day(), &there.month().to_string()[..3], there.year());
    let page = portal.browser.get(&format!("/a/payouts/{second}")).await.text();
    let message = text(&portal.browser.get(&format!("/a/payouts/{second}/receipt.pdf")).await);
    for shown in [page, message] {
        assert!(shown.contains(&date) && shown.contains("Dates are in Etc/GMT-14."), "{date}: {shown}");
    }

    // Nobody else does.
    join(&world, "late").await;
    let mut other = enter(&world, "late").await;
    for target in
        [format!("/a/payouts/{second}"), format!("/a/payouts/{second}/receipt.pdf"), "/a/payouts/x".to_owned()]
    {
        other.browser.get(&target).await.expect_status(404);
    }
    let none = other.browser.get("/a/payouts").await.expect_status(200).text();
    assert!(none.contains("No payouts yet") && !none.contains(&second), "{none}");
    for path in
        [path.clone(), format!("{path}.pdf"), format!("/affiliates/{}/yearly-statement?year=2026", early.affiliate)]
    {
        assert_eq!(world.other_api().get(&path).await.refusal(), (404, "not_found".to_owned()), "{path}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_back_is_said_and_counted() {
    let (world, early, first, second) = story(World::shared().await).await;
    let api = world.api();
    let back = json!({"reason": "The bank sent it back."});
    api.post(&format!("/payouts/{second}/mark-failed"), &back).await.expect_status(200);
    let report = api.get(&format!("/payouts/{second}/receipt")).await.expect_status(200).json();
    assert_eq!(
        (report["status"].as_str(), cents(&report, "receivedCents"), booked(&world, &second).await),
        (Some("Reversed"), 0, 0)
    );
    assert_eq!(cents(&report, "cameBackCents"), 500);
    assert!(report["notice"].as_str().unwrap().contains("returned in full"), "{report}");
    let message = text(&api.get(&format!("/payouts/{second}/receipt.pdf")).await);
    assert!(message.contains("returned in full") && message.contains("You received 0.00"), "{message}");
    let written = read_email(&world.ledger.base(), &address(&world, "early"), "payout_returned_affiliate").await;
    let opened = format!("/a/open?brand={}&next=/a/payouts/{second}", world.acme.organization);
    assert!(written["text"].as_str().unwrap().contains(&opened), "{written}");

    let year = report["createdAt"].as_str().unwrap()[..4].to_owned();
    let path = format!("/affiliates/{}/yearly-statement", early.affiliate);
    let yearly = api.get(&format!("{path}?year={year}")).await.expect_status(200).json();
    let total = &yearly["data"][0]["total"];
    let figures = ["grossCents", "returnedCents", "withheldCents", "receivedCents"].map(|name| cents(total, name));
    assert_eq!(figures, [2_500, 500, 0, 2_000]);
    assert_eq!(cents(total, "receivedCents"), booked(&world, &first).await + booked(&world, &second).await);
    let months = yearly["data"][0]["months"].as_array().unwrap();
    assert_eq!(months.iter().map(|month| cents(month, "receivedCents")).sum::<i64>(), 2_000);
    let before = api.get(&format!("{path}?year=2020")).await.expect_status(200).json();
    assert_eq!(before["data"], json!([]));
    for query in ["", "?year=soon", "?year=99999"] {
        assert_eq!(api.get(&format!("{path}{query}")).await.field_refusal().2, "year");
    }

    let mut portal = enter(&world, "early").await;
    let page = portal.browser.get(&format!("/a/payouts/year/{year}")).await.expect_status(200).text();
    assert!(page.contains("$20.00 in USD") && page.contains("a tax document"), "{page}");
    let csv = portal.browser.get(&format!("/a/payouts/year/{year}/statement.csv")).await.expect_status(200).text();
    assert!(csv.ends_with(",2,25.00,0.00,5.00,20.00\r\n"), "{csv}");
    let pdf = portal.browser.get(&format!("/a/payouts/year/{year}/statement.pdf")).await;
    assert!(text(&pdf).contains("Received in USD: 20.00"));
    portal.browser.get("/a/payouts/year/now").await.expect_status(404);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn years_are_those_in_which_something_was_paid() {
    let (world, early, ..) = story(World::start().await).await;
    let later = Request::post("/dev/clock", json!({"advanceDays": 800}).to_string());
    let now = later.send(&world.ledger.base()).await.unwrap().expect_status(200).json();
    let last: i32 = now["now"].as_str().unwrap()[..4].parse().unwrap();
    world.intake().accept(&[sale(&world, &early, "three", 5_000)]).await;
    let release = format!("/affiliates/{}/release", early.affiliate);
    world.api().post(&release, &json!({"reason": "known for years"})).await.expect_status(200);
    pay(&world, &early, 1_000).await;
    let mut portal = enter(&world, "early").await;
    let page = portal.browser.get("/a/payouts").await.expect_status(200).text();
    let shown: Vec<i32> = page.split("Statement for ").skip(1).map(|rest| rest[..4].parse().expect("a year")).collect();
    assert!(shown.len() == 2 && shown[0] == last && shown[1] < last - 1, "{shown:?} of {last}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tax_that_was_withheld_stands_in_it_with_its_reason() {
    let world = World::shared().await;
    let (api, taxed, email) = (world.api(), join(&world, "taxed").await, address(&world, "taxed"));
    let path = format!("/affiliates/{}", taxed.affiliate);
    api.patch("/payout-settings", &json!({"taxGate": "Withhold"})).await.expect_status(200);
    let method = Request {
        method: "PUT".to_owned(),
        ..Request::post(&format!("/api/v1{path}/payout-method"), json!({"rail": "PayPal", "email": email}).to_string())
    };
    api.send(method).await.expect_status(200);
    world.intake().accept(&[sale(&world, &taxed, "big", 50_000)]).await;
    api.post(&format!("{path}/release"), &json!({"reason": "known for years"})).await.expect_status(200);
    let run = api.post("/payout-runs", &json!({"currency": "USD"})).await.expect_status(201).json();
    api.post(&format!("/payout-runs/{}/approve", run["id"].as_str().unwrap()), &json!({})).await.expect_status(200);
    let own = format!("/payouts?affiliateId={}", taxed.affiliate);
    let payout = wait::until("the money is set aside", 30, async || {
        api.all(&own).await.into_iter().find(|payout| payout["status"] == "Reserved")
    })
    .await;
    let id = payout["id"].as_str().unwrap().to_owned();
    let waiting = api.get(&format!("/payouts/{id}/receipt")).await.expect_status(200).json();
    assert_eq!((cents(&waiting, "netCents"), cents(&waiting, "receivedCents")), (7_600, 0));
    assert!(waiting["notice"].as_str().unwrap().starts_with("Not paid yet."), "{waiting}");

    api.post(&format!("/payouts/{id}/mark-sent"), &json!({"transferId": "PAYID-1"})).await.expect_status(200);
    let report = api.get(&format!("/payouts/{id}/receipt")).await.expect_status(200).json();
    let figures = ["grossCents", "withheldCents", "netCents", "receivedCents"].map(|name| cents(&report, name));
    // 24% of 100.00.
    assert_eq!((figures, booked(&world, &id).await), ([10_000, 2_400, 7_600, 7_600], 7_600));
    assert!(report["withheldReason"].as_str().unwrap().contains("24%"), "{report}");
    assert!(report["paidInto"].as_str().is_some_and(|into| into != email && !into.is_empty()), "{report}");
    let message = text(&api.get(&format!("/payouts/{id}/receipt.pdf")).await);
    for part in ["USD 76.00", "Tax withheld −24.00", "You received 76.00", "no tax form on file", "PAYID-1"] {
        assert!(message.contains(part), "{part} isn't in {message}");
    }
    let year = &report["createdAt"].as_str().unwrap()[..4];
    let yearly = api.get(&format!("{path}/yearly-statement?year={year}")).await.expect_status(200).json();
    let total = &yearly["data"][0]["total"];
    let figures = ["payouts", "grossCents", "withheldCents", "receivedCents"].map(|name| cents(total, name));
    assert_eq!(figures, [1, 10_000, 2_400, 7_600]);
    let written = read_email(&world.ledger.base(), &email, "payout_sent").await;
    let words = written["text"].as_str().unwrap();
    assert!(words.contains("USD\u{a0}76.00") && words.contains(&format!("/a/payouts/{id}")), "{words}");
    world.finish().await;
}

#[tokio::test]
async fn payouts_are_a_file_too() {
    let (world, _, first, second) = story(World::shared().await).await;
    let mut browser = enter(&world, "early").await;
    let file = browser.browser.get("/a/payouts.csv").await.expect_status(200).text();
    let lines: Vec<&str> = file.lines().collect();
    assert!(lines.len() == 3 && lines[1].contains(&second) && lines[2].contains(&first), "{file}");
    assert!(lines[1].contains("5.00") && lines[2].contains("20.00"), "{file}");
    world.finish().await;
}
