//! OAuth 2.1: apps that act for a person, with what that person allowed. The server follows RFC 6749 with PKCE (RFC 7636),
//! and MCP's rules for authorization.
//!
//! An app is a public client: it describes itself in a document at its client id, or registers ([`register`]); [`client`]
//! finds it. It sends a person to [`authorize`], where they sign in and decide. What they allow is a [`grant`], for which
//! the app gets tokens ([`token`]). It acts as that person, with their present role, within its [`scope`]:
//! [`authenticate`] resolves its tokens. [`dashboard`] lists what is connected. Rules without I/O are in [`client_id`],
//! [`description`], [`pkce`], [`redirect`], [`request`], [`scope`] and [`secret`].

pub mod authenticate;
pub mod authorize;
pub mod client;
pub mod client_id;
pub mod client_store;
pub mod cors;
pub mod dashboard;
pub mod description;
pub mod failure;
pub mod grant;
pub mod job;
pub mod metadata;
pub mod notice;
pub mod pkce;
pub mod redirect;
pub mod register;
pub mod request;
pub mod revoke;
pub mod scope;
pub mod secret;
pub mod store;
pub mod token;
pub mod token_store;
pub mod userinfo;

pub use self::{
    authenticate::{Granted, authenticate},
    grant::end_all_of,
};
