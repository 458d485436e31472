//! Link hosts: the names under which the edge answers an organization's links, such as `go.brand.com`, once the organization has
//! proved that the name is its own ([`verification`]).

pub mod api;
pub mod change;
pub mod dashboard;
mod dns;
pub mod store;
pub mod verification;
