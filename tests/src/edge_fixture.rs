//! What tests of the edge's internal doors share: requests as the ledger signs them, and a key and a Stripe account of an
//! organization that the ledger doesn't know.

use serde_json::Value;
use shared::{
    config::{ApiKeyRecord, Entry, GatewayRecord, PUSH_PATH, Push, Record, api_key_key, gateway_key, sealed_place},
    event::Gateway,
    id::{ApiKey, GatewayConnection, OrganizationId},
    keys::{KeyRing, Purpose},
    seal::{Secret, seal},
};

use crate::{
    World,
    brand::fresh,
    client::{intake::Intake, s2s::Backend},
    http::Request,
    settings,
    stripe::Stripe,
    wait::now,
};

/// A request to one of the edge's internal doors.
pub async fn as_ledger(world: &World, method: &str, target: &str, body: &str) -> Value {
    let signed = if method == "GET" { target } else { body };
    let mut request = Intake::signed(&fresh::<shared::id::BatchKind>().to_string(), now(), signed);
    (request.method, request.target, request.body) = (method.to_owned(), target.to_owned(), body.as_bytes().to_vec());
    let request: Request = request;
    request.send(&world.edge_base()).await.unwrap().expect_status(200).json()
}

/// The edge learns of a key that the ledger knows nothing of.
pub async fn stranger(world: &World, organization: OrganizationId) -> Backend {
    let backend =
        Backend { base: world.edge_base(), api_key: "rk_test_stranger".to_owned(), secret: "rks_stranger".to_owned() };
    let key = api_key_key(&backend.api_key);
    let record = ApiKeyRecord {
        organization_id: organization,
        api_key_id: fresh::<ApiKey>(),
        writes: true,
        sealed_secrets: vec![sealed(organization, &key, &backend.secret)],
        expires_at: None,
    };
    push(world, key, Record::ApiKey(record)).await;
    backend
}

/// The same of its Stripe account.
pub async fn stranger_account(world: &World, organization: OrganizationId) -> Stripe {
    let (connection_id, secret) = (fresh::<GatewayConnection>(), "whsec_stranger".to_owned());
    let key = gateway_key(connection_id);
    let record = GatewayRecord {
        organization_id: organization,
        connection_id,
        gateway: Gateway::Stripe,
        sealed_secrets: vec![sealed(organization, &key, &secret)],
    };
    push(world, key, Record::Gateway(record)).await;
    Stripe { base: world.edge_base(), target: format!("/hooks/stripe/{connection_id}"), secret }
}

fn sealed(organization: OrganizationId, key: &str, secret: &str) -> String {
    let ring = KeyRing::parse(settings::EDGE_KEYS, Purpose::EdgeConfig).unwrap();
    seal(&ring, sealed_place(&organization.to_string(), key), rand::random(), &Secret::new(secret)).unwrap()
}

async fn push(world: &World, key: String, record: Record) {
    let push = Push { entries: vec![Entry { key, version: 1, record: Some(record) }] };
    as_ledger(world, "POST", PUSH_PATH, &serde_json::to_string(&push).unwrap()).await;
}

/// The organization of a [`stranger`] comes into being at the ledger.
pub async fn found(world: &World, organization: OrganizationId) {
    let id = organization.uuid();
    world
        .database
        .run(&format!(
            "insert into tenants values ('{id}', now());
             insert into organizations (organization_id, slug, name, created_at) values ('{id}', 'late', 'Late', now())"
        ))
        .await;
}
