//! Goal: the page creates, rotates and revokes keys without a script; a form that is sent twice creates one key;
//! members without the right only read.
//! Method: a browser that follows links and posts forms.
//! Routes: `/dashboard/settings/api-keys/{id}/revoke`, `/dashboard/settings/api-keys/{id}/rotate`

use serde_json::{Value, json};
use world::{
    World,
    client::{api::Api, dashboard::Marketer, mailbox::read_email},
};

const PLACE: &str = "/dashboard/settings/api-keys";

/// The value of a field, after a mark.
fn value<'p>(page: &'p str, mark: &str, name: &str) -> &'p str {
    let after = page.split_once(mark).unwrap_or_else(|| panic!("{mark}: {page}")).1;
    let after = after.split_once(name).unwrap_or_else(|| panic!("{name}: {after}")).1;
    after.split_once("value=\"").unwrap().1.split_once('"').unwrap().0
}

async fn signed_in(world: &World) -> Marketer {
    let mut marketer = Marketer::new(&world.ledger.base());
    marketer.sign_in(&world.demo["owner"]).await.expect_status(303);
    marketer
}

fn with(world: &World, bearer: &Value) -> Api {
    Api::new(world.ledger.base(), bearer.as_str().unwrap_or_default())
}

async fn is_refused(api: &Api) -> bool {
    api.get("/programs").await.refusal() == (401, "unauthorized".to_owned())
}

#[tokio::test]
async fn made_rotated_and_revoked_by_hand() {
    let world = World::shared().await;
    let mut marketer = signed_in(&world).await;
    let organization = world.acme.organization.to_string();
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("aria-current=\"page\">API keys"), "{page}");
    assert!(page.contains("value=\"send_conversions\" checked"), "the least is chosen: {page}");
    let id = value(&page, "id=\"new-title\"", "name=\"id\"").to_owned();
    let form = |name, last: &'static str| {
        [
            ("organization", organization.as_str()),
            ("id", id.as_str()),
            ("name", name),
            ("scope", "read_write"),
            ("role", "manager"),
            ("expiresOn", last),
        ]
    };
    let refused = marketer.submit(PLACE, &form("  ", "")).await.expect_status(400).text();
    assert!(refused.contains("id=\"name-problem\"") && refused.contains("value=\"manager\" selected"), "{refused}");
    let refused = marketer.submit(PLACE, &form("Shop", "2020-01-01")).await.expect_status(400).text();
    assert!(refused.contains("id=\"expires-problem\"") && refused.contains("value=\"2020-01-01\""), "{refused}");
    let made = marketer.submit(PLACE, &form("Shop <1>", "")).await.expect_status(200);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.text();
    assert!(made.contains("Shop &#60;1&#62;: copy these now"), "{made}");
    let bearer = value(&made, "id=\"fresh-title\"", "id=\"bearer\"").to_owned();
    let secret = value(&made, "id=\"fresh-title\"", "id=\"signing-secret\"").to_owned();
    assert!(secret.starts_with("rks_"));
    let env = format!("REKOMI_API_KEY={bearer}\nREKOMI_SIGNING_SECRET={secret}</pre>");
    assert!(made.contains(&env) && made.matches("data-copy=\"the ").count() == 3, "{made}");
    let api = with(&world, &bearer.clone().into());
    api.get("/programs").await.expect_status(200);
    assert_eq!(world.database.count_emails("kind = 'api_key_created'").await, 1);
    let email = read_email(&world.ledger.base(), &world.own("owner@acme.test"), "api_key_created").await;
    assert_eq!(email["subject"], "New API key for Acme SaaS: Shop <1>");
    let again = marketer.submit(PLACE, &form("Shop <1>", "")).await.expect_status(409).text();
    assert!(again.contains("was already created") && !again.contains(&bearer));
    let page = marketer.browser.get(PLACE).await.text();
    assert!(!page.contains(&bearer) && !page.contains("rks_") && page.contains(&bearer[..12]), "{page}");

    let hint = value(&page, &format!("/api-keys/{id}/rotate"), "name=\"hint\"").to_owned();
    let target = format!("{PLACE}/{id}/rotate");
    let form = |hours| [("organization", organization.as_str()), ("hint", hint.as_str()), ("overlapHours", hours)];
    let refused = marketer.submit(&target, &form("")).await.expect_status(400).text();
    assert!(refused.contains("Choose how long the old key and secret keep working."), "{refused}");
    let form = form("24");
    let rotated = marketer.submit(&target, &form).await.expect_status(200).text();
    let new = value(&rotated, "id=\"fresh-title\"", "id=\"bearer\"").to_owned();
    assert!(new != bearer && rotated.contains("keep working until"), "{rotated}");
    let again = marketer.submit(&target, &form).await.expect_status(409).text();
    assert!(again.contains("already rotated"), "{again}");
    api.get("/programs").await.expect_status(200);
    let target = format!("{PLACE}/{id}/revoke");
    marketer.submit(&target, &[("organization", organization.as_str())]).await.expect_status(303);
    assert!(is_refused(&api).await && is_refused(&with(&world, &new.into())).await);
    assert!(marketer.browser.get(PLACE).await.text().contains("1 revoked or expired"));
    let entries = world.database.texts("select actor from audit_log where action like 'api_key.%'").await.concat();
    assert!(entries.len() == 3 && entries.iter().all(|actor| actor.starts_with("user:usr_")), "{entries:?}");
    world.finish().await;
}

#[tokio::test]
async fn who_may_not_looks() {
    let world = World::shared().await;
    let mut marketer = signed_in(&world).await;
    let (own, other) = (world.acme.organization.to_string(), world.globex.organization.to_string());
    marketer.browser.get(&format!("{PLACE}?organization={other}")).await.expect_status(404);
    world.database.set_member_roles("manager").await;
    let page = marketer.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains("Demo") && !page.contains("<form method=\"post\" action=\"/dashboard/settings"), "{page}");
    let form = [("organization", own.as_str()), ("name", "x")];
    marketer.submit(PLACE, &form).await.expect_status(403);
    world.database.set_member_roles("admin").await;
    let page = marketer.browser.get(PLACE).await.text();
    assert!(!page.contains("<option value=\"owner\""), "an admin makes no owner's key");
    let mut form = vec![("organization", own.as_str()), ("name", "x"), ("role", "owner")];
    let id = value(&page, "id=\"new-title\"", "name=\"id\"").to_owned();
    form.push(("id", &id));
    marketer.submit(PLACE, &form).await.expect_status(403);
    let entries = world.database.count("select count(*) from audit_log").await;
    assert_eq!(entries, 0, "what was refused is no change");
    world.finish().await;
}

#[tokio::test]
async fn an_active_key_stays_on_the_page_however_many_were_revoked_since() {
    let world = World::shared().await;
    let made = world.api().post("/api-keys", &json!({"name": "Shop"})).await.expect_status(201).json();
    let revoked = format!(
        "insert into api_keys (organization_id, id, name, bearer_hash, bearer_hint, scope, created_at, revoked_at)
         select '{0}', ('ffffffff-ffff-7fff-8fff-' || lpad(to_hex(n), 12, '0'))::uuid, 'Preview', sha256(('{0}' || n)::bytea),
                'rk_live_', 'read', now(), now() from generate_series(1, 250) n",
        world.acme.organization.uuid()
    );
    world.database.run(&revoked).await;
    let page = signed_in(&world).await.browser.get(PLACE).await.expect_status(200).text();
    assert!(page.contains(&format!("{PLACE}/{}/rotate", made["id"].as_str().unwrap())), "{page}");
    assert!(page.contains("200 revoked or expired"), "{page}");
    world.finish().await;
}
