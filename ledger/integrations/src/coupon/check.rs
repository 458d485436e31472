//! Notices codes that someone deactivated at the gateway: once a day, one list per discount.

use shared::id::OrganizationId;

use super::{
    check_store::{self, DueDiscount},
    step, store,
};
use crate::gateway_connection::{catalogue, providers::Client};
use kit::{error::Result, state::AppState};
use outbox::edge_config::publish;

/// Discounts compared in one round.
const BATCH: i64 = 5;

/// # Errors
/// Database errors. A gateway that doesn't answer is asked again the next day.
pub async fn due(state: &AppState, page: &[OrganizationId]) -> Result<()> {
    let mut tx = state.db.tenants(page.to_vec()).await?;
    let discounts = check_store::take(&mut tx, state.clock.now(), BATCH).await?;
    tx.commit().await?;
    for discount in discounts {
        compare(state, &discount).await?;
    }
    Ok(())
}

async fn compare(state: &AppState, discount: &DueDiscount) -> Result<()> {
    let mut tx = state.db.tenant(discount.organization).await?;
    let task = match check_store::any_code(&mut tx, discount.id).await? {
        Some(coupon) => store::task(&mut tx, coupon).await?,
        None => None,
    };
    tx.commit().await?;
    let Some(task) = task else { return Ok(()) };
    let Ok(key) = step::key(state, discount.organization, &task) else { return Ok(()) };
    let client = Client::new(state, task.gateway, task.environment.as_deref(), &key);
    let inactive = match client.inactive_codes(discount.id).await {
        Ok(inactive) => inactive,
        Err(failure) => {
            tracing::warn!(
                event = "coupon.not_compared", discount = %discount.id,
                "codes could not be compared with the gateway: {}", failure.message()
            );
            return Ok(());
        }
    };
    let name = catalogue::name(task.gateway);
    let problem = format!(
        "This code was deactivated in {name}, or may not be used any more. Retry to activate it again, or archive the \
         coupon."
    );
    let now = state.clock.now();
    let mut tx = state.db.tenant(discount.organization).await?;
    for affiliate in check_store::deactivated(&mut tx, discount.id, &inactive, &problem).await? {
        publish::affiliate(&mut tx, affiliate, now).await?;
    }
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(())
}
