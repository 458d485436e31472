//! Sets of customers that are one buyer, each identified by its smallest id, and pairs that must stay separate.

use std::collections::HashMap;

use shared::id::CustomerId;

#[derive(Debug, Clone, Default)]
pub(super) struct Sets {
    parents: HashMap<CustomerId, CustomerId>,
    apart: Vec<(CustomerId, CustomerId)>,
}

impl Sets {
    pub(super) fn smallest(&self, mut customer: CustomerId) -> CustomerId {
        while let Some(parent) = self.parents.get(&customer) {
            customer = *parent;
        }
        customer
    }

    pub(super) fn are_one(&self, one: CustomerId, other: CustomerId) -> bool {
        self.smallest(one) == self.smallest(other)
    }

    /// Joins two customers. Returns false and changes nothing if that would join a pair that must stay separate.
    pub(super) fn join(&mut self, one: CustomerId, other: CustomerId) -> bool {
        let (one, other) = (self.smallest(one), self.smallest(other));
        let ends = |(left, right): &(CustomerId, CustomerId)| (self.smallest(*left), self.smallest(*right));
        if self.apart.iter().map(ends).any(|ends| ends == (one, other) || ends == (other, one)) {
            return false;
        }
        if one != other {
            self.parents.insert(one.max(other), one.min(other));
        }
        true
    }

    /// Keeps two customers separate, unless they are already joined.
    pub(super) fn split(&mut self, one: CustomerId, other: CustomerId) {
        if !self.are_one(one, other) {
            self.apart.push((one, other));
        }
    }
}
