//! Link hosts: the names under which the edge answers an organization's links, such as `go.brand.com`, once the organization has
//! proved that the name is its own ([`proof`]).

pub mod change;
mod dns;
pub mod handler;
pub mod page;
pub mod proof;
pub mod store;
