//! Syncs affiliates into CRMs.
//!
//! Whatever causes a sync writes a row in its own transaction ([`outbox::sync::trigger`]). The job ([`job`]) leases a
//! connection, processes its syncs ([`run`]) step by step ([`step`]), and records each attempt before it is made
//! ([`queue_store`]). [`person`] computes what the CRM should know of an affiliate at that time, [`outcome`] decides
//! what follows from a failure, and [`crate::crm::pace`] limits the rate, in the order of [`pace`]. Only the crate
//! [`connector`] knows what to send and what an answer means.
//!
//! People can see what was sent and the result, and request it again ([`request`]), by API ([`api`], [`resync`]) and on
//! pages ([`dashboard`], [`detail`]), or download the log ([`mod@csv`]).

pub mod api;
pub mod csv;
pub mod dashboard;
pub mod detail;
pub mod figures;
pub mod former_store;
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
pub mod segment_job;
pub mod segment_store;
pub mod step;
pub mod task;
pub mod view;
pub mod view_model;
pub mod worker;
