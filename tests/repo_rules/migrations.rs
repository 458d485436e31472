//! Goal: migrations may run twice, two at once, or be killed midway: the schema is the same, and nothing is lost. A file that
//! databases have applied never changes, and later ones only expand the schema, so that the previous build still works on it.
//! Method: `ledger migrate` on an empty database, in each of these ways; the result is compared with a plain run. The files
//! are compared with the digests below, and the statements of all later files are read.

use std::{fs, process::Stdio};

use sha2::{Digest, Sha256};
use world::{
    database::{Database, Server},
    settings,
};

/// The first files with the beginnings of their SHA-256. They describe the whole schema, table by table.
const APPLIED: [(&str, &str); 18] = [
    ("0001_roles.sql", "405a4af0202b85c4"),
    ("0002_accounts.sql", "41bbffcb2d56f8c3"),
    ("0003_organizations.sql", "f2646122b378e410"),
    ("0004_api_keys_and_audit.sql", "8e5e2e57da4983a9"),
    ("0005_programs.sql", "922e6ba6a641d5f2"),
    ("0006_affiliates.sql", "c628ec6c12bf7c5f"),
    ("0007_plans_links_and_coupons.sql", "3bc4199d9a62d103"),
    ("0008_clicks.sql", "9397a523dcaace7c"),
    ("0009_events_and_customers.sql", "14af1d113a0169b7"),
    ("0010_conversions.sql", "816ccefc2876121a"),
    ("0011_commissions_and_book.sql", "c0cc64ac7b6badb3"),
    ("0012_payout_accounts.sql", "fc697444f3b46af9"),
    ("0013_payouts.sql", "7d876f17af463f55"),
    ("0014_files_and_tax_forms.sql", "3168b28a2d527742"),
    ("0015_mail_and_webhooks.sql", "09147899d0bddabb"),
    ("0016_crm.sql", "4adaacf355102b21"),
    ("0017_imports.sql", "795ebcfa5449ea19"),
    ("0018_privacy_and_status.sql", "f1557dc9dc1768a7"),
];

/// Statements of later files that take something away, each with the reason why no running build misses it.
const ALLOWED: [(&str, &str); 0] = [];

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
        world::wait::until("migrations to begin", 10, async || {
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
