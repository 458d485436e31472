//! Accruals: changes to commissions that don't come from a history. [`release_holds`] ends holds, [`clicks`] pays for
//! visitors, [`unverified`] returns unverified claims to review, and [`change`] books what they, payouts and decisions
//! change.

pub mod change;
pub mod clicks;
pub mod release_holds;
pub mod unverified;
