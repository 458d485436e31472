//! Returns payable commissions of unverified claims to review, and emails the brand's owners and admins once.
//!
//! Ledgers from before the policy for claims existed may contain such commissions. This runs at every start and finds
//! nothing from the second run on, because recomputing a claim holds its commission.

use shared::id::{ConversionId, OrganizationId};

use crate::{
    book, conversion,
    history::{load, write::recompute_and_save},
};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    jobs::OneByOne,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

const SET: usize = 200;

fn content(brand: &str, count: usize, link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-unverified-subject").with("brand", brand).with("count", count);
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(t.say("email-unverified-message").with("brand", brand).with("count", count))
        .paragraph(t.say("email-unverified-action"))
        .button(t.say("email-unverified-button"), link)
}

/// Returns the commissions of all tenants to review.
///
/// # Errors
/// The last failing tenant's, of whom sets before the failing one are kept; or if the database is unavailable.
pub async fn return_to_review(state: &AppState) -> Result<()> {
    let mut tenant_by_tenant = OneByOne::of("release_holds");
    for organization in state.db.all_tenants().await?.iter().copied() {
        tenant_by_tenant.note(organization, return_of(state, organization).await);
    }
    tenant_by_tenant.result()
}

async fn return_of(state: &AppState, organization: OrganizationId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let claims = payable(&mut tx).await?;
    tx.commit().await?;
    for (number, set) in claims.chunks(SET).enumerate() {
        let mut tx = state.db.tenant(organization).await?;
        book::store::lock(&mut tx).await?;
        if number == 0 {
            notify(&mut tx, state, claims.len()).await?;
        }
        let conversions = conversion::store::by_id(&mut tx, set).await?;
        let keys = load::keys_of(&mut tx, &conversions).await?;
        let histories = load::load(&mut tx, &keys).await?;
        recompute_and_save(&mut tx, state, histories).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Unverified claims that no one has reviewed, whose commission is payable and in no payout.
async fn payable(tx: &mut TenantTx) -> Result<Vec<ConversionId>> {
    let ids = sqlx::query_scalar!(
        "select distinct v.id from conversions v
         join commissions c on c.organization_id = v.organization_id and c.conversion_id = v.id
         where v.organization_id = $1 and not v.verified and v.review is null and c.status = 'Approved'
           and c.paid = 0 and c.reserved = 0
           and coalesce((select y.claims <> 'Trusted' from program_policies y
                         where y.organization_id = $1 and y.program_id = v.program_id
                           and y.effective_at <= v.occurred_at
                         order by y.effective_at desc limit 1), true)",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(ConversionId::new).collect())
}

async fn notify(tx: &mut TenantTx, state: &AppState, count: usize) -> Result<()> {
    let organization = tx.organization();
    let link = format!("{}/dashboard/review?organization={organization}", state.config.public_url);
    for person in people(tx, ADMINS).await? {
        let content = content(&person.brand, count, link.clone());
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::ClaimsReturned)?).await?;
    }
    Ok(())
}

/// A sample of the email, for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    content(brand, 12, "https://rekomi.test/dashboard/review".to_owned()).to(to, EmailKind::ClaimsReturned)
}
