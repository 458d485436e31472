//! Accruals: what changes about commissions without a journey. [`mature`] ends holds, [`clicks`] pays for visitors, [`extra`]
//! gives bonuses and adjustments, and [`change`] books what they (and payouts, and decisions) change.

pub mod change;
pub mod clicks;
pub mod extra;
pub mod mature;
