//! United States tax forms of affiliates: what they ask for, whom they suit, how long they count, and what follows for a
//! payment. No tax advice: it says what the forms and their instructions say.
//!
//! The forms are W-9 (Rev. March 2024), W-8BEN and W-8BEN-E (both Rev. October 2021). A substitute that is filled in on
//! a page counts as the form where it asks for the same and is signed under penalties of perjury (instructions for the
//! requester of Forms W-9 and W-8, "Electronic submission").

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
