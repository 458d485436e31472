//! Lists Stripe's transfers page by page, and keeps those that are ours.

use std::{collections::HashMap, time::Duration};

use payout_core::stripe::{StripeError, reversal, transfer::Transfer};
use shared::{
    id::{OrganizationId, PayoutConnectionId, PayoutId},
    seal::Secret,
};

use super::{compare::Theirs, write_store};
use crate::payout_connection::client;
use kit::state::AppState;

/// The pause between pages: Stripe's limit is for the whole account, and payouts go first.
const PAUSE: Duration = Duration::from_millis(250);
/// A safety limit for a list that never ends.
const PAGES_MAX: usize = 20_000;

/// The result of the listing.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) ours: Vec<Theirs>,
    /// The number of transfers that aren't ours.
    pub(super) foreign: usize,
}

impl Listed {
    /// Sorts a transfer by the group that we gave it, or by its ID if a payout of ours has it. A group of another
    /// organization that pays from the same Stripe account isn't ours.
    fn take(&mut self, transfer: Transfer, organization: OrganizationId, named: &HashMap<String, PayoutId>) {
        let by_group = transfer.transfer_group.as_deref().and_then(|group| group.parse::<PayoutId>().ok());
        let whose = transfer.metadata.get(ORGANIZATION).map(String::as_str);
        let is_ours = whose.is_none_or(|whose| whose == organization.to_string());
        match named.get(&transfer.id).copied().or_else(|| by_group.filter(|_| is_ours)) {
            Some(payout) => self.ours.push(Theirs { payout, transfer }),
            None => self.foreign += 1,
        }
    }
}

/// The metadata key of a transfer that contains its organization.
pub(super) const ORGANIZATION: &str = "rekomi_organization";

/// Lists all transfers created since then (Unix seconds). `named` maps the transfers that payouts name.
///
/// # Errors
/// [`StripeError`] if a page can't be loaded, also if the connection was paused or removed in the meantime.
pub(super) async fn transfers(
    state: &AppState,
    key: &Secret,
    (organization, connection): (OrganizationId, PayoutConnectionId),
    since: i64,
    named: &HashMap<String, PayoutId>,
) -> Result<Listed, StripeError> {
    let mut listed = Listed::default();
    let mut after: Option<String> = None;
    let pause = PAUSE / state.config.payout_pace_factor.max(1);
    for _ in 0..PAGES_MAX {
        if state.is_stopping() || !keep(state, organization, connection).await.unwrap_or_default() {
            return Err(StripeError::silence("the comparison was interrupted"));
        }
        let answer = client::call(state, key, &reversal::list(since, after.as_deref())).await?;
        let page = reversal::page(&answer)?;
        page.transfers.into_iter().for_each(|transfer| listed.take(transfer, organization, named));
        match page.next {
            // A repeated cursor ends the list, too.
            Some(next) if Some(&next) != after.as_ref() => after = Some(next),
            _ => return Ok(listed),
        }
        tokio::time::sleep(pause).await;
    }
    Err(StripeError::silence("Stripe's list of transfers never ended"))
}

/// Extends this worker's claim on the reconciliation.
async fn keep(
    state: &AppState,
    organization: OrganizationId,
    connection: PayoutConnectionId,
) -> Result<bool, sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    let kept = write_store::keep(&mut tx, connection, state.clock.now()).await?;
    tx.commit().await?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_transfer_is() {
        let (us, them) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let (one, other) = (PayoutId::from_bytes([3; 16]), PayoutId::from_bytes([4; 16]));
        let transfer = |name: &str, group: Option<PayoutId>, whose: Option<OrganizationId>| -> Transfer {
            let mut metadata = serde_json::Map::new();
            if let Some(whose) = whose {
                metadata.insert(ORGANIZATION.to_owned(), whose.to_string().into());
            }
            serde_json::from_value(serde_json::json!({
                "id": name, "amount": 1, "currency": "usd", "destination": null, "metadata": metadata,
                "transfer_group": group.map(|group| group.to_string()),
            }))
            .unwrap()
        };
        let mut listed = Listed::default();
        let named = HashMap::from([("tr_named".to_owned(), other)]);
        for one in [
            transfer("tr_ours", Some(one), Some(us)),
            transfer("tr_older", Some(one), None),
            transfer("tr_named", None, None),
            transfer("tr_of_others", Some(one), Some(them)),
            transfer("tr_foreign", None, None),
        ] {
            listed.take(one, us, &named);
        }
        let found: Vec<_> = listed.ours.iter().map(|row| (row.transfer.id.as_str(), row.payout)).collect();
        assert_eq!(found, [("tr_ours", one), ("tr_older", one), ("tr_named", other)]);
        assert_eq!(listed.foreign, 2);
    }
}
