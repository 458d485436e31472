//! The model that an organization's co-pilot uses: its own connection, else the one of this installation's operator.

use serde_json::json;
use shared::{id::CopilotConnection, seal::Secret, timestamp::Timestamp};

use super::{
    connection_store::{self as store, Row},
    mask::Level,
    wire::{Kind, TokenField},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
    organization::{gate, plan::Feature},
    portal::ask_store::Asking,
};
use kit::{
    access::secret::{self, COPILOT_CONNECTIONS},
    db::TenantTx,
    error::{Checks, Code, Error, Result},
    outbound::target,
    state::AppState,
};

/// Tokens that the co-pilot of an organization may use on a day (UTC) unless it says otherwise.
pub const TOKENS_PER_DAY: i32 = 200_000;
pub const TOKENS_PER_DAY_MIN: i64 = 1_000;
pub const TOKENS_PER_DAY_MAX: i64 = 100_000_000;
const MODEL_MAX: usize = 200;
const KEY_MAX: usize = 500;
/// What is shown of a key.
const HINT_LEN: usize = 4;

/// A connection as it is used.
#[derive(Debug, Clone)]
pub struct Connection {
    pub kind: Kind,
    /// Without a slash at its end.
    pub base: String,
    pub key: Option<Secret>,
    pub model: String,
    pub token_field: TokenField,
    pub level: Level,
    pub tokens_per_day: i32,
    /// Whether it is the operator's, whose server may be in their own network.
    pub is_operators: bool,
    /// What the server itself wrote before may not be sent to it any more.
    pub changed_at: Timestamp,
}

impl TokenField {
    pub const ALL: [Self; 2] = [Self::MaxCompletionTokens, Self::MaxTokens];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::MaxTokens => "max_tokens",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }
}

shared::stored_as_text!(TokenField);

/// Finds the connection, if there is one.
///
/// # Errors
/// 402 `plan_tier_required` if the organization's plan doesn't include the co-pilot; 503 if the database is unavailable.
pub async fn find(tx: &mut TenantTx, state: &AppState) -> Result<Option<Connection>> {
    let found = load(tx, state).await?;
    if found.is_some() {
        gate::require(tx, state, Feature::CoPilot).await?;
    }
    Ok(found)
}

/// As [`find`], where the plan was checked already.
///
/// # Errors
/// 503 if the database is unavailable.
pub(super) async fn load(tx: &mut TenantTx, state: &AppState) -> Result<Option<Connection>> {
    let Some(row) = store::read(tx).await? else { return Ok(operators(state)) };
    let sealed = row.sealed_secret.as_deref();
    let open =
        |sealed| secret::open(&state.config.keys, tx.organization(), COPILOT_CONNECTIONS, &row.id.to_string(), sealed);
    let key = sealed.map(open).transpose().map_err(|error| Error::internal(error))?;
    Ok(Some(Connection {
        base: row.base().to_owned(),
        kind: row.kind,
        key,
        model: row.model,
        token_field: row.token_field,
        level: row.data_level,
        tokens_per_day: row.tokens_per_day,
        is_operators: false,
        changed_at: row.changed_at,
    }))
}

/// The model of this installation's operator.
pub(super) fn operators(state: &AppState) -> Option<Connection> {
    let settings = state.config.copilot.as_ref()?;
    let kind = Kind::parse(&settings.kind)?;
    let is_own_server = settings.base.is_some();
    Some(Connection {
        kind,
        base: settings.base.clone().unwrap_or_else(|| kind.usual_base().to_owned()),
        key: settings.key.clone(),
        model: settings.model.clone(),
        // Of the compatible servers, nearly all know the older name.
        token_field: if is_own_server { TokenField::MaxTokens } else { TokenField::MaxCompletionTokens },
        level: Level::Figures,
        tokens_per_day: TOKENS_PER_DAY,
        is_operators: true,
        changed_at: Timestamp::EPOCH,
    })
}

impl Row {
    /// The address of the server.
    pub fn base(&self) -> &str {
        self.base_url.as_deref().unwrap_or_else(|| self.kind.usual_base())
    }
}

impl Connection {
    /// The server to which messages go.
    pub fn host(&self) -> String {
        let url = url::Url::parse(&self.base).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// How much affiliates may ask this model, of what their brand allows. Of the operator's model, they get at most as much
    /// as the team: the brand doesn't pay for it.
    pub fn within(&self, asking: Asking) -> Asking {
        let most = if self.is_operators { self.tokens_per_day } else { i32::MAX };
        Asking {
            tokens_per_affiliate: asking.tokens_per_affiliate.min(most),
            tokens_per_day: asking.tokens_per_day.min(most),
            ..asking
        }
    }
}

/// What a form or an operation sends.
#[derive(Debug, Default)]
pub struct Given<'a> {
    pub kind: &'a str,
    pub base_url: &'a str,
    /// Empty keeps the key, if the server stays the same.
    pub api_key: &'a str,
    pub model: &'a str,
    pub token_field: &'a str,
    pub data_level: &'a str,
    pub tokens_per_day: Option<i64>,
}

/// Validated settings.
#[derive(Debug)]
pub struct Settings {
    pub kind: Kind,
    pub base_url: Option<String>,
    pub key: Option<Secret>,
    pub model: String,
    pub token_field: TokenField,
    pub data_level: Level,
    pub tokens_per_day: i32,
}

/// # Errors
/// 400 naming the field.
pub fn checked(given: &Given<'_>, state: &AppState) -> Result<Settings> {
    let mut checks = Checks::default();
    let kind = Kind::parse(given.kind).ok_or_else(|| Error::field("kind", "kind must be anthropic or openai"));
    let kind = checks.or(Kind::Anthropic, kind);
    let base_url = checks.value(base(given.base_url, state));
    let key = checks.value(key(given.api_key));
    let model = checks.value(kit::api::text::checked("model", given.model, MODEL_MAX));
    let usual = if base_url.is_some() { TokenField::MaxTokens } else { TokenField::MaxCompletionTokens };
    let field = match given.token_field {
        "" => Ok(usual),
        text => TokenField::parse(text)
            .ok_or_else(|| Error::field("tokenField", "tokenField must be max_completion_tokens or max_tokens")),
    };
    let token_field = checks.or(usual, field);
    let level = match given.data_level {
        "" => Ok(Level::Figures),
        text => Level::parse(text).ok_or_else(|| Error::field("dataLevel", "dataLevel must be figures or people")),
    };
    let data_level = checks.or(Level::Figures, level);
    let tokens = given.tokens_per_day.unwrap_or_else(|| i64::from(TOKENS_PER_DAY));
    let tokens = kit::api::text::within("maxTokensPerDay", tokens, TOKENS_PER_DAY_MIN, TOKENS_PER_DAY_MAX);
    let tokens_per_day = checks.end_with(tokens)?;
    Ok(Settings { kind, base_url, key, model, token_field, data_level, tokens_per_day })
}

fn base(text: &str, state: &AppState) -> Result<Option<String>> {
    let text = text.trim().trim_end_matches('/');
    if text.is_empty() {
        return Ok(None);
    }
    let url = target::check(text, state.outbound.reach)
        .map_err(|refusal| Error::field("baseUrl", format!("baseUrl {refusal}")))?;
    if url.query().is_some() {
        return Err(Error::field("baseUrl", "baseUrl must not have a query"));
    }
    Ok(Some(text.to_owned()))
}

fn key(text: &str) -> Result<Option<Secret>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > KEY_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::field("apiKey", format!("apiKey must be at most {KEY_MAX} characters without spaces")));
    }
    Ok(Some(Secret::new(text.to_owned())))
}

/// Stores the connection in the caller's transaction, with an entry in the audit log.
///
/// # Errors
/// 400 `apiKey` if the vendor's own server needs one; 402 if the plan doesn't include the co-pilot.
pub async fn save(tx: &mut TenantTx, state: &AppState, actor: &Actor, settings: &Settings) -> Result<Row> {
    gate::require(tx, state, Feature::CoPilot).await?;
    store::lock(tx).await?;
    let before = store::read(tx).await?;
    // A key goes only to the server that it was entered for.
    let kept = before.as_ref().filter(|row| row.kind == settings.kind && row.base_url == settings.base_url);
    let id = before.as_ref().map_or_else(|| state.new_id::<CopilotConnection>().uuid(), |row| row.id);
    let (sealed_secret, key_hint) = match &settings.key {
        Some(key) => {
            let sealed = secret::seal(&state.config.keys, tx.organization(), COPILOT_CONNECTIONS, &id.to_string(), key);
            (Some(sealed.map_err(|error| Error::internal(error))?), Some(hint(key.expose())))
        }
        None => kept.map_or((None, None), |row| (row.sealed_secret.clone(), row.key_hint.clone())),
    };
    if sealed_secret.is_none() && settings.base_url.is_none() {
        return Err(Error::field("apiKey", "apiKey is required"));
    }
    let row = Row {
        id,
        kind: settings.kind,
        base_url: settings.base_url.clone(),
        sealed_secret,
        key_hint,
        model: settings.model.clone(),
        token_field: settings.token_field,
        data_level: settings.data_level,
        tokens_per_day: settings.tokens_per_day,
        refused_at: None,
        changed_by: actor.who.clone(),
        changed_at: state.clock.now(),
    };
    store::put(tx, &row).await?;
    let action = if before.is_some() { "copilot.changed" } else { "copilot.connected" };
    let mut entry = Entry::new(action, tx.organization()).after(shown(&row));
    if let Some(before) = &before {
        entry = entry.before(shown(before));
    }
    audit::record(tx, actor, state.clock.now(), entry).await?;
    Ok(row)
}

fn hint(key: &str) -> String {
    // Of a short key, four characters would be too much.
    if key.len() < 4 * HINT_LEN { String::new() } else { key[key.len() - HINT_LEN..].to_owned() }
}

/// Without the key.
fn shown(row: &Row) -> serde_json::Value {
    json!({
        "kind": row.kind.as_str(), "host": row.base(), "model": row.model, "dataLevel": row.data_level.as_str(),
        "maxTokensPerDay": row.tokens_per_day, "key": row.key_hint,
    })
}

/// Deletes the connection with its key, and all conversations unless the operator's model takes its place.
///
/// # Errors
/// 404 if there is none.
pub async fn remove(tx: &mut TenantTx, state: &AppState, actor: &Actor) -> Result<()> {
    let row = store::read(tx).await?.ok_or_else(none)?;
    store::delete(tx).await?;
    // Without the co-pilot's pages, their owners couldn't delete them.
    if state.config.copilot.is_none() {
        super::store::delete_all(tx).await?;
    }
    let entry = Entry::new("copilot.disconnected", tx.organization()).before(shown(&row));
    audit::record(tx, actor, state.clock.now(), entry).await
}

/// Nothing is connected.
pub fn none() -> Error {
    Error::new(axum::http::StatusCode::NOT_FOUND, Code::NotConnected, "No model is connected for the co-pilot.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_short_key_nothing_is_shown() {
        assert_eq!(hint("sk-ant-0123456789abcd"), "abcd");
        assert_eq!(hint("secret"), "");
    }

    #[test]
    fn a_key_is_one_word() {
        assert!(key(" ").unwrap().is_none());
        assert_eq!(key(" sk-1 ").unwrap().unwrap().expose(), "sk-1");
        for wrong in ["a b", "a\nb", "ä", &"x".repeat(KEY_MAX + 1)] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
