//! SQL of contacts as the creator sees them, in a transaction that is bound to the creator or to the brands in question.

use shared::{
    id::{CreatorId, NetworkContactId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{GlobalTx, TenantTx, TenantsTx};

/// A contact in the creator's list.
#[derive(Debug, Clone)]
pub struct Own {
    pub id: NetworkContactId,
    pub organization: OrganizationId,
    pub brand: String,
    pub program: String,
    /// The last part of the program's address in the network; `None` if no one can apply or accept this invitation.
    pub handle: Option<String>,
    /// Whether the program's page in the network can be read.
    pub is_listed: bool,
    pub offer: Option<String>,
    pub status: String,
    pub message: String,
    pub invited_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    /// The brand's reason for a refusal.
    pub reason: Option<String>,
}

/// The brands that have a contact with the creator.
pub async fn brands(tx: &mut GlobalTx, creator: CreatorId) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select distinct organization_id from network_contacts where creator_id = $1 limit 500",
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(OrganizationId::new).collect())
}

/// The creator's contacts with these brands, the last changed first.
pub async fn list(tx: &mut TenantsTx, creator: CreatorId, now: Timestamp) -> Result<Vec<Own>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query_as!(
        Own,
        r#"select n.id, n.organization_id as "organization: OrganizationId", o.name as brand, g.name as program,
                  l.handle as "handle?", coalesce(l.status = 'Listed', false) as "is_listed!", l.offer as "offer?",
                  case when n.status = 'Invited' and n.expires_at <= $3 then 'Expired'
                       when n.status not in ('Applied', 'Joined') then n.status
                       when a.erased_at is not null then 'Expired'
                       when a.status = 'Approved' then 'Joined'
                       when a.status in ('Rejected', 'Banned', 'Archived') then 'Rejected'
                       when a.status = 'Pending' then 'Applied'
                       else n.status end as "status!",
                  n.message, n.invited_at, n.expires_at, n.changed_at,
                  case when n.status in ('Applied', 'Joined') and a.status = 'Rejected' then
                      (select s.reason from affiliate_statuses s
                       where s.organization_id = a.organization_id and s.affiliate_id = a.id
                       order by s.effective_at desc limit 1) end as "reason?"
           from network_contacts n
           join organizations o on o.organization_id = n.organization_id
           join programs g on g.organization_id = n.organization_id and g.id = n.program_id
           left join program_pages y on y.organization_id = n.organization_id and y.program_id = n.program_id
           left join network_listings l on l.organization_id = n.organization_id and l.program_id = n.program_id
                and (l.status = 'Listed'
                     or n.status = 'Invited' and l.suspended_at is null
                        and (l.approved_at is not null or l.status = 'Submitted')
                        and g.archived_at is null and y.published_at is not null)
           left join affiliates a on a.organization_id = n.organization_id and a.id = n.affiliate_id
           where n.organization_id = any ($1) and n.creator_id = $2
           order by n.changed_at desc, n.id desc limit 500"#,
        &organizations,
        creator.uuid(),
        now as _,
    )
    .fetch_all(tx.conn())
    .await
}

/// The program with this handle, not necessarily listed, to which one of these brands invited the creator. While its
/// brand hides what was approved, or a change of it is in review, the invitation can be accepted all the same.
pub async fn invited_to(
    tx: &mut TenantsTx,
    (creator, handle): (CreatorId, &str),
    now: Timestamp,
) -> Result<Option<(OrganizationId, ProgramId)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let found = sqlx::query!(
        "select l.organization_id, l.program_id
         from network_contacts n
         join programs g on g.organization_id = n.organization_id and g.id = n.program_id
         join program_pages y on y.organization_id = n.organization_id and y.program_id = n.program_id
         join network_listings l on l.organization_id = n.organization_id and l.program_id = n.program_id
         where n.organization_id = any ($1) and n.creator_id = $2 and n.status = 'Invited' and n.expires_at > $3
           and l.handle = $4 and l.suspended_at is null and (l.approved_at is not null or l.status = 'Submitted')
           and g.archived_at is null and y.published_at is not null",
        &organizations,
        creator.uuid(),
        now as _,
        handle,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(|row| (row.organization_id, row.program_id)))
}

/// The brand of one of the creator's contacts.
pub async fn brand_of(
    tx: &mut GlobalTx,
    (creator, contact): (CreatorId, NetworkContactId),
) -> Result<Option<OrganizationId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "select organization_id from network_contacts where id = $1 and creator_id = $2",
        contact.uuid(),
        creator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(OrganizationId::new))
}

/// Hides the creator's profile from a brand.
pub async fn mute(tx: &mut GlobalTx, creator: CreatorId, brand: OrganizationId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set hidden_from = array_append(hidden_from, $2)
         where creator_id = $1 and not $2 = any (hidden_from)",
        creator.uuid(),
        brand.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes the profile out of all brands' results.
pub async fn pause(tx: &mut GlobalTx, creator: CreatorId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set paused_at = coalesce(paused_at, $2) where creator_id = $1",
        creator.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Declines the creator's open invitations of one brand.
pub async fn decline_all(tx: &mut TenantTx, creator: CreatorId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_contacts set status = 'Declined', answered_at = $3, changed_at = $3
         where organization_id = $1 and creator_id = $2 and status = 'Invited'",
        tx.organization().uuid(),
        creator.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The creator's address and language, in their own transaction.
pub async fn address(tx: &mut GlobalTx, creator: CreatorId) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let row = sqlx::query!("select email, language from creators where id = $1", creator.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|row| (row.email, row.language)))
}

/// Whether the operator suspended the creator, in their own transaction.
pub async fn is_suspended(tx: &mut GlobalTx, creator: CreatorId) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"select suspended_at is not null as "is_suspended!" from creators where id = $1"#,
        creator.uuid(),
    );
    Ok(found.fetch_optional(tx.conn()).await?.unwrap_or(true))
}

/// An invitation whose email waits to be queued.
#[derive(Debug, Clone)]
pub struct Unsent {
    pub id: NetworkContactId,
    pub organization: OrganizationId,
    pub creator: CreatorId,
    pub brand: String,
    pub program: String,
    pub message: String,
}

/// Invitations whose emails wait, of all these brands but those that `failed`, the longest waiting first.
pub async fn unsent(tx: &mut TenantsTx, failed: &[Uuid], limit: i64) -> Result<Vec<Unsent>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query_as!(
        Unsent,
        r#"select n.id, n.organization_id as "organization: OrganizationId", n.creator_id as creator, o.name as brand,
                  g.name as program, n.message
           from network_contacts n
           join organizations o on o.organization_id = n.organization_id
           join programs g on g.organization_id = n.organization_id and g.id = n.program_id
           where n.organization_id = any ($1) and n.organization_id <> all ($3) and n.status = 'Invited'
             and n.emailed_at is null
           order by n.invited_at limit $2"#,
        &organizations,
        limit,
        failed,
    )
    .fetch_all(tx.conn())
    .await
}

/// Marks an invitation's email as queued. Returns false if another process did it first.
pub async fn emailed(tx: &mut TenantTx, id: NetworkContactId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update network_contacts set emailed_at = $3 where organization_id = $1 and id = $2 and emailed_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a profile answers of a program's questions.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    pub handle: Option<String>,
    pub portfolio_url: Option<String>,
    pub country: Option<String>,
    pub bio: String,
    pub recent_results: String,
}

impl Profile {
    /// The profile as the answer to an open question.
    pub fn about(&self) -> String {
        let parts = [self.bio.as_str(), self.recent_results.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    }
}

pub async fn profile(tx: &mut GlobalTx, creator: CreatorId) -> Result<Option<Profile>, sqlx::Error> {
    sqlx::query_as!(
        Profile,
        "select handle, portfolio_url, country, bio, recent_results from creator_profiles where creator_id = $1",
        creator.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}
