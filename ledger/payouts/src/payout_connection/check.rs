//! Tests a connection: whether Stripe still accepts the key, and what the key may do. A connection that works again
//! continues automatically.

use shared::id::OrganizationId;

use super::{
    audit_fields, connect, pause, probe,
    store::{self, Row},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// The result of a test, and the connection after it.
#[derive(Debug)]
pub struct Tested {
    pub ok: bool,
    pub message: String,
    pub row: Row,
}

/// # Errors
/// 404 if there is no connection, 503 `stripe_unavailable` if Stripe has a problem: then nothing changes.
pub async fn test(state: &AppState, organization: OrganizationId, actor: &Actor) -> Result<Tested> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::current(&mut tx).await?.ok_or_else(super::fault::none)?;
    tx.commit().await?;
    let key = match store::key(state, organization, &row) {
        Ok(key) => key,
        Err(error) => {
            let (code, message) = (error.body().code.as_str(), error.body().message.clone());
            return refused(state, organization, &row, (code, message)).await;
        }
    };
    match probe::probe(state, &key).await {
        Ok(found) => works(state, organization, actor, &row, found).await,
        Err(unfit) => match unfit.pause() {
            Some((code, reason)) => refused(state, organization, &row, (code, reason)).await,
            None => Err(unfit.error()),
        },
    }
}

async fn works(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    tested: &Row,
    found: probe::Found,
) -> Result<Tested> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let before = store::lock(&mut tx).await?.ok_or_else(super::fault::none)?;
    // Someone may have entered another key in the meantime.
    if before.sealed_api_key == tested.sealed_api_key {
        store::worked(&mut tx, before.id, &found.grants, now).await?;
        if let Some(balance) = &found.balance {
            store::set_balance(&mut tx, before.id, balance, now).await?;
        }
    }
    let row = store::one(&mut tx, before.id).await?.ok_or_else(Error::not_found)?;
    if row.status != before.status {
        let entry = Entry::new("payout_connection.resumed", row.id)
            .before(audit_fields::fields(&before))
            .after(audit_fields::fields(&row));
        audit::record(&mut tx, actor, now, entry).await?;
    }
    tx.commit().await?;
    let row = connect::register(state, organization, row.id).await?;
    let missing: Vec<&str> =
        row.missing().into_iter().map(payout_core::stripe::permission::Permission::title).collect();
    let message = if missing.is_empty() {
        "The key works and has all required permissions.".to_owned()
    } else {
        format!("The key works. Optional permissions you can add: {}.", missing.join(", "))
    };
    Ok(Tested { ok: true, message, row })
}

async fn refused(
    state: &AppState,
    organization: OrganizationId,
    row: &Row,
    (code, message): (&str, String),
) -> Result<Tested> {
    let mut tx = state.db.tenant(organization).await?;
    store::failed(&mut tx, row.id, &message, state.clock.now()).await?;
    pause::pause(&mut tx, state, row.id, code, &message).await?;
    let row = store::one(&mut tx, row.id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(Tested { ok: false, message, row })
}
