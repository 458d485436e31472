//! Holds the payouts of affiliates who may have money that the book doesn't know of, until a person has reviewed it.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, PayoutId},
    timestamp::Timestamp,
};

use super::{compare::Difference, write_store as store};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{db::TenantTx, error::Result};
use programs::payout_account::hold_store;

/// Affiliates who may have been paid more than the book knows, by the transfer that shows it.
pub(super) type Whose = HashMap<String, AffiliateId>;

/// Finds the affiliates whom risky differences concern: the payout's affiliate, or, for a payout that isn't known here,
/// the affiliate with the account that received the money. Each difference's text then says who is put on hold, or that
/// no one could be.
pub(super) async fn whose(
    tx: &mut TenantTx,
    found: &mut [Difference],
    payees: &HashMap<PayoutId, AffiliateId>,
) -> Result<Whose> {
    let unknown = found.iter().filter(|one| !one.is_known).filter_map(|one| one.destination.clone());
    let owners = store::owners(tx, &unknown.collect::<Vec<_>>()).await?;
    let mut whose = Whose::new();
    for one in found.iter_mut().filter(|one| one.kind.is_risky()) {
        let owner = || one.destination.as_ref().and_then(|account| owners.get(account));
        let affiliate = payees.get(&one.payout).or_else(owner).copied();
        let message = message(affiliate, one);
        one.detail.push_str(&message);
        if let (Some(affiliate), Some(transfer)) = (affiliate, &one.transfer) {
            whose.insert(transfer.clone(), affiliate);
        }
    }
    Ok(whose)
}

fn message(affiliate: Option<AffiliateId>, found: &Difference) -> String {
    match (affiliate, &found.destination) {
        (Some(affiliate), _) => format!(" Payouts of {affiliate} were put on hold."),
        (None, Some(account)) => {
            format!(" It went to {account}, which doesn't belong to any affiliate, so no one was put on hold.")
        }
        (None, None) => " Stripe doesn't say which account it went to, so no one was put on hold.".to_owned(),
    }
}

/// Puts the affiliate concerned on hold, if there is one.
pub(super) async fn hold(tx: &mut TenantTx, found: &Difference, whose: &Whose, now: Timestamp) -> Result<()> {
    let affiliate = found.transfer.as_ref().filter(|_| found.kind.is_risky()).and_then(|transfer| whose.get(transfer));
    let Some(&affiliate) = affiliate else { return Ok(()) };
    if !hold_store::add(tx, affiliate, &found.detail, now).await? {
        return Ok(());
    }
    let entry = Entry::new("payout_hold.placed", affiliate)
        .after(serde_json::json!({"reason": found.detail, "payoutId": found.payout}));
    audit::record(tx, &Actor::system(), now, entry).await
}

#[cfg(test)]
mod tests {
    use super::{super::compare::Kind, *};

    #[test]
    fn it_says_whether_somebody_is_on_hold() {
        let (payout, affiliate) = (PayoutId::from_bytes([1; 16]), AffiliateId::from_bytes([2; 16]));
        let to = |account: Option<&str>| Difference {
            kind: Kind::NotBooked,
            payout,
            is_known: false,
            transfer: Some("tr_1".to_owned()),
            destination: account.map(str::to_owned),
            detail: String::new(),
        };
        assert_eq!(message(Some(affiliate), &to(None)), format!(" Payouts of {affiliate} were put on hold."));
        assert!(
            message(None, &to(Some("acct_1"))).contains("acct_1, which doesn't belong to any affiliate, so no one was")
        );
        assert!(message(None, &to(None)).contains("no one was put on hold"));
    }
}
