//! Affiliates on their way into CRMs.
//!
//! What sets a sync off writes a row in its own transaction ([`trigger`]). The job ([`job`]) takes a connection for itself,
//! works its syncs off ([`run`]) step by step ([`step`]), and writes each attempt down before it is made ([`queue_store`]);
//! [`person`] is what the CRM is to know of an affiliate at that moment, [`outcome`] what a failure leads to, [`pace`] how
//! fast it may go. What is sent, and what an answer means, only the crate [`connector`] knows.
//!
//! People read what was sent and what came of it, and ask for it again ([`request`]), by API ([`api`], [`resync`]) and on pages
//! ([`dashboard`], [`detail`]), or take the log along as a file ([`mod@csv`]).

pub mod api;
pub mod csv;
pub mod dashboard;
pub mod detail;
pub mod figures;
pub mod job;
pub mod lease_store;
pub mod maintenance_store;
pub mod outcome;
pub mod pace;
pub mod person;
pub mod person_store;
pub mod queue_store;
pub mod read_store;
pub mod request;
pub mod resync;
pub mod resync_store;
pub mod run;
pub mod step;
pub mod task;
pub mod view;
pub mod view_model;
pub mod worker;
