//! Connections to CRMs: a brand's account there, what is asked of it now (a test call, a picker), and what it is to be told.
//!
//! What a vendor is asked and what its answers mean is the crate [`connector`]'s; [`wire`] sends, [`mask`] keeps secrets out
//! of everything that is shown, [`walk`] goes through a task while somebody waits. What happens in the background, affiliate
//! by affiliate, is [`outbox::sync`]'s.

pub mod actions;
pub mod api;
mod audit_fields;
pub mod change;
pub mod check;
pub mod connect;
pub mod credentials;
pub mod dashboard;
pub mod detail;
mod distance;
pub mod encryption;
mod fault;
mod form;
pub mod lint;
pub mod live;
pub mod mask;
pub mod override_store;
pub mod overrides;
pub mod overrides_api;
pub mod pause;
pub mod pick;
pub mod settings;
pub mod store;
pub mod tags;
pub mod view;
mod view_model;
pub mod waiting_store;
pub mod walk;
pub mod wire;
