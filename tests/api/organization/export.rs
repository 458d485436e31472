//! Goal: the export holds every row of every table of the organization, nothing of another's, and no secret.
//! Method: the file is compared with the catalogue and with counts, and searched for every secret of the demo.

use std::collections::BTreeMap;

use serde_json::Value;
use world::{
    World,
    brand::But,
    http::Request,
    organization_fixture::{key, owner},
    wait,
};

/// The brand and a creator have reported each other, and an operator took notes.
async fn reported(world: &World) {
    let brand = world.acme.organization.uuid();
    let reports = format!(
        "insert into creators (id, email, address_hash, created_at, last_seen_at)
         values (gen_random_uuid(), 'nina@creators.test', sha256('nina'), now(), now());
         insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at, decided_at, note)
         select '{brand}', gen_random_uuid(), id, by_brand, case when by_brand then 'They spam' else 'Threatened me' end,
                now(), now(), 'third complaint'
         from creators, (values (true), (false)) sides (by_brand);
         insert into network_flags (organization_id, id, reason, created_at, last_at)
         values ('{brand}', gen_random_uuid(), 'TooManyInvitations', now(), now())"
    );
    world.database.run(&reports).await;
}

/// The brand's affiliate is signed in, and works for another brand under the same address.
async fn signed_in(world: &World) {
    let (brand, other) = (world.acme.organization.uuid(), world.globex.organization.uuid());
    let affiliate = world.acme.partner.affiliate.uuid();
    let session = format!(
        "insert into affiliate_sessions (organization_id, token_hash, affiliate_id, email, elsewhere, created_at, expires_at)
         values ('{brand}', sha256('session'), '{affiliate}', 'lauren@creators.test', array['{other}'::uuid], now(),
                 now() + interval '14 days')"
    );
    world.database.run(&session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_but_secrets() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order-exported", 9_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_email = Some("buyer@shop.test".to_owned());
    });
    world.intake().accept(&[world.acme.click(&world.acme.partner), sale]).await;
    // A job records that it notified the affiliate of the click.
    let report = "select count(*) from milestone_emails";
    wait::until("the email about a click", 20, async || (world.database.count(report).await > 0).then_some(())).await;
    reported(&world).await;
    signed_in(&world).await;
    let api = world.api();
    let answer = api.send(Request::get("/api/v1/organization/export")).await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["organization"], world.acme.organization.to_string());
    let last = lines.last().unwrap();
    assert_eq!((&last["end"], last["rows"].as_u64()), (&Value::Bool(true), Some(lines.len() as u64 - 2)));

    let mut rows: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &lines[1..lines.len() - 1] {
        *rows.entry(line["table"].as_str().unwrap()).or_default() += 1;
    }
    let tables = world
        .database
        .texts(
            "select c.table_name::text from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
             where c.table_schema = 'public' and c.column_name = 'organization_id' and t.table_type = 'BASE TABLE'
               and not exists (select from pg_inherits i where i.inhrelid = c.table_name::regclass)",
        )
        .await;
    assert!(tables.len() > 30);
    for table in tables.into_iter().flatten() {
        // A brand learns neither which creators reported it nor what operators noted about it.
        let shown = match table.as_str() {
            "network_reports" => "by_brand",
            "network_flags" => "false",
            _ => "true",
        };
        let own = world.acme.organization.uuid();
        let there = world
            .database
            .count(&format!("select count(*) from {table} where organization_id = '{own}' and {shown}"))
            .await;
        assert_eq!(rows.get(table.as_str()).copied().unwrap_or_default(), there, "{table}");
    }
    assert_eq!(rows.get("users"), Some(&1));
    assert!(
        text.contains("buyer@shop.test") && text.contains("lauren@creators.test") && text.contains("owner@acme.test")
    );
    assert_eq!(rows.get("affiliate_sessions"), Some(&1), "without the other brands that the affiliate works for");
    assert!(!text.contains("hank@creators.test") && !text.contains(&world.globex.organization.uuid().to_string()));

    let hash = world.database.texts("select encode(bearer_hash, 'hex') from api_keys").await;
    let sealed = world
        .database
        .texts("select sealed_secret from api_keys union select sealed_secret from gateway_connections")
        .await;
    let secrets = [&world.acme.api_key, &world.acme.signing_secret, &world.acme.stripe_secret];
    let secrets = secrets.into_iter().chain(hash.iter().flatten()).chain(sealed.iter().flatten());
    for secret in secrets {
        assert!(secret.is_empty() || !text.contains(secret.as_str()), "{secret}");
    }
    assert!(text.contains("They spam") && !text.contains("Threatened") && !text.contains("third complaint"));
    assert!(!text.contains("password_hash") && !text.contains("argon2") && !text.contains("sealed"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_owners_only() {
    let world = World::shared().await;
    let organization = world.acme.organization.to_string();
    let admin = key(&world, &organization, "rk_live_admin", "admin").await;
    assert_eq!(admin.get("/organization/export").await.status, 403);
    let mut owner = owner(&world).await;
    let file = owner.browser.get(&format!("/dashboard/settings/export?organization={organization}")).await;
    assert!(file.expect_status(200).text().ends_with("}\n"));
    world.database.set_member_roles("admin").await;
    let refused = owner.browser.get(&format!("/dashboard/settings/export?organization={organization}")).await;
    assert_eq!(refused.status, 403);
    assert_eq!(world.database.count("select count(*) from audit_log where action = 'organization.exported'").await, 1);
    world.finish().await;
}
