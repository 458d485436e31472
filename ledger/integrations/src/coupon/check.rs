//! Notices codes that someone deactivated at the gateway, or that were used as often as they may be: once a day, one
//! list per discount. When a discount's date comes, its codes are marked without a call, as the gateway ends them at the
//! same time.

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    check_store::{self, DueDiscount},
    step, store,
};
use crate::gateway_connection::{catalogue, providers::Client};
use engine::book;
use identity::organization::time_zone;
use kit::{db::TenantTx, error::Result, state::AppState};
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
    let now = state.clock.now();
    if let Some(end) = discount.limits.ends_at.filter(|_| discount.limits.are_over(now)) {
        return expire(state, discount, end).await;
    }
    let mut tx = state.db.tenant(discount.organization).await?;
    let task = match check_store::any_code(&mut tx, discount.id).await? {
        Some(coupon) => store::task(&mut tx, coupon, now).await?,
        None => None,
    };
    tx.commit().await?;
    let Some(task) = task else { return Ok(()) };
    let Ok(key) = step::key(state, discount.organization, &task) else { return Ok(()) };
    let client = Client::new(state, task.gateway, task.environment.as_deref(), &key);
    let inactive = match client.inactive_codes(discount.id, discount.limits.per_code.is_some()).await {
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
    let why = match discount.limits.per_code {
        Some(uses) => format!("or was used as often as it may be ({uses})"),
        None => "or may not be used any more".to_owned(),
    };
    let problem =
        format!("This code was deactivated in {name}, {why}. Retry to activate it again, or archive the coupon.");
    let mut tx = state.db.tenant(discount.organization).await?;
    book::store::lock(&mut tx).await?;
    let affiliates = check_store::deactivated(&mut tx, discount.id, &inactive, &problem).await?;
    finish(state, tx, &affiliates, now).await
}

/// Marks the codes of a discount whose date has passed.
async fn expire(state: &AppState, discount: &DueDiscount, end: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(discount.organization).await?;
    book::store::lock(&mut tx).await?;
    let last_day = time_zone::of(&mut tx).await?.date(end.plus_millis(-1));
    let problem = format!("The discount ended: its last day was {last_day}.");
    let affiliates = check_store::end(&mut tx, discount.id, &problem).await?;
    finish(state, tx, &affiliates, state.clock.now()).await
}

/// Commits, and has the script offer other codes, or none, for these affiliates. Requires the lock on the organization's
/// tenant.
async fn finish(state: &AppState, mut tx: TenantTx, affiliates: &[AffiliateId], now: Timestamp) -> Result<()> {
    for affiliate in affiliates {
        publish::affiliate(&mut tx, *affiliate, now).await?;
    }
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(())
}
