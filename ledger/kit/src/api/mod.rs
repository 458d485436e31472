//! The REST API under `/api/v1`: what a brand's own programs read and change.
//!
//! What all nouns share, and the lists of what the ledger works out by itself; programs, affiliates, coupons, links, decisions
//! and payouts have folders of their own. Each handler carries its OpenAPI description, from which `/api/v1/openapi.json` is
//! made; [`document`] holds what is common to all. Lists page by an opaque cursor ([`pagination`]), writes may be sent again
//! ([`idempotency`]), and every bad input names its field ([`query`], [`body`]).

pub mod body;
pub mod document;
pub mod etag;
pub mod finding;
pub mod idempotency;
pub mod pagination;
pub mod path;
pub mod query;
pub mod static_body;
pub mod text;
pub mod view;
