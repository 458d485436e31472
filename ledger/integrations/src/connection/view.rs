//! Request and response bodies that differ by kind of connection.

use serde::Serialize;
use shared::{
    event::Gateway,
    id::{CrmConnectionId, GatewayConnectionId},
};
use utoipa::ToSchema;

use crate::{
    crm::{
        api::{CrmTest, NewCrmConnection},
        view::CrmConnection,
    },
    gateway_connection::{
        api::{GatewayTest, NewGatewayConnection},
        view::GatewayConnection,
    },
};
use kit::error::{Error, Result};

/// A connection to a gateway or a CRM, as `kind` says.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Connection {
    Gateway(Box<GatewayConnection>),
    Crm(Box<CrmConnection>),
}

/// The connection to create. `type` is a gateway's name or a CRM's slug.
#[derive(Debug, ToSchema)]
#[schema(as = NewConnection)]
#[serde(untagged)]
pub enum NewConnectionSchema {
    Gateway(NewGatewayConnection),
    Crm(NewCrmConnection),
}

/// The result of a connection test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TestResult {
    Gateway(Box<GatewayTest>),
    Crm(Box<CrmTest>),
}

/// The fields to change. Omitted fields keep their values.
#[derive(Debug, ToSchema)]
#[schema(as = ChangedConnection, rename_all = "camelCase", example = json!({"status": "active"}))]
#[expect(dead_code, reason = "describes the body, which is read once the connection's kind is known")]
pub struct ChangedConnectionSchema {
    /// `active` or `disabled`. While disabled, a gateway's webhooks aren't accepted, and nothing is sent to a CRM.
    /// `active` ends that, and also ends a pause.
    status: Option<String>,
    /// New credentials that replace the old ones, with the fields of the connection's type.
    #[schema(value_type = Option<Object>)]
    credentials: Option<()>,
    /// Gateways only: the program that the account's sales belong to from now on.
    program_id: Option<String>,
    /// CRMs only: the id of one of the CRM's lists; null selects none.
    list: Option<String>,
    /// CRMs only: tags for every affiliate, in addition to `Rekomi affiliate`.
    tags: Option<Vec<String>>,
    /// CRMs only: whether to save tags that look like a typo as they are.
    accept_tags: Option<bool>,
    /// CRMs only: whether an affiliate's segment is added as a tag.
    segment_tag: Option<bool>,
    /// CRMs that accept events: the events to send, of `affiliate_approved`, `first_click`, `first_conversion`,
    /// `commission_earned` and `payout_sent`.
    events: Option<Vec<String>>,
}

/// A connection's kind and id, recognized by the id's prefix.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    Gateway(GatewayConnectionId),
    Crm(CrmConnectionId),
}

impl Which {
    /// # Errors
    /// 404 for an id of neither kind.
    pub fn parse(id: &str) -> Result<Self> {
        id.parse().map(Self::Gateway).or_else(|_| id.parse().map(Self::Crm)).map_err(|_| Error::not_found())
    }
}

/// The vendor that a `type` names.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    Gateway(Gateway),
    /// The connector's slug.
    Crm(&'static str),
}

impl Type {
    /// # Errors
    /// 400 naming `type` and its valid values.
    pub fn parse(name: &str) -> Result<Self> {
        if let Some(gateway) = Gateway::named(name) {
            return Ok(Self::Gateway(gateway));
        }
        let crms = || connector::providers::ALL.iter().map(|one| one.descriptor().slug);
        crms().find(|slug| *slug == name).map(Self::Crm).ok_or_else(|| {
            let known: Vec<&str> = Gateway::ALL.iter().map(|gateway| gateway.as_str()).chain(crms()).collect();
            Error::field("type", format!("type must be one of {}", known.join(", ")))
        })
    }
}
