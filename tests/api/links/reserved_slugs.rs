//! Goal: no route creates a link with a slug that its host's own paths hide; an affiliate who has one from earlier
//! keeps it, with what it earns.
//! Method: each reserved slug in upper and lower case by API, page and import; names that would produce one; older rows
//! in the database.

use serde_json::{Value, json};
use shared::config::RESERVED_SLUGS;
use world::{
    World,
    brand::But,
    client::{
        api::Api,
        dashboard::Marketer,
        mailbox::{link, token},
    },
    program_page_fixture::fresh,
};

fn refused(answer: &world::http::Response, what: &str) {
    assert_eq!(answer.field_refusal(), (400, "validation_failed".to_owned(), "slug".to_owned()), "{what}");
}

async fn affiliate(api: &Api, name: &str, email: &str) -> Value {
    api.post("/affiliates", &json!({"name": name, "email": email})).await.expect_status(201).json()
}

#[tokio::test]
async fn the_api_refuses_them() {
    let world = World::shared().await;
    let api = world.api();
    let own = world.acme.partner.affiliate;
    for reserved in RESERVED_SLUGS {
        for slug in [reserved.to_owned(), reserved.to_uppercase()] {
            let new = json!({"name": "N", "email": "n@creators.test", "slug": slug});
            refused(&api.post("/affiliates", &new).await, &slug);
            refused(&api.patch(&format!("/affiliates/{own}"), &json!({"slug": slug})).await, &slug);
            let new = json!({"programId": world.acme.program.to_string(), "affiliateId": own.to_string(), "slug": slug,
                             "destination": "https://acme.test/"});
            refused(&api.post("/links", &new).await, &slug);
            let list = json!({"programId": world.acme.program.to_string(), "destination": "https://acme.test/",
                              "affiliates": [{"email": "i@creators.test", "slug": slug}]});
            let invited = api.post("/affiliates/bulk-invite", &list).await.expect_status(200).json();
            assert_eq!((&invited["invited"], &invited["rows"][0]["reason"]), (&json!(0), &json!("validation_failed")));
        }
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_imports_refuse_them() {
    let world = World::shared().await;
    let mut visitor = Marketer::new(&world.ledger.base());
    let handle = world.own("acme");
    let shown = fresh(&mut visitor, &handle).await;
    let form = [
        ("shown", shown.as_str()),
        ("f_email", "nina@creators.test"),
        ("f_name", "Nina Berg"),
        ("f_website", "nina.blog"),
        ("f_alias", "hooks"),
        ("terms", "yes"),
    ];
    let page = visitor.submit(&format!("/p/{handle}"), &form).await.expect_status(400).text();
    assert!(page.contains("\u{201c}hooks\u{201d} is reserved"), "{page}");

    let early = world.acme.join(&world.database, &world.own("early")).await;
    let address = world.own("early@creators.test");
    let mut browser = Marketer::new(&world.ledger.base());
    browser.submit("/a/link", &[("email", &address)]).await.expect_status(303);
    let entry = link(&world.ledger.base(), &address, "affiliate_link").await;
    browser.submit("/a/enter", &[("token", token(&entry))]).await.expect_status(303);
    browser.submit("/a/settings/slug", &[("slug", "internal")]).await.expect_status(400);
    // The only name that a label could make reserved.
    world.database.run(&format!("update affiliates set slug = 'cdn' where id = '{}'", early.affiliate.uuid())).await;
    let made = browser.submit("/a/links", &[("page", "https://brand.test/x"), ("label", "cgi")]).await;
    assert_eq!(made.status, 400, "{}", made.text());

    let csv = "email,name,slug\nold@old.test,Old,healthz\n";
    let file = json!({"kind": "Affiliates", "source": "Rewardful", "programId": world.acme.program.to_string(),
                      "destination": "https://acme.test/", "csv": csv});
    let checked = world.api().post("/imports", &file).await.expect_status(201).json();
    let rows = world.api().all(&format!("/imports/{}/rows", checked["id"].as_str().unwrap())).await;
    assert!(json!(rows).to_string().contains("We couldn't keep the link name healthz"), "{rows:?}");

    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let organization = world.acme.organization.to_string();
    let new =
        [("organization", organization.as_str()), ("name", "Desk"), ("email", "desk@creators.test"), ("slug", "api")];
    let page = owner.submit("/dashboard/affiliates/new", &new).await.expect_status(400).text();
    assert!(page.to_lowercase().contains("must not be api"), "{page}");
    let none = format!("select count(*) from affiliates where lower(slug) in ('{}')", RESERVED_SLUGS.join("', '"));
    assert_eq!(world.database.count(&none).await, 0);
    world.finish().await;
}

#[tokio::test]
async fn a_name_that_would_make_one_gives_way() {
    let world = World::shared().await;
    let api = world.api();
    for (name, email) in [("Api", "a@creators.test"), ("Internal!", "b@creators.test"), ("CDN CGI", "c@creators.test")]
    {
        let slug = affiliate(&api, name, email).await["slug"].as_str().unwrap().to_owned();
        assert!(!RESERVED_SLUGS.contains(&slug.as_str()) && slug.len() > 7, "{slug}");
    }
    let list = json!({"programId": world.acme.program.to_string(), "destination": "https://acme.test/",
                      "affiliates": [{"email": "hooks@creators.test"}]});
    let invited = api.post("/affiliates/bulk-invite", &list).await.expect_status(200).json();
    assert_eq!(invited["invited"], 1, "{invited}");
    assert!(invited["rows"][0]["link"].as_str().unwrap().contains("/hooks-"), "{invited}");
    world.finish().await;
}

#[tokio::test]
async fn who_has_one_from_before_keeps_it() {
    let world = World::shared().await;
    let api = world.api();
    let old = affiliate(&api, "Old Friend", "old@creators.test").await["id"].as_str().unwrap().to_owned();
    world.database.run("update affiliates set slug = 'api' where email = 'old@creators.test'").await;
    let changed = json!({"name": "Old Friend Too", "slug": "api"});
    let changed = api.patch(&format!("/affiliates/{old}"), &changed).await.expect_status(200).json();
    assert_eq!((&changed["name"], &changed["slug"]), (&json!("Old Friend Too"), &json!("api")));
    let sale = world.acme.sale("theirs", 10_000).but(|report| {
        report.affiliate_slug = Some("api".to_owned());
        report.program_id = Some(world.acme.program);
    });
    world.intake().accept(&[sale]).await;
    assert_eq!(api.booked("theirs").await.unwrap().0["affiliateId"], json!(old));
    // A new link of theirs is one that leads somewhere.
    let new =
        json!({"programId": world.acme.program.to_string(), "affiliateId": old, "destination": "https://acme.test/"});
    let made = api.post("/links", &new).await.expect_status(201).json();
    assert!(made["slug"].as_str().unwrap().starts_with("api-"), "{made}");
    world.finish().await;
}
