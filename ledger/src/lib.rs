//! The ledger: one stateless process on Postgres that turns the edge's events into a book that explains every cent.
//!
//! A request is followed top-down: [`router`] names every route; a handler in its noun's folder reads the request; the
//! pure rooms ([`attribution`], [`commission`]) decide; a `store.rs` writes. Data flows in the order of the list
//! below. The database is reached only through [`db::Db`], which hands out transactions bound to tenants.
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod accrual;
pub mod affiliate;
pub mod api;
pub mod api_key;
pub mod attribution;
pub mod audit;
pub mod automation;
pub mod book;
pub mod clock;
pub mod commission;
pub mod config;
pub mod connection;
pub mod consent;
pub mod conversion;
pub mod coupon;
pub mod crm;
pub mod customer;
pub mod dashboard;
pub mod db;
pub mod decision;
pub mod demo;
pub mod destination;
pub mod edge_config;
pub mod error;
pub mod exchange;
pub mod explain;
pub mod fact;
pub mod gateway;
pub mod gateway_connection;
pub mod intake;
pub mod journey;
pub mod lead;
pub mod link;
pub mod link_host;
pub mod mail;
pub mod migrate;
pub mod operations;
pub mod organization;
pub mod outbound;
pub mod page;
pub mod payout;
pub mod privacy;
pub mod program;
pub mod proof;
pub mod quarantine;
pub mod reference;
pub mod router;
pub mod sealed;
pub mod serve;
pub mod spelled;
pub mod state;
pub mod statement;
pub mod status;
pub mod sync;
pub mod team;
pub mod telemetry;
pub mod webhook;
