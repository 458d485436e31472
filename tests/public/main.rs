//! The ledger's other pages: sign-up, sign-in and account settings, invitations, program pages, unsubscribing, the
//! status page, the API reference.
//! Elsewhere: tests/portal/brand_color.rs: `/assets/brand/{name}`
//! Elsewhere: tests/providers/stripe_billing.rs: `/hooks/stripe-billing`
//! Elsewhere: tests/dashboard/settings/branding.rs: `/assets/logo/{organization}`
//! Elsewhere: tests/portal/app.rs: `/assets/icon/{name}`
//! Elsewhere: tests/dashboard/customers.rs: `/account/columns`
//! Elsewhere: tests/abuse/tax_files.rs: `/files/{token}`
//! Elsewhere: tests/journey/dashboard.rs: `/logout`
//! Elsewhere: tests/abuse/internal_doors.rs: `/metrics`
//! Elsewhere: tests/abuse/headers.rs: `/security.txt`, `/.well-known/security.txt`
//! Elsewhere: tests/api/mcp.rs: `/mcp`
//! Elsewhere: tests/api/oauth.rs: `/oauth/register`, `/oauth/authorize`, `/oauth/token`, `/oauth/revoke`, `/oauth/userinfo`
//! Elsewhere: tests/api/oauth.rs: `/.well-known/oauth-protected-resource`, `/.well-known/oauth-protected-resource/mcp`
//! Elsewhere: tests/api/oauth.rs: `/.well-known/oauth-authorization-server`
//! Elsewhere: tests/dashboard/recruit.rs: `/unsubscribe/invitations/{token}`
//! Elsewhere: tests/portal/network_contacts.rs: `/unsubscribe/messages/{token}`
//! Elsewhere: tests/api/payout_connection.rs: `/hooks/stripe-connect/{organization}/{connection}`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod account;
mod bio_page;
mod invites;
mod network;
mod network_federation;
mod network_join;
mod network_operator;
mod network_passport;
mod notifications;
mod program_page;
mod reference;
mod service;
mod status;
