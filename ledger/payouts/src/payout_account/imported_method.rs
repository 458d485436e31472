//! Sets the PayPal address that an affiliate had on another platform, as brought by an import.

use serde_json::json;
use shared::id::AffiliateId;

use super::{
    account_key,
    destination::{self, NewDestination},
    destination_store, email, encryption,
    method::{self, Details, Given, Rail},
    method_store, store,
};
use engine::book;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

fn read(address: &str) -> Result<Details> {
    method::check(Rail::PayPal, &Given { email: Some(address), holder: None, account: None })
}

/// Sets PayPal at this address as their payout method. `actor` started the import. Locks the organization's tenant.
///
/// # Errors
/// 400 if it isn't an email address.
pub async fn paypal(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    (address, actor): (&str, &str),
) -> Result<()> {
    let organization = tx.organization();
    let now = state.clock.now();
    let details = read(address)?;
    let keys = &state.config.keys;
    book::store::lock(tx).await?;
    let before = method_store::read(tx, affiliate).await?;
    let kept =
        before.as_ref().and_then(|chosen| encryption::open(keys, organization, affiliate, &chosen.sealed_details).ok());
    if kept.as_ref() == Some(&details) && before.as_ref().is_some_and(|chosen| chosen.rail == Rail::PayPal) {
        return Ok(());
    }
    let sealed = encryption::seal(keys, organization, affiliate, &details).map_err(|error| Error::internal(error))?;
    let hint = details.hint();
    method_store::set(tx, affiliate, (Rail::PayPal, &sealed, &hint), now).await?;
    account_key::record(tx, state, affiliate, Some(&details)).await?;
    let audit_details = json!({"affiliateId": affiliate, "rail": Rail::PayPal.as_str(), "to": hint});
    let entry = Entry::new("payout_method.set", affiliate).after(audit_details);
    let actor = Actor { who: actor.to_owned(), ..Actor::system() };
    audit::record(tx, &actor, now, entry).await?;
    if (before.is_some() || destination_store::had_one(tx, affiliate).await?)
        && let Some(person) = store::person(tx, affiliate).await?
    {
        let address = kept.as_ref().and_then(|details| details.email.as_deref());
        let new = NewDestination::Method(Rail::PayPal, hint);
        destination::moved(tx, state, &person, (address, &new)).await?;
    }
    Ok(())
}

/// Notifies an affiliate who existed before the import: the person who brought the address may not be the one it pays.
pub async fn notify(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, address: &str) -> Result<()> {
    let Some(person) = store::person(tx, affiliate).await? else { return Ok(()) };
    let new = NewDestination::Method(Rail::PayPal, read(address)?.hint());
    email::changed(tx, state, &person, &new).await
}
