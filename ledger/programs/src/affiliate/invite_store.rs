//! SQL for invitations: who was invited, when, and who has signed in.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use crate::link::create::NewLink;
use kit::db::TenantTx;

/// An invitation that is about to be sent.
#[derive(Debug)]
pub struct NewInvite<'a> {
    pub affiliate: AffiliateId,
    pub program: ProgramId,
    /// Where the link leads that they get when they accept; `None` if they get none then.
    pub destination: Option<&'a str>,
    pub note: Option<&'a str>,
    pub actor: &'a str,
}

/// An invitation with its current state.
#[derive(Debug, Clone)]
pub struct Invite {
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    pub program_id: ProgramId,
    pub program: String,
    pub note: Option<String>,
    pub invited_at: Timestamp,
    pub sent_at: Timestamp,
    pub times: i32,
    /// Whether they signed in.
    pub has_come: bool,
    /// Whether they may join, or have joined: not archived or banned since.
    pub may_join: bool,
}

pub async fn insert(tx: &mut TenantTx, invite: &NewInvite<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into invites (organization_id, affiliate_id, program_id, note, actor, invited_at, sent_at, destination)
         values ($1, $2, $3, $4, $5, $6, $6, $7)",
        tx.organization().uuid(),
        invite.affiliate.uuid(),
        invite.program.uuid(),
        invite.note,
        invite.actor,
        now,
        invite.destination,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// One invitation, or a page of the open ones or of all; newest first.
pub async fn list(
    tx: &mut TenantTx,
    only: Option<AffiliateId>,
    open: bool,
    after: Option<(Timestamp, uuid::Uuid)>,
    limit: i64,
) -> Result<Vec<Invite>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select i.affiliate_id, a.name, a.email, i.program_id, p.name as program, i.note, i.invited_at, i.sent_at, i.times,
                  i.came_at is not null as "has_come!", a.status in ('Invited', 'Approved') as "may_join!"
           from invites i
           join affiliates a on a.organization_id = i.organization_id and a.id = i.affiliate_id
           join programs p on p.organization_id = i.organization_id and p.id = i.program_id
           where i.organization_id = $1 and a.erased_at is null and ($2::uuid is null or i.affiliate_id = $2)
             and (not $3::boolean or (i.came_at is null and a.status in ('Invited', 'Approved')))
             and ($4::timestamptz is null or (i.invited_at, i.affiliate_id) < ($4, $5::uuid))
           order by i.invited_at desc, i.affiliate_id desc limit $6"#,
        tx.organization().uuid(),
        only.map(|id| id.uuid()),
        open,
        after.map(|(moment, _)| moment),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let invites = rows.into_iter().map(|row| Invite {
        affiliate: row.affiliate_id,
        name: row.name,
        email: row.email,
        program_id: ProgramId::new(row.program_id),
        program: row.program,
        note: row.note,
        invited_at: row.invited_at,
        sent_at: row.sent_at,
        times: row.times,
        has_come: row.has_come,
        may_join: row.may_join,
    });
    Ok(invites.collect())
}

/// Records an affiliate's first login.
pub async fn came(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invites set came_at = $3 where organization_id = $1 and affiliate_id = $2 and came_at is null",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records that the invitation was sent once more.
pub async fn sent_again(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invites set sent_at = $3, times = times + 1 where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The link that an invited person gets when they accept, as long as one can be created.
pub(super) async fn promised_link(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<NewLink>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select g.id, i.destination as "destination!" from invites i
           join programs g on g.organization_id = i.organization_id and g.id = i.program_id and g.archived_at is null
           where i.organization_id = $1 and i.affiliate_id = $2 and i.destination is not null
             and exists (select from link_hosts h where h.organization_id = $1 and h.verified_at is not null)"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| NewLink {
        program_id: row.id,
        affiliate_id: affiliate,
        host: None,
        slug: None,
        destination: row.destination,
    }))
}
