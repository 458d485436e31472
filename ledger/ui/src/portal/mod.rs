//! The affiliates' portal, `/a`: what they share, what it earned and why, and what they do about it.
//!
//! [`session`] is how they are in, [`brands`] how they go to another brand that knows them by the same address; [`frame`]
//! stands around every page. [`home`] is where they arrive, [`links`] what they share and [`earns`] what it pays, [`sales`]
//! and [`clicks`] what came of it, [`profile`] who they are and which emails they want ([`notify`]). Payouts, tax forms,
//! claims and assets are rooms of their own.

pub mod clicks;
pub mod deep;
pub mod earns;
pub mod home;
pub mod home_store;
pub mod links;
pub mod links_store;
pub mod make_link;
pub mod picture;
pub mod profile;
pub mod sale;
pub mod sales;
pub mod sales_csv;
pub mod sales_store;
pub mod slug;
pub mod terms;
pub mod terms_store;
pub mod words;
