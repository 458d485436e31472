//! Recognizes that two affiliates are paid to the same PayPal, Wise or bank account, without storing the account: each
//! account has a keyed hash. Someone who recruits themselves is found by it.
//!
//! Each affiliate has a Stripe account of their own, so what is compared of it is the bank account or card behind it: Stripe
//! gives the same one the same fingerprint. It can't be compared with an account that someone typed.
//!
//! Hashes of different keys can't be compared. After a change of the keys, an account that the organization already knows
//! keeps the hash of the old one, for as long as that is in the ring.

use shared::id::AffiliateId;

use super::{
    account_key_store as store,
    method::{Details, iban_in},
};
use engine::{history::recompute_since, privacy::pseudonym::Name};
use kit::{db::TenantTx, error::Result, state::AppState};
use payout_core::stripe::account::Bank;
use rules::customer::mailbox::email_key;

/// The account in the form that is compared. PayPal and Wise identify a person by the address, whichever of the two it
/// is; a bank account is its IBAN, or all its letters and digits.
fn compared(details: &Details) -> Option<String> {
    if let Some(email) = &details.email {
        return Some(format!("payout address {}", email_key(email)));
    }
    let account = details.account.as_deref()?;
    let packed = || account.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Some(format!("payout account {}", iban_in(account).unwrap_or_else(packed)))
}

fn named(details: &Details) -> Option<Name> {
    compared(details).map(Name::Id)
}

/// The key of the bank account or card behind a Stripe account, if Stripe says which it is.
pub(super) async fn of_bank(tx: &mut TenantTx, state: &AppState, bank: Option<&Bank>) -> Result<Option<String>> {
    match bank.and_then(|bank| bank.fingerprint.as_deref()) {
        Some(fingerprint) => Ok(Some(key_of(tx, state, &behind_stripe(fingerprint)).await?)),
        None => Ok(None),
    }
}

/// The hash by which the organization already knows the account, whichever key made it, or else the current key's.
async fn key_of(tx: &mut TenantTx, state: &AppState, account: &Name) -> Result<String> {
    let (organization, ring) = (tx.organization(), &state.config.keys.pseudonym);
    let hashes: Vec<String> = account.hashes(organization, ring).map(|(hash, _)| hash).collect();
    let known = store::known(tx, &hashes).await?;
    let first = hashes.into_iter().find(|hash| known.contains(hash));
    Ok(first.unwrap_or_else(|| account.hash(organization, ring.current())))
}

fn behind_stripe(fingerprint: &str) -> Name {
    Name::Id(format!("payout account at Stripe {fingerprint}"))
}

/// Records where an affiliate is paid from now on, and recomputes the later sales that depend on it: the affiliate's own
/// and those of everyone whom they recruited. `None` is the bank account behind their Stripe account. The organization's
/// tenant must be locked.
///
/// # Errors
/// Database and booking errors; the caller must then roll back.
pub(super) async fn record(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    details: Option<&Details>,
) -> Result<()> {
    let account_key = match details.map(named) {
        Some(Some(account)) => Some(key_of(tx, state, &account).await?),
        Some(None) => None,
        None => store::behind_stripe(tx, affiliate).await?,
    };
    let last = store::last(tx, affiliate).await?;
    if last.as_ref().map(|(_, key)| key.as_deref()).unwrap_or_default() == account_key.as_deref() {
        return Ok(());
    }
    // Events carry the edge's wall time, which the development clock doesn't change.
    let wall = state.clock.wall();
    let effective_at = last.map_or(wall, |(last, _)| last.plus_millis(1).max(wall));
    store::insert(tx, affiliate, account_key.as_deref(), effective_at).await?;
    Ok(recompute_since::since(tx, state, None, Some(affiliate), effective_at).await?)
}

#[cfg(test)]
mod tests {
    use shared::{
        id::OrganizationId,
        keys::{KeyRing, Purpose},
    };

    use super::*;

    fn bank(account: &str) -> Details {
        Details { account: Some(account.to_owned()), holder: Some("Nina Braun".to_owned()), email: None }
    }

    fn address(email: &str) -> Details {
        Details { email: Some(email.to_owned()), ..Details::default() }
    }

    #[test]
    fn one_account_is_one_however_it_is_written() {
        let iban = compared(&bank("DE89 3704 0044 0532 0130 00\nBIC COBADEFFXXX"));
        assert_eq!(iban, compared(&bank("iban: de89370400440532013000")));
        assert_eq!(compared(&bank("021000021 / 123456789")), compared(&bank("021000021\n123456789")));
        assert_eq!(compared(&address("Nina+pay@creators.test")), compared(&address("nina@creators.test")));
        assert_ne!(compared(&bank("021000021 / 123456789")), compared(&bank("021000021 / 123456780")));
        assert_eq!(compared(&Details::default()), None);
    }

    #[test]
    fn a_bank_account_behind_stripe_is_known_by_its_fingerprint_within_one_organization() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pseudonym).unwrap();
        let hash = |organization: u8, fingerprint| {
            behind_stripe(fingerprint).hash(OrganizationId::v7(1, &[organization; 10]), ring.current())
        };
        assert_eq!(hash(1, "1JWtPxqbdX5Gamtc"), hash(1, "1JWtPxqbdX5Gamtc"));
        assert_ne!(hash(1, "1JWtPxqbdX5Gamtc"), hash(1, "1JWtPxqbdX5Gamtd"));
        assert_ne!(hash(1, "1JWtPxqbdX5Gamtc"), hash(2, "1JWtPxqbdX5Gamtc"));
        let typed = named(&bank("1JWtPxqbdX5Gamtc")).unwrap().hash(OrganizationId::v7(1, &[1; 10]), ring.current());
        assert_ne!(typed, hash(1, "1JWtPxqbdX5Gamtc"), "a typed account isn't a fingerprint");
    }
}
