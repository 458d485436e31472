//! United States tax forms of affiliates: their contents, who needs which one, how long they are valid, and the effect
//! on payments. This isn't tax advice: it follows the forms and their instructions.
//!
//! The forms are W-9 (Rev. March 2024), W-8BEN and W-8BEN-E (both Rev. October 2021). A substitute form that is filled
//! in online counts as the form if it requests the same information and is signed under penalties of perjury
//! (instructions for the requester of Forms W-9 and W-8, "Electronic submission").

pub mod address;
pub mod country;
mod document;
pub mod expiry;
pub mod field;
pub mod form;
pub mod gate;
pub mod guide;
pub mod nec;
pub mod threshold;
pub mod tin;
pub mod uploaded;
pub mod w8;
pub mod w8ben;
pub mod w8bene;
pub mod w9;
