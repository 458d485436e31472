//! The last leg of a payment, from the affiliate's Stripe account to their bank. It changes nothing about what the
//! brand paid: the money belongs to the affiliate, who corrects their bank details if the bank refuses it.

use payout_core::stripe::sent_to_bank::Fate;

use super::{
    email::{self, Refusal},
    return_store,
};
use kit::{db::TenantTx, error::Result, state::AppState};

/// Records that a bank payout that contains these transfers is on its way, arrived, or failed; `code` is Stripe's code
/// of the failure. Idempotent.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn record_results(
    tx: &mut TenantTx,
    state: &AppState,
    transfers: &[String],
    (fate, code): (&Fate, Option<&str>),
) -> Result<()> {
    let now = state.clock.now();
    match fate {
        Fate::OnTheWay => {}
        Fate::Paid => {
            return_store::bank(tx, transfers, ("Paid", None), now).await?;
        }
        Fate::Failed(why) => {
            let failed = ("Failed", Some(why.as_str()));
            let mut people = return_store::bank(tx, transfers, failed, now).await?;
            people.sort_unstable();
            people.dedup();
            for affiliate in people {
                email::bank_failed(tx, state, affiliate, Refusal { code, why }).await?;
            }
        }
    }
    Ok(())
}
