//! `/dashboard/network`: creators for one of the brand's listed programs, with the reasons of each score.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{CreatorId, OrganizationId, ProgramId};
use url::form_urlencoded;

use super::{
    creator_view::{self, Choice as Named},
    creators::{self, MatchedCreator, PAGE},
    filter::CreatorFilter,
    mark::{self, Marks},
    store,
};
use crate::listing::open;
use identity::{
    access::{member::Choice, session::Session},
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, address::Address, flash::Flash, tab::Tab},
    state::AppState,
    text::Texts,
};

pub(crate) const PLACE: &str = "/dashboard/network";

#[derive(Debug, askama::Template)]
#[template(path = "network_creators.html")]
struct CreatorsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    /// The listed programs that may search for creators.
    programs: Vec<(ProgramId, String)>,
    program: Option<ProgramId>,
    filter: CreatorFilter,
    rows: Vec<MatchedCreator>,
    /// This page, for the forms that lead back to it.
    here: Address,
    /// The next page.
    later: Option<String>,
}

/// The tabs of the network's pages.
pub(crate) fn tabs(organization: OrganizationId, shown: &str) -> Vec<Tab> {
    let tab = |(path, title): (&str, &str)| Tab {
        title: title.to_owned(),
        href: Address::of(format!("{PLACE}{path}"), organization).to_string(),
        here: path == shown,
        count: None,
    };
    [("", "Creators for you"), ("/contacts", "Contacts")].map(tab).into()
}

/// A creator's page, seen for a program.
pub(crate) fn creator(organization: OrganizationId, creator: CreatorId, program: Option<ProgramId>) -> Address {
    Address::of(format!("{PLACE}/creators/{creator}"), organization).maybe("program", program)
}

/// `GET /dashboard/network`.
///
/// # Errors
/// 404 where there is no network, and for what isn't the person's organization's; 400 for an unknown filter.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let named: Option<ProgramId> = query.id("program")?;
    let (filter, mut after) = (CreatorFilter::read(&mut query)?, query.id("after")?);
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = store::searching(&mut tx).await?;
    let program = chosen(&programs, named)?;
    let mut rows = Vec::new();
    if let Some(program) = program {
        let when = (state.clock.now(), Texts::default());
        rows = creators::of(&mut tx, program, (&filter, after, PAGE + 1), when).await?.unwrap_or_default();
        // The page is gone if the last of its creators was ignored, or the one before it isn't listed any more.
        if rows.is_empty() && after.take().is_some() {
            rows = creators::of(&mut tx, program, (&filter, None, PAGE + 1), when).await?.unwrap_or_default();
        }
    }
    tx.commit().await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| has_more).map(|row| row.id);
    let here = address(organization, program, &filter).maybe("after", after);
    let later = last.map(|last| here.clone().with("after", last).to_string());
    let tabs = tabs(organization, "");
    Ok(Html(CreatorsPage { frame, tabs, programs, program, filter, rows, here, later }).into_response())
}

/// # Errors
/// 404 for a program that isn't listed or may not search for creators.
fn chosen(programs: &[(ProgramId, String)], named: Option<ProgramId>) -> Result<Option<ProgramId>> {
    match named {
        Some(named) if programs.iter().any(|(program, _)| *program == named) => Ok(Some(named)),
        Some(_) => Err(Error::not_found()),
        None => Ok(programs.first().map(|(program, _)| *program)),
    }
}

fn address(organization: OrganizationId, program: Option<ProgramId>, filter: &CreatorFilter) -> Address {
    let on = |on: bool| on.then_some("yes");
    Address::of(PLACE, organization)
        .maybe("program", program)
        .with("search", &filter.text)
        .maybe("topic", filter.topic)
        .maybe("country", filter.country.as_deref())
        .maybe("language", filter.language.as_deref())
        .maybe("channel", filter.kind)
        .maybe("audience", filter.audience)
        .maybe("verified", on(filter.verified))
        .maybe("starred", on(filter.starred))
        .maybe("unseen", on(filter.unseen))
        .maybe("ignored", on(filter.ignored))
}

/// The page of the list that a form with its parameters was on; without filters if they aren't valid.
fn page_of(organization: OrganizationId, program: Option<ProgramId>, fields: &Fields) -> Address {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields.pairs()).finish();
    let read = |mut query: Query| Ok::<_, Error>((CreatorFilter::read(&mut query)?, query.id("after")?));
    let (filter, after): (CreatorFilter, Option<CreatorId>) = Query::parse(&query).and_then(read).unwrap_or_default();
    address(organization, program, &filter).maybe("after", after)
}

impl CreatorsPage {
    /// The choices of each filter.
    fn facets(&self) -> Vec<(&'static str, &'static str, Vec<Named>)> {
        let words = |all, chosen, words: &'static [&'static str], name: fn(&str) -> String| {
            creator_view::choices((all, chosen), words.iter().copied(), name)
        };
        let filter = &self.filter;
        let topics = words("All topics", filter.topic, CreatorFilter::topics(), creator_view::topic_name);
        let kinds = words("All channels", filter.kind, CreatorFilter::kinds(), creator_view::kind_name);
        let bands = words("Any size", filter.audience, CreatorFilter::all_bands(), creator_view::band_name);
        vec![
            ("topic", "Topic", topics),
            ("country", "Country", creator_view::countries(filter.country.as_deref())),
            ("language", "Language", creator_view::languages(filter.language.as_deref())),
            ("channel", "Channel", kinds),
            ("audience", "Audience from", bands),
        ]
    }

    const fn ticks(&self) -> [(&'static str, &'static str, bool); 4] {
        [
            ("verified", "Has a verified channel", self.filter.verified),
            ("starred", "Starred", self.filter.starred),
            ("unseen", "Not opened yet", self.filter.unseen),
            ("ignored", "Ignored", self.filter.ignored),
        ]
    }

    fn at(&self, creator: &MatchedCreator) -> Address {
        self::creator(self.frame.organization, creator.id, self.program)
    }

    /// The page without filters.
    fn cleared(&self) -> Address {
        Address::of(PLACE, self.frame.organization).maybe("program", self.program)
    }

    fn is_chosen(&self, program: &ProgramId) -> bool {
        self.program == Some(*program)
    }
}

/// `POST /dashboard/network/creators/{id}/{what}`: `star`, `unstar`, `ignore` or `unignore`; leads back to the page with the
/// form.
///
/// # Errors
/// 404 for a creator whom the brand doesn't see, or anything else; 403 for a viewer.
pub async fn act(
    State(state): State<AppState>,
    session: Session,
    Path((creator, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let creator: CreatorId = creator.parse().map_err(|_| Error::not_found())?;
    let marks = Marks::of(&what).ok_or_else(Error::not_found)?;
    let mut tx = state.db.tenant(member.organization).await?;
    if let Some(entry) = mark::set(&mut tx, &state, creator, marks).await? {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    let program = fields.text("program").parse().ok();
    let back = match fields.text("from") {
        "card" => self::creator(member.organization, creator, program),
        _ => page_of(member.organization, program, &fields),
    };
    Ok(Flash::done(marks.done()).redirect(&back.to_string()))
}
