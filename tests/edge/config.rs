//! Goal: a change at the ledger reaches the edge within seconds: new links work, revoked keys don't. After a restore, the
//! edge gets what the backup has, and what is created anew under a name that the backup lacks.
//! Method: a link is created by API and followed until it works; a key is revoked and used until it is refused; the
//! edge's cache holds the old state before. For the restore, the ledger's versions are set back, and a link is taken
//! out of the database and created again.

use serde_json::json;
use world::{
    Plan, World,
    client::browser::Browser,
    shared_app::{backend, name, shared_app},
    verify, wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_link_works_at_once() {
    let world = shared_app().await;
    let slug = name("spring");
    let mut browser = Browser::new(world.edge_base());
    // The edge has just learned that there is no such link.
    assert_eq!(browser.get(&format!("/{slug}")).await.header("location"), Some("https://acme.test/"));
    let body = json!({"programId": world.acme.program.to_string(), "affiliateId": world.acme.partner.affiliate.to_string(),
        "slug": slug, "host": world.acme.partner.host, "destination": "https://acme.test/spring?sale=1"});
    let made = world.api().post("/links", &body).await.expect_status(201).json();
    assert_eq!(made["slug"].as_str(), Some(slug.as_str()));
    let location = wait::until("the link to work", 10, async || {
        let response = Browser::new(world.edge_base()).get(&format!("/{slug}")).await;
        response.header("location").filter(|location| location.contains("/spring?")).map(str::to_owned)
    })
    .await;
    assert!(
        location.starts_with("https://acme.test/spring?sale=1&via=") && location.contains("&rk=rkc_"),
        "{location}"
    );
    assert_eq!(world.api().post("/links", &body).await.refusal(), (409, "slug_taken".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_within_seconds() {
    let world = Plan::default().edge().start().await;
    let sale = |id: &str| json!({"externalEventId": id, "amountCents": 100, "affiliateSlug": "lauren"});
    backend(&world).post(&sale("before")).await.expect_status(202);
    // As a revocation does it: the key's row and the edge's record in one transaction.
    world
        .database
        .run(
            "begin;
             update api_keys set revoked_at = now();
             update edge_config set record = null, version = version + 1, changed_at = now(), next_attempt_at = now()
             where key like 'key:%';
             commit",
        )
        .await;
    assert_eq!(
        world.api().get("/programs").await.refusal(),
        (401, "unauthorized".to_owned()),
        "the ledger refuses at once"
    );
    wait::until("the edge to refuse", 15, async || {
        let response = backend(&world).post(&sale("after")).await;
        assert!(matches!(response.status, 202 | 401), "{}", response.text());
        (response.status == 401).then_some(())
    })
    .await;
    wait::until("what was accepted to be booked", 10, async || {
        (world.database.count("select count(*) from conversions where external_id = 'before'").await == 1).then_some(())
    })
    .await;
    world.finish().await;
}

/// Sends sales until the edge answers with this status.
async fn answers(world: &World, what: &str, status: u16) {
    let report = json!({"externalEventId": name("restored"), "amountCents": 100, "affiliateSlug": "lauren"});
    wait::until(what, 15, async || (backend(world).post(&report).await.status == status).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_gets_what_a_restored_database_has() {
    let world = Plan::default().edge().start().await;
    answers(&world, "the edge to know the key", 202).await;
    let set = async |changes: &str| {
        let now = "attempts = 0, changed_at = now(), next_attempt_at = now()";
        world.database.run(&format!("update edge_config set {changes}, {now} where key like 'key:%'")).await;
    };
    // After the backup, the key is revoked.
    set("withheld = record, record = null, version = version + 5").await;
    answers(&world, "the edge to refuse a revoked key", 401).await;
    // In the backup, it isn't; and then one in which it is again.
    for (record, status) in [("record = withheld", 202), ("record = null", 401)] {
        set(&format!("{record}, version = 1, pushed_version = 1")).await;
        let pushed = verify::run(world.ledger.command("push-edge-config")).await;
        assert!(pushed.well, "{}", pushed.text);
        answers(&world, "the edge to have what the ledger has", status).await;
    }
    // A later change reaches it, too.
    set("record = withheld, version = version + 1").await;
    answers(&world, "the edge to take a later change", 202).await;
    set("withheld = null").await;
    a_link_that_the_backup_lacks_is_created_again(&world).await;
    world.finish().await;
}

async fn a_link_that_the_backup_lacks_is_created_again(world: &World) {
    let (api, slug) = (world.api(), name("lost"));
    let destination = |page: &str| format!("https://acme.test/{page}");
    let create = async |page: &str| {
        let body = json!({"programId": world.acme.program.to_string(),
            "affiliateId": world.acme.partner.affiliate.to_string(), "slug": slug, "host": world.acme.partner.host,
            "destination": destination(page)});
        let made = api.post("/links", &body).await.expect_status(201).json();
        leads_to(world, &slug, &destination(page)).await;
        format!("/links/{}", made["id"].as_str().unwrap())
    };
    let edit = async |link: &str, page: &str| {
        api.patch(link, &json!({"destination": destination(page)})).await.expect_status(200);
        leads_to(world, &slug, &destination(page)).await;
    };
    let lost = create("first").await;
    for page in ["second", "third"] {
        edit(&lost, page).await;
    }
    // Clicks on it may still arrive, so the link itself only gets out of the way.
    let restored = format!(
        "update links set slug = slug || '-lost' where slug = '{slug}';
         delete from edge_config where key like '%/{slug}'"
    );
    world.database.run(&restored).await;
    let pushed = verify::run(world.ledger.command("push-edge-config")).await;
    assert!(pushed.well, "{}", pushed.text);
    let anew = create("fourth").await;
    edit(&anew, "fifth").await;
}

/// Follows a link until it leads there.
async fn leads_to(world: &World, slug: &str, destination: &str) {
    wait::until(&format!("{slug} to lead to {destination}"), 15, async || {
        let response = Browser::new(world.edge_base()).get(&format!("/{slug}")).await;
        let location = response.header("location").unwrap_or_default();
        location.starts_with(destination).then_some(())
    })
    .await;
}
