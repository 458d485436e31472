//! Connects an account: the vendor is asked before anything is written, and never while a transaction is open.

use axum::http::StatusCode;
use connector::{Account, Choice, Connector, Fault, Known, Task};
use shared::id::{CrmConnection, OrganizationId};

use super::{
    audit_fields,
    credentials::{self, Checked, Given},
    encryption, fault,
    refresh_token::Grant,
    refresh_token_store::assign,
    store::{self, Row},
    walk,
};
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// An upper bound that no real brand reaches.
const CONNECTIONS_MAX: i64 = 50;
/// The maximum stored length of the account's name, in characters.
const ACCOUNT_MAX: usize = 200;

/// Credentials that the vendor accepted, and what it said about the account.
#[derive(Debug)]
pub struct Verified {
    pub checked: Checked,
    pub account: Account,
}

/// A connection's settings besides its credentials.
#[derive(Debug, Default)]
pub struct Settings {
    pub list: Option<Choice>,
    pub tags: Vec<String>,
    pub segment_tag: bool,
    pub events: Vec<String>,
}

/// Parses the credentials and tests them with the vendor. Writes nothing.
///
/// # Errors
/// 400 naming the credential, 422 `vendor_refused` (naming it too, where it is the key), 503 `vendor_unavailable`.
pub async fn verify(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    given: &Given,
) -> Result<Verified> {
    let checked = credentials::check(connector, given, state.outbound.reach)?;
    let mut account = Account { credentials: checked.all(), found: Known::new() };
    Grant::of(organization, connector.descriptor(), &account).entered(state).await?;
    let found = probe(state, organization, connector, &account).await;
    account.found = found.map_err(|fault| fault::of_credentials(connector.descriptor(), &fault))?;
    Ok(Verified { checked, account })
}

/// Makes the test call and returns what it learned. Facts from an earlier test, such as a region, are determined again.
///
/// # Errors
/// The vendor's [`Fault`].
pub async fn probe(
    state: &AppState,
    organization: OrganizationId,
    connector: &dyn Connector,
    account: &Account,
) -> std::result::Result<Known, Fault> {
    let fresh = Account { credentials: account.credentials.clone(), found: Known::new() };
    walk::through(state, organization, (connector, &fresh), &Task::Check).await
}

/// The account's name for people to recognize it by; empty where the vendor doesn't return one.
pub fn account_name(found: &Known) -> String {
    found.maybe("account").unwrap_or_default().chars().take(ACCOUNT_MAX).collect()
}

/// # Errors
/// 409 `too_many_connections`.
pub async fn create(
    tx: &mut TenantTx,
    state: &AppState,
    (connector, verified): (&dyn Connector, &Verified),
    settings: Settings,
) -> Result<(Row, Entry)> {
    if store::count(tx).await? >= CONNECTIONS_MAX {
        let message = format!(
            "You\u{2019}ve reached the limit of {CONNECTIONS_MAX} CRM connections. Remove one you don\u{2019}t use."
        );
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyConnections, message));
    }
    let id = state.new_id::<CrmConnection>();
    let sealed = encryption::seal(&state.config.keys, tx.organization(), id, &verified.checked.secrets);
    let row = Row {
        id,
        vendor: connector.descriptor().slug.to_owned(),
        status: "active".to_owned(),
        paused_code: None,
        paused_reason: None,
        paused_at: None,
        account: account_name(&verified.account.found),
        settings: verified.checked.settings.clone(),
        sealed_credentials: sealed.map_err(|error| Error::internal(error))?,
        found: verified.account.found.clone(),
        list: settings.list,
        tags: settings.tags,
        segment_tag: settings.segment_tag,
        events: settings.events,
        wait_until: None,
        last_success_at: None,
        last_error: None,
        last_error_at: None,
        created_at: state.clock.now(),
    };
    store::insert(tx, &row).await?;
    assign(tx, id, Some(&Grant::of(tx.organization(), connector.descriptor(), &verified.account))).await?;
    let entry = Entry::new("connection.created", id).after(audit_fields::fields(&row));
    Ok((row, entry))
}

/// Puts new credentials into a connection's row.
///
/// # Errors
/// If sealing fails.
pub fn reconnect(state: &AppState, organization: OrganizationId, row: &mut Row, verified: &Verified) -> Result<()> {
    let sealed = encryption::seal(&state.config.keys, organization, row.id, &verified.checked.secrets);
    row.sealed_credentials = sealed.map_err(|error| Error::internal(error))?;
    row.settings = verified.checked.settings.clone();
    row.found = verified.account.found.clone();
    row.account = account_name(&verified.account.found);
    Ok(())
}
