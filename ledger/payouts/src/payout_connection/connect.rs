//! Connects the brand's Stripe account, or gives a connection a new key. Stripe is asked before anything is written,
//! and never while a transaction is open.

use axum::http::StatusCode;
use shared::id::{OrganizationId, PayoutConnectionId};

use super::{
    audit_fields,
    encryption::{self, Column},
    endpoint, handover_store,
    key::{self, Key, Pasted},
    probe::{self, Found},
    store::{self, Row, VerifiedAccount},
};
use identity::{audit::Entry, organization};
use kit::{
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};

const NAME_MAX: usize = 200;
const SECRETS_MAX: usize = 8;

/// A verified key, and the account it belongs to.
#[derive(Debug)]
pub struct Verified {
    key: Key,
    found: Found,
    country: String,
    currency: String,
    /// Signing secrets of endpoints that the brand created itself.
    secrets: Vec<String>,
}

/// Reads the pasted key and tests it with Stripe. Nothing is written.
///
/// # Errors
/// 400 naming `apiKey` or `webhookSecrets`; 422 `wrong_mode`, `stripe_refused`, `missing_permissions` or `no_connect`;
/// 503 `stripe_unavailable`.
pub async fn verify(
    state: &AppState,
    organization: OrganizationId,
    pasted: &Pasted,
    secrets: &[String],
) -> Result<Verified> {
    let key = key::read(pasted)?;
    let secrets = secrets.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect::<Vec<_>>();
    check_secrets(&secrets)?;
    let mut tx = state.db.tenant(organization).await?;
    let kin = organization::store::kinship(&mut tx).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    key::check_mode(key.livemode, kin.test_of.is_some(), state.config.environment.is_development())?;
    let found = probe::probe(state, &key.secret).await.map_err(|unfit| unfit.error())?;
    let code = |text: Option<&str>, length: usize| {
        let text = text.unwrap_or_default().trim().to_ascii_uppercase();
        let fits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_uppercase());
        fits.then_some(text).ok_or_else(incomplete)
    };
    let country = code(found.account.country.as_deref(), 2)?;
    let currency = code(found.account.default_currency.as_deref(), 3)?;
    Ok(Verified { key, found, country, currency, secrets })
}

fn check_secrets(secrets: &[String]) -> Result<()> {
    let is_secret = |text: &String| {
        let rest = text.strip_prefix("whsec_").unwrap_or_default();
        (16..=200).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if secrets.len() > SECRETS_MAX || !secrets.iter().all(is_secret) {
        let message = "webhookSecrets must be the endpoints\u{2019} signing secrets, which start with whsec_";
        return Err(Error::field("webhookSecrets", message));
    }
    Ok(())
}

fn incomplete() -> Error {
    let message = "This Stripe account doesn\u{2019}t have a country or currency yet. Activate it in Stripe, then \
                   paste the key again.";
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::AccountIncomplete, message).with_field("apiKey")
}

/// Writes the connection. The same Stripe account keeps its connection, even after it was disconnected; another account
/// replaces it only while no payout is under way. After the commit, [`register`] does the rest.
///
/// # Errors
/// 409 `payouts_open` if another account would take over payouts that are under way, `connected_meanwhile`.
pub async fn settle(tx: &mut TenantTx, state: &AppState, verified: &Verified) -> Result<(PayoutConnectionId, Entry)> {
    let organization = tx.organization();
    let (account, now) = (&verified.found.account, state.clock.now());
    let before = store::lock(tx).await?;
    let same = |row: &Row| row.stripe_account == account.id && row.livemode == verified.key.livemode;
    let id = match &before {
        Some(row) if same(row) => row.id,
        Some(row) => {
            leave(tx, row).await?;
            known_or_new(tx, state, verified).await?
        }
        None => known_or_new(tx, state, verified).await?,
    };
    let sealed = encryption::seal(&state.config.keys, organization, id, Column::ApiKey, &verified.key.secret);
    let settled = VerifiedAccount {
        stripe_account: &account.id,
        account_name: &account.name().unwrap_or_default().chars().take(NAME_MAX).collect::<String>(),
        country: &verified.country,
        currency: &verified.currency,
        livemode: verified.key.livemode,
        sealed_api_key: &sealed.map_err(|error| Error::internal(error))?,
        key_hint: &verified.key.hint,
        permissions: &verified.found.grants,
    };
    let written = store::settle(tx, id, &settled, now).await;
    written.on_constraint("payout_connections_one", meanwhile)?;
    if let Some(balance) = &verified.found.balance {
        store::set_balance(tx, id, balance, now).await?;
    }
    let row = store::one(tx, id).await?.ok_or_else(|| Error::internal("a connection that is gone"))?;
    if !verified.secrets.is_empty() {
        let sealed = endpoint::seal(state, organization, &row, &verified.secrets)?;
        store::set_webhooks(tx, id, &row.webhook_endpoints, Some(&sealed)).await?;
    }
    handover_store::follow(tx, id, now).await?;
    let action = if before.is_some() { "payout_connection.changed" } else { "payout_connection.created" };
    let entry = Entry {
        before: before.as_ref().map(audit_fields::fields),
        ..Entry::new(action, id).after(audit_fields::fields(&row))
    };
    Ok((id, entry))
}

/// Reuses a disconnected connection of the same account, or creates a new ID.
async fn known_or_new(tx: &mut TenantTx, state: &AppState, verified: &Verified) -> Result<PayoutConnectionId> {
    let former = store::former(tx, &verified.found.account.id, verified.key.livemode).await?;
    Ok(former.unwrap_or_else(|| state.new_id()))
}

async fn leave(tx: &mut TenantTx, row: &Row) -> Result<()> {
    let open = handover_store::open_payouts(tx, row.id).await?;
    if open > 0 {
        let message = format!(
            "This key belongs to another Stripe account, but {open} of your payouts are still in progress from {}. \
             Wait for them to finish, cancel them, or paste a key from that account.",
            row.stripe_account
        );
        return Err(Error::new(StatusCode::CONFLICT, Code::PayoutsOpen, message));
    }
    Ok(store::disconnect(tx, row.id).await?)
}

fn meanwhile() -> Error {
    let message = "Someone else just connected a Stripe account. Reload the page and check it first.";
    Error::new(StatusCode::CONFLICT, Code::ConnectedMeanwhile, message)
}

/// Registers the connection's webhook endpoints if Stripe has none of ours yet, and returns the connection.
pub async fn register(state: &AppState, organization: OrganizationId, id: PayoutConnectionId) -> Result<Row> {
    let read = || async {
        let mut tx = state.db.tenant(organization).await?;
        let row = store::one(&mut tx, id).await?;
        tx.commit().await?;
        row.ok_or_else(|| Error::internal("a connection that is gone"))
    };
    let row = read().await?;
    let key = store::key(state, organization, &row)?;
    endpoint::register(state, organization, &row, &key).await?;
    read().await
}

/// Deletes the key. After the commit, the caller removes the connection's endpoints with the key in the returned row.
///
/// # Errors
/// 404 if there is none, 409 `payouts_open`.
pub async fn disconnect(tx: &mut TenantTx) -> Result<(Row, Entry)> {
    let row = store::lock(tx).await?.ok_or_else(super::fault::none)?;
    let open = handover_store::open_payouts(tx, row.id).await?;
    if open > 0 {
        let message = format!("Payouts in progress: {open}. Wait for them to finish, or cancel them first.");
        return Err(Error::new(StatusCode::CONFLICT, Code::PayoutsOpen, message));
    }
    store::disconnect(tx, row.id).await?;
    let entry = Entry::new("payout_connection.removed", row.id).before(audit_fields::fields(&row));
    Ok((row, entry))
}
