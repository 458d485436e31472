//! `/api/v1/connections`: one door for what a brand connects. Behind it are two rooms: payment gateways
//! ([`crate::gateway_connection`], ids `gw_…`) and CRMs ([`crate::crm`], ids `crm_…`).

pub mod api;
pub mod view;
