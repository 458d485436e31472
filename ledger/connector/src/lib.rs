//! Connectors: for each CRM, what is asked of it and what its answers mean.
//!
//! A [`Connector`] does no I/O and holds no state. It plans a [`Task`] as a list of [`Step`]s, says for each step what to
//! send ([`Connector::request`]) and what the answer means ([`Connector::parse_response`]). Whoever runs it sends, waits, paces, retries
//! and remembers: the ledger's `sync` for affiliates, [`Walk`] in memory for a test call or a picker. What a step learns
//! (a contact's id, a tag's id) is kept as [`Known`] and given to the steps after it, so that a step that failed can be
//! sent again alone; a step that carries consent only after another look ([`Trail`]).
//!
//! One file in [`providers`] and one line there add a CRM.
#![forbid(unsafe_code)]

mod account;
mod answer;
mod connector;
mod descriptor;
pub mod encode;
mod fault;
mod known;
mod name;
pub mod page;
pub mod providers;
pub mod read;
mod request;
mod step;
mod task;
mod trail;
mod wait;
mod walk;

pub use account::Account;
pub use answer::Answer;
pub use connector::{Connector, Parsed, StepContext, StepRequest, Then};
pub use descriptor::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};
pub use fault::{Fault, FaultKind};
pub use known::Known;
pub use name::split as split_name;
pub use request::{Body, Host, Method, Request};
pub use step::{Action, Step};
pub use task::{AffiliateStatus, Choice, Consent, Event, Person, Task};
pub use trail::{Stage, Trail};
pub use walk::Walk;
