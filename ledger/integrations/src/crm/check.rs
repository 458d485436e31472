//! Tests a connection: whether the vendor still accepts the stored credentials. A paused connection that works again
//! resumes automatically.

use connector::{FaultKind, Known};
use shared::id::{CrmConnectionId, OrganizationId};

use super::{
    audit_fields, connect, fault, pause,
    store::{self, Row},
    waiting_store,
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{error::Result, state::AppState};

const CHANGED: &str =
    "The credentials were changed during the test, so its result doesn\u{2019}t count. Test them again.";

/// The result of a test, and the connection after it.
#[derive(Debug)]
pub struct Tested {
    pub ok: bool,
    pub message: String,
    pub row: Row,
}

/// # Errors
/// 404 where the connection doesn't exist, 503 `vendor_unavailable` where the vendor has an outage: nothing changes
/// then.
pub async fn test(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    id: CrmConnectionId,
) -> Result<Tested> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id).await?;
    tx.commit().await?;
    let connector = row.connector()?;
    let account = match store::account(state, organization, &row) {
        Ok(account) => account,
        Err(error) => {
            let (code, message) = (error.body().code.as_str(), error.body().message.clone());
            return refused(state, organization, &row, Some(code), message).await;
        }
    };
    match connect::probe(state, organization, connector, &account).await {
        Ok(found) => works(state, organization, actor, &row, found).await,
        Err(fault) if matches!(fault.kind, FaultKind::Passing | FaultKind::Busy) => {
            Err(fault::error(connector.descriptor(), &fault))
        }
        Err(fault) => {
            let code = (fault.kind == FaultKind::Credentials).then_some(fault.code);
            refused(state, organization, &row, code, fault::description(connector.descriptor(), &fault)).await
        }
    }
}

/// Stores what the test learned and ends a pause.
async fn works(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    tested: &Row,
    found: Known,
) -> Result<Tested> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let before = store::lock(&mut tx, tested.id).await?;
    let mut row = before.clone();
    // Another account may have been connected in the meantime.
    if before.sealed_credentials == tested.sealed_credentials {
        row.account = connect::account_name(&found);
        row.found = found;
        if row.status == "paused" {
            "active".clone_into(&mut row.status);
            (row.paused_code, row.paused_reason, row.paused_at) = (None, None, None);
        }
        store::update(&mut tx, &row).await?;
    }
    if row.status != before.status {
        waiting_store::wake(&mut tx, row.id, now).await?;
        let entry = Entry::new("connection.changed", row.id)
            .before(audit_fields::fields(&before))
            .after(audit_fields::fields(&row));
        audit::record(&mut tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    let vendor = row.connector()?.descriptor().name;
    Ok(Tested { ok: true, message: format!("{vendor} accepted the credentials."), row })
}

/// Records a refusal, unless it is about credentials that were replaced meanwhile. A code means that the credentials were
/// refused, so nothing more can be sent with them.
async fn refused(
    state: &AppState,
    organization: OrganizationId,
    tested: &Row,
    code: Option<&str>,
    message: String,
) -> Result<Tested> {
    let id = tested.id;
    let mut tx = state.db.tenant(organization).await?;
    let row = store::lock(&mut tx, id).await?;
    if row.sealed_credentials != tested.sealed_credentials {
        tx.commit().await?;
        return Ok(Tested { ok: false, message: CHANGED.to_owned(), row });
    }
    store::failed(&mut tx, id, &message, state.clock.now()).await?;
    if let Some(code) = code {
        pause::pause(&mut tx, state, id, code, &message).await?;
    }
    let row = store::read(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Tested { ok: false, message, row })
}
