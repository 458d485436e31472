//! What `rekomi doctor` and `rekomi backup verify` ask the database about itself: its role, settings and catalog, never a
//! row of a tenant.

use std::time::{Duration, Instant};

use shared::timestamp::Timestamp;
use sqlx::{Connection, PgConnection, PgExecutor};

/// A connection that can ask only the questions below.
#[derive(Debug)]
pub struct Inspection(PgConnection);

/// What the role of a connection may do, by itself or by becoming another one.
#[derive(Debug, Clone, Default)]
pub struct Role {
    pub name: String,
    pub superuser: bool,
    pub bypass: bool,
    pub create_role: bool,
    pub owner: bool,
}

impl Role {
    /// What makes the role too powerful to serve with.
    pub const fn power(&self) -> Option<&'static str> {
        if self.superuser {
            Some("is a superuser or can become one")
        } else if self.bypass {
            Some("can bypass row-level security")
        } else if self.create_role {
            Some("can create roles")
        } else if self.owner {
            Some("owns tables")
        } else {
            None
        }
    }
}

pub(super) async fn role(executor: impl PgExecutor<'_>) -> Result<Role, sqlx::Error> {
    let role = sqlx::query!(
        r#"select session_user::text as "name!",
                      bool_or(rolsuper) as "superuser!",
                      bool_or(rolbypassrls) as "bypass!",
                      bool_or(rolcreaterole) as "create_role!",
                      exists (select from pg_class c
                              where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
                                and pg_has_role(session_user, c.relowner, 'member')) as "owner!"
               from pg_roles where pg_has_role(session_user, oid, 'member')"#
    )
    .fetch_one(executor)
    .await?;
    Ok(Role {
        name: role.name,
        superuser: role.superuser,
        bypass: role.bypass,
        create_role: role.create_role,
        owner: role.owner,
    })
}

/// Whether this server has Citus, and so may coordinate others.
pub(super) async fn is_cluster(executor: impl PgExecutor<'_>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from pg_extension where extname = 'citus') as "is!""#)
        .fetch_one(executor)
        .await
}

/// What the server says about itself.
#[derive(Debug, Clone)]
pub struct Server {
    pub version: String,
    pub now: Timestamp,
    /// How long the answer took.
    pub took: Duration,
    /// How many connections ordinary roles can have in total.
    pub connections: i32,
}

/// A table with rows of organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantTable {
    pub name: String,
    /// Row-level security is on and forced, and there's a policy.
    pub is_protected: bool,
}

impl Inspection {
    /// # Errors
    /// If the database can't be reached or refuses the role.
    pub async fn connect(url: &str) -> Result<Self, sqlx::Error> {
        PgConnection::connect(url).await.map(Self)
    }

    pub async fn role(&mut self) -> Result<Role, sqlx::Error> {
        role(&mut self.0).await
    }

    pub async fn server(&mut self) -> Result<Server, sqlx::Error> {
        let started_at = Instant::now();
        let row = sqlx::query!(
            r#"select current_setting('server_version') as "version!", clock_timestamp() as "now!",
                      least(current_setting('max_connections')::int
                                - current_setting('superuser_reserved_connections')::int
                                - coalesce(current_setting('reserved_connections', true), '0')::int,
                            nullif(rolconnlimit, -1)) as "connections!"
               from pg_roles where rolname = session_user"#
        )
        .fetch_one(&mut self.0)
        .await?;
        Ok(Server { version: row.version, now: row.now, took: started_at.elapsed(), connections: row.connections })
    }

    pub async fn tenant_tables(&mut self) -> Result<Vec<TenantTable>, sqlx::Error> {
        sqlx::query_as!(
            TenantTable,
            r#"select c.oid::regclass::text as "name!",
                      (c.relrowsecurity and c.relforcerowsecurity
                       and exists (select from pg_policy p where p.polrelid = c.oid)) as "is_protected!"
               from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                 and a.attname = 'organization_id' and not a.attisdropped
               order by 1"#
        )
        .fetch_all(&mut self.0)
        .await
    }

    /// About how many clicks are in no month's partition, as of the last vacuum or analyze; `None` without either.
    pub async fn other_clicks(&mut self) -> Result<Option<i64>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select reltuples::bigint as "rows!" from pg_class
               where oid = to_regclass('public.clicks_other') and reltuples >= 0"#
        )
        .fetch_optional(&mut self.0)
        .await
    }

    /// The role that owns the tables.
    pub async fn owner(&mut self) -> Result<String, sqlx::Error> {
        sqlx::query_scalar!(
            r#"select pg_get_userbyid(relowner)::text as "owner!" from pg_class where oid = 'public.events'::regclass"#
        )
        .fetch_one(&mut self.0)
        .await
    }

    /// The versions of the migrations that ran; `None` if none ever did.
    pub async fn migrations(&mut self) -> Result<Option<Vec<i64>>, sqlx::Error> {
        // Not checked at compile time, because the migrator's own table isn't part of our schema.
        let applied = sqlx::query_scalar("select version from _sqlx_migrations where success order by version");
        match applied.fetch_all(&mut self.0).await {
            Ok(versions) => Ok(Some(versions)),
            // There's no such table, or it isn't ours to read: both mean that `rekomi migrate` didn't finish.
            Err(sqlx::Error::Database(error)) if matches!(error.code().as_deref(), Some("42P01" | "42501")) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
