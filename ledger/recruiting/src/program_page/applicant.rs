//! Creates an affiliate from an application on a program page. They are pending until a person decides, or, if the
//! program approves applicants itself, until they confirm their email address: anyone could have typed it, so nothing
//! is sent to CRMs or webhooks before that ([`programs::affiliate::first_login`]).

use serde_json::Value;
use shared::id::{AffiliateId, ProgramId};

use super::store as page_store;
use engine::consent::terms::{self, Accepted};
use identity::{access::caller::Caller, audit, portal::profile_store};
use kit::{api::view::Affiliate, db::TenantTx, error::Result, state::AppState, text::Language};
use programs::{
    affiliate::{
        create::{self, Ready, derived},
        store::NewAffiliate as NewRow,
    },
    link::store,
};

/// A validated application of a person who isn't an affiliate yet.
#[derive(Debug)]
pub struct Applicant {
    pub email: String,
    pub name: String,
    pub alias: Option<String>,
    pub answers: Option<Value>,
    /// Whether confirming their email address approves them.
    pub awaits_entry: bool,
    pub program: ProgramId,
    /// The language in which they applied, and in which they'll read emails and the portal.
    pub language: Language,
    pub terms: Option<Accepted>,
    pub terms_version: Option<i32>,
}

/// Returns whether an alias already belongs to someone, or looks as if it did. Locks it, so that no one else takes it in
/// the meantime.
pub async fn is_taken(tx: &mut TenantTx, alias: &str) -> Result<bool> {
    store::lock_slug(tx, alias).await?;
    let no_one = AffiliateId::from_bytes([0; 16]);
    Ok(store::is_slug_of_another(tx, alias, no_one).await? || store::is_withheld_from(tx, no_one, alias).await?)
}

/// Creates the affiliate. The organization's tenant must be locked; after the commit, wake the pusher.
///
/// # Errors
/// Database errors, and 409 `slug_taken` if the caller didn't check [`is_taken`].
pub async fn apply(tx: &mut TenantTx, state: &AppState, applicant: Applicant, caller: &Caller) -> Result<Affiliate> {
    let (now, program, terms_version) = (state.clock.now(), applicant.program, applicant.terms_version);
    let row = NewRow {
        id: state.new_id(),
        slug: applicant.alias.clone().unwrap_or_else(|| derived(&applicant.name)),
        email: applicant.email,
        name: applicant.name,
        status: "Pending",
        application: applicant.answers,
        notes: None,
        joined_at: None,
    };
    let id = row.id;
    let actor = caller.actor(format!("affiliate:{id}"));
    let awaits_entry = applicant.awaits_entry;
    let ready = Ready { awaits_entry, ..Ready::of(row, applicant.alias.is_none()) };
    let made = create::make(tx, state, ready, now).await?;
    profile_store::set_language(tx, id, applicant.language).await?;
    audit::record(tx, &actor, now, create::entry(&made)).await?;
    page_store::insert_application(tx, (program, id), (terms_version, awaits_entry), now).await?;
    // Otherwise the acceptance takes effect with the confirmation.
    if let Some(accepted) = applicant.terms.filter(|_| !awaits_entry) {
        terms::accept(tx, state, id, &accepted, &actor).await?;
    }
    Ok(made.affiliate)
}
