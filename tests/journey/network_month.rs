//! Goal: two brands, three creators and an operator live a month in the network, and every cent and every trace is where it
//! belongs at its end.
//! Method: the pages' own forms in browsers: listings and their approval, sign-up, a verified channel, search, a match with
//! reasons, one profile for two applications, an invitation, sales, the share of a recruiter, a contest, and an erasure.

use std::sync::{Arc, Mutex};

use axum::{Router, response::Html, routing::get};
use serde_json::{Value, json};
use world::{
    World,
    brand::{Brand, But},
    client::{
        api::Api,
        browser::Browser,
        dashboard::Marketer,
        mailbox::{link, read_email, token},
    },
    creator_fixture::{self, enter},
    http::Request,
    network_fixture,
    organization_fixture::{owner, pass_days},
    wait,
};

async fn put(api: &Api, path: &str, body: &Value) -> Value {
    let request = Request::post(&format!("/api/v1{path}"), body.to_string());
    api.send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200).json()
}

/// Writes a listing and submits it; the operator approves it on their page.
async fn list(api: &Api, brand: &Brand, operator: &mut Marketer, title: &str) {
    let path = format!("/programs/{}/network-listing", brand.program);
    let listing = json!({"title": title, "summary": "Tools for small shops.", "topics": ["Business"], "languages": ["en"],
                         "formats": ["Review"], "searchesCreators": true});
    put(api, &path, &listing).await;
    let submitted = api.post(&format!("{path}/submit"), &json!({})).await.expect_status(200).json();
    assert_eq!(submitted["status"], "Submitted");
    network_fixture::approve(brand, operator).await.expect_status(303);
}

async fn text(browser: &mut Marketer, page: &str) -> String {
    browser.browser.get(page).await.expect_status(200).text()
}

/// What follows `marker` in a page, up to the next quote or slash.
fn after(page: &str, marker: &str) -> String {
    let rest = page.split(marker).nth(1).unwrap_or_else(|| panic!("no {marker} in {page}"));
    rest.split(['"', '/', '?']).next().unwrap().to_owned()
}

async fn creator(world: &World, email: &str, name: &str) -> Marketer {
    let mut browser = enter(world, email).await;
    let profile = [
        ("name", name),
        ("headline", "Tools for small shops, tested"),
        ("country", "DE"),
        ("languages", "en"),
        ("topics", "Business"),
        ("formats", "Review"),
        ("earnings", "Share"),
    ];
    browser.submit("/a/network/profile", &profile).await.expect_status(303);
    browser
}

/// Adds a site of the creator's own, proves it by a tag, and lets brands see the profile.
async fn verify_and_list(world: &World, browser: &mut Marketer) {
    let html = Arc::new(Mutex::new(String::new()));
    let shown = Arc::clone(&html);
    let pages = Router::new().fallback(get(move || async move { Html(shown.lock().unwrap().clone()) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let channel = [("kind", "Website"), ("url", site.as_str()), ("audience", "From10k")];
    browser.submit("/a/network/profile/channels", &channel).await.expect_status(303);
    let profile = text(browser, "/a/network/profile").await;
    let id = after(&profile, "/a/network/profile/channels/");
    let code =
        world.database.texts("select code from creator_channels order by created_at desc limit 1").await.concat();
    *html.lock().unwrap() = format!("<head><meta name=\"rekomi-verification\" content=\"{}\"></head>", code[0]);
    browser.submit(&format!("/a/network/profile/channels/{id}/verify"), &[]).await.expect_status(303);
    assert!(text(browser, "/a/network/profile").await.contains("Channel verified"));
    browser.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
}

async fn apply(browser: &mut Marketer, handle: &str, name: &str) {
    let page = format!("/a/network/apply/{handle}");
    let form = text(browser, &page).await;
    assert!(form.contains(&format!("value=\"{name}\"")), "the profile answers: {form}");
    let version = form.split_once("name=\"terms_version\" value=\"").map_or("", |(_, rest)| rest);
    let version = version.split('"').next().unwrap_or_default();
    let fields = [("f_name", name), ("terms", "yes"), ("terms_version", version)];
    browser.submit(&page, &fields).await.expect_status(303);
}

async fn affiliate(api: &Api, email: &str) -> Value {
    api.all("/affiliates").await.into_iter().find(|row| row["email"] == email).unwrap_or_default()
}

async fn sell(world: &World, affiliate: &Value, ids: &[&str]) {
    let slug = affiliate["slug"].as_str().unwrap();
    let sale = |id: &&str| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(format!("buyer-of-{id}"));
        })
    };
    world.intake().accept(&ids.iter().map(sale).collect::<Vec<_>>()).await;
}

/// The sum of an affiliate's commissions of a kind.
async fn sum(world: &World, affiliate: &Value, kind: &str) -> i64 {
    let rows = world.api().all(&format!("/commissions?affiliateId={}", affiliate["id"].as_str().unwrap())).await;
    rows.iter().filter(|row| row["type"] == kind).map(|row| row["amountCents"].as_i64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_in_the_network() {
    let world = World::start().await;
    let (base, acme, globex) = (world.ledger.base(), world.api(), world.other_api());
    let mut operator = owner(&world).await;
    let page = format!("/programs/{}/page", world.globex.program);
    globex.patch(&page, &json!({"handle": "globex"})).await.expect_status(200);
    globex.post(&format!("{page}/publish"), &json!({})).await.expect_status(200);
    list(&acme, &world.acme, &mut operator, "Acme partner program").await;
    list(&globex, &world.globex, &mut operator, "Globex partner program").await;

    // A visitor finds both; three creators sign up, and the first two show themselves to brands.
    let mut visitor = Browser::new(&base);
    let found = visitor.get("/network?q=partner").await.expect_status(200).text();
    assert!(found.contains("/network/acme") && found.contains("/network/globex"), "{found}");
    let mut nina = creator(&world, "nina@creators.test", "Nina Berg").await;
    let mut ben = creator(&world, "ben@creators.test", "Ben Okafor").await;
    let mut mia = creator(&world, "mia@creators.test", "Mia Sato").await;
    verify_and_list(&world, &mut nina).await;
    verify_and_list(&world, &mut ben).await;

    // One profile answers two programs. Each match says why.
    let matches = text(&mut nina, "/a/network").await;
    assert!(matches.contains("Acme partner program") && matches.contains("Why this score"), "{matches}");
    apply(&mut nina, "acme", "Nina Berg").await;
    apply(&mut nina, "globex", "Nina Berg").await;
    let applications = text(&mut nina, "/a/network/applications").await;
    assert!(applications.contains("Acme") && applications.contains("Globex"), "{applications}");
    let at_acme = affiliate(&acme, "nina@creators.test").await;
    assert_eq!(at_acme["status"], "Pending", "the brand decides");
    acme.post(&format!("/affiliates/{}/approve", at_acme["id"].as_str().unwrap()), &json!({})).await.expect_status(200);
    let at_globex = affiliate(&globex, "nina@creators.test").await;
    let reject = format!("/affiliates/{}/reject", at_globex["id"].as_str().unwrap());
    globex.post(&reject, &json!({"reason": "We look for shops."})).await.expect_status(200);
    let decided = text(&mut nina, "/a/network/applications").await;
    assert!(decided.contains("Approved") && decided.contains("We look for shops."), "{decided}");

    // Acme finds Ben among its matches and invites him; he accepts, and is in without another decision.
    let own = format!("organization={}", world.acme.organization);
    let creators = text(&mut operator, &format!("/dashboard/network?{own}")).await;
    assert!(creators.contains("Ben Okafor") && !creators.contains("ben@creators.test"), "{creators}");
    assert!(!creators.contains("Mia Sato"), "she shows herself to no brand");
    let ben_at =
        world.database.texts("select creator_id::text from creator_profiles where name = 'Ben Okafor'").await.concat();
    let ben_id = shared::id::CreatorId::new(ben_at[0].parse().unwrap());
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let invitation = [
        ("organization", organization.as_str()),
        ("program", program.as_str()),
        ("message", "Your reviews fit our shop tools."),
    ];
    operator.submit(&format!("/dashboard/network/creators/{ben_id}/invite"), &invitation).await.expect_status(303);
    world.ledger.run_jobs().await;
    read_email(&base, "ben@creators.test", "network_invitation").await;
    assert!(text(&mut ben, "/a/network/invitations").await.contains("Your reviews fit our shop tools."));
    apply(&mut ben, "acme", "Ben Okafor").await;
    let ben_there = affiliate(&acme, "ben@creators.test").await;
    assert_eq!(ben_there["status"], "Approved");

    // Nina recruits Mia, who applies on Acme's own page; sales follow, and Nina earns a tenth of Mia's commissions.
    put(&acme, &format!("/programs/{program}/sub-affiliate-config"), &json!({"enabled": true, "percent": 10})).await;
    let nina_there = affiliate(&acme, "nina@creators.test").await;
    apply(&mut mia, "acme", "Mia Sato").await;
    let mia_there = affiliate(&acme, "mia@creators.test").await;
    let mia_path = format!("/affiliates/{}", mia_there["id"].as_str().unwrap());
    put(&acme, &format!("{mia_path}/recruiter"), &json!({"recruiterId": nina_there["id"], "reason": "Nina told us"}))
        .await;
    acme.post(&format!("{mia_path}/approve"), &json!({})).await.expect_status(200);
    let contest = json!({"programId": program, "kind": "Contest", "title": "June", "metric": "Sales", "winners": 1,
                         "endsAt": wait::now().plus_days(20).to_string(),
                         "prize": {"kind": "Bonus", "amountsCents": [7_500], "currency": "USD"}});
    let contest = acme.post("/rewards", &contest).await.expect_status(201).json();
    sell(&world, &ben_there, &["one", "two"]).await;
    sell(&world, &mia_there, &["three"]).await;
    assert_eq!(sum(&world, &mia_there, "Conversion").await, 2_000);
    assert_eq!(sum(&world, &nina_there, "Override").await, 200);
    world.intake().accept(&[world.acme.refund("back", "three", 5_000)]).await;
    assert_eq!(sum(&world, &nina_there, "Override").await, 100, "it follows what it is a share of");

    // Three creators report Acme: the operator reads it, and Acme may invite half as many.
    let zoe = creator_fixture::listed(&world, "zoe@creators.test", "Zoe Lin").await;
    drop(zoe);
    let zoe_at = world.database.texts("select id::text from creators where email = 'zoe@creators.test'").await.concat();
    let zoe_id = shared::id::CreatorId::new(zoe_at[0].parse().unwrap());
    let of_zoe = format!("/dashboard/network/creators/{zoe_id}?{own}");
    assert!(text(&mut operator, &of_zoe).await.contains("at most 20 in 24 hours"));
    for (browser, email) in [(&mut nina, "nina"), (&mut ben, "ben"), (&mut mia, "mia")] {
        let sql = format!(
            "select n.id::text from network_contacts n join creators c on c.id = n.creator_id
             where n.organization_id = '{}' and c.email = '{email}@creators.test'",
            world.acme.organization.uuid()
        );
        let found = world.database.texts(&sql).await.concat();
        let contact = shared::id::NetworkContactId::new(found[0].parse().unwrap());
        let report = format!("/a/network/contacts/{contact}/report");
        browser.submit(&report, &[("reason", "They write every day.")]).await.expect_status(303);
    }
    let reports = text(&mut operator, "/network/operator/reports").await;
    assert_eq!(reports.matches("<dt>Reports about the brand</dt><dd>3</dd>").count(), 3, "{reports}");
    let halved = text(&mut operator, &of_zoe).await;
    assert!(halved.contains("at most 10 in 24 hours. Your limit is halved because several creators"), "{halved}");

    // The contest ends; a person confirms the winner.
    pass_days(&world, 30).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    let claims = acme.all(&format!("/rewards/{}/claims?status=Submitted", contest["id"].as_str().unwrap())).await;
    assert_eq!((claims.len(), &claims[0]["affiliateId"]), (1, &ben_there["id"]));
    acme.post(&format!("/reward-claims/{}/approve", claims[0]["id"].as_str().unwrap()), &json!({}))
        .await
        .expect_status(200);
    assert_eq!(sum(&world, &ben_there, "Bonus").await, 7_500);

    // Ben leaves the network. What he earned at Acme stays his; nothing of his profile is left.
    let mut ben = enter(&world, "ben@creators.test").await;
    ben.submit("/a/network/data/erase", &[("sure", "yes")]).await.expect_status(303);
    for table in ["creators where email = 'ben@creators.test'", "creator_profiles where name = 'Ben Okafor'"] {
        assert_eq!(world.database.count(&format!("select count(*) from {table}")).await, 0, "{table}");
    }
    let contacts = format!("select count(*) from network_contacts where creator_id = '{}'", ben_id.uuid());
    assert_eq!(world.database.count(&contacts).await, 0);
    assert_eq!(affiliate(&acme, "ben@creators.test").await["status"], "Approved");
    assert_eq!(sum(&world, &ben_there, "Conversion").await, 4_000);
    let mut portal = Marketer::new(&base);
    portal.submit("/a/link", &[("email", "ben@creators.test")]).await.expect_status(303);
    let entry = link(&base, "ben@creators.test", "affiliate_link").await;
    portal.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    assert!(text(&mut portal, "/a").await.contains("Ben"));
    world.finish().await;
}
