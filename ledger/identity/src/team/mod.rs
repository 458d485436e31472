//! The people of an organization: who they are, what each may do, and how more of them join.
//!
//! [`change`] holds the rules (an organization keeps an owner, and only owners change the team), [`invite`] the ways in;
//! both serve the API ([`api`], [`invitations`]) and the pages ([`dashboard`], [`accept`]). [`email`] is what is mailed.

pub mod accept;
pub mod api;
pub mod change;
pub mod dashboard;
pub mod email;
pub mod invitation_store;
pub mod invitations;
pub mod invite;
pub mod keys;
pub mod store;
pub mod two_factor;
