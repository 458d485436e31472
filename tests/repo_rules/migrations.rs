//! Goal: migrations may run twice, two at once, or be killed midway: the schema is the same, and nothing is lost. A file that
//! databases have applied never changes, and later ones only expand the schema, so that the previous build still works on it.
//! Method: `rekomi migrate` on an empty database, in each of these ways; the result is compared with a plain run. The files
//! are compared with the digests below, and the statements of all later files are read.

use std::{fs, process::Stdio};

use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use world::{
    database::{Database, Server, run},
    settings, wait,
};

/// The first files with the beginnings of their SHA-256. They describe the whole schema, table by table.
const APPLIED: [(&str, &str); 18] = [
    ("0001_roles.sql", "359d546172e4414b"),
    ("0002_accounts.sql", "a8cc7787b5f411b2"),
    ("0003_organizations.sql", "679c7ec62b5a4c70"),
    ("0004_api_keys_and_audit.sql", "d7507c604189ef2c"),
    ("0005_programs.sql", "8a15d2ba920e7f38"),
    ("0006_affiliates.sql", "0ab6c71898f394b0"),
    ("0007_plans_links_and_coupons.sql", "1fcb33131bafc862"),
    ("0008_clicks.sql", "ebd42b97bd8b471a"),
    ("0009_events_and_customers.sql", "8566abb2a9e6d104"),
    ("0010_conversions.sql", "da7cbe5f4da3e412"),
    ("0011_commissions_and_book.sql", "535e3e905b8e7e4e"),
    ("0012_payout_accounts.sql", "f378dea7b00f4493"),
    ("0013_payouts.sql", "feee5ce1b8e8c63e"),
    ("0014_files_and_tax_forms.sql", "bbb9c9786718afc3"),
    ("0015_mail_and_webhooks.sql", "56ffd773e1f13c29"),
    ("0016_crm.sql", "4a90821a95a8ad16"),
    ("0017_imports.sql", "b6d60a9ce3885824"),
    ("0018_privacy_and_status.sql", "e513d7b091dd9e58"),
];

/// Statements of later files that take something away, each with the reason why no running build misses it.
const ALLOWED: [(&str, &str); 37] = [
    ("drop index affiliates_slug", "the same migration makes it again: unique in the same way, on a column"),
    ("drop index links_slug", "the same migration makes it again: unique in the same way, on a column"),
    ("drop index links_by_slug", "the same migration makes it again on a column, as no query could use it as it was"),
    (
        "alter table click_facets drop constraint click_facets_facet_check",
        "the same migration makes it again, and allows one value more",
    ),
    (
        "alter table notification_settings drop constraint notification_settings_kind_check",
        "the same migration makes it again, and allows one kind more",
    ),
    (
        "alter table notification_settings drop constraint notification_settings_kind",
        "the same migration makes it again, and allows one kind more",
    ),
    (
        "alter table saved_views drop constraint saved_views_list_check",
        "the same migration makes it again, and allows one list more",
    ),
    (
        "alter table crm_connections drop constraint crm_connections_events_check",
        "the same migration makes it again, and allows two events more",
    ),
    (
        "alter table imports drop constraint imports_kind_check",
        "the same migration makes it again, and allows one kind more",
    ),
    (
        "alter table gateway_connections drop constraint gateway_connections_gateway_check",
        "the same migration makes it again, and allows three gateways more",
    ),
    (
        "alter table crm_syncs drop constraint crm_syncs_task_check",
        "the same migration makes it again with one more task, which only newer builds write",
    ),
    ("drop index crm_syncs_due", "the same migration makes an index that begins with the same columns"),
    (
        "alter table affiliates drop constraint affiliates_status_check",
        "the same migration makes it again with one more status, which only newer builds write",
    ),
    (
        "alter table affiliate_statuses drop constraint affiliate_statuses_status_check",
        "the same migration makes it again with one more status, which only newer builds write",
    ),
    (
        "alter table commissions drop constraint commissions_kind_check",
        "the same migration makes it again with one more kind, which only newer builds write",
    ),
    (
        "alter table commissions drop constraint commissions_check1",
        "the same migration makes it again, and allows one more kind a conversion",
    ),
    (
        "alter table commissions drop constraint commissions_check2",
        "the same migration makes it again, and allows one more kind no day",
    ),
    (
        "alter table api_keys drop constraint api_keys_secret",
        "the same migration makes it again, and allows no secret for a kind that only newer builds write",
    ),
    ("drop index customers_newest", "the primary key read backwards is in the same order"),
    ("drop index commissions_newest", "the primary key read backwards is in the same order"),
    ("drop index transfers_newest", "the primary key read backwards is in the same order"),
    (
        "alter table customer_emails drop constraint customer_emails_pkey",
        "the same migration makes it again: of the same columns in another order",
    ),
    (
        "alter table refunds drop constraint refunds_pkey",
        "the same migration makes it again with one more column, so it allows more rows",
    ),
    ("drop index customer_emails_customer", "the new primary key begins with the same columns"),
    ("drop index customer_emails_prefix", "the same migration makes it again as it was"),
    ("drop index touches_import", "another index begins with the same columns and has the same rows"),
    ("drop index click_origins_country", "the same migration makes it again without what no filter finds by it"),
    ("drop index click_origins_source", "the same migration makes it again without what no filter finds by it"),
    ("drop index click_origins_device", "the same migration makes it again without what no filter finds by it"),
    (
        "execute format('drop table %i', name)",
        "the function drops a month of clicks only after each organization's archive was verified, where an operator asks for it",
    ),
    ("drop index payouts_newest", "the primary key read backwards is in the same order"),
    (
        "drop index transfers_debit",
        "the same migration makes one of what statements show: earlier builds read more rows",
    ),
    (
        "drop index transfers_credit",
        "the same migration makes one of what statements show: earlier builds read more rows",
    ),
    ("drop index commissions_overdue", "another index has its rows: earlier builds read more of them once an hour"),
    (
        "execute format( 'create trigger append_only_truncate before truncate on %s \
         for each statement execute function rekomi_refuse_change()', name)",
        "part of a function, as in the first files: the trigger refuses to truncate",
    ),
    (
        "execute format( 'create trigger append_only_truncate before truncate on %i \
         for each statement execute function rekomi_refuse_change()', name)",
        "part of a function, as in the first files: the trigger refuses to truncate",
    ),
    (
        "drop procedure rekomi_tenant_statistics(regclass)",
        "only `rekomi_tenant_policy` called it, which the migration before writes without",
    ),
];

async fn shape(database: &Database) -> Vec<Vec<String>> {
    database
        .texts(
            "select c.relname::text || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) as column from pg_class c
             join pg_attribute a on a.attrelid = c.oid where c.relnamespace = 'public'::regnamespace and a.attnum > 0 order by 1",
        )
        .await
}

#[tokio::test]
async fn twice_and_two_at_once() {
    let server = Server::of_this_run();
    let plain = server.migrated().await;
    let database = server.empty().await;
    let start = || {
        let mut ledger = server.ledger("migrate", &database.name);
        ledger.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let both = [start(), start()];
    for migrate in both {
        let output = tokio::task::spawn_blocking(|| migrate.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    server.migrate(&database.name);
    assert_eq!(shape(&plain).await, shape(&database).await);
    assert_eq!(database.count("select count(*) from _sqlx_migrations where not success").await, 0);
}

#[tokio::test]
async fn killed_midway() {
    let server = Server::of_this_run();
    let database = server.empty().await;
    for _ in 0..5 {
        let mut ledger = server.ledger("migrate", &database.name);
        let mut migrate = ledger.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Killed as soon as it has begun to work, wherever that is.
        wait::until("migrations to begin", 10, async || {
            let busy =
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
            (database.count(busy).await > 0 || migrate.try_wait().unwrap().is_some()).then_some(())
        })
        .await;
        let _ = migrate.kill();
        let _ = migrate.wait();
    }
    server.migrate(&database.name);
    assert_eq!(shape(&server.migrated().await).await, shape(&database).await);
}

#[tokio::test]
async fn the_password_is_not_logged() {
    let server = Server::of_this_run();
    let database = server.migrated().await;
    let mut migrate = server.ledger("migrate", &database.name);
    let output =
        tokio::task::spawn_blocking(move || migrate.env("REKOMI_LOG", "debug").output().unwrap()).await.unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && log.contains("migration.finished"), "{log}");
    assert!(!log.contains(" password "), "{log}");
}

/// A dump reads every table for as long as it takes. The 82nd migration changes one of them.
#[tokio::test]
async fn nobody_waits_behind_a_migration_that_waits() {
    let server = Server::of_this_run();
    let database = server.empty().await;
    let mut migrator = Migrator::new(settings::root().join("migrations")).await.unwrap();
    migrator.set_ignore_missing(true);
    migrator.run_to(81, &mut database.connect().await).await.unwrap();
    let mut dump = database.connect().await;
    run(&mut dump, "begin; lock table conversions in access share mode").await;
    let mut ledger = server.ledger("migrate", &database.name);
    let migrate = ledger.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait::until("the migration to wait", 20, async || {
        let waiting = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                       where d.datname = current_database() and l.relation = 'conversions'::regclass and not l.granted";
        (database.count(waiting).await > 0).then_some(())
    })
    .await;
    let mut reader = database.connect().await;
    run(&mut reader, "set lock_timeout = '8s'; select count(*) from conversions; select count(*) from touches").await;
    run(&mut dump, "commit").await;
    let output = tokio::task::spawn_blocking(|| migrate.wait_with_output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(shape(&server.migrated().await).await, shape(&database).await);
}

fn files() -> Vec<(String, String)> {
    let folder = fs::read_dir(settings::root().join("migrations")).unwrap();
    let mut files: Vec<_> = folder
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// The statements that take something away from a build that runs meanwhile: they drop, rename or retype.
fn contractions(sql: &str) -> Vec<String> {
    let lines = sql.lines().map(|line| line.split("--").next().unwrap_or_default());
    let code = lines.collect::<Vec<_>>().join(" ").to_lowercase();
    let statements = code.split(';').map(|statement| statement.split_whitespace().collect::<Vec<_>>().join(" "));
    let contracts = |statement: &String| {
        let words = statement.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let has = |requested: &[&str]| words.windows(requested.len()).any(|found| found == requested);
        let drops = words.windows(2).any(|pair| pair[0] == "drop" && !["not", "default"].contains(&pair[1]));
        let retypes = has(&["set", "data", "type"])
            || words.windows(4).any(|four| (four[0], four[1], four[3]) == ("alter", "column", "type"))
            || words.windows(3).any(|three| (three[0], three[2]) == ("alter", "type") && three[1] != "column");
        drops || has(&["rename"]) || retypes || has(&["truncate"])
    };
    statements.filter(contracts).collect()
}

#[test]
fn applied_files_never_change() {
    let digest = |sql: &str| Sha256::digest(sql).iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    let now: Vec<_> = files().into_iter().map(|(name, sql)| (name, digest(&sql))).take(APPLIED.len()).collect();
    let applied = APPLIED.map(|(name, digest)| (name.to_owned(), digest.to_owned()));
    assert_eq!(now, applied, "databases have applied these files: write a new migration instead");
}

#[test]
fn later_files_only_expand() {
    for (name, sql) in files().into_iter().skip(APPLIED.len()) {
        let mut found = contractions(&sql);
        found.retain(|statement| !ALLOWED.iter().any(|(allowed, _)| allowed == statement));
        assert!(found.is_empty(), "{name}: list these with a reason, or leave them out: {found:?}");
    }
    for taking in [
        "drop table a",
        "alter table a\n    add column b text,\n    drop column c",
        "drop index a_b",
        "alter table a rename column b to c",
        "alter table a rename to b",
        "alter table a alter column b type bigint using b::bigint",
        "alter table a alter b type bigint",
        "alter table a alter column b set data type bigint",
        "truncate a",
    ] {
        assert_eq!(contractions(taking).len(), 1, "{taking}");
    }
    for giving in [
        "-- drop table a\nalter table a add column type text",
        "alter table a alter column b drop not null, alter column c drop default, alter column type set default 'x'",
        "create index a_b on a (b); grant select on a to b",
    ] {
        assert!(contractions(giving).is_empty(), "{giving}");
    }
}
