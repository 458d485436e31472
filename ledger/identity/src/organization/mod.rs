//! An organization: what it is called and looks like, what its plan allows, its test mode, its end.
//!
//! [`create`] makes one, and the twin that is its test mode; [`profile`] and [`time_zone`] check what is told about it. [`api`] is the
//! API, [`dashboard`] its settings, [`choose`] the list of a person's organizations. [`export`] hands everything out, [`close`]
//! ends it with a grace, [`erase`] follows when the grace is over, [`purge`] is the operator's way to delete every row.
//! What an organization's plan allows stands in [`plan`]; [`gate`] asks for it, [`trial`] ends trials, [`plan_command`] sets
//! a plan.

pub mod api;
pub mod choose;
pub mod close;
pub mod create;
pub mod dashboard;
pub mod erase;
pub mod export;
pub mod gate;
pub mod plan;
pub mod plan_command;
pub mod profile;
pub mod purge;
pub mod store;
pub mod time_zone;
pub mod trial;

pub use create::twin;
