//! The REST API under `/api/v1`, which a brand's own software reads and writes.
//!
//! This folder holds what all resources share; programs, affiliates, coupons, links, decisions and payouts have folders
//! of their own. Each handler carries its OpenAPI description, from which `/api/v1/openapi.json` is built; [`document`]
//! holds the common parts. Lists page by an opaque cursor ([`pagination`]), writes may be sent again ([`idempotency`])
//! and leave connections to others ([`write_slots`]), and every invalid input names its field ([`query`], [`body`]).

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
pub mod write_slots;
