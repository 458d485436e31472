//! Applications across installations: a creator of this one applies to a program of another one, and the other way round.
//!
//! [`message`] is what installations say to each other about an application. Where the creator is, [`send`] shows what will
//! be sent, [`deliver`] sends it and asks what became of it, and [`elsewhere`] lists the answers and takes applications back.
//! Where the program is, [`inbox`] takes messages, and emails the person a link of its own; what was announced waits in
//! the folder `arrival` for whoever opens that. Money, tax forms and links are never part of a message.

pub mod deliver;
pub mod elsewhere;
pub mod inbox;
pub mod job;
pub mod message;
pub mod send;
mod store;

use serde::{Deserialize, Serialize};

/// The format of answers to messages.
const FORMAT: &str = "rekomi-network-application/1";
/// How long an announcement waits for the person whom it is about.
const UNUSED_DAYS: i64 = 30;
/// How long applications are remembered on both sides.
const KEPT_DAYS: i64 = 365;

/// The answer to a message: what became of the application by now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Receipt {
    format: String,
    /// The `jti` of the message.
    application: String,
    /// `Sent` until the person has applied, then `Applied`, `Joined`, `Rejected` or `Withdrawn`.
    status: String,
}
