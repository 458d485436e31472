//! Goal: the analysis shows what becomes payable when holds end, which customers of a month came back, and who sells best.
//! Method: sales in two currencies and several months; the pages are read as a browser gets them.

use serde_json::json;
use world::{World, brand::But, client::dashboard::Marketer, wait::now};

async fn signed_in(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

const FORECAST: &str = "/dashboard/analysis";
const COHORTS: &str = "/dashboard/analysis/cohorts";
const LEADERBOARD: &str = "/dashboard/analysis/leaderboard";

/// A page opens without the filter that it refuses, keeps the others, and says so.
async fn left_out(marketer: &mut Marketer, place: &str, (kept, wrong): (&str, &str)) {
    let to = marketer.browser.get(&format!("{place}?{kept}&{wrong}")).await.expect_status(303);
    let to = to.header("location").unwrap();
    assert!(to.starts_with(&format!("{place}?")) && to.contains(kept) && !to.contains(wrong), "{to}");
    let there = marketer.browser.get(to).await.expect_status(200).text();
    assert!(there.contains("One filter was left out."), "{there}");
}

#[tokio::test]
async fn what_is_on_hold_becomes_payable_in_its_week() {
    let world = World::shared().await;
    let mut owner = signed_in(&world).await;
    // Of another organization: what takes long to read is kept for a minute.
    let other = owner.submit("/dashboard/organizations/new", &[("name", "Brand New"), ("timeZone", "UTC")]).await;
    let other = other.expect_status(303).header("location").unwrap().split("organization=").nth(1).unwrap().to_owned();
    let empty = owner.browser.get(&format!("/dashboard/analysis?organization={other}")).await.expect_status(200).text();
    assert!(empty.contains("Nothing is owed."), "{empty}");
    let slug = world.acme.partner.slug.clone();
    let sale = |id: &str, cents: i64, currency: &str, days: i64| {
        world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug.clone());
            report.customer_id = Some(format!("buyer of {id}"));
            report.currency = currency.parse().unwrap();
            report.occurred_at = Some(now().plus_days(-days));
        })
    };
    // The demo's plan holds for thirty days.
    let sales = [sale("soon", 10_000, "USD", 29), sale("later", 5_000, "USD", 0), sale("over", 2_000, "EUR", 40)];
    world.intake().accept(&sales).await;
    let page = owner.browser.get("/dashboard/analysis").await.expect_status(200).text();
    for text in [
        "Becomes payable (USD)",
        "$30.00",
        "<th scope=\"row\">Payable now</th>",
        "€4.00",
        "View as table",
        "currency=EUR",
        "aria-current=\"page\">Forecast<",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let weeks: Vec<&str> = page.split("<th scope=\"row\">").skip(1).filter(|row| row.contains(" to ")).collect();
    assert!(weeks[0].contains("20.00"), "{weeks:?}");
    let euros = owner.browser.get("/dashboard/analysis?currency=EUR").await.expect_status(200).text();
    assert!(euros.contains("Becomes payable (EUR)"), "{euros}");
    let organization = format!("organization={}", world.acme.organization);
    left_out(&mut owner, FORECAST, (&organization, "currency=abc")).await;
    world.finish().await;
}

#[tokio::test]
async fn what_one_was_overpaid_is_not_taken_from_others() {
    let world = World::shared().await;
    let (api, mut owner) = (world.api(), signed_in(&world).await);
    let (ann, ben) = (world.acme.join(&world.database, "ann").await, world.acme.join(&world.database, "ben").await);
    for (partner, what, cents) in [(&ann, "bonuses", 10_700), (&ben, "adjustments", -6_000)] {
        let extra = json!({"programId": world.acme.program.to_string(), "amountCents": cents, "currency": "USD",
                           "reason": "checked by phone"});
        api.post(&format!("/affiliates/{}/{what}", partner.affiliate), &extra).await.expect_status(201);
    }
    for place in [FORECAST, "/dashboard/commissions", "/dashboard/payouts"] {
        let page = owner.browser.get(place).await.expect_status(200).text();
        assert!(page.contains("$107.00") && !page.contains("$47.00"), "{place}: {page}");
    }
    world.finish().await;
}

#[tokio::test]
async fn customers_stay_in_the_cohort_of_their_first_sale() {
    let world = World::shared().await;
    let late = world.acme.join(&world.database, "late").await;
    let mut owner = signed_in(&world).await;
    let first = world.acme.partner.slug.clone();
    let sale = |id: &str, buyer: &str, slug: &str, cents: i64, days: i64| {
        world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(buyer.to_owned());
            report.occurred_at = Some(now().plus_days(-days));
        })
    };
    // Forty-five days ago is another month, whatever day it is.
    let sales = [
        sale("one", "ann", &first, 10_000, 45),
        sale("two", "ben", &first, 10_000, 45),
        sale("again", "ann", &first, 5_000, 0),
        sale("new", "cem", &late.slug, 2_000, 0),
        sale("gone", "ben", &first, 3_000, 0),
    ];
    world.intake().accept(&sales).await;
    world.intake().accept(&[world.acme.refund("back", "two", 4_000)]).await;
    let months = ["", "?show=revenue", "?show=commission"];
    let mut pages = Vec::new();
    for query in months {
        let page = owner.browser.get(&format!("/dashboard/analysis/cohorts{query}")).await.expect_status(200).text();
        pages.push(page);
    }
    assert!(pages[0].matches(">100.0%<").count() >= 3, "two cohorts, and all of the first came back: {}", pages[0]);
    for text in [">$160<", ">$80<", ">$20<"] {
        assert!(pages[1].contains(text), "{text}: {}", pages[1]);
    }
    assert!(pages[2].contains(">$32<") && pages[2].contains("Commissions by months since first sale"), "{}", pages[2]);
    let file = owner.browser.get("/dashboard/analysis/cohorts.csv").await.expect_status(200).text();
    assert!(file.starts_with("\"first month\",\"months since first sale\""), "{file}");
    assert!(file.contains("\"0\",\"2\",\"\",\"\",\"\"") && file.contains("\"USD\",\"160.00\",\"32.00\""), "{file}");
    let of_late = owner.browser.get("/dashboard/analysis/cohorts.csv?affiliate=late").await.expect_status(200).text();
    assert!(of_late.contains("\"USD\",\"20.00\"") && !of_late.contains("160.00"), "{of_late}");
    let nobody = owner.browser.get("/dashboard/analysis/cohorts?affiliate=nobody").await.expect_status(200).text();
    assert!(nobody.contains("Affiliate is <strong>nobody</strong>") && !nobody.contains("100.0%"), "{nobody}");
    for wrong in ["show=profit", "program=x"] {
        left_out(&mut owner, COHORTS, ("currency=USD", wrong)).await;
        owner.browser.get(&format!("{COHORTS}.csv?{wrong}")).await.expect_status(400);
    }
    world.finish().await;
}

#[tokio::test]
async fn affiliates_are_ranked_against_the_days_before() {
    let world = World::shared().await;
    let (early, late) =
        (world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
    let mut owner = signed_in(&world).await;
    let past = "/dashboard/analysis/leaderboard?from=2025-01-01&to=2025-01-02";
    let empty = owner.browser.get(past).await.expect_status(200).text();
    assert!(empty.contains("No one has sold anything"), "{empty}");
    let sale = |id: &str, slug: &str, cents: i64, days: i64| {
        world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(format!("buyer of {id}"));
            report.occurred_at = Some(now().plus_days(-days));
        })
    };
    // Early led before, and late leads now, with one sale that is worth more than two.
    let sales = [
        sale("a", &early.slug, 50_000, 40),
        sale("b", &late.slug, 1_000, 40),
        sale("c", &early.slug, 1_000, 1),
        sale("d", &early.slug, 1_000, 1),
        sale("e", &late.slug, 9_000, 1),
    ];
    world.intake().accept(&sales).await;
    world.intake().accept(&[world.acme.click(&late)]).await;
    let file = |query: &str| format!("/dashboard/analysis/leaderboard.csv?{query}");
    let by_revenue = owner.browser.get(&file("")).await.expect_status(200).text();
    let lines: Vec<&str> = by_revenue.lines().collect();
    assert!(
        lines[1].starts_with("\"1\",\"2\",\"late\",") && lines[2].starts_with("\"2\",\"1\",\"early\","),
        "{by_revenue}"
    );
    assert!(lines[1].contains("\"1\",\"1\",\"100.0%\",\"USD\",\"90.00\",\"18.00\",\"18.00\""), "{by_revenue}");
    let by_sales = owner.browser.get(&file("by=sales")).await.expect_status(200).text();
    assert!(by_sales.lines().nth(1).unwrap().starts_with("\"1\",\"1\",\"early\","), "{by_sales}");
    let page = owner.browser.get("/dashboard/analysis/leaderboard").await.expect_status(200).text();
    for text in ["change up\">+1<", "change down\">\u{2212}1<", "$90.00", ">100.0%<"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let week = owner.browser.get("/dashboard/analysis/leaderboard?span=7d").await.expect_status(200).text();
    assert!(week.contains("change up\">new<"), "{week}");
    let organization = format!("organization={}", world.acme.organization);
    for wrong in ["by=clicks", "span=9d", "currency=abc"] {
        left_out(&mut owner, LEADERBOARD, (&organization, wrong)).await;
        owner.browser.get(&format!("{LEADERBOARD}.csv?{wrong}")).await.expect_status(400);
    }
    world.finish().await;
}

#[tokio::test]
async fn a_program_is_ranked_in_its_own_currency() {
    let world = World::shared().await;
    let components = json!([{"type": "percentage", "ratePercent": "10"}]);
    let europe = json!({"name": "Europe", "startsAt": now().plus_days(-90).to_string(), "components": components});
    let europe = world.api().post("/programs", &europe).await.expect_status(201).json();
    let europe = europe["id"].as_str().unwrap().to_owned();
    for slug in ["ada", "mia", "zoe"] {
        let affiliate = json!({"name": slug, "slug": slug, "email": world.own(&format!("{slug}@creators.test")),
                               "programId": europe, "destination": "https://acme.test/"});
        world.api().post("/affiliates", &affiliate).await.expect_status(201);
    }
    let sale = |id: &str, slug: &str, currency: &str, cents: i64| {
        world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(format!("buyer of {id}"));
            report.currency = currency.parse().unwrap();
        })
    };
    // The other program has more sales, in dollars.
    let dollars = ["a", "b", "c", "d"].map(|id| sale(id, &world.acme.partner.slug, "USD", 50_000));
    let euros = [("e", "ada", 2_000), ("f", "mia", 3_000), ("g", "zoe", 1_000)];
    let euros = euros.map(|(id, slug, cents)| sale(id, slug, "EUR", cents));
    world.intake().accept(&dollars).await;
    world.intake().accept(&euros).await;
    let mut owner = signed_in(&world).await;
    // Also if the address still has the currency that was chosen for all programs.
    for query in [format!("program={europe}"), format!("program={europe}&currency=USD")] {
        let board = owner.browser.get(&format!("{LEADERBOARD}.csv?{query}")).await.expect_status(200).text();
        let lines: Vec<&str> = board.lines().skip(1).collect();
        assert_eq!(lines.len(), 3, "{query}: {board}");
        for (line, (place, name, amounts)) in lines.into_iter().zip([
            (1, "mia", "\"30.00\",\"3.00\""),
            (2, "ada", "\"20.00\",\"2.00\""),
            (3, "zoe", "\"10.00\",\"1.00\""),
        ]) {
            assert!(line.starts_with(&format!("\"{place}\",\"\",\"{name}\"")), "{query}: {board}");
            assert!(line.contains(&format!("\"EUR\",{amounts}")), "{query}: {board}");
        }
        let page = owner.browser.get(&format!("{LEADERBOARD}?{query}")).await.expect_status(200).text();
        assert!(page.contains("\u{20ac}30.00"), "{query}: {page}");
    }
    let path = format!("/dashboard/affiliates.csv?sort=-revenue&program={europe}");
    let list = owner.browser.get(&path).await.expect_status(200).text();
    let places = ["mia", "ada", "zoe"].map(|name| list.find(&format!("\"{name}\"")).unwrap());
    assert!(places.is_sorted(), "{list}");
    world.finish().await;
}
