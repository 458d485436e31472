//! `/dashboard/programs/{id}/links`: lists a program's links with their clicks; creates, disables and enables links.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Path, State},
    response::IntoResponse,
};
use shared::{
    id::{self, LinkId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Answer, Shell,
    form::id,
    list::lately,
    share::{self, Found, List, ShareFilters, Shared, keep},
    share_store, to,
};
use crate::{
    link::{
        change,
        create::{self, NewLink},
        read::link_scheme,
    },
    link_host,
};
use engine::intake::days_store::{self, By};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Result,
    form::{Fields, Problems},
    page::{Html, list::Column, span::Span, ttl_cache::TtlCache},
    state::AppState,
};
use rules::format;

/// From this number of links on, the daily click counts take long to add up.
const MANY: usize = 1_000;

/// Links with their clicks.
type Ranking = Vec<(Uuid, i64)>;
/// Cached rankings by organization, program and first day.
static KEPT: TtlCache<(OrganizationId, ProgramId, Timestamp), Ranking> = TtlCache::empty();

/// The part of a row that is specific to links.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) host: String,
    pub(super) slug: String,
    pub(super) destination: String,
    /// In the list's period.
    pub(super) clicks: i64,
}

impl Link {
    /// Host and slug, as people write a link.
    pub(super) fn place(&self) -> String {
        format!("{}/{}", self.host, self.slug)
    }

    fn counted(&self) -> String {
        format::count(self.clicks.unsigned_abs())
    }
}

impl Shared for Link {
    type Noun = id::Link;
    const PAGE: &'static str = "/links";
    const COLUMNS: &'static [Column] = &[
        Column::text("Link", "slug"),
        Column::text("Affiliate", "name"),
        Column::plain("Destination"),
        Column::number("Clicks (30 days)", "clicks"),
        Column::text("Created", "made"),
    ];
    const RETIRED: &'static str = "Disabled";
    const HEAD: &'static [&'static str] =
        &["link id", "affiliate id", "name", "email", "host", "slug", "destination", "status", "clicks in 30 days"];

    async fn read(tx: &mut TenantTx, requested: &ShareFilters, now: Timestamp) -> Found<Self> {
        let span = lately(tx, now).await?;
        let ranking = ranking(tx, requested, &span).await?;
        share_store::links(tx, requested, &span, &ranking).await
    }

    fn cells(&self, status: &'static str) -> Vec<String> {
        let Self { host, slug, destination, clicks } = self;
        vec![host.clone(), slug.clone(), destination.clone(), status.to_owned(), clicks.to_string()]
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "program_links.html")]
struct LinksPage {
    frame: Frame,
    shell: Shell,
    list: List<Link>,
    /// The scheme of the links' URLs.
    scheme: &'static str,
    hosts: Vec<String>,
    form: LinkForm,
    problems: Problems,
}

const SHOWN: [&str; 4] = ["affiliateId", "slug", "destination", "host"];

impl LinksPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        // The domain is a field only if there are several.
        let shown = if self.hosts.len() > 1 { &SHOWN[..] } else { &SHOWN[..SHOWN.len() - 1] };
        self.problems.elsewhere(shown)
    }
}

#[derive(Debug, Default)]
struct LinkForm {
    affiliate: String,
    slug: String,
    destination: String,
    host: String,
}

/// `GET /dashboard/programs/{id}/links`.
///
/// # Errors
/// 404 for what isn't the person's organization's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(program): Path<String>,
    mut query: Query,
) -> Answer {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, (organization, &program), &mut query, None).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    query: &mut Query,
    given: Option<(LinkForm, Problems)>,
) -> Result<LinksPage> {
    let (frame, shell, list) = share::load(state, session, (organization, program), query).await?;
    let mut tx = state.db.tenant(organization).await?;
    let hosts = link_host::store::list(&mut tx, None).await?;
    tx.commit().await?;
    let (form, problems) = given.unwrap_or_else(|| {
        let destination = shell.program.destination.clone().unwrap_or_default();
        (LinkForm { destination, ..LinkForm::default() }, Problems::default())
    });
    Ok(LinksPage {
        scheme: link_scheme(&state.config),
        hosts: hosts.into_iter().filter(|host| host.verified_at.is_some()).map(|host| host.host).collect(),
        frame,
        shell,
        list,
        form,
        problems,
    })
}

/// `GET /dashboard/programs/{id}/links.csv`.
pub async fn file(
    state: State<AppState>,
    session: Session,
    choice: Choice,
    program: Path<String>,
    query: Query,
) -> Answer {
    share::file::<Link>(state, session, choice, program, query).await
}

/// `POST /dashboard/programs/{id}/links`: creates a link for an affiliate.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn make(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let program_id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let outcome = write(&state, &member, program_id, &fields, &mut problems).await;
    let Some(status) = problems.refused(outcome)? else {
        return Ok(to(member.organization, program_id, Link::PAGE, "link"));
    };
    let text = |name: &str| fields.text(name).to_owned();
    let form = LinkForm {
        affiliate: text("affiliateId"),
        slug: text("slug"),
        destination: text("destination"),
        host: text("host"),
    };
    let whose = (member.organization, program.as_str());
    let page = load(&state, &session, whose, &mut Query::default(), Some((form, problems))).await?;
    Ok((status, Html(page)).into_response())
}

/// Returns whether the link was created; if not, `problems` says why.
async fn write(
    state: &AppState,
    member: &Member,
    program_id: ProgramId,
    fields: &Fields,
    problems: &mut Problems,
) -> Result<bool> {
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let found = share::whose(&mut tx, fields, problems).await?;
    let (slug, destination) = (fields.given("slug"), fields.text("destination"));
    if let Err(error) = create::check_typed(slug, destination, state) {
        problems.add_error(&error);
    }
    let Some(affiliate_id) = found.filter(|_| problems.is_empty()) else { return Ok(false) };
    let input = NewLink {
        program_id,
        affiliate_id,
        host: fields.given("host").map(str::to_owned),
        slug: slug.map(str::to_owned),
        destination: destination.to_owned(),
    };
    let link = create::make(&mut tx, state, input, now).await?;
    keep(tx, state, member, Some(create::entry(&link))).await?;
    state.edge_config_changed.notify_one();
    Ok(true)
}

/// `POST /dashboard/programs/{id}/links/{link}`: disables or enables a link.
pub async fn switch(
    State(state): State<AppState>,
    session: Session,
    Path((program, link)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let (program, link): (ProgramId, LinkId) = (id(&program)?, id(&link)?);
    let disabled = fields.text("disabled") == "yes";
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = change::enact(&mut tx, &state, link, None, Some(disabled)).await?;
    keep(tx, &state, &member, entry).await?;
    state.edge_config_changed.notify_one();
    Ok(to(organization, program, Link::PAGE, if disabled { "disabled" } else { "enabled" }))
}

/// The links' order by clicks. For a program with many links it is cached for a minute, because it reads all their
/// days.
async fn ranking(
    tx: &mut TenantTx,
    requested: &ShareFilters,
    span: &Span,
) -> std::result::Result<Arc<Ranking>, sqlx::Error> {
    if requested.sort.key != "clicks" {
        return Ok(Arc::default());
    }
    let started = Instant::now();
    let key = (tx.organization(), requested.program, span.from());
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let ranking = Arc::new(days_store::within(tx, By::Link, None, Some(requested.program.uuid()), span).await?);
    if ranking.len() >= MANY {
        KEPT.put(key, started, &ranking);
    }
    Ok(ranking)
}
