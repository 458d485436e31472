//! Goal: every tenant table, found by itself, is closed: row level security on and forced, with a policy that has USING and
//! WITH CHECK in the form that Postgres evaluates once per statement; and as the app without a tenant nothing is there.
//! Method: the catalogue is asked; then the app's own role tries, in a database with both demo organizations.

use sqlx::{AssertSqlSafe, PgConnection, Row};
use world::{
    World,
    brand::But,
    database::{Database, Server, run},
};

/// Tables with an `organization_id`, partitions included.
pub(crate) async fn tenant_tables(database: &Database) -> Vec<String> {
    let query = "select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'organization_id'
                 order by 1";
    let rows = sqlx::query(query).fetch_all(&mut database.connect().await).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// What a policy asks, as Postgres prints it.
const FORM: &str = "CASE WHEN (organization_id = ( SELECT rekomi_tenant() AS rekomi_tenant)) THEN true \
                    ELSE (( SELECT rekomi_tenant_set() AS rekomi_tenant_set) ? (organization_id)::text) END";

#[tokio::test]
async fn every_tenant_table_is_forced_and_has_its_policy() {
    let database = Server::of_this_run().migrated().await;
    let tables = tenant_tables(&database).await;
    assert!(tables.len() >= 20, "{tables:?}");
    for table in &tables {
        let flags = format!(
            "select (relrowsecurity and relforcerowsecurity)::int::bigint from pg_class where oid = '{table}'::regclass"
        );
        assert_eq!(database.count(&flags).await, 1, "{table}: row level security is on and forced");
        let policy = format!(
            "select count(*) from pg_policy where polrelid = '{table}'::regclass and polpermissive and polcmd = '*'
               and btrim(regexp_replace(pg_get_expr(polqual, polrelid), '\\s+', ' ', 'g')) = '{FORM}'
               and pg_get_expr(polwithcheck, polrelid) = pg_get_expr(polqual, polrelid)"
        );
        assert_eq!(
            database.count(&policy).await,
            1,
            "{table}: USING and WITH CHECK, each with the transaction's organizations"
        );
    }
    // Any further policy only widens reading, for whoever holds something that only they can know.
    let more = database
        .texts("select polrelid::regclass::text || ' ' || polname as policy from pg_policy where polname <> 'tenant' order by 1")
        .await;
    let more: Vec<String> = more.into_iter().flatten().collect();
    assert_eq!(
        more,
        [
            "affiliate_addresses holder",
            "api_key_predecessors holder",
            "api_keys holder",
            "creator_arrivals federation",
            "creator_arrivals own",
            "creator_channels listed",
            "creator_channels operator",
            "creator_channels own",
            "creator_checks operator",
            "creator_decisions operator",
            "creator_flags operator",
            "creator_flags own",
            "creator_links expired",
            "creator_links holder",
            "creator_links own",
            "creator_passports federation",
            "creator_passports own",
            "creator_prints operator",
            "creator_profiles listed",
            "creator_profiles operator",
            "creator_profiles own",
            "creator_sessions expired",
            "creator_sessions holder",
            "creator_tracks listed",
            "creator_tracks operator",
            "creator_tracks own",
            "creators own",
            "edge_config lookup",
            "invitations holder",
            "memberships own",
            "network_contacts creator",
            "network_contacts operator",
            "network_listings public",
            "network_messages creator",
            "network_reports creator",
            "oauth_codes holder",
            "oauth_tokens holder",
            "program_pages visitor"
        ],
        "each needs a reason of its own"
    );
    assert_eq!(
        database
            .count(
                "select count(*) from pg_policy where polname <> 'tenant' and polcmd <> 'r'
                   and polrelid::regclass::text not like 'creator%'"
            )
            .await,
        0,
        "for reading only, except what belongs to a person"
    );
}

/// A cluster refuses to distribute a table with such a policy. Here one is only made up, to write them in its form.
#[tokio::test]
async fn no_policy_has_a_subquery_in_the_form_for_a_cluster() {
    let database = Server::of_this_run().migrated().await;
    database
        .run(
            "create or replace function rekomi_is_cluster() returns boolean language sql stable parallel safe return true;
             call rekomi_write_policies()",
        )
        .await;
    let with = database
        .texts(
            "select p.polrelid::regclass::text || ' ' || p.polname as policy from pg_policy p
             join pg_attribute a on a.attrelid = p.polrelid and a.attname = 'organization_id'
             where concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~* '\\mselect\\M'",
        )
        .await;
    assert_eq!(with, Vec::<Vec<String>>::new(), "write these in `rekomi_write_policies`, too");
}

#[tokio::test]
async fn no_view_or_function_reaches_around() {
    let database = Server::of_this_run().migrated().await;
    let views = "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('v', 'm')
                 and not coalesce('security_invoker=true' = any (reloptions), false)";
    assert_eq!(database.count(views).await, 0, "views run as their reader");
    let definers = database
        .texts("select proname::text from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1")
        .await;
    assert_eq!(
        definers,
        [
            ["rekomi_delete_old"],
            ["rekomi_make_click_partitions"],
            ["rekomi_redact_addresses"],
            ["rekomi_redact_event"],
            ["rekomi_redact_searched_texts"],
            ["rekomi_redact_texts"],
            ["rekomi_refresh_statistics"],
            ["rekomi_remove_archived_clicks"],
            ["rekomi_remove_archived_month"],
            ["rekomi_reopen_click_month"],
            ["rekomi_search_texts"]
        ],
        "what runs as the owner makes partitions, drops archived ones, analyzes tables, or holds to the transaction's own tenants"
    );
    let truncate = "select count(*) from information_schema.role_table_grants
                    where grantee in ('rekomi_app', 'rekomi_reader', 'PUBLIC') and privilege_type in ('TRUNCATE', 'TRIGGER', 'REFERENCES')
                      and table_schema = 'public'";
    assert_eq!(database.count(truncate).await, 0, "TRUNCATE ignores policies");
    let writes = "select count(*) from information_schema.role_table_grants
                  where grantee = 'rekomi_reader' and privilege_type <> 'SELECT' and table_schema = 'public'";
    assert_eq!(database.count(writes).await, 0, "the reader reads");
}

/// How many rows of a table the role sees; one that it may not even read shows none.
async fn visible(app: &mut PgConnection, table: &str, condition: &str) -> i64 {
    let query = format!("select count(*) from {table} where {condition}");
    match sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(app).await {
        Ok(count) => count,
        Err(error) if error.to_string().contains("permission denied") => 0,
        Err(error) => panic!("{table}: {error}"),
    }
}

/// A world in which every tenant table that events fill has rows of both organizations.
async fn filled() -> World {
    let world = World::start().await;
    for brand in [&world.acme, &world.globex] {
        let slug = brand.partner.slug.clone();
        let sale = brand.sale("order", 9_900).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some("buyer".to_owned());
        });
        world.intake().accept(&[brand.click(&brand.partner), sale, brand.refund("back", "order", 100)]).await;
        world.intake().post(&[brand.sale("order", 1)]).await;
    }
    world
}

#[tokio::test]
async fn without_a_tenant_the_app_sees_and_writes_nothing() {
    let world = filled().await;
    let tables = tenant_tables(&world.database).await;
    let mut app = world.database.connect_as_app().await;
    for setting in ["", "set rekomi.tenants = ''"] {
        run(&mut app, setting).await;
        for table in &tables {
            assert_eq!(visible(&mut app, table, "true").await, 0, "{table}");
        }
    }
    for table in &tables {
        for statement in
            [format!("update {table} set organization_id = organization_id"), format!("delete from {table}")]
        {
            match sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut app).await {
                Ok(done) => assert_eq!(done.rows_affected(), 0, "{statement}"),
                Err(error) => assert!(error.to_string().contains("permission denied"), "{statement}: {error}"),
            }
        }
    }
    world.finish().await;
}

/// The condition for the first organization of a transaction is another than that for the others.
#[tokio::test]
async fn bound_to_several_tenants_the_app_sees_those_and_no_others() {
    let world = filled().await;
    let (acme, globex) = (world.acme.organization.uuid(), world.globex.organization.uuid());
    let none = "00000000-0000-7000-8000-000000000000";
    let mut app = world.database.connect_as_app().await;
    for table in ["events", "conversions", "clicks", "affiliates", "organizations"] {
        let mut seen = async |tenants: String| {
            run(&mut app, &format!("set rekomi.tenants = '{tenants}'")).await;
            visible(&mut app, table, "true").await
        };
        let (of_acme, of_globex) = (seen(acme.to_string()).await, seen(globex.to_string()).await);
        assert!(of_acme > 0 && of_globex > 0, "{table}");
        for both in [format!("{acme},{globex}"), format!("{none},{globex},{acme}")] {
            assert_eq!(seen(both).await, of_acme + of_globex, "{table}");
        }
        assert_eq!(seen(format!("{none},{globex}")).await, of_globex, "{table}");
    }
    run(&mut app, &format!("set rekomi.tenants = '{none},{acme}'")).await;
    let renamed =
        |organization| format!("update organizations set name = name where organization_id = '{organization}'");
    for (organization, rows) in [(acme, 1), (globex, 0)] {
        let done = sqlx::raw_sql(AssertSqlSafe(renamed(organization))).execute(&mut app).await.unwrap();
        assert_eq!(done.rows_affected(), rows);
    }
    let given_away = format!("update organizations set organization_id = '{globex}' where organization_id = '{acme}'");
    let refused = sqlx::raw_sql(AssertSqlSafe(given_away)).execute(&mut app).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    world.finish().await;
}

#[tokio::test]
async fn bound_to_one_tenant_the_app_sees_and_writes_only_that() {
    let world = filled().await;
    let (own, other) = (world.acme.organization.uuid(), world.globex.organization.uuid());
    let tables = tenant_tables(&world.database).await;
    let mut app = world.database.connect_as_app().await;
    run(&mut app, &format!("set rekomi.tenants = '{own}'")).await;
    let mut with_rows = 0;
    for table in &tables {
        let seen = visible(&mut app, table, "true").await;
        assert_eq!(visible(&mut app, table, &format!("organization_id <> '{own}'")).await, 0, "{table}");
        with_rows += i64::from(seen > 0);
        // A row of one's own can't be moved to the other tenant, nor the other's be copied by naming it.
        let moved = format!("update {table} set organization_id = '{other}'");
        match sqlx::raw_sql(AssertSqlSafe(moved.clone())).execute(&mut app).await {
            Ok(done) => assert_eq!((done.rows_affected(), seen), (0, 0), "{moved}"),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("permission denied") || text.contains("row-level security"), "{moved}: {text}");
            }
        }
    }
    assert!(with_rows >= 15, "only {with_rows} of {} tables had rows to see", tables.len());
    let foreign = [
        format!(
            "insert into coupons select '{other}', gen_random_uuid(), program_id, affiliate_id, 'STOLEN', true, now() from coupons limit 1"
        ),
        format!(
            "insert into tenants values ('{other}', now()) on conflict do nothing; insert into organizations values ('{other}', 'stolen', 'Stolen', 'UTC', now())"
        ),
    ];
    for statement in foreign {
        let refused = sqlx::raw_sql(AssertSqlSafe(statement.clone())).execute(&mut app).await.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{statement}: {refused}");
    }
    // The other tenant's affiliate, named in a row of one's own: the foreign key is composite.
    let crossing = format!(
        "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
         select organization_id, gen_random_uuid(), id, '{}', 'CROSS', now() from programs",
        world.globex.partner.affiliate.uuid()
    );
    let refused = sqlx::raw_sql(AssertSqlSafe(crossing)).execute(&mut app).await.unwrap_err().to_string();
    assert!(refused.contains("foreign key"), "{refused}");
    world.finish().await;
}

/// `user` is a reserved word of SQL: a setting of that name can only be set by a function.
#[tokio::test]
async fn a_person_is_named_by_a_setting_that_sql_can_write() {
    let database = Server::of_this_run().with_demo().await;
    let member = database.texts("select user_id::text from memberships limit 1").await.concat().remove(0);
    let own = database.count(&format!("select count(*) from memberships where user_id = '{member}'")).await;
    let mut app = database.connect_as_app().await;
    assert_eq!(visible(&mut app, "memberships", "true").await, 0);
    run(&mut app, &format!("begin; set local rekomi.user_id = '{member}'")).await;
    assert_eq!(visible(&mut app, "memberships", "true").await, own);
    run(&mut app, "commit").await;
    assert_eq!(visible(&mut app, "memberships", "true").await, 0, "for that transaction only");
}

#[tokio::test]
async fn an_address_shows_where_it_is_an_affiliates_and_nothing_else() {
    let database = Server::of_this_run().with_demo().await;
    let slugs = "select slug from affiliates where email = 'lauren@creators.test' and status = 'Approved'";
    let own = i64::try_from(database.texts(slugs).await.len()).unwrap();
    assert!(own > 0, "the demo has her");
    // Ten thousand organizations with an affiliate each: whose address it is, is found without a look at the others.
    database
        .run(
            "insert into tenants (id, created_at) select gen_random_uuid(), now() from generate_series(1, 10000);
             insert into organizations (organization_id, slug, name, time_zone, created_at)
             select id, 'many-' || id, 'Many', 'UTC', now() from tenants t
             where not exists (select from organizations o where o.organization_id = t.id);
             insert into affiliates (organization_id, id, slug, email, name, status, created_at)
             select organization_id, gen_random_uuid(), 'one', organization_id || '@creators.test', 'One', 'Approved', now()
             from organizations where slug like 'many-%';
             analyze affiliate_addresses",
        )
        .await;
    let mut app = database.connect_as_app().await;
    run(&mut app, "select set_config('rekomi.address_hash', encode(sha256('lauren@creators.test'), 'hex'), false)")
        .await;
    assert_eq!(visible(&mut app, "affiliate_addresses", "true").await, own);
    for table in ["affiliates", "milestone_emails", "organizations"] {
        assert_eq!(visible(&mut app, table, "true").await, 0, "{table}");
    }
    let plan = "explain (analyze, format json)
                select organization_id from affiliate_addresses where address_hash = sha256('lauren@creators.test')";
    let plan: serde_json::Value = sqlx::query_scalar(AssertSqlSafe(plan)).fetch_one(&mut app).await.unwrap();
    assert!(plan.to_string().contains("affiliate_addresses_hash"), "{plan}");
    let copied = "insert into affiliate_addresses select * from affiliate_addresses";
    let refused = sqlx::raw_sql(AssertSqlSafe(copied)).execute(&mut app).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
}

#[tokio::test]
async fn a_listing_is_everybodys_only_while_it_is_listed() {
    let database = Server::of_this_run().with_demo().await;
    let statuses = ["Draft", "Submitted", "Listed", "Declined", "Paused"];
    for (at, status) in statuses.iter().enumerate() {
        let statement = format!(
            "with made as (
                 insert into programs (organization_id, id, slug, name, public_key, created_at)
                 select organization_id, gen_random_uuid(), 'listed-{at}', 'Listed', 'pk_listed_{at}', now()
                 from organizations where slug in ('acme', 'globex') returning organization_id, id)
             insert into network_listings (organization_id, program_id, status, handle, brand, title, created_at, updated_at)
             select organization_id, id, '{status}', 'l{at}-' || left(id::text, 8), 'Brand', 'Title', now(), now() from made"
        );
        database.run(&statement).await;
    }
    let acme = database.texts("select organization_id::text from organizations where slug = 'acme'").await.concat();
    let mut app = database.connect_as_app().await;
    assert_eq!(visible(&mut app, "network_listings", "true").await, 2, "one of each organization");
    assert_eq!(visible(&mut app, "network_listings", "status <> 'Listed'").await, 0);
    for statement in ["update network_listings set title = 'Stolen'", "delete from network_listings"] {
        let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut app).await.unwrap();
        assert_eq!(done.rows_affected(), 0, "{statement}: what everybody reads, nobody writes");
    }
    run(&mut app, &format!("set rekomi.tenants = '{}'", acme[0])).await;
    let own = format!("organization_id = '{}'", acme[0]);
    assert_eq!(visible(&mut app, "network_listings", &own).await, 5);
    assert_eq!(visible(&mut app, "network_listings", &format!("not {own} and status <> 'Listed'")).await, 0);
    let done = sqlx::raw_sql("update network_listings set status = 'Paused'").execute(&mut app).await.unwrap();
    assert_eq!(done.rows_affected(), 5, "its own only");
}

/// The registry of names has rows of all organizations, but isn't distributed, so the rule for tenant tables doesn't find it.
#[tokio::test]
async fn an_organization_sees_claims_and_releases_only_its_own_names() {
    let database = Server::of_this_run().with_demo().await;
    let slugs = "select organization_id::text from organizations where slug in ('acme', 'globex') order by slug";
    let organizations = database.texts(slugs).await.concat();
    let (own, other) = (&organizations[0], &organizations[1]);
    let of_other = format!("select count(*) from claimed_names where tenant_id = '{other}'");
    let before = database.count(&of_other).await;
    assert!(before > 0, "the demo gives both of them names");
    let bearer = format!("select name from claimed_names where kind = 'bearer' and tenant_id = '{other}' limit 1");
    let bearer = database.texts(&bearer).await.concat().remove(0);

    let mut app = database.connect_as_app().await;
    assert_eq!(visible(&mut app, "claimed_names", "true").await, 0);
    run(&mut app, &format!("set rekomi.tenants = '{own}'")).await;
    assert!(visible(&mut app, "claimed_names", &format!("tenant_id = '{own}'")).await > 0);
    assert_eq!(visible(&mut app, "claimed_names", &format!("tenant_id <> '{own}'")).await, 0);
    let in_their_name = format!("select rekomi_try_claim('handle', 'squatted', '{other}')");
    let refused = sqlx::raw_sql(AssertSqlSafe(in_their_name)).execute(&mut app).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    run(&mut app, &format!("select rekomi_try_claim('bearer', '{bearer}', '{own}')")).await;
    run(&mut app, "delete from claimed_names").await;
    assert_eq!(database.count(&of_other).await, before, "neither taken over nor released");
}
