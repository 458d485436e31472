//! That an affiliate accepted the program's terms: told along by the brand, or given in the portal. Only who accepted is
//! sent to a CRM as somebody who consented.

use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, ConsentId, OrganizationId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    Kind, Subject, latest,
    store::{self, New},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    api::text::maybe,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::sync::{Reason, trigger};

pub const VERSION_MAX: usize = 100;
pub const EVIDENCE_MAX: usize = 1_000;
/// How far ahead of ours the caller's clock may be.
const AHEAD_MS: i64 = 300_000;

/// That they accepted the program's terms somewhere else: in your checkout, your form, your contract. Kept as a consent of
/// kind `program_terms`; an invitation alone is none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"at": "2026-11-18T09:12:00Z", "version": "2026-07", "evidence": "Ticked in the application form"}))]
pub struct TermsAccepted {
    /// When. Not in the future.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Of the terms; up to 100 characters.
    version: Option<String>,
    /// How you know, up to 1,000 characters.
    evidence: Option<String>,
}

/// An acceptance that can be kept.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub at: Timestamp,
    pub version: Option<String>,
    pub evidence: String,
}

impl TermsAccepted {
    /// # Errors
    /// 400 naming the field.
    pub fn checked(&self, now: Timestamp) -> Result<Accepted> {
        let at = not_ahead("termsAccepted.at", self.at, now)?;
        let version = maybe("termsAccepted.version", self.version.as_deref(), VERSION_MAX)?;
        let evidence = maybe("termsAccepted.evidence", self.evidence.as_deref(), EVIDENCE_MAX)?;
        Ok(Accepted { at, version, evidence: evidence.unwrap_or_else(|| "Told by the brand".to_owned()) })
    }
}

/// # Errors
/// 400 naming the field, where the moment is yet to come.
pub fn not_ahead(field: &str, at: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if at > now.plus_millis(AHEAD_MS) {
        return Err(Error::field(field, format!("{field} must not be in the future")));
    }
    Ok(at)
}

/// Keeps the acceptance and tells the audit log; nothing where that very one is kept already.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub async fn accept(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    accepted: &Accepted,
    actor: &Actor,
) -> Result<()> {
    let (subject, kind, now) = (Subject::Affiliate(affiliate), Kind::ProgramTerms, state.clock.now());
    let known = latest(tx, organization, subject, kind).await?;
    if known.is_some_and(|known| {
        known.granted && known.version == accepted.version && known.decided_at.millis() == accepted.at.millis()
    }) {
        return Ok(());
    }
    let id: ConsentId = state.new_id();
    let new = New {
        id,
        subject,
        kind,
        version: accepted.version.as_deref(),
        granted: true,
        decided_at: accepted.at,
        evidence: Some(&accepted.evidence),
        actor: &actor.who,
    };
    store::insert(tx, organization, &new, now).await?;
    let details = json!({"kind": kind.name(), "affiliateId": affiliate, "version": accepted.version, "granted": true,
                      "at": accepted.at.to_string()});
    audit::record(tx, organization, actor, now, Entry::new("consent.recorded", id).after(details)).await?;
    Ok(trigger::affiliate(tx, organization, affiliate, Reason::Consent, now).await?)
}
