//! An affiliate's history as plans need it: segments, approvals, email addresses, payout accounts and recruiters over
//! time.

use shared::timestamp::Timestamp;

use super::sub_affiliate::Recruited;

/// An affiliate, as far as prices, credit and flags depend on them.
#[derive(Debug, Clone, Default)]
pub struct Partner {
    /// Each email address (see `customer::mailbox::email_key`) with the time since when; sorted by time.
    pub emails: Vec<(Timestamp, String)>,
    /// Each segment with the time since when; sorted by time.
    pub segments: Vec<(Timestamp, Option<String>)>,
    /// Each change of approval with its time; empty means always approved.
    pub approved: Vec<(Timestamp, bool)>,
    /// The key of each payout account with the time since when; `None` means none that can be compared. Sorted by time.
    pub accounts: Vec<(Timestamp, Option<String>)>,
    /// Who recruited them, sorted by time.
    pub recruited: Vec<Recruited>,
}

impl Partner {
    /// All addresses that the affiliate had used by then: a former address still counts as the affiliate's own.
    pub fn emails(&self, at: Timestamp) -> Vec<&str> {
        self.emails.iter().filter(|(from, _)| *from <= at).map(|(_, email)| email.as_str()).collect()
    }

    pub fn segment(&self, at: Timestamp) -> Option<&str> {
        let next = self.segments.partition_point(|(from, _)| *from <= at);
        self.segments.get(next.checked_sub(1)?)?.1.as_deref()
    }

    /// The key of the account to which they were paid then.
    fn account(&self, at: Timestamp) -> Option<&str> {
        let next = self.accounts.partition_point(|(from, _)| *from <= at);
        self.accounts.get(next.checked_sub(1)?)?.1.as_deref()
    }

    /// Whether both are probably one person: they had used the same email address by then, or were paid to the same
    /// account.
    pub fn is_one_with(&self, other: &Self, at: Timestamp) -> bool {
        let theirs = other.emails(at);
        self.emails(at).iter().any(|email| theirs.contains(email))
            || self.account(at).is_some_and(|account| other.account(at) == Some(account))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::EPOCH.plus_days(days)
    }

    fn partner(email: &str, accounts: &[(i64, Option<&str>)]) -> Partner {
        Partner {
            emails: vec![(Timestamp::EPOCH, email.to_owned())],
            accounts: accounts.iter().map(|(from, key)| (day(*from), key.map(str::to_owned))).collect(),
            ..Partner::default()
        }
    }

    #[test]
    fn an_address_counts_from_its_first_use_on_and_a_payout_account_while_it_is_in_use() {
        let one = partner("one@a.test", &[(0, Some("k1")), (10, Some("k2")), (20, None)]);
        let mut other = partner("other@a.test", &[(5, Some("k1")), (15, Some("k2")), (30, None)]);
        let together = |other: &Partner, at: i64| (one.is_one_with(other, day(at)), other.is_one_with(&one, day(at)));
        for (at, expected) in [(4, false), (5, true), (9, true), (10, false), (15, true), (20, false), (30, false)] {
            assert_eq!(together(&other, at), (expected, expected), "day {at}");
        }
        other.emails.push((day(40), "one@a.test".to_owned()));
        assert_eq!([together(&other, 39), together(&other, 40)], [(false, false), (true, true)]);
    }
}
