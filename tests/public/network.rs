//! Goal: everyone finds listed programs and reads what they offer; the operator decides what is listed; and what is hidden is
//! gone everywhere.
//! Method: a brand lists its program by API, the operator decides on the page, and a visitor without an account searches,
//! filters, reads, and looks again.
//! Routes: `/network`, `/network/{handle}`, `/network/sitemap.xml`, `/network/operator`,
//! `/network/operator/{organization}/{program}/{what}`

use serde_json::{Value, json};
use world::{
    Plan, World,
    brand::But,
    client::{api::Api, browser::Browser, dashboard::Marketer, mailbox},
    http::{Request, Response},
    import_fixture::{counts, import},
    network_fixture,
    wait::now,
};

const OWNER: &str = "owner@acme.test";

fn listing() -> Value {
    json!({
        "title": "Acme partner program", "summary": "Spreadsheets that answer questions.",
        "description": "People ask, and the table answers.", "whoFor": "Creators who explain software.",
        "forbidden": "Bidding on our brand name.", "topics": ["Productivity", "Business"], "languages": ["en", "de"],
        "countries": ["DE", "US"], "channelKinds": ["YouTube"], "formats": ["Tutorial"], "audienceMin": "From1k",
    })
}

async fn put(api: &Api, path: &str, body: &Value) -> Response {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    api.send(Request { method: "PUT".to_owned(), ..request }).await
}

/// The path of acme's listing in the API.
fn path(world: &World) -> String {
    format!("/programs/{}/network-listing", world.acme.program)
}

async fn submitted(world: &World) -> Value {
    put(&world.api(), &path(world), &listing()).await.expect_status(200);
    world.api().post(&format!("{}/submit", path(world)), &json!({})).await.expect_status(200).json()
}

async fn operator(world: &World) -> Marketer {
    let mut operator = Marketer::new(&world.ledger.base());
    operator.sign_in(&world.demo["owner"]).await.expect_status(303);
    operator
}

fn decision(world: &World, what: &str) -> String {
    format!("/network/operator/{}/{}/{what}", world.acme.organization, world.acme.program)
}

/// A world in which acme's program is listed.
async fn listed() -> (World, Browser) {
    let world = World::start().await;
    submitted(&world).await;
    network_fixture::approve(&world.acme, &mut operator(&world).await).await.expect_status(303);
    let visitor = Browser::new(world.ledger.base());
    (world, visitor)
}

#[tokio::test]
async fn what_the_operator_approves_is_found() {
    let world = World::start().await;
    let mut visitor = Browser::new(world.ledger.base());
    let empty = visitor.get("/network").await.expect_status(200).text();
    assert!(empty.contains("No programs are listed yet."), "{empty}");
    assert_eq!(submitted(&world).await["status"], "Submitted");
    visitor.get("/network/acme").await.expect_status(404);

    let mut operator = operator(&world).await;
    let queue = operator.browser.get("/network/operator").await.expect_status(200).text();
    assert!(queue.contains("Acme partner program") && queue.contains("Bidding on our brand name."), "{queue}");
    let refused = operator.submit(&decision(&world, "decline"), &[("reason", " ")]).await.expect_status(400).text();
    assert!(refused.contains("aria-invalid=\"true\""), "{refused}");
    operator.submit(&decision(&world, "decline"), &[("reason", "Say what you sell.")]).await.expect_status(303);
    let declined = world.api().get(&path(&world)).await.expect_status(200).json();
    assert_eq!((&declined["status"], &declined["reason"]), (&json!("Declined"), &json!("Say what you sell.")));
    // What wasn't submitted again can't be approved.
    operator.submit(&decision(&world, "approve"), &[]).await.expect_status(409);
    world.api().post(&format!("{}/submit", path(&world)), &json!({})).await.expect_status(200);
    network_fixture::approve(&world.acme, &mut operator).await.expect_status(303);
    let emails = mailbox::read_emails(&world.ledger.base(), OWNER).await;
    assert_eq!(emails.iter().filter(|email| email["kind"] == "network_listing").count(), 2, "{emails:?}");

    let page = visitor.get("/network/acme").await.expect_status(200);
    assert_eq!(page.header("cache-control"), Some("public, max-age=60"));
    let text = page.text();
    for part in
        ["20% of every", "Creators who explain software.", "href=\"/a/network/apply/acme\"", "60 days after a click"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let again = Request::get("/network/acme").header("If-None-Match", page.header("etag").unwrap());
    visitor.send(again).await.expect_status(304);
    operator.submit(&decision(&world, "pause"), &[("reason", "People complained.")]).await.expect_status(303);
    visitor.get("/network/acme").await.expect_status(404);
    let log = "select action from audit_log where action like 'network_listing.%' order by id";
    let log: Vec<String> = world.database.texts(log).await.concat();
    let expected = ["changed", "submitted", "declined", "submitted", "approved", "paused"];
    assert_eq!(log, expected.map(|done| format!("network_listing.{done}")));
    world.finish().await;
}

#[tokio::test]
async fn only_what_the_operator_has_read_is_approved() {
    let world = World::start().await;
    submitted(&world).await;
    let mut operator = operator(&world).await;
    let version = "select version::text from network_listings where status = 'Submitted'";
    let read = world.database.texts(version).await.concat().concat();
    let other = json!({"title": "Acme partner program", "summary": "Quick money.", "topics": ["Finance"]});
    put(&world.api(), &path(&world), &other).await.expect_status(200);
    for old in [&[("version", read.as_str())][..], &[]] {
        let refused = operator.submit(&decision(&world, "approve"), old).await.expect_status(409).text();
        assert!(refused.contains("Read it again.</p>") && !refused.contains("aria-invalid"), "{refused}");
        assert!(
            refused.contains("Quick money.") && refused.contains("<dt>Topics</dt><dd>Personal finance"),
            "{refused}"
        );
    }
    assert_eq!(world.api().get(&path(&world)).await.json()["status"], "Submitted");
    network_fixture::approve(&world.acme, &mut operator).await.expect_status(303);
    // Pressing again changes nothing.
    operator.submit(&decision(&world, "approve"), &[("version", &read)]).await.expect_status(303);
    world.finish().await;
}

#[tokio::test]
async fn operators_find_every_listing_that_was_decided() {
    let (world, _) = listed().await;
    let organization = world.acme.organization.uuid();
    let many = format!(
        "insert into network_listings (organization_id, program_id, status, handle, brand, title, submitted_at,
             approved_at, created_at, updated_at)
         select '{organization}', gen_random_uuid(), 'Listed', 'many-' || n, 'Many', 'Number ' || n || '.',
                now() + n * interval '1 minute', now(), now(), now() from generate_series(1, 201) n"
    );
    world.database.run_untriggered(&many).await;
    let mut operator = operator(&world).await;
    let newest = operator.browser.get("/network/operator").await.expect_status(200).text();
    assert!(newest.contains("/network/many-201\"") && !newest.contains("/network/many-1\""), "{newest}");
    assert!(newest.contains("Search to find others."), "{newest}");
    let oldest = operator.browser.get("/network/operator?q=NUMBER+1.").await.expect_status(200).text();
    assert!(oldest.contains("/network/many-1\"") && !oldest.contains("/network/many-201\""), "{oldest}");
    let reason = [("reason", "People complained."), ("q", "acme")];
    let paused = operator.submit(&decision(&world, "pause"), &reason).await.expect_status(303);
    assert_eq!(paused.header("location"), Some("/network/operator?done=pause&q=acme"));
    let gone = "delete from network_listings where handle like 'many-%'";
    world.database.run_untriggered(gone).await;
    world.finish().await;
}

#[tokio::test]
async fn a_visitor_searches_and_filters() {
    let (world, mut visitor) = listed().await;
    for found in [
        "/network",
        "/network?q=spreadsheet",
        "/network?q=answer+quest",
        "/network?q=Produktivit%C3%A4t",
        "/network?topic=Business&country=DE&language=de&earning=Share&sort=newest",
        "/network?topic=Nonsense&x=1",
        "/network?q=%22partner+program%22",
    ] {
        let page = visitor.get(found).await.expect_status(200).text();
        assert!(page.contains("href=\"/network/acme\"") && page.contains("1 program"), "{found}: {page}");
    }
    for nothing in [
        "/network?q=bicycles",
        "/network?topic=Travel",
        "/network?country=FR",
        "/network?language=fr",
        "/network?earning=Click",
        "/network?q=%27%29%3B+--&topic=Travel",
        "/network?q=a+%26+%21%3A%2A+zzzz",
    ] {
        let page = visitor.get(nothing).await.expect_status(200).text();
        assert!(page.contains("No programs match.") && page.contains("noindex"), "{nothing}: {page}");
    }
    let similar = visitor.get("/network?q=Acne+partnr").await.expect_status(200).text();
    assert!(similar.contains("These have similar names") && similar.contains("href=\"/network/acme\""), "{similar}");
    let facets = visitor.get("/network").await.text();
    for choice in ["Productivity (1)", "Germany (1)", "Deutsch (1)", "A share of each sale (1)"] {
        assert!(facets.contains(choice), "{choice}: {facets}");
    }
    let german = visitor.get("/network?lang=de").await.expect_status(200).text();
    assert!(german.contains("Partnerprogramme für Creator") && german.contains("20\u{a0}%"), "{german}");
    world.finish().await;
}

#[tokio::test]
async fn results_come_in_pages() {
    let (world, mut visitor) = listed().await;
    world
        .database
        .run(
            "insert into programs (organization_id, id, slug, name, public_key, created_at)
             select organization_id, gen_random_uuid(), 'many-' || n, 'Many', 'pk_many_' || n, now()
             from programs p, generate_series(1, 30) n where p.slug = (select slug from programs limit 1)
             on conflict do nothing;
             insert into network_listings (organization_id, program_id, status, handle, brand, title, document, listed_at,
                                           created_at, updated_at)
             select organization_id, id, 'Listed', slug || '-' || left(organization_id::text, 4) || left(id::text, 4), 'Many',
                    'Title', to_tsvector('simple', 'many'), now(), now(), now()
             from programs where slug like 'many-%'",
        )
        .await;
    let all = world.database.count("select count(*) from network_listings where status = 'Listed'").await;
    for start in ["/network", "/network?q=many"] {
        let (mut seen, mut next) = (Vec::new(), Some(start.to_owned()));
        while let Some(target) = next {
            let page = visitor.get(&target).await.expect_status(200).text();
            seen.extend(
                page.split("<h2><a href=\"/network/")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next().map(str::to_owned)),
            );
            let address = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
            next = address.map(|address| address.replace("&amp;", "&").replace("&#38;", "&"));
        }
        let of_start = if start == "/network" { all } else { all - 1 };
        assert_eq!(i64::try_from(seen.len()).unwrap(), of_start, "{start}");
        let many = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), many, "each once");
    }
    world
        .database
        .run("delete from network_listings where brand = 'Many'; delete from programs where slug like 'many-%'")
        .await;
    world.finish().await;
}

#[tokio::test]
async fn search_engines_find_listed_programs() {
    let (world, mut visitor) = listed().await;
    let base = world.ledger.base();
    let sitemap = visitor.get("/network/sitemap.xml").await.expect_status(200);
    assert!(sitemap.header("content-type").unwrap().starts_with("application/xml"));
    let address = format!("<loc>{base}/network/acme</loc>");
    assert!(sitemap.text().contains(&address), "{}", sitemap.text());
    let page = visitor.get("/network/acme").await.text();
    let canonical = format!("<link rel=\"canonical\" href=\"{base}/network/acme\">");
    for part in [canonical.as_str(), "property=\"og:title\"", "hreflang=\"de\"", "content=\"index, follow\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let data = page.split("<script type=\"application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["@graph"][0]["mainEntity"]["@type"], "Offer", "{data}");

    world.api().post(&format!("{}/pause", path(&world)), &json!({})).await.expect_status(200);
    visitor.get("/network/acme").await.expect_status(404);
    assert!(!visitor.get("/network/sitemap.xml").await.text().contains(&address));
    // Nothing was changed, so no one has to approve it again.
    let back = world.api().post(&format!("{}/submit", path(&world)), &json!({})).await.expect_status(200).json();
    assert_eq!(back["status"], "Listed");
    // Another text has to be read first.
    let mut other = listing();
    other["description"] = json!("Buy cheap pills.");
    let changed = put(&world.api(), &path(&world), &other).await.expect_status(200).json();
    assert_eq!(changed["status"], "Submitted");
    visitor.get("/network/acme").await.expect_status(404);
    world.finish().await;
}

#[tokio::test]
async fn an_offer_follows_its_program() {
    let (world, mut visitor) = listed().await;
    let program = format!("/programs/{}", world.acme.program);
    world.api().patch(&program, &json!({"cookieWindowDays": 45})).await.expect_status(200);
    let plan = json!({"components": [{"type": "percentage", "ratePercent": "35"}]});
    world.api().post(&format!("{program}/plans"), &plan).await.expect_status(201);
    world.ledger.run_jobs().await;
    let page = visitor.get("/network/acme").await.expect_status(200).text();
    assert!(page.contains("35% of every") && page.contains("45 days after a click"), "{page}");
    world.api().post(&format!("{program}/page/unpublish"), &json!({})).await.expect_status(200);
    world.ledger.run_jobs().await;
    visitor.get("/network/acme").await.expect_status(404);
    let paused = world.api().get(&path(&world)).await.expect_status(200).json();
    assert_eq!((&paused["status"], &paused["missing"]), (&json!("Paused"), &json!(["program_page"])));
    let refused = world.api().post(&format!("{}/submit", path(&world)), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "listing_incomplete".to_owned()));
    world.finish().await;
}

/// New affiliates sold for $1,000 each ten days ago, and earned $200.
async fn sell(world: &World, names: &[&str]) {
    let mut sales = Vec::new();
    for name in names {
        let partner = world.acme.join(&world.database, name).await;
        sales.push(world.acme.sale(&format!("sale-of-{name}"), 100_000).but(|report| {
            report.affiliate_slug = Some(partner.slug);
            report.customer_id = Some(format!("buyer of {name}"));
            report.occurred_at = Some(now().plus_days(-10));
        }));
    }
    world.intake().accept(&sales).await;
    world.database.run("update network_listings set figures_at = null").await;
}

#[tokio::test]
async fn figures_are_bands_from_enough_affiliates() {
    let (world, mut visitor) = listed().await;
    let mut shared = listing();
    shared["sharesFigures"] = json!(true);
    put(&world.api(), &path(&world), &shared).await.expect_status(200);
    let (organization, program) = (world.acme.organization.uuid(), world.acme.program.uuid());
    let clicked = format!(
        "insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
         values ('{organization}', current_date - 10, '{program}', gen_random_uuid(), gen_random_uuid(), 1000)"
    );
    world.database.run(&clicked).await;
    sell(&world, &["ann", "bea", "cem", "dan"]).await;
    world.ledger.run_jobs().await;
    let counted = "select count(*) from network_listings where figures_at is not null";
    assert_eq!(world.database.count(counted).await, 1, "it was counted");
    assert!(!visitor.get("/network/acme").await.text().contains("per 100 clicks"), "four affiliates are too few");
    sell(&world, &["eve"]).await;
    world.ledger.run_jobs().await;
    // $1,000 of commissions for 1,000 clicks.
    let page = visitor.get("/network/acme").await.text();
    assert!(page.contains("Earnings per 100 clicks") && page.contains("$100 to $250"), "{page}");
    let figures = world.api().get(&path(&world)).await.json()["figures"].clone();
    let expected = json!({"earningsPer100Clicks": "From10000", "approval": null, "punctuality": null});
    assert_eq!(figures, expected);
    // Clicks of the sales on an earlier platform, and their approvals, weren't here.
    let sold = |name: &str, days: i64| {
        json!({"externalId": format!("{name}-{days}"), "occurredAt": now().plus_days(-days).to_string(),
               "affiliateSlug": name, "status": "paid", "amountCents": 500_000, "commissionCents": 100_000})
    };
    let of = |name: &str| [100, 101, 102, 103, 10].map(|days| sold(name, days));
    let rows: Vec<Value> = ["ann", "bea", "cem", "dan", "eve"].into_iter().flat_map(of).collect();
    let past = json!({"kind": "Sales", "source": "Rewardful", "programId": world.acme.program.to_string(), "rows": rows,
                      "sales": {"currency": "USD"}});
    assert_eq!(counts(&import(&world.api(), &past).await), [25, 0, 0, 0]);
    world.database.run("update network_listings set figures_at = null").await;
    world.ledger.run_jobs().await;
    assert_eq!(world.database.count(counted).await, 1, "it was counted again");
    assert_eq!(world.api().get(&path(&world)).await.json()["figures"], expected);
    put(&world.api(), &path(&world), &listing()).await.expect_status(200);
    assert!(!visitor.get("/network/acme").await.text().contains("per 100 clicks"), "without consent");
    world.database.run("delete from click_days where clicks = 1000").await;
    world.finish().await;
}

#[tokio::test]
async fn only_an_operator_decides() {
    let world = World::start().await;
    submitted(&world).await;
    world.database.run("update users set email = 'someone@acme.test' where email = 'owner@acme.test'").await;
    let owner = json!({"email": "someone@acme.test", "password": world.demo["owner"]["password"]});
    let mut someone = Marketer::new(&world.ledger.base());
    someone.sign_in(&owner).await.expect_status(303);
    someone.browser.get("/network/operator").await.expect_status(404);
    someone.submit(&decision(&world, "approve"), &[]).await.expect_status(404);
    world
        .database
        .run("update users set email = 'owner@acme.test', email_verified_at = null where email = 'someone@acme.test'")
        .await;
    someone.browser.get("/network/operator").await.expect_status(404);
    world.database.run("update users set email_verified_at = now() where email = 'owner@acme.test'").await;
    someone.browser.get("/network/operator").await.expect_status(200);
    for nothing in [
        format!("/network/operator/{}/{}/approve", world.globex.organization, world.acme.program),
        format!("/network/operator/{}/{}/approve", world.globex.organization, world.globex.program),
        decision(&world, "delete"),
        "/network/operator/none/none/approve".to_owned(),
    ] {
        someone.submit(&nothing, &[]).await.expect_status(404);
    }
    world.finish().await;
}

#[tokio::test]
async fn without_a_network_there_is_nothing() {
    let world = Plan::default()
        .ledger_setting("REKOMI_NETWORK", "off")
        .ledger_setting("REKOMI_FEDERATION", "off")
        .start()
        .await;
    let mut owner = operator(&world).await;
    let dashboard = format!("/dashboard/programs/{}/network", world.acme.program);
    for page in ["/network", "/network/acme", "/network/sitemap.xml", "/network/operator", dashboard.as_str()] {
        owner.browser.get(page).await.expect_status(404);
    }
    Browser::new(world.ledger.base()).get("/network/operator").await.expect_status(404);
    assert_eq!(world.api().get(&path(&world)).await.status, 404);
    let program =
        owner.browser.get(&format!("/dashboard/programs/{}", world.acme.program)).await.expect_status(200).text();
    assert!(!program.contains("/network"), "no tab leads there: {program}");
    world.finish().await;
}
