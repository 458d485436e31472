//! Promotional assets that brands give their affiliates: images, documents, texts and links.
//!
//! Brands add them in [`dashboard`]; their affiliates find them in [`portal`]. Files are stored encrypted
//! ([`kit::file`]) and served only to signed-in people; [`kind`] decides by content what may be stored. [`media_kit`] is all of it in one file.

pub mod change;
pub mod dashboard;
pub mod kind;
pub mod media_kit;
pub mod portal;
pub mod serve;
pub mod store;
pub mod view;
