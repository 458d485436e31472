//! Affiliates' acceptance of the program's terms, reported by the brand or given in the portal. Only an affiliate who
//! accepted them is sent to a CRM as someone who consented.

use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, ConsentId},
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
    compiled_once,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::sync::{Reason, trigger};

pub const VERSION_MAX: usize = 100;
pub const EVIDENCE_MAX: usize = 1_000;
/// The most that a caller's clock may be ahead of ours.
const AHEAD_MS: i64 = 300_000;

/// The affiliate's acceptance of the program's terms outside Rekomi: in your checkout, form or contract. Saved as a
/// consent of kind `program_terms`. An invitation alone isn't an acceptance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"at": "2026-11-18T09:12:00Z", "version": "2026-07", "evidence": "Application form"}))]
pub struct TermsAccepted {
    /// When the affiliate accepted the terms. Must not be in the future.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The version of the terms, up to 100 characters.
    version: Option<String>,
    /// Evidence of the acceptance, up to 1,000 characters.
    evidence: Option<String>,
}

/// A validated acceptance.
#[derive(Debug, Clone)]
pub struct Accepted {
    pub at: Timestamp,
    pub version: Option<String>,
    pub evidence: String,
}

impl TermsAccepted {
    /// Validates the acceptance.
    ///
    /// # Errors
    /// 400 naming the field.
    pub fn checked(&self, now: Timestamp) -> Result<Accepted> {
        let at = not_ahead("termsAccepted.at", self.at, now)?;
        let version = maybe("termsAccepted.version", self.version.as_deref(), VERSION_MAX)?;
        let evidence = maybe("termsAccepted.evidence", self.evidence.as_deref(), EVIDENCE_MAX)?;
        Ok(Accepted { at, version, evidence: evidence.unwrap_or_else(|| "Reported by the brand".to_owned()) })
    }
}

/// Checks that a time isn't in the future.
///
/// # Errors
/// 400 naming the field, if it is.
pub fn not_ahead(field: &str, at: Timestamp, now: Timestamp) -> Result<Timestamp> {
    if at > now.plus_millis(AHEAD_MS) {
        return Err(Error::field(field, format!("{field} must not be in the future")));
    }
    Ok(at)
}

/// Saves the acceptance and writes it to the audit log; does nothing if this same acceptance is already saved.
///
/// # Errors
/// Database errors; the caller must then roll back.
#[compiled_once]
pub async fn accept(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    accepted: &Accepted,
    actor: &Actor,
) -> Result<()> {
    let (subject, kind, now) = (Subject::Affiliate(affiliate), Kind::ProgramTerms, state.clock.now());
    let known = latest(tx, subject, kind).await?;
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
    store::insert(tx, &new, now).await?;
    let details = json!({"kind": kind.name(), "affiliateId": affiliate, "version": accepted.version, "granted": true,
                      "at": accepted.at.to_string()});
    audit::record(tx, actor, now, Entry::new("consent.recorded", id).after(details)).await?;
    Ok(trigger::affiliate(tx, affiliate, Reason::Consent, now).await?)
}
