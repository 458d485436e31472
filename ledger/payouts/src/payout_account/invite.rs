//! Asks affiliates how they want to be paid: automatically once something is payable and they have no payout method, at
//! most four times, two weeks apart; and when the brand asks for it.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{AffiliateId, OrganizationId};

use super::{
    due_store::{self, Unpaid},
    email, store,
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

const EVERY_DAYS: i64 = 14;
const MOST: i32 = 4;
/// Affiliates of one organization who are asked in one round.
const BATCH: i64 = 200;
/// A second email within this time is a mistake.
const AGAIN_MS: i64 = 10 * 60_000;

/// Asks the organization's affiliates who are due. Each is asked at most as often as the constants above allow.
pub async fn due(state: &AppState, organization: OrganizationId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let unpaid = due_store::unpaid(&mut tx, now.plus_days(-EVERY_DAYS), MOST, BATCH).await?;
    tx.commit().await?;
    for Unpaid { affiliate, sums } in unpaid {
        let mut tx = state.db.tenant(organization).await?;
        let Some(person) = store::person(&mut tx, affiliate).await? else { continue };
        // Another ledger process, which held the affiliate's row, may have been faster.
        let last = due_store::last_invited(&mut tx, affiliate).await?;
        if last.is_some_and(|last| last > now.plus_days(-EVERY_DAYS)) {
            continue;
        }
        email::set_up(&mut tx, state, &person, &sums).await?;
        due_store::invited(&mut tx, affiliate, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Asks one affiliate, at the brand's request.
///
/// # Errors
/// 404; 409 `wrong_status` for affiliates who can't sign in, `just_invited`.
pub async fn one(state: &AppState, organization: OrganizationId, actor: &Actor, affiliate: AffiliateId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let person = store::person(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let refuse = |code: Code, message: &str| Err(Error::new(StatusCode::CONFLICT, code, message));
    if person.status != "Approved" || person.is_erased {
        return refuse(Code::WrongStatus, "Only approved affiliates can set up payouts.");
    }
    let last = due_store::last_invited(&mut tx, affiliate).await?;
    if last.is_some_and(|last| now.millis() - last.millis() < AGAIN_MS) {
        return refuse(Code::JustInvited, "A setup email was sent a few minutes ago. Try again later.");
    }
    email::set_up(&mut tx, state, &person, &[]).await?;
    due_store::invited(&mut tx, affiliate, now).await?;
    let entry = Entry::new("payout_account.invited", affiliate).after(json!({"affiliateId": affiliate}));
    audit::record(&mut tx, actor, now, entry).await?;
    Ok(tx.commit().await?)
}
