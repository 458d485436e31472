//! The affiliate portal, `/a`: what affiliates share, what it earned and why, and their settings.
//!
//! [`identity::portal::session`] signs them in, [`identity::portal::brands`] switches to another brand that knows them
//! by the same email, and [`identity::portal::frame`] surrounds every page. [`home`] is the first page; [`links`] shows
//! what they share and [`earns`] what it pays; [`sales`] and [`clicks`] show the results, and [`ask`]
//! answers questions about them with the brand's model; [`profile`] has their details
//! and which emails they want ([`identity::portal::notify`]). Payouts, tax forms, claims and assets have modules of
//! their own.

pub mod ask;
mod ask_tools;
pub mod clicks;
pub mod coupons;
pub mod coupons_store;
pub mod deep;
pub mod earns;
pub mod home;
pub mod home_store;
pub mod links;
pub mod links_store;
pub mod make_link;
pub mod picture;
pub mod profile;
pub mod quick_link;
pub mod recruits;
pub mod recruits_store;
pub mod sale;
pub mod sales;
pub mod sales_csv;
pub mod sales_store;
pub mod slug;
pub mod statement;
pub mod terms;
pub mod terms_store;
pub mod words;
