//! The creator network: creators and their profiles, programs that are listed, matching, contacts between brands and
//! creators, and programs of other installations.
//!
//! A creator is a person, not a member of an organization: their rows are readable by themselves, and their listed
//! profile by brands. The crate may use `recruiting` and the layers below.
//!
//! In the order of the data flow: a [`creator`] has a profile; a brand has a [`listing`]; [`matching`] rates the two
//! against each other; a [`contact`] is an application or invitation between them; [`federation`] exchanges listings
//! with other installations; a [`passport`] is an application to another one, and an [`arrival`] one from there. What looks
//! wrong is a [`flag`], and the [`operator`] decides.
#![forbid(unsafe_code)]

// Templates call functions by this crate's name, whichever crate renders the page.
extern crate self as network;

pub mod arrival;
pub mod contact;
pub mod creator;
pub mod federation;
pub mod flag;
pub mod listing;
pub mod matching;
pub mod operator;
pub mod passport;
pub mod router;
mod words;

/// Makes Cargo rebuild the crate if the column types in this file change.
const _: &str = include_str!("../sqlx.toml");
