//! What looks wrong in the network, for the operator to look at. A flag hides no one and lowers nothing: only a creator who
//! isn't listed yet waits until the operator has looked.
//!
//! [`raise`] notes what goes beyond a limit, [`check`] compares profiles and channels, and [`job`] does so for whatever
//! changed. [`store`] and [`check_store`] hold the SQL.

pub mod check;
mod check_store;
pub mod job;
pub mod raise;
pub mod store;

use shared::{id::CreatorId, text_enum, timestamp::Timestamp};
use uuid::Uuid;

text_enum! {
    /// Why a creator, or a request that no creator is known for, was flagged.
    Reason {
        DisposableAddress,
        /// The bio is like another creator's.
        CopiedProfile,
        /// Another creator has the same channel.
        SharedChannel,
        TooManyApplications,
        /// Requests for sign-in links.
        TooManySignUps,
    }
}

impl Reason {
    /// As the operator reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::DisposableAddress => "The address is of a service for disposable addresses",
            Self::CopiedProfile => "The bio is like another creator’s",
            Self::SharedChannel => "Another creator has the same channel",
            Self::TooManyApplications => "More applications in a day than allowed",
            Self::TooManySignUps => "More requests for sign-in links than allowed",
        }
    }
}

/// A flag that no operator has decided.
#[derive(Debug, Clone)]
pub struct Flag {
    pub id: Uuid,
    /// `None` for requests that no creator is known for.
    pub creator: Option<CreatorId>,
    pub name: Option<String>,
    pub reason: Reason,
    pub other: Option<CreatorId>,
    pub other_name: Option<String>,
    pub detail: String,
    pub times: i32,
    pub last_at: Timestamp,
    /// Whether the creator waits to be listed.
    pub waits: bool,
    pub suspended: bool,
}
