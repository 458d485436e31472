//! `resources/read`: what is at an address, read as the assistant.

use axum::{Router, http::request::Parts};
use serde_json::{Map, Value, json};

use super::{
    address::{JSON, MARKDOWN, Target},
    guide, markdown,
    record::Records,
};
use crate::tool::{
    call::{self, Call},
    catalog::Tool,
};
use identity::access::agent::Agent;
use kit::{error::Result, state::AppState};

/// Why a resource can't be read.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    /// There is none for this assistant.
    Absent,
    /// The API refuses to say, and why.
    Refused(String),
}

/// Who reads, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pub records: &'a Records,
    pub agent: &'a Agent,
    pub outer: &'a Parts,
    pub api: &'a Router,
    pub state: &'a AppState,
}

impl Reader<'_> {
    /// The result of an operation that takes these arguments. `admitted` says whether the connection may send a request now.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn call(&self, tool: &Tool, arguments: Map<String, Value>, admitted: Result<()>) -> Result<Value> {
        let call = Call { tool, agent: self.agent, arguments, outer: self.outer };
        call::run(call, self.api.clone(), self.state, admitted).await
    }

    /// The result of the operation that reads a record.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn record(&self, tool: &Tool, id: &str, admitted: Result<()>) -> Result<Value> {
        self.call(tool, Map::from_iter([("id".to_owned(), id.into())]), admitted).await
    }

    /// What is at the address.
    ///
    /// # Errors
    /// If the database is unavailable.
    pub async fn read(&self, address: &str) -> Result<std::result::Result<Value, Unread>> {
        let (id, is_receipt) = match Target::of(address) {
            None => return Ok(Err(Unread::Absent)),
            Some(Target::Page(name)) => {
                let page = guide::page(name);
                return Ok(page.map(|page| contents(address, MARKDOWN, page.text, &[])).ok_or(Unread::Absent));
            }
            Some(Target::Record(id)) => (id, false),
            Some(Target::Receipt(id)) => (id, true),
        };
        let Some((_, tool)) = self.records.find(id) else { return Ok(Err(Unread::Absent)) };
        let result = self.record(tool, id, Ok(())).await?;
        let found = &result["structuredContent"];
        if result["isError"] == true {
            let why = || Unread::Refused(found["message"].as_str().unwrap_or_default().to_owned());
            return Ok(Err(if found["error"] == "not_found" { Unread::Absent } else { why() }));
        }
        Ok(Ok(if is_receipt {
            contents(address, MARKDOWN, &markdown::receipt(found), &tool.untrusted)
        } else {
            contents(address, JSON, &found.to_string(), &tool.untrusted)
        }))
    }
}

/// `untrusted` names the fields whose texts others wrote.
fn contents(address: &str, kind: &str, text: &str, untrusted: &[String]) -> Value {
    let mut content = json!({"uri": address, "mimeType": kind, "text": text});
    if !untrusted.is_empty() {
        content["_meta"] = json!({ "untrusted": untrusted });
    }
    json!({ "contents": [content] })
}
