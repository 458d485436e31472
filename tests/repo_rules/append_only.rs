//! Goal: what happened can't be changed: the database refuses update, delete and truncate of events, clicks, transfers,
//! touches, refunds, plan versions and terms, to the owner and to a superuser too.
//! Method: a world with rows in each; every statement is tried as superuser.

use sqlx::AssertSqlSafe;
use world::{World, brand::But};

const TABLES: [&str; 7] = ["events", "clicks", "transfers", "touches", "refunds", "plan_versions", "program_terms"];

#[tokio::test]
async fn rows_stay_as_they_were_written() {
    let world = World::start().await;
    let slug = world.acme.partner.slug.clone();
    let sale = world.acme.sale("order", 9_900).but(|report| report.affiliate_slug = Some(slug));
    world
        .intake()
        .accept(&[world.acme.click(&world.acme.partner), sale, world.acme.refund("back", "order", 100)])
        .await;
    let mut owner = world.database.connect().await;
    for table in TABLES {
        let rows = world.database.count(&format!("select count(*) from {table}")).await;
        assert!(rows > 0, "{table} has rows to protect");
        for statement in [
            format!("update {table} set organization_id = organization_id"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            let refused = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut owner).await;
            let text = refused.expect_err(&statement).to_string();
            assert!(text.contains("append-only"), "{statement}: {text}");
        }
        assert_eq!(world.database.count(&format!("select count(*) from {table}")).await, rows);
    }
    world.finish().await;
}

/// The app itself has no such right in the first place.
#[tokio::test]
async fn the_app_may_only_add() {
    let world = World::start().await;
    let granted = format!(
        "select count(*) from information_schema.role_table_grants where grantee = 'rekomi_app'
           and privilege_type not in ('SELECT', 'INSERT') and table_name in ('{}')",
        TABLES.join("', '")
    );
    assert_eq!(world.database.count(&granted).await, 0);
    world.finish().await;
}

/// What happened to a person's account goes with the person, and not otherwise.
#[tokio::test]
async fn a_persons_log_stays_as_it_was_written() {
    let world = World::start().await;
    let mut owner = world.database.connect().await;
    let user = "select id from users where email = 'owner@acme.test'";
    let insert =
        format!("insert into account_events (user_id, id, at, event) select id, id, now(), 'a.b' from ({user}) u");
    sqlx::raw_sql(AssertSqlSafe(insert)).execute(&mut owner).await.unwrap();
    for statement in ["update account_events set event = 'c.d'", "truncate account_events"] {
        let refused = sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut owner).await;
        let text = refused.expect_err(statement).to_string();
        assert!(text.contains("append-only"), "{statement}: {text}");
    }
    let granted = "select count(*) from information_schema.role_table_grants where grantee = 'rekomi_app'
                   and table_name = 'account_events' and privilege_type not in ('SELECT', 'INSERT')";
    assert_eq!(world.database.count(granted).await, 0);
    world.finish().await;
}
