//! `/dashboard/network/contacts`: invitations and applications, and the one thread with each creator.

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::id::{AffiliateId, CreatorId, NetworkContactId, OrganizationId, ProgramId};

use super::{
    Contact,
    api::STATUSES,
    dashboard_view::badge,
    draft, invite, message_store,
    store::{self, Filter},
    thread::{self, Thread},
};
use crate::{
    listing::open,
    matching::{
        creator_view::{self, Choice as Named},
        dashboard::{PLACE, creator, tabs},
        mark::{self, Marks},
    },
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
    suggestion::Suggestions,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{self, Fields, Problems},
    page::{Html, PageError, address::Address, flash::Flash, status::Badge, tab::Tab},
    state::AppState,
};

const CONTACTS: &str = "/dashboard/network/contacts";
const PAGE: usize = 50;
/// A name for creators whose profile the brand doesn't see any more.
pub(super) const HIDDEN: &str = "Creator (profile not shown)";

#[derive(Debug, askama::Template)]
#[template(path = "network_contacts.html")]
struct ContactsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Contact>,
    status: &'static str,
    /// The programs that a creator was ever in contact about, and those that are in the network.
    programs: Vec<(ProgramId, String)>,
    program: Option<ProgramId>,
    /// The next page.
    later: Option<String>,
}

#[derive(Debug, askama::Template)]
#[template(path = "network_thread.html")]
struct ThreadPage {
    frame: Frame,
    creator: CreatorId,
    thread: Thread,
    message: String,
    /// About a draft of a model in the field, or why there is none.
    note: Option<String>,
    reason: String,
    problems: Problems,
}

pub(super) fn thread_address(organization: OrganizationId, creator: CreatorId) -> Address {
    Address::of(format!("{CONTACTS}/{creator}"), organization)
}

/// Whether a page shows the error at its form: a mistake, or a limit that was reached.
pub(super) fn is_shown(error: &Error) -> bool {
    let is_limit = error.status() == StatusCode::TOO_MANY_REQUESTS;
    is_limit || (form::is_mistake(error) && error.status() != StatusCode::NOT_FOUND)
}

fn name(contact: &Contact) -> String {
    contact.shown_name().unwrap_or_else(|| HIDDEN.to_owned())
}

/// `GET /dashboard/network/contacts`.
///
/// # Errors
/// 404 where there is no network, and for what isn't the person's organization's; 400 for an unknown filter.
pub async fn list(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    for filter in ["status", "program"] {
        if query.peek(filter).is_some_and(str::is_empty) {
            query.text(filter);
        }
    }
    let status = query.one_of("status", &STATUSES)?;
    let program: Option<ProgramId> = query.id("program")?;
    let after: Option<NetworkContactId> = query.id("after")?;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = store::programs(&mut tx).await?;
    if program.is_some_and(|program| programs.iter().all(|(own, _)| *own != program)) {
        return Err(Error::not_found().into());
    }
    let filter = Filter {
        program,
        status: status.map(str::to_owned),
        after: after.map(NetworkContactId::uuid),
        limit: i64::try_from(PAGE).unwrap_or(i64::MAX) + 1,
        ..Filter::default()
    };
    let mut rows = store::list(&mut tx, &filter, state.clock.now()).await?;
    tx.commit().await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more).map(|row| row.id);
    let here = Address::of(CONTACTS, organization).maybe("status", status).maybe("program", program);
    let later = last.map(|last| here.with("after", last).to_string());
    let status = status.unwrap_or_default();
    let tabs = tabs(organization, "/contacts");
    Ok(Html(ContactsPage { frame, tabs, rows, status, programs, program, later }).into_response())
}

impl ContactsPage {
    fn statuses(&self) -> Vec<Named> {
        creator_view::choices(("All", Some(self.status)), STATUSES.into_iter(), str::to_owned)
    }

    fn is_chosen(&self, program: &ProgramId) -> bool {
        self.program == Some(*program)
    }

    fn is_filtered(&self) -> bool {
        !self.status.is_empty() || self.program.is_some()
    }

    fn name(&self, contact: &Contact) -> String {
        name(contact)
    }

    fn badge(&self, contact: &Contact) -> Badge {
        badge(contact, &self.frame.zone)
    }

    fn at(&self, contact: &Contact) -> Address {
        thread_address(self.frame.organization, contact.creator)
    }
}

/// `GET /dashboard/network/contacts/{creator}`.
///
/// # Errors
/// 404 for a creator with whom the brand has no contact.
pub async fn thread(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(creator): Path<String>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let member = session.member(choice.named(), Right::View)?;
    let organization = member.organization;
    let creator: CreatorId = creator.parse().map_err(|_| Error::not_found())?;
    // A viewer can't answer, so for the team it isn't read yet.
    if member.role.may(Right::Operate) {
        let mut tx = state.db.tenant(organization).await?;
        message_store::read(&mut tx, creator, false, state.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(Html(load(&state, &session, (organization, creator), None).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, creator): (OrganizationId, CreatorId),
    given: Option<(&Fields, Problems)>,
) -> Result<ThreadPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let thread = thread::load(&mut tx, state, creator).await?;
    tx.commit().await?;
    let typed = |name: &str| given.as_ref().map(|(fields, _)| fields.raw(name).to_owned()).unwrap_or_default();
    let (message, reason) = (typed("message"), typed("reason"));
    let problems = given.map(|(_, problems)| problems).unwrap_or_default();
    Ok(ThreadPage { frame, creator, thread, message, note: None, reason, problems })
}

impl ThreadPage {
    fn name(&self) -> String {
        self.thread.contacts.first().map_or_else(|| HIDDEN.to_owned(), name)
    }

    fn badge(&self, contact: &Contact) -> Badge {
        badge(contact, &self.frame.zone)
    }

    fn list(&self) -> Address {
        Address::of(CONTACTS, self.frame.organization)
    }

    fn profile(&self, program: &ProgramId) -> Address {
        creator(self.frame.organization, self.creator, Some(*program))
    }

    /// Whether the brand still sees the creator's profile.
    fn has_profile(&self) -> bool {
        self.thread.contacts.iter().any(|contact| contact.name.is_some())
    }

    fn affiliate(&self, affiliate: &AffiliateId) -> Address {
        Address::of(format!("/dashboard/affiliates/{affiliate}"), self.frame.organization)
    }

    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&["message", "reason"])
    }
}

/// The page with a draft in the message field, which isn't sent. What was typed there are the notes for it.
async fn drafted(
    (state, suggestions): (&AppState, &Suggestions),
    (session, member): (&Session, &Member),
    creator: CreatorId,
    fields: &Fields,
) -> Result<ThreadPage> {
    let model = suggestions.connected(state, member).await?;
    let given = Some((fields, Problems::default()));
    let mut page = load(state, session, (member.organization, creator), given).await?;
    if !page.thread.is_open {
        return Err(Error::not_found());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let terms = draft::terms(&mut tx, state, &page.thread).await?;
    tx.commit().await?;
    let brand = page.frame.organization_name();
    match draft::write(&model, brand, (&page.thread, &terms), fields.raw("message")).await? {
        Ok(draft) => (page.message, page.note) = (draft.text, Some(draft.note.to_owned())),
        Err(words) => page.note = Some(words),
    }
    Ok(page)
}

/// `POST /dashboard/network/contacts/{creator}/{what}`: `message`, `withdraw`, `report` or `ignore`; or `draft`, which sends
/// nothing.
///
/// # Errors
/// 404 for a creator with whom the brand has no contact, or anything else, and for a draft without a model; 403 for a
/// viewer. A mistake or a limit is shown at its form.
pub async fn act(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: Session,
    Path((creator, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let creator: CreatorId = creator.parse().map_err(|_| Error::not_found())?;
    if what == "draft" {
        let page = drafted((&state, &suggestions), (&session, &member), creator, &fields).await?;
        return Ok(Html(page).into_response());
    }
    match enact(&state, &member, (creator, &what), &fields).await {
        Ok(done) => {
            let to = thread_address(member.organization, creator).to_string();
            Ok(Flash::done(done).redirect(&to))
        }
        Err(error) if is_shown(&error) => {
            let given = Some((&fields, Problems::of_error(&error)));
            let page = load(&state, &session, (member.organization, creator), given).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn enact(
    state: &AppState,
    member: &Member,
    (creator, what): (CreatorId, &str),
    fields: &Fields,
) -> Result<&'static str> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (entry, done) = match what {
        "message" => {
            let (_, entry) = thread::write_as_brand(&mut tx, state, creator, fields.raw("message")).await?;
            (Some(entry), "Message sent")
        }
        "withdraw" => {
            let contact = fields.text("contact").parse().map_err(|_| Error::not_found())?;
            let (_, entry) = invite::withdraw(&mut tx, state, contact).await?;
            (Some(entry), "Invitation withdrawn")
        }
        "report" => {
            let entry = thread::report(&mut tx, state, creator, fields.raw("reason")).await?;
            (entry, "Report sent")
        }
        "ignore" => {
            let marks = Marks { ignored: Some(true), ..Marks::default() };
            (mark::set(&mut tx, state, creator, marks).await?, marks.done())
        }
        _ => return Err(Error::not_found()),
    };
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(done)
}
