//! Binds customers that a brand imports from another platform to their affiliates.
//!
//! An import binds like a sale credited at that time. Some platforms know only email addresses, so it also binds the
//! first customer with the imported one's address; an address that several customers have identifies no one. A customer
//! who was already bound keeps their binding.

use shared::timestamp::Timestamp;

use super::{BuyerKey, Credit, Earlier, Past, Rule, Touch, TouchKind};

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
        imports.sort_by_key(|touch| (touch.buyer != buyer, touch.reported_at, touch.event_id));
        for touch in imports {
            let addressed = *self.addressed.entry(touch.event_id).or_insert(buyer);
            if touch.buyer != buyer && addressed != buyer {
                continue;
            }
            let since = self.brought.entry(buyer).or_insert(touch.reported_at);
            *since = touch.reported_at.min(*since);
            if !self.imported.insert((buyer, touch.event_id)) {
                continue;
            }
            let credit = Credit {
                program_id: touch.program_id,
                affiliate_id: touch.affiliate_id,
                link_id: touch.link_id,
                click_id: None,
                rule: Rule::Import,
                bound_at: touch.touched_at,
                plan_at: touch.reported_at,
            };
            let earlier = Earlier {
                index: None,
                external_id: IMPORTED,
                occurred_at: touch.reported_at,
                credit,
                by_person: false,
            };
            self.bindings.entry((buyer, Some(touch.program_id))).or_insert(earlier);
            self.bindings.entry((buyer, None)).or_insert(earlier);
        }
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
