//! What a test changes without the API: all rows in a world of its own, and in a shared one those of its organizations alone;
//! and the statistics of tables.

use std::time::Duration;

use sqlx::{AssertSqlSafe, PgConnection};

use super::{Database, run};
use crate::citus;

/// Creates the role that tests of a shared database change rows as: row-level security binds it on every table that it may
/// write. The role belongs to the cluster, so another database may have created it.
const CREATE_WRITER: &str = "do $$
declare name text;
begin
    begin
        create role rekomi_test_writer nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
    exception when duplicate_object or unique_violation then null;
    end;
    grant usage on schema public to rekomi_test_writer;
    grant select on tenants to rekomi_test_writer;
    for name in
        select c.oid::regclass::text from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relforcerowsecurity
          and a.attname = 'organization_id'
    loop
        execute format('grant select, insert, update, delete on %s to rekomi_test_writer', name);
    end loop;
end $$";

/// What runs statements without triggers and foreign keys, as a superuser, and all or none of them. Only settings of a transaction
/// reach the other servers of a cluster, which get the whole text that contains them: so it is a text of its own.
const fn untriggered(statements: &str) -> [&str; 4] {
    ["begin", "set local session_replication_role = replica", statements, "commit"]
}

/// Runs statements without triggers and foreign keys, as a superuser, and all or none of them.
///
/// # Panics
/// Where a statement is refused.
pub async fn run_untriggered(connection: &mut PgConnection, statements: &str) {
    for text in untriggered(statements) {
        run(connection, text).await;
    }
}

/// The body of a trigger that refuses what calls it.
pub const NO_ROOM: &str = "begin raise exception 'no room'; end";

/// Keeps the statistics of some tables current; see [`Database::keep_analyzed`].
#[derive(Debug)]
pub struct Analyzed(tokio::task::JoinHandle<()>);

impl Drop for Analyzed {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Database {
    /// Analyzes these tables every few seconds until the guard is dropped, as autovacuum would, which is off in tests:
    /// thousands of new rows are planned badly without statistics.
    pub async fn keep_analyzed(&self, tables: &'static str) -> Analyzed {
        let mut connection = self.connect().await;
        Analyzed(tokio::spawn(async move {
            loop {
                run(&mut connection, &format!("analyze {tables}")).await;
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }))
    }

    /// Lets tests that share this database change rows of their own.
    pub(crate) async fn share(&self) {
        self.write(&[CREATE_WRITER]).await;
        if self.server.is_coordinator() {
            citus::let_in(&self.server).await;
        }
    }

    /// Runs texts of statements as the superuser.
    async fn write(&self, texts: &[&str]) {
        let mut connection = self.take_writer().await;
        for text in texts {
            run(&mut connection, text).await;
        }
        self.keep_writer(connection).await;
    }

    /// Runs a statement as the superuser; in a shared world, as a role that can only change rows of the test's organizations.
    ///
    /// # Panics
    /// Where the statement is refused.
    pub async fn run(&self, statement: &str) {
        let mut connection = self.take_writer().await;
        let has_begun = self.bind(&mut connection, "rekomi_test_writer").await.unwrap();
        run(&mut connection, statement).await;
        if has_begun {
            run(&mut connection, "commit").await;
        }
        self.keep_writer(connection).await;
    }

    /// Runs statements without triggers and foreign keys, as only the superuser can: in a world of the test's own.
    pub async fn run_untriggered(&self, statements: &str) {
        assert!(self.tenants.is_none(), "others share this world: {statements}");
        self.write(&untriggered(statements)).await;
    }

    /// Lets Postgres run this body (PL/pgSQL) at an event, such as `before update on payouts for each row`; `name` is the trigger's
    /// and its function's. Two statements, since a cluster sends each to its servers.
    pub async fn create_trigger(&self, name: &str, event: &str, body: &str) {
        self.run(&format!("create or replace function {name}() returns trigger language plpgsql as $$ {body} $$"))
            .await;
        self.run(&format!("create or replace trigger {name} {event} execute function {name}()")).await;
    }

    /// Writes the limit that statements have at this event into the table `noted_limits`.
    pub async fn note_limits(&self, event: &str) {
        self.run("create table noted_limits (value text not null); grant insert on noted_limits to public").await;
        let note = "begin insert into noted_limits values (current_setting('statement_timeout')); return new; end";
        self.create_trigger("note_limit", event, note).await;
    }

    /// Gives all members this role. Only a superuser in replica mode can demote the last owner.
    pub async fn set_member_roles(&self, role: &str) {
        let own = self.own("organization_id");
        let change = format!("update memberships set role = '{role}' where {own}");
        self.write(&untriggered(&change)).await;
    }

    /// Gives all members this name.
    pub async fn set_member_names(&self, name: &str) {
        let members = format!("id in (select user_id from memberships where {})", self.own("organization_id"));
        self.write(&[&format!("update users set name = '{name}' where {members}")]).await;
    }

    /// As if all members had last shown at that time who they are; `proved_at` is SQL, such as `now()`.
    pub async fn set_proved_at(&self, proved_at: &str) {
        let members = format!("user_id in (select user_id from memberships where {})", self.own("organization_id"));
        self.write(&[&format!("update sessions set proved_at = {proved_at} where {members}")]).await;
    }

    /// How many emails that meet the condition are there; in a shared world, those from the test's organizations and those to
    /// their members.
    pub async fn count_emails(&self, condition: &str) -> i64 {
        // Emails about accounts are from no organization: those to members of the test's organizations count.
        let members = format!(
            "tenant is null and recipient in (select u.email from users u join memberships m on m.user_id = u.id where {})",
            self.own("m.organization_id")
        );
        let query = format!("select count(*) from mails where ({condition}) and ({} or {members})", self.own("tenant"));
        let mut connection = self.take_writer().await;
        let counted = sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await;
        self.keep_writer(connection).await;
        counted.unwrap_or_else(|error| panic!("{condition}: {error}"))
    }

    /// All emails of all organizations, as text.
    pub async fn all_emails(&self) -> Vec<String> {
        let mut connection = self.take_writer().await;
        let rows = sqlx::query_scalar("select m::text from mails m").fetch_all(&mut connection).await;
        self.keep_writer(connection).await;
        rows.unwrap_or_else(|error| panic!("mails: {error}"))
    }

    /// Confines a connection to the test's organizations and their test modes, in this role: one that row-level security binds,
    /// and that is refused where a table has none. Nothing where no other test uses the database.
    ///
    /// On a cluster, only a transaction's own settings reach the other servers. Whether it has begun, so that the caller ends it.
    pub(super) async fn bind(&self, open: &mut PgConnection, role: &str) -> Result<bool, sqlx::Error> {
        let Some(tenants) = &self.tenants else { return Ok(false) };
        let own = with_test_modes(tenants);
        if !self.server.is_coordinator() {
            let bound = format!(
                "select set_config('rekomi.tenants', (select string_agg(id::text, ',') from {own}), false); set role {role}"
            );
            sqlx::raw_sql(AssertSqlSafe(bound)).execute(open).await?;
            return Ok(false);
        }
        let list = AssertSqlSafe(format!("select string_agg(id::text, ',') from {own}"));
        let list: String = sqlx::query_scalar(list).fetch_one(&mut *open).await?;
        let settings = [format!("set local rekomi.tenants = '{list}'"), format!("set local role {role}")];
        for statement in ["begin".to_owned()].into_iter().chain(settings) {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *open).await?;
        }
        Ok(true)
    }

    /// Whether a column names an organization of the test, for a statement of the superuser.
    fn own(&self, column: &str) -> String {
        let Some(tenants) = &self.tenants else { return "true".to_owned() };
        format!("{column} in (select id from {})", with_test_modes(tenants))
    }
}

/// These organizations and their test modes, for a `from`.
fn with_test_modes(tenants: &str) -> String {
    format!("(select id from tenants where '{{{tenants}}}'::uuid[] && array[id, test_of]) own")
}
