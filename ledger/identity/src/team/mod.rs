//! The people of an organization: members, their roles, and invitations.
//!
//! [`change`] contains the rules (an organization always has an owner, and only owners change the team), [`invite`] the
//! invitations; both serve the API ([`api`], [`invitations`]) and the pages ([`dashboard`], [`accept`]). [`email`]
//! contains the emails.

pub mod accept;
pub mod api;
pub mod change;
pub mod dashboard;
pub mod email;
pub mod invitation_store;
pub mod invitations;
pub mod invite;
pub mod keys;
pub mod notifications;
pub mod store;
pub mod two_factor;
