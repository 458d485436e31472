//! Sub-affiliates: what a program pays affiliates for those whom they recruited, and who recruited whom. The arithmetic is in
//! `rules::commission::sub_affiliate`.

pub mod config;
pub mod dashboard;
pub mod recruiter;
pub mod recruits;
pub mod store;
