//! What a program's affiliates may offer to customers: a discount that becomes a code at the brand's gateway for each
//! coupon. [`crate::coupon::gateway`] requests the codes, and `integrations` creates them.

pub mod api;
pub mod change;
pub mod store;
pub mod view;
pub mod words;
