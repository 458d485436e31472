//! `/dashboard/programs/{id}/page`: lets a brand's team edit its program page.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::id::{OrganizationId, ProgramId};

use super::{
    block::Blocks,
    field::{self, Field},
    form_editor::Rows,
    settings,
    store::{self, Row, Settings},
    terms::{self, Terms},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::{self, Entry},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{query::Query, text::hyphenated},
    db::TenantTx,
    error::{Error, OnConstraint, Result},
    form::{Fields, Problems},
    page::{Html, PageError, address::Address},
    state::AppState,
};
use programs::program::{
    change::{self, ChangedProgram},
    dashboard::Shell,
};
use rules::format;

const PLACE: &str = "/dashboard/programs";

#[derive(Debug, askama::Template)]
#[template(path = "program_page_editor.html")]
pub(super) struct EditorPage {
    frame: Frame,
    shell: Shell,
    pub(super) program: ProgramId,
    public_url: String,
    settings: Settings,
    /// The program's link target, which the form also edits.
    destination: String,
    published: Option<String>,
    logo: Option<String>,
    terms: Option<Terms>,
    terms_typed: String,
    pub(super) rows: Rows,
    has_host: bool,
    pub(super) problems: Problems,
}

impl EditorPage {
    /// Returns the error of a field on the page.
    pub(super) fn wrong(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    /// As [`Self::wrong`], for a question's row.
    fn wrong_in(&self, row: &usize, what: &str) -> Option<&str> {
        self.wrong(&format!("{row}.{what}"))
    }

    /// Returns an error that belongs to no field.
    fn other(&self) -> Option<&str> {
        self.problems.of("")
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        field::Kind::ALL.into_iter().map(|(_, name, title)| (name, title)).collect()
    }

    fn terms_since(&self) -> Option<(i32, String)> {
        self.terms.as_ref().map(|terms| (terms.version, format::date(terms.since)))
    }

    fn at(&self, what: &str) -> String {
        Address::of(format!("{PLACE}/{}/page{what}", self.program), self.frame.organization).to_string()
    }
}

/// The common beginning of every change to a page: the member, the program, and the page, created if it doesn't exist
/// yet.
pub(super) struct Begun {
    pub(super) member: Member,
    pub(super) program: ProgramId,
    pub(super) tx: TenantTx,
    pub(super) row: Row,
}

/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer.
pub(super) async fn begin(state: &AppState, session: &Session, id: &str, organization: &str) -> Result<Begun> {
    let member = session.member(Some(organization), Right::Operate)?;
    let program: ProgramId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(member.organization).await?;
    let row = made(&mut tx, state, program).await?;
    Ok(Begun { member, program, tx, row })
}

/// Returns the program's page, or creates one with the default content and a free handle.
async fn made(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Row> {
    if let Some(row) = store::read(tx, program).await? {
        return Ok(row);
    }
    let row = usual(tx, state, program).await?;
    let brand = store::brand(tx).await?.ok_or_else(Error::not_found)?;
    let long = format!("{}-{}", brand.slug, row.handle);
    let random = format!("{}-{:06x}", row.handle.chars().take(50).collect::<String>(), rand::random::<u32>() >> 8);
    for handle in [row.handle.clone(), long, random] {
        let free = settings::is_handle(&handle);
        if free && store::insert(tx, program, &handle, &row.fields, state.clock.now()).await? {
            return Ok(Row { handle, ..row });
        }
    }
    // Another request created it in the meantime.
    store::read(tx, program).await?.ok_or_else(Error::not_found)
}

/// Returns the default content of a page.
async fn usual(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Row> {
    let slug = change::read(tx, program, state.clock.now()).await?.slug;
    Ok(Row {
        handle: if settings::is_handle(&slug) { slug } else { hyphenated(&slug) },
        headline: String::new(),
        introduction: String::new(),
        color: None,
        fields: field::usual(),
        blocks: Blocks::default(),
        auto_approve: false,
        published_at: None,
    })
}

/// `GET /dashboard/programs/{id}/page`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let program = id.parse().map_err(|_| Error::not_found())?;
    let mut page = load(&state, &session, organization, program).await?;
    page.shell.toast = match query.text("done").unwrap_or_default().as_str() {
        "saved" => Some("Saved."),
        "published" => Some("Your page is live."),
        "hidden" => Some("Your page is hidden."),
        "terms" => Some("Terms saved as a new version. New applicants accept this version."),
        "logo" => Some("Logo updated."),
        _ => None,
    };
    Ok(Html(page).into_response())
}

/// # Errors
/// 404 if the organization has no such program.
pub(super) async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    program: ProgramId,
) -> Result<EditorPage> {
    let (frame, shell) = Shell::open(state, session, (organization, &program.to_string()), ("/page", None)).await?;
    let mut tx = state.db.tenant(organization).await?;
    let row = match store::read(&mut tx, program).await? {
        Some(row) => row,
        None => usual(&mut tx, state, program).await?,
    };
    let logo = store::logo(&mut tx, program).await?;
    let terms = store::terms(&mut tx, program).await?;
    let host = programs::link::store::link_host(&mut tx, None).await?;
    tx.commit().await?;
    let logo = logo.map(|logo| {
        let address = Address::of(format!("{PLACE}/{program}/page/logo"), organization);
        address.with("v", logo.updated_at.millis()).to_string()
    });
    Ok(EditorPage {
        published: row.published_at.map(|at| frame.zone.moment(at)),
        frame,
        program,
        destination: shell.program.destination.clone().unwrap_or_default(),
        shell,
        public_url: state.config.public_url.clone(),
        logo,
        terms_typed: terms.as_ref().map_or_else(String::new, |terms| terms.body.clone()),
        terms,
        rows: Rows::of(row.fields.clone()),
        has_host: host.is_some(),
        problems: Problems::default(),
        settings: Settings {
            handle: row.handle,
            headline: row.headline,
            introduction: row.introduction,
            color: row.color,
            auto_approve: row.auto_approve,
        },
    })
}

/// Redirects to the page, with a message about what was done.
pub(super) fn back(begun: &Begun, done: &str, part: &str) -> Response {
    let address = Address::of(format!("{PLACE}/{}/page", begun.program), begun.member.organization);
    Redirect::to(&format!("{}{part}", address.with("done", done))).into_response()
}

/// `POST /dashboard/programs/{id}/page`: saves texts, color, and how applications are handled.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let mut begun = begin(&state, &session, &id, fields.text("organization")).await?;
    match saved(&mut begun, &state, &fields).await {
        Ok(()) => {
            let answer = back(&begun, "saved", "");
            begun.tx.commit().await?;
            state.edge_config_changed.notify_one();
            Ok(answer)
        }
        Err(error) => {
            let typed = |page: &mut EditorPage| {
                page.settings = settings::typed(&fields);
                page.destination = settings::typed_destination(&fields);
            };
            again(&state, &session, begun, error, typed).await
        }
    }
}

async fn saved(begun: &mut Begun, state: &AppState, fields: &Fields) -> Result<()> {
    let requested = settings::checked(fields)?;
    let destination = settings::checked_destination(fields, state.config.environment.is_development())?;
    let program = begun.program;
    let change = ChangedProgram { destination: Some(destination), ..ChangedProgram::default() };
    let (_, entry) = change::enact(&mut begun.tx, state, program, change::check(change, state)?).await?;
    if let Some(entry) = entry {
        record(begun, state, entry).await?;
    }
    let taken = || Error::field("handle", "This page address is taken. Choose another.");
    store::update(&mut begun.tx, program, &requested).await.on_constraint("program_pages_handle", taken)?;
    let before = json!({"handle": begun.row.handle, "autoApprove": begun.row.auto_approve});
    let after = json!({"handle": requested.handle, "autoApprove": requested.auto_approve});
    let entry = Entry::new("program_page.updated", program).before(before).after(after);
    record(begun, state, entry).await
}

pub(super) async fn record(begun: &mut Begun, state: &AppState, entry: Entry) -> Result<()> {
    audit::record(&mut begun.tx, &begun.member.actor, state.clock.now(), entry).await
}

/// Renders the page again, with what was typed and the error.
///
/// # Errors
/// Any error that isn't a mistake in the form.
pub(super) async fn again(
    state: &AppState,
    session: &Session,
    begun: Begun,
    error: Error,
    typed: impl FnOnce(&mut EditorPage) + Send,
) -> std::result::Result<Response, PageError> {
    if !error.status().is_client_error() || error.status() == StatusCode::NOT_FOUND {
        return Err(error.into());
    }
    let (organization, program) = (begun.member.organization, begun.program);
    // Rolls back the transaction before the page is loaded.
    drop(begun);
    let mut page = load(state, session, organization, program).await?;
    typed(&mut page);
    page.problems = Problems::of_error(&error);
    Ok((error.status(), Html(page)).into_response())
}

/// `POST /dashboard/programs/{id}/page/terms`: creates a new version if the text has changed.
pub async fn save_terms(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let mut begun = begin(&state, &session, &id, fields.text("organization")).await?;
    let (program, now) = (begun.program, state.clock.now());
    let body = match terms::checked(fields.raw("terms")) {
        Ok(body) => body,
        Err(error) => {
            let typed = fields.raw("terms").to_owned();
            return again(&state, &session, begun, error, |page| page.terms_typed = typed).await;
        }
    };
    engine::book::store::lock(&mut begun.tx).await?;
    let version = store::change_terms(&mut begun.tx, program, &body, now).await?;
    if let Some(version) = version {
        let entry = Entry::new("program_terms.changed", program).after(json!({"version": version}));
        record(&mut begun, &state, entry).await?;
    }
    let answer = back(&begun, if version.is_some() { "terms" } else { "saved" }, "#terms");
    begun.tx.commit().await?;
    Ok(answer)
}

/// `POST /dashboard/programs/{id}/page/publish`: publishes or hides the page.
pub async fn publish(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let mut begun = begin(&state, &session, &id, fields.text("organization")).await?;
    let on = fields.raw("on") == "yes";
    let since = on.then(|| begun.row.published_at.unwrap_or_else(|| state.clock.now()));
    store::publish(&mut begun.tx, begun.program, since).await?;
    let action = if on { "program_page.published" } else { "program_page.hidden" };
    let entry = Entry::new(action, begun.program).after(json!({"handle": begun.row.handle}));
    record(&mut begun, &state, entry).await?;
    let answer = back(&begun, if on { "published" } else { "hidden" }, "");
    begun.tx.commit().await?;
    Ok(answer)
}

/// Saves the questions.
///
/// # Errors
/// 400 naming the row's field.
pub(super) async fn keep(begun: &mut Begun, state: &AppState, fields: Vec<Field>) -> Result<()> {
    let fields = field::checked(fields)?;
    store::set_fields(&mut begun.tx, begun.program, &fields).await?;
    let details = |fields: &[Field]| json!({"questions": fields.iter().map(|field| &field.label).collect::<Vec<_>>()});
    let entry = Entry::new("program_page.form_changed", begun.program);
    let entry = entry.before(details(&begun.row.fields)).after(details(&fields));
    record(begun, state, entry).await
}
