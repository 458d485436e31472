//! SQL of notification settings.

use shared::{
    id::{AffiliateId, OrganizationId, UserId},
    timestamp::Timestamp,
};

use super::{Kind, wording_store};
use crate::organization::logo;
use kit::{
    access::role::Role,
    db::{TenantTx, TenantsTx},
    mail::Branding,
};

/// A member of an organization who wants a kind of email.
#[derive(Debug, Clone)]
pub struct Recipient {
    pub user: UserId,
    pub email: String,
}

/// Returns the recipients of a kind of email, ordered by email address.
pub async fn recipients(tx: &mut TenantTx, kind: Kind) -> Result<Vec<Recipient>, sqlx::Error> {
    let rows = sqlx::query!(
        "select m.user_id, u.email from memberships m join users u on u.id = m.user_id
         left join notification_settings s
           on s.organization_id = m.organization_id and s.user_id = m.user_id and s.kind = $2
         where m.organization_id = $1 and m.role = any ($3) and coalesce(s.enabled, true) order by u.email",
        tx.organization().uuid(),
        kind.name(),
        &kind.roles(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Recipient { user: row.user_id, email: row.email }).collect())
}

/// The roles that are responsible for an organization.
pub const ADMINS: &[Role] = &[Role::Owner, Role::Admin];

/// A member of an organization who is emailed whatever their notification settings are.
#[derive(Debug, Clone)]
pub struct Person {
    pub brand: String,
    pub email: String,
}

/// Returns an organization's people with one of these roles, ordered by email address, for essential emails such as
/// payouts that are waiting.
pub async fn people(tx: &mut TenantTx, roles: &[Role]) -> Result<Vec<Person>, sqlx::Error> {
    let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    sqlx::query_as!(
        Person,
        "select o.name as brand, u.email from organizations o
         join memberships m on m.organization_id = o.organization_id and m.role = any ($2)
         join users u on u.id = m.user_id
         where o.organization_id = $1 order by u.email",
        tx.organization().uuid(),
        &roles,
    )
    .fetch_all(tx.conn())
    .await
}

/// Returns a person's choices in all organizations of the transaction.
pub async fn chosen(tx: &mut TenantsTx, user: UserId) -> Result<Vec<(OrganizationId, String, bool)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        "select organization_id, kind, enabled from notification_settings
         where organization_id = any ($1) and user_id = $2",
        &organizations,
        user.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.kind, row.enabled)).collect())
}

/// Saves a choice; does nothing if the person is no longer a member.
pub async fn choose(tx: &mut TenantTx, user: UserId, kind: Kind, requested: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification_settings (organization_id, user_id, kind, enabled)
         select m.organization_id, m.user_id, $3, $4 from memberships m
         where m.organization_id = $1 and m.user_id = $2
         on conflict (organization_id, user_id, kind) do update set enabled = excluded.enabled",
        tx.organization().uuid(),
        user.uuid(),
        kind.name(),
        requested,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the name and color of an organization, for its emails.
pub async fn look(
    tx: &mut TenantsTx,
    organization: OrganizationId,
) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let row =
        sqlx::query!("select name, brand_color from organizations where organization_id = $1", organization.uuid(),)
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(|row| (row.name, row.brand_color)))
}

/// What an organization's emails look like.
#[derive(Debug)]
struct BrandRow {
    name: String,
    brand_color: Option<String>,
    logo_url: Option<String>,
    /// When the uploaded logo was chosen, which comes before the one at `logo_url`.
    logo_at: Option<Timestamp>,
    postal_address: Option<String>,
    reply_to: Option<String>,
    language: Option<String>,
}

impl BrandRow {
    fn look(self, organization: OrganizationId) -> Branding {
        let uploaded = self.logo_at.map(|at| logo::url(organization, at));
        Branding {
            logo: uploaded.or(self.logo_url),
            address: self.postal_address,
            reply_to: self.reply_to,
            ..Branding::new(self.name, self.brand_color.as_deref()).in_language(self.language.as_deref())
        }
    }
}

/// Adds the brand's own words in that language.
async fn worded(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    row: Option<BrandRow>,
) -> Result<Option<Branding>, sqlx::Error> {
    let Some(row) = row else { return Ok(None) };
    let look = row.look(organization);
    let wordings = wording_store::of_language(tx, organization, look.t.tag()).await?;
    Ok(Some(Branding { wordings, ..look }))
}

/// Returns the branding of an organization's emails, in English.
pub async fn branding(tx: &mut TenantsTx, organization: OrganizationId) -> Result<Option<Branding>, sqlx::Error> {
    let row = sqlx::query_as!(
        BrandRow,
        "select o.name, o.brand_color, o.logo_url, o.postal_address, coalesce(o.contact_email, o.billing_email) as reply_to,
                (select updated_at from organization_logos where organization_id = $1) as logo_at,
                null::text as language
         from organizations o where o.organization_id = $1",
        organization.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    worded(tx, organization, row).await
}

/// Returns the branding of an organization's emails to one of its affiliates, in their language.
pub async fn look_for(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<Option<Branding>, sqlx::Error> {
    let row = sqlx::query_as!(
        BrandRow,
        "select o.name, o.brand_color, o.logo_url, o.postal_address, coalesce(o.contact_email, o.billing_email) as reply_to,
                (select updated_at from organization_logos where organization_id = $1) as logo_at,
                a.language
         from affiliates a join organizations o on o.organization_id = a.organization_id
         where a.organization_id = $1 and a.id = $2",
        organization.uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    worded(tx, organization, row).await
}
