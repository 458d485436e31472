//! Stores a run as a person reviewed it: for whom and for how much at most is what their page showed, and the same page
//! sent twice stores one run.

use std::{collections::HashSet, fmt};

use sha2::{Digest, Sha256};
use shared::{
    id::{AffiliateId, PayoutRunId},
    keys::encode_hex,
    money::{Currency, MoneyError},
    timestamp::Timestamp,
};

use super::{
    preview::{self, Selection},
    propose::{self, By},
    read_store, store,
};
use engine::book;
use identity::audit::Entry;
use kit::{db::TenantTx, error::Error, state::AppState};

/// For how long a page stays what a person reviewed, in milliseconds.
const VALID_MS: i64 = 3_600_000;

/// What a person submits.
#[derive(Debug)]
pub struct Review {
    /// The run's ID, which the page was made with.
    pub id: PayoutRunId,
    pub currency: Currency,
    /// When the page was made: amounts that became payable later aren't included.
    pub cutoff: Timestamp,
    pub excluded: HashSet<AffiliateId>,
    /// [`listed`] of the page: its total may be newer than its list.
    pub listed: String,
    pub seen: Seen,
}

/// Whom a page included, and the total in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    gross: i64,
    /// A digest of the affiliates.
    people: String,
}

/// What became of a review.
#[derive(Debug)]
pub enum Stored {
    /// The run is new.
    Made(Entry),
    /// The same page stored it before.
    Before,
    /// Another run waits for a decision.
    Open(PayoutRunId),
    /// The page no longer shows what would be stored.
    Changed,
}

impl Seen {
    /// # Errors
    /// Fails if the sum overflows.
    pub fn of(selection: &Selection) -> Result<Self, MoneyError> {
        let mut ids: Vec<AffiliateId> = selection.paid.iter().map(|one| one.affiliate.id).collect();
        ids.sort_unstable();
        let digest = ids.iter().fold(Sha256::new(), |digest, id| digest.chain_update(id.bytes()));
        Ok(Self { gross: selection.sums()?.gross, people: encode_hex(&digest.finalize()) })
    }

    pub fn parse(text: &str) -> Option<Self> {
        let (gross, people) = text.split_once('.')?;
        Some(Self { gross: gross.parse().ok()?, people: people.to_owned() })
    }

    /// Whether a person who saw this agrees to `now`: the same people, and no more money. Refunds may lower it.
    pub fn covers(&self, now: &Self) -> bool {
        self.people == now.people && now.gross <= self.gross
    }
}

/// A digest of everyone whom a page lists, selected or not, and of where the money of each would go.
pub fn listed(selection: &Selection) -> String {
    let mut all: Vec<(AffiliateId, [u8; 32])> =
        selection.paid.iter().map(|one| (one.affiliate.id, one.destination.digest)).collect();
    all.sort_unstable();
    let one = |digest: Sha256, (id, destination): &(AffiliateId, [u8; 32])| {
        digest.chain_update(id.bytes()).chain_update(destination)
    };
    encode_hex(&all.iter().fold(Sha256::new(), one).finalize())
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.gross, self.people)
    }
}

/// Returns the cut-off of a page that is submitted now; `None` if the page is too old, or of another clock.
pub fn cutoff(millis: &str, now: Timestamp) -> Option<Timestamp> {
    let at = Timestamp::from_millis(millis.parse().ok()?).ok()?;
    (0..=VALID_MS).contains(&(now.millis() - at.millis())).then_some(at)
}

/// Stores the run, unless that was done before. It takes the book's lock, so that of two submissions one finds the
/// other's run.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn keep(tx: &mut TenantTx, state: &AppState, by: &By, review: &Review) -> Result<Stored, Error> {
    book::store::lock(tx).await?;
    if read_store::read(tx, review.id).await?.is_some() {
        return Ok(Stored::Before);
    }
    if let Some(open) = store::proposed(tx, review.currency).await? {
        return Ok(Stored::Open(open));
    }
    let mut selection = preview::select_until(tx, review.currency, review.cutoff, state.clock.now()).await?;
    let is_as_listed = listed(&selection) == review.listed;
    selection.exclude(&review.excluded);
    let now = Seen::of(&selection).map_err(|error| Error::internal(error))?;
    if selection.paid.is_empty() || !is_as_listed || !review.seen.covers(&now) {
        return Ok(Stored::Changed);
    }
    Ok(Stored::Made(propose::make(tx, state, by, review.id, &selection, None).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_covers_its_people_and_no_more_money() {
        let seen = |gross, people: &str| Seen { gross, people: people.to_owned() };
        let page = seen(41_280, "ab");
        assert_eq!(Seen::parse(&page.to_string()), Some(page.clone()));
        assert!(page.covers(&page) && page.covers(&seen(41_279, "ab")), "a refund may lower it");
        assert!(!page.covers(&seen(41_281, "ab")) && !page.covers(&seen(10, "cd")));
        for bad in ["", "ab", "x.ab"] {
            assert_eq!(Seen::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_is_valid_for_an_hour() {
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        let at = |millis: i64| cutoff(&now.plus_millis(millis).millis().to_string(), now);
        assert_eq!((at(0), at(-VALID_MS)), (Some(now), Some(now.plus_millis(-VALID_MS))));
        assert_eq!((at(1), at(-VALID_MS - 1), cutoff("", now)), (None, None, None));
    }
}
