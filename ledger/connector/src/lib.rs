//! CRM connectors: the requests to each CRM and the meaning of its responses.
//!
//! A [`Connector`] does no I/O and holds no state. It plans a [`Task`] as a list of [`Step`]s, builds the request of
//! each step ([`Connector::request`]) and interprets the response ([`Connector::parse_response`]). Its runner sends,
//! waits, paces, retries and remembers: the ledger's `sync` for affiliates, the in-memory [`Walk`] for a test call or a
//! picker. What a step learns (a contact's id, a tag's id) is stored as [`Known`] and passed to the steps after it, so
//! a failed step can be resent alone. A step that carries consent is resent only after another check ([`Trail`]).
//!
//! To add a CRM, add one file to [`providers`] and one line there.
#![forbid(unsafe_code)]

mod account;
mod answer;
mod connector;
mod descriptor;
pub mod encode;
mod fault;
mod kept_name;
mod known;
mod login;
pub mod moving;
mod name;
mod pace;
pub mod page;
pub mod providers;
pub mod read;
mod request;
mod step;
mod task;
mod trail;
pub mod wait;
mod walk;

pub use account::Account;
pub use answer::Answer;
pub use connector::{Connector, Parsed, StepContext, StepRequest, Then};
pub use descriptor::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};
pub use fault::{Fault, FaultKind};
pub use kept_name::ContactName;
pub use known::Known;
pub use login::{Login, Token, Tokens, session_ended};
pub use name::split as split_name;
pub use pace::{ARRIVES_WITHIN, PacedCall, RecentCalls};
pub use request::{Body, Host, Method, Request};
pub use step::{Action, Step};
pub use task::{AffiliateStatus, Choice, Consent, Event, Person, Task};
pub use trail::{Stage, Trail};
pub use walk::Walk;
