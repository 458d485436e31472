//! What people may put away from the list: a file of its own, as rows of payouts are of a kind, too.

use shared::text_enum;

text_enum! {
    /// What may be put away.
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
