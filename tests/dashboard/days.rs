//! Goal: the same period has the same clicks, sales and revenue on every page and in every file, by the days of the
//! organization's own clocks, west of UTC and where days begin at half past an hour of UTC.
//! Method: clicks and sales a few minutes around midnights of both zones, counted again by Postgres; past days are added up
//! to roll-ups first.

use shared::timestamp::Timestamp;
use world::{
    World,
    brand::But,
    client::{
        dashboard::Marketer,
        mailbox::{link, token},
    },
    wait,
};

const ZONES: [&str; 2] = ["America/Los_Angeles", "Asia/Kolkata"];
/// Minutes before and after midnight.
const MINUTES: [i64; 4] = [-20, -5, 5, 40];
const CENTS: i64 = 1_000;

/// What happened in a period.
struct Happened {
    clicks: i64,
    sales: i64,
}

impl Happened {
    fn revenue(&self) -> String {
        format!("${}.00", self.sales * CENTS / 100)
    }
}

/// Counts single clicks and sales of some days of a zone, both inclusive.
async fn happened(world: &World, zone: &str, (first, last): (&str, &str)) -> Happened {
    let organization = world.acme.organization.uuid();
    let count = |table: &str, at: &str, only: &str| {
        format!(
            "select count(*) from {table} where organization_id = '{organization}' and {only}
               and ({at} at time zone '{zone}')::date between '{first}' and '{last}'"
        )
    };
    Happened {
        clicks: world.database.count(&count("clicks", "clicked_at", "class = 'human'")).await,
        sales: world.database.count(&count("conversions", "occurred_at", "affiliate_id is not null")).await,
    }
}

/// The date so many days ago in a zone.
async fn day(world: &World, zone: &str, ago: i64) -> String {
    world
        .database
        .texts(&format!("select ((now() at time zone '{zone}')::date - {ago})::text"))
        .await
        .remove(0)
        .remove(0)
}

async fn midnights(world: &World) -> Vec<Timestamp> {
    let mut found = Vec::new();
    for zone in ZONES {
        for ago in [1, 2, 3, 29] {
            let text = format!(
                "select to_char(((now() at time zone '{zone}')::date - {ago})::timestamp at time zone '{zone}' at time zone 'UTC',
                                'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
            );
            let at = world.database.texts(&text).await.remove(0).remove(0);
            found.push(Timestamp::parse_rfc3339(&at).unwrap());
        }
    }
    found
}

async fn fill(world: &World) {
    let mut events = Vec::new();
    for (place, midnight) in midnights(world).await.into_iter().enumerate() {
        for minutes in MINUTES {
            let at = midnight.plus_millis(minutes * 60_000);
            events.push(world.acme.click_at(&world.acme.partner, at));
            let (id, slug) = (format!("sale-{place}-{minutes}"), world.acme.partner.slug.clone());
            events.push(world.acme.sale(&id, CENTS).but(|report| {
                report.affiliate_slug = Some(slug);
                report.customer_id = Some(format!("buyer-of-{id}"));
                report.customer_email = Some(format!("{id}@buyers.test"));
                report.occurred_at = Some(at);
            }));
        }
    }
    world.intake().accept(&events).await;
}

/// The cells of the first line of a file that has a text.
fn cells<'f>(file: &'f str, text: &str) -> Vec<&'f str> {
    let line = file.lines().find(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {file}"));
    line.trim_matches('"').split("\",\"").collect()
}

async fn read(browser: &mut Marketer, target: &str) -> String {
    browser.browser.get(target).await.expect_status(200).text()
}

fn has_all(page: &str, texts: &[String], about: &str) {
    for text in texts {
        assert!(page.contains(text.as_str()), "{about}: {text}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_the_same_on_every_page() {
    let mut world = World::start().await;
    fill(&world).await;
    world.ledger.stop();
    world.ledger.start().await;
    world.ledger.run_jobs().await;
    let added = "select coalesce(sum(clicks), 0)::bigint from click_days";
    wait::until("the days", 30, async || (world.database.count(added).await > 0).then_some(())).await;
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let email = world.demo["affiliate"]["email"].as_str().unwrap().to_owned();
    let mut affiliate = Marketer::new(&world.ledger.base());
    affiliate.submit("/a/link", &[("email", &email)]).await.expect_status(303);
    let entry = link(&world.ledger.base(), &email, "affiliate_link").await;
    affiliate.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    for zone in ZONES {
        let organization = world.acme.organization.uuid();
        let change = format!("update organizations set time_zone = '{zone}' where organization_id = '{organization}'");
        world.database.run(&change).await;
        of_chosen_days(&world, zone, (&mut owner, &mut affiliate)).await;
        of_thirty_days(&world, zone, &mut owner).await;
    }
    world.finish().await;
}

async fn of_chosen_days(world: &World, zone: &str, (owner, affiliate): (&mut Marketer, &mut Marketer)) {
    let (first, last) = (day(world, zone, 3).await, day(world, zone, 2).await);
    let all = happened(world, zone, (&first, &last)).await;
    assert!(all.clicks == all.sales && all.clicks > 8, "{zone}: midnights of both zones are within: {}", all.clicks);
    let period = format!("from={first}&to={last}");
    let id = world.acme.partner.affiliate;
    for query in [period.clone(), format!("{period}&affiliate={id}")] {
        let page = read(owner, &format!("/dashboard?{query}")).await;
        let tile = |name: &str, figure: String| format!("data-figure=\"{name}\">{figure}<");
        let tiles = [
            tile("clicks", all.clicks.to_string()),
            tile("conversions", all.sales.to_string()),
            tile("revenue", all.revenue()),
        ];
        has_all(&page, &tiles, &format!("{zone} {query}"));
        let chart = read(owner, &format!("/dashboard?{query}&figure=clicks")).await;
        has_all(&chart, &[format!("{} in total", all.clicks)], &format!("{zone} {query}"));
        let file = read(owner, &format!("/dashboard/figures.csv?{query}")).await;
        for day in [&first, &last] {
            let one = happened(world, zone, (day, day)).await;
            let line = format!("\"{day}\",\"{}\",\"0\",\"{}\",\"0\",\"USD\"", one.clicks, one.sales);
            has_all(&file, &[line], &format!("{zone} {query}"));
        }
    }
    let program = read(owner, &format!("/dashboard/programs/{}?{period}", world.acme.program)).await;
    let totals = [format!(": {} in total", all.clicks), all.revenue()];
    has_all(&program, &totals, zone);
    let board = read(owner, &format!("/dashboard/analysis/leaderboard.csv?{period}&sort=sales")).await;
    let line = cells(&board, &id.to_string());
    assert_eq!(line[4..6], [all.clicks.to_string(), all.sales.to_string()], "{zone}: {board}");
    let list = read(owner, &format!("/dashboard/conversions.csv?{period}")).await;
    assert_eq!(list.lines().count(), usize::try_from(all.sales).unwrap() + 1, "{zone}: {list}");
    let home = read(affiliate, &format!("/a?{period}")).await;
    let earned = format!("${}.00", all.sales * CENTS / 5 / 100);
    has_all(&home, &[format!("{} in total", all.clicks), format!("{earned} in total")], zone);
    let links = read(affiliate, &format!("/a/links?{period}")).await;
    has_all(&links, &[format!("<strong>{}</strong> clicks", all.clicks)], zone);
}

/// The lists' and an affiliate's last 30 days are those of the overview.
async fn of_thirty_days(world: &World, zone: &str, owner: &mut Marketer) {
    let (first, today) = (day(world, zone, 29).await, day(world, zone, 0).await);
    let all = happened(world, zone, (&first, &today)).await;
    let (clicks, sales) = (all.clicks.to_string(), all.sales.to_string());
    let page = read(owner, "/dashboard").await;
    has_all(
        &page,
        &[format!("data-figure=\"clicks\">{clicks}<"), format!("data-figure=\"conversions\">{sales}<")],
        zone,
    );
    let programs = read(owner, "/dashboard/programs.csv").await;
    let line = cells(&programs, &world.acme.program.to_string());
    assert_eq!(line[line.len() - 2..], [clicks.as_str(), sales.as_str()], "{zone}: {programs}");
    let id = world.acme.partner.affiliate.to_string();
    for sort in ["-clicks", "-revenue"] {
        let affiliates = read(owner, &format!("/dashboard/affiliates.csv?sort={sort}")).await;
        let line = cells(&affiliates, &id);
        assert!(line.windows(3).any(|three| three == ["30", &clicks, &sales]), "{zone}: {affiliates}");
    }
    let links = read(owner, &format!("/dashboard/programs/{}/links.csv", world.acme.program)).await;
    assert_eq!(cells(&links, &id).last(), Some(&clicks.as_str()), "{zone}: {links}");
    let one = read(owner, &format!("/dashboard/affiliates/{id}")).await;
    has_all(&one, &[format!("{clicks} in total"), format!("{sales} in total"), all.revenue()], zone);
}
