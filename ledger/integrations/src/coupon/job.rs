//! The job that brings codes at the gateways up to date.
//!
//! Each code has a due time. A worker that takes it first counts the attempt and moves the due time, so that a crash
//! only causes a delay, and a second ledger process leaves the code alone.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet};

use super::{check, step, store};
use kit::{error::Error, state::AppState};

pub const EVERY: Duration = Duration::from_secs(2);
const TENANTS_PER_PAGE: usize = 1_000;
/// The number of codes taken in one round for one page of tenants.
const BATCH: i64 = 50;
/// Calls under way at the same time. Stripe allows 25 a second in test mode (docs.stripe.com/rate-limits), and Paddle
/// 240 a minute (developer.paddle.com/api-reference/about/rate-limiting); a 429 postpones all codes of the
/// connection.
const AT_ONCE: usize = 2;

pub async fn once(state: &AppState) -> Result<(), sqlx::Error> {
    for page in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = store::take(&mut tx, BATCH).await?;
        tx.commit().await?;
        let (mut working, room) = (JoinSet::new(), Arc::new(Semaphore::new(AT_ONCE)));
        for one in due {
            let (state, room) = (state.clone(), Arc::clone(&room));
            working.spawn(async move {
                let _permit = room.acquire_owned().await;
                if !state.is_stopping() {
                    log(step::run(&state, one).await);
                }
            });
        }
        while let Some(ended) = working.join_next().await {
            if let Err(panicked) = ended {
                tracing::error!(
                    event = "coupon.panicked",
                    job = "update_gateway_coupons",
                    "updating a code panicked: {panicked}"
                );
            }
        }
        log(check::due(state, page).await);
    }
    Ok(())
}

fn log(outcome: Result<(), Error>) {
    if let Err(error) = outcome {
        let body = error.body();
        tracing::warn!(
            event = "coupon.update_failed",
            job = "update_gateway_coupons",
            code = body.code.as_str(),
            "updating a code at the gateway failed: {}",
            body.message
        );
    }
}
