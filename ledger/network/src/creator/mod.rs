//! Creators as people: sign-in, profile, channels, visibility.
//!
//! A creator is identified by an address that they proved with an emailed link ([`join`], [`session`]); [`frame`]
//! surrounds their pages. [`profile`] is what they say about themselves, [`channel`] where they reach people, and
//! [`visibility`] who may see it; [`card`] is exactly what a brand sees before a contact. [`brands`] lists what the person
//! already has in every brand. [`data`] exports and erases everything.

pub mod brands;
mod brands_store;
pub mod card;
pub mod channel;
pub mod channel_page;
pub(crate) mod channel_store;
pub mod data;
mod data_store;
pub mod email;
pub mod frame;
pub mod job;
pub mod join;
pub mod next;
pub mod profile;
mod profile_input;
pub mod profile_page;
pub mod sample;
pub mod session;
mod session_store;
pub mod store;
pub mod unsubscribe;
mod verify;
pub mod visibility;
mod visibility_store;
