//! SQL of invitations.

use shared::{
    id::{InvitationId, OrganizationId, UserId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::{
    access::role::Role,
    db::{
        GlobalTx, TenantTx,
        names_store::{self, Name},
    },
};

#[derive(Debug, Clone)]
pub struct Invitation {
    pub organization: OrganizationId,
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    pub invited_by: String,
    pub created_at: Timestamp,
    pub sent_at: Timestamp,
    pub expires_at: Timestamp,
    pub cancelled_at: Option<Timestamp>,
    pub accepted_at: Option<Timestamp>,
}

/// The status of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    Expired,
    Cancelled,
    Accepted,
}

impl Stage {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Cancelled => "Cancelled",
            Self::Accepted => "Accepted",
        }
    }
}

impl Invitation {
    pub fn stage(&self, now: Timestamp) -> Stage {
        if self.accepted_at.is_some() {
            Stage::Accepted
        } else if self.cancelled_at.is_some() {
            Stage::Cancelled
        } else if now >= self.expires_at {
            Stage::Expired
        } else {
            Stage::Open
        }
    }
}

/// A row of the table, as each query reads it.
struct Row {
    organization_id: Uuid,
    id: Uuid,
    email: String,
    role: Role,
    invited_by: String,
    created_at: Timestamp,
    sent_at: Timestamp,
    expires_at: Timestamp,
    cancelled_at: Option<Timestamp>,
    accepted_at: Option<Timestamp>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            organization: OrganizationId::new(row.organization_id),
            id: InvitationId::new(row.id),
            email: row.email,
            role: row.role,
            invited_by: row.invited_by,
            created_at: row.created_at,
            sent_at: row.sent_at,
            expires_at: row.expires_at,
            cancelled_at: row.cancelled_at,
            accepted_at: row.accepted_at,
        }
    }
}

/// Returns invitations, newest first; with `waiting`, only those that were neither accepted nor canceled.
pub async fn list(
    tx: &mut TenantTx,
    waiting: bool,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Invitation>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select organization_id, id, email, role as "role: Role", invited_by, created_at, sent_at, expires_at, cancelled_at,
                  accepted_at
           from invitations
           where organization_id = $1 and ($2::uuid is null or id < $2)
             and (not $4 or cancelled_at is null and accepted_at is null)
           order by id desc limit $3"#,
        tx.organization().uuid(),
        after,
        limit,
        waiting,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Returns the invitation and locks it until the transaction ends.
pub async fn hold(tx: &mut TenantTx, id: InvitationId) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select organization_id, id, email, role as "role: Role", invited_by, created_at, sent_at, expires_at, cancelled_at,
                  accepted_at
           from invitations where organization_id = $1 and id = $2 for update"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Invitation::from))
}

/// Returns the invitation whose link's hash the transaction's holder names.
pub async fn by_token(tx: &mut GlobalTx, token_hash: &[u8; 32]) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select organization_id, id, email, role as "role: Role", invited_by, created_at, sent_at, expires_at, cancelled_at,
                  accepted_at
           from invitations where token_hash = $1"#,
        &token_hash[..],
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Invitation::from))
}

/// Returns the open invitation of an email, expired or not.
pub async fn open_of(tx: &mut TenantTx, email: &str) -> Result<Option<Invitation>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select organization_id, id, email, role as "role: Role", invited_by, created_at, sent_at, expires_at, cancelled_at,
                  accepted_at
           from invitations
           where organization_id = $1 and email = $2 and cancelled_at is null and accepted_at is null for update"#,
        tx.organization().uuid(),
        email,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Invitation::from))
}

/// Returns how many invitations can still be accepted.
pub async fn count_open(tx: &mut TenantTx, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from invitations
           where organization_id = $1 and cancelled_at is null and accepted_at is null and expires_at > $2"#,
        tx.organization().uuid(),
        now,
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn insert(tx: &mut TenantTx, new: &Invitation, token_hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into invitations (organization_id, id, email, role, token_hash, invited_by, created_at, sent_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.organization.uuid(),
        new.id.uuid(),
        new.email,
        new.role.as_str(),
        &token_hash[..],
        new.invited_by,
        new.created_at,
        new.sent_at,
        new.expires_at,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Invitation(token_hash)).await
}

/// Replaces the token, so that the old link stops working.
pub async fn renew(tx: &mut TenantTx, renewed: &Invitation, token_hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invitations set token_hash = $3, sent_at = $4, expires_at = $5 where organization_id = $1 and id = $2",
        renewed.organization.uuid(),
        renewed.id.uuid(),
        &token_hash[..],
        renewed.sent_at,
        renewed.expires_at,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Invitation(token_hash)).await
}

pub async fn cancel(tx: &mut TenantTx, id: InvitationId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invitations set cancelled_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn accept(tx: &mut TenantTx, id: InvitationId, user: UserId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invitations set accepted_at = $4, accepted_by = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        user.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
