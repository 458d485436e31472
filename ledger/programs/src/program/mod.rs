//! Programs: what a brand offers, with its attribution rules and its plans. Each verb has its own file; [`plans`] has
//! the versions, [`simulate`] tries a draft on past sales, [`dashboard`] has the pages.

pub mod affiliate_override;
pub mod change;
pub mod click_rules;
pub mod create;
pub mod dashboard;
pub mod offer;
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
pub mod test_sale;
