//! SQL of memberships.

use shared::{id::UserId, timestamp::Timestamp};
use uuid::Uuid;

use kit::{access::role::Role, db::TenantTx};

#[derive(Debug, Clone)]
pub struct MemberRow {
    pub user: UserId,
    /// Empty if they gave none.
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: Timestamp,
}

/// Returns members, most recently joined first.
pub async fn list(
    tx: &mut TenantTx,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<MemberRow>, sqlx::Error> {
    let (after_at, after_id) = after.unzip();
    let rows = sqlx::query!(
        r#"select u.id, u.name, u.email, m.role as "role: Role", m.created_at
           from memberships m join users u on u.id = m.user_id
           where m.organization_id = $1
             and ($2::timestamptz is null or (date_trunc('milliseconds', m.created_at), m.user_id) < ($2, $3::uuid))
           order by date_trunc('milliseconds', m.created_at) desc, m.user_id desc limit $4"#,
        tx.organization().uuid(),
        after_at,
        after_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| MemberRow {
            user: UserId::new(row.id),
            name: row.name,
            email: row.email,
            role: row.role,
            joined_at: row.created_at,
        })
        .collect())
}

pub async fn read(tx: &mut TenantTx, user: UserId) -> Result<Option<MemberRow>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select u.id, u.name, u.email, m.role as "role: Role", m.created_at
           from memberships m join users u on u.id = m.user_id
           where m.organization_id = $1 and m.user_id = $2 for no key update of m"#,
        tx.organization().uuid(),
        user.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| MemberRow {
        user: UserId::new(row.id),
        name: row.name,
        email: row.email,
        role: row.role,
        joined_at: row.created_at,
    }))
}

pub async fn set_role(tx: &mut TenantTx, user: UserId, role: Role) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update memberships set role = $3 where organization_id = $1 and user_id = $2",
        tx.organization().uuid(),
        user.uuid(),
        role.as_str(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes a former member's conversations with the co-pilot: no one else may see them.
pub async fn forget_conversations(tx: &mut TenantTx, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from copilot_conversations where organization_id = $1 and user_id = $2",
        tx.organization().uuid(),
        user.uuid()
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Their conversations with the co-pilot are deleted as well.
pub async fn remove(tx: &mut TenantTx, user: UserId) -> Result<(), sqlx::Error> {
    forget_conversations(tx, user).await?;
    sqlx::query!(
        "delete from memberships where organization_id = $1 and user_id = $2",
        tx.organization().uuid(),
        user.uuid()
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether the organization still has an owner; call it under the [`lock`]. The database checks the same at commit, but a
/// cluster doesn't say there what was wrong.
pub async fn has_owner(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from memberships where organization_id = $1 and role = 'owner') as "has!""#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns the number of members.
pub async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from memberships where organization_id = $1"#,
        tx.organization().uuid()
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether a person with that email is a member.
pub async fn has_address(tx: &mut TenantTx, email: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from memberships m join users u on u.id = m.user_id
                          where m.organization_id = $1 and u.email = $2) as "there!""#,
        tx.organization().uuid(),
        email,
    )
    .fetch_one(tx.conn())
    .await
}

/// Inserts a new person, whose email an invitation has confirmed.
///
/// # Errors
/// Constraint `users_email_key` if the email already has an account.
pub async fn insert_person(
    tx: &mut TenantTx,
    user: UserId,
    email: &str,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into users (id, email, password_hash, email_verified_at, created_at) values ($1, $2, $3, $4, $4)",
        user.uuid(),
        email,
        password_hash,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Marks the person's email as confirmed.
pub async fn verify_person(tx: &mut TenantTx, user: UserId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set email_verified_at = coalesce(email_verified_at, $2) where id = $1", user.uuid(), now)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Returns whether the team must use two-step sign-in.
pub async fn two_steps(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!("select second_factor_required from tenants where id = $1", tx.organization().uuid())
        .fetch_one(tx.conn())
        .await
}

/// Turns the requirement on or off; returns whether that was a change. Doesn't affect test modes, which have the live
/// organization's team.
pub async fn set_two_steps(tx: &mut TenantTx, required: bool) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update tenants set second_factor_required = $2
         where id = $1 and test_of is null and second_factor_required <> $2",
        tx.organization().uuid(),
        required,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
