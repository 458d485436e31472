//! Attribution: decides who is credited with a conversion, and why.
//!
//! [`resolve`] turns an event's claims into touches; [`decide`] gives each conversion of a buyer its credit by the
//! program's [`policy`]; [`flag`] marks what a person should review first. A decision considers everything known about
//! the buyer, sorted by its own times: the order of arrival can't matter.

pub mod decide;
pub mod flag;
pub mod policy;
pub mod touch;
