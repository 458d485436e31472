//! Goal: a brand makes a program, changes its rules and plan, tries plans out, and gives out links and coupons on the
//! dashboard's pages alone, and without a script.
//! Method: an owner's browser sends the forms as the pages have them; the API says what came of it.

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    client::{api::Api, dashboard::Marketer},
    http::Response,
    wait,
};

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
    program: String,
}

impl Fixture {
    async fn open() -> Self {
        let world = World::start().await;
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
        Self { world, owner, organization, program }
    }

    /// A page of the program.
    async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("/dashboard/programs/{}{path}{sign}organization={}", self.program, self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    /// A form of the program's pages.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let organization = self.organization.clone();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.owner.submit(&format!("/dashboard/programs/{}{path}", self.program), &fields).await
    }

    /// A form that is taken, and the page that it leads to.
    async fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let to = self.send(path, fields).await.expect_status(303).header("location").unwrap().to_owned();
        self.owner.browser.get(&to).await.expect_status(200).text()
    }

    async fn read(&self) -> Value {
        self.world.api().get(&format!("/programs/{}", self.program)).await.expect_status(200).json()
    }

    async fn plans(&self) -> Vec<Value> {
        self.world.api().all(&format!("/programs/{}/plans", self.program)).await
    }
}

fn all_text(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text} in {page}");
    }
}

#[tokio::test]
async fn a_program_is_made_with_three_answers() {
    let mut fixture = Fixture::open().await;
    let target = format!("/dashboard/programs/new?organization={}", fixture.organization);
    let empty = fixture.owner.browser.get(&target).await.expect_status(200).text();
    all_text(&empty, &["Share of every payment", "value=\"25\"", "value=\"60\"", "value=\"30\""]);
    fixture.program = "new".to_owned();
    let usual = [("preset", "hybrid"), ("currency", "USD"), ("cookieWindowDays", "60"), ("holdDays", "30")];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        usual.iter().copied().chain(more.iter().copied()).collect()
    };
    let wrong = [("name", "Gold & friends"), ("destination", "acme.test"), ("rate", "25"), ("amount", "50")];
    let page = fixture.send("", &with(&wrong)).await.expect_status(400).text();
    all_text(
        &page,
        &["Gold &#38; friends", "id=\"destination-problem\"", "value=\"hybrid\" data-takes=\"rate amount\" checked"],
    );
    let wrong = [("name", "Gold"), ("destination", ""), ("rate", "lots"), ("amount", "0")];
    let page = fixture.send("", &with(&wrong)).await.expect_status(400).text();
    all_text(&page, &["It must be a percentage up to 100", "It must be more than nothing."]);
    let right = [("name", "Gold & friends"), ("destination", "https://acme.test/"), ("rate", "12.5"), ("amount", "50")];
    let page = fixture.done("", &with(&right)).await;
    all_text(
        &page,
        &[
            "Gold &#38; friends",
            "What comes next",
            "$50 once, for a customer&#39;s first sale",
            "12.5 % of every renewal",
        ],
    );
    let made = fixture.world.api().all("/programs?slug=gold-friends").await.remove(0);
    assert_eq!((made["cookieWindowDays"].as_i64(), made["holdDays"].as_i64()), (Some(60), Some(30)));
    assert_eq!(made["destination"], "https://acme.test/");
    let taken = [("name", "Gold"), ("slug", "gold-friends"), ("rate", "5"), ("amount", "5"), ("destination", "")];
    let page = fixture.send("", &with(&taken)).await.expect_status(409).text();
    all_text(&page, &["Another program of yours has this slug."]);

    let list = format!("/dashboard/programs?organization={}", fixture.organization);
    let list = fixture.owner.browser.get(&list).await.expect_status(200).text();
    all_text(&list, &["Gold &#38; friends", "12.5 % of every renewal"]);
    let file =
        fixture.owner.browser.get(&format!("/dashboard/programs.csv?organization={}", fixture.organization)).await;
    all_text(&file.expect_status(200).text(), &["\"gold-friends\",\"Active\""]);
    let log = "select count(*) from audit_log where action = 'program.created'";
    assert_eq!(fixture.world.database.count(log).await, 1);
    fixture.world.finish().await;
}

#[tokio::test]
async fn rules_change_from_now_on_and_a_program_can_rest() {
    let mut fixture = Fixture::open().await;
    let before = fixture.read().await;
    let name = before["name"].as_str().unwrap().to_owned();
    let rules = |window: &'static str, velocity: &'static str| {
        [
            ("destination", "https://acme.test/start"),
            ("attributionModel", "FirstTouch"),
            ("cookieWindowDays", window),
            ("customerBinding", "AffiliateAndPlan"),
            ("gpcMode", "no_cookie"),
            ("selfReferral", "yes"),
            ("duplicateCustomer", "yes"),
            ("review.velocityPerHour", velocity),
            ("review.minClickToSaleSeconds", ""),
        ]
    };
    let send = async |fixture: &mut Fixture, window, velocity| {
        let mut fields = vec![("name", name.as_str())];
        fields.extend(rules(window, velocity));
        fixture.send("", &fields).await
    };
    let page = send(&mut fixture, "400", "").await.expect_status(400).text();
    all_text(&page, &["It must be 1 to 365.", "value=\"400\"", "https://acme.test/start"]);
    let page = send(&mut fixture, "90", "many").await.expect_status(400).text();
    all_text(&page, &["It must be a whole number.", "value=\"many\""]);
    send(&mut fixture, "90", "200").await.expect_status(303);
    let after = fixture.read().await;
    assert_eq!(
        (after["cookieWindowDays"].as_i64(), after["attributionModel"].as_str()),
        (Some(90), Some("FirstTouch"))
    );
    assert_eq!(
        (&after["review"]["velocityPerHour"], &after["destination"]),
        (&json!(200), &json!("https://acme.test/start"))
    );
    // Saved again as it is, it is no new set of rules.
    let policies = "select count(*) from program_policies";
    let count = fixture.world.database.count(policies).await;
    send(&mut fixture, "90", "200").await.expect_status(303);
    assert_eq!(fixture.world.database.count(policies).await, count);

    let page = fixture.done("/archive", &[("archived", "yes")]).await;
    all_text(&page, &["This program is archived", "Use it again"]);
    assert!(fixture.read().await["archivedAt"].is_string());
    let archived = format!("/dashboard/programs?status=Archived&organization={}", fixture.organization);
    all_text(
        &fixture.owner.browser.get(&archived).await.expect_status(200).text(),
        &["<span class=\"status\">Archived</span>"],
    );
    fixture.done("/archive", &[("archived", "no")]).await;
    assert!(fixture.read().await["archivedAt"].is_null());
    fixture.world.finish().await;
}

/// A row of the editor with a share.
fn share(rate: &str) -> Vec<(&str, &str)> {
    vec![("rows", "1"), ("c0-type", "percentage"), ("c0-rate", rate), ("c0-on", "any"), ("c0-duration", "lifetime")]
}

#[tokio::test]
async fn a_plan_is_written_read_back_and_published() {
    let mut fixture = Fixture::open().await;
    let edit = fixture.page("/plan/edit").await;
    all_text(&edit, &["In plain words", "% of every payment", "name=\"c0-rate\""]);
    let with = |mut fields: Vec<(&'static str, &'static str)>, more: &[(&'static str, &'static str)]| {
        fields.extend(more.iter().copied());
        fields
    };
    // Buttons change the draft and keep what was written.
    let page = fixture.send("/plan/edit", &with(share("30"), &[("do", "add")])).await.expect_status(200).text();
    all_text(&page, &["name=\"rows\" value=\"2\"", "value=\"30\"", "name=\"c1-type\""]);
    let page =
        fixture.send("/plan/edit", &with(share("30"), &[("do", "preset-tiers")])).await.expect_status(200).text();
    all_text(&page, &["25 % from the 11th sale of a month on", "name=\"c0-s2-from\""]);
    let page = fixture
        .send(
            "/plan/edit",
            &with(
                share("30"),
                &[("do", "look"), ("c0-capSale", "5"), ("c0-capCurrency", "USD"), ("c0-capPeriod", "month")],
            ),
        )
        .await;
    all_text(&page.expect_status(200).text(), &["30 % of every payment, up to $5 a sale"]);
    // Mistakes stand beside their fields, and nothing is published.
    let before = fixture.plans().await.len();
    let page = fixture.send("/plan/edit", &with(share("130"), &[("do", "publish"), ("holdDays", "x")])).await;
    all_text(
        &page.expect_status(400).text(),
        &["It must be at most 100 %.", "id=\"c0-rate-problem\"", "It must be a whole number."],
    );
    let page = fixture
        .send("/plan/edit", &with(share("30"), &[("do", "publish"), ("scope", "affiliate"), ("affiliate", "nobody")]))
        .await;
    all_text(&page.expect_status(400).text(), &["No affiliate of yours has this address"]);
    assert_eq!(fixture.plans().await.len(), before);

    let next = [
        ("do", "publish"),
        ("scope", "program"),
        ("effectiveAt", "2099-01-01"),
        ("holdDays", "14"),
        ("note", "New year"),
    ];
    let page = fixture.done("/plan/edit", &with(share("30"), &next)).await;
    all_text(&page, &["The plan is published.", "To come", "30 % of every payment", "Hold of 14 days", "New year"]);
    let again = fixture.send("/plan/edit", &with(share("31"), &next)).await.expect_status(409).text();
    all_text(&again, &["choose another instant"]);
    let gold = [("do", "publish"), ("scope", "segment"), ("segment", "gold"), ("holdDays", "")];
    all_text(&fixture.done("/plan/edit", &with(share("40"), &gold)).await, &["Segment gold", "40 % of every payment"]);
    let own = fixture.world.acme.partner.slug.clone();
    let mut fields = share("50");
    fields.extend([("do", "publish"), ("scope", "affiliate"), ("affiliate", own.as_str())]);
    all_text(&fixture.done("/plan/edit", &fields).await, &["50 % of every payment", "In force"]);
    // In the past it begins once somebody has read what that means.
    let day = wait::now().plus_days(-20).to_string()[..10].to_owned();
    let mut early = share("45");
    early.extend([("do", "publish"), ("scope", "segment"), ("segment", "silver"), ("effectiveAt", day.as_str())]);
    let requested = fixture.send("/plan/edit", &early).await.expect_status(200).text();
    all_text(&requested, &["begins in the past", "no commission changes", &format!("name=\"past\" value=\"{day}\"")]);
    assert_eq!(fixture.plans().await.len(), before + 3);
    early.push(("past", "2020-01-01"));
    let other = fixture.send("/plan/edit", &early).await.expect_status(200).text();
    all_text(&other, &["begins in the past"]);
    early.retain(|(name, _)| *name != "past");
    early.push(("past", day.as_str()));
    all_text(&fixture.done("/plan/edit", &early).await, &["Segment silver", "45 % of every payment"]);
    let affiliate = fixture.world.acme.partner.affiliate.to_string();
    let page = fixture.done("/plan/end", &[("scope", "affiliate"), ("whose", &affiliate)]).await;
    all_text(&page, &["Ended"]);
    assert_eq!(fixture.plans().await.len(), before + 5);
    // What was published can be begun with again.
    let version = fixture.plans().await.into_iter().find(|plan| plan["note"] == "New year").unwrap();
    let page = fixture.page(&format!("/plan/edit?from={}", version["id"].as_str().unwrap())).await;
    all_text(&page, &["value=\"14\"", "30 % of every payment"]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_plan_is_tried_on_an_example_and_on_the_past() {
    let mut fixture = Fixture::open().await;
    let (slug, acme) = (fixture.world.acme.partner.slug.clone(), &fixture.world.acme);
    let sale = acme.sale("order-1", 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("buyer".to_owned());
    });
    fixture.world.intake().accept(&[sale]).await;
    let booked = fixture.world.api().booked("order-1").await.expect("the sale").1;
    let now = booked[0]["amountCents"].as_i64().unwrap();
    assert_eq!(now, 2_000, "the demo's plan");
    let page = fixture.page("/simulate").await;
    all_text(&page, &["One customer as an example", "$240.00", "Payment 12"]);
    let mut fields = share("30");
    fields.extend([
        ("days", "30"),
        ("exAmount", "100"),
        ("exCurrency", "USD"),
        ("exPayments", "3"),
        ("exEarlier", "0"),
    ]);
    let run: Vec<(&str, &str)> = fields.iter().copied().chain([("do", "run")]).collect();
    let page = fixture.send("/simulate", &run).await.expect_status(200).text();
    all_text(
        &page,
        &["$20.00", "$30.00", "+$10.00", "+50.0 %", "order-1", "$60.00", "$90.00", "Your last 30 days with this plan"],
    );
    assert_eq!(fixture.plans().await.len(), 1, "nothing is written");
    let wrong: Vec<(&str, &str)> =
        run.iter().map(|(name, value)| (*name, if *name == "exPayments" { "99" } else { value })).collect();
    let page = fixture.send("/simulate", &wrong).await.expect_status(400).text();
    all_text(&page, &["It must be a number from 1 to 36."]);
    // From the editor, with an example as usual.
    let page = fixture.send("/simulate", &share("10")).await.expect_status(200).text();
    all_text(&page, &["\u{2212}$10.00", "\u{2212}50.0 %"]);
    fixture.world.finish().await;
}

#[tokio::test]
async fn links_and_coupons_are_given_and_taken() {
    let mut fixture = Fixture::open().await;
    let slug = fixture.world.acme.partner.slug.clone();
    let link = |affiliate: &'static str, slug: &'static str| {
        [("affiliateId", affiliate), ("slug", slug), ("destination", "https://acme.test/pricing")]
    };
    let page = fixture.send("/links", &link("nobody@acme.test", "spring")).await.expect_status(400).text();
    all_text(&page, &["No affiliate of yours", "nobody@acme.test", "value=\"spring\""]);
    let page =
        fixture.send("/links", &[("affiliateId", slug.as_str()), ("slug", "spring"), ("destination", "ftp://x")]).await;
    all_text(&page.expect_status(400).text(), &["id=\"destination-problem\""]);
    let fields = [("affiliateId", slug.as_str()), ("slug", "spring"), ("destination", "https://acme.test/pricing")];
    all_text(&fixture.done("/links", &fields).await, &["The link is made.", "/spring"]);
    all_text(
        &fixture
            .send("/links", &[("affiliateId", slug.as_str()), ("slug", "no"), ("destination", "https://a.test")])
            .await
            .expect_status(400)
            .text(),
        &["id=\"slug-problem\""],
    );
    let found = fixture.page("/links?q=SPRING").await;
    let rows: Vec<&str> = found.split("data-row=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(rows.len(), 1, "{found}");
    let id = rows[0].to_owned();
    all_text(&fixture.done(&format!("/links/{id}"), &[("disabled", "yes")]).await, &["The link is disabled."]);
    assert!(fixture.page("/links?status=Active").await.matches("/spring").count() == 0);
    all_text(&fixture.page("/links.csv").await, &["\"spring\",\"https://acme.test/pricing\",\"Disabled\""]);
    fixture.done(&format!("/links/{id}"), &[("disabled", "no")]).await;
    for sort in ["slug", "-slug", "name", "-clicks", "clicks", "made", "-made"] {
        fixture.page(&format!("/links?sort={sort}")).await;
    }

    let code = [("affiliateId", slug.as_str()), ("code", "SPRING20"), ("overridesClickAttribution", "yes")];
    all_text(&fixture.done("/coupons", &code).await, &["The coupon is made.", "SPRING20"]);
    let taken = fixture
        .send("/coupons", &[("affiliateId", slug.as_str()), ("code", "spring20")])
        .await
        .expect_status(409)
        .text();
    all_text(&taken, &["id=\"code-problem\"", "value=\"spring20\""]);
    let coupon = fixture.world.api().all("/coupons?code=spring20").await.remove(0);
    let id = coupon["id"].as_str().unwrap();
    all_text(&fixture.done(&format!("/coupons/{id}/archive"), &[]).await, &["The coupon is archived.", "Archived"]);
    all_text(&fixture.page("/coupons.csv").await, &["\"SPRING20\",\"\",\"yes\",\"Archived\""]);
    for sort in ["code", "-code", "name", "made"] {
        fixture.page(&format!("/coupons?sort={sort}")).await;
    }
    fixture.world.finish().await;
}

#[tokio::test]
async fn tracking_says_what_was_seen_and_tests_cost_nothing() {
    let mut fixture = Fixture::open().await;
    let page = fixture.page("/tracking").await;
    let id = fixture.program.clone();
    all_text(&page, &["loader.js", &id, "none seen yet", "Follow the first link", "Rekomi-Signature"]);
    let acme = &fixture.world.acme;
    let click = acme.click(&acme.partner);
    fixture.world.intake().accept(&[click]).await;
    let live = fixture.page("/tracking/live").await;
    assert!(live.matches("Seen").count() == 1 && !live.contains("<html"), "{live}");

    let page = fixture.send("/origins", &[("allowedOrigins", "https://acme.test\nacme.test/shop")]).await;
    all_text(&page.expect_status(400).text(), &["\u{201c}acme.test/shop\u{201d}", "https://acme.test\nacme.test/shop"]);
    all_text(
        &fixture.done("/origins", &[("allowedOrigins", "https://acme.test\r\nhttps://shop.acme.test")]).await,
        &["Saved."],
    );
    assert_eq!(fixture.read().await["allowedOrigins"], json!(["https://acme.test", "https://shop.acme.test"]));

    let refused = fixture.send("/tracking/test", &[]).await.expect_status(409).text();
    all_text(&refused, &["in test mode only"]);
    assert!(fixture.world.api().all("/conversions").await.is_empty());
    in_test_mode(&mut fixture).await;
    fixture.world.finish().await;
}

/// The same in the twin, where a sale is booked and is nobody's money.
async fn in_test_mode(fixture: &mut Fixture) {
    let own = fixture.organization.clone();
    fixture.owner.submit("/dashboard/test-mode", &[("organization", &own)]).await.expect_status(303);
    let expected = json!({"name": "pages", "scope": "read_write", "mode": "test"});
    let key = fixture.world.api().post("/api-keys", &expected).await.expect_status(201).json();
    let api = Api::new(fixture.world.ledger.base(), key["bearer"].as_str().unwrap());
    let components = json!([{"type": "percentage", "ratePercent": "20"}]);
    let program = api.post("/programs", &json!({"name": "Trial", "components": components})).await.expect_status(201);
    fixture.program = program.json()["id"].as_str().unwrap().to_owned();
    let twin = "select id::text from tenants where test_of is not null";
    let twin = fixture.world.database.texts(twin).await.concat().remove(0);
    fixture.organization = shared::id::OrganizationId::new(twin.parse().unwrap()).to_string();
    all_text(&fixture.page("/tracking").await, &["You are in test mode", "It needs an affiliate with a link first."]);
    all_text(&fixture.send("/tracking/test", &[]).await.expect_status(409).text(), &["Make one first."]);
    api.post("/link-hosts", &json!({"host": "try.brand.localhost"})).await.expect_status(201);
    let affiliate = json!({"name": "Tess", "slug": "tess", "email": "tess@creators.test", "programId": fixture.program,
                           "destination": "https://brand.test/"});
    api.post("/affiliates", &affiliate).await.expect_status(201);
    let page = fixture.done("/tracking/test", &[]).await;
    all_text(&page, &["The test sale is booked.", "told by your server"]);
    let sales = api.all("/conversions").await;
    assert_eq!((sales.len(), sales[0]["amountCents"].as_i64()), (1, Some(9_900)));
    assert!(fixture.world.api().all("/conversions").await.is_empty(), "nothing of it is in the live books");
}
