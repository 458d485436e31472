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

const DEALINGS: [&str; 5] =
    ["network_contacts", "network_messages", "network_reports", "network_marks", "network_flags"];
/// What only the operator and jobs see.
const BEHIND: [&str; 4] = ["creator_flags", "creator_checks", "creator_prints", "creator_decisions"];

/// [`filled`], and both brands are in touch with all four creators: rows of each kind, in every table.
async fn in_touch() -> (Database, [String; 2]) {
    let (database, brands) = filled().await;
    for brand in &brands {
        database
            .run(&format!(
                "insert into network_contacts (organization_id, id, program_id, creator_id, status, created_at, changed_at)
                 select '{brand}', gen_random_uuid(), (select min(id::text)::uuid from programs where organization_id = '{brand}'),
                        id, 'Invited', now(), now() from creators;
                 insert into network_messages (organization_id, id, creator_id, from_brand, body, created_at)
                 select '{brand}', gen_random_uuid(), id, true, 'Hello', now() from creators;
                 insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
                 select '{brand}', gen_random_uuid(), id, by_brand, 'Spam', now()
                 from creators, (values (true), (false)) sides (by_brand);
                 insert into network_marks (organization_id, creator_id, mark, created_at)
                 select '{brand}', id, 'Starred', now() from creators;
                 insert into network_flags (organization_id, id, reason, created_at, last_at)
                 values ('{brand}', gen_random_uuid(), 'TooManyInvitations', now(), now())",
            ))
            .await;
    }
    database
        .run(
            "insert into creator_flags (id, creator_id, reason, created_at, last_at)
             select gen_random_uuid(), id, 'CopiedProfile', now(), now() from creators;
             insert into creator_checks (creator_id, checked_at) select id, now() from creators;
             insert into creator_prints (print, creator_id) select 1, id from creators;
             insert into creator_decisions (id, creator_id, action, decided_by, created_at)
             select gen_random_uuid(), id, 'FlagCleared', 'owner@acme.test', now() from creators;
             update creator_profiles set shares_reputation = true;
             insert into creator_tracks (creator_id, topic, points) select id, 'Ai', 12 from creators",
        )
        .await;
    (database, brands)
}

async fn count(app: &mut PgConnection, query: String) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(app).await.unwrap()
}

#[tokio::test]
async fn a_brand_reads_only_its_own_dealings_with_creators() {
    let (database, [first, second]) = in_touch().await;
    let mut app = database.connect_as_app().await;
    for (own, other, listed) in [(&first, &second, 1), (&second, &first, 2)] {
        run(&mut app, &format!("set rekomi.tenants = '{own}'")).await;
        for table in DEALINGS {
            let of = |brand: &str| format!("select count(*) from {table} where organization_id = '{brand}'");
            assert!(count(&mut app, of(own)).await > 0, "{table}");
            assert_eq!(count(&mut app, of(other)).await, 0, "{table} of another brand");
        }
        for table in BEHIND {
            assert_eq!(count(&mut app, format!("select count(*) from {table}")).await, 0, "{table}");
        }
        assert_eq!(count(&mut app, "select count(*) from creators".to_owned()).await, 0, "addresses");
        let tracks = "select count(*) from creator_tracks".to_owned();
        assert_eq!(count(&mut app, tracks.clone()).await, listed, "of those whom the brand sees");
        // A record shows as long as its creator agrees, and a suspended creator shows nothing.
        database.run("update creator_profiles set shares_reputation = false").await;
        assert_eq!(count(&mut app, tracks.clone()).await, 0);
        database.run("update creator_profiles set shares_reputation = true, suspended_at = now()").await;
        assert_eq!((count(&mut app, tracks).await, visible(&mut app).await), (0, [0; 5]));
        database.run("update creator_profiles set suspended_at = null").await;
    }
}

#[tokio::test]
async fn a_creator_reads_only_their_own_dealings() {
    let (database, [first, _]) = in_touch().await;
    let mut app = database.connect_as_app().await;
    let own = "00000000-0000-0000-0000-000000000002";
    run(&mut app, &format!("set rekomi.creator = '{own}'")).await;
    for (table, expected) in [
        ("network_contacts", 2),
        ("network_messages", 2),
        // What they filed, and not who reported them.
        ("network_reports", 2),
        ("creator_flags", 1),
        ("creator_tracks", 1),
        ("network_marks", 0),
        ("network_flags", 0),
        ("creator_checks", 0),
        ("creator_prints", 0),
        ("creator_decisions", 0),
    ] {
        assert_eq!(count(&mut app, format!("select count(*) from {table}")).await, expected, "{table}");
    }
    let others = format!("select count(*) from network_contacts where creator_id <> '{own}'");
    assert_eq!(count(&mut app, others).await, 0);
    assert_eq!(count(&mut app, "select count(*) from network_reports where by_brand".to_owned()).await, 0);
    for statement in [
        "update creator_flags set decided_at = now(), upheld = false",
        "delete from creator_flags",
        "update network_contacts set status = 'Joined'",
        "delete from network_reports",
    ] {
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut app).await.unwrap();
        assert_eq!(done.rows_affected(), 0, "{statement}");
    }
    let filed = format!(
        "insert into network_reports (organization_id, id, creator_id, by_brand, reason, created_at)
         values ('{first}', gen_random_uuid(), '{own}', false, 'More', now())"
    );
    let refused = sqlx::raw_sql(AssertSqlSafe(filed)).execute(&mut app).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    // Erasing the creator takes all of it along, and leaves the operator's log without their name.
    run(&mut app, "delete from creators").await;
    for table in DEALINGS.into_iter().chain(BEHIND).chain(["creator_tracks"]).filter(|table| *table != "network_flags")
    {
        let left = format!("select count(*) from {table} where creator_id = '{own}'");
        assert_eq!(database.count(&left).await, 0, "{table}");
    }
    assert_eq!(database.count("select count(*) from creator_decisions").await, 4);
}
