//! Program pages, `/p/{handle}`: the program's offer, its terms, and the application form.
//!
//! [`field`] defines the questions of a form and [`answer`] validates the answers, both pure; [`show`] and [`apply`]
//! serve visitors, [`editor`] the brand, [`page_api`] and [`terms_api`] its software. [`block`] has what the page shows
//! besides, and in which order, and [`suggest`] drafts its texts with a model.

pub mod answer;
pub mod applicant;
pub mod apply;
pub mod block;
mod block_form;
pub mod calculator;
pub mod country;
mod draft;
pub mod editor;
pub mod email;
pub mod field;
pub mod form_editor;
pub mod gate;
pub mod gate_store;
mod keep;
pub mod logo_api;
pub mod logo_page;
pub mod offer;
pub mod offer_json;
pub mod page_api;
pub mod page_input;
pub mod page_view;
pub mod preview;
pub mod publish_api;
pub mod recruit_link_api;
pub mod recruiter;
pub mod sections;
pub mod settings;
pub mod show;
pub mod store;
pub mod suggest;
pub mod terms;
pub mod terms_api;
pub mod view;
