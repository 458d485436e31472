//! The brand's Stripe balance, compared with what waits to be paid from it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use payout_core::stripe::balance;
use shared::{
    id::{OrganizationId, PayoutConnectionId},
    money::Currency,
};

use super::{
    client, fault,
    shortfall::{Short, short},
    store::{self, Row},
};
use kit::{db::TenantTx, error::Result, state::AppState};

/// A balance that is at most this old counts as current.
const FRESH_MS: i64 = 60_000;
/// How long a page waits for Stripe; after that it shows the last known balance, with its time.
const PATIENCE: Duration = Duration::from_secs(2);

/// One currency of the balance.
#[derive(Debug, Clone)]
pub struct Funds {
    pub currency: Currency,
    /// In minor units, like all amounts here.
    pub available: i64,
    pub pending: i64,
    /// The amount that proposed and unfinished payouts need.
    pub needed: i64,
    pub short: Option<Short>,
}

/// The amount that unsent Stripe payouts need, by currency, less tax: proposed and reserved ones.
pub async fn needed(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
) -> std::result::Result<Vec<(Currency, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select currency, sum(amount - case when status = 'Scheduled' and withheld_reason is not null
                                              then round(amount::numeric * 24 / 100) else withheld end)::bigint as "needed!"
           from payouts
           where organization_id = $1 and connection_id = $2 and rail = 'Stripe'
             and status in ('Scheduled', 'Reserved', 'Sending', 'Unknown') group by 1 order by 1"#,
        tx.organization().uuid(),
        connection.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.currency.parse().ok()?, row.needed))).collect())
}

/// The stored balance and what is needed, for every currency in either.
pub async fn stored(tx: &mut TenantTx, row: &Row) -> Result<Vec<Funds>> {
    let needed = needed(tx, row.id).await?;
    Ok(funds(row, &needed))
}

fn funds(row: &Row, needed: &[(Currency, i64)]) -> Vec<Funds> {
    let Some(balance) = &row.balance else { return Vec::new() };
    let mut short: BTreeMap<Currency, Short> =
        short(Some(balance), row.livemode, needed).into_iter().map(|one| (one.currency, one)).collect();
    let held = balance.available.keys().chain(balance.pending.keys()).copied();
    let currencies: BTreeSet<Currency> = held.chain(needed.iter().map(|(currency, _)| *currency)).collect();
    let of = |currency: Currency| Funds {
        currency,
        available: balance.available(currency).minor,
        pending: balance.pending(currency).minor,
        needed: needed.iter().find(|(one, _)| *one == currency).map_or(0, |(_, needed)| *needed),
        short: short.remove(&currency),
    };
    currencies.into_iter().map(of).collect()
}

/// Refreshes the stored balance if it is older than a minute and Stripe answers soon; otherwise it stays as it is. No
/// transaction may be open. Returns true if the balance was refreshed.
pub async fn refresh(state: &AppState, organization: OrganizationId) -> Result<bool> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::current(&mut tx).await?;
    tx.commit().await?;
    let oldest = state.clock.now().plus_millis(-FRESH_MS);
    let is_old = |row: &Row| row.status == "active" && row.balance_at.is_none_or(|read| read < oldest);
    if !row.as_ref().is_some_and(is_old) {
        return Ok(false);
    }
    match tokio::time::timeout(PATIENCE, fetch(state, organization)).await {
        Ok(Ok(_)) => Ok(true),
        Ok(Err(error)) => {
            tracing::warn!(
                event = "payout_connection.balance_unread",
                code = error.body().code.as_str(),
                at = error.at(),
                "reading the Stripe balance failed: {}",
                error.cause()
            );
            Ok(false)
        }
        Err(_) => Ok(false),
    }
}

/// Asks Stripe for the balance, and stores it.
///
/// # Errors
/// 404 if there is no connection, 409 `not_connected` or `credentials_unreadable`, 422 `stripe_refused`, 503
/// `stripe_unavailable`.
pub async fn fetch(state: &AppState, organization: OrganizationId) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::current(&mut tx).await?.ok_or_else(super::fault::none)?;
    tx.commit().await?;
    let key = store::key(state, organization, &row)?;
    let answer = client::call(state, &key, &balance::retrieve()).await;
    match answer.and_then(|answer| balance::read(&answer)) {
        Ok(balance) => {
            let now = state.clock.now();
            let mut tx = state.db.tenant(organization).await?;
            store::set_balance(&mut tx, row.id, &balance, now).await?;
            tx.commit().await?;
            Ok(Row { balance: Some(balance), balance_at: Some(now), ..row })
        }
        Err(failure) => Err(fault::error_of(state, organization, (&row, &key), failure).await?),
    }
}
