//! Goal: an affiliate submits a tax form of each kind in the portal, the brand sees its last four digits, an upload is
//! rejected with an email and accepted on the second try, and a W-8 expires with reminders.
//! Method: browsers of an affiliate and of an owner, the API, and the clock moved by days.
//! Routes: `/tax-forms`, `/tax-forms/{id}/accept`, `/tax-forms/{id}/reject`, `/tax-forms/{id}/file-url`
//! Routes: `/dashboard/payouts/tax/forms/{id}/show`, `/dashboard/payouts/tax/forms/{id}/file`

use serde_json::json;
use time::{Date, Duration, Month};
use world::{
    World,
    client::{dashboard::PROVED_LONG_AGO, mailbox::read_email},
    http::Request,
    payout_run_fixture::{bonus, exported, import, outcomes},
    tax_fixture::{PDF, W9, advance, affiliate, forms, owner, path, report, today, unbooked, until, upload},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_filled_in_signed_and_seen() {
    let world = World::shared().await;
    let (mut lauren, _, id) = affiliate(&world).await;
    let page = lauren.browser.get("/a/tax").await.expect_status(200).text();
    assert!(page.contains("No tax form yet"), "{page}");
    let guided = lauren.browser.get("/a/tax?usPerson=yes").await.expect_status(200).text();
    assert!(guided.contains("/a/tax/w-9"), "{guided}");
    let elsewhere = lauren.browser.get("/a/tax?usPerson=no&entity=no&worksInUs=yes").await.expect_status(200).text();
    assert!(elsewhere.contains("8233"), "{elsewhere}");
    for form in ["w-9", "w-8ben", "w-8ben-e"] {
        lauren.browser.get(&format!("/a/tax/{form}")).await.expect_status(200);
        lauren.browser.get(&format!("/a/tax/{form}/upload")).await.expect_status(200);
    }
    lauren.browser.get("/a/tax/w-10").await.expect_status(404);
    let foreign = lauren.browser.get("/a/tax/w-8ben").await.expect_status(200).text();
    let number = "Tax number in your own country <span class=\"muted\">required unless you check the box below</span>";
    assert!(foreign.contains(number), "{foreign}");

    // A mistake appears next to its field, and the input stays.
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

    // The owner sees it masked, in full on demand, and as a PDF.
    let mut owner = owner(&world).await;
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/payouts/tax/forms/{}", form["id"].as_str().unwrap());
    let page = owner.browser.get(&format!("{place}?organization={organization}")).await.expect_status(200).text();
    assert!(page.contains("***-**-1234") && !page.contains("536-22"), "{page}");
    let fields = [("organization", organization.as_str())];
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    for what in ["show", "file"] {
        let page = owner.submit(&format!("{place}/{what}"), &fields).await.expect_status(403).text();
        assert!(page.contains("Enter your password") && !page.contains("536-22"), "{page}");
    }
    let wrong = [fields[0], ("password", "not the password")];
    let page = owner.submit(&format!("{place}/show"), &wrong).await.expect_status(400).text();
    assert!(page.contains("Incorrect password.") && !page.contains("536-22"), "{page}");
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

    // More than ten a day are refused.
    let copies = "insert into tax_forms
        select (jsonb_populate_record(f, jsonb_build_object('id', gen_random_uuid(), 'status', 'Replaced'))).*
        from tax_forms f, generate_series(1, 9)";
    world.database.run(copies).await;
    let page = lauren.submit("/a/tax/w-9", &W9).await.expect_status(429).text();
    assert!(page.contains("too many forms today") && page.contains("12 Market Street"), "{page}");
    world.database.run("delete from tax_forms where status = 'Replaced'").await;
    world.finish().await;
}

const W8BEN: [(&str, &str); 10] = [
    ("name", "Ana Souza"),
    ("citizenship", "BR"),
    ("street", "Rua Augusta 100"),
    ("city", "São Paulo"),
    ("country", "BR"),
    ("foreignTin", "529.982.247-25"),
    ("birthDate", "1990-05-17"),
    ("certify", "yes"),
    ("consent", "yes"),
    ("signature", "Ana Souza"),
];

const W8BENE: [(&str, &str); 12] = [
    ("name", "Beispiel GmbH"),
    ("incorporation", "DE"),
    ("chapter3", "Corporation"),
    ("chapter4", "ActiveNffe"),
    ("street", "Torstraße 1"),
    ("city", "Berlin"),
    ("country", "DE"),
    ("foreignTin", "29/123/45678"),
    ("certify", "yes"),
    ("consent", "yes"),
    ("signature", "Erika Muster"),
    ("signatureTitle", "Geschäftsführerin"),
];

#[tokio::test(flavor = "multi_thread")]
async fn people_and_companies_abroad_submit_their_forms() {
    let world = World::shared().await;
    let (mut lauren, _, id) = affiliate(&world).await;
    let expires = format!("{}-12-31", today(&world).await.year() + 3);
    let forms_of = async |kind: &str| {
        let all = forms(&world).await;
        all.into_iter().filter(|form| form["kind"] == kind).collect::<Vec<_>>()
    };
    for (form, kind, fields) in [("w-8ben", "W8BEN", W8BEN.as_slice()), ("w-8ben-e", "W8BENE", W8BENE.as_slice())] {
        // Who lives in the United States needs another form, and what was typed stays.
        let at_home: Vec<_> =
            fields.iter().map(|(name, value)| (*name, if *name == "country" { "US" } else { *value })).collect();
        let page = lauren.submit(&format!("/a/tax/{form}"), &at_home).await.expect_status(400).text();
        assert!(page.contains("you need a W-9") && page.contains(fields[0].1), "{page}");
        assert!(forms_of(kind).await.is_empty());

        lauren.submit(&format!("/a/tax/{form}"), fields).await.expect_status(303);
        let found = forms_of(kind).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0]["status"].as_str(), found[0]["affiliateId"].as_str()), (Some("Valid"), Some(id.as_str())));
        assert_eq!(found[0]["expiresOn"], json!(expires), "{}", found[0]);
        let number = fields.iter().find(|(name, _)| *name == "foreignTin").unwrap().1;
        let one = format!("/tax-forms/{}", found[0]["id"].as_str().unwrap());
        let read = world.api().get(&one).await.expect_status(200).text();
        assert!(read.contains(fields[0].1) && !read.contains(number), "{read}");
    }
    assert_eq!(forms_of("W8BEN").await[0]["status"], "Replaced", "an affiliate has one valid form");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_looked_at() {
    let world = World::start().await;
    let (mut lauren, email, _) = affiliate(&world).await;
    let fields =
        [("name", "Ana Souza"), ("signedOn", "2026-01-02"), ("country", "BR"), ("foreignTin", "529.982.247-25")];
    upload(&mut lauren, "w-8ben", &fields, PDF).await.expect_status(303);
    let page = lauren.browser.get("/a/tax").await.text();
    assert!(page.contains("Waiting for review"), "{page}");
    // The owner is notified once, even if a second upload replaces the first; the dashboard says it too.
    upload(&mut lauren, "w-8ben", &fields, PDF).await.expect_status(303);
    let owner_email = world.demo["owner"]["email"].as_str().unwrap().to_owned();
    let message = report(&world, &owner_email, "tax_form_waiting", 1).await;
    assert!(message.contains("W-8BEN") && message.contains("/dashboard/payouts/tax"), "{message}");
    let dashboard = owner(&world).await.browser.get("/dashboard").await.expect_status(200).text();
    assert!(dashboard.contains("1 tax form waiting for review"), "{dashboard}");
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

    upload(&mut lauren, "w-8ben", &fields, PDF).await.expect_status(303);
    let second = forms(&world).await.remove(0);
    let place = format!("/tax-forms/{}", second["id"].as_str().unwrap());
    let valid = world.api().post(&format!("{place}/accept"), &json!({})).await.expect_status(200).json();
    assert_eq!((valid["status"].as_str(), valid["expiresOn"].as_str()), (Some("Valid"), Some("2029-12-31")), "{valid}");

    // It expires: one reminder each 60, 30 and 7 days before, and an email after its last day.
    let last = Date::from_calendar_date(2029, Month::December, 31).unwrap();
    let in_force = until(&world, last - Duration::days(61)).await;
    assert!(in_force > 0, "the test counts days from 2026");
    report(&world, &email, "tax_form_expires", 0).await;
    for (left, sent) in [(60, 1), (30, 2), (7, 3)] {
        until(&world, last - Duration::days(left)).await;
        let newest = report(&world, &email, "tax_form_expires", sent).await;
        assert!(newest.contains(&format!("expires in {left} days")), "{newest}");
        assert!(newest.contains("/a/tax"), "{newest}");
        // The day after brings no further one.
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
    // Five years later it is deleted automatically, and so is its stored file.
    advance(&world, 365 * 5 + 60).await;
    world.ledger.run_jobs().await;
    let left = world.database.count("select count(*) from tax_forms where sealed_form is not null").await;
    let keys = world.database.count("select count(*) from files where sealed_key is not null").await;
    assert_eq!((left, keys, world.ledger.files().len()), (0, 0, 0));
    unbooked(&world).await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_affiliates_form_is_kept_for_a_payment_under_way() {
    let world = World::start().await;
    let api = world.api();
    let (mut lauren, _, id) = affiliate(&world).await;
    lauren.submit("/a/tax/w-9", &W9).await.expect_status(303);
    let details = json!({"rail": "PayPal", "email": "lauren@paid.test"}).to_string();
    let path = format!("/api/v1/affiliates/{id}/payout-method");
    let put = Request { method: "PUT".to_owned(), ..Request::post(&path, details) };
    api.send(put).await.expect_status(200);
    bonus(&world, &id, 300_000, "USD").await;
    advance(&world, 1).await;
    let paid_on = today(&world).await;
    let (run, payouts) = exported(&api, "USD", "PayPal").await;
    assert_eq!(payouts.len(), 1, "{payouts:?}");
    advance(&world, 1).await;

    let erased = api.post(&format!("/affiliates/{id}/erase"), &json!({"reason": "asked"})).await;
    let erased = erased.expect_status(200).json();
    assert_eq!(erased["kept"][0]["kind"], "W9", "{erased}");
    assert!(erased["kept"][0]["reason"].as_str().unwrap().contains("in progress"), "{erased}");
    let kept = async || world.database.count("select count(*) from tax_forms where sealed_form is not null").await;
    // Nothing is decided yet when the time without payments is over.
    advance(&world, 40).await;
    world.ledger.run_jobs().await;
    assert_eq!(kept().await, 1);
    let file = format!("payoutId,status,reference,reason,paidOn\n{},Sent,pp-1,,{paid_on}\n", payouts[0]);
    let answer = import(&api, &run, &file).await.expect_status(200).json();
    assert_eq!(outcomes(&answer), [(2, "Sent".to_owned(), None)]);
    advance(&world, 40).await;
    world.ledger.run_jobs().await;
    assert_eq!(kept().await, 1);
    let nec = format!("/tax-years/{}/1099-nec.csv", paid_on.year());
    let file = api.get(&nec).await.expect_status(200).text();
    assert!(file.contains("\"536-22-1234\""), "{file}");
    world.finish().await;
}
