//! `/dashboard/programs/{id}/page`: lets a brand's team edit its program page.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{OrganizationId, ProgramId},
    money::Currency,
};

use super::{
    block::{Blocks, PageTemplate, TEMPLATES},
    block_form::BlockForm,
    draft,
    field::{self, Field},
    form_editor::Rows,
    keep, offer, settings,
    store::{self, Row, Settings},
    terms::Terms,
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
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, address::Address},
    state::AppState,
};
use programs::program::{change, dashboard::Shell};

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
    layout: BlockForm,
    /// The currency of the calculator's example.
    unit: Currency,
    templates: [PageTemplate; 3],
    has_host: bool,
    pub(super) problems: Problems,
    /// About texts that a model drafted.
    note: Option<String>,
    /// The form as it was shown first.
    was: Vec<(String, String)>,
}

impl EditorPage {
    /// Returns the error of a field on the page.
    pub(super) fn wrong(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    /// As [`Self::wrong`], for a question's row.
    fn wrong_in(&self, row: &usize, what: &str) -> Option<&str> {
        self.wrong(&format!("{what}_{row}"))
    }

    /// Whether a field whose name begins like this is wrong, so that what folds it is open.
    fn has_problem(&self, prefix: &str) -> bool {
        self.problems.pairs().iter().any(|(field, _)| field.starts_with(prefix))
    }

    /// Shows what was typed, with what is wrong.
    fn show_typed(&mut self, form: &Fields, kept: &[Field], error: &Error) {
        self.fill(form, kept);
        let rows = self.rows.fields.len();
        self.problems = Problems::of_error(error).at_fields(|field| place(field, rows));
    }

    /// Shows what was typed, with what a model drafted or why it drafted nothing.
    pub(super) fn show_draft(&mut self, form: &Fields, kept: &[Field], note: String) {
        self.fill(form, kept);
        self.note = Some(note);
    }

    fn fill(&mut self, form: &Fields, kept: &[Field]) {
        self.was = form.shown();
        if form.sent("handle").is_some() {
            self.settings = settings::typed(form);
            self.destination = settings::typed_destination(form);
        }
        if let Some(mut layout) = BlockForm::of_fields(form) {
            layout.press(form.raw("do"));
            self.layout = layout;
        }
        if form.sent("key_0").is_some() {
            self.rows = Rows::read(form, kept);
        }
        if let Some(terms) = form.sent("terms") {
            terms.clone_into(&mut self.terms_typed);
        }
    }

    /// Returns an error that belongs to no field.
    fn other(&self) -> Option<&str> {
        self.problems.of("")
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        field::Kind::ALL.into_iter().map(|(_, name, title)| (name, title)).collect()
    }

    fn terms_since(&self) -> Option<(i32, String)> {
        self.terms.as_ref().map(|terms| (terms.version, self.frame.zone.date(terms.since)))
    }

    fn at(&self, what: &str) -> String {
        Address::of(format!("{PLACE}/{}/page{what}", self.program), self.frame.organization).to_string()
    }
}

/// The field of the form: a question's is `label_2`, and the one behind the `rows` questions is the new one's.
fn place(field: &str, rows: usize) -> String {
    match field.split_once('.').and_then(|(row, what)| Some((row.parse::<usize>().ok()?, what))) {
        Some((row, "label")) if row == rows => "newLabel".to_owned(),
        Some((row, "options")) if row == rows => "newOptions".to_owned(),
        Some((row, what)) => format!("{what}_{row}"),
        None => field.to_owned(),
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
pub(super) async fn made(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Row> {
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

/// Returns the program's page, or the default content of one that doesn't exist yet.
pub(super) async fn row(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Row> {
    match store::read(tx, program).await? {
        Some(row) => Ok(row),
        None => usual(tx, state, program).await,
    }
}

/// Returns the currency of the calculator's example.
pub(super) async fn currency(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Currency> {
    let components = programs::program::offer::components(tx, program, state.clock.now()).await?;
    let home = store::brand(tx).await?.and_then(|brand| brand.currency);
    Ok(offer::currency(&components, home.as_deref()))
}

/// Returns the default content of a page.
async fn usual(tx: &mut TenantTx, state: &AppState, program: ProgramId) -> Result<Row> {
    let program = change::read(tx, program, state.clock.now()).await?;
    let slug = program.slug;
    Ok(Row {
        handle: if settings::is_handle(&slug) { slug } else { hyphenated(&slug) },
        headline: String::new(),
        introduction: String::new(),
        color: None,
        fields: field::usual(),
        blocks: Blocks::default(),
        auto_approve: program.auto_approve,
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
    let row = row(&mut tx, state, program).await?;
    let currency = currency(&mut tx, state, program).await?;
    let logo = store::logo(&mut tx, program).await?;
    let terms = store::terms(&mut tx, program).await?;
    let host = programs::link::store::link_host(&mut tx, None).await?;
    tx.commit().await?;
    let logo = logo.map(|logo| {
        let address = Address::of(format!("{PLACE}/{program}/page/logo"), organization);
        address.with("v", logo.updated_at.millis()).to_string()
    });
    let destination = shell.program.destination.clone();
    let terms_typed = terms.as_ref().map_or_else(String::new, |terms| terms.body.clone());
    let mut was = draft::shown_settings(&row, destination.as_deref());
    was.extend(draft::shown_parts(&row, &terms_typed));
    Ok(EditorPage {
        was: was.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        published: row.published_at.map(|at| frame.zone.moment(at)),
        frame,
        program,
        destination: destination.unwrap_or_default(),
        shell,
        public_url: state.config.public_url.clone(),
        logo,
        terms_typed,
        terms,
        rows: Rows::of(row.fields),
        layout: BlockForm::of(&row.blocks, currency),
        unit: currency,
        templates: TEMPLATES,
        has_host: host.is_some(),
        problems: Problems::default(),
        note: None,
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

/// `POST /dashboard/programs/{id}/page`: saves every part of the page that the form has: its settings, blocks, questions
/// and terms.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let mut begun = begin(&state, &session, &id, form.text("organization")).await?;
    let kept = begun.row.fields.clone();
    match keep::all(&mut begun, &state, &form).await {
        Ok((done, part)) => {
            let answer = back(&begun, done, part);
            begun.tx.commit().await?;
            state.edge_config_changed.notify_one();
            Ok(answer)
        }
        Err(error) => again(&state, &session, begun, error, |page, error| page.show_typed(&form, &kept, error)).await,
    }
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
    typed: impl FnOnce(&mut EditorPage, &Error) + Send,
) -> std::result::Result<Response, PageError> {
    if !error.status().is_client_error() || error.status() == StatusCode::NOT_FOUND {
        return Err(error.into());
    }
    let (organization, program) = (begun.member.organization, begun.program);
    // Rolls back the transaction before the page is loaded.
    drop(begun);
    let mut page = load(state, session, organization, program).await?;
    page.problems = Problems::of_error(&error);
    typed(&mut page, &error);
    Ok((error.status(), Html(page)).into_response())
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
    let entry = keep::published(&mut begun.tx, &state, begun.program, (&begun.row, on)).await?;
    record(&mut begun, &state, entry).await?;
    let answer = back(&begun, if on { "published" } else { "hidden" }, "");
    begun.tx.commit().await?;
    Ok(answer)
}
