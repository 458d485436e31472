//! Leads: people who left their address before they bought. Each is a conversion that costs nothing.

pub mod read;
pub mod report_lead;
pub mod store;
pub mod view;
