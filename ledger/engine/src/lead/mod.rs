//! Leads: people who left their address before they bought. Each is a conversion that costs nothing.

pub mod lead_store;
pub mod read;
pub mod tell;
pub mod view;
