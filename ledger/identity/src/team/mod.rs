//! The people of an organization: who they are, what each may do, and how more of them join.
//!
//! [`change`] holds the rules (an organization keeps an owner, and only owners change the team), [`invite`] the ways in;
//! both serve the API ([`handler`], [`invitations`]) and the pages ([`page`], [`accept`]). [`letter`] is what is mailed.

pub mod accept;
pub mod change;
pub mod handler;
pub mod invitation_store;
pub mod invitations;
pub mod invite;
pub mod keys;
pub mod letter;
pub mod page;
pub mod store;
pub mod two_steps;
