//! Goal: the overview's figures under each filter are those of the clicks and sales that match, whichever roll-up they come
//! from, and what happened before there were such roll-ups is counted, too. Lists have the same filters.
//! Method: clicks and sales of two affiliates from several countries, websites and devices; the pages and files under
//! filters; roll-ups that are deleted, and a sale that arrives before its click.

use shared::{
    event::{Device, Event, Payload},
    timestamp::Timestamp,
};
use world::{
    World,
    brand::{But, Partner},
    client::dashboard::Marketer,
    wait::now,
};

pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) owner: Marketer,
    pub(crate) early: Partner,
    pub(crate) late: Partner,
}

pub(crate) fn from(mut click: Event, country: Option<&str>, referrer: Option<&str>, device: Device) -> Event {
    if let Payload::Click(click) = &mut click.payload {
        click.country = country.map(str::to_owned);
        click.referrer_host = referrer.map(str::to_owned);
        click.device = device;
    }
    click
}

impl Fixture {
    pub(crate) async fn open(world: World) -> Self {
        let (early, late) =
            (world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        Self { world, owner, early, late }
    }

    pub(crate) fn sale(&self, id: &str, cents: i64, click: Option<&Event>) -> Event {
        let token = click.map(|click| self.world.acme.token_of(click));
        let slug = click.is_none().then(|| self.late.slug.clone());
        self.world.acme.sale(id, cents).but(|report| {
            report.click_token = token;
            report.affiliate_slug = slug;
            report.customer_id = Some(format!("buyer of {id}"));
        })
    }

    /// Early's clicks are from Brazil by YouTube on a phone, and from Germany; one of late's is from Germany, too. Each
    /// brings a sale but the second, and late sells once without a click.
    async fn play(&self) {
        let acme = &self.world.acme;
        let at = now().plus_millis(-3_600_000);
        let click = |partner: &Partner, at: Timestamp| acme.click_at(partner, at);
        let first = from(click(&self.early, at), Some("BR"), Some("www.youtube.com"), Device::Mobile);
        let second = from(click(&self.early, at), Some("DE"), None, Device::Desktop);
        let third = from(click(&self.late, at), Some("DE"), None, Device::Mobile);
        self.world.intake().accept(&[first.clone(), second, third.clone()]).await;
        let euros = self.sale("euros", 2_000, Some(&third)).but(|report| report.currency = "EUR".parse().unwrap());
        self.world.intake().accept(&[self.sale("by-click", 10_000, Some(&first)), euros]).await;
        let lead = self.world.acme.lead("lead").but(|report| report.click_token = Some(acme.token_of(&first)));
        self.world.intake().accept(&[self.sale("by-slug", 500, None), lead]).await;
    }

    /// Puts early in a segment.
    pub(crate) async fn add_segment(&self) {
        let segment = format!(
            "insert into affiliate_segments (organization_id, affiliate_id, effective_at, segment, created_at)
             values ('{}', '{}', '1970-01-01T00:00:00Z', 'gold', now())",
            self.world.acme.organization.uuid(),
            self.early.affiliate.uuid(),
        );
        self.world.database.run(&segment).await;
    }

    /// Which of these a list's file has under filters.
    async fn listed<'a>(&mut self, list: &str, filters: &str, names: &[&'a str]) -> Vec<&'a str> {
        let path = format!("/dashboard/{list}.csv?{filters}");
        let file = self.owner.browser.get(&path).await.expect_status(200).text();
        names.iter().copied().filter(|name| file.contains(&format!("\"{name}\""))).collect()
    }

    /// Clicks, leads and conversions of the last week under these filters, with revenue by currency.
    pub(crate) async fn figures(&mut self, filters: &str) -> (i64, i64, i64, Vec<String>) {
        let path = format!("/dashboard/figures.csv?span=7d&{filters}");
        let file = self.owner.browser.get(&path).await.expect_status(200).text();
        let (mut sums, mut revenue) = ([0; 3], Vec::new());
        for line in file.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
            for (sum, cell) in sums.iter_mut().zip(&cells[1..4]) {
                *sum += cell.parse::<i64>().unwrap_or_default();
            }
            if !cells[5].is_empty() && cells[6] != "0.00" {
                revenue.push(format!("{} {}", cells[5], cells[6]));
            }
        }
        revenue.sort();
        (sums[0], sums[1], sums[2], revenue)
    }

    async fn expect(&mut self, filters: &str, expected: (i64, i64, i64, &[&str])) {
        let (clicks, leads, conversions, revenue) = self.figures(filters).await;
        assert_eq!((clicks, leads, conversions), (expected.0, expected.1, expected.2), "{filters}");
        assert_eq!(revenue, expected.3, "{filters}");
    }
}

#[tokio::test]
async fn each_filter_shows_what_matches() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.play().await;
    let (program, early) = (fixture.world.acme.program.to_string(), fixture.early.affiliate);
    fixture.add_segment().await;
    let all: (i64, i64, i64, &[&str]) = (3, 1, 3, &["EUR 20.00", "USD 105.00"]);
    for filters in ["", &format!("program={program}")] {
        fixture.expect(filters, all).await;
    }
    let of_early: (i64, i64, i64, &[&str]) = (2, 1, 1, &["USD 100.00"]);
    for filters in ["affiliate=early", &format!("affiliate={early}"), "segment=gold", "link=early"] {
        fixture.expect(filters, of_early).await;
    }
    let from_brazil: (i64, i64, i64, &[&str]) = (1, 1, 1, &["USD 100.00"]);
    for filters in [
        "country=BR",
        "country=brazil",
        "source=youtube.com",
        &format!("country=BR&program={program}"),
        "affiliate=early&country=BR",
        "segment=gold&source=www.youtube.com",
        "country=BR&device=mobile",
        "link=early&device=mobile",
    ] {
        fixture.expect(filters, from_brazil).await;
    }
    fixture.expect("country=DE", (2, 0, 1, &["EUR 20.00"])).await;
    fixture.expect("device=mobile", (2, 1, 2, &["EUR 20.00", "USD 100.00"])).await;
    fixture.expect("country=DE&device=mobile", (1, 0, 1, &["EUR 20.00"])).await;
    fixture.expect("source=direct", (2, 0, 2, &["EUR 20.00", "USD 5.00"])).await;
    fixture.expect("country=unknown", (0, 0, 1, &["USD 5.00"])).await;
    fixture.expect("currency=EUR", (3, 0, 1, &["EUR 20.00"])).await;
    for nobody in ["affiliate=nobody", "link=nothing", "segment=silver", "affiliate=late&segment=gold", "country=FR"] {
        fixture.expect(nobody, (0, 0, 0, &[])).await;
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn filters_are_pills_and_rows() {
    let mut fixture = Fixture::open(World::start().await).await;
    fixture.play().await;
    let page = |path: &str| format!("/dashboard?span=7d{path}");
    let all = fixture.owner.browser.get(&page("")).await.expect_status(200).text();
    let early = format!("affiliate={}", fixture.early.affiliate);
    for text in ["source=youtube.com#clicked", "source=direct#clicked", early.as_str(), ">Devices<", "Latest clicks"] {
        assert!(all.contains(text), "{text}: {all}");
    }
    let some = fixture.owner.browser.get(&page("&affiliate=early&country=BR")).await.expect_status(200).text();
    for text in [
        "Country is <strong>Brazil</strong>",
        "Affiliate is <strong>early</strong>",
        "data-figure=\"clicks\">1<",
        "data-figure=\"revenue\">$100.00<",
        "the filters leave only one",
        "View conversions",
    ] {
        assert!(some.contains(text), "{text}: {some}");
    }
    assert!(!some.contains("without a comparison") && !some.contains("No comparison with these filters"), "{some}");
    assert!(!some.contains("Latest clicks") && !some.contains("data-figure=\"active\""), "{some}");
    // Its own period is chosen by days, which the browser's own field takes where no script runs.
    assert!(all.contains("id=\"from\" name=\"from\" type=\"date\" data-date value=\"20"), "{all}");
    // The list of conversions has the same filters.
    let list = some.split("\">View conversions").next().and_then(|before| before.rsplit("href=\"").next()).unwrap();
    let list = list.replace("&amp;", "&").replace("&#38;", "&");
    let list = fixture.owner.browser.get(&list).await.expect_status(200).text();
    assert!(list.contains("buyer of by-click") && !list.contains("buyer of by-slug"), "{list}");
    for wrong in ["country=Atlantis", "device=watch", "program=x"] {
        fixture.owner.browser.get(&format!("/dashboard?{wrong}")).await.expect_status(303);
        fixture.owner.browser.get(&format!("/dashboard/figures.csv?{wrong}")).await.expect_status(400);
    }
    // Who sold most is ranked among the sales that match, with what they brought.
    let brazil = fixture.owner.browser.get(&page("&country=BR")).await.expect_status(200).text();
    let best = brazil.split("id=\"best-title\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
    assert!(best.contains("$100.00") && best.contains("1 sale") && best.contains(&early), "{best}");
    assert!(!best.contains(&fixture.late.affiliate.to_string()), "{best}");
    // Two filters together count single clicks, unless there are too many.
    let wide = "span=12m&country=BR&device=mobile";
    let year = fixture.owner.browser.get(&format!("/dashboard?{wide}")).await.expect_status(200).text();
    assert!(year.contains("data-figure=\"clicks\">1<"), "{year}");
    let add = |clicks: i64| format!("update click_facets set clicks = clicks + {clicks} where facet = 'all'");
    fixture.world.database.run(&add(200_000)).await;
    let year = fixture.owner.browser.get(&format!("/dashboard?{wide}")).await.expect_status(200).text();
    assert!(year.contains("Choose a shorter or more recent period"), "{year}");
    assert!(year.contains("data-figure=\"clicks\">\u{2013}<"), "what isn't counted is no zero: {year}");
    fixture.owner.browser.get(&format!("/dashboard/figures.csv?{wide}")).await.expect_status(400);
    fixture.world.database.run(&add(-200_000)).await;
    fixture.world.finish().await;
}

#[tokio::test]
async fn what_is_counted_one_by_one_is_compared_with_the_days_before() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.play().await;
    // Nine days ago there were two clicks from Brazil for one of today, and a sale of half of today's.
    let at = now().plus_days(-9);
    let click =
        || from(fixture.world.acme.click_at(&fixture.early, at), Some("BR"), Some("www.youtube.com"), Device::Mobile);
    let clicks = [click(), click()];
    let sale = fixture.sale("before", 5_000, Some(&clicks[0]));
    let sale = sale.but(|report| report.occurred_at = Some(at.plus_millis(60_000)));
    fixture.world.intake().accept(&clicks).await;
    fixture.world.intake().accept(&[sale]).await;
    let tab = |page: &str, figure: &str| {
        let after = page.split(&format!("data-figure=\"{figure}\">")).nth(1).map(str::to_owned);
        after.and_then(|after| Some(after.split("</a>").next()?.to_owned())).unwrap_or_default()
    };
    let filters = ["link=early&device=mobile", "affiliate=early&country=BR", "country=BR&device=mobile"];
    for filters in filters {
        let path = format!("/dashboard?span=7d&{filters}");
        let page = fixture.owner.browser.get(&path).await.expect_status(200).text();
        for (figure, now, change) in
            [("clicks", "1", "\u{2212}50%"), ("conversions", "1", "\u{b1}0%"), ("revenue", "$100.00", "+100%")]
        {
            let shown = tab(&page, figure);
            assert!(shown.starts_with(&format!("{now}<")) && shown.contains(change), "{filters}, {figure}: {shown}");
        }
        let page = fixture.owner.browser.get(&format!("{path}&compare=none")).await.expect_status(200).text();
        assert!(!tab(&page, "clicks").contains("50%"), "{filters}: {page}");
    }
    // A link alone has hours of its clicks, and single sales.
    let page = fixture.owner.browser.get("/dashboard?span=7d&link=early").await.expect_status(200).text();
    assert!(tab(&page, "revenue").contains("+100%"), "{page}");
    // Clicks of a year ago may be deleted.
    let path = format!("/dashboard?span=90d&compare=year&{}", filters[2]);
    let page = fixture.owner.browser.get(&path).await.expect_status(200).text();
    assert!(page.contains("No comparison with these filters") && !tab(&page, "clicks").contains('%'), "{page}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn lists_have_the_same_filters() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.play().await;
    fixture.add_segment().await;
    let program = format!("program={}", fixture.world.acme.program);
    let early = format!("affiliate={}", fixture.early.affiliate);
    let cases: [(&str, &[&str]); 19] = [
        ("", &["by-click", "by-slug", "euros", "lead"]),
        (&program, &["by-click", "by-slug", "euros", "lead"]),
        (&early, &["by-click", "lead"]),
        ("segment=gold", &["by-click", "lead"]),
        ("link=early", &["by-click", "lead"]),
        ("country=brazil", &["by-click", "lead"]),
        ("source=youtube.com", &["by-click", "lead"]),
        ("device=mobile", &["by-click", "euros", "lead"]),
        ("country=DE&device=mobile", &["euros"]),
        ("segment=gold&country=BR&source=youtube.com", &["by-click", "lead"]),
        ("country=unknown", &["by-slug"]),
        ("source=direct", &["by-slug", "euros"]),
        ("currency=eur", &["euros"]),
        ("currency=EUR&country=BR", &[]),
        ("segment=silver", &[]),
        ("affiliate=late&segment=gold", &[]),
        ("affiliate=late&link=early", &[]),
        ("link=nothing", &[]),
        ("country=FR", &[]),
    ];
    for (filters, expected) in cases {
        let found = fixture.listed("conversions", filters, &["by-click", "by-slug", "euros", "lead"]).await;
        assert_eq!(found, expected, "{filters}");
        let sales: Vec<&str> = expected.iter().copied().filter(|name| *name != "lead").collect();
        let found = fixture.listed("commissions", filters, &["by-click", "by-slug", "euros"]).await;
        assert_eq!(found, sales, "{filters}");
    }
    for list in ["conversions", "commissions"] {
        let path = format!("/dashboard/{list}?country=BR&currency=usd&link=early");
        let page = fixture.owner.browser.get(&path).await.expect_status(200).text();
        for text in ["Country is <strong>Brazil</strong>", "Currency is <strong>USD</strong>", "by-click", "Save view"]
        {
            assert!(page.contains(text), "{list}: {text}: {page}");
        }
        assert!(!page.contains("by-slug"), "{page}");
        let nothing = fixture.owner.browser.get(&format!("/dashboard/{list}?link=nothing")).await.expect_status(200);
        assert!(nothing.text().contains("No link has this name"), "{list}");
        let nowhere = fixture.owner.browser.get(&format!("/dashboard/{list}?segment=silver")).await.expect_status(200);
        assert!(nowhere.text().contains("There’s no segment “silver”, so nothing matches."), "{list}");
        for wrong in ["country=Atlantis", "device=watch", "currency=x"] {
            let left = fixture.owner.browser.get(&format!("/dashboard/{list}?{wrong}&status=Paid")).await;
            let to = left.expect_status(303).header("location").unwrap().to_owned();
            assert!(
                to.starts_with(&format!("/dashboard/{list}?organization=")) && to.ends_with("&status=Paid"),
                "{to}"
            );
            fixture.owner.browser.get(&format!("/dashboard/{list}.csv?{wrong}")).await.expect_status(400);
        }
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn customers_are_those_with_a_conversion_that_matches() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.play().await;
    fixture.add_segment().await;
    let (click, slug, euros) = ("buyer of by-click", "buyer of by-slug", "buyer of euros");
    let program = format!("program={}", fixture.world.acme.program);
    let cases: [(&str, &[&str]); 12] = [
        (&program, &[click, slug, euros]),
        ("affiliate=early", &[click]),
        ("segment=gold", &[click]),
        ("link=early", &[click]),
        ("country=BR&source=youtube.com", &[click]),
        ("device=mobile", &[click, euros]),
        ("country=unknown", &[slug]),
        ("currency=EUR", &[euros]),
        ("currency=EUR&country=BR", &[]),
        ("affiliate=nobody", &[]),
        ("affiliate=late&q=buyer+of+euros", &[euros]),
        ("affiliate=early&q=buyer+of+euros", &[]),
    ];
    for (filters, expected) in cases {
        assert_eq!(fixture.listed("customers", filters, &[click, slug, euros]).await, expected, "{filters}");
    }
    let page = fixture.owner.browser.get("/dashboard/customers?country=BR&sort=date").await.expect_status(200).text();
    for text in ["Country is <strong>Brazil</strong>", click, "aria-sort=\"ascending\"", "Save view"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains(slug) && !page.contains(euros), "{page}");
    for (filters, text) in [
        ("country=FR", "No matching customers"),
        ("link=nothing", "No link has"),
        ("affiliate=x", "No affiliate matches"),
    ] {
        let page =
            fixture.owner.browser.get(&format!("/dashboard/customers?{filters}")).await.expect_status(200).text();
        assert!(page.contains(text), "{filters}: {page}");
    }
    // Affiliates are of the country of their payout accounts, which no one has here.
    assert_eq!(fixture.listed("affiliates", "country=unknown", &["early", "late"]).await, ["early", "late"]);
    assert_eq!(fixture.listed("affiliates", "country=DE", &["early", "late"]).await, Vec::<&str>::new());
    let page = fixture.owner.browser.get("/dashboard/affiliates?country=germany").await.expect_status(200).text();
    assert!(page.contains("Country is <strong>Germany</strong>") && page.contains("No affiliates match"), "{page}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_sale_before_its_click_moves_to_where_it_came_from() {
    let mut fixture = Fixture::open(World::start().await).await;
    let at = now().plus_millis(-60_000);
    let click = from(fixture.world.acme.click_at(&fixture.early, at), Some("BR"), None, Device::Tablet);
    let sale = fixture.sale("first", 10_000, Some(&click));
    fixture.world.intake().accept(&[sale]).await;
    fixture.expect("country=BR", (0, 0, 0, &[])).await;
    fixture.expect("country=unknown", (0, 0, 1, &["USD 100.00"])).await;
    fixture.world.intake().accept(&[click]).await;
    fixture.world.ledger.run_jobs().await;
    fixture.expect("country=BR", (1, 0, 1, &["USD 100.00"])).await;
    fixture.expect("country=unknown", (0, 0, 0, &[])).await;
    // What is refunded later is subtracted there.
    fixture.world.intake().accept(&[fixture.world.acme.refund("back", "first", 4_000)]).await;
    fixture.expect("device=tablet", (1, 0, 1, &["USD 60.00"])).await;
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happened_before_is_counted_once() {
    let mut fixture = Fixture::open(World::start().await).await;
    fixture.play().await;
    fixture.world.ledger.stop();
    // As an upgraded database has it.
    for statement in [
        "delete from conversion_facets",
        "delete from click_day_facets",
        "delete from click_origins",
        "delete from facet_fills",
        "delete from click_facets where facet = 'device'",
        "update conversion_days set renewals = 0, leads = 0",
    ] {
        fixture.world.database.run(statement).await;
    }
    fixture.world.ledger.start().await;
    fixture.world.ledger.run_jobs().await;
    assert_eq!(fixture.world.database.count("select count(*) from facet_fills where passes = 0").await, 0);
    fixture.owner = Marketer::new(&fixture.world.ledger.base());
    fixture.owner.sign_in(&fixture.world.demo["owner"]).await.expect_status(303);
    fixture.expect("country=BR", (1, 1, 1, &["USD 100.00"])).await;
    fixture.expect("device=mobile", (2, 1, 2, &["EUR 20.00", "USD 100.00"])).await;
    fixture.expect("affiliate=early", (2, 1, 1, &["USD 100.00"])).await;
    // Another pass finds nothing more.
    fixture.world.database.run("update facet_fills set changed_at = now() - interval '2 days'").await;
    fixture.world.ledger.run_jobs().await;
    assert_eq!(fixture.world.database.count("select min(passes)::bigint from facet_fills").await, 2);
    fixture.expect("country=BR", (1, 1, 1, &["USD 100.00"])).await;
    fixture.world.finish().await;
}
