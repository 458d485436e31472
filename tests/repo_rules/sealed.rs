//! Goal: every column of sealed values is known to `rekomi rotate-keys`: one that isn't would keep an old key alive, or be
//! lost with it.
//! Method: the database's columns named `sealed_…` are compared with what the command says it looked at.

use std::collections::BTreeSet;

use world::{World, verify};

#[tokio::test]
async fn the_registry_is_complete() {
    let world = World::start().await;
    let query = "select table_name::text || '.' || column_name::text as name from information_schema.columns
                 where table_schema = 'public' and column_name like 'sealed%'";
    let there: BTreeSet<String> = world.database.texts(query).await.into_iter().flatten().collect();
    let mut command = world.ledger.command("rotate-keys");
    command.arg("--check");
    let message = verify::run(command).await;
    assert!(message.well, "{}", message.text);
    let names = message.text.lines().filter_map(|line| line.split_once(": ")).map(|(name, _)| name.to_owned());
    let known: BTreeSet<String> = names.filter(|name| name.contains(".sealed_")).collect();
    assert_eq!(known, there, "ledger/src/sealed/registry.rs");
    assert!(known.len() >= 7);
}

/// What holds a secret is named so; these hold texts of our own making or of the brand's, and no secret.
#[tokio::test]
async fn nothing_sealed_stands_in_another_column() {
    let world = World::start().await;
    let columns = world
        .database
        .texts(
            "select table_name::text as a, column_name::text as b from information_schema.columns
             where table_schema = 'public' and data_type in ('text', 'jsonb') and column_name not like 'sealed%'
               and not (table_name = 'edge_config' and column_name = 'record')",
        )
        .await;
    assert!(columns.len() > 100);
    for column in columns {
        let (table, name) = (&column[0], &column[1]);
        let query = format!("select count(*) from {table} where {name}::text like '%rksealed\\_%'");
        assert_eq!(world.database.count(&query).await, 0, "{table}.{name}");
    }
}
