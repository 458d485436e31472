//! Goal: conversions are found, explained and decided on the dashboard alone.
//! Method: sales of two affiliates with clicks, a lead and a refund; the pages are read and their forms sent as a
//! browser sends them; the effect is read by API.
//! Routes: `/dashboard/conversions.csv`, `/dashboard/conversions/new`

use shared::event::Event;
use world::{
    World,
    brand::{But, Partner},
    client::dashboard::Marketer,
    http::Response,
};

pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) owner: Marketer,
    pub(crate) organization: String,
    pub(crate) early: Partner,
    pub(crate) late: Partner,
}

impl Fixture {
    pub(crate) async fn open() -> Self {
        let world = World::shared().await;
        let (early, late) =
            (world.acme.join(&world.database, "early").await, world.acme.join(&world.database, "late").await);
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        let organization = world.acme.organization.to_string();
        Self { world, owner, organization, early, late }
    }

    /// 20% of it is the partner's.
    pub(crate) fn sale(&self, id: &str, partner: &Partner, customer: &str, cents: i64) -> Event {
        let (slug, customer) = (partner.slug.clone(), customer.to_owned());
        self.world.acme.sale(id, cents).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_email = Some(format!("{customer}@buyers.test"));
            report.customer_id = Some(customer);
        })
    }

    pub(crate) async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("/dashboard{path}{sign}organization={}", self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let organization = self.organization.clone();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.owner.submit(&format!("/dashboard{path}"), &fields).await
    }

    pub(crate) async fn id(&self, name: &str) -> String {
        self.world.api().booked(name).await.unwrap().0["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn commission(&self, name: &str) -> (String, String) {
        let (_, commissions) = self.world.api().booked(name).await.unwrap();
        let text = |field: &str| commissions[0][field].as_str().unwrap().to_owned();
        (text("id"), text("status"))
    }
}

/// The ids of a page's rows.
pub(crate) fn rows(page: &str) -> Vec<&str> {
    page.split("data-row=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The id with which a form of the page is booked once.
fn form_id(page: &str) -> String {
    page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
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
    let early = fixture.page("/conversions?affiliate=early").await;
    assert!(early.contains("Affiliate is <strong>early</strong>") && early.contains("1\u{2013}1 of 1<"), "{early}");
    let nobody = fixture.page("/conversions?affiliate=nobody-at-all").await;
    assert!(nobody.contains("No affiliate matches"), "{nobody}");
    let file = fixture.page("/conversions.csv?affiliate=early").await;
    assert!(
        file.contains("\"one\",\"Sale\",\"Server\",\"early\"") && file.contains("\"20.00\",\"USD\",\"Pending\""),
        "{file}"
    );
    assert_eq!(fixture.owner.browser.get("/dashboard/conversions?status=Odd").await.status, 303);
    assert_eq!(fixture.owner.browser.get("/dashboard/conversions.csv?status=Odd").await.status, 400);

    let page = fixture.page(&format!("/conversions/{one}")).await;
    for text in ["Sale of $100.00", "Attribution", "early", "ann", "$20.00", "Record a refund"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let path = |what: &str| format!("/conversions/{one}/{what}");
    let form = form_id(&page);
    let refund = |amount: &'static str| [("form", form.as_str()), ("amountCents", amount), ("reason", "It came back.")];
    let refused = fixture.post(&path("refund"), &refund("lots")).await.expect_status(400).text();
    assert!(refused.contains("amountCents-problem") && refused.contains("value=\"lots\""), "{refused}");
    let refused = fixture.post(&path("refund"), &refund("100.01")).await.expect_status(400).text();
    assert!(refused.contains("amountCents-problem"), "{refused}");
    fixture.post(&path("refund"), &refund("25.00")).await.expect_status(303);
    let refunded = fixture.world.api().booked("one").await.unwrap().0;
    assert_eq!(refunded["refundedCents"], 2_500);

    let nobody = [("affiliateId", "who"), ("reason", "x")];
    let refused = fixture.post(&path("reattribute"), &nobody).await.expect_status(400).text();
    assert!(refused.contains("No affiliate matches"), "{refused}");
    for email in ["one@twin.test", "two@twin.test"] {
        let twin = serde_json::json!({"name": "Mia Twin", "email": email});
        fixture.world.api().post("/affiliates", &twin).await.expect_status(201);
    }
    for (typed, message) in [
        ("mia twin", "Several affiliates are called mia twin: Mia Twin (one@twin.test), Mia Twin (two@twin.test)."),
        ("ia twi", "Did you mean Mia Twin (one@twin.test)"),
    ] {
        let refused = fixture.post(&path("reattribute"), &[("affiliateId", typed), ("reason", "x")]).await;
        let refused = refused.expect_status(400).text();
        assert!(refused.contains(message), "{message}: {refused}");
    }
    let theirs = fixture.world.globex.partner.affiliate.to_string();
    let refused = fixture.post(&path("reattribute"), &[("affiliateId", &theirs), ("reason", "x")]).await;
    assert_eq!(refused.status, 400, "another organization's affiliate is nobody here");
    let to_late = [("affiliateId", "late"), ("reach", "Conversion"), ("reason", "She wrote so.")];
    fixture.post(&path("reattribute"), &to_late).await.expect_status(303);
    let moved = fixture.world.api().booked("one").await.unwrap().0;
    assert_eq!(moved["affiliateId"], fixture.late.affiliate.to_string());
    let page = fixture.page(&format!("/conversions/{one}")).await;
    assert!(page.contains("She wrote so.") && page.contains("$75.00 can still be refunded"), "{page}");
    let by_name = format!(": She wrote so. ({})", fixture.world.own("owner@acme.test"));
    assert!(page.contains(&by_name) && !page.contains("user:usr_"), "by name: {page}");

    let refused = fixture.post(&path("deny"), &[("reason", " ")]).await.expect_status(400).text();
    assert!(refused.contains("Enter a reason"), "{refused}");
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
    fixture.world.database.set_member_roles("viewer").await;
    assert!(!fixture.page(&format!("/conversions/{one}")).await.contains("Record a refund"), "a viewer looks");
    fixture.post(&path("deny"), &[("reason", "x")]).await.expect_status(403);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_refund_is_recorded_once_however_often_its_form_is_sent() {
    let mut fixture = Fixture::open().await;
    let sale = fixture.sale("one", &fixture.early, "ann", 10_000);
    fixture.world.intake().accept(&[sale]).await;
    let one = fixture.id("one").await;
    let (page, refund) = (format!("/conversions/{one}"), format!("/conversions/{one}/refund"));
    let without = fixture.post(&refund, &[("amountCents", "25"), ("reason", "x")]).await.expect_status(400).text();
    assert!(without.contains("The form was incomplete."), "{without}");
    let (first, second) = (form_id(&fixture.page(&page).await), form_id(&fixture.page(&page).await));
    // What is refunded in the end, after each of these forms.
    for (form, amount, status, refunded) in [
        (&first, "25", 303, 2_500),
        (&first, "25", 303, 2_500),
        (&first, "30", 409, 2_500),
        (&second, "25", 303, 5_000),
        (&first, "", 303, 10_000),
        (&first, "", 303, 10_000),
    ] {
        let fields = [("form", form.as_str()), ("amountCents", amount), ("reason", "It came back.")];
        let answer = fixture.post(&refund, &fields).await.expect_status(status);
        if status == 409 {
            let text = answer.text();
            assert!(text.contains("This form already recorded a refund of another amount"), "{text}");
            assert_ne!(&form_id(&text), form, "the form can be sent anew");
        }
        let sale = fixture.world.api().booked("one").await.unwrap().0;
        assert_eq!(sale["refundedCents"], refunded, "{amount}");
    }
    let decisions = fixture.world.api().all(&format!("/decisions?conversionId={one}")).await;
    assert_eq!(decisions.len(), 3, "{decisions:?}");
    let logged = fixture.world.api().all("/audit-log?action=conversion.refunded").await;
    assert_eq!(logged.len(), 3, "a repetition isn't logged: {logged:?}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_sale_without_a_credit_is_listed_under_the_program_that_it_names() {
    let mut fixture = Fixture::open().await;
    let program = fixture.world.acme.program;
    let components = serde_json::json!([{"type": "percentage", "ratePercent": "10"}]);
    let second = serde_json::json!({"name": "Second", "slug": "second", "components": components});
    let second = fixture.world.api().post("/programs", &second).await.expect_status(201).json();
    let alone = fixture.world.acme.sale("alone", 1_000).but(|report| report.program_id = Some(program));
    fixture.world.intake().accept(&[alone]).await;
    let alone = fixture.id("alone").await;
    let page = fixture.page(&format!("/conversions?program={program}")).await;
    assert!(rows(&page).contains(&alone.as_str()), "{page}");
    let page = fixture.page(&format!("/conversions?program={}", second["id"].as_str().unwrap())).await;
    assert!(rows(&page).is_empty(), "{page}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_sale_by_hand_is_booked_once() {
    let mut fixture = Fixture::open().await;
    let page = fixture.page("/conversions/new").await;
    assert!(page.contains("name=\"affiliateId\" data-typeahead"), "who matches is offered: {page}");
    let form = form_id(&page);
    let typed = |affiliate: &'static str, date: &'static str, step: &'static str| {
        vec![
            ("amountCents", "1,200.00"),
            ("currency", "USD"),
            ("affiliateId", affiliate),
            ("programId", ""),
            ("customerEmail", "phone@buyers.test"),
            ("occurredAt", date),
            ("note", "Ordered by phone."),
            ("form", form.as_str()),
            ("step", step),
        ]
    };
    let refused = fixture.post("/conversions/new", &typed("whoever", "2999-01-01", "")).await.expect_status(400).text();
    assert!(refused.contains("affiliateId-problem") && refused.contains("occurredAt-problem"), "{refused}");
    let question = fixture.post("/conversions/new", &typed("early", "", "")).await.expect_status(200).text();
    assert!(question.contains(">Add $1,200.00 sale</button>") && question.contains("manual-evt_"), "{question}");
    for _ in 0..2 {
        let done = fixture.post("/conversions/new", &typed("early", "", "book")).await.expect_status(303);
        let place = done.header("location").unwrap().to_owned();
        let page = fixture.owner.browser.get(&place).await.expect_status(200).text();
        assert!(page.contains("Sale of $1,200.00 added") && page.contains("Ordered by phone."), "{page}");
    }
    let (conversion, commissions) = fixture.world.api().booked(&format!("manual-{form}")).await.unwrap();
    assert_eq!((conversion["amountCents"].as_i64(), commissions.len()), (Some(120_000), 1));
    assert_eq!(commissions[0]["affiliateId"], fixture.early.affiliate.to_string());
    let target = format!("/audit-log?target={}", conversion["id"].as_str().unwrap());
    let lines = fixture.world.api().all(&target).await;
    assert!(lines.iter().any(|line| line["action"] == "conversion.created"), "{lines:?}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn each_sale_shows_the_code_that_won_it() {
    let mut fixture = Fixture::open().await;
    let (program, early) = (fixture.world.acme.program.to_string(), fixture.early.affiliate.to_string());
    for code in ["EARLY10", "EARLY20"] {
        let coupon = serde_json::json!({"programId": program, "affiliateId": early, "code": code});
        fixture.world.api().post("/coupons", &coupon).await.expect_status(201);
    }
    let by = |id: &str, code: &str| {
        fixture.world.acme.sale(id, 10_000).but(|report| {
            report.coupon_code = Some(code.to_owned());
            report.customer_id = Some(id.to_owned());
        })
    };
    fixture.world.intake().accept(&[by("ten", "early10"), by("twenty", "EARLY20")]).await;
    let list = fixture.page("/conversions?affiliate=early").await;
    let file = fixture.page("/conversions.csv?affiliate=early").await;
    let one = fixture.id("twenty").await;
    let page = fixture.page(&format!("/conversions/{one}")).await;
    for (shown, code) in [(&list, "EARLY10"), (&list, "EARLY20"), (&file, "EARLY10"), (&page, "EARLY20")] {
        assert!(shown.contains(&format!("Coupon {code}")), "{code}: {shown}");
    }
    assert!(page.contains("<code>EARLY20</code>"), "the touch: {page}");
    let coupons = fixture.page(&format!("/programs/{program}/coupons")).await;
    assert!(coupons.contains("Revenue (30 days)") && coupons.matches("$100.00").count() == 2, "{coupons}");
    for (id, code) in [("ten", "EARLY10"), ("twenty", "EARLY20")] {
        let row = coupons.split("data-row=").find(|row| row.contains(&format!("the code {code}"))).unwrap();
        let link = row.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let (link, id) = (link.replace("&amp;", "&"), fixture.id(id).await);
        let page = fixture.owner.browser.get(&link).await.expect_status(200).text();
        assert_eq!(rows(&page), [id.as_str()], "{link}");
        assert!(page.contains(&format!("Coupon is <strong>{code}</strong>")), "{page}");
    }
    for (filter, found) in
        [("EARLY10", vec!["ten"]), ("early20", vec!["twenty"]), ("EARLY", vec![]), ("conv_x", vec![])]
    {
        let page = fixture.page(&format!("/conversions?coupon={filter}")).await;
        let file = fixture.page(&format!("/conversions.csv?coupon={filter}")).await;
        assert_eq!(rows(&page).len(), found.len(), "{filter}: {page}");
        for name in ["ten", "twenty"] {
            assert_eq!(file.contains(&format!("\"{name}\"")), found.contains(&name), "{filter}: {file}");
        }
    }
    let file = fixture.page(&format!("/programs/{program}/coupons.csv")).await;
    assert!(file.contains("\"1\",\"0\",\"0\",\"100.00\",\"USD\""), "{file}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reassigns_a_claim_reads_what_it_decides() {
    let mut fixture = Fixture::open().await;
    let order = fixture.sale("order", &fixture.early, "amy", 9_900);
    let claim = fixture.world.acme.by_page(&fixture.sale("claim", &fixture.early, "amy", 9_900));
    fixture.world.intake().accept(&[order, claim]).await;
    for (name, is_claim) in [("order", false), ("claim", true)] {
        let page = format!("/conversions/{}", fixture.id(name).await);
        let page = fixture.page(&page).await;
        assert_eq!(page.contains("follow your decision"), is_claim, "{name}: {page}");
    }
    fixture.world.finish().await;
}
