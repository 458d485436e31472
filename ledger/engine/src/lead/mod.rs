//! Leads: people who left their email address before they bought. Each is a conversion without an amount.

pub mod names_store;
pub mod read;
pub mod report_lead;
pub mod store;
pub mod view;
