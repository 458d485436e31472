//! Kinds of alerts that can be dismissed. A file of its own, because the payout alerts use it too.

use shared::text_enum;

text_enum! {
    /// Kinds of alerts that can be dismissed.
    Kind {
        /// Refunds that don't fit their sale.
        Sale,
        /// A refund or dispute of an unknown sale.
        Orphan,
        /// Failed syncs into a CRM.
        Crm,
        /// Payouts that failed or came back.
        Payouts,
        /// Payouts that affiliates' banks refused.
        Bank,
    }
}
