//! The affiliates' portal, `/a/…`: one file for each noun of its paths. Each test follows links and posts forms as an
//! affiliate's browser does.
//! Elsewhere: tests/abuse/tax_files.rs: `/a/tax/forms/{id}/file`
//! Elsewhere: tests/public/network_passport.rs: `/a/network/send/{host}/{program}`, `/a/network/applications/elsewhere`
//! Elsewhere: tests/public/network_passport.rs: `/a/network/applications/elsewhere/{id}/withdraw`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod app;
mod ask;
mod assets;
mod brand_color;
mod contact;
mod coupons;
mod fixture;
mod inquiries;
mod language;
mod link_page;
mod links;
mod network_contacts;
mod network_creator;
mod network_invitations;
mod network_known;
mod payouts;
mod recruits;
mod rewards;
mod sales;
mod settings;
mod sign_in;
mod switch;
mod tax;
mod terms;
