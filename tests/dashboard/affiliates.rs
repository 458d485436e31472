//! Goal: a brand manages its affiliates on the dashboard alone: it answers applications one by one and in bulk, finds
//! people, sees what they brought, and changes what may be changed, each time with a line in the audit log.
//! Method: an owner's browser sends the forms as the pages have them, refused ones among them; the effect is read by
//! API.
//! Routes: `/dashboard/affiliates/new`, `/dashboard/affiliates/{id}/bonus`, `/dashboard/affiliates/{id}/statement`,
//! `/dashboard/affiliates/{id}/statement.csv`, `/dashboard/affiliates/{id}/{what}`

mod bulk_limits;
mod by_hand;
mod columns;
mod first_click;
mod profile;
mod recruiting;
mod website;

use serde_json::{Value, json};
use world::{
    World,
    brand::But,
    client::{
        dashboard::Marketer,
        mailbox::{read_email, read_emails},
    },
    http::Response,
};

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
}

impl Fixture {
    async fn open() -> Self {
        let world = World::shared().await;
        let mut owner = Marketer::new(&world.ledger.base());
        owner.sign_in(&world.demo["owner"]).await.expect_status(303);
        let organization = world.acme.organization.to_string();
        Self { world, owner, organization }
    }

    /// An applicant.
    async fn applicant(&self, name: &str) -> String {
        let body = json!({"name": name, "email": self.address(name), "status": "Pending",
                          "application": {"website": "https://site.test/a", "promotionPlan": "<b>loud</b>", "bad": "javascript:x"}});
        let made = self.world.api().post("/affiliates", &body).await.expect_status(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    /// An applicant's address.
    fn address(&self, name: &str) -> String {
        self.world.own(&format!("{}@apply.test", name.to_lowercase()))
    }

    async fn page(&mut self, path: &str) -> String {
        let sign = if path.contains('?') { '&' } else { '?' };
        let target = format!("/dashboard/affiliates{path}{sign}organization={}", self.organization);
        self.owner.browser.get(&target).await.expect_status(200).text()
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let organization = self.organization.clone();
        let fields: Vec<(&str, &str)> =
            [("organization", organization.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.owner.submit(&format!("/dashboard/affiliates{path}"), &fields).await
    }

    async fn read(&self, id: &str) -> Value {
        self.world.api().get(&format!("/affiliates/{id}")).await.expect_status(200).json()
    }

    async fn audited(&self, id: &str) -> Vec<String> {
        let lines = self.world.api().all(&format!("/audit-log?target={id}")).await;
        lines.iter().map(|line| line["action"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn applications_are_answered_one_by_one() {
    let mut fixture = Fixture::open().await;
    let (nina, omar) = (fixture.applicant("Nina").await, fixture.applicant("Omar").await);
    let queue = fixture.page("?status=Pending").await;
    assert!(queue.contains("class=\"count\">2<"), "{queue}");
    let answered = "data-title=\"Reject {}?\">Reject</button>";
    for text in ["Nina", "Omar", "Promotion plan", "&#60;b&#62;loud", "href=\"https://site.test/a\"", answered] {
        assert!(queue.contains(text), "{text}: {queue}");
    }
    assert!(!queue.contains("<b>loud") && !queue.contains("href=\"javascript"), "{queue}");
    // The only program and where its links lead are offered.
    let program = fixture.world.acme.program.to_string();
    assert!(queue.contains(&format!("<option value=\"{program}\" selected>")), "{queue}");
    // The newest is open; the menu marks the entry.
    assert!(queue.contains("1 of 2") && queue.contains("status=Pending\" aria-current=\"page\""), "{queue}");
    let first = fixture.page(&format!("?status=Pending&review={nina}")).await;
    for text in
        ["2 of 2", "aria-keyshortcuts=\"A\"", "aria-keyshortcuts=\"R\"", "No other affiliate uses this mailbox."]
    {
        assert!(first.contains(text), "{text}: {first}");
    }
    assert!(first.contains(&format!("review={omar}\" aria-label=\"Previous application\"")), "{first}");

    let wrong = [("programId", program.as_str()), ("destination", "no address"), ("notify", "yes")];
    let refused = fixture.post(&format!("/{nina}/approve"), &wrong).await.expect_status(400).text();
    assert!(refused.contains("aria-invalid") && refused.contains("value=\"no address\""), "{refused}");
    assert_eq!(fixture.read(&nina).await["status"], "Pending");
    let right = [
        ("programId", program.as_str()),
        ("destination", "https://acme.test/n"),
        ("notify", "yes"),
        ("from", "queue"),
        ("next", &omar),
    ];
    let done = fixture.post(&format!("/{nina}/approve"), &right).await.expect_status(303);
    let place = done.header("location").unwrap().to_owned();
    assert!(place.contains(&format!("status=Pending&review={omar}")), "{place}");
    let next = fixture.owner.browser.get(&place).await.expect_status(200).text();
    assert!(next.contains("Nina approved") && next.contains("1 of 1"), "{next}");
    let decided = format!("/dashboard/affiliates?organization={}&status=Pending&review={nina}", fixture.organization);
    let decided = fixture.owner.browser.get(&decided).await.expect_status(303);
    assert!(decided.header("location").unwrap().starts_with(&format!("/dashboard/affiliates/{nina}?")));
    assert_eq!(fixture.read(&nina).await["status"], "Approved");
    let links = fixture.world.api().all(&format!("/links?affiliateId={nina}")).await;
    assert_eq!(links[0]["destination"], "https://acme.test/n");
    let base = fixture.world.ledger.base();
    assert_eq!(read_emails(&base, &fixture.address("nina")).await[0]["kind"], "application_approved");

    let why = [("reason", "Not this year."), ("notify", "")];
    fixture.post(&format!("/{omar}/reject"), &why).await.expect_status(303);
    assert_eq!(fixture.read(&omar).await["statusReason"], "Not this year.");
    assert!(read_emails(&base, &fixture.address("omar")).await.is_empty(), "he gets no email");
    assert!(fixture.page("?status=Pending").await.contains("No applications to review."));
    assert_eq!(fixture.audited(&nina).await, ["affiliate.approved", "affiliate.created"]);

    let pia = fixture.applicant("Pia").await;
    let why = [("reason", "Your site is about something else."), ("notify", "yes")];
    fixture.post(&format!("/{pia}/reject"), &why).await.expect_status(303);
    let email = read_email(&base, &fixture.address("pia"), "application_rejected").await;
    assert!(email["text"].as_str().unwrap().contains("Your site is about something else."), "{email}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn applicants_without_a_confirmed_address_are_marked() {
    let mut fixture = Fixture::open().await;
    let (nina, omar) = (fixture.applicant("Nina").await, fixture.applicant("Omar").await);
    let proved = format!("update affiliates set proved_at = now() where email = '{}'", fixture.address("nina"));
    fixture.world.database.run(&proved).await;
    let mark = "<span class=\"status wait\">Email not confirmed</span>";
    let queue = fixture.page("?status=Pending").await;
    let of = |id: &str| queue.split("</article>").find(|part| part.contains(&format!("id=\"{id}\""))).unwrap();
    assert!(!of(&nina).contains(mark) && of(&omar).contains(mark), "{queue}");
    for (confirmed, shown, hidden) in [("yes", &nina, &omar), ("no", &omar, &nina)] {
        let page = fixture.page(&format!("?status=Pending&confirmed={confirmed}")).await;
        assert!(page.contains(&format!("id=\"{shown}\"")) && !page.contains(&format!("id=\"{hidden}\"")), "{page}");
        let exported = page.split("href=\"").find(|rest| rest.starts_with("/dashboard/affiliates.csv?")).unwrap();
        let exported = exported.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        let file = fixture.owner.browser.get(&exported).await.expect_status(200).text();
        assert!(file.contains(shown.as_str()) && !file.contains(hidden.as_str()), "{file}");
    }
    let list = "?status=Pending&confirmed=no";
    let fields = [("ids", omar.as_str()), ("what", "segment"), ("segment", "new")];
    let done = fixture.post(list, &fields).await.expect_status(303);
    assert!(done.header("location").unwrap().ends_with("&status=Pending&confirmed=no"), "many at once, too");
    let none_selected = fixture.post(list, &[("what", "reject")]).await.expect_status(400).text();
    assert!(
        none_selected.contains("Select at least one") && !none_selected.contains(&format!("id=\"{nina}\"")),
        "{none_selected}"
    );
    let fields = [("reason", "Not now."), ("notify", ""), ("from", "queue"), ("next", ""), ("confirmed", "no")];
    let done = fixture.post(&format!("/{omar}/reject"), &fields).await.expect_status(303);
    let place = done.header("location").unwrap().to_owned();
    assert!(place.contains("confirmed=no"), "the filter stays: {place}");
    assert!(fixture.owner.browser.get(&place).await.text().contains("No applications match."));

    let api = fixture.world.api();
    let found = api.all("/affiliates?status=Pending&emailConfirmed=true").await;
    assert_eq!((found.len(), &found[0]["id"], &found[0]["emailConfirmed"]), (1, &json!(nina), &json!(true)));
    assert!(api.all("/affiliates?status=Pending&emailConfirmed=false").await.is_empty());
    assert_eq!(fixture.read(&omar).await["emailConfirmed"], false);
    assert_eq!(api.get("/affiliates?emailConfirmed=maybe").await.field_refusal().2, "emailConfirmed");
    fixture.world.finish().await;
}

#[tokio::test]
async fn the_queue_says_which_of_several_programs_somebody_applied_to() {
    let mut fixture = Fixture::open().await;
    let (nina, omar) = (fixture.applicant("Nina").await, fixture.applicant("Omar").await);
    let applied = format!(
        "insert into applications (organization_id, affiliate_id, program_id, created_at)
         select a.organization_id, a.id, p.id, now() from affiliates a join programs p using (organization_id)
         where a.email = '{}' and p.id = '{}'",
        fixture.address("nina"),
        fixture.world.acme.program.uuid()
    );
    fixture.world.database.run(&applied).await;
    assert!(!fixture.page("?status=Pending").await.contains("applied to"), "there is only one program");
    let program = format!("/programs/{}", fixture.world.acme.program);
    let program = fixture.world.api().get(&program).await.expect_status(200).json();
    let second =
        json!({"name": "Second", "slug": "second", "components": [{"type": "percentage", "ratePercent": "10"}]});
    fixture.world.api().post("/programs", &second).await.expect_status(201);
    let queue = fixture.page("?status=Pending").await;
    let of = |id: &str| queue.split("<article").find(|part| part.contains(&format!("id=\"{id}\""))).unwrap();
    assert!(
        of(&nina).contains(&format!("applied to <strong>{}</strong>", program["name"].as_str().unwrap())),
        "{queue}"
    );
    assert!(!of(&omar).contains("applied to"), "no one knows: {queue}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn whoever_has_no_link_gets_one_on_their_page() {
    let mut fixture = Fixture::open().await;
    let program = fixture.world.acme.program.to_string();
    let change = json!({"destination": "https://acme.test/shop"});
    fixture.world.api().patch(&format!("/programs/{program}"), &change).await.expect_status(200);
    let body = json!({"name": "Chloé Søndergård", "email": "chloe@apply.test"});
    let made = fixture.world.api().post("/affiliates", &body).await.expect_status(201).json();
    let chloe = made["id"].as_str().unwrap().to_owned();
    assert_eq!(made["slug"], "chloe-sondergard");
    let page = fixture.page(&format!("/{chloe}")).await;
    for text in ["No links or coupons yet", "Create link", "value=\"https://acme.test/shop\""] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let at = format!("/{chloe}/new-link");
    let refused = fixture.post(&at, &[("programId", &program), ("destination", "nowhere")]).await;
    let refused = refused.expect_status(400).text();
    assert!(refused.contains("aria-invalid") && refused.contains("value=\"nowhere\""), "{refused}");
    let theirs = fixture.world.globex.program.to_string();
    for (program, status) in [("", 400), (theirs.as_str(), 400), (program.as_str(), 303)] {
        fixture.post(&at, &[("programId", program), ("destination", "")]).await.expect_status(status);
    }
    let links = fixture.world.api().all(&format!("/links?affiliateId={chloe}")).await;
    assert_eq!((links.len(), &links[0]["destination"]), (1, &json!("https://acme.test/shop")));
    assert!(fixture.audited(links[0]["id"].as_str().unwrap()).await.contains(&"link.created".to_owned()));
    // Without a destination typed, approving leads there too.
    let nina = fixture.applicant("Nina").await;
    fixture.post(&format!("/{nina}/approve"), &[("programId", &program), ("destination", "")]).await.expect_status(303);
    let links = fixture.world.api().all(&format!("/links?affiliateId={nina}")).await;
    assert_eq!(links[0]["destination"], "https://acme.test/shop");
    fixture.world.finish().await;
}

#[tokio::test]
async fn many_are_answered_at_once_and_who_is_passed_over_is_told() {
    let mut fixture = Fixture::open().await;
    let (ann, ben) = (fixture.applicant("Ann").await, fixture.applicant("Ben").await);
    let lauren = fixture.world.acme.partner.affiliate.to_string();
    let theirs = fixture.world.globex.partner.affiliate.to_string();
    let nothing = fixture.post("", &[("what", "approve")]).await.expect_status(400).text();
    assert!(nothing.contains("Select at least one"), "{nothing}");
    let ticked = [("ids", ann.as_str()), ("ids", &ben), ("ids", &lauren), ("ids", &theirs)];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        ticked.iter().copied().chain(more.iter().copied()).collect()
    };
    let fields = with(&[("what", "approve"), ("notify", "yes"), ("link", "yes")]);
    let page = fixture.post("", &fields).await.expect_status(200).text();
    assert!(page.contains("Approved 2.") && page.contains("2 skipped"), "{page}");
    assert!(page.contains("Nothing to change.") && page.contains("Affiliate not found."), "{page}");
    assert_eq!(fixture.world.api().all(&format!("/links?affiliateId={ben}")).await.len(), 1);
    let fields = with(&[("what", "segment"), ("segment", "gold")]);
    let page = fixture.post("", &fields).await.expect_status(200).text();
    assert!(page.contains("Updated the segment of 3."), "{page}");
    assert_eq!(fixture.read(&ann).await["segment"], "gold");
    let found = fixture.page("?segment=gold&q=AN").await;
    assert!(found.contains(&ann) && !found.contains(&ben), "{found}");
    let fields = [("ids", ann.as_str()), ("what", "archive"), ("reason", "Moved on.")];
    fixture.post("?q=ann", &fields).await.expect_status(303);
    assert!(fixture.page("?q=ann").await.contains("1 affiliate archived"));
    assert_eq!(fixture.read(&ann).await["statusReason"], "Moved on.");
    let reject = [("ids", ann.as_str()), ("what", "reject")];
    let page = fixture.post("", &reject).await.expect_status(200).text();
    assert!(page.contains("Rejected 0.") && page.contains("status is Archived"), "{page}");
    let other = fixture.world.other_api().get(&format!("/affiliates/{theirs}")).await.json();
    assert_eq!(
        (other["status"].as_str(), other["segment"].as_str()),
        (Some("Approved"), None),
        "another's stays as it was"
    );
    fixture.world.finish().await;
}

#[tokio::test]
async fn the_list_is_sorted_by_what_they_brought() {
    let mut fixture = Fixture::open().await;
    let (early, late) = (
        fixture.world.acme.join(&fixture.world.database, "early").await,
        fixture.world.acme.join(&fixture.world.database, "late").await,
    );
    let sale = |id: &str, slug: &str, cents: i64| {
        let slug = slug.to_owned();
        fixture.world.acme.sale(id, cents).but(|report| report.affiliate_slug = Some(slug))
    };
    let events = [
        sale("a", "early", 50_000),
        sale("b", "late", 1_000),
        sale("c", "late", 1_000),
        fixture.world.acme.click(&early),
    ];
    fixture.world.intake().accept(&events).await;
    let place = |page: &str, id: &str| page.find(&format!("data-row=\"{id}\"")).unwrap();
    let (early, late) = (early.affiliate.to_string(), late.affiliate.to_string());
    for (sort, early_first) in
        [("-revenue", true), ("-sales", false), ("-earnings", true), ("-clicks", true), ("name", true)]
    {
        let page = fixture.page(&format!("?sort={sort}")).await;
        assert_eq!(place(&page, &early) < place(&page, &late), early_first, "{sort}: {page}");
    }
    let page = fixture.page("?days=90").await;
    assert!(page.contains("$500.00") && page.contains("$100.00"), "{page}");
    // What the list refuses is left out, also by applications, where what narrows the other tabs has no meaning.
    for path in ["?sort=drop", "?status=Pending&page=x"] {
        let refused = fixture.owner.browser.get(&format!("/dashboard/affiliates{path}")).await;
        assert_eq!(refused.status, 303, "{path}");
    }
    fixture.page("?status=Pending&country=DE").await;
    let refused = fixture.owner.browser.get("/dashboard/affiliates.csv?sort=drop").await;
    assert_eq!(refused.status, 400);
    let file = fixture.owner.browser.get("/dashboard/affiliates.csv?sort=-revenue").await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = file.text();
    assert!(text.lines().nth(1).unwrap().contains("\"500.00\",\"100.00\",\"USD\""), "{text}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_profile_tells_all_and_changes_what_may_change() {
    let mut fixture = Fixture::open().await;
    let made = [("name", "Mira Sol"), ("email", "mira@creators.test"), ("slug", "mira"), ("notes", "Met in Bergen.")];
    let refused = fixture.post("/new", &[("name", "Mira"), ("email", "nothing")]).await.expect_status(400).text();
    assert!(refused.contains("value=\"nothing\"") && refused.contains("email-problem"), "{refused}");
    let to = fixture.post("/new", &made).await.expect_status(303).header("location").unwrap().to_owned();
    let id = to.split('/').nth(3).unwrap().split('?').next().unwrap().to_owned();
    let sale = fixture.world.acme.sale("of-mira", 10_000).but(|report| report.affiliate_slug = Some("mira".to_owned()));
    fixture.world.intake().accept(&[sale]).await;
    let page = fixture.page(&format!("/{id}")).await;
    for text in ["Mira Sol", "Met in Bergen.", "Sale of $100.00", "Joined", "$20.00", "Statement in USD"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    for chart in ["plot-clicks", "plot-sales"] {
        assert!(page.contains(&format!("id=\"{chart}\"")), "{chart}: {page}");
    }
    assert!(!page.contains("Affiliate created"), "they joined when they were added: {page}");
    let path = |what: &str| format!("/{id}/{what}");
    let [lauren, own] = ["lauren@creators.test", "mira2@creators.test"].map(|email| fixture.world.own(email));
    let taken = [("name", "Mira S"), ("email", lauren.as_str()), ("slug", "mira")];
    let refused = fixture.post(&path("profile"), &taken).await.expect_status(409).text();
    assert!(refused.contains("email-problem") && refused.contains("value=\"Mira S\""), "{refused}");
    let changed = [("name", "Mira S"), ("email", own.as_str()), ("slug", "mira")];
    fixture.post(&path("profile"), &changed).await.expect_status(303);
    fixture.post(&path("notes"), &[("notes", "<i>new</i>")]).await.expect_status(303);
    fixture.post(&path("segment"), &[("segment", "gold"), ("effectiveAt", "soon")]).await.expect_status(400);
    fixture.post(&path("segment"), &[("segment", "gold"), ("effectiveAt", "2999-01-01")]).await.expect_status(400);
    fixture.post(&path("segment"), &[("segment", "gold"), ("effectiveAt", "2100-01-01")]).await.expect_status(303);
    let page = fixture.page(&format!("/{id}")).await;
    assert!(page.contains("&#60;i&#62;new") && page.contains("Scheduled") && page.contains(&own), "{page}");
    let empty = fixture.post(&path("release"), &[("reason", " ")]).await.expect_status(400).text();
    assert!(empty.contains("release-reason-problem"), "{empty}");
    fixture.post(&path("release"), &[("reason", "She asked.")]).await.expect_status(303);
    let commissions = fixture.world.api().all(&format!("/commissions?affiliateId={id}")).await;
    assert_eq!(commissions[0]["status"], "Approved");
    fixture.post(&path("link"), &[]).await.expect_status(303);
    let base = fixture.world.ledger.base();
    assert_eq!(read_emails(&base, &own).await[0]["kind"], "affiliate_link");
    fixture.post(&path("ban"), &[("reason", "Spam.")]).await.expect_status(303);
    assert_eq!(fixture.read(&id).await["status"], "Banned");
    let refused = fixture.post(&path("link"), &[]).await.expect_status(409).text();
    assert!(refused.contains("Only approved affiliates can sign in."), "{refused}");
    fixture.post(&path("reinstate"), &[]).await.expect_status(303);
    assert_eq!(fixture.read(&id).await["status"], "Approved");
    let mut done = fixture.audited(&id).await;
    done.reverse();
    let expected = ["created", "changed", "changed", "segment_set", "sign_in_link_sent", "banned", "reinstated"];
    let affiliate: Vec<&str> = done.iter().filter_map(|action| action.strip_prefix("affiliate.")).collect();
    assert_eq!(affiliate, expected, "{done:?}");
    let statement = fixture.page(&format!("/{id}/statement?currency=USD")).await;
    assert!(statement.contains("Commission earned") && statement.contains("$20.00"), "{statement}");
    let file = fixture.page(&format!("/{id}/statement.csv?currency=USD")).await;
    assert!(file.contains("\"20.00\",\"20.00\",\"USD\""), "{file}");

    let theirs = fixture.world.globex.partner.affiliate.to_string();
    for path in [format!("/{theirs}"), format!("/{theirs}/statement"), format!("/{theirs}/statement.csv")] {
        fixture.owner.browser.get(&format!("/dashboard/affiliates{path}")).await.expect_status(404);
    }
    fixture.post(&format!("/{theirs}/ban"), &[]).await.expect_status(404);
    fixture.post(&path("eat"), &[]).await.expect_status(404);
    fixture.world.database.set_member_roles("viewer").await;
    let looking = fixture.page(&format!("/{id}")).await;
    assert!(looking.contains("Mira S") && !looking.contains("/ban\""), "a viewer looks");
    fixture.post(&path("ban"), &[]).await.expect_status(403);
    fixture.world.finish().await;
}
