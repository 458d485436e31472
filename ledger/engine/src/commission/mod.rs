//! SQL of commissions, plans and affiliates' attributes. The rules are in `rules::commission`.

pub mod store;
