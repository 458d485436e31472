//! A world with clicks of two old months, the commands that archive and restore them, and what is shown of clicks.

use std::path::PathBuf;

use serde_json::{Value, json};
use shared::{
    event::{ClickClass, Device, Event, Payload},
    id::OrganizationId,
    timestamp::Timestamp,
};
use time::Date;
use world::{
    World,
    brand::{Brand, But},
    verify::{self, Output},
    wait::now,
};

/// The first day of the month so many months ago.
pub(crate) fn month(back: u8) -> Date {
    let mut day = now().date().replace_day(1).unwrap();
    for _ in 0..back {
        day = day.previous_day().unwrap().replace_day(1).unwrap();
    }
    day
}

pub(crate) fn name(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), u8::from(month.month()))
}

fn partition(month: Date) -> String {
    format!("clicks_{}", name(month).replace('-', "_"))
}

/// Old enough for any window of the demo, and young enough for its retention.
pub(crate) const OLD: u8 = 7;
/// A month that has no partition.
pub(crate) const OLDER: u8 = 9;

/// So many clicks of a month, a minute apart, of all kinds.
pub(crate) fn clicks(brand: &Brand, month: Date, count: i64) -> Vec<Event> {
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

pub(crate) struct Old {
    pub(crate) world: World,
    /// All clicks of the first organization in the younger month.
    pub(crate) clicks: Vec<Event>,
}

/// Clicks of the first organization in both months and of the second in the younger one, a sale, and all figures.
pub(crate) async fn filled() -> Old {
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

pub(crate) async fn command(world: &World, arguments: &[&str]) -> Output {
    let mut command = world.ledger.command("clicks");
    command.args(arguments);
    verify::run(command).await
}

/// Archives both months.
pub(crate) async fn archive(world: &World) -> Output {
    command(world, &["archive", "--before", &name(month(OLD - 1))]).await
}

pub(crate) async fn restore(world: &World, organization: OrganizationId, month: Date) -> Output {
    command(world, &["restore", "--organization", &organization.to_string(), "--month", &name(month)]).await
}

pub(crate) async fn raw(world: &World, month: Date) -> i64 {
    let of_month = format!("date_trunc('month', clicked_at, 'UTC') = '{month}T00:00:00Z'");
    world.database.count(&format!("select count(*) from clicks where {of_month}")).await
}

pub(crate) async fn has_partition(world: &World, month: Date) -> bool {
    let query = format!("select count(*) from pg_class where relname = '{}'", partition(month));
    world.database.count(&query).await == 1
}

pub(crate) async fn state_of(world: &World, state: &str) -> i64 {
    world.database.count(&format!("select count(*) from click_archives where state = '{state}'")).await
}

/// The stored objects of archives.
pub(crate) fn objects(world: &World) -> Vec<PathBuf> {
    let of_clicks = |path: &PathBuf| path.parent().is_some_and(|parent| parent.ends_with("clicks"));
    world.ledger.files().into_iter().filter(of_clicks).collect()
}

/// Everything that is shown, counted and exported of clicks but the raw ones.
pub(crate) async fn shown(world: &World) -> Vec<Value> {
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
pub(crate) async fn rows(world: &World, brand: &Brand, month: Date) -> Vec<Vec<String>> {
    let query = format!(
        "select * from clicks where organization_id = '{}' and date_trunc('month', clicked_at, 'UTC') = '{month}T00:00:00Z'",
        brand.organization.uuid()
    );
    let mut rows = world.database.texts(&query).await;
    rows.sort();
    rows
}
