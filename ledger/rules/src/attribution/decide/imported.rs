//! Binds customers that a brand imports from another platform to their affiliates.
//!
//! An import binds like a sale credited at that time. Some platforms know only email addresses, so it also binds the
//! first customer with the imported one's address; an address that several customers have identifies no one. A customer
//! who was already bound keeps their binding.
//!
//! An imported sale of the past does the same for its customer, and is itself credited to the affiliate that the import
//! names: windows, approval and decisions of people about its credit don't matter, because it was settled elsewhere. An
//! imported lead is like such a sale, except that its buyer hasn't bought yet.

use shared::timestamp::Timestamp;

use super::{BuyerKey, Candidate, Credit, Earlier, Past, Rule, Touch, TouchKind};

/// Takes the place of the sale's external id in a binding by import. No sale has an empty one.
pub const IMPORTED: &str = "";

impl Past<'_> {
    /// Binds a buyer by the imports up to a time, each of which is applied once.
    pub(super) fn import(
        &mut self,
        buyer: BuyerKey,
        until: Timestamp,
        touches: &[Touch],
        kin: impl Fn(BuyerKey, BuyerKey) -> bool,
    ) {
        let mut imports: Vec<&Touch> = of(buyer, until, touches, &kin).collect();
        // Of the sales of one import, the earliest binds.
        let rank = |touch: &&Touch| (touch.buyer != buyer, touch.reported_at, touch.touched_at, touch.event_id);
        imports.sort_by_key(rank);
        for touch in imports {
            let addressed = *self.addressed.entry(touch.event_id).or_insert(buyer);
            if touch.buyer != buyer && addressed != buyer {
                continue;
            }
            if !self.imported_leads.contains(&touch.event_id) {
                let since = self.brought.entry(buyer).or_insert(touch.reported_at);
                *since = touch.reported_at.min(*since);
            }
            if !self.imported.insert((buyer, touch.event_id)) {
                continue;
            }
            let earlier = Earlier {
                index: None,
                external_id: IMPORTED,
                occurred_at: touch.reported_at,
                credit: credit(touch),
                by_person: false,
            };
            self.bind(buyer, earlier);
        }
    }
}

/// The credit of an imported sale, as the import states it.
pub(super) fn stated(sale: &Candidate<'_>, touches: &[Touch]) -> Option<Credit> {
    let own = |touch: &&Touch| touch.kind == TouchKind::Import && sale.reported_by.contains(&touch.event_id);
    touches.iter().filter(own).min_by_key(|touch| (touch.reported_at, touch.event_id)).map(credit)
}

/// Durations count from the date in the file, and the plan of the import's own day applies.
const fn credit(touch: &Touch) -> Credit {
    Credit {
        program_id: touch.program_id,
        affiliate_id: touch.affiliate_id,
        link_id: touch.link_id,
        click_id: None,
        coupon_id: None,
        rule: Rule::Import,
        bound_at: touch.touched_at,
        plan_at: touch.reported_at,
    }
}

fn of<'t>(
    buyer: BuyerKey,
    until: Timestamp,
    touches: &'t [Touch],
    kin: &impl Fn(BuyerKey, BuyerKey) -> bool,
) -> impl Iterator<Item = &'t Touch> {
    touches.iter().filter(move |touch| {
        touch.kind == TouchKind::Import
            && touch.reported_at <= until
            && (touch.buyer == buyer || kin(touch.buyer, buyer))
    })
}
