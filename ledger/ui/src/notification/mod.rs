//! Emails about success: a first click, a commission; and what changed in a week.

pub mod success;
pub mod success_store;
pub mod weekly;
mod weekly_store;
