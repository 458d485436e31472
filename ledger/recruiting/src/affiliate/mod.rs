//! An applicant becomes an affiliate.

pub mod apply;
