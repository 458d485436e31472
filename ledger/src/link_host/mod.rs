//! Link hosts: the names under which the edge answers an organization's links, such as `go.brand.com`.

pub mod change;
pub mod handler;
pub mod page;
pub mod store;
