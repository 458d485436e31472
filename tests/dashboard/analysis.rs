//! Goal: the analysis shows what becomes payable when holds end.
//! Method: sales in two currencies, some of them flagged or released; the pages are read as a browser gets them.

use world::{World, brand::But, client::dashboard::Marketer, wait::now};

async fn signed_in(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

#[tokio::test]
async fn what_is_on_hold_becomes_payable_in_its_week() {
    let world = World::start().await;
    let mut owner = signed_in(&world).await;
    let empty = owner.browser.get("/dashboard/analysis").await.expect_status(200).text();
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
    owner.browser.get("/dashboard/analysis?currency=abc").await.expect_status(400);
    world.finish().await;
}
