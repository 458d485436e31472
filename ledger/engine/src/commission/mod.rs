//! SQL of commissions, plans and what affiliates are. The rules are `rules::commission`.

pub mod store;
