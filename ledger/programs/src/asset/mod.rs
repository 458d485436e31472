//! Promotional assets that brands give their affiliates: images, documents, texts and links.
//!
//! Brands add them in [`dashboard`] or through [`api`]; their affiliates find them in [`portal`]. Files are stored
//! encrypted ([`kit::file`]) and served only to signed-in people and the brand's keys; [`kind`] decides by content what
//! may be stored. [`media_kit`] is all of it in one file.

pub mod api;
pub mod change;
pub mod dashboard;
pub mod input;
pub mod kind;
pub mod media_kit;
pub mod portal;
pub mod save;
pub mod serve;
pub mod store;
pub mod update_api;
pub mod view;
