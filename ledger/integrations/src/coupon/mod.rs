//! Creates coupons' codes at the gateways with the brands' own keys, and switches them off and on: what
//! `gateway_coupons` says is left to do.
//!
//! [`job`] takes the codes that are due, [`step`] decides and makes the call, [`check`] notices codes that someone
//! deactivated at the gateway.

pub mod check;
pub mod check_store;
pub mod job;
pub mod step;
pub mod store;
