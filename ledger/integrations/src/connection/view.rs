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
        catalogue,
        view::GatewayConnection,
    },
};
use kit::error::{Error, Result};

/// A connection; `kind` tells which it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Connection {
    Gateway(Box<GatewayConnection>),
    Crm(Box<CrmConnection>),
}

/// What a connection is made of. `type` tells which it is: a gateway, or a CRM's slug.
#[derive(Debug, ToSchema)]
#[schema(as = NewConnection)]
#[serde(untagged)]
pub enum NewConnectionSchema {
    Gateway(NewGatewayConnection),
    Crm(NewCrmConnection),
}

/// What a test found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum TestResult {
    Gateway(Box<GatewayTest>),
    Crm(Box<CrmTest>),
}

/// What may change; what is left out stays.
#[derive(Debug, ToSchema)]
#[schema(as = ChangedConnection, rename_all = "camelCase", example = json!({"status": "active"}))]
#[expect(dead_code, reason = "describes the body, which is read once the connection's kind is known")]
pub struct ChangedConnectionSchema {
    /// `active` or `disabled`. Disabled, a gateway's webhooks are no longer taken, and a CRM is sent nothing. Active ends
    /// that, and a pause.
    status: Option<String>,
    /// New credentials in the place of the old ones, with the fields of the connection's type.
    #[schema(value_type = Option<Object>)]
    credentials: Option<()>,
    /// Of a gateway: its sales belong to this program from now on.
    program_id: Option<String>,
    /// Of a CRM: the id of one of its lists; null chooses none.
    list: Option<String>,
    /// Of a CRM: what every affiliate is tagged with, besides `Rekomi affiliate`.
    tags: Option<Vec<String>>,
    /// Of a CRM: tags that look like a slip are meant.
    accept_tags: Option<bool>,
    /// Of a CRM: whether an affiliate's segment becomes a tag too.
    segment_tag: Option<bool>,
    /// Of a CRM that takes events: `affiliate_approved`, `commission_earned`, `payout_sent`.
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
        if let Some(gateway) = catalogue::gateway(name) {
            return Ok(Self::Gateway(gateway));
        }
        let crms = || connector::providers::ALL.iter().map(|one| one.descriptor().slug);
        crms().find(|slug| *slug == name).map(Self::Crm).ok_or_else(|| {
            let known: Vec<&str> = catalogue::ALL.iter().map(|gateway| gateway.as_str()).chain(crms()).collect();
            Error::field("type", format!("type must be one of {}", known.join(", ")))
        })
    }
}
