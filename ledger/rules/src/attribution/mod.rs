//! Attribution: who is credited with a conversion, and why.
//!
//! [`resolve`] turns what an event claims into touches; [`decide`] gives each conversion of a buyer its credit by the
//! program's [`policy`]; [`flag`] says what a person should look at first. Deciding looks at the whole set of what is
//! known about the buyer, sorted by its own times: the order of arrival can't matter.

pub mod decide;
pub mod flag;
pub mod policy;
pub mod touch;
