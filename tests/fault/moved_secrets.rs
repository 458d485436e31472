//! Goal: a sealed secret that was moved to another row or tenant, altered, or sealed with an unknown key opens nowhere:
//! what needs it fails closed and says so, and nothing panics.
//! Method: ciphertexts are swapped and spoilt in the database; then connections are tested, keys rotated and revoked.

use serde_json::{Value, json};
use shared::id::CrmConnectionId;
use world::{Plan, World, fakes::crm, verify};

async fn test(world: &World) -> Value {
    let path = format!("/connections/{}/test", world.acme.stripe.unwrap());
    world.api().post(&path, &json!({})).await.expect_status(200).json()
}

#[tokio::test]
async fn a_connection_with_anothers_secret_is_broken() {
    let world = World::start().await;
    let sealed =
        async |from: &str| world.database.texts(&format!("select sealed_secret as s from {from}")).await[0][0].clone();
    let genuine = sealed("gateway_connections where gateway = 'stripe'").await;
    let spoilt = [
        format!("'{}'", sealed("gateway_connections where gateway = 'paddle'").await),
        format!("'{}'", sealed("api_keys where name = 'Demo' order by organization_id limit 1").await),
        // The second byte is the key's number.
        format!("'{}'", genuine.replacen("rksealed_AQ", "rksealed_AW", 1)),
        format!("'{}'", &genuine[..genuine.len() - 4]),
        "'rksealed_'".to_owned(),
        "'whsec_in_the_clear'".to_owned(),
    ];
    for other in spoilt {
        world.database.run("update gateway_connections set status = 'active'").await;
        world
            .database
            .run(&format!("update gateway_connections set sealed_secret = {other} where gateway = 'stripe'"))
            .await;
        let tested = test(&world).await;
        assert_eq!(
            (&tested["ok"], &tested["connection"]["status"]),
            (&json!(false), &json!("broken")),
            "{other}: {tested}"
        );
        let mut command = world.ledger.command("rotate-keys");
        command.arg("--check");
        let description = verify::run(command).await;
        assert!(
            !description.well && description.text.contains("can't be decrypted: gateway_connections.sealed_secret"),
            "{}",
            description.text
        );
        assert!(!description.text.contains("rksealed_"), "{}", description.text);
    }
    world
        .database
        .run(&format!("update gateway_connections set sealed_secret = '{genuine}' where gateway = 'stripe'"))
        .await;
    assert!(!test(&world).await["message"].as_str().unwrap().contains("can't be decrypted"));
    assert!(!world.ledger.log().contains("panicked"), "{}", world.ledger.log());
    world.finish().await;
}

#[tokio::test]
async fn a_key_with_anothers_secret_is_cured_by_rotation() {
    let world = World::start().await;
    let made =
        world.api().post("/api-keys", &json!({"name": "moved", "scope": "read_write"})).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();
    // Of the other tenant's key.
    let anothers =
        "select sealed_secret from api_keys k join organizations o using (organization_id) where o.slug = 'globex'";
    let sealed = world.database.texts(anothers).await[0][0].clone();
    world.database.run(&format!("update api_keys set sealed_secret = '{sealed}' where name = 'moved'")).await;
    let rotated = world.api().post(&format!("/api-keys/{id}/rotate"), &json!({"overlapHours": 24})).await;
    let rotated = rotated.expect_status(200).json();
    assert!(rotated["signingSecret"].as_str().unwrap().starts_with("rks_"));
    let kept = "select count(*) from api_key_predecessors where sealed_secret is null";
    assert_eq!(world.database.count(kept).await, 1, "a secret that doesn't open is not carried on");
    let record = "select jsonb_array_length(record -> 'sealedSecrets') as n from edge_config
                  where record ->> 'apiKeyId' = ";
    let counts = world.database.texts(&format!("{record} '{id}'")).await.concat();
    assert_eq!(counts, ["1", "1"], "old and new bearer, and the new secret alone");
    assert!(!world.ledger.log().contains("panicked"), "{}", world.ledger.log());
    world.finish().await;
}

#[tokio::test]
async fn a_crm_with_anothers_secret_is_paused_until_connected_again() {
    let vendor = crm::start(crm::of("activecampaign"));
    let plan = Plan::default().ledger_setting("REKOMI_VENDOR_BASE_ACTIVECAMPAIGN", vendor.base());
    let world = Box::pin(plan.start()).await;
    let body = json!({"type": "activecampaign", "credentials": vendor.with(|crm| crm.credentials())});
    let api = world.api();
    let (first, second) = (
        api.post("/connections", &body).await.expect_status(201).json(),
        api.post("/connections", &body).await.expect_status(201).json(),
    );
    let id: CrmConnectionId = second["id"].as_str().unwrap().parse().unwrap();
    let swap = format!(
        "update crm_connections c set sealed_credentials = o.sealed_credentials from crm_connections o
         where o.organization_id = c.organization_id and o.id = '{0}' and c.id <> '{0}'",
        id.uuid(),
    );
    world.database.run(&swap).await;
    let calls = vendor.calls().len();
    let path = format!("/connections/{}", first["id"].as_str().unwrap());
    assert_eq!(api.get(&format!("{path}/lists")).await.refusal(), (409, "credentials_unreadable".to_owned()));
    let tested = api.post(&format!("{path}/test"), &json!({})).await.expect_status(200).json();
    let found = &tested["connection"];
    assert_eq!((&tested["ok"], &found["status"]), (&json!(false), &json!("paused")), "{tested}");
    assert_eq!(found["pausedCode"], "credentials_unreadable");
    assert_eq!(vendor.calls().len(), calls, "nothing of another's was sent");
    let again = json!({"credentials": vendor.with(|crm| crm.credentials())});
    assert_eq!(api.patch(&path, &again).await.expect_status(200).json()["status"], "active");
    assert!(!world.ledger.log().contains("panicked"), "{}", world.ledger.log());
    world.finish().await;
}
