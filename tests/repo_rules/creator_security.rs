//! Goal: a brand sees of creators what they listed for it, and nothing else; a creator sees and changes only their own rows.
//! Method: four creators differ in who may see them; the app's own role tries, bound to a brand, to a creator, and to
//! nothing.

use sqlx::{AssertSqlSafe, PgConnection};
use world::database::{Database, Server, run};

const TABLES: [&str; 5] = ["creators", "creator_links", "creator_sessions", "creator_profiles", "creator_channels"];

/// A listed creator, an unlisted, a paused, and one who hides from the first brand. Each has a row in every table.
async fn filled() -> (Database, [String; 2]) {
    let database = Server::of_this_run().with_demo().await;
    let brands = database.texts("select id::text from tenants order by created_at, id limit 2").await.concat();
    let [first, second] = <[String; 2]>::try_from(brands).expect("the demo has two brands");
    database
        .run(&format!(
            "create temporary table people (number int, name text, listed timestamptz, paused timestamptz, hidden uuid[]);
             insert into people values (1, 'listed', now(), null, '{{}}'), (2, 'unlisted', null, null, '{{}}'),
                 (3, 'paused', now(), now(), '{{}}'), (4, 'hidden', now(), null, '{{{first}}}');
             insert into creators (id, email, address_hash, created_at, last_seen_at)
             select lpad(number::text, 32, '0')::uuid, name || '@creators.test', sha256(name::bytea), now(), now() from people;
             insert into creator_links (token_hash, email, created_at, expires_at)
             select sha256(('link ' || name)::bytea), name || '@creators.test', now(), now() + interval '1 day' from people;
             insert into creator_sessions (token_hash, creator_id, created_at, expires_at)
             select sha256(('session ' || name)::bytea), lpad(number::text, 32, '0')::uuid, now(), now() + interval '1 day'
             from people;
             insert into creator_profiles (creator_id, name, listed_at, paused_at, hidden_from, created_at, updated_at)
             select lpad(number::text, 32, '0')::uuid, name, listed, paused, hidden, now(), now() from people;
             insert into creator_channels (creator_id, id, kind, handle, url, audience_band, code, created_at)
             select lpad(number::text, 32, '0')::uuid, gen_random_uuid(), 'Website', name, 'https://creator.test', 'From1k',
                    'rekomi-0123456789abcdef', now() from people",
        ))
        .await;
    (database, [first, second])
}

/// How many rows of each table the role sees.
async fn visible(app: &mut PgConnection) -> [i64; 5] {
    let mut counts = [0; 5];
    for (count, table) in counts.iter_mut().zip(TABLES) {
        let query = format!("select count(*) from {table}");
        *count = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut *app).await.unwrap();
    }
    counts
}

#[tokio::test]
async fn a_brand_sees_what_is_listed_for_it() {
    let (database, [first, second]) = filled().await;
    let mut app = database.connect_as_app().await;
    assert_eq!(visible(&mut app).await, [0; 5], "bound to nothing");
    run(&mut app, &format!("set rekomi.tenants = '{first}'")).await;
    assert_eq!(visible(&mut app).await, [0, 0, 0, 1, 1], "only the listed one");
    let name: String = sqlx::query_scalar("select name from creator_profiles").fetch_one(&mut app).await.unwrap();
    assert_eq!(name, "listed");
    for table in TABLES {
        for statement in [format!("delete from {table}"), format!("update {table} set created_at = created_at")] {
            let done = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut app).await.unwrap();
            assert_eq!(done.rows_affected(), 0, "{statement}");
        }
    }
    run(&mut app, &format!("set rekomi.tenants = '{second}'")).await;
    assert_eq!(visible(&mut app).await, [0, 0, 0, 2, 2], "the one who hides from the first brand, too");
    // A batch of several brands sees no more than each of them.
    run(&mut app, &format!("set rekomi.tenants = '{first},{second}'")).await;
    assert_eq!(visible(&mut app).await, [0, 0, 0, 1, 1]);
}

#[tokio::test]
async fn a_creator_sees_and_changes_their_own_rows() {
    let (database, _) = filled().await;
    let mut app = database.connect_as_app().await;
    run(&mut app, "set rekomi.creator = '00000000-0000-0000-0000-000000000002'").await;
    assert_eq!(visible(&mut app).await, [1; 5]);
    for table in ["creator_profiles", "creator_channels", "creator_sessions"] {
        let moved = format!("update {table} set creator_id = '00000000-0000-0000-0000-000000000001'");
        let refused = sqlx::raw_sql(AssertSqlSafe(moved)).execute(&mut app).await.unwrap_err().to_string();
        assert!(refused.contains("row-level security") || refused.contains("duplicate key"), "{table}: {refused}");
    }
    run(&mut app, "delete from creators").await;
    assert_eq!(database.count("select count(*) from creators").await, 3, "the others stay");
    assert_eq!(database.count("select count(*) from creator_profiles where name = 'unlisted'").await, 0);
    // An address shows whose it is, and a token itself; neither shows a profile.
    run(&mut app, "set rekomi.creator = ''").await;
    run(&mut app, "select set_config('rekomi.address_hash', encode(sha256('listed'), 'hex'), false)").await;
    assert_eq!(visible(&mut app).await, [1, 0, 0, 0, 0]);
    run(&mut app, "set rekomi.address_hash = ''").await;
    run(&mut app, "select set_config('rekomi.bearer_hash', encode(sha256('link listed'), 'hex'), false)").await;
    assert_eq!(visible(&mut app).await, [0, 1, 0, 0, 0]);
    // What isn't over stays, even for the job that deletes what is.
    run(&mut app, "set rekomi.bearer_hash = ''; set rekomi.expiring = 'yes'").await;
    assert_eq!(visible(&mut app).await, [0; 5]);
}
