//! SQL of API keys, people and their sessions.

use shared::{
    id::{ApiKeyId, OrganizationId, SessionId, UserId},
    timestamp::Timestamp,
};
use sqlx::{PgConnection, types::Uuid};

use super::key_kind::KeyKind;
use kit::{
    access::{role::Role, scope::Scope},
    db::{GlobalTx, TenantTx, TenantsTx},
};

/// An API key as found by its bearer.
#[derive(Debug, Clone)]
pub struct FoundKey {
    pub organization: OrganizationId,
    pub id: ApiKeyId,
    pub scope: Scope,
    pub role: Role,
    /// Also true if the organization is scheduled for deletion.
    pub revoked: bool,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

struct KeyRow {
    organization_id: Uuid,
    id: Uuid,
    scope: Scope,
    role: Role,
    revoked_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
}

impl KeyRow {
    fn read(self) -> FoundKey {
        FoundKey {
            organization: OrganizationId::new(self.organization_id),
            id: ApiKeyId::new(self.id),
            scope: self.scope,
            role: self.role,
            revoked: self.revoked_at.is_some(),
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
        }
    }
}

/// Finds the key of that kind whose hash the transaction's holder names.
pub async fn find_api_key(
    tx: &mut GlobalTx,
    bearer_hash: &[u8; 32],
    kind: KeyKind,
) -> Result<Option<FoundKey>, sqlx::Error> {
    let row = sqlx::query_as!(
        KeyRow,
        r#"select k.organization_id, k.id, k.scope as "scope: Scope", k.role as "role: Role", k.expires_at, k.last_used_at,
                  coalesce(k.revoked_at, t.closed_at) as revoked_at
           from api_keys k join tenants t on t.id = k.organization_id where k.bearer_hash = $1 and k.kind = $2"#,
        &bearer_hash[..],
        kind.as_str(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(KeyRow::read))
}

/// Finds the key that had this bearer before a rotation, while the overlap lasts.
pub async fn find_predecessor(
    tx: &mut GlobalTx,
    bearer_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(OrganizationId, ApiKeyId)>, sqlx::Error> {
    let row = sqlx::query!(
        "select organization_id, key_id from api_key_predecessors where bearer_hash = $1 and expires_at > $2",
        &bearer_hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.organization_id, row.key_id)))
}

pub async fn read_api_key(tx: &mut TenantTx, id: ApiKeyId) -> Result<Option<FoundKey>, sqlx::Error> {
    let row = sqlx::query_as!(
        KeyRow,
        r#"select k.organization_id, k.id, k.scope as "scope: Scope", k.role as "role: Role", k.expires_at, k.last_used_at,
                  coalesce(k.revoked_at, t.closed_at) as revoked_at
           from api_keys k join tenants t on t.id = k.organization_id where k.organization_id = $1 and k.id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(KeyRow::read))
}

pub async fn touch_api_key(tx: &mut TenantTx, id: ApiKeyId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_keys set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')",
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

#[derive(Debug)]
pub struct FoundUser {
    pub id: UserId,
    pub password_hash: String,
}

pub async fn find_user(tx: &mut GlobalTx, email: &str) -> Result<Option<FoundUser>, sqlx::Error> {
    let row =
        sqlx::query!("select id, password_hash from users where email = $1", email).fetch_optional(tx.conn()).await?;
    Ok(row.map(|row| FoundUser { id: UserId::new(row.id), password_hash: row.password_hash }))
}

/// A session to create.
#[derive(Debug)]
pub struct NewSession<'a> {
    pub token_hash: &'a [u8; 32],
    pub id: SessionId,
    pub user: UserId,
    pub expires: Timestamp,
    pub browser: &'a str,
    /// By the wall clock: they have just entered a password, and a code if they have a second factor.
    pub proved_at: Timestamp,
}

/// Creates a session and deletes the person's expired ones.
pub async fn insert_session(tx: &mut GlobalTx, new: &NewSession<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sessions where user_id = $1 and expires_at <= $2", new.user.uuid(), now)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into sessions (token_hash, id, user_id, created_at, last_seen_at, expires_at, browser, proved_at)
         values ($1, $2, $3, $4, $4, $5, $6, $7)",
        &new.token_hash[..],
        new.id.uuid(),
        new.user.uuid(),
        now,
        new.expires,
        new.browser,
        new.proved_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_password(conn: &mut PgConnection, user: UserId, hash: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set password_hash = $2 where id = $1", user.uuid(), hash).execute(conn).await.map(drop)
}

/// Returns whether device cookies issued for the account at that time are still valid.
pub async fn knows_devices_of(tx: &mut GlobalTx, email: &str, issued: Timestamp) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("select id from users where email = $1 and devices_since <= $2", email, issued)
        .fetch_optional(tx.conn())
        .await?;
    Ok(found.is_some())
}

/// Gives a session a new token; returns whether the session existed. The old token no longer works.
pub async fn renew_session(
    conn: &mut PgConnection,
    user: UserId,
    (old, new): (&[u8; 32], &[u8; 32]),
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update sessions set token_hash = $3 where token_hash = $1 and user_id = $2",
        &old[..],
        user.uuid(),
        &new[..],
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_session(tx: &mut GlobalTx, token_hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from sessions where token_hash = $1", &token_hash[..]).execute(tx.conn()).await.map(drop)
}

#[derive(Debug, Clone)]
pub struct FoundSession {
    pub user: UserId,
    /// Empty if the person gave none.
    pub name: String,
    pub email: String,
    pub verified: bool,
    /// In the order in which the person joined; each organization's test mode follows it.
    pub memberships: Vec<(OrganizationId, Role)>,
    /// Organizations that are scheduled for deletion.
    pub closed: Vec<(OrganizationId, Role)>,
    /// Organizations that require two-step sign-in, which the person hasn't turned on.
    pub barred: Vec<(OrganizationId, Role)>,
    pub proved_at: Option<Timestamp>,
    /// The hash of the session's token.
    pub token_hash: [u8; 32],
}

/// Records that the person has just proved their identity.
pub async fn set_proved(tx: &mut GlobalTx, token_hash: &[u8; 32], wall: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update sessions set proved_at = $2 where token_hash = $1", &token_hash[..], wall)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Finds the session's person and their organizations. Also sets the person's id in the database session, so that row
/// level security shows their memberships.
pub async fn find_session(
    tx: &mut GlobalTx,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<FoundSession>, sqlx::Error> {
    let Some(person) = sqlx::query!(
        r#"select u.id, u.name, u.email, u.email_verified_at is not null as "verified!", s.proved_at,
                  s.last_seen_at < $2::timestamptz - interval '1 minute' as "long_ago!",
                  exists (select from user_totp f where f.user_id = u.id and f.enabled_at is not null) as "two_steps!",
                  rekomi_bind('rekomi.user_id', u.id::text) as "named"
           from sessions s join users u on u.id = s.user_id where s.token_hash = $1 and s.expires_at > $2"#,
        &token_hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?
    else {
        return Ok(None);
    };
    if person.long_ago {
        sqlx::query!(
            "update sessions set last_seen_at = $2 where token_hash = $1 and last_seen_at < $2",
            &token_hash[..],
            now,
        )
        .execute(tx.conn())
        .await?;
    }
    let (mut memberships, mut closed, mut barred) = (Vec::new(), Vec::new(), Vec::new());
    let rows = sqlx::query!(
        r#"select t.id, m.role as "role: Role", t.closed_at is not null as "closed!", live.second_factor_required as "strict!"
           from memberships m join tenants t on t.id = m.organization_id or t.test_of = m.organization_id
           join tenants live on live.id = m.organization_id
           where m.user_id = $1 order by m.created_at, m.organization_id, t.test_of nulls first"#,
        person.id,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let list = match row.strict && !person.two_steps {
            true => &mut barred,
            false if row.closed => &mut closed,
            false => &mut memberships,
        };
        list.push((row.id, row.role));
    }
    let (user, verified) = (UserId::new(person.id), person.verified);
    let (proved_at, token_hash) = (person.proved_at, *token_hash);
    Ok(Some(FoundSession {
        user,
        name: person.name,
        email: person.email,
        verified,
        memberships,
        closed,
        barred,
        proved_at,
        token_hash,
    }))
}

/// Returns whether anyone has an account.
pub async fn has_users(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from users) as "any!""#).fetch_one(conn).await
}

/// Prevents other transactions from creating the first account until this one ends.
pub async fn lock_first_owner(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended('rekomi first owner', 0))")
        .fetch_one(conn)
        .await
        .map(drop)
}

/// Returns the names of the transaction's organizations.
pub async fn organization_names(tx: &mut TenantsTx) -> Result<Vec<(OrganizationId, String)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        "select organization_id, name from organizations where organization_id = any ($1) order by name",
        &tenants,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization_id), row.name)).collect())
}

/// Returns the id and name of each of the transaction's organizations, and whether it is a test mode, by name.
pub async fn organizations(tx: &mut TenantsTx) -> Result<Vec<(OrganizationId, String, bool)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select organization_id as "id!", name, mode = 'test' as "is_test!" from organizations
           where organization_id = any ($1) order by name, mode = 'test', organization_id"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.id), row.name, row.is_test)).collect())
}
