//! The status of affiliates' tax forms when they are to be paid.

use std::collections::HashMap;

pub use payout_core::tax::gate::{Gate, TaxFormStatus, Verdict, decide};
use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use crate::payout_settings::store as settings_store;
use kit::{db::TenantTx, text::Texts};

/// Describes to an affiliate, in a sentence, what the brand does without a form.
pub async fn withholding_notice(tx: &mut TenantTx, t: Texts, brand: &str) -> Result<String, sqlx::Error> {
    let key = match settings_store::read(tx).await?.tax_gate {
        Gate::Warn => "portal-tax-without-warn",
        Gate::Hold => "portal-tax-without-hold",
        Gate::Withhold => "portal-tax-without-withhold",
    };
    Ok(t.say(key).with("brand", brand).to_string())
}

/// The form status of affiliates, by their ID.
#[derive(Debug)]
pub struct TaxFormStatuses(HashMap<AffiliateId, TaxFormStatus>);

impl TaxFormStatuses {
    /// Returns the status; `Missing` for an affiliate who never submitted a form.
    pub fn of(&self, affiliate: AffiliateId) -> TaxFormStatus {
        self.0.get(&affiliate).copied().unwrap_or(TaxFormStatus::Missing)
    }
}

/// Loads the status of each affiliate at `now`. A W-8 counts to the end of its last day, in UTC.
pub async fn statuses(
    tx: &mut TenantTx,
    affiliates: &[AffiliateId],
    now: Timestamp,
) -> Result<TaxFormStatuses, sqlx::Error> {
    let ids: Vec<Uuid> = affiliates.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select distinct on (affiliate_id) affiliate_id, status, subject_to_withholding as subject, expires_on
           from tax_forms where organization_id = $1 and affiliate_id = any ($2) and status <> 'Submitted'
           order by affiliate_id, status = 'Valid' desc, ended_at desc nulls last, id desc"#,
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let today = now.date();
    let stands = rows.into_iter().map(|row| {
        let form_status = match row.status.as_str() {
            "Valid" => match (row.expires_on, row.subject) {
                (Some(last), _) if last < today => TaxFormStatus::Expired,
                (_, true) => TaxFormStatus::SubjectToWithholding,
                _ => TaxFormStatus::Valid,
            },
            "Expired" => TaxFormStatus::Expired,
            "Rejected" => TaxFormStatus::Rejected,
            _ => TaxFormStatus::Missing,
        };
        (AffiliateId::new(row.affiliate_id), form_status)
    });
    Ok(TaxFormStatuses(stands.collect()))
}
