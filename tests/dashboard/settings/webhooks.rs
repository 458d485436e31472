//! Goal: the webhooks pages add, test, repeat, rotate and remove without a script, at a phone's width too. Only owners
//! and admins change anything, and no one reaches another's.
//! Method: a browser that only follows links and posts forms; then once more a real Chromium
//! (`tests/pages/webhooks.mjs`).
//! Routes: `/dashboard/settings/webhooks/destinations`, `/dashboard/settings/webhooks/{id}`,
//! `/dashboard/settings/webhooks/{id}/delete`, `/dashboard/settings/webhooks/{id}/deliveries.csv`,
//! `/dashboard/settings/webhooks/{id}/replay`, `/dashboard/settings/webhooks/{id}/retry`,
//! `/dashboard/settings/webhooks/{id}/rotate`, `/dashboard/settings/webhooks/{id}/switch`,
//! `/dashboard/settings/webhooks/{id}/test`

use std::process::{Command, Stdio};

use serde_json::{Value, json};
use world::{client::dashboard::Marketer, fakes::Mood, settings, wait, webhook_fixture::WebhookFixture};

const PAGE: &str = "/dashboard/settings/webhooks";

async fn signed_in(fixture: &WebhookFixture) -> Marketer {
    let mut marketer = Marketer::new(&fixture.world.ledger.base());
    marketer.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    marketer
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_and_admins_change_anything() {
    let fixture = WebhookFixture::shared().await;
    let (hook, secret) = fixture.listen("/hook", &json!(["*"])).await;
    let mut nobody = Marketer::new(&fixture.world.ledger.base());
    let one = format!("{PAGE}/{}", hook["id"].as_str().unwrap());
    for page in [PAGE, one.as_str()] {
        let sent_away = nobody.browser.get(page).await;
        assert!(sent_away.header("location").is_some_and(|location| location.starts_with("/login")));
    }
    let mut marketer = signed_in(&fixture).await;
    let (own, other) = (fixture.world.acme.organization.to_string(), fixture.world.globex.organization.to_string());
    assert_eq!(marketer.browser.get(&format!("{one}?organization={other}")).await.status, 404);
    fixture.world.database.set_member_roles("manager").await;
    let url = fixture.url("/new");
    for (target, more) in [
        (PAGE.to_owned(), vec![("url", url.as_str()), ("events", "*")]),
        (format!("{PAGE}/destinations"), vec![("siteId", "a"), ("apiKey", "b"), ("events", "payout_sent")]),
        (format!("{one}/test"), vec![]),
        (format!("{one}/rotate"), vec![]),
        (format!("{one}/switch"), vec![("enabled", "false")]),
        (format!("{one}/replay"), vec![]),
        (format!("{one}/retry"), vec![("message", "msg_01kdvdna00e5v8r2m6q1w9d3xk")]),
        (format!("{one}/delete"), vec![]),
    ] {
        for (organization, status) in [(Some(&own), 403), (Some(&other), 404), (None, 404)] {
            let mut fields = more.clone();
            fields.extend(organization.map(|id| ("organization", id.as_str())));
            assert_eq!(marketer.submit(&target, &fields).await.status, status, "{target} {organization:?}");
        }
    }
    let looking = marketer.browser.get(&one).await.expect_status(200).text();
    assert!(looking.contains("/hook") && !looking.contains("Delete") && !looking.contains(&secret));
    fixture.world.database.set_member_roles("admin").await;
    marketer.submit(&format!("{one}/delete"), &[("organization", own.as_str())]).await.expect_status(303);
    let empty = marketer.browser.get(PAGE).await.expect_status(200).text();
    assert!(empty.contains("No endpoints yet."));
    fixture.world.finish().await;
}

/// The machine-readable and the displayed time of each delivery.
fn moments(page: &str) -> Vec<(String, String)> {
    let found = page.split("<time datetime=\"").skip(1).filter_map(|rest| {
        let (at, rest) = rest.split_once('"')?;
        let shown = rest.split_once('>')?.1.split_once('<')?.0;
        Some((at.to_owned(), shown.to_owned()))
    });
    found.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_on_the_brands_clocks_and_as_a_file() {
    let fixture = WebhookFixture::shared().await;
    let organization = fixture.world.acme.organization;
    let ahead =
        format!("update organizations set time_zone = 'Etc/GMT-13' where organization_id = '{}'", organization.uuid());
    fixture.world.database.run(&ahead).await;
    let (hook, _) = fixture.listen("/hook", &json!(["conversion_created"])).await;
    fixture.sale("first").await;
    fixture.sale("second").await;
    wait::until("both to be delivered", 20, async || {
        let all = fixture.deliveries(&hook).await;
        (all.iter().filter(|one| one["status"] == "Delivered").count() == 2).then_some(())
    })
    .await;
    let mut marketer = signed_in(&fixture).await;
    let one = format!("{PAGE}/{}", hook["id"].as_str().unwrap());
    let page = marketer.browser.get(&one).await.expect_status(200).text();
    let moments = moments(&page);
    assert!(moments.len() > 2, "{page}");
    for (at, shown) in moments {
        let hour: u32 = at[11..13].parse().unwrap();
        let there = format!("{:02}:{}", (hour + 13) % 24, &at[14..16]);
        assert!(shown.ends_with(&there), "{at} is shown as {shown}");
    }
    assert!(page.contains(&format!("{one}/deliveries.csv?organization={organization}")), "{page}");

    let file = marketer.browser.get(&format!("{one}/deliveries.csv")).await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let (file, report) = (file.text(), fixture.deliveries(&hook).await);
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 3, "{file}");
    for (line, report) in lines[1..].iter().zip(&report) {
        let text = |field: &str| report[field].as_str().unwrap();
        let expected = format!(
            "\"{}\",\"conversion_created\",\"{}\",\"Delivered\",\"1\",\"{}\",\"\",\"{}\",\"\"",
            text("messageId"),
            text("createdAt"),
            report["lastStatus"],
            text("deliveredAt")
        );
        assert_eq!(*line, expected);
    }
    // What remains of a large replay begins after the last event of the part before.
    let (own, first) = (organization.to_string(), report[1]["messageId"].as_str().unwrap());
    for (after, notice) in [("", "2 events are being resent."), (first, "1 event is being resent.")] {
        let fields = [("organization", own.as_str()), ("days", "1"), ("what", "all"), ("after", after)];
        let page = marketer.submit(&format!("{one}/replay"), &fields).await.expect_status(200).text();
        assert!(page.contains(notice), "{page}");
        wait::until("all to be delivered", 20, async || {
            fixture.deliveries(&hook).await.iter().all(|one| one["status"] == "Delivered").then_some(())
        })
        .await;
    }
    let other = fixture.world.globex.organization;
    marketer.browser.get(&format!("{one}/deliveries.csv?organization={other}")).await.expect_status(404);
    let nobodys = format!("{PAGE}/whe_01kdvdna00e5v8r2m6q1w9d3xk/deliveries.csv");
    marketer.browser.get(&nobodys).await.expect_status(404);
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_browser() {
    let fixture = WebhookFixture::start().await;
    let (broken, _) = fixture.listen("/broken", &json!(["conversion_created"])).await;
    fixture.receiver.when("POST /broken", Mood::Says(400, json!({"error": "no such order"})));
    fixture.sale("order").await;
    wait::until("the failure to be written", 10, async || {
        fixture.deliveries(&broken).await.into_iter().find(|one: &Value| one["lastStatus"] == 400)
    })
    .await;
    let owner = |field: &str| fixture.world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let mut command = Command::new(settings::node());
    command
        .arg(settings::root().join("tests/pages/webhooks.mjs"))
        .args([fixture.world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .arg(fixture.receiver.base())
        .env("REKOMI_TEST_CHROMIUM", settings::chromium())
        .stderr(Stdio::inherit());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "pictures in {}", pictures.display());
    println!("pictures in {}", pictures.display());
    fixture.world.finish().await;
}
