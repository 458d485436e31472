//! Goal: a customer's page shows the affiliate they are bound to.
//! Method: sales of two affiliates; customers are searched, opened and exported, and a conversion is moved to another
//! affiliate. Leads come with names, also from a page.
//! Routes: `/dashboard/customers`, `/dashboard/customers.csv`

use world::{brand::But, wait::now};

use crate::conversions::{Fixture, rows};

#[tokio::test]
async fn a_customers_page_tells_whose_they_are() {
    let mut fixture = Fixture::open().await;
    let events = [fixture.sale("one", &fixture.early, "ann", 10_000), fixture.sale("two", &fixture.late, "ben", 5_000)];
    fixture.world.intake().accept(&events).await;
    let list = fixture.page("/customers").await;
    for text in ["ann", "ann@buyers.test", "early", "$100.00", "ben"] {
        assert!(list.contains(text), "{text}: {list}");
    }
    let found = fixture.page("/customers?q=ann%40buyers.test").await;
    let ids = rows(&found);
    assert_eq!(ids.len(), 1, "{found}");
    let one = fixture.page(&format!("/customers/{}", ids[0])).await;
    for text in ["early", "since", "Sale of $100.00", "Future sales stay with them.", "won"] {
        assert!(one.contains(text), "{text}: {one}");
    }
    assert_eq!(rows(&fixture.page("/customers?q=ben").await).len(), 1);
    // A second sale needs no evidence: what the same affiliate has besides isn't lost.
    for name in ["four", "five"] {
        fixture.world.intake().accept(&[fixture.sale(name, &fixture.early, "cleo", 3_000)]).await;
    }
    let cleo = fixture.page("/customers?q=cleo").await;
    let customer = format!("/customers/{}", rows(&cleo)[0]);
    let conversion = format!("/conversions/{}", fixture.id("five").await);
    let receipt = format!("/commissions/{}", fixture.commission("five").await.0);
    for path in [customer, conversion, receipt] {
        let page = fixture.page(&path).await;
        assert!(page.contains("Not needed: ") && page.contains("already early&#39;s customer"), "{path}: {page}");
        assert!(!page.contains(">lost<"), "{path}: {page}");
    }
    // The columns that a browser chose, and the list from the first customer on.
    let (newest, oldest) = (fixture.page("/customers").await, fixture.page("/customers?sort=date").await);
    let reversed: Vec<&str> = rows(&newest).into_iter().rev().collect();
    assert_eq!(reversed, rows(&oldest));
    assert!(oldest.contains("aria-sort=\"ascending\""), "{oldest}");
    let fields = [("list", "customers"), ("back", "/dashboard/customers?sort=date")];
    let chosen = fixture.owner.submit("/account/columns", &fields).await.expect_status(303);
    assert_eq!(chosen.header("location"), Some("/dashboard/customers?sort=date"));
    assert!(!fixture.page("/customers").await.contains("aria-sort"), "the column is hidden");
    assert!(!fixture.page("/customers").await.contains("row-cards ls-compact"));
    let close = [("list", "customers"), ("column", "since"), ("density", "compact"), ("back", "/dashboard/customers")];
    fixture.owner.submit("/account/columns", &close).await.expect_status(303);
    let compact = fixture.page("/customers").await;
    assert!(compact.contains("row-cards ls-compact") && compact.contains("aria-sort"), "{compact}");
    assert!(!fixture.page("/conversions").await.contains("ls-compact"), "each list has its own");
    assert!(fixture.page("/customers?q=zoe").await.contains("No customer matches"));
    let file = fixture.page("/customers.csv").await;
    assert!(file.contains("\"ann\",\"\",\"ann@buyers.test\"") && file.contains("\"early\""), "{file}");
    // The form of the page: from the latest conversion on they are somebody else's.
    let latest = fixture.id("one").await;
    assert!(one.contains(&format!("action=\"/dashboard/conversions/{latest}/reattribute\"")), "{one}");
    let fields = [("affiliateId", "late@creators.test"), ("reach", "Customer"), ("reason", "Agreed.")];
    fixture.post(&format!("/conversions/{latest}/reattribute"), &fields).await.expect_status(303);
    let one = fixture.page(&format!("/customers/{}", ids[0])).await;
    assert!(one.contains("a manual decision"), "{one}");
    // A sale that credits no one belongs to the program that it was reported for, as in the list of conversions.
    let program = fixture.world.acme.program;
    let alone = fixture.world.acme.sale("alone", 700).but(|report| {
        report.customer_id = Some("dan".to_owned());
        report.program_id = Some(program);
    });
    fixture.world.intake().accept(&[alone]).await;
    assert_eq!(rows(&fixture.page(&format!("/customers?program={program}&q=dan")).await).len(), 1);
    fixture.owner.browser.get("/dashboard/customers/cus_01jzzzzzzzezzzzzzzzzzzzzzz").await.expect_status(404);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_leads_name_is_shown_wherever_their_email_is() {
    let mut fixture = Fixture::open().await;
    let lead = |id: &str, days: i64, customer: &str, name: &str| {
        let (customer, name) = (customer.to_owned(), name.to_owned());
        let slug = fixture.early.slug.clone();
        fixture.world.acme.lead(id).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_email = Some(format!("{customer}@buyers.test"));
            report.customer_id = Some(customer);
            report.customer_name = Some(name);
            report.occurred_at = Some(now().plus_days(-days));
        })
    };
    let claimed = fixture.world.acme.by_page(&lead("claimed", 0, "eve", "Eve Poe"));
    let events = [lead("second", 1, "ann", "Ann Lee"), lead("first", 2, "ann", "Ann Before"), claimed];
    fixture.world.intake().accept(&events).await;
    let (second, claimed) = (fixture.id("second").await, fixture.id("claimed").await);
    let found = fixture.page("/customers?q=ann%40buyers.test").await;
    let customer = rows(&found)[0];
    for (path, name) in [
        ("/conversions?show=leads", "Ann Lee"),
        ("/conversions?show=leads", "Ann Before"),
        ("/conversions?show=leads", "Eve Poe"),
        ("/conversions.csv?show=leads", "\"Ann Lee\""),
        (&format!("/conversions/{second}"), "<dd>Ann Lee</dd>"),
        (&format!("/conversions/{claimed}"), "<dd>Eve Poe</dd>"),
        ("/review", "</code> Eve Poe"),
        (&format!("/review?review={claimed}"), "</code> Eve Poe"),
        ("/review.csv", "\"Eve Poe\""),
        ("/customers", "Ann Lee"),
        (&format!("/customers/{customer}"), "<dd>Ann Lee</dd>"),
        ("/customers.csv", "\"Ann Lee\""),
        ("/search?q=ann%40buyers.test", "Ann Lee \u{b7} ann@buyers.test"),
    ] {
        let page = fixture.page(path).await;
        assert!(page.contains(name), "{name} on {path}: {page}");
    }
    // The latest name is the customer's, and what a page sent is no customer's.
    let list = fixture.page("/customers").await;
    assert!(!list.contains("Ann Before") && !list.contains("Eve Poe"), "{list}");
    fixture.world.finish().await;
}
