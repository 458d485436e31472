//! Goal: the database refuses no statement of the ledger for its form: on one server none at all, and on a cluster, which
//! takes fewer forms, only those of the network that the docs name.
//! Method: each statement in `.sqlx` runs with made-up values, for an organization that has nothing, and is rolled back. A
//! table may refuse these values; nothing else may fail.

use std::fs;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use world::{database::Server, settings};

const TENANT: &str = "01890000-0000-7000-8000-000000000001";
/// What a cluster refuses: each is known by a part of it.
const REFUSED_BY_A_CLUSTER: [&str; 3] =
    ["from network_reports r\n           join organizations o", "from creator_profiles p\n", "from network_feed f\n"];

/// A type's name in SQL, and a value of it.
fn value(kind: &str) -> (&'static str, String) {
    let (name, value) = match kind {
        "Uuid" => ("uuid", TENANT),
        "Text" => ("text", "x"),
        "Bool" => ("boolean", "true"),
        "Int2" => ("smallint", "1"),
        "Int4" => ("integer", "1"),
        "Int8" => ("bigint", "1"),
        "Float4" => ("real", "1"),
        "Float8" => ("double precision", "1"),
        "Numeric" => ("numeric", "1"),
        "Bytea" => ("bytea", "\\x00"),
        "Date" => ("date", "2026-01-01"),
        "Timestamp" => ("timestamp", "2026-01-01 00:00"),
        "Timestamptz" => ("timestamptz", "2026-01-01 00:00Z"),
        "Jsonb" => ("jsonb", "{}"),
        other => panic!("a parameter's type that has no value here: {other}"),
    };
    (name, value.to_owned())
}

/// The same of what `.sqlx` calls a parameter's type, which may be an array.
fn parameter(kind: &str) -> (String, String) {
    match kind.strip_suffix("Array") {
        Some(kind) => {
            let (name, value) = value(kind);
            (format!("{name}[]"), format!("array['{value}'::{name}]"))
        }
        None => {
            let (name, value) = value(kind);
            (name.to_owned(), format!("'{value}'::{name}"))
        }
    }
}

/// The statements that prepare and execute a described one.
fn steps(description: &Value) -> [String; 2] {
    let kinds = description["describe"]["parameters"]["Left"].as_array().unwrap();
    let (types, values): (Vec<_>, Vec<_>) = kinds.iter().map(|kind| parameter(kind.as_str().unwrap())).unzip();
    let list = |items: Vec<String>| if items.is_empty() { String::new() } else { format!("({})", items.join(", ")) };
    let query = description["query"].as_str().unwrap();
    [format!("prepare s{} as {query}", list(types)), format!("execute s{}", list(values))]
}

/// Runs a statement as an organization, and undoes it.
async fn attempt(connection: &mut PgConnection, steps: &[String]) -> Result<(), sqlx::Error> {
    let begin = format!("begin; set local rekomi.tenants = '{TENANT}'");
    sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut *connection).await?;
    let mut outcome = Ok(());
    for step in steps {
        if outcome.is_ok() {
            outcome = sqlx::raw_sql(AssertSqlSafe(step.clone())).execute(&mut *connection).await.map(drop);
        }
    }
    sqlx::raw_sql("rollback; deallocate all").execute(&mut *connection).await?;
    outcome
}

/// Whether it's about the values (class 22 and 23), or a trigger's word about them.
fn is_about_values(code: &str) -> bool {
    ["22", "23", "P0"].iter().any(|class| code.starts_with(class))
}

#[tokio::test]
async fn none_is_refused_for_its_form() {
    let database = Server::of_this_run().migrated().await;
    let tenant = format!("insert into tenants (id, created_at) values ('{TENANT}', now())");
    database.run(&tenant).await;
    let (mut app, mut owner) = (database.connect_as_app().await, database.connect().await);
    let (mut refused, mut tried) = (Vec::new(), 0);
    for entry in fs::read_dir(settings::root().join(".sqlx")).unwrap() {
        let description: Value = serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
        let steps = steps(&description);
        let code = |outcome: Result<(), sqlx::Error>| {
            let error = outcome.err()?;
            let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
            Some((code, error.to_string()))
        };
        let mut failure = code(attempt(&mut app, &steps).await);
        if failure.as_ref().is_some_and(|(code, _)| code == "42501") {
            // A statement of the owner's, as in `rekomi migrate`.
            failure = code(attempt(&mut owner, &steps).await);
        }
        tried += 1;
        if let Some((code, message)) = failure.filter(|(code, _)| !is_about_values(code)) {
            refused.push((description["query"].as_str().unwrap().to_owned(), format!("{code} {message}")));
        }
    }
    assert!(tried > 1_000, "{tried} statements");
    let is_cluster = !settings::workers().is_empty();
    let known = |query: &str| is_cluster && REFUSED_BY_A_CLUSTER.iter().any(|part| query.contains(part));
    let unexpected: Vec<_> = refused.iter().filter(|(query, _)| !known(query)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    if is_cluster {
        assert_eq!(refused.len(), REFUSED_BY_A_CLUSTER.len(), "the docs name what is refused: {refused:#?}");
    }
    app.close().await.unwrap();
    owner.close().await.unwrap();
}
