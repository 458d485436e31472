//! Goal: old clicks go to the file storage and come back, and nothing that is counted, credited or paid changes. An archive
//! that doesn't verify is never followed by a drop; a run that is killed is finished by the next one.
//! Method: clicks of two old months, of two organizations, one of them with a sale; the roll-ups, pages and receipts before
//! and after. Then objects are changed, the drop is held up, clicks slip in, processes are killed, and an organization ends.

use std::{fs, path::PathBuf, time::Duration};

use rand::RngExt as _;
use serde_json::{Value, json};
use shared::{
    batch::Verdict,
    event::{ClickClass, Device, Event, Payload},
    id::OrganizationId,
    timestamp::Timestamp,
};
use time::Date;
use world::{
    World,
    brand::{Brand, But},
    database::run,
    organization_fixture::{owner, pass_days},
    verify::{self, Output},
    wait::{self, now},
};

/// The first day of the month so many months ago.
fn month(back: u8) -> Date {
    let mut day = now().date().replace_day(1).unwrap();
    for _ in 0..back {
        day = day.previous_day().unwrap().replace_day(1).unwrap();
    }
    day
}

fn name(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), u8::from(month.month()))
}

fn partition(month: Date) -> String {
    format!("clicks_{}", name(month).replace('-', "_"))
}

/// Old enough for any window of the demo, and young enough for its retention.
const OLD: u8 = 7;
/// A month that has no partition.
const OLDER: u8 = 9;

/// So many clicks of a month, a minute apart, of all kinds.
fn clicks(brand: &Brand, month: Date, count: i64) -> Vec<Event> {
    let start = Timestamp::from_date_time(month.midnight().assume_utc()).plus_days(3);
    let one = |number: i64| {
        let mut event = brand.click_at(&brand.partner, start.plus_millis(number * 60_000));
        if let Payload::Click(click) = &mut event.payload {
            click.country = [Some("DE"), Some("US"), None][(number % 3) as usize].map(str::to_owned);
            click.referrer_host = (number % 2 == 0).then(|| "www.youtube.com".to_owned());
            click.visitor = (number % 5 > 0).then(|| format!("{:032x}", number / 4));
            click.device = if number % 4 == 0 { Device::Mobile } else { Device::Desktop };
            click.class = if number % 7 == 6 { ClickClass::Bot } else { ClickClass::Human };
            click.landing = (number % 3 > 0).then(|| format!("/seite-{}?q=ä", number % 10));
        }
        event
    };
    (0..count).map(one).collect()
}

struct Old {
    world: World,
    /// All clicks of the first organization in the younger month.
    clicks: Vec<Event>,
}

/// Clicks of the first organization in both months and of the second in the younger one, a sale, and all figures.
async fn filled() -> Old {
    let world = World::start().await;
    let make = format!("select rekomi_make_click_partitions('{}', 1)", month(OLD));
    world.database.run(&make).await;
    let clicks_of_acme = clicks(&world.acme, month(OLD), 400);
    world.intake().accept(&clicks_of_acme).await;
    world.intake().accept(&clicks(&world.acme, month(OLDER), 50)).await;
    world.intake().accept(&clicks(&world.globex, month(OLD), 30)).await;
    let token = world.acme.token_of(&clicks_of_acme[0]);
    let at = Timestamp::from_date_time(month(OLD).midnight().assume_utc()).plus_days(5);
    let sale = world.acme.sale("of-an-old-click", 10_000).but(|report| {
        report.click_token = Some(token);
        report.customer_id = Some("buyer".to_owned());
        report.occurred_at = Some(at);
    });
    world.intake().accept(&[sale]).await;
    world.ledger.run_jobs().await;
    Old { world, clicks: clicks_of_acme }
}

async fn command(world: &World, arguments: &[&str]) -> Output {
    let mut command = world.ledger.command("clicks");
    command.args(arguments);
    verify::run(command).await
}

/// Archives both months.
async fn archive(world: &World) -> Output {
    command(world, &["archive", "--before", &name(month(OLD - 1))]).await
}

async fn restore(world: &World, organization: OrganizationId, month: Date) -> Output {
    command(world, &["restore", "--organization", &organization.to_string(), "--month", &name(month)]).await
}

async fn raw(world: &World, month: Date) -> i64 {
    let of_month = format!("date_trunc('month', clicked_at, 'UTC') = '{month}T00:00:00Z'");
    world.database.count(&format!("select count(*) from clicks where {of_month}")).await
}

async fn has_partition(world: &World, month: Date) -> bool {
    let query = format!("select count(*) from pg_class where relname = '{}'", partition(month));
    world.database.count(&query).await == 1
}

async fn state_of(world: &World, state: &str) -> i64 {
    world.database.count(&format!("select count(*) from click_archives where state = '{state}'")).await
}

/// The stored objects of archives.
fn objects(world: &World) -> Vec<PathBuf> {
    let of_clicks = |path: &PathBuf| path.parent().is_some_and(|parent| parent.ends_with("clicks"));
    world.ledger.files().into_iter().filter(of_clicks).collect()
}

/// Everything that is shown, counted and exported of clicks but the raw ones.
async fn shown(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    for table in ["click_hours", "click_days", "click_facets", "click_day_facets", "click_origins", "conversion_facets"]
    {
        let mut rows = world.database.texts(&format!("select * from {table}")).await;
        rows.sort();
        all.push(json!([table, rows]));
    }
    let api = world.api();
    let span = format!("from={}&to={}", month(OLDER), month(OLD - 1));
    for path in [format!("/clicks/summary?{span}"), "/commissions".to_owned(), "/conversions".to_owned()] {
        all.push(api.get(&path).await.expect_status(200).json());
    }
    let (_, commissions) = api.booked("of-an-old-click").await.expect("the sale");
    for commission in &commissions {
        let path = format!("/commissions/{}/explain", commission["id"].as_str().unwrap());
        all.push(api.get(&path).await.expect_status(200).json());
    }
    let customer = api.all("/customers").await.remove(0);
    let path = format!("/customers/{}/export", customer["id"].as_str().unwrap());
    let export = api.get(&path).await.expect_status(200).json();
    for part in ["clicks", "clickOrigins", "touches", "conversions"] {
        assert!(!export["data"][part]["rows"].as_array().unwrap().is_empty(), "{part}");
        all.push(export["data"][part].clone());
    }
    all
}

/// The raw clicks of an organization in a month.
async fn rows(world: &World, brand: &Brand, month: Date) -> Vec<Vec<String>> {
    let query = format!(
        "select * from clicks where organization_id = '{}' and date_trunc('month', clicked_at, 'UTC') = '{month}T00:00:00Z'",
        brand.organization.uuid()
    );
    let mut rows = world.database.texts(&query).await;
    rows.sort();
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn old_clicks_are_archived_and_come_back() {
    let Old { world, clicks: all } = filled().await;
    let (before, acme) = (shown(&world).await, rows(&world, &world.acme, month(OLD)).await);
    let plan = command(&world, &["archive", "--before", &name(month(OLD - 1)), "--dry-run"]).await;
    assert!(plan.well && plan.text.contains("400 clicks") && plan.text.contains("50 clicks"), "{}", plan.text);
    assert!(objects(&world).is_empty() && raw(&world, month(OLD)).await == 430);

    let done = archive(&world).await;
    assert!(done.well && done.text.contains("archived clicks: 480"), "{}", done.text);
    assert!(!has_partition(&world, month(OLD)).await);
    assert_eq!((objects(&world).len(), state_of(&world, "archived").await), (3, 3));
    assert_eq!(raw(&world, month(OLD)).await, 1, "the click of the sale is evidence");
    assert_eq!(raw(&world, month(OLDER)).await, 0);
    assert_eq!(shown(&world).await, before);
    verify::check(&world.ledger).await;
    let page = owner(&world).await.browser.get("/dashboard?span=12m").await;
    page.expect_status(200);
    let list = command(&world, &["archives", "--verify"]).await;
    assert!(list.well && list.text.contains("archives: 3, with 480 clicks"), "{}", list.text);
    assert!(archive(&world).await.text.contains("archived clicks: 0"), "there is nothing left to archive");

    let other = restore(&world, world.globex.organization, month(OLDER)).await;
    assert!(!other.well && other.text.contains("there is no archive"), "{}", other.text);
    let done = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(done.well && done.text.contains("restored 400 clicks"), "{}", done.text);
    assert!(has_partition(&world, month(OLD)).await);
    assert_eq!(rows(&world, &world.acme, month(OLD)).await, acme, "identical rows");
    assert!(rows(&world, &world.globex, month(OLD)).await.is_empty(), "of one organization");
    assert_eq!(shown(&world).await, before, "and nothing is counted twice");
    assert_eq!(world.intake().post(&all[..5]).await, [Verdict::Duplicate; 5]);
    let again = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(!again.well && again.text.contains("restored already"), "{}", again.text);
    let waits = archive(&world).await;
    assert!(waits.well && waits.text.contains("restored less than 30 days ago"), "{}", waits.text);

    world.database.run("update click_archives set restored_at = restored_at - interval '31 days'").await;
    let done = archive(&world).await;
    assert!(done.well && !has_partition(&world, month(OLD)).await, "{}", done.text);
    assert_eq!((objects(&world).len(), state_of(&world, "archived").await), (3, 3), "the same object, verified again");
    restore_all(&world).await;
    assert_eq!(shown(&world).await, before);
    world.finish().await;
}

/// What must hold at the end is stated in terms of raw clicks.
async fn restore_all(world: &World) {
    for (brand, month) in [(&world.acme, month(OLD)), (&world.acme, month(OLDER)), (&world.globex, month(OLD))] {
        let done = restore(world, brand.organization, month).await;
        assert!(done.well, "{}", done.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_comes_late_is_neither_lost_nor_counted_twice() {
    let Old { world, clicks: all } = filled().await;
    let done = archive(&world).await;
    assert!(done.well, "{}", done.text);
    let before = shown(&world).await;
    let late = clicks(&world.acme, month(OLD), 1).remove(0);
    assert_eq!(world.intake().post(&[late.clone(), all[7].clone()]).await, [Verdict::Rejected; 2]);
    assert_eq!(shown(&world).await, before);
    let kept = "select count(*) from quarantine where reason = 'click_month_archived' and state = 'open'";
    assert_eq!(world.database.count(kept).await, 2);

    let done = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(done.well, "{}", done.text);
    let retry = json!({"reason": "click_month_archived", "until": now().to_string()});
    let tried = world.api().post("/quarantined-events/retry", &retry).await.expect_status(200).json();
    assert_eq!((&tried["tried"], &tried["applied"]), (&json!(2), &json!(2)), "{tried}");
    assert_eq!(rows(&world, &world.acme, month(OLD)).await.len(), 401);
    assert_eq!(world.intake().post(&[late]).await, [Verdict::Duplicate]);

    // The next archive has the late click, too; the one without it is deleted.
    world.database.run("update click_archives set restored_at = restored_at - interval '31 days'").await;
    let done = archive(&world).await;
    assert!(done.well && done.text.contains("archived 401 clicks"), "{}", done.text);
    world.ledger.run_jobs().await;
    assert_eq!((objects(&world).len(), state_of(&world, "destroyed").await), (3, 1));
    restore_all(&world).await;
    world.finish().await;
}

/// Keeps the drop from its lock, as a long report would: archives are verified, and their clicks stay.
async fn archived_but_not_dropped(world: &World) {
    let mut reader = world.database.connect().await;
    run(&mut reader, "begin; select count(*) from clicks").await;
    let held = archive(world).await;
    assert!(!held.well && held.text.contains("stay in the table"), "{}", held.text);
    run(&mut reader, "rollback").await;
    assert!(has_partition(world, month(OLD)).await);
    assert_eq!(raw(world, month(OLD)).await, 430);
    assert!(state_of(world, "verified").await >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_does_not_verify_is_never_followed_by_a_drop() {
    let Old { world, .. } = filled().await;
    let before = shown(&world).await;
    let mut app = world.database.connect_as_app().await;
    let removal = format!("select rekomi_remove_archived_month('{}')", month(OLD));
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal.clone())).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");
    archived_but_not_dropped(&world).await;

    // Each of these finds the object, and a run after it writes another.
    let largest =
        |world: &World| objects(world).into_iter().max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap();
    let damages: [(&str, fn(&mut Vec<u8>)); 4] = [
        ("was changed", |bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }),
        ("were stored", |bytes| {
            bytes.pop();
        }),
        ("were stored", |bytes| bytes.push(0)),
        ("was changed", |bytes| bytes.fill(0)),
    ];
    for (message, damage) in damages {
        let object = largest(&world);
        let mut bytes = fs::read(&object).unwrap();
        damage(&mut bytes);
        fs::write(&object, bytes).unwrap();
        let failed = archive(&world).await;
        assert!(!failed.well && failed.text.contains("doesn't verify"), "{}", failed.text);
        assert!(failed.text.contains(message), "{message}: {}", failed.text);
        assert!(has_partition(&world, month(OLD)).await && raw(&world, month(OLD)).await == 430, "{message}");
        world.ledger.run_jobs().await;
        archived_but_not_dropped(&world).await;
    }

    // A manifest with another count is not believed, and neither is one whose digests differ.
    let of_acme = format!("organization_id = '{}'", world.acme.organization.uuid());
    let digests = format!("update click_archives set column_digests[8] = 1 where state = 'verified' and {of_acme}");
    world.database.run(&digests).await;
    let failed = archive(&world).await;
    assert!(!failed.well && failed.text.contains("column 8 has other values"), "{}", failed.text);
    archived_but_not_dropped(&world).await;
    world.database.run("update click_archives set clicks = clicks - 1 where state = 'verified'").await;
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal.clone())).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");

    // A click that slipped in after the last look, from a process of an earlier version.
    archived_but_not_dropped(&world).await;
    let slip = format!(
        "insert into clicks select organization_id, gen_random_uuid(), clicked_at, link_id, program_id, affiliate_id, 'bot',
             source, country, referrer_host, device, visitor, previous, landing, 5 from clicks
         where clicked_at < '{}T00:00:00Z' and clicked_at >= '{}T00:00:00Z' limit 1",
        month(OLD - 1),
        month(OLD)
    );
    world.database.run(&slip).await;
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(removal)).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("differ from the archive"), "{refused}");
    assert_eq!(raw(&world, month(OLD)).await, 431);
    let done = archive(&world).await;
    assert!(done.well && !has_partition(&world, month(OLD)).await, "{}", done.text);
    let young = format!("select rekomi_remove_archived_month('{}')", month(0));
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(young)).execute(&mut app).await.unwrap_err();
    assert!(refused.to_string().contains("not over for long enough"), "{refused}");
    assert_eq!(shown(&world).await, before);
    verify::check(&world.ledger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_is_finished_by_the_next() {
    let Old { world, .. } = filled().await;
    let more = clicks(&world.acme, month(OLD), 3_000);
    for batch in more.chunks(500) {
        world.intake().accept(batch).await;
    }
    let (before, acme) = (shown(&world).await, rows(&world, &world.acme, month(OLD)).await);
    for _ in 0..12 {
        let mut command = world.ledger.command("clicks");
        command.args(["archive", "--before", &name(month(OLD - 1))]);
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        let mut run = command.spawn().unwrap();
        let pause = rand::rng().random_range(20..700);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let _ = run.kill();
        let _ = run.wait();
        // Whatever was removed from the table is in a verified archive.
        let archived = world
            .database
            .count("select coalesce(sum(clicks), 0)::bigint from click_archives where state = 'archived'")
            .await;
        let left = raw(&world, month(OLD)).await + raw(&world, month(OLDER)).await;
        assert!(left + archived >= 3_480 && left + archived <= 3_481, "{left} in the table, {archived} archived");
    }
    // A killed process may keep its locks in the database for a moment.
    wait::until("the last run to end", 20, async || archive(&world).await.well.then_some(())).await;
    world.ledger.run_jobs().await;
    assert_eq!(
        (objects(&world).len(), state_of(&world, "archived").await),
        (3, 3),
        "one for each, nothing is left over"
    );
    assert_eq!(shown(&world).await, before);
    restore_all(&world).await;
    assert_eq!(rows(&world, &world.acme, month(OLD)).await, acme);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_organization_leaves_no_archive() {
    let Old { world, .. } = filled().await;
    let done = archive(&world).await;
    assert!(done.well && objects(&world).len() == 3, "{}", done.text);
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("confirm", "Acme SaaS"), ("password", password.as_str())];
    owner.submit("/dashboard/settings/delete", &fields).await.expect_status(303);
    pass_days(&world, 8).await;
    world.ledger.run_jobs().await;
    let of_globex = world.globex.organization.to_string();
    let left = objects(&world);
    assert!(left.len() == 1 && left[0].display().to_string().contains(&of_globex), "{left:?}");
    assert_eq!(state_of(&world, "destroyed").await, 2);
    assert_eq!(world.database.count("select count(*) from click_archives where sealed_key is not null").await, 1);
    let gone = restore(&world, world.acme.organization, month(OLD)).await;
    assert!(!gone.well && gone.text.contains("there is no archive"), "{}", gone.text);

    // Retention ends the other one: its clicks are older than the organization keeps them.
    let body = json!({"clickDays": 30, "quarantineDays": 400, "idempotencyKeyDays": 30, "auditDays": 0});
    let mut request = world::http::Request::post("/api/v1/privacy/retention", body.to_string());
    request.method = "PUT".to_owned();
    world.other_api().send(request).await.expect_status(200);
    world.ledger.run_jobs().await;
    world.ledger.run_jobs().await;
    assert!(objects(&world).is_empty(), "{:?}", objects(&world));
}
