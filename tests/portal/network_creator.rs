//! Goal: a creator writes a profile, proves channels, decides who sees them, opens every brand's portal, takes their data
//! with them and leaves without a trace; nobody else touches any of it.
//! Method: forms are sent rightly and wrongly; a site and a name server on this machine have the code, or don't.

use std::sync::{Arc, Mutex};

use axum::{Router, response::Html, routing::get};
use serde_json::Value;
use world::{
    Plan, World,
    client::dashboard::Marketer,
    creator_fixture::{enter, listed},
    link_host_fixture::world_with_name_server,
};

use crate::fixture::page;

/// A site with the same text on every page, which can be changed.
async fn site() -> (String, Arc<Mutex<String>>) {
    let html = Arc::new(Mutex::new(String::new()));
    let shown = Arc::clone(&html);
    let pages = Router::new().fallback(get(move || async move { Html(shown.lock().unwrap().clone()) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, pages).await });
    (base, html)
}

async fn channel(browser: &mut Marketer, kind: &str, url: &str) -> String {
    let form = [("kind", kind), ("url", url), ("audience", "From10k")];
    browser.submit("/a/network/profile/channels", &form).await.expect_status(303);
    let shown = page(browser, "/a/network/profile").await;
    let last = shown.rsplit("/a/network/profile/channels/").find(|rest| rest.contains("/remove\"")).unwrap();
    last.split('/').next().unwrap().to_owned()
}

async fn verify(browser: &mut Marketer, channel: &str) -> String {
    browser.submit(&format!("/a/network/profile/channels/{channel}/verify"), &[]).await.expect_status(303);
    page(browser, "/a/network/profile").await
}

async fn code(world: &World, channel: &str) -> String {
    let id: shared::id::CreatorChannelId = channel.parse().unwrap();
    let query = format!("select code from creator_channels where id = '{}'", id.uuid());
    world.database.texts(&query).await.concat().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_written_and_its_mistakes_are_named() {
    let world = World::start().await;
    let mut nina = enter(&world, "nina@creators.test").await;
    let empty = page(&mut nina, "/a/network/profile").await;
    assert!(empty.contains("Write your profile once"), "{empty}");
    let wrong =
        [("name", "nina@creators.test"), ("handle", "N!"), ("topics", "Gambling"), ("portfolioUrl", "javascript:x")];
    let refused = nina.submit("/a/network/profile", &wrong).await.expect_status(400).text();
    for field in ["name-problem", "handle-problem", "topics-problem", "portfolioUrl-problem"] {
        assert!(refused.contains(&format!("id=\"{field}\"")), "{field}: {refused}");
    }
    assert_eq!(world.database.count("select count(*) from creator_profiles").await, 0);
    let right = [
        ("name", "Nina Berg"),
        ("handle", "nina"),
        ("headline", "Tools for <small> teams"),
        ("country", "DE"),
        ("languages", "de"),
        ("languages", "en"),
        ("topics", "Developers"),
        ("topics", "Ai"),
        ("formats", "Review"),
        ("earnings", "Share"),
    ];
    nina.submit("/a/network/profile", &right).await.expect_status(303);
    let shown = page(&mut nina, "/a/network/profile").await;
    assert!(shown.contains("value=\"Nina Berg\"") && shown.contains("Tools for &#60;small&#62; teams"), "{shown}");
    assert!(shown.contains("Your profile is") && shown.contains("Add a channel."), "{shown}");
    // A handle belongs to one.
    let mut ben = enter(&world, "ben@creators.test").await;
    let taken =
        ben.submit("/a/network/profile", &[("name", "Ben"), ("handle", "NINA")]).await.expect_status(400).text();
    assert!(taken.contains("Someone else has this handle"), "{taken}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_are_proved_by_whoever_runs_them() {
    let (world, names) = world_with_name_server(Plan::default()).await;
    let mut nina = enter(&world, "nina@creators.test").await;
    nina.submit("/a/network/profile", &[("name", "Nina Berg"), ("topics", "Ai")]).await.expect_status(303);
    let (base, html) = site().await;

    // A tag on the page; the code as a text proves nothing, because strangers write there, too.
    let blog = channel(&mut nina, "Website", &base).await;
    let secret = code(&world, &blog).await;
    assert!(verify(&mut nina, &blog).await.contains("find your code"));
    *html.lock().unwrap() = format!("<html><body><p>Nice! {secret}</p></body></html>");
    assert!(verify(&mut nina, &blog).await.contains("find your code"));
    *html.lock().unwrap() = format!("<head><meta name=\"rekomi-verification\" content=\"{secret}\"></head>");
    assert!(verify(&mut nina, &blog).await.contains("Channel verified"));

    // A DNS record.
    let other = channel(&mut nina, "Website", "https://nina.test/blog").await;
    names.set_text("_rekomi.nina.test", "rekomi-creator=rekomi-0000000000000000");
    assert!(!verify(&mut nina, &other).await.contains("Channel verified"));
    names.set_text("_rekomi.nina.test", &format!("rekomi-creator={}", code(&world, &other).await));
    assert!(verify(&mut nina, &other).await.contains("Channel verified"));

    // The description of a newsletter.
    let newsletter = channel(&mut nina, "Newsletter", &format!("{base}issues")).await;
    let mark = code(&world, &newsletter).await;
    *html.lock().unwrap() = format!("<meta name=\"description\" content=\"Weekly. {mark}\"><p>{secret}</p>");
    assert!(verify(&mut nina, &newsletter).await.contains("Channel verified"));
    let twice = [("kind", "Website"), ("url", base.as_str()), ("audience", "From10k")];
    nina.submit("/a/network/profile/channels", &twice).await.expect_status(400);

    // A platform that shows nothing to us is said to be one.
    let closed = channel(&mut nina, "Instagram", "instagram.com/nina").await;
    assert!(verify(&mut nina, &closed).await.contains("shows profiles only to people who are signed in"));
    let wrong = [("kind", "YouTube"), ("url", "https://vimeo.com/nina"), ("audience", "From10k")];
    let refused = nina.submit("/a/network/profile/channels", &wrong).await.expect_status(400).text();
    assert!(refused.contains("on the platform you chose"), "{refused}");

    let kept = "select verified_channels || ' ' || audience_band from creator_profiles";
    assert_eq!(world.database.texts(kept).await.concat(), ["3 From10k"]);
    // Someone else's channel doesn't exist.
    let mut ben = enter(&world, "ben@creators.test").await;
    for action in ["verify", "remove"] {
        ben.submit(&format!("/a/network/profile/channels/{blog}/{action}"), &[]).await.expect_status(404);
    }
    nina.submit(&format!("/a/network/profile/channels/{blog}/remove"), &[]).await.expect_status(303);
    assert_eq!(world.database.texts(kept).await.concat(), ["2 From10k"]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_decides_who_sees_them() {
    let world = World::start().await;
    let organization = world.acme.organization;
    let mut app = world.database.connect_as_app().await;
    world::database::run(&mut app, &format!("set rekomi.tenants = '{}'", organization.uuid())).await;
    let mut visible = async || {
        let query = "select count(*) from creator_profiles p join creator_channels c using (creator_id)";
        sqlx::query_scalar::<_, i64>(query).fetch_one(&mut app).await.unwrap()
    };

    let mut early = enter(&world, "early@creators.test").await;
    early.submit("/a/network/profile", &[("name", "Early")]).await.expect_status(303);
    early.submit("/a/network/visibility/list", &[("listed", "yes")]).await.expect_status(303);
    let refused = page(&mut early, "/a/network/visibility").await;
    assert!(refused.contains("be listed yet") && refused.contains("Add a channel."), "{refused}");
    let mut thrown = listed(&world, "x@mailinator.com", "Thrown Away").await;
    assert!(page(&mut thrown, "/a/network/visibility").await.contains("disposable addresses"));
    assert_eq!(visible().await, 0);

    let mut nina = listed(&world, "nina@creators.test", "Nina Berg").await;
    assert_eq!(visible().await, 1);
    let shown = page(&mut nina, "/a/network/visibility").await;
    let card = shown.split("class=\"creator-card\"").nth(1).and_then(|rest| rest.split("</article>").next()).unwrap();
    assert!(card.contains("Nina Berg") && card.contains("Website (10,000–50,000)"), "{card}");
    assert!(!card.contains("nina@creators.test") && !card.contains("creator.test"), "{card}");
    let choices = [("initialsOnly", "yes"), ("weeklyInvitationsMax", "3")];
    nina.submit("/a/network/visibility/choices", &choices).await.expect_status(303);
    let shown = page(&mut nina, "/a/network/visibility").await;
    assert!(shown.contains("N. B.") && shown.contains("value=\"3\""), "{shown}");
    let words = "select count(*) from creator_profiles where document @@ to_tsquery('simple', 'berg')";
    assert_eq!(world.database.count(words).await, 0, "a name that isn't shown isn't found either");
    nina.submit("/a/network/visibility/choices", &[("weeklyInvitationsMax", "51")]).await.expect_status(303);
    assert!(page(&mut nina, "/a/network/visibility").await.contains("from 0 to 50"));

    for (target, fields, expected) in [
        ("/a/network/visibility/pause", ("paused", "yes".to_owned()), 0),
        ("/a/network/visibility/pause", ("paused", "no".to_owned()), 1),
        ("/a/network/visibility/hide", ("brand", organization.to_string()), 0),
        ("/a/network/visibility/unhide", ("brand", organization.to_string()), 1),
        ("/a/network/visibility/list", ("listed", "no".to_owned()), 0),
        ("/a/network/visibility/list", ("listed", "yes".to_owned()), 1),
    ] {
        nina.submit(target, &[(fields.0, fields.1.as_str())]).await.expect_status(303);
        assert_eq!(visible().await, expected, "{target} {fields:?}");
    }
    nina.submit("/a/network/visibility/hide", &[("brand", "nonsense")]).await.expect_status(404);
    // Without a channel the profile is no longer listed.
    let shown = page(&mut nina, "/a/network/profile").await;
    let channel = crate::fixture::id_after(&shown, "/a/network/profile/channels/");
    let channel = channel.split('/').next().unwrap().to_owned();
    nina.submit(&format!("/a/network/profile/channels/{channel}/remove"), &[]).await.expect_status(303);
    assert!(page(&mut nina, "/a/network/profile").await.contains("no longer listed"));
    assert_eq!(world.database.count("select count(*) from creator_profiles where listed_at is not null").await, 0);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_opens_the_portals_of_their_own_brands() {
    let world = World::start().await;
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut lauren = enter(&world, email).await;
    let brands = page(&mut lauren, "/a/network/brands").await;
    assert!(brands.contains("Acme SaaS"), "{brands}");
    let brand = crate::fixture::id_after(&brands, "name=\"brand\" value=\"");
    let opened = lauren.submit("/a/network/brands/open", &[("brand", &brand)]).await.expect_status(303);
    assert_eq!(opened.header("location"), Some("/a"));
    assert!(page(&mut lauren, "/a").await.contains("Hi Lauren"));
    let mut nina = enter(&world, "nina@creators.test").await;
    assert!(page(&mut nina, "/a/network/brands").await.contains("No programs yet"));
    for foreign in [brand.as_str(), "nonsense"] {
        nina.submit("/a/network/brands/open", &[("brand", foreign)]).await.expect_status(404);
    }
    nina.browser.get("/a").await.expect_status(303);

    // Who signs out of a portal everywhere is signed out of the network, too: it would open the portal again.
    let mut lost = enter(&world, email).await;
    lauren.submit("/a/settings/everywhere", &[]).await.expect_status(303);
    for one in [&mut lauren, &mut lost] {
        one.browser.get("/a/network/brands").await.expect_status(303);
        one.browser.get("/a").await.expect_status(303);
    }
    nina.browser.get("/a/network/brands").await.expect_status(200);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_takes_everything_and_leaves_nothing() {
    let world = World::start().await;
    let email = world.demo["affiliate"]["email"].as_str().unwrap();
    let mut lauren = listed(&world, email, "Lauren Ipsum").await;
    let mut nina = listed(&world, "nina@creators.test", "Nina Berg").await;
    assert!(page(&mut lauren, "/a/network/data").await.contains("One brand knows you"));
    let file = lauren.browser.get("/a/network/data/export").await.expect_status(200);
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"creator.json\""));
    let file: Value = file.json();
    assert_eq!(
        (file["account"]["email"].as_str(), file["profile"]["name"].as_str()),
        (Some(email), Some("Lauren Ipsum"))
    );
    assert_eq!((file["channels"].as_array().unwrap().len(), file["sessions"].as_array().unwrap().len()), (1, 1));
    assert!(file["brands"].to_string().contains("Acme SaaS") && !file.to_string().contains("nina"), "{file}");

    let unsure = lauren.submit("/a/network/data/erase", &[]).await.expect_status(400).text();
    assert!(unsure.contains("Select the box"), "{unsure}");
    let affiliates = format!("select count(*) from affiliates where email = '{email}'");
    let before = world.database.count(&affiliates).await;
    lauren.submit("/a/network/data/erase", &[("sure", "yes")]).await.expect_status(303);
    lauren.browser.get("/a/network/profile").await.expect_status(303);
    for (table, left) in [
        ("creators", 1),
        ("creator_profiles", 1),
        ("creator_channels", 1),
        ("creator_sessions", 1),
        ("creator_links", 1),
        ("mails where kind = 'creator_link'", 1),
    ] {
        assert_eq!(world.database.count(&format!("select count(*) from {table}")).await, left, "{table}");
    }
    assert_eq!(world.database.count(&affiliates).await, before, "what brands have stays");
    page(&mut nina, "/a/network/profile").await;
    world.finish().await;
}
