//! Returns payable commissions of unverified claims to review, and emails the brand's owners and admins once.
//!
//! Ledgers from before the policy for claims existed may contain such commissions. This runs at every start and finds
//! nothing from the second run on, because recomputing a claim holds its commission.

use askama::Template;
use shared::id::ConversionId;

use crate::{
    book, conversion,
    history::{load, write::recompute_and_save},
};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};

const SET: usize = 200;

#[derive(Debug)]
struct Returned {
    brand: String,
    count: usize,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/claims_returned.txt")]
struct ReturnedText<'a> {
    words: &'a Returned,
}

#[derive(Template)]
#[template(path = "mail/claims_returned.html")]
struct ReturnedHtml<'a> {
    words: &'a Returned,
}

impl Words for Returned {
    fn subject(&self) -> String {
        let sales = if self.count == 1 { "sale needs" } else { "sales need" };
        format!("{}: {} unverified {sales} your review", self.brand, self.count)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ReturnedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ReturnedHtml { words: self }.render()
    }
}

/// Returns the commissions of all tenants to review.
///
/// # Errors
/// Database errors; sets before the failing one are kept.
pub async fn return_to_review(state: &AppState) -> Result<()> {
    for organization in state.db.all_tenants().await?.iter().copied() {
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
                         where y.organization_id = v.organization_id and y.program_id = v.program_id
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
        let words = Returned { brand: person.brand, count, link: link.clone() };
        mail::post(tx.conn(), state, Email::new(person.email, EmailKind::ClaimsReturned, &words)?).await?;
    }
    Ok(())
}

/// A sample of the email, for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let words =
        Returned { brand: brand.to_owned(), count: 12, link: "https://rekomi.test/dashboard/review".to_owned() };
    Email::new(to, EmailKind::ClaimsReturned, &words)
}
