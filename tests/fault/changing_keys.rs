//! Goal: the master keys can be changed without a gap: every sealed value moves to the new key, while others serve, and
//! then the old one can be dropped. Dropped too early, nothing is lost and nothing panics.
//! Method: a value in every column that the ledger says it knows; `rekomi rotate-keys` with two keys, while keys are made;
//! then the ledger serves with the new ones alone.

use std::process::Command;

use serde_json::json;
use shared::{
    keys::{KeyRing, Purpose},
    seal::{self, Place, Secret},
};
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    http::Request,
    organization_fixture::pass_days,
    payout_run_fixture::{bonus, partner},
    settings, verify, wait,
};

const NEW_LEDGER: &str = "2:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEW_EDGE: &str = "7:ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

fn rotate(world: &World, ledger: &str, edge: &str, arguments: &[&str]) -> Command {
    let mut command = world.ledger.command("rotate-keys");
    command.env("REKOMI_LEDGER_KEYS", ledger).env("REKOMI_EDGE_KEYS", edge).args(arguments);
    command
}

fn both(new: &str, old: &str) -> String {
    format!("{new},{old}")
}

/// Sealed as the ledger does, with the key that is current before.
fn sealed(tenant: &str, table: &str, column: &str, row: &str) -> String {
    let ring = KeyRing::parse(settings::LEDGER_KEYS, Purpose::AtRest).unwrap();
    let text = if table == "mails" { r#"{"text":"canary","html":"canary"}"# } else { "canary" };
    seal::seal(&ring, Place { tenant, table, column, row }, rand::random(), &Secret::new(text)).unwrap()
}

/// At least one value in every column: those that the demo lacks.
async fn fill(world: &World) {
    let made = world.api().post("/api-keys", &json!({"name": "rotated"})).await.expect_status(201).json();
    let path = format!("/api-keys/{}/rotate", made["id"].as_str().unwrap());
    world.api().post(&path, &json!({"overlapHours": 24})).await.expect_status(200);
    let (organization, gateway) = (world.acme.organization, world.acme.stripe.unwrap());
    let tenant = organization.to_string();
    let key = sealed(&tenant, "gateway_connections", "sealed_api_key", &gateway.to_string());
    let secret = uuid::Uuid::from_u128(7);
    let webhook = sealed(&tenant, "webhook_secrets", "sealed_secret", &secret.to_string());
    let crm = shared::id::CrmConnectionId::new(secret).to_string();
    let crm = sealed(&tenant, "crm_connections", "sealed_credentials", &crm);
    let grant = sealed(&tenant, "crm_refresh_tokens", "sealed_token", &"07".repeat(32));
    let paying = shared::id::PayoutConnectionId::new(secret).to_string();
    let paying =
        ["sealed_api_key", "sealed_webhook_secrets"].map(|one| sealed(&tenant, "payout_connections", one, &paying));
    let file = sealed(&tenant, "files", "sealed_key", &shared::id::FileId::new(secret).to_string());
    let archive = sealed(&tenant, "click_archives", "sealed_key", &secret.to_string());
    let form = sealed(&tenant, "tax_forms", "sealed_form", &shared::id::TaxFormId::new(secret).to_string());
    let affiliate = world.acme.partner.affiliate;
    let method = sealed(&tenant, "payout_methods", "sealed_details", &affiliate.to_string());
    let character = shared::id::EmailId::new(secret).to_string();
    let character = sealed("", "mails", "sealed_body", &character);
    let owner = &world.database.texts("select id from users limit 1").await[0][0];
    let person = shared::id::UserId::new(owner.parse().unwrap()).to_string();
    let totp = sealed("", "user_totp", "sealed_secret", &person);
    let tenant = organization.uuid();
    world
        .database
        .run(&format!(
            "update gateway_connections set sealed_api_key = '{key}' where id = '{}';
             insert into webhook_endpoints (organization_id, id, kind, url, events, created_at)
             values ('{tenant}', '{secret}', 'webhook', 'https://brand.test/', '{{*}}', now());
             insert into webhook_secrets (organization_id, id, endpoint_id, sealed_secret, created_at)
             values ('{tenant}', '{secret}', '{secret}', '{webhook}', now());
             insert into crm_connections (organization_id, id, vendor, sealed_credentials, created_at)
             values ('{tenant}', '{secret}', 'brevo', '{crm}', now());
             insert into crm_refresh_tokens (organization_id, credentials_hash, sealed_token, used_at)
             values ('{tenant}', decode(repeat('07', 32), 'hex'), '{grant}', now());
             insert into payout_connections (organization_id, id, stripe_account, country, currency, livemode, sealed_api_key,
                                             sealed_webhook_secrets, created_at)
             values ('{tenant}', '{secret}', 'acct_1', 'US', 'USD', false, '{}', '{}', now());
             insert into files (organization_id, id, affiliate_id, sealed_key, content_type, size, sha256, stored_at, created_at)
             values ('{tenant}', '{secret}', '{}', '{file}', 'application/pdf', 1, decode(repeat('00', 32), 'hex'), now(), now());
             insert into click_archives (organization_id, id, month, format, state, sealed_key, created_at)
             values ('{tenant}', '{secret}', '2026-01-01', 1, 'writing', '{archive}', now());
             insert into tax_forms (organization_id, id, affiliate_id, kind, source, status, sealed_form, country, signed_on,
                                    submitted_at)
             values ('{tenant}', '{secret}', '{}', 'W9', 'Guided', 'Submitted', '{form}', 'US', '2026-01-01', now());
             insert into payout_methods (organization_id, affiliate_id, rail, sealed_details, updated_at)
             values ('{tenant}', '{}', 'PayPal', '{method}', now());
             insert into mails (id, kind, recipient, subject, sealed_body, status, ended_at)
             values ('{secret}', 'of_a_test', 'a@b.test', 'x', '{character}', 'given_up', now());
             insert into user_totp (user_id, sealed_secret, created_at) values ('{owner}', '{totp}', now())",
            gateway.uuid(),
            paying[0],
            paying[1],
            affiliate.uuid(),
            affiliate.uuid(),
            affiliate.uuid(),
        ))
        .await;
}

/// A conversation with the co-pilot, and what it needs.
async fn fill_copilot(world: &World) {
    let id = uuid::Uuid::from_u128(7);
    let (organization, row) = (world.acme.organization, id.to_string());
    let value = |table: &str, column: &str| sealed(&organization.to_string(), table, column, &row);
    let secret = value("copilot_connections", "sealed_secret");
    let title = value("copilot_conversations", "sealed_title");
    let [blocks, source] = ["sealed_blocks", "sealed_source"].map(|one| value("copilot_messages", one));
    let [arguments, text] = ["sealed_arguments", "sealed_source"].map(|one| value("copilot_actions", one));
    let tenant = organization.uuid();
    world
        .database
        .run(&format!(
            "insert into copilot_connections (organization_id, id, kind, sealed_secret, key_hint, model, token_field, data_level,
                                              tokens_per_day, changed_by, changed_at)
             values ('{tenant}', '{id}', 'anthropic', '{secret}', 'nary', 'm', 'max_tokens', 'figures', 1000, 'a test', now());
             insert into copilot_conversations (organization_id, id, user_id, sealed_title, tool_set, created_at, changed_at)
             values ('{tenant}', '{id}', '{id}', '{title}', 'money', now(), now());
             insert into copilot_messages (organization_id, id, conversation_id, position, author, sealed_blocks, ids,
                                           sealed_source, at)
             values ('{tenant}', '{id}', '{id}', 0, 'Tools', '{blocks}', '{{}}', '{source}', now());
             insert into copilot_actions (organization_id, id, conversation_id, user_id, tool, sealed_arguments, digest,
                                          sealed_source, created_at, expires_at)
             values ('{tenant}', '{id}', '{id}', '{id}', 'x', '{arguments}', decode(repeat('00', 32), 'hex'), '{text}',
                     now(), now())",
        ))
        .await;
}

/// What the command says of the ledger's keys.
async fn verdict(world: &World, keys: &str) -> String {
    let moved = verify::run(rotate(world, keys, settings::EDGE_KEYS, &[])).await;
    assert!(moved.well, "{}", moved.text);
    let line = moved.text.lines().find(|line| line.starts_with("REKOMI_LEDGER_KEYS"));
    line.unwrap_or_else(|| panic!("{}", moved.text)).to_owned()
}

/// The line of each column.
fn lines(message: &verify::Output) -> Vec<(&str, &str)> {
    let columns =
        message.text.lines().filter(|line| line.contains(".sealed_") || line.starts_with("edge_config.record"));
    columns.filter_map(|line| line.split_once(": ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_value_moves_to_the_new_keys() {
    let mut world = World::start().await;
    fill(&world).await;
    fill_copilot(&world).await;
    let (ledger, edge) = (both(NEW_LEDGER, settings::LEDGER_KEYS), both(NEW_EDGE, settings::EDGE_KEYS));
    let checked = verify::run(rotate(&world, &ledger, &edge, &["--check"])).await;
    assert!(checked.well, "{}", checked.text);
    assert_eq!(lines(&checked).len(), 22, "{}", checked.text);
    for (column, message) in lines(&checked) {
        assert!(message.starts_with("key 1: ") && !message.contains("anew"), "{column}: {message}");
    }
    let early = verify::run(rotate(&world, NEW_LEDGER, NEW_EDGE, &["--check"])).await;
    assert!(!early.well && early.text.contains("encrypted with key 1, which isn't configured"), "{}", early.text);
    let sealed = "select key, version from edge_config where record -> 'sealedSecrets' is not null";
    let before = world.database.texts(sealed).await;
    assert!(!before.is_empty());

    // Others serve and change keys meanwhile, with the old key still.
    let api = world.api();
    let busy = async {
        for number in 0..5 {
            api.post("/api-keys", &json!({"name": format!("meanwhile {number}")})).await.expect_status(201);
        }
    };
    let (moved, ()) = tokio::join!(verify::run(rotate(&world, &ledger, &edge, &[])), busy);
    assert!(moved.well, "{}", moved.text);
    // A process that knows only the old key may encrypt more with it until it ends.
    world.ledger.stop();
    let again = verify::run(rotate(&world, &ledger, &edge, &[])).await;
    for line in [
        "REKOMI_LEDGER_KEYS: key 2 is current; encrypts nothing anymore: key 1, but unsubscribe links",
        "REKOMI_EDGE_KEYS: key 7 is current; no longer in use: key 1",
    ] {
        assert!(again.well && again.text.contains(line), "{}", again.text);
    }
    for (column, message) in lines(&again) {
        assert!(message.starts_with("key 2: ") || message.starts_with("key 7: "), "{column}: {message}");
    }
    let after = world.database.texts(sealed).await;
    assert!(!before.iter().any(|record| after.contains(record)), "the edge gets its records anew: {after:?}");

    world.ledger.set("REKOMI_LEDGER_KEYS", NEW_LEDGER);
    world.ledger.set("REKOMI_EDGE_KEYS", NEW_EDGE);
    world.ledger.start().await;
    let alone = verify::run(rotate(&world, NEW_LEDGER, NEW_EDGE, &["--check"])).await;
    assert!(alone.well, "{}", alone.text);
    let key = world.database.texts("select id from api_keys where name = 'Demo' order by organization_id").await;
    let demo = Api::new(world.ledger.base(), &world.acme.api_key);
    let ids: Vec<_> = demo.all("/api-keys").await.into_iter().filter(|key| key["name"] == "Demo").collect();
    assert!(!key.is_empty() && ids.len() == 1);
    let path = format!("/api-keys/{}/rotate", ids[0]["id"].as_str().unwrap());
    demo.post(&path, &json!({"overlapHours": 1})).await.expect_status(200);
    let carried = "select count(*) from api_key_predecessors p join api_keys k on k.id = p.key_id
                   where k.name = 'Demo' and p.sealed_secret is not null";
    assert_eq!(world.database.count(carried).await, 1, "the old secret opened with the new key");
    assert!(!world.ledger.log().contains("panicked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_recognizes_an_erased_person_is_kept() {
    let mut world = World::start().await;
    let buy = |order: &str| {
        world.acme.sale(order, 9_900).but(|report| {
            report.customer_id = Some("buyer-who-leaves".to_owned());
            report.customer_email = Some("leaving@buyers.test".to_owned());
        })
    };
    let (first, second) = (buy("before-the-erasure"), buy("after-the-rotation"));
    world.intake().accept(&[first]).await;
    let found = world.database.texts("select id from customers where external_id = 'buyer-who-leaves'").await;
    let customer = shared::id::CustomerId::new(found[0][0].parse().unwrap());
    let erase = format!("/customers/{customer}/erase");
    world.api().post(&erase, &json!({"reason": "requested"})).await.expect_status(200);

    let both = both(NEW_LEDGER, settings::LEDGER_KEYS);
    world.ledger.stop();
    world.ledger.set("REKOMI_LEDGER_KEYS", &both);
    world.ledger.start().await;
    let verdict = verdict(&world, &both).await;
    assert!(verdict.contains("keep key 1: erased people") && !verdict.contains("no longer in use"), "{verdict}");
    // A link in an email from before the change works as long as its key is there.
    let link = format!("/unsubscribe/invitations/{}", sealed("", "mail_suppressions", "address", "link"));
    Request::get(&link).send(&world.ledger.base()).await.unwrap().expect_status(200);
    world.intake().accept(&[second]).await;
    let clear = "select count(*) from customers
                 where external_id = 'buyer-who-leaves' or email = 'leaving@buyers.test'";
    assert_eq!(world.database.count(clear).await, 0, "the kept key recognizes them");
    world.finish().await;
}

/// Sets the affiliate's PayPal address.
async fn paid_by_paypal(world: &World, partner: &Partner, email: &str) {
    let path = format!("/api/v1/affiliates/{}/payout-method", partner.affiliate);
    let request = Request::post(&path, json!({"rail": "PayPal", "email": email}).to_string());
    world.api().send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_payout_account_is_recognized_across_a_change_of_keys() {
    let mut world = World::start().await;
    let first = world.acme.join(&world.database, "early-payee").await;
    let second = world.acme.join(&world.database, "late-payee").await;
    let third = world.acme.join(&world.database, "other-payee").await;
    paid_by_paypal(&world, &first, "shared@paid.test").await;
    let both = both(NEW_LEDGER, settings::LEDGER_KEYS);
    world.ledger.stop();
    world.ledger.set("REKOMI_LEDGER_KEYS", &both);
    world.ledger.start().await;
    paid_by_paypal(&world, &second, "shared@paid.test").await;
    paid_by_paypal(&world, &third, "other@paid.test").await;
    let keys_of = |partner: &Partner| {
        let affiliate = partner.affiliate.uuid();
        format!("select account_key from payout_account_keys where affiliate_id = '{affiliate}'")
    };
    let [first, second, third] = [keys_of(&first), keys_of(&second), keys_of(&third)];
    let before = world.database.texts(&first).await;
    assert_eq!((before.len(), &world.database.texts(&second).await), (1, &before), "the same account");
    assert_ne!(world.database.texts(&third).await, before, "another account");
    let verdict = verdict(&world, &both).await;
    assert!(verdict.contains("payout accounts are recognized by it"), "{verdict}");
    assert!(!verdict.contains("no longer in use"), "{verdict}");
    world.finish().await;
}

#[tokio::test]
async fn a_key_dropped_too_early_loses_nothing() {
    let mut world = World::start().await;
    world.ledger.stop();
    world.ledger.set("REKOMI_LEDGER_KEYS", NEW_LEDGER);
    world.ledger.start().await;
    let connection = world.acme.stripe.unwrap();
    let tested =
        world.api().post(&format!("/connections/{connection}/test"), &json!({})).await.expect_status(200).json();
    assert_eq!((&tested["ok"], &tested["connection"]["status"]), (&json!(false), &json!("broken")), "{tested}");
    assert!(tested["message"].as_str().unwrap().contains("can't be decrypted"), "{tested}");
    world.ledger.stop();
    let both = both(NEW_LEDGER, settings::LEDGER_KEYS);
    world.ledger.set("REKOMI_LEDGER_KEYS", &both);
    world.ledger.start().await;
    let moved = verify::run(rotate(&world, &both, settings::EDGE_KEYS, &[])).await;
    assert!(moved.well, "{}", moved.text);
    let tested =
        world.api().post(&format!("/connections/{connection}/test"), &json!({})).await.expect_status(200).json();
    assert!(!tested["message"].as_str().unwrap().contains("can't be decrypted"), "{tested}");
    assert!(!world.ledger.log().contains("panicked"));
    world.finish().await;
}

#[tokio::test]
async fn a_stripe_key_that_cant_be_read_holds_up_no_scheduled_run() {
    let mut world = World::start().await;
    world.ledger.stop();
    let (tenant, id) = (world.acme.organization, uuid::Uuid::from_u128(7));
    let row = shared::id::PayoutConnectionId::new(id).to_string();
    let key = sealed(&tenant.to_string(), "payout_connections", "sealed_api_key", &row);
    world
        .database
        .run(&format!(
            "insert into payout_connections (organization_id, id, stripe_account, country, currency, livemode, sealed_api_key,
                                             created_at)
             values ('{}', '{id}', 'acct_1', 'US', 'USD', false, '{key}', now())",
            tenant.uuid()
        ))
        .await;
    world.ledger.set("REKOMI_LEDGER_KEYS", NEW_LEDGER);
    world.ledger.start().await;
    let api = world.api();
    let lena = partner(&world, "lena", "PayPal").await;
    bonus(&world, &lena.affiliate.to_string(), 5_000, "EUR").await;
    api.patch("/payout-settings", &json!({"schedule": "Weekly", "weekday": 1})).await.expect_status(200);
    pass_days(&world, 8).await;
    wait::until("the scheduled run", 30, async || {
        let runs = api.all("/payout-runs").await;
        runs.iter().any(|run| run["proposedBy"] == "schedule").then_some(())
    })
    .await;
    let paused = "select count(*) from payout_connections where status = 'paused' and reconcile_failures > 0";
    assert_eq!(world.database.count(paused).await, 1, "the owners have to enter it again");
    world.ledger.set("REKOMI_LEDGER_KEYS", &both(NEW_LEDGER, settings::LEDGER_KEYS));
    world.finish().await;
}
