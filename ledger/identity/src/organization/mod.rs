//! Organizations: profile, plan, test mode, and deletion.
//!
//! [`create`] creates an organization, and the twin that is its test mode; [`profile`] and [`time_zone`] validate its
//! profile. [`api`] is the API, [`crate::settings`] has its pages, [`logo`] serves its logo, [`choose`] is the list of a
//! person's organizations. [`export`] exports all data, [`close`] closes an organization with a grace period, [`erase`]
//! erases it afterwards, and [`purge`] lets the operator delete every row. [`plan`] defines what a plan allows; [`gate`]
//! enforces it, [`trial`] ends trials, `trial_store` knows who had one, and [`plan_command`] sets a plan.
//! [`mail_sender`] is how it signs its emails, [`home_currency`] the currency in which it also reads amounts.

pub mod api;
pub mod choose;
pub mod close;
mod closed_store;
pub mod create;
pub mod erase;
mod erase_store;
pub mod export;
pub mod gate;
pub mod home_currency;
pub mod lock_store;
pub mod logo;
pub mod logo_store;
pub mod mail_sender;
pub mod plan;
pub mod plan_command;
pub mod profile;
pub mod purge;
pub mod store;
pub mod time_zone;
pub mod trial;
mod trial_store;

pub use create::twin;
