//! Goal: a deleted organization stops immediately, also in the network, can be restored within the grace period, and is
//! erased after it; the operator's command leaves no row and no file.
//! Method: the demo's owner deletes, restores and deletes again; days pass; rows are counted, every table is searched
//! for secrets and addresses, and the books are replayed, whose flags depend on addresses.

use std::path::PathBuf;

use serde_json::json;
use shared::id::{FileId, OrganizationId};
use uuid::Uuid;
use world::{
    World,
    brand::But,
    client::dashboard::Marketer,
    network_fixture as network,
    organization_fixture::{key, owner, pass_days},
    verify,
    wait::now,
};

/// Lists the organization's program in the network, and lets a creator apply to it and write.
async fn in_network(world: &World, operator: &mut Marketer) -> Marketer {
    let listing = format!("/programs/{}/network-listing", world.acme.program);
    let texts = json!({"title": "Acme partner program", "summary": "Spreadsheets.", "topics": ["Developers"]});
    network::put(&world.api(), &listing, &texts).await.expect_status(200);
    world.api().post(&format!("{listing}/submit"), &json!({})).await.expect_status(200);
    network::approve(&world.acme, operator).await.expect_status(303);
    let (mut nina, _) = network::creator(world, "Nina Berg").await;
    let form = [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes"), ("terms_version", "1")];
    nina.submit("/a/network/apply/acme", &form).await.expect_status(303);
    let contact = nina.browser.get("/a/network/applications").await.expect_status(200).text();
    let contact = contact.split("/a/network/contacts/").nth(1).unwrap().split(['/', '"']).next().unwrap().to_owned();
    let thread = format!("/a/network/contacts/{contact}/message");
    nina.submit(&thread, &[("message", "Which tools?")]).await.expect_status(303);
    nina
}

async fn end(world: &World, owner: &mut Marketer, name: &str, password: &str) -> world::http::Response {
    let organization = world.acme.organization.to_string();
    let fields = [("organization", organization.as_str()), ("confirm", name), ("password", password)];
    owner.submit("/dashboard/settings/delete", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn stands_still_and_comes_back() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let organization = world.acme.organization.to_string();
    let there = owner.submit("/dashboard/test-mode", &[("organization", organization.as_str())]).await;
    let twin = there.header("location").unwrap().split_once("organization=").unwrap().1.to_owned();
    let test = key(&world, &twin, "rk_test_ending", "owner").await;
    let known = "select count(*) from edge_config where record is not null";
    let before = world.database.count(known).await;

    let wrong = end(&world, &mut owner, "Acme", &password).await.expect_status(400).text();
    assert!(wrong.contains("id=\"confirm-problem\"") && wrong.contains("Delete the organization Acme SaaS?\" open>"));
    let wrong = end(&world, &mut owner, "Acme SaaS", "guess").await.expect_status(400).text();
    assert!(wrong.contains("id=\"password-problem\""));
    let place = end(&world, &mut owner, "Acme SaaS", &password).await.expect_status(303);
    assert_eq!(place.header("location"), Some("/dashboard/organizations"));
    assert_eq!(world.api().get("/programs").await.refusal(), (401, "unauthorized".to_owned()));
    assert_eq!(test.get("/programs").await.status, 401, "its test mode too");
    world.other_api().get("/programs").await.expect_status(200);
    assert_eq!(owner.browser.get(&format!("/dashboard?organization={organization}")).await.status, 409);
    assert!(world.database.count(known).await < before, "the edge is told to forget");
    let own = "organization_id = (select organization_id from organizations where slug = 'acme')";
    assert_eq!(world.database.count(&format!("{known} and {own}")).await, 0);
    let page = owner.browser.get("/dashboard/organizations").await.expect_status(200).text();
    assert!(page.contains("Keep Acme SaaS") && !page.contains("Keep Acme SaaS (test)"), "{page}");

    let other = world.globex.organization.to_string();
    assert_eq!(owner.submit("/dashboard/organizations/undo", &[("organization", other.as_str())]).await.status, 404);
    pass_days(&world, 6).await;
    let undone = owner.submit("/dashboard/organizations/undo", &[("organization", organization.as_str())]).await;
    undone.expect_status(303);
    world.api().get("/programs").await.expect_status(200);
    assert_eq!(test.get("/programs").await.status, 200);
    assert_eq!(world.database.count(known).await, before, "the edge is told all again");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_after_the_grace_and_purged_by_the_operator() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order-ended", 9_900).but(|report| report.affiliate_slug = Some(slug));
    world.intake().accept(&[world.acme.click(&world.acme.partner), sale]).await;
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let mut nina = in_network(&world, &mut owner).await;
    nina.browser.get("/network/acme").await.expect_status(200);
    let own = world.acme.organization;
    let purge = async |arguments: &'static [&'static str]| {
        let mut command = world.ledger.command("purge-organization");
        command
            .arg(own.to_string())
            .args(arguments)
            .env("DATABASE_OWNER_URL", world.database.server.owner_url(&world.database.name));
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    assert!(!purge(&["--before-grace"]).await.status.success(), "not while it is in use");
    end(&world, &mut owner, "Acme SaaS", &password).await.expect_status(303);
    assert!(!purge(&[]).await.status.success(), "not while it may come back");
    nina.browser.get("/network/acme").await.expect_status(404);
    nina.browser.get("/a/network/apply/acme").await.expect_status(404);
    pass_days(&world, 8).await;
    let of_own = |what: &str| format!("select count(*) from {what} and organization_id = '{}'", own.uuid());
    for gone in [
        "memberships where true",
        "invitations where true",
        "affiliates where email not like '%@erased.invalid'",
        "api_keys where (revoked_at is null or sealed_secret <> '')",
        "gateway_connections where (sealed_secret is not null or removed_at is null)",
        "edge_config where (record is not null or withheld is not null)",
        "network_listings where true",
        "network_contacts where true",
        "network_messages where true",
    ] {
        assert_eq!(world.database.count(&of_own(gone)).await, 0, "{gone}");
    }
    assert!(world.database.count(&of_own("transfers where true")).await > 0, "the book stays");
    let applications = nina.browser.get("/a/network/applications").await.expect_status(200).text();
    assert!(applications.contains("Nothing here yet.") && !applications.contains("Acme"), "{applications}");
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let undone = owner.submit("/dashboard/organizations/undo", &[("organization", own.to_string().as_str())]).await;
    assert_eq!(undone.status, 404, "nobody belongs to it any more");
    world.check().await;

    let output = purge(&["--before-grace"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("transfers: "));
    let tables = world
        .database
        .texts("select table_name::text from information_schema.columns where table_schema = 'public' and column_name = 'organization_id'")
        .await;
    for table in tables.into_iter().flatten() {
        assert_eq!(world.database.count(&of_own(&format!("{table} where true"))).await, 0, "{table}");
    }
    assert_eq!(world.database.count(&format!("select count(*) from tenants where id = '{}'", own.uuid())).await, 0);
    world.other_api().get("/programs").await.expect_status(200);
    let refused = sqlx::raw_sql("delete from events").execute(&mut world.database.connect().await).await;
    assert!(refused.is_err() || world.database.count("select count(*) from events").await == 0, "append-only again");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_before_the_grace_ends_deletes_emails_and_sends_none() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    end(&world, &mut owner, "Acme SaaS", &password).await.expect_status(303);
    let (own, other) = (world.acme.organization, world.globex.organization);
    // One that was sent, and two that wait for a mail server that was away.
    let [sent, waiting, others] = [31, 32, 33].map(Uuid::from_u128);
    world
        .database
        .run(&format!(
            "insert into mails (id, tenant, kind, recipient, subject, sealed_body, status, next_attempt_at, ended_at)
             values ('{sent}', '{}', 'of_a_test', 'a@creators.test', 'x', null, 'sent', now(), now()),
                    ('{waiting}', '{0}', 'of_a_test', 'a@creators.test', 'x', 'x', 'waiting', now() + interval '1 day', null),
                    ('{others}', '{}', 'of_a_test', 'a@creators.test', 'x', 'x', 'waiting', now() + interval '1 day', null)",
            own.uuid(),
            other.uuid(),
        ))
        .await;
    let mut command = world.ledger.command("purge-organization");
    command.arg(own.to_string()).arg("--before-grace");
    command.env("DATABASE_OWNER_URL", world.database.server.owner_url(&world.database.name));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.lines().any(|line| line.starts_with("mails: ")), "{printed}");
    let emails = |tenant: Uuid| format!("select count(*) from mails where tenant = '{tenant}'");
    assert_eq!(world.database.count(&emails(own.uuid())).await, 0);
    assert!(world.database.count(&emails(other.uuid())).await > 0, "those of others stay");
    world.database.run(&format!("delete from mails where id = '{others}'")).await;
    world.finish().await;
}

/// Also one whose reset an earlier build only recorded in the audit log.
#[tokio::test(flavor = "multi_thread")]
async fn former_test_modes_are_purged_with_their_organization() {
    let world = World::start().await;
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    let live = world.acme.organization.to_string();
    let named = |page: &world::http::Response| {
        let place = page.header("location").unwrap().split_once("organization=").unwrap().1;
        place.split('&').next().unwrap().to_owned()
    };
    let mut open = named(&owner.submit("/dashboard/test-mode", &[("organization", live.as_str())]).await);
    let mut former = Vec::new();
    for _ in 0..2 {
        former.push(open.parse::<OrganizationId>().unwrap().uuid());
        open = named(&owner.submit("/dashboard/test-mode/reset", &[("organization", open.as_str())]).await);
    }
    let earlier = format!("update tenants set former_test_of = null where id = '{}'", former[0]);
    world.database.run(&earlier).await;
    let rows = |id: &Uuid| {
        format!(
            "select (select count(*) from tenants where id = '{id}')
                    + (select count(*) from programs where organization_id = '{id}')"
        )
    };
    for id in &former {
        assert_eq!(world.database.count(&rows(id)).await, 2, "{id}");
    }
    end(&world, &mut owner, "Acme SaaS", &password).await.expect_status(303);
    let mut command = world.ledger.command("purge-organization");
    command.arg(&live).arg("--before-grace");
    command.env("DATABASE_OWNER_URL", world.database.server.owner_url(&world.database.name));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for id in former.iter().chain([&world.acme.organization.uuid()]) {
        assert_eq!(world.database.count(&rows(id)).await, 0, "{id}");
    }
    world.finish().await;
}

/// A file of a brand's own, and one of a tax form that has to be kept.
const FILES: [u128; 2] = [11, 12];

/// Secrets and addresses in rows that the demo lacks. All of them contain `canary`, except for the kept form.
async fn fill(world: &World) {
    let (tenant, affiliate) = (world.acme.organization.uuid(), world.acme.partner.affiliate.uuid());
    let [id, form] = [21, 22].map(Uuid::from_u128);
    let [file, kept] = FILES.map(Uuid::from_u128);
    world
        .database
        .run(&format!(
            "insert into crm_connections (organization_id, id, vendor, sealed_credentials, created_at)
             values ('{tenant}', '{id}', 'brevo', 'canary', now());
             insert into crm_contacts (organization_id, connection_id, affiliate_id, affiliate_status, synced_at, email)
             values ('{tenant}', '{id}', '{affiliate}', 'approved', now(), 'canary@creators.test');
             insert into payout_connections (organization_id, id, stripe_account, country, currency, livemode, sealed_api_key,
                                             sealed_webhook_secrets, created_at)
             values ('{tenant}', '{id}', 'acct_1', 'US', 'USD', false, 'canary', 'canary', now());
             insert into copilot_connections (organization_id, id, kind, sealed_secret, key_hint, model, token_field,
                                              data_level, tokens_per_day, changed_by, changed_at)
             values ('{tenant}', '{id}', 'anthropic', 'canary', 'nary', 'm', 'max_tokens', 'figures', 1000, 'a test', now());
             insert into api_key_predecessors (organization_id, bearer_hash, key_id, sealed_secret, replaced_at, expires_at)
             select organization_id, sha256('former'), id, 'canary', now(), now() + interval '1 day' from api_keys
             where organization_id = '{tenant}' limit 1;
             insert into payout_methods (organization_id, affiliate_id, rail, sealed_details, hint, updated_at)
             values ('{tenant}', '{affiliate}', 'PayPal', 'canary', 'c…@creators.test', now());
             insert into affiliate_emails (organization_id, affiliate_id, effective_at, email_key)
             values ('{tenant}', '{affiliate}', 'epoch', 'canary@creators.test');
             insert into missing_sale_claims (organization_id, id, affiliate_id, ordered_on, bought, buyer_email, submitted_at)
             values ('{tenant}', '{id}', '{affiliate}', '2026-01-01', 'shoes', 'canary@buyers.test', now());
             update affiliates set application = '{{\"website\": \"canary.blog\"}}', notes = 'canary'
             where organization_id = '{tenant}' and id = '{affiliate}';
             insert into files (organization_id, id, affiliate_id, sealed_key, content_type, size, sha256, stored_at, created_at)
             values ('{tenant}', '{file}', null, 'canary', 'image/png', 1, decode(repeat('00', 32), 'hex'), now(), now()),
                    ('{tenant}', '{kept}', '{affiliate}', 'held-for-years', 'application/pdf', 1, decode(repeat('00', 32), 'hex'), now(),
                     now());
             insert into tax_forms (organization_id, id, affiliate_id, kind, source, status, sealed_form, country, signed_on,
                                    file_id, submitted_at, ended_at, keep_until)
             values ('{tenant}', '{id}', '{affiliate}', 'W9', 'Guided', 'Submitted', 'canary', 'US', '2026-01-01', null,
                     now(), null, null),
                    ('{tenant}', '{form}', '{affiliate}', 'W9', 'Uploaded', 'Replaced', 'held-for-years', 'US', '2026-01-01', '{kept}',
                     now(), now(), '2999-12-31')",
        ))
        .await;
}

/// The tables with rows of the demo's organization that contain the text. Those that stay as they are aren't searched.
async fn tables_with(world: &World, text: &str) -> Vec<String> {
    let tables = "select table_name::text from information_schema.columns
                  where table_schema = 'public' and column_name = 'organization_id'
                    and table_name not in ('events', 'audit_log') order by 1";
    let mut found = Vec::new();
    for table in world.database.texts(tables).await.into_iter().flatten() {
        let own = world.acme.organization.uuid();
        let rows = format!(
            "select count(*) from {table} r where organization_id = '{own}' and strpos(lower(r::text), '{text}') > 0"
        );
        if world.database.count(&rows).await > 0 {
            found.push(table);
        }
    }
    found
}

/// Sales whose flags depend on addresses: a page's claim of an affiliate's own purchase, a recruiter with the recruit's
/// mailbox, and an own purchase of an affiliate who was erased since. All addresses contain `canary`.
async fn flagged_sales(world: &World) {
    let config = format!("/programs/{}/sub-affiliate-config", world.acme.program);
    network::put(&world.api(), &config, &json!({"enabled": true, "percent": 10})).await.expect_status(200);
    let buyer = world.acme.join_as(&world.database, "buyer", "canary-buyer@creators.test").await;
    let erased = world.acme.join_as(&world.database, "leaver", "canary-erased@creators.test").await;
    let recruiter = world.acme.join_as(&world.database, "early", "ann.canary@gmail.com").await;
    let recruit = world.acme.join_as(&world.database, "late", "canary-late@creators.test").await;
    let by = json!({"recruiterId": recruiter.affiliate.to_string(), "reason": "Met at the fair"});
    let path = format!("/affiliates/{}/recruiter", recruit.affiliate);
    network::put(&world.api(), &path, &by).await.expect_status(200);
    // Only then do both turn out to have one mailbox.
    let moved = json!({"email": "a.n.n.canary@gmail.com"});
    world.api().patch(&format!("/affiliates/{}", recruit.affiliate), &moved).await.expect_status(200);
    let claimed = world.acme.sale("order-claimed", 9_900).but(|report| {
        report.click_token = Some(world.acme.token(&buyer, now()));
        report.customer_email = Some("Canary-Buyer+shop@creators.test".to_owned());
    });
    let sale = |name: &str, slug: &str, email: &str| {
        world.acme.sale(name, 10_000).but(|report| {
            report.affiliate_slug = Some(slug.to_owned());
            report.customer_id = Some(format!("buyer-of-{name}"));
            report.customer_email = Some(email.to_owned());
        })
    };
    let sales = [
        world.acme.by_page(&claimed),
        // Certainly after the recruiter was set.
        sale("order-of-recruit", &recruit.slug, "canary-other@buyers.test")
            .but(|report| report.occurred_at = Some(now().plus_millis(3_600_000))),
        sale("order-of-erased", &erased.slug, "canary-erased@creators.test"),
    ];
    world.intake().accept(&sales).await;
    let reason = json!({"reason": "They want to go"});
    world.api().post(&format!("/affiliates/{}/erase", erased.affiliate), &reason).await.expect_status(200);
    let flags =
        [("order-claimed", "SelfReferral"), ("order-of-recruit", "SelfRecruit"), ("order-of-erased", "SelfReferral")];
    for (name, flag) in flags {
        let (conversion, _) = world.api().booked(name).await.unwrap();
        assert!(conversion["flags"].as_array().unwrap().contains(&json!(flag)), "{name}: {conversion}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_address_survives_the_grace() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order-of-ann", 9_900).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some("buyer-of-ann".to_owned());
        report.customer_email = Some("canary@buyers.test".to_owned());
    });
    world.intake().accept(&[sale]).await;
    flagged_sales(&world).await;
    let mut owner = owner(&world).await;
    let password = world.demo["owner"]["password"].as_str().unwrap().to_owned();
    end(&world, &mut owner, "Acme SaaS", &password).await.expect_status(303);
    fill(&world).await;
    let before = tables_with(&world, "canary").await;
    let filled =
        ["conversions", "customer_emails", "crm_contacts", "files", "tax_forms", "payout_methods", "affiliates"];
    for table in filled {
        assert!(before.iter().any(|one| one == table), "{table}: {before:?}");
    }
    let email = world.demo["affiliate"]["email"].as_str().unwrap().to_lowercase();

    pass_days(&world, 8).await;
    world.ledger.run_jobs().await;
    for text in ["canary", email.as_str()] {
        assert_eq!(tables_with(&world, text).await, Vec::<String>::new(), "{text}");
    }
    let own = world.acme.organization;
    let emails = format!("select count(*) from mails where tenant = '{}'", own.uuid());
    assert_eq!(world.database.count(&emails).await, 0);
    let held = tables_with(&world, "held-for-years").await;
    assert_eq!(held, ["files", "tax_forms"], "a form that has to be kept, and its file");
    world.check().await;
    // Every flag is raised again: equal addresses are still equal.
    verify::check(&world.ledger).await;

    let folder = std::env::temp_dir().join(format!("rekomi-purge-{}", std::process::id()));
    let own_folder = folder.join(own.to_string());
    let objects = FILES.map(|id| own_folder.join(FileId::new(Uuid::from_u128(id)).to_string()));
    std::fs::create_dir_all(&own_folder).unwrap();
    objects.iter().for_each(|object| std::fs::write(object, "sealed").unwrap());
    let purge = async |files: Option<PathBuf>| {
        let mut command = world.ledger.command("purge-organization");
        command.arg(own.to_string()).arg("--before-grace").current_dir(&folder).env_remove("REKOMI_FILES");
        command.envs(files.map(|files| ("REKOMI_FILES", files)));
        command.env("DATABASE_OWNER_URL", world.database.server.owner_url(&world.database.name));
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    // The command doesn't guess the folder: in another one, every file would count as deleted.
    let rows = format!("select count(*) from affiliates where organization_id = '{}'", own.uuid());
    let before = world.database.count(&rows).await;
    for files in [None, Some(PathBuf::from("files"))] {
        let output = purge(files).await;
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && message.contains("REKOMI_FILES"), "{message}");
        assert!(objects[1].exists() && before > 0 && world.database.count(&rows).await == before, "nothing is deleted");
    }
    let output = purge(Some(folder.clone())).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!objects[1].exists(), "the file of the form that was kept");
    std::fs::remove_dir_all(folder).unwrap();
    world.finish().await;
}
