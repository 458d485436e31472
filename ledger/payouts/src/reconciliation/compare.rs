//! Compares our payouts with Stripe's transfers. Pure.

use std::collections::BTreeMap;

use payout_core::{
    step::Status,
    stripe::{transfer::Transfer, unit},
};
use shared::{id::PayoutId, money::Money, timestamp::Timestamp};

/// A payout that is being sent, or changed within this time, isn't a difference.
pub const GRACE_MILLIS: i64 = 3_600_000;

/// A Stripe payout, as we have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub id: PayoutId,
    pub status: Status,
    /// The amount that was sent, or is to be sent.
    pub net: Money,
    /// How much of it came back.
    pub back: i64,
    pub destination: Option<String>,
    /// `tr_…`.
    pub transfer: Option<String>,
    /// When we last worked on it.
    pub moved_at: Timestamp,
    /// Whether it was sent so recently that Stripe's list must contain it.
    pub is_listed: bool,
}

impl Ours {
    const fn is_sent(&self) -> bool {
        matches!(self.status, Status::Sent | Status::Reversed)
    }
}

/// A transfer of ours, as Stripe has it, and the payout that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    pub payout: PayoutId,
    pub transfer: Transfer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// We recorded it as sent, and Stripe has no such transfer.
    MissingAtStripe,
    /// Stripe has a transfer that we don't record as sent, or that still pays for a payout that came back here.
    NotBooked,
    /// Stripe has more than one transfer for a payout.
    SentTwice,
    AmountDiffers,
    DestinationDiffers,
    /// More of it came back than we know of. It is booked as soon as Stripe confirms it.
    ReturnedThere,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::MissingAtStripe,
        Self::NotBooked,
        Self::SentTwice,
        Self::AmountDiffers,
        Self::DestinationDiffers,
        Self::ReturnedThere,
    ];

    /// The spelling in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingAtStripe => "missing_at_stripe",
            Self::NotBooked => "not_booked",
            Self::SentTwice => "sent_twice",
            Self::AmountDiffers => "amount_differs",
            Self::DestinationDiffers => "destination_differs",
            Self::ReturnedThere => "returned_there",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// A short title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::MissingAtStripe => "Missing in Stripe",
            Self::NotBooked => "Not recorded here",
            Self::SentTwice => "Sent twice",
            Self::AmountDiffers => "Different amount",
            Self::DestinationDiffers => "Different account",
            Self::ReturnedThere => "Returned in Stripe",
        }
    }

    /// What to do about it.
    pub const fn next_action(self) -> &'static str {
        match self {
            Self::MissingAtStripe => {
                "Search for the transfer in the Stripe dashboard. If it isn't there, the affiliate didn't get the \
                 money. Pay them outside Stripe and note this as the reason."
            }
            Self::NotBooked => {
                "The money was sent but isn't recorded here. Reverse the transfer in the Stripe dashboard, or deduct \
                 the amount with an adjustment, then release the affiliate's payouts. If no one is on hold, find out \
                 whose account it is before the next run."
            }
            Self::SentTwice => {
                "Keep the transfer that is recorded here, or any one if none is. Reverse the others in the Stripe \
                 dashboard, then release the affiliate's payouts."
            }
            Self::AmountDiffers => {
                "Compare both amounts in the Stripe dashboard. Correct the difference with a bonus or an adjustment."
            }
            Self::DestinationDiffers => {
                "Ask the affiliate which account is theirs. If it isn't the one in Stripe, reverse the transfer there."
            }
            Self::ReturnedThere => {
                "No action needed. It's recorded within a minute and resolved by the next comparison."
            }
        }
    }

    /// Whether paying the affiliate again could pay them twice.
    pub const fn is_risky(self) -> bool {
        matches!(self, Self::NotBooked | Self::SentTwice)
    }
}

/// A difference found about one payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: Kind,
    pub payout: PayoutId,
    /// Whether the payout is one of ours.
    pub is_known: bool,
    pub transfer: Option<String>,
    /// `acct_…`: the transfer's destination, if Stripe reports it.
    pub destination: Option<String>,
    /// A description in one sentence.
    pub detail: String,
}

/// Returns the differences, ordered by payout. `theirs` are all transfers that name a payout of ours.
pub fn compare(ours: &[Ours], theirs: Vec<Theirs>, now: Timestamp) -> Vec<Difference> {
    let mut sent: BTreeMap<PayoutId, Vec<Transfer>> = BTreeMap::new();
    for one in theirs {
        sent.entry(one.payout).or_default().push(one.transfer);
    }
    let mut found = Vec::new();
    let mut known: Vec<&Ours> = ours.iter().collect();
    known.sort_by_key(|payout| payout.id);
    for payout in known {
        found.extend(of_one(payout, &sent.remove(&payout.id).unwrap_or_default(), now));
    }
    for (payout, transfers) in sent {
        for transfer in transfers.iter().filter(|one| one.amount_reversed < one.amount) {
            let detail = format!(
                "Stripe has transfer {} of {} for payout {payout}, which doesn't exist here. Was the database restored \
                 from an older backup?",
                transfer.id,
                message(transfer),
            );
            let (transfer, destination) = (Some(transfer.id.clone()), transfer.destination.clone());
            found.push(Difference { kind: Kind::NotBooked, payout, is_known: false, transfer, destination, detail });
        }
    }
    found
}

fn of_one(payout: &Ours, all: &[Transfer], now: Timestamp) -> Vec<Difference> {
    let id = payout.id;
    let difference = |kind: Kind, transfer: Option<&Transfer>, detail: String| Difference {
        kind,
        payout: id,
        is_known: true,
        transfer: transfer.map(|one| one.id.clone()).or_else(|| payout.transfer.clone()),
        destination: transfer.and_then(|one| one.destination.clone()),
        detail,
    };
    let is_recorded = |one: &Transfer| Some(&one.id) == payout.transfer.as_ref();
    // A transfer that was fully reversed moved no money.
    let remaining: Vec<&Transfer> = all.iter().filter(|one| one.amount_reversed < one.amount).collect();
    let just_moved = payout.moved_at > now.plus_millis(-GRACE_MILLIS);
    if payout.status.is_open() && just_moved {
        return Vec::new();
    }
    if let [_, _, ..] = remaining.as_slice() {
        let names: Vec<&str> = remaining.iter().map(|one| one.id.as_str()).collect();
        let recorded = remaining.iter().find(|one| is_recorded(one));
        let recorded = recorded.map(|one| format!(" {} is the one that is recorded here.", one.id)).unwrap_or_default();
        let (count, names) = (remaining.len(), names.join(", "));
        let detail = format!("Stripe has {count} transfers for payout {id}: {names}.{recorded}");
        // Names the transfer that the book doesn't know, if it knows one.
        let other = remaining.iter().find(|one| !is_recorded(one));
        return vec![difference(Kind::SentTwice, other.copied(), detail)];
    }
    // The payout's own transfer was reversed, so its amount is owed again, but another one of the group still pays it.
    let pays_again = payout.status == Status::Reversed && remaining.iter().any(|one| !is_recorded(one));
    if !payout.is_sent() || pays_again {
        return remaining
            .first()
            .map(|one| {
                let detail = format!(
                    "Stripe has transfer {} of {} for payout {id}, which is {} here.",
                    one.id,
                    message(one),
                    payout.status.label(),
                );
                difference(Kind::NotBooked, Some(one), detail)
            })
            .into_iter()
            .collect();
    }
    // Prefers the transfer that we know: another one of the group was fully reversed.
    let named = all.iter().find(|one| is_recorded(one));
    let Some(transfer) = remaining.first().copied().or(named).or(all.first()) else {
        let detail = format!("Payout {id} of {} was paid, but Stripe has no transfer for it.", payout.net);
        let is_missing = payout.is_listed && !just_moved;
        return is_missing.then(|| difference(Kind::MissingAtStripe, None, detail)).into_iter().collect();
    };
    let mut found = Vec::new();
    if !is_amount(transfer, payout.net) {
        let detail =
            format!("Payout {id} is {} here but {} in Stripe ({}).", payout.net, message(transfer), transfer.id);
        found.push(difference(Kind::AmountDiffers, Some(transfer), detail));
        return found;
    }
    if let (Some(here), Some(there)) = (&payout.destination, &transfer.destination)
        && here != there
    {
        let detail = format!("Payout {id} was meant for {here}, but Stripe sent {} to {there}.", transfer.id);
        found.push(difference(Kind::DestinationDiffers, Some(transfer), detail));
    }
    let back = transfer.returned().map_or(0, |money| money.minor);
    let here = Money::new(payout.back, payout.net.currency);
    let there = Money::new(back, payout.net.currency);
    if back > payout.back {
        let detail = format!("For payout {id}, {there} was returned in Stripe but {here} here ({}).", transfer.id);
        found.push(difference(Kind::ReturnedThere, Some(transfer), detail));
    } else if back < payout.back {
        let detail = format!("For payout {id}, {here} was returned here but {there} in Stripe ({}).", transfer.id);
        found.push(difference(Kind::AmountDiffers, Some(transfer), detail));
    }
    found
}

fn is_amount(transfer: &Transfer, net: Money) -> bool {
    let amounts = [unit::to_stripe(net), unit::to_stripe(unit::sendable(net))];
    transfer.currency.eq_ignore_ascii_case(net.currency.code()) && amounts.contains(&transfer.amount)
}

fn message(transfer: &Transfer) -> String {
    let money = transfer.money().map(|money| money.to_string());
    money.unwrap_or_else(|| format!("{} {}", transfer.amount, transfer.currency.to_uppercase()))
}

#[cfg(test)]
mod tests;
