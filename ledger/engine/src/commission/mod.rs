//! Commissions' SQL, and plans in everyday words. The rules are in `rules::commission`.

pub mod offer;
pub mod store;
pub mod sub_affiliate_store;
