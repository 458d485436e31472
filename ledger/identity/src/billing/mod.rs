//! Billing of an organization's plan, with the Stripe account of those who run this installation and sell plans. Off
//! unless `REKOMI_BILLING_…` is set; brands that run Rekomi for themselves never see it.
//!
//! Stripe is the truth: every event, every return from its checkout and a daily job only make us read the subscription
//! again ([`sync`]), and what it is then decides the plan ([`status`]). [`request`] builds the calls and [`answer`]
//! reads their answers, both without I/O. [`checkout`] leads an owner to Stripe, [`hook`] receives its events, [`job`]
//! looks at what should have changed. [`notice`] writes the emails in [`email`], each once. [`dashboard`] is the page.

pub mod answer;
pub mod checkout;
pub mod dashboard;
pub mod email;
pub mod event;
mod fault;
pub mod hook;
pub mod job;
mod notice;
pub mod request;
pub mod status;
pub mod store;
mod sync;
mod trial_store;
