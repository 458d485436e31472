//! How and when an organization pays: schedule, minimum payout, second approver, tax forms.

pub mod api;
pub mod dashboard;
pub mod email;
pub mod settings;
pub mod store;
