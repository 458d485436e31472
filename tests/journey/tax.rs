//! Goal: an affiliate gives a form in the portal, the brand sees it by its last four, somebody uploads one that is rejected
//! with an email and accepted on the second try, a W-8 runs out with reminders, and the year's table and 1099-NEC say what
//! was paid.
//! Method: browsers of an affiliate and of an owner, the API, the clock moved by days, and payouts written as they are sent.

use serde_json::{Value, json};
use time::{Date, Duration, Month};
use world::{
    World,
    client::{
        dashboard::{Marketer, PROVED_LONG_AGO},
        mailbox::{link, read_email, read_emails, token},
    },
    http::{Request, Response},
    wait,
};

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n";
const W9: [(&str, &str); 11] = [
    ("name", "Lauren Pope"),
    ("classification", "Individual"),
    ("street", "12 Market Street"),
    ("city", "San Francisco"),
    ("region", "CA"),
    ("postalCode", "94103"),
    ("tinType", "SSN"),
    ("tin", "536-22-1234"),
    ("certify", "yes"),
    ("consent", "yes"),
    ("signature", "Lauren Pope"),
];

async fn affiliate(world: &World) -> (Marketer, String, String) {
    let (base, email) = (world.ledger.base(), world.demo["affiliate"]["email"].as_str().unwrap().to_owned());
    let mut browser = Marketer::new(&base);
    browser.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&base, &email, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    (browser, email, world.demo["affiliate"]["id"].as_str().unwrap().to_owned())
}

async fn owner(world: &World) -> Marketer {
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    owner
}

async fn upload(browser: &mut Marketer, world: &World, kind: &str, fields: &[(&str, &str)], pdf: &[u8]) -> Response {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../x.pdf\"\r\n\r\n";
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(pdf);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let mut request = Request::new("POST", &format!("/a/tax/{kind}/upload"))
        .header("Content-Type", "multipart/form-data; boundary=b")
        .header("Origin", &world.ledger.base())
        .header("Sec-Fetch-Site", "same-origin");
    request.body = body;
    browser.browser.send(request).await
}

async fn forms(world: &World) -> Vec<Value> {
    world.api().all("/tax-forms").await
}

/// What these tests wrote down as paid has no book behind it: it goes before the oracle looks.
async fn unbooked(world: &World) {
    world.database.run("delete from payouts where actor = 'test'").await;
}

async fn advance(world: &World, days: i64) {
    let body = json!({ "advanceDays": days }).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// The ledger's day, in UTC.
async fn today(world: &World) -> Date {
    let clock = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().json();
    let text = clock["now"].as_str().unwrap();
    let number = |from, to| text[from..to].parse::<u16>().unwrap();
    let month = Month::try_from(number(5, 7) as u8).unwrap();
    Date::from_calendar_date(i32::from(number(0, 4)), month, number(8, 10) as u8).unwrap()
}

/// Moves the clock to a day; how many days that was.
async fn until(world: &World, day: Date) -> i64 {
    let days = (day - today(world).await).whole_days();
    advance(world, days).await;
    days
}

/// Waits until there are so many letters of a kind, and that it stays so over some turns of the job; the newest of them.
async fn report(world: &World, to: &str, kind: &str, count: usize) -> String {
    let all = async || {
        let emails = read_emails(&world.ledger.base(), to).await;
        emails.into_iter().filter(|one| one["kind"] == kind).collect::<Vec<Value>>()
    };
    wait::until(&format!("{count} letters {kind}"), 30, async || (all().await.len() >= count).then_some(())).await;
    world.ledger.run_jobs().await;
    let found = all().await;
    assert_eq!(found.len(), count, "{kind}: {found:?}");
    found.first().map(Value::to_string).unwrap_or_default()
}

/// Path and query of a link of ours.
fn path(world: &World, url: &str) -> String {
    url.strip_prefix(&world.ledger.base()).expect("a link of ours").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_filled_in_signed_and_seen() {
    let world = World::start().await;
    let (mut lauren, _, id) = affiliate(&world).await;
    let page = lauren.browser.get("/a/tax").await.expect_status(200).text();
    assert!(page.contains("There is no tax form of yours yet"), "{page}");
    let guided = lauren.browser.get("/a/tax?usPerson=yes").await.expect_status(200).text();
    assert!(guided.contains("/a/tax/w-9"), "{guided}");
    let elsewhere = lauren.browser.get("/a/tax?usPerson=no&entity=no&worksInUs=yes").await.expect_status(200).text();
    assert!(elsewhere.contains("8233"), "{elsewhere}");
    for form in ["w-9", "w-8ben", "w-8ben-e"] {
        lauren.browser.get(&format!("/a/tax/{form}")).await.expect_status(200);
        lauren.browser.get(&format!("/a/tax/{form}/upload")).await.expect_status(200);
    }
    lauren.browser.get("/a/tax/w-10").await.expect_status(404);

    // A mistake is told beside its field, and what was typed stays.
    let mut wrong = W9;
    wrong[7] = ("tin", "666-22-1234");
    let page = lauren.submit("/a/tax/w-9", &wrong).await.expect_status(400).text();
    assert!(page.contains("tin-problem") && page.contains("12 Market Street"), "{page}");
    assert!(forms(&world).await.is_empty());

    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    let found = forms(&world).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let form = &found[0];
    assert_eq!((form["status"].as_str(), form["kind"].as_str()), (Some("Valid"), Some("W9")), "{form}");
    assert_eq!((form["tinLastFour"].as_str(), form["affiliateId"].as_str()), (Some("1234"), Some(id.as_str())));
    let read = world.api().get(&format!("/tax-forms/{}", form["id"].as_str().unwrap())).await.expect_status(200).text();
    assert!(read.contains("***-**-1234") && !read.contains("536-22"), "{read}");

    // The owner sees it masked, whole on demand, and as a PDF.
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/tax/forms/{}", form["id"].as_str().unwrap());
    let page = owner.browser.get(&format!("{place}?organization={organization}")).await.expect_status(200).text();
    assert!(page.contains("***-**-1234") && !page.contains("536-22"), "{page}");
    let fields = [("organization", organization.as_str())];
    world.database.run(PROVED_LONG_AGO).await;
    for what in ["show", "file"] {
        let page = owner.submit(&format!("{place}/{what}"), &fields).await.expect_status(403).text();
        assert!(page.contains("Enter your password") && !page.contains("536-22"), "{page}");
    }
    let wrong = [fields[0], ("password", "not the password")];
    let page = owner.submit(&format!("{place}/show"), &wrong).await.expect_status(400).text();
    assert!(page.contains("This is not your password.") && !page.contains("536-22"), "{page}");
    let fields = [fields[0], ("password", world.demo["owner"]["password"].as_str().unwrap())];
    let page = owner.submit(&format!("{place}/show"), &fields).await.expect_status(200).text();
    assert!(page.contains("536-22-1234"), "{page}");
    let to = owner.submit(&format!("{place}/file"), &fields).await.expect_status(303);
    let pdf = owner.browser.get(&path(&world, to.header("location").unwrap())).await.expect_status(200);
    assert!(pdf.body.starts_with(b"%PDF-"));
    assert!(pdf.header("content-disposition").is_some_and(|value| value.starts_with("attachment")));
    assert_eq!(pdf.header("x-content-type-options"), Some("nosniff"));
    assert!(pdf.header("content-security-policy").is_some_and(|value| value.starts_with("sandbox")));
    let report = world.api().all("/audit-log").await;
    let actions: Vec<&str> = report.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "tax_form.read").count(), 2, "by API and on the page");
    for action in ["tax_form.submitted", "tax_form.shown", "tax_form.file_asked_for", "file.read"] {
        assert!(actions.contains(&action), "{action} in {actions:?}");
    }

    // Nobody needs more than ten a day.
    let copies = "insert into tax_forms
        select (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid(), 'status', 'Replaced'))).*
        from tax_forms f, generate_series(1, 9)";
    world.database.run(copies).await;
    let page = lauren.submit("/a/tax/w-9", &W9).await.expect_status(429).text();
    assert!(page.contains("many forms within a day") && page.contains("12 Market Street"), "{page}");
    world.database.run("delete from tax_forms where status = 'Replaced'").await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_looked_at() {
    let world = World::start().await;
    let (mut lauren, email, _) = affiliate(&world).await;
    let fields =
        [("name", "Ana Souza"), ("signedOn", "2026-01-02"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
    upload(&mut lauren, &world, "w-8ben", &fields, PDF).await.expect_status(303);
    let page = lauren.browser.get("/a/tax").await.text();
    assert!(page.contains("Waits for review"), "{page}");
    // The owner is told once, also where the next upload takes the first one's place; the dashboard says it too.
    upload(&mut lauren, &world, "w-8ben", &fields, PDF).await.expect_status(303);
    let owner_email = world.demo["owner"]["email"].as_str().unwrap().to_owned();
    let message = report(&world, &owner_email, "tax_form_waiting", 1).await;
    assert!(message.contains("W-8BEN") && message.contains("/dashboard/payouts/tax"), "{message}");
    let dashboard = owner(&world).await.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 tax form waits for review"), "{dashboard}");
    let form = forms(&world).await.remove(0);
    assert_eq!(form["status"], "Submitted");
    let place = format!("/tax-forms/{}", form["id"].as_str().unwrap());
    let link = world.api().post(&format!("{place}/file-url"), &json!({})).await.expect_status(200).json();
    let pdf = Request::get(&path(&world, link["url"].as_str().unwrap())).send(&world.ledger.base()).await.unwrap();
    assert_eq!((pdf.status, pdf.body.as_slice()), (200, PDF));

    let refused = world.api().post(&format!("{place}/reject"), &json!({"reason": " "})).await;
    assert_eq!(refused.field_refusal().2, "reason");
    world
        .api()
        .post(&format!("{place}/reject"), &json!({"reason": "The signature is missing."}))
        .await
        .expect_status(200);
    let message = read_email(&world.ledger.base(), &email, "tax_form_rejected").await.to_string();
    assert!(message.contains("The signature is missing."), "{message}");
    let again = world.api().post(&format!("{place}/accept"), &json!({})).await;
    assert_eq!(again.refusal(), (409, "already_decided".to_owned()));

    upload(&mut lauren, &world, "w-8ben", &fields, PDF).await.expect_status(303);
    let second = forms(&world).await.remove(0);
    let place = format!("/tax-forms/{}", second["id"].as_str().unwrap());
    let valid = world.api().post(&format!("{place}/accept"), &json!({})).await.expect_status(200).json();
    assert_eq!((valid["status"].as_str(), valid["expiresOn"].as_str()), (Some("Valid"), Some("2029-12-31")), "{valid}");

    // It runs out: one reminder each 60, 30 and 7 days before, and an email after its last day.
    let last = Date::from_calendar_date(2029, Month::December, 31).unwrap();
    let in_force = until(&world, last - Duration::days(61)).await;
    assert!(in_force > 0, "the test counts days from 2026");
    report(&world, &email, "tax_form_expires", 0).await;
    for (left, sent) in [(60, 1), (30, 2), (7, 3)] {
        until(&world, last - Duration::days(left)).await;
        let newest = report(&world, &email, "tax_form_expires", sent).await;
        assert!(newest.contains(&format!("expires in {left} days")), "{newest}");
        assert!(newest.contains("/a/tax"), "{newest}");
        // The day after is no further one.
        until(&world, last - Duration::days(left - 1)).await;
        report(&world, &email, "tax_form_expires", sent).await;
    }
    until(&world, last).await;
    report(&world, &email, "tax_form_expired", 0).await;
    assert_eq!(forms(&world).await[0]["status"], "Valid", "to the end of its last day");
    until(&world, last + Duration::days(1)).await;
    report(&world, &email, "tax_form_expired", 1).await;
    report(&world, &email, "tax_form_expires", 3).await;
    assert_eq!(forms(&world).await[0]["status"], "Expired");
    world.finish().await;
}

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
    // Two thirds of 2,000 dollars without a form, by the rate of the day: they are asked for one. What no rate is known of
    // doesn't count.
    let requested = read_email(&world.ledger.base(), &email, "tax_form_needed").await.to_string();
    assert!(requested.contains("1,500"), "{requested}");
    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    world.database.run(&paid("USD", 60_000, 14_400)).await;

    let year = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().text();
    let year = if year.contains("2026") { 2026 } else { 2027 };
    let report = world.api().get(&format!("/tax-years/{year}")).await.expect_status(200).json();
    assert_eq!(report["thresholdCents"], 200_000, "{report}");
    let row = report["data"].as_array().unwrap().iter().find(|row| row["affiliateId"] == id.as_str()).unwrap().clone();
    assert_eq!((row["paidCents"].as_i64(), row["withheldCents"].as_i64()), (Some(210_000), Some(14_400)), "{row}");
    assert_eq!((row["form"].as_str(), row["thresholdReached"].as_bool()), (Some("W9"), Some(true)));
    let file = world.api().get(&format!("/tax-years/{year}/1099-nec.csv")).await.expect_status(200).text();
    for part in ["\"536-22-1234\"", "\"Lauren Pope\"", "\"2100.00\"", "\"144.00\"", "\"CA\""] {
        assert!(file.contains(part), "{part} in {file}");
    }
    // Whole numbers take a person who proves who they are.
    let place = format!("/dashboard/payouts/tax/{year}/1099-nec.csv");
    let named = world.acme.organization.to_string();
    let mut browser = owner(&world).await;
    world.database.run(PROVED_LONG_AGO).await;
    for (password, status) in [("", 403), (world.demo["owner"]["password"].as_str().unwrap(), 200)] {
        let answer = browser.submit(&place, &[("organization", &named), ("password", password)]).await;
        let shows = answer.text().contains("536-22-1234");
        assert_eq!((answer.status, shows), (status, status == 200), "{}", answer.text());
    }
    let table = world.api().get(&format!("/tax-years/{year}/payees.csv")).await.expect_status(200).text();
    assert!(table.contains("\"1234\"") && !table.contains("536-22"), "{table}");

    // Who moves away in January was paid on the W-9 all year long.
    advance(&world, 60).await;
    let (mut lauren, ..) = affiliate(&world).await;
    let moved =
        [("name", "Lauren Pope"), ("signedOn", "2026-01-02"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
    upload(&mut lauren, &world, "w-8ben", &moved, PDF).await.expect_status(303);
    let later = format!("/tax-forms/{}/accept", forms(&world).await[0]["id"].as_str().unwrap());
    world.api().post(&later, &json!({})).await.expect_status(200);
    let file = world.api().get(&format!("/tax-years/{year}/1099-nec.csv")).await.expect_status(200).text();
    assert!(file.contains("\"536-22-1234\"") && file.contains("\"2100.00\""), "{file}");
    world.api().get("/tax-years/12").await.expect_status(404);
    let page = owner(&world).await.browser.get(&format!("/dashboard/payouts/tax?year={year}")).await.expect_status(200);
    assert!(page.text().contains("Form 945"), "{}", page.text());

    // Where the brand is, it was New Year's Eve still: for its tax forms and for the affiliate's own statement alike.
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

/// The table of many people is kept for a minute; what is new is in it at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_many_is_never_without_the_last_payment() {
    let world = World::start().await;
    let organization = world.acme.organization.uuid();
    let pay = |cents: i64, whom: &str| {
        format!(
            "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, actor, sent_at, ended_at,
                                  updated_at, created_at)
             select '{organization}', gen_random_uuid(), id, 'USD', {cents}, 'Manual', 'Sent', 'test', clock_timestamp(), now(),
                    now(), now() from affiliates where organization_id = '{organization}' and {whom}"
        )
    };
    let many = format!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         select '{organization}', gen_random_uuid(), 'many-' || n, 'many-' || n || '@creators.test', 'Many ' || n, 'Approved', now()
         from generate_series(1, 1200) n"
    );
    world.database.run(&many).await;
    world.database.run(&pay(1_000, "slug like 'many-%'")).await;
    let mut owner = owner(&world).await;
    for (cents, paid) in [(0, "$12,000.00"), (90_000, "$12,900.00"), (10_000, "$13,000.00")] {
        if cents > 0 {
            world.database.run(&pay(cents, "slug = 'many-7'")).await;
        }
        for _ in 0..2 {
            let page = owner.browser.get("/dashboard/payouts/tax").await.expect_status(200).text();
            assert!(page.contains(paid), "{paid}: {page}");
        }
    }
    unbooked(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_affiliates_form_is_kept_only_where_payments_rest_on_it() {
    let world = World::start().await;
    let (mut lauren, email, id) = affiliate(&world).await;
    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    let organization = world.acme.organization.uuid();
    let sent = format!(
        "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, actor, sent_at, ended_at,
                              updated_at, created_at)
         select '{organization}', gen_random_uuid(), id, 'USD', 5000, 'Manual', 'Sent', 'test', now() + interval '1 minute', now(),
                now(), now() from affiliates where organization_id = '{organization}' and email = '{email}'"
    );
    world.database.run(&sent).await;
    let erased = world.api().post(&format!("/affiliates/{id}/erase"), &json!({"reason": "asked"})).await;
    let erased = erased.expect_status(200).json();
    assert_eq!(erased["kept"][0]["kind"], "W9", "{erased}");
    assert!(erased["kept"][0]["until"].as_str().unwrap().ends_with("-12-31"), "{erased}");
    assert_eq!(world.database.count("select count(*) from tax_forms where sealed_form is not null").await, 1);
    assert_eq!(world.ledger.files().len(), 1, "the document lies in the folder");
    // Five years later it goes by itself, and so does its object.
    advance(&world, 365 * 5 + 60).await;
    wait::until("the end of its keeping", 30, async || {
        let left = world.database.count("select count(*) from tax_forms where sealed_form is not null").await;
        let keys = world.database.count("select count(*) from files where sealed_key is not null").await;
        (left + keys == 0 && world.ledger.files().is_empty()).then_some(())
    })
    .await;
    unbooked(&world).await;
    world.finish().await;
}
