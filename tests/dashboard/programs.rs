//! Goal: a brand creates a program, changes its rules, and issues links and coupons on the dashboard alone, without a
//! script.
//! Method: an owner's browser sends the forms as the pages have them; the effect is read by API.
//! Routes: `/dashboard/programs/{id}/archive`, `/dashboard/programs/{id}/coupons`,
//! `/dashboard/programs/{id}/coupons.csv`, `/dashboard/programs/{id}/coupons/{coupon}/archive`,
//! `/dashboard/programs/{id}/links`, `/dashboard/programs/{id}/links.csv`, `/dashboard/programs/{id}/links/{link}`

mod clicks;
mod discount;
mod network;
mod page;
mod page_order;
mod page_questions;
mod plan;
mod sub_affiliates;
mod tracking;

use serde_json::{Value, json};
use world::{
    World,
    client::dashboard::{Marketer, changed, shown},
    http::Response,
};

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
    program: String,
}

impl Fixture {
    async fn open() -> Self {
        Self::within(World::shared().await).await
    }

    /// In a world of its own.
    async fn alone() -> Self {
        Self::within(World::start().await).await
    }

    async fn within(world: World) -> Self {
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

    /// Sends a form that is accepted, and returns the page that it leads to.
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
    all_text(&empty, &["Recurring percentage", "value=\"25\"", "value=\"60\"", "value=\"30\""]);
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
    all_text(&page, &["Enter a percentage up to 100", "Enter an amount above zero."]);
    let right = [("name", "Gold & friends"), ("destination", "https://acme.test/"), ("rate", "12.5"), ("amount", "50")];
    let page = fixture.done("", &with(&right)).await;
    all_text(&page, &["Gold &#38; friends", "Next steps", "$50 for a customer’s first sale", "12.5% of every renewal"]);
    let made = fixture.world.api().all("/programs?slug=gold-friends").await.remove(0);
    assert_eq!((made["cookieWindowDays"].as_i64(), made["holdDays"].as_i64()), (Some(60), Some(30)));
    assert_eq!(made["destination"], "https://acme.test/");
    assert_eq!(made["allowedOrigins"], json!(["https://acme.test", "https://www.acme.test"]), "where its links lead");
    let taken = [("name", "Gold"), ("slug", "gold-friends"), ("rate", "5"), ("amount", "5"), ("destination", "")];
    let page = fixture.send("", &with(&taken)).await.expect_status(409).text();
    all_text(&page, &["Another program already has this name."]);

    let list = format!("/dashboard/programs?organization={}", fixture.organization);
    let list = fixture.owner.browser.get(&list).await.expect_status(200).text();
    all_text(&list, &["Gold &#38; friends", "12.5% of every renewal"]);
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
    all_text(&page, &["Must be 1 to 365.", "value=\"400\"", "https://acme.test/start"]);
    let page = send(&mut fixture, "90", "many").await.expect_status(400).text();
    all_text(&page, &["Must be a whole number.", "value=\"many\""]);
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
    // Saving without a change creates no new set of rules.
    let policies = "select count(*) from program_policies";
    let count = fixture.world.database.count(policies).await;
    send(&mut fixture, "90", "200").await.expect_status(303);
    assert_eq!(fixture.world.database.count(policies).await, count);

    let page = fixture.done("/archive", &[("archived", "yes")]).await;
    all_text(&page, &["This program is archived", "Restore program"]);
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

#[tokio::test]
async fn an_old_tab_saves_only_the_rules_that_were_changed_in_it() {
    let mut fixture = Fixture::open().await;
    let old = shown(&fixture.page("").await);
    // Meanwhile, someone else changes other rules.
    let mut claimed = fixture.read().await["claimedSales"].clone();
    claimed["mode"] = json!("off");
    let rules = json!({"claimedSales": claimed, "cookieWindowDays": 45, "destination": "https://acme.test/new"});
    let path = format!("/programs/{}", fixture.program);
    fixture.world.api().patch(&path, &rules).await.expect_status(200);
    for (name, velocity, status) in [("Renamed", "many", 400), ("Renamed", "200", 303)] {
        let fields = changed(&old, &[("name", name), ("review.velocityPerHour", velocity)]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let answer = fixture.send("", &fields).await.expect_status(status);
        assert!(status == 303 || answer.text().contains("https://acme.test/new"), "{}", answer.text());
    }
    let after = fixture.read().await;
    assert_eq!((&after["name"], &after["review"]["velocityPerHour"]), (&json!("Renamed"), &json!(200)));
    for rule in ["claimedSales", "cookieWindowDays", "destination"] {
        assert_eq!(after[rule], rules[rule], "{rule}");
    }
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
    all_text(&page, &["No affiliate has this email address", "nobody@acme.test", "value=\"spring\""]);
    let page =
        fixture.send("/links", &[("affiliateId", slug.as_str()), ("slug", "spring"), ("destination", "ftp://x")]).await;
    all_text(&page.expect_status(400).text(), &["id=\"destination-problem\""]);
    let fields = [("affiliateId", slug.as_str()), ("slug", "spring"), ("destination", "https://acme.test/pricing")];
    all_text(&fixture.done("/links", &fields).await, &["Link created.", "/spring"]);
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
    all_text(&fixture.done(&format!("/links/{id}"), &[("disabled", "yes")]).await, &["Link disabled."]);
    assert!(fixture.page("/links?status=Active").await.matches("/spring").count() == 0);
    all_text(&fixture.page("/links.csv").await, &["\"spring\",\"https://acme.test/pricing\",\"Disabled\""]);
    let filtered = fixture.page("/links.csv?q=spring&status=Disabled").await;
    assert!(filtered.lines().count() == 2 && filtered.contains("\"spring\""), "{filtered}");
    assert_eq!(fixture.page("/links.csv?q=spring&status=Active").await.lines().count(), 1);
    fixture.done(&format!("/links/{id}"), &[("disabled", "no")]).await;
    for sort in ["slug", "-slug", "name", "-clicks", "clicks", "made", "-made"] {
        fixture.page(&format!("/links?sort={sort}")).await;
    }

    let code = [("affiliateId", slug.as_str()), ("code", "SPRING20"), ("overridesClickAttribution", "yes")];
    all_text(&fixture.done("/coupons", &code).await, &["Coupon created.", "SPRING20"]);
    let taken = fixture
        .send("/coupons", &[("affiliateId", slug.as_str()), ("code", "spring20")])
        .await
        .expect_status(409)
        .text();
    all_text(&taken, &["id=\"code-problem\"", "value=\"spring20\""]);
    let coupon = fixture.world.api().all("/coupons?code=spring20").await.remove(0);
    let id = coupon["id"].as_str().unwrap();
    all_text(&fixture.done(&format!("/coupons/{id}/archive"), &[]).await, &["Coupon archived.", "Archived"]);
    all_text(&fixture.page("/coupons.csv").await, &["\"SPRING20\",\"\",\"yes\",\"Archived\""]);
    let filters = "q=spring&status=Archived";
    let filtered = fixture.page(&format!("/coupons.csv?{filters}")).await;
    assert!(filtered.lines().count() == 2 && filtered.contains("\"SPRING20\""), "{filtered}");
    assert_eq!(fixture.page("/coupons.csv?status=Active&q=spring").await.lines().count(), 1);
    let listed = fixture.page(&format!("/coupons?{filters}")).await.replace("&#38;", "&");
    all_text(&listed, &[&format!("/coupons.csv?organization={}&{filters}", fixture.organization)]);
    for sort in ["code", "-code", "name", "made"] {
        fixture.page(&format!("/coupons?sort={sort}")).await;
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trusted_amount_is_money() {
    let mut fixture = Fixture::open().await;
    let before = fixture.read().await["claimedSales"].clone();
    let name = fixture.read().await["name"].as_str().unwrap().to_owned();
    let form = |amount: &'static str| {
        [("name", name.as_str()), ("claimedSales.mode", "trusted"), ("claimedSales.maxAmount", amount)]
    };
    let refused = fixture.send("", &form("12.345")).await.expect_status(400).text();
    assert!(refused.contains("id=\"claimedSales.maxAmount-problem\"") && refused.contains("12.345"), "{refused}");
    assert_eq!(fixture.read().await["claimedSales"], before);
    fixture.send("", &form("149.50")).await.expect_status(303);
    let after = fixture.read().await["claimedSales"].clone();
    assert_eq!((&after["mode"], &after["maxAmountCents"]), (&json!("trusted"), &json!(14_950)));
    assert!(fixture.page("").await.contains("value=\"149.50\""));
    fixture.world.finish().await;
}
