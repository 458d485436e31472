//! Which creators suit a program, and which programs a creator: candidates are cut in SQL ([`store`]), scored and put in
//! order by pure rules ([`rules::network`]), and shown with the score's parts in words ([`reasons`]). Nothing is
//! precomputed: a score is as fresh as the profile.

pub mod api;
pub(crate) mod card_store;
pub mod creator_view;
pub mod creators;
pub mod dashboard;
pub mod filter;
pub mod mark;
pub mod portal;
pub mod programs;
pub mod reasons;
pub mod store;
pub mod track_job;
mod track_store;
pub mod words;
