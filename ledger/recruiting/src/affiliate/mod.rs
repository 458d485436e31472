//! Turns an applicant into an affiliate.

pub mod apply;
