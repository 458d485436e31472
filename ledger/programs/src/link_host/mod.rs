//! Link hosts: the names under which the edge serves an organization's links, such as `go.brand.com`, once the
//! organization has proved that it owns the name ([`verification`]) and it leads to the edge ([`route`]).

pub mod api;
pub mod change;
pub mod dashboard;
pub mod dns;
pub mod job;
pub mod route;
pub mod script;
pub mod store;
pub mod verification;
