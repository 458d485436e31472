//! The email addresses of a history's buyers.
//!
//! A group can have any number of customers: someone who pays as a guest again and again is a new customer each time.
//! So the addresses are collected once, and comparing two buyers doesn't go through all customers again.

use std::collections::{BTreeSet, HashMap};

use shared::id::CustomerId;

use super::BuyerHistory;
use rules::{attribution::touch::BuyerKey, customer::names::is_shared_mailbox};

/// The addresses of all buyers of a history.
#[derive(Debug)]
pub(super) struct Addresses<'h> {
    by_buyer: HashMap<CustomerId, OfBuyer<'h>>,
}

/// The addresses of all customers that are one buyer.
#[derive(Debug, Default)]
struct OfBuyer<'h> {
    all: Vec<&'h str>,
    /// Those that belong to one person.
    personal: BTreeSet<&'h str>,
}

impl<'h> Addresses<'h> {
    pub(super) fn of(history: &'h BuyerHistory) -> Self {
        let mut by_buyer: HashMap<CustomerId, OfBuyer<'h>> = HashMap::new();
        for person in history.people.values() {
            let own = by_buyer.entry(person.buyer).or_default();
            own.all.extend(person.emails.iter().map(String::as_str));
            own.personal.extend(person.emails.iter().map(String::as_str).filter(|email| !is_shared_mailbox(email)));
        }
        Self { by_buyer }
    }

    fn of_buyer(&self, buyer: BuyerKey) -> Option<&OfBuyer<'h>> {
        let BuyerKey::Known(buyer) = buyer else { return None };
        self.by_buyer.get(&buyer)
    }

    /// All addresses of a buyer.
    pub(super) fn all(&self, buyer: BuyerKey) -> Vec<String> {
        let all = self.of_buyer(buyer).map(|own| own.all.as_slice()).unwrap_or_default();
        all.iter().map(|email| (*email).to_owned()).collect()
    }

    /// The addresses of a buyer that belong to one person.
    pub(super) fn personal(&self, buyer: BuyerKey) -> impl Iterator<Item = &'h str> {
        self.of_buyer(buyer).into_iter().flat_map(|own| own.personal.iter().copied())
    }

    /// Whether two buyers share an address that belongs to one person.
    pub(super) fn are_kin(&self, one: BuyerKey, other: BuyerKey) -> bool {
        let (Some(one), Some(other)) = (self.of_buyer(one), self.of_buyer(other)) else { return false };
        !one.personal.is_disjoint(&other.personal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Person;
    use shared::id::EventId;

    const fn id(number: u8) -> CustomerId {
        CustomerId::from_bytes([number; 16])
    }

    /// Customers with their addresses; the second and third are one buyer.
    fn history() -> BuyerHistory {
        let customers = [
            (1, 1, vec!["ann@buyers.test", "billing@agency.test"]),
            (2, 2, vec!["bob@buyers.test"]),
            (3, 2, vec!["ann@buyers.test"]),
            (4, 4, vec!["billing@agency.test"]),
            (5, 5, vec![]),
        ];
        let person = |(own, buyer, emails): (u8, u8, Vec<&str>)| {
            let emails = emails.into_iter().map(str::to_owned).collect();
            (id(own), Person { buyer: id(buyer), name: format!("customer {own}"), emails })
        };
        BuyerHistory { people: customers.into_iter().map(person).collect(), ..BuyerHistory::default() }
    }

    #[test]
    fn buyers_are_kin_by_any_address_of_one_person() {
        let history = history();
        let addresses = Addresses::of(&history);
        let kin = |one, other| addresses.are_kin(BuyerKey::Known(id(one)), BuyerKey::Known(id(other)));
        assert!(kin(1, 2) && kin(2, 1) && kin(1, 1));
        assert!(!kin(1, 4), "several people read this mailbox");
        assert!(!kin(2, 4) && !kin(1, 5) && !kin(5, 5) && !kin(1, 9));
        assert!(!addresses.are_kin(BuyerKey::Alone(EventId::from_bytes([1; 16])), BuyerKey::Known(id(1))));
    }

    #[test]
    fn a_buyer_has_the_addresses_of_all_their_customers() {
        let history = history();
        let addresses = Addresses::of(&history);
        let mut all = addresses.all(BuyerKey::Known(id(2)));
        all.sort();
        assert_eq!(all, ["ann@buyers.test", "bob@buyers.test"]);
        assert_eq!(addresses.all(BuyerKey::Known(id(1))).len(), 2);
        assert_eq!(addresses.personal(BuyerKey::Known(id(1))).collect::<Vec<_>>(), ["ann@buyers.test"]);
        assert!(addresses.all(BuyerKey::Known(id(9))).is_empty());
    }
}
