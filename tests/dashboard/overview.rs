//! Goal: the overview shows the figures of the organization's own days, leads a new brand to its first click, and the
//! search finds what a person enters, and nothing of other organizations.
//! Method: clicks, leads and sales around midnight; a brand that is founded here; the pages, forms and files that a
//! browser gets, and for the first steps and the palette a real Chromium (`tests/pages/first_steps.mjs`).

use std::process::Command;

use crate::undo::undone;
use serde_json::json;
use shared::{
    event::{ClickClass, Event, Payload},
    timestamp::Timestamp,
};
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    settings,
    wait::{self, now},
};

const HOUR_MS: i64 = 3_600_000;

async fn signed_in(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

/// The day that it is where clocks are thirteen hours ahead.
fn far_east(at: Timestamp) -> String {
    at.plus_millis(13 * HOUR_MS).to_string()[..10].to_owned()
}

fn click(world: &World, at: Timestamp, country: Option<&str>, referrer: Option<&str>) -> Event {
    let mut event = world.acme.click_at(&world.acme.partner, at);
    if let Payload::Click(click) = &mut event.payload {
        click.country = country.map(str::to_owned);
        click.referrer_host = referrer.map(str::to_owned);
    }
    event
}

fn sale(world: &World, id: &str, cents: i64, at: Timestamp) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some(format!("buyer of {id}"));
        report.customer_email = Some(format!("{id}@buyers.test"));
        report.occurred_at = Some(at);
    })
}

/// Maintenance adds a past day up once; late clicks join it.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_click_joins_the_day_that_was_added_up() {
    let mut world = World::start().await;
    let days = "select coalesce(sum(clicks), 0)::bigint from click_days";
    let then = now().plus_days(-3);
    let first = [click(&world, then, None, None), click(&world, then, None, None), click(&world, now(), None, None)];
    world.intake().accept(&first).await;
    assert_eq!(world.database.count(days).await, 0, "nothing of a day that nobody added up");
    world.ledger.stop();
    world.ledger.start().await;
    world.ledger.run_jobs().await;
    wait::until("the days", 30, async || (world.database.count(days).await > 0).then_some(())).await;
    let late = [click(&world, then, None, None), click(&world, now(), None, None)];
    world.intake().accept(&late).await;
    assert_eq!(world.database.count(days).await, 3, "today's aren't among them");
    let mut owner = signed_in(&world).await;
    let file = owner.browser.get("/dashboard/affiliates.csv?sort=-clicks").await.expect_status(200).text();
    assert!(file.lines().any(|line| line.contains("lauren") && line.contains("\"30\",\"5\",")), "{file}");
    world.finish().await;
}

#[tokio::test]
async fn days_are_those_of_the_organizations_clocks() {
    let world = World::shared().await;
    let organization = world.acme.organization;
    world
        .database
        .run(&format!(
            "update organizations set time_zone = 'Etc/GMT-13' where organization_id = '{}'",
            organization.uuid()
        ))
        .await;
    // Noon of UTC is the next day there; three hours before it isn't.
    let noon =
        Timestamp::from_millis(now().plus_days(-2).millis() / (24 * HOUR_MS) * 24 * HOUR_MS + 12 * HOUR_MS).unwrap();
    let morning = noon.plus_millis(-3 * HOUR_MS);
    let slug = world.acme.partner.slug.clone();
    let lead = world.acme.lead("asked").but(|report| {
        report.affiliate_slug = Some(slug);
        report.occurred_at = Some(noon);
    });
    // Only robots follow his link, so he isn't active.
    let robo = world.acme.join(&world.database, "robo").await;
    let events = [
        world.acme.uncounted_click(&robo, ClickClass::Bot),
        click(&world, morning, None, None),
        click(&world, noon, Some("BR"), Some("www.youtube.com")),
        click(&world, noon.plus_millis(7 * 60_000), Some("BR"), None),
        world.acme.uncounted_click(&world.acme.partner, ClickClass::Bot),
        sale(&world, "early", 1_000, morning),
        sale(&world, "late", 9_900, noon),
        lead,
    ];
    world.intake().accept(&events).await;
    let mut owner = signed_in(&world).await;
    let file = owner.browser.get("/dashboard/figures.csv?span=7d").await.expect_status(200).text();
    let (first, second) = (far_east(morning), far_east(noon));
    assert_ne!(first, second);
    for line in [
        format!("\"{first}\",\"1\",\"0\",\"1\",\"0\",\"USD\",\"10.00\",\"2.00\""),
        format!("\"{second}\",\"2\",\"1\",\"1\",\"0\",\"USD\",\"99.00\",\"19.80\""),
    ] {
        assert!(file.contains(&line), "{line}: {file}");
    }
    assert_eq!(file.lines().count(), 8, "{file}");

    let page = owner.browser.get("/dashboard?span=7d").await.expect_status(200).text();
    for text in [
        "data-figure=\"clicks\">3<",
        "data-figure=\"leads\">1<",
        "data-figure=\"conversions\">2<",
        "data-figure=\"revenue\">$109.00<",
        "data-figure=\"epc\">$7.27<",
        "data-figure=\"rate\">66.7%<",
        "data-figure=\"active\">1<",
        ">youtube.com<",
        "Direct",
        "Lauren Vale",
        "Etc/GMT-13",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let by_country = owner.browser.get("/dashboard?span=7d&by=country").await.expect_status(200).text();
    assert!(by_country.contains("aria-current=\"true\">Countries<") && by_country.contains("Brazil"), "{by_country}");
    // The chart shows one figure at a time: its total, its days as a table, and today isn't over.
    let clicks = owner.browser.get("/dashboard?span=7d&figure=clicks").await.expect_status(200).text();
    for text in ["3 in total, highest 2", "data-value=\"2\">2<", "(so far)", "View as table", "0.4 per day"] {
        assert!(clicks.contains(text), "{text}: {clicks}");
    }
    // One day only; the part that a script loads is of the same day.
    let day = format!("from={second}&to={second}");
    let page = owner.browser.get(&format!("/dashboard?{day}")).await.expect_status(200).text();
    assert!(page.contains("data-figure=\"clicks\">2<") && page.contains("+100%"), "{page}");
    let part = page
        .split("data-part=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    assert!(part.contains(&format!("from={second}")), "{part}");
    let part = owner.browser.get(&part).await.expect_status(200).text();
    assert!(part.contains("data-figure=\"clicks\">2<") && !part.contains("<html"), "{part}");
    // A program's days are the same ones.
    let program = format!("/dashboard/programs/{}", world.acme.program);
    let page = owner.browser.get(&format!("{program}?{day}")).await.expect_status(200).text();
    for text in ["$99.00", "$19.80", "Clicks, ", ": 2 in total", "Conversions, ", ": 1 in total"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let seen = owner.browser.get(&format!("{program}/tracking/live")).await.expect_status(200).text();
    assert!(seen.contains(&noon.plus_millis(7 * 60_000).to_string()), "{seen}");
    for wrong in
        ["span=9d", "from=tomorrow", "from=2020-02-02&to=2026-01-01", "currency=abc", "figure=sales", "by=city"]
    {
        owner.browser.get(&format!("/dashboard?{wrong}")).await.expect_status(303);
        owner.browser.get(&format!("/dashboard/live?{wrong}")).await.expect_status(400);
    }
    world.finish().await;
}

#[tokio::test]
async fn figures_follow_what_becomes_of_a_sale() {
    let world = World::shared().await;
    let at = now();
    world.intake().accept(&[sale(&world, "kept", 10_000, at), sale(&world, "given-back", 5_000, at)]).await;
    world.intake().accept(&[world.acme.refund("r", "given-back", 5_000)]).await;
    let euros = sale(&world, "euros", 2_000, at).but(|report| report.currency = "EUR".parse().unwrap());
    let ada = world.acme.join(&world.database, "ada").await;
    let dollars = sale(&world, "dollars", 1_000, at).but(|report| report.affiliate_slug = Some(ada.slug.clone()));
    world.intake().accept(&[euros, dollars, world.acme.click(&ada)]).await;
    let mut owner = signed_in(&world).await;
    // A currency also filters the rankings, like any other filter.
    for filters in ["currency=EUR", "currency=EUR&country=unknown"] {
        let page = owner.browser.get(&format!("/dashboard?{filters}")).await.expect_status(200).text();
        let best = page.split("id=\"best-title\"").nth(1).and_then(|rest| rest.split("</section>").next()).unwrap();
        assert!(best.contains("1 sale<") && best.contains("€20.00"), "{filters}: {best}");
        assert!(!best.contains(&ada.affiliate.to_string()) && !best.contains('$'), "{filters}: {best}");
        assert!(!page.contains("data-figure=\"active\"") && !page.contains("Latest clicks"), "{filters}: {page}");
    }
    let page = owner.browser.get("/dashboard?currency=EUR").await.expect_status(200).text();
    for text in [
        "data-figure=\"conversions\">1<",
        "data-figure=\"revenue\">€20.00<",
        "Currency is <strong>EUR</strong>",
        "Revenue (EUR)",
        "currency=USD",
        "20.00 in total",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let none = owner.browser.get("/dashboard?currency=JPY").await.expect_status(200).text();
    assert!(none.contains("No one has sold anything with these filters."), "{none}");
    assert!(!none.contains("No activity yet"), "{none}");
    let all = owner.browser.get("/dashboard").await.text();
    for text in ["data-figure=\"conversions\">4<", "data-figure=\"revenue\">$110.00<", "€20.00", "Revenue (USD)"] {
        assert!(all.contains(text), "{text}: {all}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_commission_in_another_currency_is_listed_in_its_own() {
    let world = World::shared().await;
    let components = json!([
        {"type": "percentage", "ratePercent": "10"},
        {"type": "flat", "amountCents": 2_000, "currency": "USD"},
    ]);
    let plan = json!({"effectiveAt": now().plus_days(-30).to_string(), "components": components});
    let path = format!("/programs/{}/plans", world.acme.program);
    world.api().post(&path, &plan).await.expect_status(201);
    let euros = sale(&world, "euros", 5_000, now()).but(|report| report.currency = "EUR".parse().unwrap());
    world.intake().accept(&[euros]).await;
    let mut owner = signed_in(&world).await;
    let page = owner.browser.get("/dashboard").await.expect_status(200).text();
    assert!(page.contains(">\u{20ac}5.00 + $20.00<"), "{page}");
    world.finish().await;
}

#[tokio::test]
async fn a_new_brand_is_led_to_its_first_click() {
    let world = World::start().await;
    let mut owner = signed_in(&world).await;
    let made = owner
        .submit("/dashboard/organizations/new", &[("name", "Brand New"), ("timeZone", "UTC")])
        .await
        .expect_status(303);
    let organization = made.header("location").unwrap().split("organization=").nth(1).unwrap().to_owned();
    let home = format!("/dashboard?organization={organization}");
    let page = owner.browser.get(&home).await.expect_status(200).text();
    for text in [
        "Getting started",
        "0 of 7 done",
        "Use brand-new.localhost:",
        "/dashboard/programs/new?organization=",
        "No conversions yet.",
        "Starts with your first click",
        "data-figure=\"clicks\">\u{2013}<",
        "No applications to review",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let form = [("organization", organization.as_str())];
    let to = owner.submit("/dashboard/first-steps/host", &form).await.expect_status(303);
    let page = owner.browser.get(to.header("location").unwrap()).await.expect_status(200).text();
    assert!(page.contains("Link domain added.") && page.contains("1 of 7 done"), "{page}");
    // Pressed once more, it stays as it is.
    owner.submit("/dashboard/first-steps/host", &form).await.expect_status(303);
    let hosts = "select count(*) from link_hosts where host like 'brand-new.localhost:%'";
    assert_eq!(world.database.count(hosts).await, 1);
    assert_eq!(world.database.count("select count(*) from audit_log where action = 'link_host.added'").await, 1);
    let to = owner.submit("/dashboard/first-steps/dismiss", &form).await.expect_status(303);
    let page = owner.browser.get(to.header("location").unwrap()).await.expect_status(200).text();
    assert!(page.contains("Checklist dismissed.") && !page.contains("Getting started"), "{page}");
    owner.submit("/dashboard/first-steps/dismiss", &form).await.expect_status(303);
    let page = undone(&mut owner, &page).await;
    assert!(page.contains("Checklist restored") && page.contains("Getting started"), "{page}");
    assert_eq!(
        world
            .database
            .count("select count(*) from audit_log where action = 'organization.first_steps_dismissed'")
            .await,
        1
    );
    world.finish().await;
}

/// The demo's organization lacks only clicks and commissions; they arrive while the page is open.
#[tokio::test(flavor = "multi_thread")]
async fn steps_are_ticked_while_somebody_looks() {
    let world = World::start().await;
    let owner = |field: &str| world.demo["owner"][field].as_str().unwrap().to_owned();
    let pictures = settings::folder();
    let mut person = Command::new(settings::node());
    person
        .arg(settings::root().join("tests/pages/first_steps.mjs"))
        .args([world.ledger.base(), owner("email"), owner("password")])
        .arg(&pictures)
        .env("REKOMI_TEST_CHROMIUM", settings::chromium());
    let person = tokio::task::spawn_blocking(move || person.output().unwrap());
    // The page writes this picture once it listens.
    let open = pictures.join("first-steps.png");
    wait::until("the page is open", 60, async || (open.exists() || person.is_finished()).then_some(())).await;
    world.intake().accept(&[click(&world, now(), None, None), sale(&world, "first", 9_900, now())]).await;
    let walk = person.await.unwrap();
    let message = format!("{}{}", String::from_utf8_lossy(&walk.stdout), String::from_utf8_lossy(&walk.stderr));
    assert!(walk.status.success(), "pictures in {}:\n{message}", pictures.display());
    world.finish().await;
}

#[tokio::test]
async fn the_search_finds_what_somebody_has_at_hand() {
    let world = World::shared().await;
    let api = world.api();
    world.intake().accept(&[sale(&world, "Order_77", 9_900, now())]).await;
    let (conversion, commissions) = api.booked("Order_77").await.unwrap();
    let id = |of: &serde_json::Value| of["id"].as_str().unwrap().to_owned();
    let (conversion, commission) = (id(&conversion), id(&commissions[0]));
    let (affiliate, program) = (world.acme.partner.affiliate.to_string(), world.acme.program.to_string());
    let mut owner = signed_in(&world).await;
    let host = world.acme.partner.host.clone();
    let link = format!("https://{host}/{}?x=1", world.acme.partner.slug);
    let address = world.own("lauren@creators").to_uppercase();
    let found = [
        ("auren va", "Affiliates", format!("/dashboard/affiliates/{affiliate}?")),
        (&address, "Affiliates", format!("/dashboard/affiliates/{affiliate}?")),
        (&affiliate, "Affiliates", format!("/dashboard/affiliates/{affiliate}?")),
        ("partner prog", "Programs", format!("/dashboard/programs/{program}?")),
        (&link, "Links", format!("/dashboard/affiliates/{affiliate}?")),
        ("rEN20", "Coupons", format!("/dashboard/affiliates/{affiliate}?")),
        ("Order_", "Conversions", format!("/dashboard/conversions/{conversion}?")),
        (&conversion, "Conversions", format!("/dashboard/conversions/{conversion}?")),
        ("buyer of Order", "Customers", "/dashboard/customers/cus_".to_owned()),
        ("order_77@BUY", "Customers", "/dashboard/customers/cus_".to_owned()),
        (&commission, "Commissions", format!("/dashboard/commissions/{commission}?")),
    ];
    for (typed, title, href) in &found {
        let page = search(&mut owner, typed).await;
        assert!(page.contains(&format!(">{title}")) && page.contains(href.as_str()), "{typed}: {page}");
    }
    // Signs that a pattern would take for something else, the second organization's, and what is no word.
    for typed in ["Order%", "_rder", "hank", "globex", "' or 1=1 --", &world.globex.partner.affiliate.to_string()] {
        assert!(search(&mut owner, typed).await.contains("No results for"), "{typed}");
    }
    let page = search(&mut owner, "<script>alert(1)</script>").await;
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>alert"), "{page}");
    assert!(search(&mut owner, "x").await.contains("at least two characters"));
    assert!(search(&mut owner, &"x".repeat(300)).await.contains("too long"));
    world.finish().await;
}

async fn search(owner: &mut Marketer, typed: &str) -> String {
    let escaped: String = typed.bytes().map(|byte| format!("%{byte:02X}")).collect();
    owner.browser.get(&format!("/dashboard/search?q={escaped}")).await.expect_status(200).text()
}

#[tokio::test]
async fn the_part_that_changes_is_no_whole_page() {
    let world = World::shared().await;
    let mut marketer = signed_in(&world).await;
    let part = marketer.browser.get("/dashboard/live").await.expect_status(200).text();
    assert!(!part.contains("<html") && part.contains("data-figure="), "{part}");
    world.finish().await;
}

#[tokio::test]
async fn figures_are_compared_with_the_days_that_were_chosen() {
    let world = World::shared().await;
    let at = |days: i64| now().plus_days(-days);
    // In the period, in the one before it, between it and last year's, and in last year's.
    let sales = [
        sale(&world, "now-1", 20_000, at(1)),
        sale(&world, "now-2", 10_000, at(2)),
        sale(&world, "before", 10_000, at(9)),
        sale(&world, "between", 70_000, at(100)),
        sale(&world, "year", 20_000, at(368)),
    ];
    world.intake().accept(&sales).await;
    let mut owner = signed_in(&world).await;
    for filter in ["", "&affiliate=lauren"] {
        for (compare, change, note) in [
            ("", "+200%", "the previous period"),
            ("&compare=previous", "+200%", "the previous period"),
            ("&compare=year", "+50%", "the same days a year ago"),
            ("&compare=none", "", ""),
        ] {
            let address = format!("/dashboard?span=7d&figure=revenue{compare}{filter}");
            let page = owner.browser.get(&address).await.expect_status(200).text();
            assert!(page.contains("data-figure=\"revenue\">$300.00<"), "{address}: {page}");
            for text in ["+200%", "+50%"] {
                assert_eq!(page.contains(text), text == change, "{address}, {text}: {page}");
            }
            for text in ["the previous period", "the same days a year ago"] {
                let is_shown = page.contains(&format!("Compared with {text}"));
                assert_eq!(is_shown, text == note, "{address}, {text}: {page}");
            }
        }
    }
    let page = owner.browser.get("/dashboard?span=7d&compare=year").await.expect_status(200).text();
    assert!(page.contains("value=\"year\" selected") && page.contains("compare=year&"), "{page}");
    owner.browser.get("/dashboard?compare=decade").await.expect_status(303);
    world.finish().await;
}
