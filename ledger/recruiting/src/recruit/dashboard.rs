//! `/dashboard/recruit`: invites a list of people, pasted or uploaded, after a preview.

use std::collections::HashSet;

use axum::{
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use kit::route::post;
use shared::{
    id::{OrganizationId, ProgramId},
    money::{Currency, Money},
};

use super::{
    lines::{self, minor},
    preview::{self, CheckedLine, LineStatus},
};
use crate::program_choice::{self, ProgramChoice};
use engine::book;
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    organization::{gate, plan::Feature},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    db::TenantTx,
    error::{Checks, Error, Result},
    form::{Fields, Problems, Upload},
    mail::{EmailContent, content::Part},
    page::{Html, PageError},
    state::AppState,
};
use programs::{
    affiliate::{
        accept_invite::{Invitation, InviteEmail, Newcomer},
        email::{self as affiliate_email, Invitee},
        invite::{self, ROWS_MAX},
    },
    link::{create::program_in_use, store},
};
use rules::format;

const PLACE: &str = "/dashboard/recruit";
const FILE_MAX: usize = 1024 * 1024;
const NOTE_MAX: usize = 1_000;
const SHOWN_MAX: usize = 100;

/// A line of the preview or of the result.
#[derive(Debug)]
struct RowView {
    number: u32,
    email: String,
    name: String,
    bounty: String,
    state: &'static str,
    tone: &'static str,
    description: String,
}

#[derive(Debug, Default)]
struct Preview {
    rows: Vec<RowView>,
    ready: usize,
    left_out: usize,
    /// The number of ready lines that aren't shown.
    more: usize,
    /// The email that the first of them gets, with their address.
    email: Option<(String, EmailContent)>,
}

#[derive(Debug, Default)]
struct Sent {
    invited: usize,
    passed_over: Vec<RowView>,
}

#[derive(Debug, askama::Template)]
#[template(path = "recruit.html")]
struct RecruitPage {
    frame: Frame,
    programs: Vec<ProgramChoice>,
    given: Fields,
    problems: Problems,
    preview: Option<Preview>,
    sent: Option<Sent>,
}

impl RecruitPage {
    fn given(&self, name: &str) -> &str {
        self.given.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }

    /// Returns the program's default link target, for an invitation that names none.
    fn destination_of(&self, program: ProgramId) -> Option<String> {
        let id = program.to_string();
        self.programs.iter().find(|choice| choice.id == id)?.destination.clone()
    }

    fn other_problem(&self) -> Option<&str> {
        self.problems.elsewhere(&["program", "destination", "bounty", "currency", "note", "list"])
    }
}

/// The validated form.
#[derive(Debug)]
struct RecruitInput {
    invitation: Invitation,
    bounty: (Option<Money>, Currency),
    lines: Vec<lines::Line>,
}

/// `GET /dashboard/recruit`.
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

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<RecruitPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let mut programs = program_choice::choices(&mut tx, state).await?;
    let host = store::link_host(&mut tx, None).await?;
    tx.commit().await?;
    if host.is_none() {
        // Without a link host no link can be created, whatever its target.
        programs.iter_mut().for_each(|program| program.destination = None);
    }
    let given = program_choice::offered(&programs);
    Ok(RecruitPage { frame, programs, given, problems: Problems::default(), preview: None, sent: None })
}

/// `POST /dashboard/recruit`: `step` is `preview` or `send`.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer. A mistake is shown next to its field.
async fn submit(
    State(state): State<AppState>,
    session: Session,
    mut upload: Upload,
) -> std::result::Result<Response, PageError> {
    let named = Some(upload.fields.text("organization")).filter(|named| !(upload.too_large && named.is_empty()));
    let member = session.member(named, Right::Operate)?;
    let mut page = load(&state, &session, member.organization).await?;
    if !upload.file.is_empty() {
        // Copies the file into the list, so that exactly what the preview shows is sent.
        let text = String::from_utf8_lossy(&upload.file).replace('\0', "");
        let list = upload.fields.raw("list").trim_end();
        let list = if list.is_empty() { text } else { format!("{list}\n{text}") };
        upload.fields.set("list", list);
    }
    let sends = upload.fields.raw("step") == "send";
    let outcome = async {
        if upload.too_large {
            return Err(Error::field("list", "The file is larger than 1 MB. Split it and invite in batches."));
        }
        let mut requested = checked(&state, &upload.fields)?;
        let invitation = &mut requested.invitation;
        invitation.destination = invitation.destination.take().or_else(|| page.destination_of(invitation.program));
        if sends {
            page.sent = Some(send(&state, &member, requested).await?);
        } else {
            page.preview = Some(look(&state, member.organization, requested).await?);
        }
        Ok(())
    }
    .await;
    let status = match outcome {
        Ok(()) => StatusCode::OK,
        Err(error) if error.status().is_client_error() => {
            page.problems = Problems::of_error(&error).at_fields(|name| match name {
                "programId" => "program".to_owned(),
                other => other.to_owned(),
            });
            error.status()
        }
        Err(error) => return Err(error.into()),
    };
    if page.sent.is_none() {
        page.given = upload.fields;
    }
    Ok((status, Html(page)).into_response())
}

fn checked(state: &AppState, fields: &Fields) -> Result<RecruitInput> {
    let given = |name: &str| fields.text(name);
    let mut checks = Checks::default();
    let program = given("program").parse().map_err(|_| Error::field("program", "Choose a program."));
    let program = checks.or(ProgramId::from_bytes([0; 16]), program);
    let currency = match given("currency") {
        "" => Ok(Currency::USD),
        text => text
            .to_ascii_uppercase()
            .parse()
            .map_err(|_| Error::field("currency", "Enter a currency such as USD or EUR.")),
    };
    let currency = checks.or(Currency::USD, currency);
    let bounty = checks.value(match given("bounty") {
        "" => Ok(None),
        text => minor(text, currency)
            .filter(|minor| *minor > 0)
            .map(|minor| Some(Money::new(minor, currency)))
            .ok_or_else(|| Error::field("bounty", "Enter an amount such as 50 or 49.90.")),
    });
    let note = fields.raw("note").replace('\r', "");
    let note = note.trim();
    if note.chars().count() > NOTE_MAX {
        checks.add(Error::field("note", format!("Use at most {NOTE_MAX} characters.")));
    }
    let invitation = Invitation {
        program,
        destination: Some(given("destination").to_owned()).filter(|text| !text.is_empty()),
        host: None,
        notify: true,
        email: InviteEmail::Invitation,
        note: Some(note.to_owned()).filter(|note| !note.is_empty()),
    };
    checks.value(invitation.check(state));
    let lines = lines::read(fields.raw("list"));
    if lines.is_empty() {
        checks.add(Error::field("list", "Enter at least one email address, or choose a file."));
    }
    if lines.len() > ROWS_MAX {
        checks.add(Error::field("list", format!("Invite at most {ROWS_MAX} people at a time.")));
    }
    checks.end()?;
    Ok(RecruitInput { invitation, bounty: (bounty, currency), lines })
}

async fn look(state: &AppState, organization: OrganizationId, input: RecruitInput) -> Result<Preview> {
    let mut tx = state.db.tenant(organization).await?;
    program_in_use(&mut tx, input.invitation.program).await?;
    let looked = preview::look(&mut tx, input.lines, input.bounty).await?;
    let first = looked.iter().find(|one| one.status == LineStatus::Ready);
    let email = match first {
        Some(first) => email_to(&mut tx, state, &input.invitation, first).await?,
        None => None,
    };
    tx.commit().await?;
    let ready = looked.iter().filter(|one| one.status == LineStatus::Ready).count();
    let left_out = looked.len() - ready;
    // Lines that are left out are always shown.
    let mut shown = 0;
    let rows = looked.iter().filter(|one| {
        shown += usize::from(one.status == LineStatus::Ready);
        one.status != LineStatus::Ready || shown <= SHOWN_MAX
    });
    let rows = rows.map(row).collect();
    Ok(Preview { rows, left_out, more: ready.saturating_sub(SHOWN_MAX), ready, email })
}

/// The email that this person gets, as far as it is known before they are invited, with their address; `None` if they
/// can't be invited after all.
async fn email_to(
    tx: &mut TenantTx,
    state: &AppState,
    invitation: &Invitation,
    first: &CheckedLine,
) -> Result<Option<(String, EmailContent)>> {
    let line = &first.line;
    let Ok(newcomer) = Newcomer::new(state, &line.email, line.name.as_deref(), line.slug.clone()) else {
        return Ok(None);
    };
    let person = newcomer.row;
    let invitee = Invitee { name: &person.name, bounty: first.bounty };
    let note = invitation.note.as_deref();
    let now = state.clock.now();
    let email = affiliate_email::invitation_preview(tx, invitation.program, invitee, note, now).await?;
    Ok(Some((person.email, email)))
}

fn row(looked: &CheckedLine) -> RowView {
    let (state, tone, message) = looked.status.words();
    RowView {
        number: looked.line.number,
        email: looked.line.email.clone(),
        name: looked.line.name.clone().unwrap_or_default(),
        bounty: looked.bounty.map(|bounty| format::money(bounty.minor, bounty.currency.code())).unwrap_or_default(),
        state,
        tone,
        description: message,
    }
}

/// Sends all invitations in one transaction; people who can't be invited are skipped.
async fn send(state: &AppState, member: &Member, input: RecruitInput) -> Result<Sent> {
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    gate::require(&mut tx, state, Feature::BulkInvite).await?;
    program_in_use(&mut tx, input.invitation.program).await?;
    // Locks the organization, so that no one else adds these people in the meantime.
    book::store::lock(&mut tx).await?;
    let looked = preview::look(&mut tx, input.lines, input.bounty).await?;
    let (mut sent, mut seen) = (Sent::default(), HashSet::new());
    for one in looked {
        let mut view = row(&one);
        if one.status == LineStatus::Ready {
            let done =
                invite::invite(&mut tx, state, &member.actor, &input.invitation, &one.person(), &mut seen).await?;
            match done.message {
                None => {
                    sent.invited += 1;
                    continue;
                }
                Some(why) => (view.state, view.tone, view.description) = ("Skipped", "bad", why),
            }
        }
        sent.passed_over.push(view);
    }
    tx.commit().await?;
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(sent)
}

/// Returns the route of the form, which may include a file.
pub fn submit_post() -> MethodRouter<AppState> {
    post(submit).layer(DefaultBodyLimit::max(FILE_MAX + 512 * 1024))
}
