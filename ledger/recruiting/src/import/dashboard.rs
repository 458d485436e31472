//! `/dashboard/imports`: lists imports, with a form to create one.

use axum::{
    extract::{DefaultBodyLimit, FromRequest, Request, State},
    http::{StatusCode, header::CONTENT_LENGTH},
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use kit::route::post;
use shared::id::OrganizationId;

use super::{
    FILE_BYTES_MAX,
    create::{self, ImportInput},
    date::Order,
    field::{Kind, Source},
    row_store,
    sale_row::SaleTerms,
    store::{self, Import, State as ImportState},
};
use crate::program_choice::{self, ProgramChoice};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Checks, Code, Error, Result},
    form::{Fields, Problems, Upload},
    page::{Html, PageError, address::Address, list::Pager},
    state::AppState,
};
use programs::dashboard::pick_store;
use rules::format::count;

pub(super) const PLACE: &str = "/dashboard/imports";
/// The maximum size of the form fields sent with the file.
const FIELDS_BYTES_MAX: usize = 64 * 1024;

/// A row of the list.
#[derive(Debug)]
struct Row {
    id: String,
    when: String,
    what: String,
    program: String,
    rows: String,
    state: &'static str,
    tone: &'static str,
    description: String,
}

#[derive(Debug, askama::Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
    programs: Vec<ProgramChoice>,
    /// Names of programs without a default link target.
    unsaid: Vec<String>,
    sources: Vec<(&'static str, &'static str)>,
    given: Fields,
    problems: Problems,
}

impl ImportsPage {
    fn given(&self, name: &str) -> &str {
        self.given.raw(name)
    }

    /// The hint below the field for the link target.
    fn destination_hint(&self) -> String {
        let unsaid = match self.unsaid.as_slice() {
            [] => String::new(),
            [only] => format!(" ({only} doesn’t have one)"),
            names => format!(" ({} don’t have one)", names.join(", ")),
        };
        format!(
            "For example https://brand.com/pricing. Defaults to the program’s landing page{unsaid}. Old links on your \
             own site, such as ?via=lauren, keep working too."
        )
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }
}

/// The state in words, and its color.
pub(super) const fn state_words(state: ImportState) -> (&'static str, &'static str) {
    match state {
        ImportState::Mapping => ("Needs mapping", "wait"),
        ImportState::Checked => ("Ready to import", "wait"),
        ImportState::Running => ("Running", "wait"),
        ImportState::Done => ("Done", "good"),
        ImportState::Cancelled => ("Canceled", ""),
    }
}

pub(super) const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Affiliates => "Affiliates",
        Kind::Customers => "Customers",
        Kind::Sales => "Sales",
        Kind::Bonuses => "Bonuses",
        Kind::Payouts => "Payouts",
        Kind::Leads => "Leads",
    }
}

/// `GET /dashboard/imports`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, query).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    mut query: Query,
) -> Result<ImportsPage> {
    let requested: kit::api::pagination::Pagination<uuid::Uuid> = query.page()?;
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let imports = store::list(&mut tx, None, requested.after, requested.limit()).await?;
    let ids: Vec<_> = imports.iter().map(|import| import.id).collect();
    let counts = row_store::counts(&mut tx, &ids).await?;
    let programs = program_choice::choices(&mut tx, state).await?;
    let unsaid = pick_store::programs(&mut tx).await?.into_iter();
    let unsaid = unsaid.filter(|program| !program.archived && program.destination.is_none());
    let unsaid = unsaid.map(|program| program.name).collect();
    tx.commit().await?;
    let page = requested.page(
        imports,
        |import| import.id.uuid(),
        |import| {
            let counts = counts.get(&import.id).copied().unwrap_or_default();
            row(&frame, &import, counts)
        },
    );
    let mut here = Address::of(PLACE, organization);
    if requested.after.is_some() {
        here = here.with("cursor", "before");
    }
    let pager = Pager::of_cursor(page.next_cursor.as_deref(), &here);
    let sources = Source::ALL.iter().map(|source| (source.as_str(), source.title())).collect();
    let given = program_choice::offered(&programs);
    Ok(ImportsPage { frame, rows: page.data, pager, programs, unsaid, sources, given, problems: Problems::default() })
}

fn row(frame: &Frame, import: &Import, counts: row_store::Counts) -> Row {
    let (state, tone) = state_words(import.state);
    let number = |number: i64| count(number.unsigned_abs());
    let message = match import.state {
        ImportState::Mapping => "Choose what each column contains.".to_owned(),
        ImportState::Running => format!("{} of {} rows", number(counts.done), number(i64::from(import.rows))),
        _ => format!(
            "{} new, {} updated, {} unchanged, {} skipped",
            number(counts.new),
            number(counts.updated),
            number(counts.unchanged),
            number(counts.refused)
        ),
    };
    Row {
        id: import.id.to_string(),
        when: frame.zone.full(import.created_at),
        what: format!("{} from {}", kind_words(import.kind), import.source.place()),
        program: import.program_name.clone(),
        rows: number(i64::from(import.rows)),
        state,
        tone,
        description: message,
    }
}

/// `POST /dashboard/imports`: uploads a file.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer. A mistake is shown next to its field.
async fn upload(
    State(state): State<AppState>,
    session: Session,
    request: Request,
) -> std::result::Result<Response, PageError> {
    // Refuses a large upload early if the person may not import into any organization. The requested organization is
    // known only after the form is parsed.
    if !is_small(&request) && !session.memberships.iter().any(|(_, role)| role.may(Right::Operate)) {
        session.member(None, Right::Operate)?;
    }
    let mut upload = Upload::from_request(request, &state).await?;
    // The fields of a form that was too large are unknown.
    let named = Some(upload.fields.text("organization")).filter(|named| !(upload.too_large && named.is_empty()));
    let member = session.member(named, Right::Operate)?;
    match make(&state, &member, &mut upload).await {
        Ok(id) => {
            let to = Address::of(format!("{PLACE}/{id}"), member.organization);
            Ok(Redirect::to(&to.to_string()).into_response())
        }
        Err(error) if error.status().is_client_error() => {
            let mut page = load(&state, &session, member.organization, Query::parse("")?).await?;
            page.problems = Problems::of_error(&error).at_fields(|name| match name {
                "" => "file".to_owned(),
                other => other.to_owned(),
            });
            page.given = upload.fields;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn make(state: &AppState, member: &Member, upload: &mut Upload) -> Result<shared::id::ImportId> {
    let fields = upload.fields.clone();
    let given = |name: &str| fields.raw(name);
    if upload.too_large {
        let message = "The file is larger than 20 MB. Split it into smaller files.";
        return Err(Error::new(StatusCode::PAYLOAD_TOO_LARGE, Code::TooLarge, message).with_field("file"));
    }
    let mut checks = Checks::default();
    let kind = match given("kind") {
        "" => Ok(None),
        named => Kind::parse(named).map(Some).ok_or_else(|| Error::field("kind", "Choose what's in the file.")),
    };
    let source = Source::parse(given("source")).ok_or_else(|| Error::field("source", "Choose where it's from."));
    let program = given("program").parse().map_err(|_| Error::field("program", "Choose a program."));
    let (kind, source, program) = (checks.maybe(kind), checks.maybe(source), checks.maybe(program));
    let table = checks.end_with(create::table(std::mem::take(&mut upload.file)).await)?;
    let (Some(kind), Some(source), Some(program)) = (kind, source, program) else {
        return Err(Error::internal("a checked field is missing"));
    };
    let mut tx = state.db.tenant(member.organization).await?;
    let input = ImportInput {
        kind,
        source,
        program,
        destination: Some(given("destination").to_owned()),
        notify: fields.is_ticked("tell"),
        mapping: None,
        dates: Order::Automatic,
        terms: SaleTerms::default(),
        table,
    };
    let (import, entry) = create::create(&mut tx, state, &member.actor.who, input).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(import.id)
}

/// Returns whether the request declares a body of only a few fields; the server enforces the declared length.
fn is_small(request: &Request) -> bool {
    let details = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    details.is_some_and(|bytes| bytes <= FIELDS_BYTES_MAX)
}

/// Returns the route for a file with a few form fields.
pub fn upload_post() -> MethodRouter<AppState> {
    post(upload).layer(DefaultBodyLimit::max(FILE_BYTES_MAX + FIELDS_BYTES_MAX))
}
