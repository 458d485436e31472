//! The program page, `/p/{handle}`: what is promised, on which terms, and the form by which people apply.
//!
//! [`field`] says what a form may ask and [`answer`] reads what was answered, both pure; [`show`] and [`apply`] are the
//! visitor's side, [`editor`] and [`form_editor`] the brand's.

pub mod answer;
pub mod apply;
pub mod country;
pub mod editor;
pub mod email;
pub mod field;
pub mod form_editor;
pub mod gate;
pub mod gate_store;
pub mod logo;
pub mod logo_page;
pub mod offer;
pub mod preview;
pub mod settings;
pub mod show;
pub mod store;
pub mod terms;
pub mod view;
