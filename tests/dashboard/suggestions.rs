//! Goal: the organization's model explains figures and drafts texts in ordinary forms: no name leaves, no figure and no link of
//! its own gets in, nothing is saved or sent by it, and without a model there is none of it.
//! Method: a stand-in model plays what the test wrote, rightly and wrongly; an owner's browser sends the pages' forms.
//! Routes: `/dashboard/why`, `/dashboard/programs/{id}/page/suggest`

use serde_json::{Value, json};
use shared::{event::Event, timestamp::Timestamp};
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    copilot_fixture::{connected, sent},
    fakes::{
        FakeServer,
        model::{Model, Say},
    },
    http::Response,
    import_fixture::file,
    network_fixture as network,
    organization_fixture::owner,
    wait::now,
};

/// Of an affiliate, whose name must not leave.
const CANARY: &str = "Canary Lark";
/// What an import says that lacks a column.
const NO_EMAIL: &str = "Choose the column with affiliate emails.";

fn sale(world: &World, id: &str, cents: i64, at: Timestamp) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some(format!("buyer of {id}"));
        report.customer_email = Some(format!("{id}@buyers.test"));
        report.occurred_at = Some(at);
    })
}

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
}

impl Fixture {
    async fn send(&mut self, target: &str, fields: &[(&str, &str)]) -> Response {
        let mut form = vec![("organization", self.organization.as_str())];
        form.extend(fields);
        self.owner.submit(target, &form).await
    }

    async fn page(&mut self, target: &str, fields: &[(&str, &str)]) -> String {
        self.send(target, fields).await.expect_status(200).text()
    }
}

/// Paths with a form, and the page where its button is.
struct Paths {
    why: String,
    receipt: String,
    import: String,
    thread: String,
    editor: String,
}

impl Paths {
    fn forms(&self) -> [(String, String); 5] {
        [
            (self.why.clone(), "/dashboard?span=7d".to_owned()),
            (format!("{}/explain", self.receipt), self.receipt.clone()),
            (format!("{}/suggest", self.import), self.import.clone()),
            (format!("{}/draft", self.thread), self.thread.clone()),
            (format!("{}/suggest", self.editor), self.editor.clone()),
        ]
    }
}

fn explains(text: &str) -> Say {
    Say::call("fill_in_explanation", json!({ "explanation": text }))
}

/// Sales that fell, a receipt, an import that isn't mapped, a thread in which the creator wrote, and a program page.
async fn begin() -> (Fixture, Paths) {
    let world = network::world().await;
    let owner = owner(&world).await;
    let partner = world.acme.partner.affiliate;
    world.api().patch(&format!("/affiliates/{partner}"), &json!({ "name": CANARY })).await.expect_status(200);
    let sales = [sale(&world, "before", 20_000, now().plus_days(-9)), sale(&world, "now", 5_000, now())];
    world.intake().accept(&sales).await;
    let commissions = world.api().get("/commissions").await.expect_status(200).json();
    let receipt = format!("/dashboard/commissions/{}", commissions["data"][0]["id"].as_str().unwrap());
    let csv = "Wer;Kontakt;Kürzel\nZoë B;zoe@old.test;zoe\n";
    let made = world.api().post("/imports", &file(&world, "Affiliates", csv)).await.expect_status(201).json();
    let import = format!("/dashboard/imports/{}", made["id"].as_str().unwrap());
    let (mut nina, creator) = network::creator(&world, "Nina Berg").await;
    network::invite(&world, &creator).await.expect_status(201);
    let invitations = nina.browser.get("/a/network/invitations").await.expect_status(200).text();
    let contact = invitations.split("/a/network/contacts/").nth(1).unwrap().split(['/', '"']).next().unwrap();
    let message = [("message", "I want 90%, write to nina@creators.test")];
    nina.submit(&format!("/a/network/contacts/{contact}/message"), &message).await.expect_status(303);
    let paths = Paths {
        why: "/dashboard/why".to_owned(),
        receipt,
        import,
        thread: format!("/dashboard/network/contacts/{creator}"),
        editor: format!("/dashboard/programs/{}/page", world.acme.program),
    };
    let organization = world.acme.organization.to_string();
    (Fixture { world, owner, organization }, paths)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_fills_in_forms_and_a_person_decides() {
    let (mut fixture, paths) = begin().await;

    // Without a model there is no button, and no form answers.
    for (form, page) in paths.forms() {
        assert_eq!(fixture.send(&form, &[("span", "7d")]).await.status, 404, "{form}");
        let page = fixture.owner.browser.get(&page).await.expect_status(200).text();
        assert!(!page.contains(&format!("action=\"{form}")), "{form}");
    }
    let fake = connected(&fixture.world, "anthropic", "figures").await;
    for (form, page) in paths.forms() {
        let page = fixture.owner.browser.get(&page).await.expect_status(200).text();
        assert!(page.contains(&format!("action=\"{form}")), "{form}: {page}");
    }
    explanations(&mut fixture, &fake, &paths).await;
    columns(&mut fixture, &fake, &paths).await;
    messages(&mut fixture, &fake, &paths).await;
    page_texts(&mut fixture, &fake, &paths).await;

    // A busy provider, a refusal and a day without tokens leave the page as it is.
    fake.say([Say::Refuses]);
    assert!(fixture.page(&paths.why, &[("span", "7d")]).await.contains("We couldn’t generate an explanation"));
    fixture.world.database.run("update copilot_connections set tokens_per_day = 1000").await;
    let page = fixture.page(&paths.why, &[("span", "7d")]).await;
    assert!(page.contains("used its tokens for today") && page.contains("Biggest differences"), "{page}");
    let used = "select sum(messages)::bigint from copilot_usage";
    assert!(fixture.world.database.count(used).await >= 9);
    fixture.world.finish().await;
}

/// The kinds of the biggest differences, each of which is the whole difference of revenue.
async fn kinds(fixture: &mut Fixture, fake: &FakeServer<Model>, filters: &[(&str, &str)]) -> Vec<&'static str> {
    fake.say([explains("Look at them.")]);
    let mut form = vec![("span", "7d")];
    form.extend(filters);
    let page = fixture.page("/dashboard/why", &form).await;
    let parts = page.split_once("Biggest differences").unwrap_or_else(|| panic!("{filters:?}: {page}")).1;
    let rows: Vec<&str> = parts.split("<tr>").filter(|row| row.contains("\u{2212}$150.00")).collect();
    let all = ["Affiliate", "Program", "Country", "Source"];
    all.into_iter()
        .filter(|kind| rows.iter().any(|row| row.contains(&format!("<span class=\"muted\">{kind}</span>"))))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_are_found_under_any_filters() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let sales = [sale(&world, "before", 20_000, now().plus_days(-9)), sale(&world, "now", 5_000, now())];
    world.intake().accept(&sales).await;
    let (program, slug) = (world.acme.program.to_string(), world.acme.partner.slug.clone());
    let organization = world.acme.organization.to_string();
    let fake = connected(&world, "anthropic", "figures").await;
    let mut fixture = Fixture { world, owner, organization };
    // No click brought the sales, so they are of an unknown country.
    let (program, affiliate) = (("program", program.as_str()), ("affiliate", slug.as_str()));
    let (country, device) = (("country", "unknown"), ("device", "unknown"));
    for zone in ["UTC", "Asia/Kolkata"] {
        let change = format!("update organizations set time_zone = '{zone}'");
        fixture.world.database.run(&change).await;
        for (filters, expected) in [
            (&[][..], &["Affiliate", "Program"][..]),
            (&[program][..], &["Affiliate"][..]),
            (&[affiliate][..], &["Program"][..]),
            (&[country][..], &["Affiliate", "Program"][..]),
            (&[country, device][..], &["Affiliate", "Program"][..]),
            (&[program, country][..], &["Affiliate"][..]),
            (&[program, affiliate, country][..], &[][..]),
        ] {
            assert_eq!(kinds(&mut fixture, &fake, filters).await, expected, "{zone}: {filters:?}");
        }
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clicks_that_went_away_are_found_under_a_currency() {
    let world = World::start().await;
    let owner = owner(&world).await;
    let euros = sale(&world, "euros", 5_000, now()).but(|report| report.currency = "EUR".parse().unwrap());
    // She sold nothing, and her link is gone.
    let ada = world.acme.join(&world.database, "ada").await;
    world.intake().accept(&[euros, world.acme.click_at(&ada, now().plus_days(-9))]).await;
    let organization = world.acme.organization.to_string();
    let fake = connected(&world, "anthropic", "figures").await;
    let mut fixture = Fixture { world, owner, organization };
    fake.say([explains("Look at them.")]);
    let page = fixture.page("/dashboard/why", &[("span", "7d"), ("currency", "EUR")]).await;
    let row = |name: String| {
        let rows = page.split("<tr>").find(|row| row.contains(&name));
        rows.unwrap_or_else(|| panic!("{name}: {page}"))
    };
    assert!(row(ada.affiliate.to_string()).contains("data-label=\"Figure\">Clicks<"), "{page}");
    let seller = row(fixture.world.acme.partner.affiliate.to_string());
    assert!(seller.contains("Revenue (EUR)") && seller.contains("+\u{20ac}50.00"), "{page}");
    fixture.world.finish().await;
}

async fn explanations(fixture: &mut Fixture, fake: &FakeServer<Model>, paths: &Paths) {
    fake.say([
        explains("Revenue fell by 51%."),
        Say::then(|request| {
            let seen = request.to_string();
            assert!(seen.contains("51, which isn't among the figures"), "{seen}");
            assert!(seen.contains("$200.00") && seen.contains("$50.00") && seen.contains("Affiliate [A]"), "{seen}");
            explains("Revenue fell from $200.00 to $50.00, all of it with [A].\n\nLook at them next.")
        }),
    ]);
    let page = fixture.page(&paths.why, &[("span", "7d")]).await;
    for part in [
        "Revenue fell from $200.00 to $50.00, all of it with Canary Lark.</p><p>Look",
        "Biggest differences",
        "\u{2212}$150.00",
        "affiliate=aff_",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!sent(&fake.requests()).contains("Canary"), "names stay here");
    fake.say([explains("It fell by half."), explains("See https://evil.test/x")]);
    let page = fixture.page(&paths.why, &[("span", "7d")]).await;
    assert!(page.contains("isn’t one that we can use") && page.contains("\u{2212}$150.00"), "{page}");
    assert!(!page.contains("evil.test/x\"") && !page.contains("by half."), "{page}");
    assert_eq!(fixture.send(&paths.why, &[("span", "7d"), ("compare", "none")]).await.status, 400);

    fake.requests();
    fake.say([explains("[A] gets it for a sale. It is on hold.")]);
    let explain = format!("{}/explain", paths.receipt);
    let page = fixture.page(&explain, &[]).await;
    assert!(page.contains("Canary Lark gets it for a sale. It is on hold."), "{page}");
    let text = sent(&fake.requests());
    assert!(text.contains("Calculation: ") && !text.contains("Canary") && !text.contains("buyer of"), "{text}");
    fake.say([explains("It is $999.99."), explains("<b>Pay it</b>")]);
    let page = fixture.page(&explain, &[]).await;
    assert!(page.contains("We couldn’t generate an explanation") && page.contains("Calculation"), "{page}");
    assert!(!page.contains("999.99") && !page.contains("<b>"), "{page}");
    fake.requests();
}

async fn columns(fixture: &mut Fixture, fake: &FakeServer<Model>, paths: &Paths) {
    let suggest = format!("{}/suggest", paths.import);
    let found = |columns: Value| Say::call("fill_in_columns", json!({ "columns": columns }));
    let saved = fixture.owner.browser.get(&paths.import).await.expect_status(200).text();
    assert!(saved.contains(NO_EMAIL), "{saved}");
    fake.say([
        found(json!([{"column": 0, "field": "Name"}])),
        found(json!([{"column": 1, "field": "Email"}, {"column": 2, "field": "Slug"}])),
    ]);
    let page = fixture.page(&suggest, &[("map-Name", "0"), ("dateOrder", "DayFirst")]).await;
    assert!(page.contains("Suggested by your model: Email, Link name, slug or token."), "{page}");
    assert!(!page.contains(NO_EMAIL), "it is chosen: {page}");
    for (field, column) in [("Name", "0"), ("Email", "1"), ("Slug", "2")] {
        let select = page.split(&format!("name=\"map-{field}\"")).nth(1).unwrap().split("</select>").next().unwrap();
        assert!(select.contains(&format!("value=\"{column}\" selected")), "{field}: {select}");
    }
    let text = sent(&fake.requests());
    assert!(text.contains("Kontakt") && text.contains("aaa(at)aaa.aaaa") && !text.contains("zoe"), "{text}");
    let kept = fixture.world.database.count("select count(*) from imports where mapping <> '{}'").await;
    assert_eq!(kept, 0, "nothing is saved");
    fake.say([found(json!([{"column": 7, "field": "Email"}])), found(json!([{"column": 1, "field": "Iban"}]))]);
    let page = fixture.page(&suggest, &[]).await;
    assert!(page.contains("isn’t one that we can use") && page.contains("Check rows"), "{page}");
    assert!(page.contains(NO_EMAIL), "none of the form is: {page}");
    fake.requests();
}

async fn messages(fixture: &mut Fixture, fake: &FakeServer<Model>, paths: &Paths) {
    let draft = format!("{}/draft", paths.thread);
    let reply = |text: &str| Say::call("fill_in_reply", json!({ "message": text }));
    fake.say([reply("Hi {name}, yes."), reply("Hi {creator}, 25% is fine. {brand}")]);
    let page = fixture.page(&draft, &[("message", "Offer 25%")]).await;
    assert!(page.contains("Hi Nina Berg, 25% is fine. Acme") && page.contains("Check it before you send it"), "{page}");
    let text = sent(&fake.requests());
    assert!(text.contains("Offer 25%") && !text.contains("Nina") && !text.contains("I want 90%"), "{text}");
    // What the creator demands is no figure of the brand's, even where it may be read.
    fixture.world.database.run("update copilot_connections set data_level = 'people'").await;
    fake.say([reply("You get 90%, {creator}."), reply("We will see, {creator}.")]);
    let page = fixture.page(&draft, &[]).await;
    assert!(
        page.contains("We will see, Nina Berg.") && page.contains("after reading the creator’s messages"),
        "{page}"
    );
    let text = sent(&fake.requests());
    assert!(text.contains("I want 90%") && !text.contains("nina@creators.test"), "{text}");
    let messages = "select count(*) from network_messages where from_brand";
    assert_eq!(fixture.world.database.count(messages).await, 0, "nothing is sent");
    fixture.world.database.run("update copilot_connections set data_level = 'figures'").await;
}

async fn page_texts(fixture: &mut Fixture, fake: &FakeServer<Model>, paths: &Paths) {
    let before = fixture.world.api().get(&format!("/programs/{}/page", fixture.world.acme.program)).await.json();
    let texts = |introduction: &str| {
        let faq = json!([{"question": "Who can join?", "answer": "Anyone who likes what we make."}]);
        Say::call("fill_in_page", json!({"headline": "Join us", "introduction": introduction, "questions": faq}))
    };
    fake.say([texts("Earn 99% of everything."), texts("Promote what you like.")]);
    let typed =
        [("handle", "acme"), ("headline", "Old"), ("question_0", "Own?"), ("answer_0", "Yes."), ("block", "faq")];
    let suggest = format!("{}/suggest", paths.editor);
    let page = fixture.page(&suggest, &typed).await;
    for part in [
        "value=\"Join us\"",
        "Promote what you like.",
        "value=\"Own?\"",
        "value=\"Who can join?\"",
        "Drafted by your model",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let after = fixture.world.api().get(&format!("/programs/{}/page", fixture.world.acme.program)).await.json();
    assert_eq!(before, after, "nothing is saved");
    let text = sent(&fake.requests());
    assert!(text.contains("Affiliates earn: ") && text.contains("99, which isn't among the figures"), "{text}");
}
