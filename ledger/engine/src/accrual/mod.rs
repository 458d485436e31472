//! Accruals: what changes about commissions without a history. [`release_holds`] ends holds, [`clicks`] pays for visitors, [`extra`]
//! gives bonuses and adjustments, [`unverified`] sends
//! back to review what was never vouched for, and [`change`] books what they (and payouts, and decisions) change.

pub mod change;
pub mod clicks;
pub mod extra;
pub mod release_holds;
pub mod unverified;
