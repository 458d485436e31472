//! Goal: the overview's figures mean the same with and without filters, and count nothing that was denied.
//! Method: clicks and sales of two affiliates; pages and files are compared under filters that the same ones match.

use serde_json::json;
use shared::{event::Device, timestamp::Timestamp};
use world::{World, brand::But, wait::now};

use crate::filters::{Fixture, from};

const DAY_MS: i64 = 86_400_000;

impl Fixture {
    /// Makes late the recruiter of early, with 10% of what early earns.
    async fn recruit(&self) {
        let (organization, program) = (self.world.acme.organization.uuid(), self.world.acme.program.uuid());
        let (early, late) = (self.early.affiliate.uuid(), self.late.affiliate.uuid());
        let terms = format!(
            "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, created_at)
             values ('{organization}', '{program}', now() - interval '2 days', true, 100000, now())"
        );
        let recruit = format!(
            "insert into affiliate_recruits (organization_id, affiliate_id, since, recruiter_id, source, created_at)
             values ('{organization}', '{early}', now() - interval '1 day', '{late}', 'Link', now())"
        );
        self.world.database.run(&terms).await;
        self.world.database.run(&recruit).await;
    }

    /// Adds up the clicks of the days of UTC that are over.
    async fn add_days_up(&self) {
        let statements = "
            insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
            select organization_id, (hour at time zone 'UTC')::date, program_id, affiliate_id, link_id, sum(clicks)
            from click_hours where clicks > 0 and hour < date_trunc('day', now(), 'UTC') group by 1, 2, 3, 4, 5;
            insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
            select organization_id, program_id, facet,
                   case facet when 'country' then coalesce(country, '') when 'source' then coalesce(referrer_host, '')
                              else device end, (clicked_at at time zone 'UTC')::date, count(*)
            from clicks cross join unnest(array['country', 'device', 'source']) facet
            where class = 'human' and clicked_at < date_trunc('day', now(), 'UTC') group by 1, 2, 3, 4, 5;
            insert into click_days_until (organization_id, day)
            select distinct organization_id, (now() at time zone 'UTC')::date from click_hours
            on conflict (organization_id) do update set day = excluded.day";
        self.world.database.run(statements).await;
    }

    /// The tab of clicks, with their change.
    async fn clicks(&mut self, filters: &str) -> String {
        let path = format!("/dashboard?span=7d&{filters}");
        let page = self.owner.browser.get(&path).await.expect_status(200).text();
        let tab = page.split("data-figure=\"clicks\">").nth(1).and_then(|rest| rest.split("</a>").next());
        tab.unwrap_or_else(|| panic!("{filters}: {page}")).to_owned()
    }

    /// The commissions of each day and currency of the last week under filters.
    async fn commissions(&mut self, filters: &str) -> Vec<String> {
        let path = format!("/dashboard/figures.csv?span=7d&{filters}");
        let file = self.owner.browser.get(&path).await.expect_status(200).text();
        let cells = file.lines().skip(1).filter_map(|line| line.trim_matches('"').split("\",\"").nth(7));
        cells.filter(|cell| !["", "0.00"].contains(cell)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_website_is_one_source_with_and_without_www() {
    let mut fixture = Fixture::open(World::shared().await).await;
    let clicks = ["www.youtube.com", "youtube.com", "news.test"]
        .map(|host| from(fixture.world.acme.click(&fixture.early), Some("BR"), Some(host), Device::Mobile));
    fixture.world.intake().accept(&clicks).await;
    // From roll-ups, and counted one by one.
    for filters in ["", "&country=BR&device=mobile"] {
        let path = format!("/dashboard?span=7d{filters}");
        let page = fixture.owner.browser.get(&path).await.expect_status(200).text();
        let rows: Vec<&str> = page.split("source=youtube.com#clicked").skip(1).collect();
        let [row] = rows[..] else { panic!("{filters}: {page}") };
        assert!(row.split("</li>").next().unwrap().contains("class=\"number\">2<"), "{filters}: {row}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_denied_sale_makes_no_affiliate_active() {
    let mut fixture = Fixture::open(World::shared().await).await;
    let events = [fixture.world.acme.click(&fixture.early), fixture.sale("denied", 5_000, None)];
    fixture.world.intake().accept(&events).await;
    let page = fixture.owner.browser.get("/dashboard?span=7d").await.expect_status(200).text();
    assert!(page.contains("data-figure=\"active\">2<"), "{page}");
    let (conversion, _) = fixture.world.api().booked("denied").await.unwrap();
    let path = format!("/conversions/{}/review", conversion["id"].as_str().unwrap());
    let deny = json!({"decision": "Deny", "reason": "No such order."});
    fixture.world.api().post(&path, &deny).await.expect_status(200);
    let page = fixture.owner.browser.get("/dashboard?span=7d").await.expect_status(200).text();
    assert!(page.contains("data-figure=\"active\">1<"), "{page}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_recruiters_share_is_theirs_under_every_filter() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.recruit().await;
    fixture.add_segment().await;
    let click = fixture.world.acme.click_at(&fixture.early, now().plus_millis(-60_000));
    let sale = fixture.sale("by-click", 10_000, Some(&click));
    fixture.world.intake().accept(&[click]).await;
    fixture.world.intake().accept(&[sale]).await;
    for (who, earned) in
        [("affiliate=early", "20.00"), ("segment=gold", "20.00"), ("link=early", "20.00"), ("affiliate=late", "2.00")]
    {
        for filters in ["", "&device=desktop", "&country=DE", "&country=DE&source=direct"] {
            assert_eq!(fixture.commissions(&format!("{who}{filters}")).await, [earned], "{who}{filters}");
        }
        let other = format!("{who}&device=mobile");
        assert!(fixture.commissions(&other).await.is_empty(), "{other}");
    }
    for filters in ["", "device=desktop", "device=desktop&country=DE"] {
        assert_eq!(fixture.commissions(filters).await, ["22.00"], "{filters}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn clicks_of_today_are_compared_with_the_same_hours_under_every_filter() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.add_segment().await;
    let organization = fixture.world.acme.organization.uuid();
    let zone = format!("update organizations set time_zone = 'UTC' where organization_id = '{organization}'");
    fixture.world.database.run(&zone).await;
    let today = now().millis() / DAY_MS * DAY_MS;
    let at = |days: i64, minutes: i64| Timestamp::from_millis(today - days * DAY_MS + minutes * 60_000).unwrap();
    // Three days ago; in the week before; and at both ends of its last day, of which today's hours are comparable.
    let times = [(3, 600, 4), (9, 600, 2), (7, 10, 1), (7, 23 * 60 + 50, 5)];
    let clicks = times.iter().flat_map(|(days, minutes, count)| {
        (0..*count).map(|_| fixture.world.acme.click_at(&fixture.early, at(*days, *minutes))).collect::<Vec<_>>()
    });
    let clicks: Vec<_> = clicks.collect();
    fixture.world.intake().accept(&clicks).await;
    fixture.add_days_up().await;
    let all = fixture.clicks("").await;
    assert!(all.starts_with("4<") && all.contains('%'), "{all}");
    let program = format!("program={}", fixture.world.acme.program);
    for filters in ["segment=gold", &format!("{program}&segment=gold"), &format!("{program}&country=DE")] {
        assert_eq!(fixture.clicks(filters).await, all, "{filters}");
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn without_the_earlier_clicks_nothing_is_compared() {
    let mut fixture = Fixture::open(World::shared().await).await;
    let (organization, program) = (fixture.world.acme.organization.uuid(), fixture.world.acme.program);
    // Where days aren't those of UTC, a program's clicks from a country are counted one by one.
    let zone = "update organizations set time_zone = 'America/Los_Angeles'";
    fixture.world.database.run(&format!("{zone} where organization_id = '{organization}'")).await;
    let before = fixture.sale("before", 5_000, None).but(|report| report.occurred_at = Some(now().plus_days(-370)));
    fixture.world.intake().accept(&[before, fixture.sale("now", 10_000, None)]).await;
    let path = format!("/dashboard?span=90d&compare=year&country=unknown&program={program}");
    let page = fixture.owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("No comparison with these filters"), "{page}");
    let tab = page.split("data-figure=\"revenue\">").nth(1).and_then(|rest| rest.split("</a>").next()).unwrap();
    assert!(tab.starts_with("$100.00<") && !tab.contains('%'), "{tab}");
    fixture.world.finish().await;
}
