//! Goal: conversions, commissions and customers are found, explained and decided about on the dashboard's pages alone.
//! Method: sales of two affiliates with clicks, a coupon-free lead and a refund; the pages are read and their forms sent as a
//! browser sends them; what they did is read by API.

use shared::event::Event;
use world::{
    World,
    brand::{But, Partner},
    client::dashboard::Marketer,
    http::Response,
};

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
    early: Partner,
    late: Partner,
}

impl Fixture {
    async fn open() -> Self {
        let world = World::start().await;
        let (early, late) =
            (world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        let organization = world.acme.organization.to_string();
        Self { world, owner, organization, early, late }
    }

    /// 20 % of it is the partner's.
    fn sale(&self, id: &str, partner: &Partner, customer: &str, cents: i64) -> Event {
        let (slug, customer) = (partner.slug.clone(), customer.to_owned());
        self.world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_email = Some(format!("{customer}@buyers.test"));
            report.customer_id = Some(customer);
        })
    }

    async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("/dashboard{path}{sign}organization={}", self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let organization = self.organization.clone();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.owner.submit(&format!("/dashboard{path}"), &fields).await
    }

    async fn id(&self, name: &str) -> String {
        self.world.api().booked(name).await.unwrap().0["id"].as_str().unwrap().to_owned()
    }

    async fn commission(&self, name: &str) -> (String, String) {
        let (_, commissions) = self.world.api().booked(name).await.unwrap();
        let text = |field: &str| commissions[0][field].as_str().unwrap().to_owned();
        (text("id"), text("status"))
    }
}

/// The ids of a page's rows.
fn rows(page: &str) -> Vec<&str> {
    page.split("data-row=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[tokio::test]
async fn conversions_are_found_and_decided() {
    let mut fixture = Fixture::open().await;
    let lead = fixture.world.acme.lead("lead-1").but(|report| report.affiliate_slug = Some("late".to_owned()));
    let events =
        [fixture.sale("one", &fixture.early, "ann", 10_000), fixture.sale("two", &fixture.late, "ben", 5_000), lead];
    fixture.world.intake().accept(&events).await;
    let (one, two, lead) = (fixture.id("one").await, fixture.id("two").await, fixture.id("lead-1").await);
    for (filter, found) in [
        ("?show=sales", vec![&one, &two]),
        ("?show=leads", vec![&lead]),
        ("?affiliate=early", vec![&one]),
        ("?affiliate=late%40creators.test&show=sales", vec![&two]),
        ("?q=two", vec![&two]),
        ("?q=ann%40buyers.test", vec![&one]),
        ("?status=Denied", vec![]),
        ("?affiliate=nobody-at-all", vec![]),
        ("?from=2020-01-01&to=2020-01-31", vec![]),
    ] {
        let page = fixture.page(&format!("/conversions{filter}")).await;
        let mut shown = rows(&page);
        let mut expected: Vec<&str> = found.iter().map(|id| id.as_str()).collect();
        shown.retain(|id| [&one, &two, &lead].iter().any(|own| own == id));
        shown.sort_unstable();
        expected.sort_unstable();
        assert_eq!(shown, expected, "{filter}");
    }
    let nobody = fixture.page("/conversions?affiliate=nobody-at-all").await;
    assert!(nobody.contains("Nobody is called"), "{nobody}");
    let file = fixture.page("/conversions.csv?affiliate=early").await;
    assert!(
        file.contains("\"one\",\"Sale\",\"Server\",\"early\"") && file.contains("\"20.00\",\"USD\",\"Pending\""),
        "{file}"
    );
    assert_eq!(fixture.owner.browser.get("/dashboard/conversions?status=Odd").await.status, 400);

    let page = fixture.page(&format!("/conversions/{one}")).await;
    for text in ["Sale of $100.00", "Who is credited, and why", "early", "ann", "$20.00", "Refund by hand"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let path = |what: &str| format!("/conversions/{one}/{what}");
    let refused =
        fixture.post(&path("refund"), &[("amountCents", "lots"), ("reason", "x")]).await.expect_status(400).text();
    assert!(refused.contains("amountCents-problem") && refused.contains("value=\"lots\""), "{refused}");
    let refused =
        fixture.post(&path("refund"), &[("amountCents", "100.01"), ("reason", "x")]).await.expect_status(400).text();
    assert!(refused.contains("amountCents-problem"), "{refused}");
    fixture
        .post(&path("refund"), &[("amountCents", "25.00"), ("reason", "Half of it came back.")])
        .await
        .expect_status(303);
    let refunded = fixture.world.api().booked("one").await.unwrap().0;
    assert_eq!(refunded["refundedCents"], 2_500);

    let nobody = [("affiliateId", "who"), ("reason", "x")];
    let refused = fixture.post(&path("reattribute"), &nobody).await.expect_status(400).text();
    assert!(refused.contains("Nobody here is called"), "{refused}");
    let theirs = fixture.world.globex.partner.affiliate.to_string();
    let refused = fixture.post(&path("reattribute"), &[("affiliateId", &theirs), ("reason", "x")]).await;
    assert_eq!(refused.status, 400, "another organization's affiliate is nobody here");
    let to_late = [("affiliateId", "late"), ("reach", "Conversion"), ("reason", "She wrote so.")];
    fixture.post(&path("reattribute"), &to_late).await.expect_status(303);
    let moved = fixture.world.api().booked("one").await.unwrap().0;
    assert_eq!(moved["affiliateId"], fixture.late.affiliate.to_string());
    let page = fixture.page(&format!("/conversions/{one}")).await;
    assert!(page.contains("She wrote so.") && page.contains("$75.00 is left"), "{page}");

    let refused = fixture.post(&path("deny"), &[("reason", " ")]).await.expect_status(400).text();
    assert!(refused.contains("Say why"), "{refused}");
    fixture.post(&path("deny"), &[("reason", "Fraud.")]).await.expect_status(303);
    assert_eq!(fixture.world.api().booked("one").await.unwrap().0["status"], "Denied");
    fixture.post(&path("approve"), &[("reason", "It wasn't.")]).await.expect_status(303);
    assert_eq!(fixture.world.api().booked("one").await.unwrap().0["status"], "Pending");
    let log = fixture.world.api().all(&format!("/audit-log?target={one}")).await;
    let actions: Vec<&str> = log.iter().rev().map(|line| line["action"].as_str().unwrap()).collect();
    let expected = ["refunded", "reattributed", "denied", "approved"];
    assert_eq!(actions, expected.map(|action| format!("conversion.{action}")));

    let slug = fixture.world.globex.partner.slug.clone();
    let foreign = fixture.world.globex.sale("foreign", 9_900).but(|report| report.affiliate_slug = Some(slug));
    fixture.world.intake().accept(&[foreign]).await;
    let (foreign, _) = fixture.world.other_api().booked("foreign").await.unwrap();
    let foreign = foreign["id"].as_str().unwrap().to_owned();
    fixture.owner.browser.get(&format!("/dashboard/conversions/{foreign}")).await.expect_status(404);
    fixture.post(&format!("/conversions/{foreign}/deny"), &[("reason", "x")]).await.expect_status(404);
    fixture.world.database.run("set session_replication_role = replica; update memberships set role = 'viewer'").await;
    assert!(!fixture.page(&format!("/conversions/{one}")).await.contains("Refund by hand"), "a viewer looks");
    fixture.post(&path("deny"), &[("reason", "x")]).await.expect_status(403);
    fixture.world.finish().await;
}

#[tokio::test]
async fn commissions_are_decided_one_by_one_and_many_at_once() {
    let mut fixture = Fixture::open().await;
    let events = [
        fixture.sale("one", &fixture.early, "ann", 10_000),
        fixture.sale("two", &fixture.late, "ben", 5_000),
        fixture.sale("three", &fixture.late, "cleo", 3_000),
    ];
    fixture.world.intake().accept(&events).await;
    let ids =
        [fixture.commission("one").await.0, fixture.commission("two").await.0, fixture.commission("three").await.0];
    let page = fixture.page("/commissions?status=Pending").await;
    for text in ["early", "late", "$20.00", "$10.00", "Pending"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert_eq!(rows(&fixture.page("/commissions?affiliate=early&status=Pending").await), [ids[0].as_str()]);
    let refused = fixture.post("/commissions", &[("what", "release"), ("ids", &ids[0]), ("reason", "")]).await;
    let refused = refused.expect_status(400).text();
    assert!(refused.contains("Say why") && refused.contains("checked"), "{refused}");
    let both =
        [("what", "release"), ("ids", ids[0].as_str()), ("ids", &ids[1]), ("ids", "com_x"), ("reason", "Early.")];
    let page = fixture.post("/commissions", &both).await.expect_status(200).text();
    assert!(page.contains("Released 2.") && page.contains("1 passed over"), "{page}");
    assert_eq!(fixture.commission("one").await.1, "Approved");
    assert_eq!(rows(&fixture.page("/commissions?status=Approved&affiliate=late").await), [ids[1].as_str()]);
    let path = |what: &str| format!("/commissions/{}/{what}", ids[2]);
    let refused = fixture.post(&path("deny"), &[("reason", "")]).await.expect_status(400).text();
    assert!(refused.contains("deny-reason-problem"), "{refused}");
    fixture.post(&path("deny"), &[("reason", "Twice.")]).await.expect_status(303);
    assert_eq!(fixture.commission("three").await.1, "Denied");
    let receipt = fixture.page(&format!("/commissions/{}?done=deny", ids[2])).await;
    assert!(receipt.contains("Take the denial back") && receipt.contains("Twice."), "{receipt}");
    let refused = fixture.post(&path("release"), &[("reason", "x")]).await.expect_status(409).text();
    assert!(refused.contains("nothing to release"), "{refused}");
    fixture.post(&path("approve"), &[("reason", "Once.")]).await.expect_status(303);
    assert_eq!(fixture.commission("three").await.1, "Pending");
    let file = fixture.page("/commissions.csv?affiliate=early").await;
    assert!(file.contains("\"one\",\"20.00\",\"20.00\",\"0.00\",\"USD\",\"Approved\""), "{file}");
    fixture.post(&path("eat"), &[("reason", "x")]).await.expect_status(404);
    fixture.world.finish().await;
}

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
    for text in ["early", "since", "Sale of $100.00", "Later sales stay theirs.", "won"] {
        assert!(one.contains(text), "{text}: {one}");
    }
    assert_eq!(rows(&fixture.page("/customers?q=ben").await).len(), 1);
    assert!(fixture.page("/customers?q=zoe").await.contains("Nobody is called"));
    let file = fixture.page("/customers.csv").await;
    assert!(file.contains("\"ann\",\"\",\"ann@buyers.test\"") && file.contains("\"early\""), "{file}");
    // The form of the page: from the latest conversion on they are somebody else's.
    let latest = fixture.id("one").await;
    assert!(one.contains(&format!("action=\"/dashboard/conversions/{latest}/reattribute\"")), "{one}");
    let fields = [("affiliateId", "late@creators.test"), ("reach", "Customer"), ("reason", "Agreed.")];
    fixture.post(&format!("/conversions/{latest}/reattribute"), &fields).await.expect_status(303);
    let one = fixture.page(&format!("/customers/{}", ids[0])).await;
    assert!(one.contains("a person decided so"), "{one}");
    fixture.owner.browser.get("/dashboard/customers/cus_01jzzzzzzzezzzzzzzzzzzzzzz").await.expect_status(404);
    fixture.world.finish().await;
}
