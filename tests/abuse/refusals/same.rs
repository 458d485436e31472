//! Another organization's things are as if they were not there: each operation answers the same for an id of theirs as for
//! an id that nobody has, in the path, in the query and in the body.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::{
    event::Event,
    id::{CreatorId, CrmConnectionId, MissingSaleClaimId, NetworkContactId, PayoutRunId, RewardClaimId, UserId},
    timestamp::Timestamp,
};
use world::{
    World,
    brand::{But, fresh},
    client::api::Api,
    http::Response,
};

use super::{
    api::{Operation, operations},
    person,
};

/// Ids by the prefix of their kind.
type Ids = BTreeMap<String, String>;

/// Kinds of which nothing is made here, with the reason. May only shrink.
const NOT_MADE: &[&str] = &[];

/// Gives the second organization one of everything.
async fn furnish(world: &World) -> Ids {
    let (brand, api) = (&world.globex, world.other_api());
    let slug = brand.partner.slug.clone();
    let sale = brand.sale("order-0", 9_900).but(|report| {
        report.affiliate_slug = Some(slug.clone());
        report.customer_id = Some("buyer".to_owned());
        report.customer_email = Some("buyer@globex.test".to_owned());
    });
    let lead = brand.lead("lead-0").but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_email = Some("lead@globex.test".to_owned());
    });
    // A second system calls the buyer otherwise: two customers that may be one.
    let again = Event { id: fresh(), ..sale.clone() }.but(|report| {
        report.affiliate_slug = None;
        report.customer_id = Some("shopper".to_owned());
    });
    world.intake().accept(&[sale, again, lead, brand.click(&brand.partner)]).await;
    let (program, affiliate) = (brand.program.to_string(), brand.partner.affiliate.to_string());
    for (path, body) in things(&program, &affiliate) {
        let made = api.post(&path, &body).await;
        assert!((200..300).contains(&made.status), "{path}: {} {}", made.status, made.text());
    }
    // A second version of the sale waits for a decision.
    world.intake().post(&[brand.sale("order-0", 19_900)]).await;
    let claim = format!(
        "insert into missing_sale_claims (organization_id, id, affiliate_id, ordered_on, bought, submitted_at)
         values ('{}', '{}', '{}', '2026-11-01', 'a plan', now())",
        brand.organization.uuid(),
        MissingSaleClaimId::v7(1, &[1; 10]).uuid(),
        brand.partner.affiliate.uuid(),
    );
    world.database.run(&claim).await;
    let reward_claim = RewardClaimId::v7(1, &[1; 10]);
    let insert = format!(
        "insert into reward_claims (organization_id, id, reward_id, affiliate_id, period, state, submitted_at, created_at)
         select organization_id, '{}', id, '{}', 'once', 'Submitted', now(), now() from rewards where organization_id = '{}'",
        reward_claim.uuid(),
        brand.partner.affiliate.uuid(),
        brand.organization.uuid(),
    );
    world.database.run(&insert).await;
    // A creator who applied, and whom no other brand sees.
    let (creator, contact) = (CreatorId::v7(1, &[1; 10]).uuid(), NetworkContactId::v7(1, &[1; 10]).uuid());
    let contact = format!(
        "insert into creators (id, email, address_hash, created_at, last_seen_at)
         values ('{creator}', 'nina@creators.test', sha256('nina@creators.test'), now(), now());
         insert into network_contacts (organization_id, id, program_id, creator_id, status, created_at, changed_at)
         values ('{}', '{contact}', '{}', '{creator}', 'Applied', now(), now())",
        brand.organization.uuid(),
        brand.program.uuid(),
    );
    world.database.run(&contact).await;
    // A destination is made by asking its vendor.
    let destination = "insert into webhook_endpoints
         select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'kind', 'customerio', 'region', 'us',
                                                             'hint', 'abcd'))).* from webhook_endpoints e";
    world.database.run(destination).await;
    everybody_synced(world, &api).await;
    let (organization, run) = (brand.organization.uuid(), PayoutRunId::v7(1, &[1; 10]).uuid());
    let run = format!(
        "insert into payout_runs (organization_id, id, currency, cutoff, proposed_by, created_at)
         values ('{organization}', '{run}', 'USD', now(), 'schedule', now())"
    );
    world.database.run(&run).await;
    person(world, brand, "owner").await;
    let user = world.database.texts("select id from users where email like '%.refused.test'").await.concat().remove(0);
    let mut ids = Ids::from([
        ("usr".to_owned(), UserId::new(user.parse().unwrap()).to_string()),
        ("rwc".to_owned(), reward_claim.to_string()),
    ]);
    for operation in operations(&api).await {
        if operation.method == "GET" && !operation.path.contains('{') {
            let rows = api.get(operation.path.trim_start_matches("/api/v1")).await;
            if rows.header("content-type") == Some("application/json") {
                load(&rows.json(), &mut ids);
            }
        }
    }
    ids
}

/// A CRM is connected by asking it; this one is paused, so that it is never asked.
async fn everybody_synced(world: &World, api: &Api) {
    let crm = CrmConnectionId::v7(1, &[1; 10]);
    let (organization, id) = (world.globex.organization.uuid(), crm.uuid());
    let connection = format!(
        "insert into crm_connections (organization_id, id, vendor, status, sealed_credentials, created_at)
         values ('{organization}', '{id}', 'activecampaign', 'paused', '', now())"
    );
    world.database.run(&connection).await;
    api.post(&format!("/connections/{crm}/resync"), &json!({})).await.expect_status(202);
}

fn things(program: &str, affiliate: &str) -> Vec<(String, Value)> {
    vec![
        (
            "/connections".to_owned(),
            json!({"type": "stripe", "programId": program, "credentials": {"webhookSecret": "whsec_0123456789abcdef"}}),
        ),
        ("/coupons".to_owned(), json!({"programId": program, "affiliateId": affiliate, "code": "THEIRS"})),
        (
            format!("/affiliates/{affiliate}/bonuses"),
            json!({"programId": program, "amountCents": 700, "currency": "USD", "reason": "x"}),
        ),
        ("/webhooks".to_owned(), json!({"url": "http://127.0.0.1:9999/", "events": ["*"], "description": "theirs"})),
        (
            "/imports".to_owned(),
            json!({"kind": "Customers", "source": "Csv", "programId": program, "csv": "customer id,slug\ncus_1,nobody\n"}),
        ),
        (
            "/rewards".to_owned(),
            json!({"programId": program, "kind": "Milestone", "title": "theirs", "metric": "Sales", "goal": 1000,
                   "prize": {"kind": "InKind", "text": "x"}}),
        ),
        ("/assets".to_owned(), json!({"kind": "Text", "title": "theirs", "text": "x"})),
        ("/team/invitations".to_owned(), json!({"email": "invited@globex.test", "role": "viewer"})),
        ("/payouts".to_owned(), json!({"affiliateId": affiliate, "currency": "USD"})),
        (
            "/tax-forms".to_owned(),
            json!({
                "affiliateId": affiliate, "kind": "W8BEN", "name": "Ana Souza", "signedOn": "2026-01-02", "country": "BR",
                "foreignTinNotRequired": true, "pdf": crate::tax_files::PDF_BASE64,
            }),
        ),
    ]
}

/// Every id in an answer.
fn load(value: &Value, ids: &mut Ids) {
    match value {
        Value::String(text) => {
            if let Some(kind) = kind_of(text) {
                ids.entry(kind.to_owned()).or_insert_with(|| text.clone());
            }
        }
        Value::Array(list) => list.iter().for_each(|item| load(item, ids)),
        Value::Object(fields) => fields.values().for_each(|item| load(item, ids)),
        _ => {}
    }
}

/// `prog` of `prog_01kd…`.
fn kind_of(text: &str) -> Option<&str> {
    let (kind, suffix) = text.split_once('_')?;
    let is_id = suffix.len() == 26
        && suffix.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        && (2..=5).contains(&kind.len())
        && kind.bytes().all(|byte| byte.is_ascii_lowercase());
    is_id.then_some(kind)
}

/// The description's example with ids put into the place of its ids.
fn filled(example: &Value, id: &impl Fn(&str) -> String) -> Value {
    match example {
        Value::String(text) => kind_of(text).map_or_else(|| example.clone(), |kind| json!(id(kind))),
        Value::Array(list) => list.iter().map(|item| filled(item, id)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, item)| (name.clone(), filled(item, id))).collect::<serde_json::Map<_, _>>().into()
        }
        _ => example.clone(),
    }
}

/// What an operation is asked with: path, query and body, its examples' ids replaced.
fn requested(operation: &Operation, id: &impl Fn(&str) -> String) -> (String, Value) {
    let mut path = operation.path.clone();
    let mut query = Vec::new();
    for parameter in operation.description["parameters"].as_array().into_iter().flatten() {
        let (name, example) = (parameter["name"].as_str().unwrap_or_default(), example(parameter));
        let Some(kind) = example.as_str().and_then(kind_of) else { continue };
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &id(kind)),
            Some("query") => query.push(format!("{name}={}", id(kind))),
            _ => {}
        }
    }
    if !query.is_empty() {
        path = format!("{path}?{}", query.join("&"));
    }
    let body = &operation.description["requestBody"]["content"]["application/json"];
    (path, filled(&example(body), id))
}

fn example(of: &Value) -> Value {
    [&of["example"], &of["schema"]["example"]]
        .into_iter()
        .find(|found| !found.is_null())
        .cloned()
        .or_else(|| of["examples"].as_object()?.values().next().map(|named| named["value"].clone()))
        .unwrap_or(Value::Null)
}

/// What may not differ. Ids that the caller named itself are made equal, and so are times.
fn message(response: &Response, theirs: &Ids, nobodys: &Ids) -> (u16, String) {
    let mut text = match serde_json::from_slice(&response.body) {
        Ok(json) => timeless(json).to_string(),
        Err(_) => response.text(),
    };
    for (kind, id) in theirs.iter().chain(nobodys) {
        text = text.replace(id.as_str(), &format!("{kind}_?"));
    }
    (response.status, text)
}

fn timeless(value: Value) -> Value {
    match value {
        Value::String(text) if Timestamp::parse_rfc3339(&text).is_ok() => json!("a time"),
        Value::Array(list) => list.into_iter().map(timeless).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, item)| (name, timeless(item))).collect::<serde_json::Map<_, _>>().into()
        }
        _ => value,
    }
}

#[tokio::test]
async fn anothers_id_is_answered_like_an_id_that_nobody_has() {
    let world = World::start().await;
    let theirs = furnish(&world).await;
    let nobodys: Ids = theirs.keys().map(|kind| (kind.clone(), format!("{kind}_01jzzzzzzzezzzzzzzzzzzzzzz"))).collect();
    let own = world.api();
    let (mut requested_with_ids, mut unmade) = (0, Vec::new());
    for operation in operations(&own).await {
        let missing = std::cell::RefCell::new(Vec::new());
        let from = |ids: &Ids, kind: &str| {
            ids.get(kind).cloned().unwrap_or_else(|| {
                missing.borrow_mut().push(kind.to_owned());
                format!("{kind}_01jzzzzzzzezzzzzzzzzzzzzzz")
            })
        };
        let (path, body) = requested(&operation, &|kind| from(&theirs, kind));
        let (nowhere, of_nobody) = requested(&operation, &|kind| from(&nobodys, kind));
        unmade.extend(missing.into_inner().into_iter().filter(|kind| !NOT_MADE.contains(&kind.as_str())));
        if (&path, &body) == (&nowhere, &of_nobody) {
            continue;
        }
        requested_with_ids += 1;
        let nothing = own.send(operation.with(&nowhere, &of_nobody)).await;
        let answer = own.send(operation.with(&path, &body)).await;
        assert_eq!(
            message(&answer, &theirs, &nobodys),
            message(&nothing, &theirs, &nobodys),
            "{} tells another's id from nobody's: {path} {body}",
            operation.id
        );
        // A vendor that can't be reached from here is asked before anything is looked up.
        assert!(
            answer.status < 500 || answer.refusal().1 == "vendor_unavailable",
            "{}: {}",
            operation.id,
            answer.text()
        );
    }
    unmade.sort();
    unmade.dedup();
    assert!(unmade.is_empty(), "furnish() makes nothing of these kinds: {unmade:?}");
    assert!(requested_with_ids >= 40, "{requested_with_ids}");
    unharmed(&world.other_api(), &theirs).await;
    world.finish().await;
}

/// What the other organization had is there, as it was.
async fn unharmed(other: &Api, theirs: &Ids) {
    for (kind, list) in
        [("prog", "programs"), ("aff", "affiliates"), ("lnk", "links"), ("cpn", "coupons"), ("gw", "connections")]
    {
        let found = other.get(&format!("/{list}/{}", theirs[kind])).await;
        assert_eq!(found.status, 200, "{list}: {}", found.text());
    }
    let commissions = other.all("/commissions").await;
    assert!(commissions.iter().all(|row| row["status"] != "Denied"), "{commissions:?}");
}
