//! The tools that assistants are offered: operations of the API, described for models.
//!
//! [`table`] says which operations are tools. [`catalog`] makes each from the API's own description, [`request`] turns a
//! call's arguments into a request, [`call`] sends it to the API's router, and [`answer`] turns the response into a result,
//! which [`output`] describes to clients.

pub mod answer;
pub mod call;
pub mod catalog;
#[cfg(test)]
pub(crate) mod fixture;
pub mod output;
pub mod request;
pub mod schema;
pub mod store;
pub mod table;
