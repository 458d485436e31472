//! Goal: the main flows work from beginning to end by clicking and typing: a brand's way to its first commission, a
//! creator's to their first sale, a move with 5,000 affiliates, a CRM whose key lacks a right, and a decision about a
//! flagged commission.
//! Method: a real Chromium plays each (`tests/pages/stories/`), with clicks through the real edge; any complaint of the
//! browser and any fault of a page ends the story.

use serde_json::json;
use world::{
    Plan, World,
    brand::But,
    fakes::{FakeServer, crm::klaviyo},
    shared_app::{name, shared_app},
};

use crate::story::{Story, owner};

#[tokio::test(flavor = "multi_thread")]
async fn a_brand_reaches_its_first_commission() {
    let world = shared_app().await;
    let details = json!({"edge": world.edge_base(), "name": name("otter")});
    Story::begin("brand", &world.ledger.base(), &details).says("done");
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creator_is_taken_on_and_sells() {
    let world = shared_app().await;
    let keys = json!({"key": world.acme.api_key, "secret": world.acme.signing_secret});
    let report = owner(
        world,
        &json!({"edge": world.edge_base(), "name": name("nina-"), "program": "Partner program", "keys": keys}),
    );
    Story::begin("creator", &world.ledger.base(), &report).says("done");
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_affiliates_move_in() {
    let world = World::start().await;
    let report = owner(&world, &json!({}));
    let tables = "affiliates, links, import_rows, import_tokens, edge_config";
    let analyzed = world.database.keep_analyzed(tables).await;
    Story::begin("imports", &world.ledger.base(), &report).says("done");
    drop(analyzed);
    let there = "select count(*) from affiliates where email like 'ann%@old.test' and status = 'Approved'";
    assert_eq!(world.database.count(there).await, 5_000);
    let links = "select count(*) from links where slug like 'ann-%-old'";
    assert_eq!(world.database.count(links).await, 5_000);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_too_little_says_what_is_missing() {
    let vendor = FakeServer::of(klaviyo::Klaviyo::default());
    let missing = ["lists:read", "subscriptions:write"];
    vendor.with(|klaviyo| klaviyo.scopes.retain(|scope| !missing.contains(scope)));
    let plan = Plan::default().ledger_setting("REKOMI_VENDOR_BASE_KLAVIYO", vendor.base());
    let world = Box::pin(plan.ledger_setting("REKOMI_CRM_PACE_FACTOR", "200").start()).await;
    let report = owner(&world, &json!({"key": klaviyo::KEY}));
    let mut story = Story::begin("klaviyo", &world.ledger.base(), &report);
    story.says("grant");
    assert_eq!(world.database.count("select count(*) from crm_connections").await, 0);
    vendor.with(|klaviyo| klaviyo.scopes.extend(missing));
    story.goes_on();
    story.says("done");
    assert_eq!(world.database.count("select count(*) from crm_connections where status = 'active'").await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flagged_commission_is_decided() {
    let world = World::start().await;
    let (slug, affiliate) = (world.acme.partner.slug.clone(), world.demo["affiliate"]["email"].as_str().unwrap());
    let buyer = affiliate.replace('@', "+shop@");
    let sale = world.acme.sale("flagged-order", 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("a sister".to_owned());
        report.customer_email = Some(buyer);
    });
    world.intake().accept(&[sale]).await;
    let report = owner(&world, &json!({"affiliate": affiliate}));
    Story::begin("review", &world.ledger.base(), &report).says("done");
    world.finish().await;
}
