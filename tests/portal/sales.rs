//! Goal: an affiliate sees what they earned and why, and learns nothing about buyers.
//! Method: sales and leads of the demo's brand; the affiliate's pages and files are read.

use serde_json::json;
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::{But, fresh},
    import_fixture::{counts, import},
    wait::now,
};

use crate::fixture::{address, enter, id_after, join, page, sell};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_earned_and_why() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    sell(&world, Some(&early), "order-1", 10_000).await;
    world.intake().accept(&[world.acme.click(&early)]).await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    let home = page(&mut browser, "/a").await;
    for part in ["Total earned", "$20.00", "Add a payout method so", "Set up payouts", "Earned, USD", "Your balance"] {
        assert!(home.contains(part), "{part} in {home}");
    }
    assert!(
        home.contains("next payable ") && page(&mut browser, "/a/payouts").await.contains("next payable "),
        "{home}"
    );
    // What is owed and the link come first; recent earnings say why they are what they are.
    let places = ["id=\"money-title\"", "id=\"link-title\"", "id=\"plot-clicks\"", "id=\"recent-title\""];
    let places: Vec<_> = places.iter().map(|part| home.find(part).expect(part)).collect();
    assert!(places.is_sorted() && home.contains("days after the sale, in case of a refund."), "{places:?} in {home}");
    assert!(home.contains("monogram") && !home.contains("class=\"logo\""), "{home}");
    let logo = format!(
        "insert into program_logos (organization_id, program_id, content_type, bytes, width, height, updated_at)
         values ('{}', '{}', 'image/png', '\\x89504e47', 32, 32, now())",
        world.acme.organization.uuid(),
        world.acme.program.uuid(),
    );
    world.database.run(&logo).await;
    let home = page(&mut browser, "/a").await;
    let source = format!("class=\"logo\" src=\"/p/{}/logo?v=", world.own("acme"));
    assert!(home.contains(&source) && !home.contains("monogram"), "{home}");
    // The brand's own logo comes first.
    let own = logo.replace("program_logos", "organization_logos").replace("program_id, ", "");
    let own = own.replace(&format!("'{}', 'image", world.acme.program.uuid()), "'image");
    world.database.run(&own).await;
    let home = page(&mut browser, "/a").await;
    assert!(home.contains(&format!("class=\"logo\" src=\"/assets/logo/{}?v=", world.acme.organization)), "{home}");
    let sales = page(&mut browser, "/a/sales").await;
    assert!(sales.contains("days after the sale, in case of a refund."), "{sales}");
    for part in ["Customer ", "payable ", "Monthly statement"] {
        assert!(sales.contains(part), "{part} in {sales}");
    }
    let id = id_after(&sales, "href=\"/a/sales/com_");
    let one = page(&mut browser, &format!("/a/sales/com_{id}")).await;
    for part in [
        "$20.00",
        "Sale amount",
        "$100.00",
        "Becomes payable",
        "Hold ends",
        "The sale was reported with your link name.",
    ] {
        assert!(one.contains(part), "{part} in {one}");
    }
    let csv = page(&mut browser, "/a/sales.csv").await;
    assert_eq!(csv.lines().count(), 2, "{csv}");
    let month = id_after(&sales, "<option value=\"");
    let statement = page(&mut browser, &format!("/a/sales/statement.csv?month={month}")).await;
    assert!(statement.lines().count() == 2 && statement.contains("\"20.00\""), "{statement}");
    assert_eq!(page(&mut browser, "/a/sales/statement.csv?month=2001-01").await.lines().count(), 1);
    browser.browser.get("/a/sales/statement.csv?month=soon").await.expect_status(400);
    assert!(page(&mut browser, "/a/sales?kind=leads").await.contains("No matching earnings"));
    let clicks = page(&mut browser, "/a/clicks").await;
    assert!(clicks.contains("/early"), "{clicks}");
    let one_click = "<strong>1</strong> click<";
    assert!(page(&mut browser, "/a/links").await.contains(one_click));
    // The same click is read from its day once that has been added up, and counts no more often.
    world
        .database
        .run(
            "insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
             select organization_id, (hour at time zone 'UTC')::date, program_id, affiliate_id, link_id, sum(clicks)
             from click_hours where clicks > 0 group by 1, 2, 3, 4, 5;
             insert into click_day_facets (organization_id, program_id, facet, value, day, clicks)
             select organization_id, program_id, facet,
                    case facet when 'country' then coalesce(country, '') when 'source' then coalesce(referrer_host, '')
                               else device end, (clicked_at at time zone 'UTC')::date, count(*)
             from clicks cross join unnest(array['country', 'device', 'source']) facet
             where class = 'human' group by 1, 2, 3, 4, 5;
             insert into click_days_until (organization_id, day)
             select organization_id, (max(hour) at time zone 'UTC')::date + 1 from click_hours group by 1
             on conflict (organization_id) do update set day = excluded.day",
        )
        .await;
    for span in ["7d", "12m"] {
        let links = page(&mut browser, &format!("/a/links?span={span}")).await;
        assert!(links.contains(one_click), "{links}");
    }
    // Only the brand learns who bought.
    for text in [&home, &sales, &one, &csv, &statement, &clicks] {
        for secret in ["buyer-of-order-1", "order-1", "buyers.test"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    // Nobody else's.
    let mut other = enter(&world, world.demo["affiliate"]["email"].as_str().unwrap()).await;
    other.browser.get(&format!("/a/sales/com_{id}")).await.expect_status(404);
    world.finish().await;
}

/// A renewal waits with the first sale, which looks like one to a customer who bought before.
#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_says_that_the_first_sale_is_reviewed() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let days_ago = |days: i64| now().plus_days(-days);
    let sale = |id: &str, customer: &str, days: i64| {
        world.acme.sale(id, 10_000).but(|report| {
            report.customer_id = Some(customer.to_owned());
            report.occurred_at = Some(days_ago(days));
        })
    };
    let before = sale("before", "u_1", 59).but(|report| report.customer_email = Some("ann@buyers.test".to_owned()));
    let first = sale("first", "u_2", 50).but(|report| {
        report.customer_email = Some("ann+2@buyers.test".to_owned());
        report.click_token = Some(world.acme.token(&early, days_ago(51)));
    });
    world.intake().accept(&[before, first, sale("renewal", "u_2", 20)]).await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    for (name, held, why) in [
        ("first", "Review", "The brand is reviewing this sale."),
        ("renewal", "FirstSale", "The brand is reviewing the customer’s first sale."),
    ] {
        let (_, commissions) = world.api().booked(name).await.expect("it is there");
        assert_eq!(commissions[0]["heldFor"], held, "{name}");
        let one = page(&mut browser, &format!("/a/sales/{}", commissions[0]["id"].as_str().unwrap())).await;
        for part in [why, "Becomes payable once that’s decided"] {
            assert!(one.contains(part), "{part} in {one}");
        }
        assert!(!one.contains("disputed"), "{one}");
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_with_two_ids_has_one_code() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    let sale = |id: &str, customer: &str| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(early.slug.clone());
            report.customer_id = Some(customer.to_owned());
            report.occurred_at = Some(now().plus_millis(-60_000));
        })
    };
    let first = sale("one", "cus_1");
    world.intake().accept(&[first.clone(), sale("two", "user_42")]).await;
    // The backend names the buyer of the same sale by its own ID.
    let again = Event { id: fresh(), received_at: now(), ..first }.but(|report| {
        report.customer_id = Some("user_42".to_owned());
        report.affiliate_slug = None;
    });
    world.intake().accept(&[again]).await;
    assert_eq!(world.api().all("/customer-joins?state=Joined").await.len(), 1);
    let mut browser = enter(&world, &address(&world, "early")).await;
    let sales = page(&mut browser, "/a/sales").await;
    let mut codes: Vec<&str> = sales.split("Customer ").skip(1).filter_map(|rest| rest.get(..4)).collect();
    codes.retain(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
    assert!(codes.len() >= 2 && codes.iter().all(|code| *code == codes[0]), "{codes:?} in {sales}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bonus_is_listed_on_the_day_that_it_shows() {
    let world = World::shared().await;
    let early = join(&world, "early").await;
    // An hour before UTC's midnight, it is another day there.
    let now = now();
    let zone = "Etc/GMT-14";
    let day = |at: Timestamp| at.to_string()[..10].to_owned();
    let (utc, local) = (day(now), day(now.plus_days(1)));
    let organization = world.acme.organization.uuid();
    let moved = format!("update organizations set time_zone = '{zone}' where organization_id = '{organization}'");
    world.database.run(&moved).await;
    let bonus = json!({"programId": world.acme.program.to_string(), "amountCents": 5_000, "currency": "USD",
                       "reason": "Thanks."});
    let path = format!("/affiliates/{}/bonuses", early.affiliate);
    world.api().post(&path, &bonus).await.expect_status(201);
    let given = format!(
        "update commissions set created_at = '{utc}T23:00:00Z' where organization_id = '{organization}' and kind = 'Bonus'"
    );
    world.database.run(&given).await;
    let mut browser = enter(&world, &address(&world, "early")).await;
    for (day, rows) in [(&local, 1), (&utc, 0)] {
        let file = page(&mut browser, &format!("/a/sales.csv?span=own&from={day}&to={day}")).await;
        assert_eq!(file.matches("\"50.00\"").count(), 2 * rows, "{day} in {zone}: {file}");
    }
    world.finish().await;
}

/// What an import leaves to the platform that the brand moved from isn't a payment to the affiliate.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_to_another_platform_is_not_paid() {
    let world = World::shared().await;
    let (api, early) = (world.api(), join(&world, "early").await);
    let email = address(&world, "early");
    let sale = json!({"externalId": "ch_1", "occurredAt": "2025-05-01T09:00:00Z", "affiliateEmail": email,
        "amountCents": 10_000, "commissionCents": 3_000, "currency": "USD", "status": "due"});
    let body = json!({"kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(),
        "rows": [sale]});
    assert_eq!(counts(&import(&api, &body).await), [1, 0, 0, 0]);
    let payout = api.all(&format!("/payouts?affiliateId={}", early.affiliate)).await.remove(0);
    let receipt = format!("/a/payouts/{}", payout["id"].as_str().unwrap());
    let (_, commissions) = api.booked("ch_1").await.expect("it is there");

    let mut browser = enter(&world, &email).await;
    let payouts = page(&mut browser, "/a/payouts").await;
    assert!(payouts.contains("Settled elsewhere") && payouts.contains("$30.00"), "{payouts}");
    assert!(!payouts.contains(&receipt) && !payouts.contains("/a/payouts/year/"), "{payouts}");
    for path in [receipt.clone(), format!("{receipt}/receipt.pdf")] {
        browser.browser.get(&path).await.expect_status(404);
    }
    assert_eq!(page(&mut browser, "/a/payouts.csv").await.lines().count(), 1);
    let one = page(&mut browser, &format!("/a/sales/{}", commissions[0]["id"].as_str().unwrap())).await;
    assert!(one.contains("Settled elsewhere") && one.contains("Left to another platform: $30.00"), "{one}");
    assert!(!one.contains("Paid out"), "{one}");
    world.finish().await;
}
