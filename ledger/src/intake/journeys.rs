//! The histories that a batch touches: what is stored of them, and what the batch adds.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    id::{ConversionId, CustomerId, EventId, OrganizationId},
    money::Money,
};

use super::judge::Existing;
use crate::{
    attribution::{self, store::OwnedTouch},
    commission::{self, settle::Journey},
    conversion::{self, Conversion, Kind, Outcome, Status, store::Refund},
    db::TenantTx,
    fact::{ConversionFact, Fact, Told},
    state::AppState,
};

/// Whose history: a known buyer's, or a single purchase's where the buyer is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum JourneyKey {
    Buyer(OrganizationId, CustomerId),
    Alone(OrganizationId, EventId),
}

impl JourneyKey {
    pub(super) const fn organization(self) -> OrganizationId {
        match self {
            Self::Buyer(organization, _) | Self::Alone(organization, _) => organization,
        }
    }

    fn new(organization: OrganizationId, customer: Option<CustomerId>, event: EventId) -> Self {
        customer.map_or(Self::Alone(organization, event), |customer| Self::Buyer(organization, customer))
    }

    fn of(conversion: &Conversion) -> Self {
        Self::new(conversion.organization_id, conversion.customer_id, conversion.event_id)
    }
}

/// The histories that a batch touches. Sorted, so that a batch is always worked off in the same order.
#[derive(Debug, Default)]
pub(super) struct Journeys {
    pub(super) by_key: BTreeMap<JourneyKey, Journey>,
    /// The event that made us look at a history again: named in its corrections.
    pub(super) causes: HashMap<JourneyKey, EventId>,
    pub(super) refunds: Vec<Refund>,
    pub(super) touches: Vec<OwnedTouch>,
}

impl Journeys {
    /// Loads the stored part of every history that the batch touches.
    pub(super) async fn load(
        &mut self,
        tx: &mut TenantTx,
        told: &[(&Told, Option<CustomerId>)],
        new_customers: &HashSet<CustomerId>,
        existing: &Existing,
    ) -> Result<(), sqlx::Error> {
        let mut customers: HashSet<(OrganizationId, CustomerId)> = told
            .iter()
            .filter_map(|(told, customer)| Some((told.organization_id, (*customer)?)))
            .filter(|(_, customer)| !new_customers.contains(customer))
            .collect();
        let mut alone = Vec::new();
        for conversion in existing.values() {
            match conversion.customer_id {
                Some(customer) => drop(customers.insert((conversion.organization_id, customer))),
                None => alone.push(conversion.clone()),
            }
        }
        let customers: Vec<_> = customers.into_iter().collect();
        let mut stored = conversion::store::by_customer(tx, &customers).await?;
        let events: Vec<_> = alone.iter().map(|row| (row.organization_id, row.event_id)).collect();
        stored.extend(alone);
        let ids: Vec<(OrganizationId, ConversionId)> = stored.iter().map(|row| (row.organization_id, row.id)).collect();
        let mut owners: HashMap<ConversionId, JourneyKey> = HashMap::new();
        for conversion in stored {
            let key = JourneyKey::of(&conversion);
            owners.insert(conversion.id, key);
            self.by_key.entry(key).or_default().conversions.push(conversion);
        }
        for owned in attribution::store::load(tx, &customers, &events).await? {
            self.touch(owned);
        }
        for (_, commission) in commission::store::load(tx, &ids).await? {
            if let Some(key) = owners.get(&commission.conversion_id) {
                self.by_key.entry(*key).or_default().commissions.push(commission);
            }
        }
        Ok(())
    }

    fn touch(&mut self, owned: OwnedTouch) {
        let key = JourneyKey::new(owned.organization_id, owned.customer, owned.touch.event_id);
        self.by_key.entry(key).or_default().touches.push(owned.touch);
    }

    /// Adds what the batch tells.
    pub(super) fn add(&mut self, state: &AppState, told: &[(&Told, Option<CustomerId>)], existing: &Existing) {
        let mut owners: HashMap<(OrganizationId, String), JourneyKey> =
            existing.iter().map(|(name, stored)| (name.clone(), JourneyKey::of(stored))).collect();
        for owned in self.touches.clone() {
            self.touch(owned);
        }
        for (told, customer) in told {
            let own = JourneyKey::new(told.organization_id, *customer, told.event_id);
            self.causes.insert(own, told.event_id);
            if let Some(Fact::Conversion(fact)) = &told.fact {
                let name = (told.organization_id, fact.external_id.clone());
                if owners.contains_key(&name) {
                    continue; // told before by another event: this one only brought evidence
                }
                owners.insert(name, own);
                let conversion = new_conversion(state, told, *customer, fact);
                let journey = self.by_key.entry(own).or_default();
                journey.new.insert(conversion.id);
                journey.conversions.push(conversion);
            }
        }
        for (told, _) in told {
            if let Some(Fact::Refund(fact)) = &told.fact {
                if let Some(owner) = owners.get(&(told.organization_id, fact.refund_of.clone())) {
                    self.causes.insert(*owner, told.event_id);
                }
                self.refunds.push(Refund {
                    organization_id: told.organization_id,
                    event_id: told.event_id,
                    occurred_at: told.at,
                    fact: fact.clone(),
                });
            }
        }
    }
}

fn new_conversion(state: &AppState, told: &Told, customer: Option<CustomerId>, fact: &ConversionFact) -> Conversion {
    Conversion {
        organization_id: told.organization_id,
        id: state.new_id(),
        event_id: told.event_id,
        external_id: fact.external_id.clone(),
        source: told.source.as_str().to_owned(),
        verified: told.source.verified(),
        lead: fact.lead,
        told_recurring: fact.told_recurring,
        customer_id: customer,
        subscription_id: fact.subscription_id.clone(),
        product_id: fact.product_id.clone(),
        amount: Money::new(fact.amount, fact.currency),
        occurred_at: told.at,
        outcome: Outcome { kind: Kind::Sale, status: Status::Unattributed, refunded: 0, credit: None },
    }
}
