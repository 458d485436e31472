//! What assistants can read by address: records of the organization, and the guide.
//!
//! A [`record`] is what an operation returns about one id; the tool `fetch` returns the same ([`fetch`]). [`address`] says
//! which addresses there are, [`guide`] has the guide's pages, [`markdown`] writes a commission's explanation for people,
//! and [`list`] and [`read`] answer the protocol's methods.

pub mod address;
pub mod fetch;
pub mod guide;
pub mod list;
pub mod markdown;
pub mod read;
pub mod record;
