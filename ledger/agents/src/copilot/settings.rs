//! `/dashboard/settings/copilot`: connects a model for the co-pilot, tries it, and shows what it used.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::OrganizationId;

use super::{
    connection::{self, Given, TOKENS_PER_DAY},
    connection_store::{self, Row},
    context::Copilot,
    mask::Level,
    portal_settings,
    probe::{self, Probe},
    provider::Provider,
    store::{self, Used},
    wire::{Kind, TokenField},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::names,
    page::frame::Frame,
    portal::ask_store,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash, zone::When},
    state::AppState,
};

pub(super) const PLACE: &str = "/dashboard/settings/copilot";
const USAGE_DAYS: i64 = 30;
const TOKEN_FIELDS: [(&str, &str); 2] = [
    (TokenField::MaxCompletionTokens.as_str(), "max_completion_tokens (OpenAI)"),
    (TokenField::MaxTokens.as_str(), "max_tokens (most other servers)"),
];
/// Each level with what it sends.
const LEVELS: [(&str, &str, &str); 2] = [
    (Level::Figures.as_str(), "Figures and IDs", "Names and texts of people stay here. The page shows you the names."),
    (
        Level::People.as_str(),
        "Also names of affiliates and texts that others wrote",
        "Such as application answers and notes. Never email addresses, and never names of customers.",
    ),
];

#[derive(Debug, askama::Template)]
#[template(path = "copilot_settings.html")]
pub(super) struct SettingsPage {
    frame: Frame,
    /// What is connected.
    current: Option<Current>,
    /// The model and host that the operator provides.
    operators: Option<(String, String)>,
    form: Fields,
    /// Whether affiliates may ask, and how much.
    asking: Fields,
    problems: Problems,
    probe: Option<Probe>,
    usage: Vec<Used>,
    may_change: bool,
}

#[derive(Debug)]
struct Current {
    host: String,
    model: String,
    key: Option<String>,
    refused: Option<When>,
    changed: When,
    changed_by: String,
}

impl SettingsPage {
    /// Shows what was typed about affiliates, with what is wrong.
    pub(super) fn refuse(&mut self, typed: Fields, problems: Problems) {
        (self.asking, self.problems) = (typed, problems);
    }

    const fn kinds() -> [Kind; 2] {
        Kind::ALL
    }

    const fn token_fields() -> &'static [(&'static str, &'static str)] {
        &TOKEN_FIELDS
    }

    const fn levels() -> &'static [(&'static str, &'static str, &'static str)] {
        &LEVELS
    }

    const fn who_pays(&self) -> &'static str {
        if self.current.is_some() {
            "Uses this model. Your provider bills you."
        } else {
            "Uses this model, which the operator provides."
        }
    }

    /// How much each affiliate may be allowed on a day.
    const fn own_bounds(&self) -> &'static str {
        if self.current.is_some() { "1,000 to 1,000,000." } else { "1,000 to 200,000." }
    }

    /// How much all affiliates together may be allowed on a day.
    const fn all_bounds(&self) -> &'static str {
        if self.current.is_some() {
            "1,000 to 100,000,000. Your team’s limit is separate."
        } else {
            "1,000 to 200,000, as the operator provides the model. Your team’s limit is separate."
        }
    }
}

/// `GET /dashboard/settings/copilot`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/settings/copilot`: connects a model, or changes the connection.
///
/// # Errors
/// 403 for anyone but owners and admins. A mistake in the form is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let key = fields.take("apiKey");
    let Err(error) = put(&state, &member, &fields, &key).await else {
        return Ok(Flash::done("Co-pilot saved").redirect(&format!("{PLACE}?organization={}", member.organization)));
    };
    if error.status().is_server_error() {
        return Err(error.into());
    }
    let mut page = load(&state, &session, member.organization).await?;
    page.problems = Problems::of_error(&error);
    page.form = fields;
    Ok((error.status(), Html(page)).into_response())
}

async fn put(state: &AppState, member: &Member, fields: &Fields, key: &str) -> Result<()> {
    let mut problems = Problems::default();
    let tokens = fields.number("maxTokensPerDay", &mut problems);
    if let Some(words) = problems.of("maxTokensPerDay") {
        return Err(Error::field("maxTokensPerDay", words));
    }
    let given = Given {
        kind: fields.text("kind"),
        base_url: fields.text("baseUrl"),
        api_key: key,
        model: fields.text("model"),
        token_field: fields.text("tokenField"),
        data_level: fields.text("dataLevel"),
        tokens_per_day: tokens,
    };
    let settings = connection::checked(&given, state)?;
    let mut tx = state.db.tenant(member.organization).await?;
    connection::save(&mut tx, state, &member.actor, &settings).await?;
    Ok(tx.commit().await?)
}

/// `POST /dashboard/settings/copilot/test`.
///
/// # Errors
/// As [`save`], and 404 if nothing is connected.
pub async fn test(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let found = connection::find(&mut tx, &state).await?.ok_or_else(connection::none)?;
    tx.commit().await?;
    let probe = probe::run(Provider { outbound: copilot.outbound(&state, &found), connection: &found }).await;
    if !found.is_operators && (probe.is_usable() || probe.refuses_key()) {
        let mut tx = state.db.tenant(member.organization).await?;
        connection_store::set_refused(&mut tx, probe.refuses_key().then(|| state.clock.now())).await?;
        tx.commit().await?;
    }
    let mut page = load(&state, &session, member.organization).await?;
    page.probe = Some(probe);
    Ok(Html(page).into_response())
}

/// `POST /dashboard/settings/copilot/disconnect`.
///
/// # Errors
/// As [`save`], and 404 if nothing is connected.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let mut tx = state.db.tenant(member.organization).await?;
    connection::remove(&mut tx, &state, &member.actor).await?;
    tx.commit().await?;
    Ok(Flash::done("Co-pilot disconnected").redirect(&format!("{PLACE}?organization={}", member.organization)))
}

pub(super) async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<SettingsPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let row = connection_store::read(&mut tx).await?;
    let since = state.clock.now().plus_days(-USAGE_DAYS).date();
    let usage = store::usage(&mut tx, since).await?;
    let asking = ask_store::read(&mut tx).await?.unwrap_or(portal_settings::USUAL);
    let provided = row.is_none().then(|| connection::operators(state)).flatten();
    let asking = portal_settings::form(provided.map_or(asking, |connection| connection.within(asking)));
    let known = names::own(&mut tx, row.iter().map(|row| row.changed_by.as_str())).await?;
    tx.commit().await?;
    let form = form(row.as_ref());
    let current = row.map(|row| Current {
        host: row.base().to_owned(),
        refused: row.refused_at.map(|at| frame.zone.when(at)),
        changed: frame.zone.when(row.changed_at),
        changed_by: names::actor_name(&known, &row.changed_by),
        model: row.model,
        key: row.key_hint,
    });
    let operators = state.config.copilot.as_ref().map(|own| {
        let base = own.base.clone().or_else(|| Kind::parse(&own.kind).map(|kind| kind.usual_base().to_owned()));
        (own.model.clone(), base.unwrap_or_default())
    });
    let may_change = frame.role.may(Right::Configure);
    let (problems, probe) = (Problems::default(), None);
    Ok(SettingsPage { frame, current, operators, form, asking, problems, probe, usage, may_change })
}

/// The fields as they are now, without the key.
fn form(row: Option<&Row>) -> Fields {
    let Some(row) = row else {
        return Fields::from_iter([
            ("kind", Kind::Anthropic.as_str().to_owned()),
            ("tokenField", TokenField::MaxCompletionTokens.as_str().to_owned()),
            ("dataLevel", Level::Figures.as_str().to_owned()),
            ("maxTokensPerDay", TOKENS_PER_DAY.to_string()),
        ]);
    };
    Fields::from_iter([
        ("kind", row.kind.as_str().to_owned()),
        ("baseUrl", row.base_url.clone().unwrap_or_default()),
        ("model", row.model.clone()),
        ("tokenField", row.token_field.as_str().to_owned()),
        ("dataLevel", row.data_level.as_str().to_owned()),
        ("maxTokensPerDay", row.tokens_per_day.to_string()),
    ])
}
