//! The lists that pages offer in filters and forms.

pub mod pick_store;
