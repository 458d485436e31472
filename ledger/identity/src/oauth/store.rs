//! SQL of grants: what people allowed apps.

use shared::{
    id::{OauthGrantId, OrganizationId, UserId},
    timestamp::Timestamp,
};

use super::scope::Access;
use kit::{
    access::role::Role,
    db::{TenantTx, corrupt_column},
};

/// A grant.
#[derive(Debug, Clone)]
pub struct Grant {
    pub id: OauthGrantId,
    pub user: UserId,
    pub client: String,
    pub client_name: String,
    pub redirect_host: String,
    pub access: Access,
    pub resource: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

struct GrantRow {
    id: OauthGrantId,
    user_id: UserId,
    client_id: String,
    client_name: String,
    redirect_host: String,
    scopes: Vec<String>,
    resource: Option<String>,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl GrantRow {
    fn read(self) -> Result<Grant, sqlx::Error> {
        let access = Access::of(self.scopes.iter().map(String::as_str));
        Ok(Grant {
            id: self.id,
            user: self.user_id,
            client: self.client_id,
            client_name: self.client_name,
            redirect_host: self.redirect_host,
            access: access.ok_or_else(|| corrupt_column("oauth_grants.scopes"))?,
            resource: self.resource,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            revoked_at: self.revoked_at,
        })
    }
}

/// Stores a grant.
pub async fn insert(tx: &mut TenantTx, grant: &Grant, ends_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into oauth_grants (organization_id, id, user_id, client_id, client_name, redirect_host, scopes, resource,
                                   created_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        grant.id.uuid(),
        grant.user.uuid(),
        grant.client,
        grant.client_name,
        grant.redirect_host,
        &grant.access.scopes(),
        grant.resource,
        grant.created_at,
        ends_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns a grant, locked until the transaction ends.
pub async fn lock(tx: &mut TenantTx, id: OauthGrantId) -> Result<Option<Grant>, sqlx::Error> {
    let row = sqlx::query_as!(
        GrantRow,
        "select id, user_id, client_id, client_name, redirect_host, scopes, resource, created_at, last_used_at, revoked_at
         from oauth_grants where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(GrantRow::read).transpose()
}

/// Returns the grants that an app can still use, newest first; with `user`, only that person's.
pub async fn active(
    tx: &mut TenantTx,
    user: Option<UserId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Grant>, sqlx::Error> {
    let rows = sqlx::query_as!(
        GrantRow,
        "select id, user_id, client_id, client_name, redirect_host, scopes, resource, created_at, last_used_at, revoked_at
         from oauth_grants
         where organization_id = $1 and ($2::uuid is null or user_id = $2) and revoked_at is null and ends_at > $3
         order by id desc limit $4",
        tx.organization().uuid(),
        user.map(|user| user.uuid()),
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(GrantRow::read).collect()
}

/// Notes when the last token of a grant expires.
pub async fn set_end(tx: &mut TenantTx, id: OauthGrantId, ends_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update oauth_grants set ends_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        ends_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Revokes a grant; returns whether it was active.
pub async fn revoke(tx: &mut TenantTx, id: OauthGrantId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update oauth_grants set revoked_at = $3 where organization_id = $1 and id = $2 and revoked_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn touch(tx: &mut TenantTx, id: OauthGrantId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update oauth_grants set last_used_at = $3 where organization_id = $1 and id = $2
           and (last_used_at is null or last_used_at < $3::timestamptz - interval '1 minute')",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What a token finds out first: a grant, and the organization whose team decides.
#[derive(Debug)]
pub struct Named {
    pub grant: Grant,
    /// The live organization, of which this one may be the test mode.
    pub home: OrganizationId,
    pub is_closed: bool,
}

/// Returns a grant. Also sets its person's id in the database session, so that row level security shows their
/// memberships.
pub async fn named(tx: &mut TenantTx, id: OauthGrantId) -> Result<Option<Named>, sqlx::Error> {
    let Some(row) = sqlx::query!(
        r#"select g.user_id, g.client_id, g.client_name, g.redirect_host, g.scopes, g.resource, g.created_at,
                  g.last_used_at, g.revoked_at, coalesce(t.test_of, t.id) as "home!", t.closed_at is not null as "closed!"
           from oauth_grants g join tenants t on t.id = g.organization_id where g.organization_id = $1 and g.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?
    else {
        return Ok(None);
    };
    sqlx::query!("select rekomi_bind('rekomi.user_id', $1)", row.user_id.uuid().to_string())
        .fetch_one(tx.conn())
        .await?;
    let grant = GrantRow {
        id,
        user_id: row.user_id,
        client_id: row.client_id,
        client_name: row.client_name,
        redirect_host: row.redirect_host,
        scopes: row.scopes,
        resource: row.resource,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    };
    Ok(Some(Named { grant: grant.read()?, home: OrganizationId::new(row.home), is_closed: row.closed }))
}

/// The person of a grant, as they are now.
#[derive(Debug)]
pub struct Person {
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// Returns the person of a grant, if they have been a member ever since they gave it, and sign in with a second factor where
/// that is required. Call [`named`] first.
pub async fn person(tx: &mut TenantTx, named: &Named) -> Result<Option<Person>, sqlx::Error> {
    let row = sqlx::query!(
        "select u.name, u.email, m.role, live.second_factor_required
         from memberships m join users u on u.id = m.user_id
         join tenants live on live.id = m.organization_id
         where m.organization_id = $1 and m.user_id = $2 and m.created_at <= $3 and live.closed_at is null",
        named.home.uuid(),
        named.grant.user.uuid(),
        named.grant.created_at,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.second_factor_required && !has_second_factor(tx, named.grant.user).await? {
        return Ok(None);
    }
    let role = Role::parse(&row.role).ok_or_else(|| corrupt_column("memberships.role"))?;
    Ok(Some(Person { name: row.name, email: row.email, role }))
}

/// In a cluster, this table is on the coordinator, so that no join reaches it.
async fn has_second_factor(tx: &mut TenantTx, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from user_totp where user_id = $1 and enabled_at is not null) as "has!""#,
        user.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
