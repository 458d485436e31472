//! `/dashboard/settings/audit-log`: shows changes in words, with filters and an export.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};
use url::form_urlencoded;
use uuid::Uuid;

use super::view;
use crate::{
    access::{member::Choice, session::Session},
    audit::{
        names::{self, Names},
        read::{self, Filter, Line},
        sentences::{self, Sentence},
        targets::{self, Target, Targets},
        words::{self, Change},
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, query::Query},
    error::Result,
    form::sentence_for,
    page::{
        Html, PageError,
        address::Address,
        zone::{When, Zone},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/audit-log";
const LINES: &str = "50";
const CHOICES_MAX: i64 = 200;
const FILTERS: [&str; 5] = ["action", "actor", "target", "from", "to"];
/// Periods up to now: title and days.
const PERIODS: [(&str, i64); 4] = [("7 days", 7), ("30 days", 30), ("90 days", 90), ("12 months", 365)];
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Debug, askama::Template)]
#[template(path = "audit_log.html")]
struct LogPage {
    frame: Frame,
    lines: Vec<LineView>,
    actions: Vec<(String, String)>,
    actors: Vec<(String, String)>,
    /// The filter values, by parameter.
    filters: Vec<(&'static str, String)>,
    /// The first and the last day of the filters, for display.
    days: [Option<String>; 2],
    periods: Vec<Period>,
    problem: Option<String>,
    older: Option<String>,
    /// The filters as a query string for the export.
    query: String,
}

/// A period to choose.
#[derive(Debug)]
struct Period {
    title: &'static str,
    href: String,
    here: bool,
}

/// A filter that is set, and the page without it.
#[derive(Debug)]
struct Pill {
    label: &'static str,
    value: String,
    href: String,
}

#[derive(Debug)]
struct LineView {
    id: String,
    at: When,
    actor: String,
    /// The app that the person acted through.
    via: Option<String>,
    what: Sentence,
    /// The page of what was changed.
    href: Option<String>,
    action: String,
    target: String,
    changes: Vec<Change>,
    request_id: Option<String>,
    source: Option<String>,
}

/// `GET /dashboard/settings/audit-log`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable. An invalid filter is reported
/// next to the filters.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters: Vec<(&'static str, String)> =
        FILTERS.into_iter().map(|name| (name, query.peek(name).unwrap_or_default().to_owned())).collect();
    // A form also sends its empty fields.
    for name in FILTERS {
        if query.peek(name) == Some("") {
            query.text(name);
        }
    }
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let read = view::filter(&mut query, &frame.zone)
        .and_then(|filter| Ok((filter, Pagination::<Uuid>::read(Some(LINES), query.text("cursor").as_deref())?)));
    let mut page = LogPage {
        frame,
        lines: Vec::new(),
        actions: Vec::new(),
        actors: Vec::new(),
        query: encoded(organization, &filters),
        filters,
        days: [None, None],
        periods: Vec::new(),
        problem: None,
        older: None,
    };
    page.periods = page.periods_until(state.clock.now());
    let status = match read {
        Ok((filter, requested)) => {
            let last = filter.to.map(|end| end.plus_millis(-1));
            page.days = [filter.from, last].map(|day| day.map(|day| page.frame.zone.date(day)));
            page.fill(&state, organization, &filter, &requested).await?;
            axum::http::StatusCode::OK
        }
        Err(error) => {
            page.choices(&state, organization).await?;
            page.problem = Some(sentence_for(&error));
            error.status()
        }
    };
    Ok((status, Html(page)).into_response())
}

fn encoded(organization: OrganizationId, filters: &[(&'static str, String)]) -> String {
    let given = filters.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (*name, value.as_str()));
    form_urlencoded::Serializer::new(String::new())
        .append_pair("organization", &organization.to_string())
        .extend_pairs(given)
        .finish()
}

impl LogPage {
    /// Returns the page's URL with its filters.
    fn address(&self) -> Address {
        let all = Address::of(PLACE, self.frame.organization);
        self.filters.iter().fold(all, |address, (name, value)| address.with(name, value))
    }

    fn periods_until(&self, now: Timestamp) -> Vec<Period> {
        let (from, to) = (self.filters("from"), self.filters("to"));
        let all = self.address().without("from").without("to");
        let whole = Period { title: "All time", href: all.to_string(), here: from.is_empty() && to.is_empty() };
        let period = |(title, days): (&'static str, i64)| {
            let first = self.frame.zone.day_of(now.plus_millis(-(days - 1) * DAY_MS)).to_string();
            Period { title, href: all.clone().with("from", &first).to_string(), here: from == first && to.is_empty() }
        };
        std::iter::once(whole).chain(PERIODS.map(period)).collect()
    }

    fn pills(&self) -> Vec<Pill> {
        let pill = |(name, value): &(&'static str, String)| {
            let named =
                |list: &[(String, String)]| list.iter().find(|(_, one)| one == value).map(|(words, _)| words.clone());
            let (label, words) = match *name {
                "action" => ("Action is", named(&self.actions)),
                "actor" => ("Changed by", named(&self.actors)),
                "from" => ("From", self.days[0].clone()),
                "to" => ("Until", self.days[1].clone()),
                _ => ("ID is", None),
            };
            let href = self.address().without(name).to_string();
            Pill { label, value: words.unwrap_or_else(|| value.clone()), href }
        };
        self.filters.iter().filter(|(_, value)| !value.is_empty()).map(pill).collect()
    }

    async fn fill(
        &mut self,
        state: &AppState,
        organization: OrganizationId,
        filter: &Filter,
        pagination: &Pagination<Uuid>,
    ) -> Result<()> {
        let mut tx = state.db.tenant(organization).await?;
        let lines = read::list(&mut tx, filter, pagination.after, pagination.limit()).await?;
        let names = names::own(&mut tx, lines.iter().map(|line| line.actor.as_str())).await?;
        let targets = targets::of(&mut tx, lines.iter().map(|line| line.target.as_str())).await?;
        tx.commit().await?;
        let view = |line| LineView::of(line, organization, (&names, &targets), &self.frame.zone);
        let page = pagination.page(lines, |line| line.id.uuid(), view);
        self.lines = page.data;
        self.older = page.next_cursor;
        self.choices(state, organization).await
    }

    async fn choices(&mut self, state: &AppState, organization: OrganizationId) -> Result<()> {
        let mut tx = state.db.tenant(organization).await?;
        let actions = read::actions(&mut tx, CHOICES_MAX).await?;
        let actors = read::actors(&mut tx, CHOICES_MAX).await?;
        let names = names::own(&mut tx, actors.iter().map(String::as_str)).await?;
        tx.commit().await?;
        self.actions = actions.into_iter().map(|action| (words::action(&action), action)).collect();
        self.actors = actors.into_iter().map(|actor| (names::actor_title(&names, &actor), actor)).collect();
        Ok(())
    }

    fn filters(&self, name: &str) -> &str {
        self.filters.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    fn is_filtered(&self) -> bool {
        self.filters.iter().any(|(_, value)| !value.is_empty())
    }
}

impl LineView {
    fn of(line: Line, organization: OrganizationId, (names, targets): (&Names, &Targets), zone: &Zone) -> Self {
        let host = line
            .action
            .starts_with("link_host.")
            .then(|| Target { name: line.target.clone(), path: "/dashboard/settings/link-hosts".to_owned() });
        let target = host.as_ref().or_else(|| targets.get(&line.target));
        let kind = if host.is_some() { "host" } else { line.target.rsplit_once('_').map_or("", |(prefix, _)| prefix) };
        let name = target.map(|target| target.name.as_str());
        Self {
            id: line.id.to_string(),
            at: zone.when(line.at),
            actor: names::actor_title(names, &line.actor),
            via: line.via,
            what: sentences::of(&line.action, kind, name, line.after.as_ref()),
            href: target.map(|target| format!("{}?organization={organization}", target.path)),
            changes: words::changes(line.before.as_ref(), line.after.as_ref()),
            action: line.action,
            target: line.target,
            request_id: line.request_id,
            source: line.source_hash.map(|hash| hash.chars().take(6).collect()),
        }
    }
}
