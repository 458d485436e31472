//! What earlier conversions mean for the next one: who bound the buyer, which leads count, which evidence is spent.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{EventId, ProgramId},
    timestamp::Timestamp,
};

use super::{BuyerKey, Candidate, Credit, ReportingEvents, Rule, Touch, spent::Spent};

/// What earlier conversions mean for the next one.
#[derive(Debug, Default)]
pub(super) struct Past<'c> {
    /// One for each program in which the buyer is bound: by people's decisions, the latest one in front, then by date.
    pub bindings: HashMap<BuyerKey, Vec<Earlier<'c>>>,
    /// The first credited sale of a buyer in a program.
    pub firsts: HashMap<(BuyerKey, ProgramId), Earlier<'c>>,
    /// The program of the first credited sale of each subscription.
    pub subscriptions: HashMap<(BuyerKey, &'c str), ProgramId>,
    /// Ordered by time.
    pub leads: Vec<(BuyerKey, Earlier<'c>)>,
    /// In days: an older lead counts in no program.
    pub longest_window: u16,
    /// Imports that were already applied to a buyer.
    pub imported: HashSet<(BuyerKey, EventId)>,
    /// The imports of leads, who hadn't bought before.
    pub imported_leads: HashSet<EventId>,
    /// The only customer to whom each import's address refers.
    pub addressed: HashMap<EventId, BuyerKey>,
    pub brought: HashMap<BuyerKey, Timestamp>,
    pub spent: Vec<Spent<'c>>,
    pub reporting_events: ReportingEvents,
}

/// A conversion that affects later ones.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earlier<'c> {
    /// `None` for an import, which isn't a conversion.
    pub index: Option<usize>,
    /// [`IMPORTED`] for an import.
    pub external_id: &'c str,
    pub occurred_at: Timestamp,
    pub credit: Credit,
    /// A person decided that it binds the customer.
    pub by_person: bool,
}

impl<'c> Past<'c> {
    /// What bound the buyer in a program.
    pub(super) fn bound_in(&self, buyer: BuyerKey, program: ProgramId) -> Option<&Earlier<'c>> {
        self.bindings.get(&buyer)?.iter().find(|earlier| earlier.credit.program_id == program)
    }

    /// Binds the buyer in the credit's program, unless they are bound there.
    pub(super) fn bind(&mut self, buyer: BuyerKey, earlier: Earlier<'c>) {
        if self.bound_in(buyer, earlier.credit.program_id).is_none() {
            self.bindings.entry(buyer).or_default().push(earlier);
        }
    }

    pub(super) fn keep(&mut self, index: usize, conversion: &Candidate<'c>, credit: Option<Credit>) {
        let Some(earlier) = Earlier::of(index, conversion, credit) else { return };
        if conversion.lead {
            self.leads.push((conversion.buyer, earlier));
            return;
        }
        let program = earlier.credit.program_id;
        self.firsts.entry((conversion.buyer, program)).or_insert(earlier);
        self.bind(conversion.buyer, earlier);
        if let Some(subscription) = conversion.subscription {
            self.subscriptions.entry((conversion.buyer, subscription)).or_insert(program);
        }
    }

    /// Remembers the program of an imported sale's subscription. The sale itself binds no one: its import does, from
    /// then on.
    pub(super) fn came(&mut self, conversion: &Candidate<'c>, credit: Option<Credit>) {
        if let (Some(subscription), Some(credit)) = (conversion.subscription, credit) {
            self.subscriptions.entry((conversion.buyer, subscription)).or_insert(credit.program_id);
        }
    }

    /// Applies a person's decision to bind the buyer to an affiliate from this conversion on, even if it is a lead; or
    /// to no one.
    pub(super) fn decide(
        &mut self,
        index: usize,
        conversion: &'c Candidate<'c>,
        credit: Option<Credit>,
        touches: &[Touch],
    ) {
        let buyer = conversion.buyer;
        match Earlier::of(index, conversion, credit) {
            Some(earlier) => {
                self.keep(index, conversion, credit);
                let earlier = Earlier { by_person: true, ..earlier };
                let bindings = self.bindings.entry(buyer).or_default();
                bindings.retain(|other| other.credit.program_id != earlier.credit.program_id);
                bindings.insert(0, earlier);
            }
            None => {
                self.bindings.remove(&buyer);
                self.firsts.retain(|(bound, _), _| *bound != buyer);
                self.spent.push(Spent::all(conversion, touches, &self.reporting_events));
            }
        }
    }

    /// Applies a person's denial: the conversion doesn't bind the buyer, and the evidence that credited it counts for
    /// nothing later. An earlier binding of the buyer stays.
    pub(super) fn deny(&mut self, conversion: &'c Candidate<'c>, credit: Option<Credit>, touches: &[Touch]) {
        if let Some(credit) = credit.filter(|credit| credit.rule != Rule::Bound) {
            self.spent.push(Spent::of(conversion, &credit, touches, &self.reporting_events));
        }
    }

    pub(super) fn is_spent(&self, touch: &Touch, conversion: &Candidate<'_>) -> bool {
        self.spent.iter().any(|spent| spent.takes(touch, conversion, &self.reporting_events))
    }
}

impl<'c> Earlier<'c> {
    fn of(index: usize, conversion: &Candidate<'c>, credit: Option<Credit>) -> Option<Self> {
        Some(Self {
            index: Some(index),
            external_id: conversion.external_id,
            occurred_at: conversion.occurred_at,
            credit: credit?,
            by_person: false,
        })
    }
}
