//! `/api/v1/connections`: one API for both kinds of connections, payment gateways ([`crate::gateway_connection`], ids
//! `gw_…`) and CRMs ([`crate::crm`], ids `crm_…`).

pub mod api;
pub mod view;
