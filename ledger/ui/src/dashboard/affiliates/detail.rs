//! `GET /dashboard/affiliates/{id}`: one affiliate's profile.

use std::collections::{BTreeSet, HashSet};

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    PLACE,
    answers::{Answer, answers},
    charts::{self, Charts},
    detail_store,
    figures_store::{self, Within},
    list::Offer,
    profile::{BalanceRow, Lately, PayeeView, PlanRow, SinceRow, day},
    recruiting::{self, Recruiting},
    store,
    timeline::{self, Line},
    timeline_store,
};
use engine::{
    api::store::{Filter, links},
    explain::{self, Names},
};
use identity::{
    access::{member::Choice, session::Session},
    audit::names,
    page::frame::Frame,
};
use integrations::sync::{read_store as syncs, view_model::SyncRow};
use kit::{
    access::role::Right,
    api::{
        pagination::Pagination,
        query::Query,
        view::{Affiliate, Link},
    },
    error::{Error, Result},
    form::Refused,
    page::{
        Html, PageError,
        address::Address,
        list::Pager,
        span::Span,
        status,
        zone::{When, Zone},
    },
    state::AppState,
};
use payouts::statement::store as balances;
use programs::{
    affiliate::status_change,
    coupon::{
        store::{self as coupon_store, Filter as CouponFilter},
        view::Coupon,
    },
    dashboard::pick_store,
    link::read::link_scheme,
};

const DAYS: i32 = 30;
/// Maximum links, coupons and syncs; other pages list more.
const ROWS: i64 = 20;
const EVENTS: &str = "15";

#[derive(Debug, askama::Template)]
#[template(path = "affiliate.html")]
pub struct AffiliatePage {
    frame: Frame,
    one: Affiliate,
    /// Its ID, from which the color of the avatar follows.
    key: String,
    tone: &'static str,
    joined: When,
    answers: Vec<Answer>,
    statuses: Vec<SinceRow>,
    segments: Vec<SinceRow>,
    known_segments: Vec<String>,
    lately: Lately,
    plots: Charts,
    balances: Vec<BalanceRow>,
    links: Vec<LinkRow>,
    coupons: Vec<(String, String, bool)>,
    plans: Vec<PlanRow>,
    syncs: Vec<(SyncRow, String)>,
    payee: PayeeView,
    recruiting: Recruiting,
    offer: Offer,
    /// Programs in which a link can be created.
    linkable: Vec<(String, String)>,
    events: Vec<Line>,
    pager: Pager,
    done: Option<&'static str>,
    pub refused: Refused,
}

/// A link, with its program's name.
#[derive(Debug)]
struct LinkRow {
    url: String,
    destination: String,
    program: String,
    off: bool,
}

impl AffiliatePage {
    /// Returns what was typed, or else the stored value.
    fn text<'a>(&'a self, form: &str, field: &str, known: &'a str) -> &'a str {
        self.refused.typed_or(form, field, known)
    }

    /// The contact details as the page showed them first: `Fields::is_untouched`.
    fn contact(&self) -> [(&'static str, &str); 3] {
        [
            ("name", self.text("profile", "was.name", &self.one.name)),
            ("email", self.text("profile", "was.email", &self.one.email)),
            ("slug", self.text("profile", "was.slug", &self.one.slug)),
        ]
    }

    fn program(&self) -> &str {
        let only = self.offer.program.as_ref().map_or("", |(id, _)| id.as_str());
        self.text("approve", "programId", if self.offer.destination.is_empty() { "" } else { only })
    }

    fn notes(&self) -> &str {
        self.text("notes", "notes", self.one.notes.as_deref().unwrap_or_default())
    }

    fn segment(&self) -> &str {
        self.text("segment", "segment", self.one.segment.as_deref().unwrap_or_default())
    }

    /// The recruiter's link name.
    fn recruiter(&self) -> &str {
        let known = self.recruiting.recruiter.as_ref().map_or("", |(_, _, slug)| slug.as_str());
        self.text("recruiter", "recruiter", known)
    }

    /// What is on hold, by currency: "$129.80 + €5.00".
    fn on_hold(&self) -> String {
        let held = self.balances.iter().filter(|row| row.has_hold).map(|row| row.on_hold.as_str());
        held.collect::<Vec<_>>().join(" + ")
    }

    fn notifies(&self, form: &str) -> bool {
        !self.refused.is(form) || self.refused.typed(form, "notify") == "yes"
    }
}

/// # Errors
/// 404 if the user can't access it; 400 for an invalid cursor; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let pagination = Pagination::read(Some(EVENTS), query.text("cursor").as_deref())?;
    let mut page = load(&state, &session, organization, &id, &pagination).await?;
    page.done = query.peek("done").and_then(message);
    Ok(Html(page).into_response())
}

/// What the page says after an action.
pub fn message(done: &str) -> Option<&'static str> {
    Some(match done {
        "new" => "Added.",
        "approve" => "Approved.",
        "reject" => "Rejected.",
        "profile" | "notes" => "Saved.",
        "segment" => "Segment saved.",
        "recruiter" => "Recruiter saved. It counts for sales from now on.",
        "ban" => "Affiliate banned. Their links no longer work.",
        "archive" => "Affiliate archived. Their links no longer work.",
        "reinstate" => "Affiliate approved again. Their links work again.",
        "release" => "Commissions released. They're payable now.",
        "link" => "Sign-in link sent.",
        "new-link" => "Link created. Share it, or open it to record a first click.",
        _ => return None,
    })
}

/// # Errors
/// 404; 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
    pagination: &Pagination<(Timestamp, Uuid)>,
) -> Result<AffiliatePage> {
    let id: AffiliateId = id.parse().map_err(|_| Error::not_found())?;
    let now = state.clock.now();
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let one = status_change::read(&mut tx, state, id).await?;
    let programs = pick_store::programs(&mut tx).await?;
    let filter = Filter { affiliate: Some(id), limit: ROWS, ..Filter::default() };
    let links = links(&mut tx, &filter, link_scheme(&state.config)).await?;
    let filter = CouponFilter { affiliate: Some(id), limit: ROWS, ..CouponFilter::default() };
    let coupons = coupon_store::list(&mut tx, &filter).await?;
    let plans = detail_store::own_plans(&mut tx, id, now).await?;
    let named = links.iter().map(|link| link.program_id.uuid());
    let named: BTreeSet<Uuid> = named.chain(plans.iter().map(|plan| plan.program.uuid())).collect();
    let called = explain::store::names_of(&mut tx, BTreeSet::new(), named, HashSet::new()).await?;
    let within = Within { span: Span::last(DAYS, &frame.zone, now), program: None };
    let figures = figures_store::of(&mut tx, &[id], &within).await?;
    let plots = charts::load(&mut tx, id, &within.span).await?;
    let sums = balances::sums(&mut tx, Some(id)).await?;
    let releases = balances::next_releases(&mut tx, id, now).await?;
    let balance =
        |sum: &balances::Sums| BalanceRow::of(sum, releases.get(sum.currency.code()).map(|at| frame.zone.date(*at)));
    let filter = syncs::Filter { affiliate: Some(id), limit: 5, ..syncs::Filter::default() };
    let syncs = syncs::list(&mut tx, &filter).await?;
    let events = timeline_store::list(&mut tx, id, pagination.after, pagination.limit()).await?;
    let who = names::of(&mut tx, events.iter().filter_map(|event| event.actor.as_deref())).await?;
    let offer = Offer::of(&programs);
    let page = AffiliatePage {
        // The first option, "No link yet", makes no sense for a new link.
        linkable: offer.programs.iter().skip(1).cloned().collect(),
        key: id.to_string(),
        tone: status::affiliate(&one.status).tone,
        joined: day(one.joined_at, &frame.zone),
        answers: answers(one.application.as_ref()),
        statuses: rows(detail_store::statuses(&mut tx, id).await?, &frame, now),
        segments: rows(detail_store::segments(&mut tx, id).await?, &frame, now),
        known_segments: store::segments(&mut tx).await?,
        payee: detail_store::payee(&mut tx, id).await?.into(),
        recruiting: recruiting::load(&mut tx, id, organization, &frame.zone).await?,
        plots,
        lately: Lately::of(&figures.get(&id).cloned().unwrap_or_default()),
        balances: sums.iter().map(balance).collect(),
        links: links.into_iter().map(|link| LinkRow::of(link, &called)).collect(),
        coupons: coupons.into_iter().map(coupon).collect(),
        plans: plans.into_iter().map(|plan| PlanRow::of(plan, &called, &frame.zone, now)).collect(),
        syncs: syncs.into_iter().map(|row| synced(row, &frame.zone)).collect(),
        offer,
        events: Vec::new(),
        pager: Pager::default(),
        done: None,
        refused: Refused::default(),
        frame,
        one,
    };
    tx.commit().await?;
    let lines = pagination.page(
        events,
        |event| (event.at, event.id),
        |event| timeline::line(event, organization, &who, &page.frame.zone),
    );
    let address = Address::of(format!("{PLACE}/{id}"), organization);
    let here = match pagination.after {
        Some(_) => address.with("cursor", "-"),
        None => address,
    };
    let pager = Pager::of_cursor(lines.next_cursor.as_deref(), &here);
    Ok(AffiliatePage { pager, events: timeline::merged(lines.data), ..page })
}

/// Loads the page with its first events.
pub async fn first(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
) -> Result<AffiliatePage> {
    load(state, session, organization, id, &Pagination::read(Some(EVENTS), None)?).await
}

fn rows(since: Vec<detail_store::Since>, frame: &Frame, now: Timestamp) -> Vec<SinceRow> {
    since.into_iter().map(|one| SinceRow::of(one, &frame.zone, now)).collect()
}

fn coupon(coupon: Coupon) -> (String, String, bool) {
    let note = if coupon.overrides_click_attribution { "takes priority over clicks" } else { "clicks take priority" };
    (coupon.code, note.to_owned(), coupon.archived_at.is_some())
}

fn synced(row: syncs::Row, zone: &Zone) -> (SyncRow, String) {
    let vendor = integrations::sync::dashboard::vendor_name(&row.sync.vendor);
    (SyncRow::of(row, zone), vendor)
}

impl LinkRow {
    fn of(link: Link, called: &Names) -> Self {
        let program: ProgramId = link.program_id;
        Self {
            program: called.program(program),
            url: link.url,
            destination: link.destination,
            off: link.disabled_at.is_some(),
        }
    }
}
