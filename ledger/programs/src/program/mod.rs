//! Programs: what a brand offers, with its rules of credit and its plans. A file a verb; [`plans`] are versions, [`simulate`] tries a
//! draft on the past, [`dashboard`] is all of it for people.

pub mod affiliate_override;
pub mod change;
pub mod click_rules;
pub mod create;
pub mod dashboard;
pub mod plan_store;
pub mod plan_view;
pub mod plans;
pub mod program_rules;
pub mod rate_increase;
pub mod read;
pub mod simulate;
pub mod simulate_store;
pub mod simulate_view;
pub mod store;
