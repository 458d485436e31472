//! `POST /mcp`: checks who asks and from where, and answers one message.

use std::sync::Arc;

use axum::{
    Extension, Json,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ORIGIN, WWW_AUTHENTICATE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use shared::id::ApiKeyId;

use super::{
    era::{self, Era},
    failure::Failure,
    message::Message,
    method::{self, Home},
};
use crate::{
    confirmation::{
        create,
        elicitation::Modes,
        reply::{self, Foreign, Reply},
        tool as confirmations,
    },
    prompt::fill,
    resource::{
        address, fetch, list,
        read::{Reader, Unread},
    },
    server::Server,
    tool::call::{self, Call},
};
use identity::{
    access::{admit, agent::Agent},
    ai_assistant::bearer,
    oauth::metadata,
};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

const BODY_MAX: usize = 1024 * 1024;

/// `POST /mcp`.
pub async fn serve(
    State(state): State<AppState>,
    Extension(server): Extension<Arc<Server>>,
    request: Request,
) -> Response {
    let mut response = answered(&state, &server, request).await.into_response();
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_str(&metadata::challenge(&state.config.public_url));
        response.headers_mut().extend(challenge.ok().map(|challenge| (WWW_AUTHENTICATE, challenge)));
    }
    response
}

/// # Errors
/// 403 for a page of another site, 415 for anything but JSON, 401 without a valid bearer, 429 for too many requests; all
/// else is an answer of the protocol.
async fn answered(state: &AppState, server: &Server, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    check(&parts.headers, &state.config.public_url)?;
    let agent = bearer::authenticate(&parts, state).await?;
    let admitted = admit::admit_key(state, &parts, ApiKeyId::new(agent.connection));
    let Ok(body) = to_bytes(body, BODY_MAX).await else { return Ok(Failure::too_large(BODY_MAX).answer(None)) };
    let message = match Message::parse(&body) {
        Ok(message) => message,
        Err(failure) => return Ok(failure.answer(None)),
    };
    let Some(id) = &message.id else {
        admitted?;
        return Ok(StatusCode::ACCEPTED.into_response());
    };
    let era = match Era::of(&parts.headers, &message) {
        Ok(era) => era,
        Err(failure) => return Ok(failure.answer(Some(id))),
    };
    let asking = Asking { server, state, agent: &agent, parts: &parts, era };
    Ok(match asking.result(&message, admitted).await? {
        Ok(result) => Json(method::answer(era, id, result)).into_response(),
        Err(failure) => failure.answer(Some(id)),
    })
}

/// A page in a browser may not use a token that it got hold of, and a form can't send JSON.
fn check(headers: &HeaderMap, own: &str) -> Result<()> {
    if headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() != own.as_bytes()) {
        return Err(Error::forbidden("Requests from pages of other sites aren't allowed here."));
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message = "Send `Content-Type: application/json`.";
        return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::UnsupportedMediaType, message));
    }
    Ok(())
}

/// A request that is about to be answered.
struct Asking<'a> {
    server: &'a Server,
    state: &'a AppState,
    agent: &'a Agent,
    parts: &'a Parts,
    era: Era,
}

impl Asking<'_> {
    /// `admitted` says whether the connection may send another request now. A model reads that of a tool, so that it waits.
    async fn result(&self, message: &Message, admitted: Result<()>) -> Result<std::result::Result<Value, Failure>> {
        let is_modern = self.era.is_modern();
        if message.method == "tools/call" {
            return self.call(message, admitted).await;
        }
        admitted?;
        let home = self.home();
        Ok(match message.method.as_str() {
            "tools/list" => {
                let mut tools = self.server.catalog().await?.listed(self.agent);
                tools.push(fetch::listed());
                tools.extend(confirmations::is_for(self.agent).then(confirmations::listed));
                method::list(message, self.era, "tools", tools)
            }
            "resources/list" => method::list(message, self.era, "resources", self.resources().await?),
            "resources/templates/list" => method::list(message, self.era, "resourceTemplates", address::templates()),
            "resources/read" => self.resource(message).await?,
            "prompts/list" => method::list(message, self.era, "prompts", fill::listed()),
            "prompts/get" => prompt(message),
            "server/discover" if is_modern => Ok(method::discover(home)),
            "initialize" if !is_modern => method::initialize(message, home),
            "ping" if !is_modern => Ok(Value::Object(Map::new())),
            other => Err(Failure::unknown_method(other, is_modern)),
        })
    }

    fn home(&self) -> Home<'_> {
        Home {
            public_url: &self.state.config.public_url,
            organization: self.agent.organization,
            test_mode: self.agent.test_mode,
        }
    }

    async fn reader(&self) -> Result<Reader<'_>> {
        let Self { server, state, agent, parts, .. } = *self;
        Ok(Reader { records: server.records().await?, agent, outer: parts, api: &server.api, state })
    }

    async fn resources(&self) -> Result<Vec<Value>> {
        let programs = self.server.catalog().await?.find(list::PROGRAMS, self.agent);
        list::list(self.reader().await?, programs).await
    }

    async fn resource(&self, message: &Message) -> Result<std::result::Result<Value, Failure>> {
        let Some(address) = message.text("uri") else {
            return Ok(Err(Failure::invalid_params("uri must be a string")));
        };
        let found = self.reader().await?.read(address).await?;
        Ok(found.map(|found| method::fresh(self.era, found)).map_err(|unread| match unread {
            Unread::Absent => Failure::no_resource(address, self.era.is_modern()),
            Unread::Refused(why) => Failure::unavailable(&why),
        }))
    }

    async fn call(&self, message: &Message, admitted: Result<()>) -> Result<std::result::Result<Value, Failure>> {
        let name = message.text("name").unwrap_or_default();
        let arguments = match arguments(message) {
            Ok(arguments) => arguments,
            Err(failure) => return Ok(Err(failure)),
        };
        if name == fetch::NAME {
            let page = |path: &str| method::page(self.home(), path);
            return Ok(Ok(fetch::run(self.reader().await?, &arguments, page, admitted).await?));
        }
        if name == confirmations::NAME && confirmations::is_for(self.agent) {
            admitted?;
            return Ok(Ok(confirmations::run(&arguments, self.agent, self.state).await?));
        }
        let Some(tool) = self.server.catalog().await?.find(name, self.agent) else {
            return Ok(Err(Failure::invalid_params(format!("Unknown tool: {name}"))));
        };
        let call = Call { tool, agent: self.agent, arguments, outer: self.parts };
        if tool.entry.class.needs_person() {
            return self.confirmed(call, message, admitted).await;
        }
        Ok(Ok(call::run(call, self.server.api.clone(), self.state, admitted).await?))
    }

    /// A call that a person has to confirm, for the first time or with their answer.
    async fn confirmed(
        &self,
        call: Call<'_>,
        message: &Message,
        admitted: Result<()>,
    ) -> Result<std::result::Result<Value, Failure>> {
        let reply = if self.era.is_modern() { Reply::of(&message.params) } else { None };
        if let Some(reply) = reply {
            let result = reply::run(call, reply, self.server, self.state, admitted).await?;
            return Ok(result.map_err(|Foreign| Failure::invalid_params("requestState isn't of this call")));
        }
        let capabilities = if self.era.is_modern() { era::capabilities(message) } else { None };
        Ok(Ok(create::run(call, self.server, self.state, admitted, Modes::of(capabilities)).await?))
    }
}

fn arguments(message: &Message) -> std::result::Result<Map<String, Value>, Failure> {
    match message.params.get("arguments") {
        None => Ok(Map::new()),
        Some(Value::Object(arguments)) => Ok(arguments.clone()),
        Some(_) => Err(Failure::invalid_params("arguments must be an object")),
    }
}

fn prompt(message: &Message) -> std::result::Result<Value, Failure> {
    let name = message.text("name").unwrap_or_default();
    fill::filled(name, &arguments(message)?).map_err(Failure::invalid_params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(name: axum::http::HeaderName, value: &str) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
        headers.insert(name, value.parse().unwrap());
        check(&headers, "https://rekomi.acme.test").err().map(|error| error.status().as_u16())
    }

    #[test]
    fn only_json_from_no_other_site_is_read() {
        assert_eq!(checked(ORIGIN, "https://rekomi.acme.test"), None);
        for other in ["https://evil.test", "null", "http://rekomi.acme.test", "https://rekomi.acme.test.evil.test"] {
            assert_eq!(checked(ORIGIN, other), Some(403), "{other}");
        }
        assert_eq!(checked(CONTENT_TYPE, "application/json; charset=utf-8"), None);
        for other in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"] {
            assert_eq!(checked(CONTENT_TYPE, other), Some(415), "{other}");
        }
    }
}
