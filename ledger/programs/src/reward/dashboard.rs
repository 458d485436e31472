//! `/dashboard/rewards`: the rewards, what waits, and which programs have a leaderboard.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use rules::reward::{Metric, period::Repeats};
use serde_json::json;
use shared::{
    id::{OrganizationId, ProgramId},
    money::Currency,
};

use super::{
    Reward, claim_store, leaderboard_store,
    store::{self, Filter},
    words,
};
use crate::{dashboard::pick_store, link::create::program_in_use};
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
    api::query::Query,
    error::{Error, Result},
    form::Fields,
    page::{
        Html, PageError,
        address::Address,
        flash::Flash,
        tab::{Tab, tabs},
    },
    state::AppState,
    text::Texts,
};
use rules::format;

pub(super) const HERE: &str = "/dashboard/rewards";
const TABS: [(&str, &str); 2] = [("", "Active"), ("Archived", "Archived")];
/// Values and labels of the choices on this page.
const METRICS: [(&str, &str); 4] =
    [("Sales", "Sales"), ("Leads", "Leads"), ("Revenue", "Revenue"), ("Commission", "Commission")];
const PERIODS: [(&str, &str); 3] = [("Week", "Each week"), ("Month", "Each month"), ("Quarter", "Each quarter")];

#[derive(Debug, askama::Template)]
#[template(path = "rewards.html")]
struct RewardsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    is_active: bool,
    rows: Vec<Row>,
    waiting: i64,
    boards: Vec<BoardRow>,
    programs: Vec<(String, String)>,
    metrics: Vec<(String, String)>,
    periods: Vec<(String, String)>,
}

#[derive(Debug)]
struct Row {
    id: String,
    title: String,
    kind: &'static str,
    program: String,
    gift: String,
    dates: String,
    waiting: i64,
    given: i64,
}

#[derive(Debug)]
struct BoardRow {
    program: ProgramId,
    name: String,
    about: String,
}

/// `GET /dashboard/rewards`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 400 naming a parameter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    query.text("organization");
    let status = query.one_of("status", &["", "Archived"])?.unwrap_or_default();
    query.finish()?;
    let frame = Frame::load(&state, &session, organization, HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let filter = Filter { archived: Some(!status.is_empty()), ..Filter::default() };
    let mut rows = Vec::new();
    for reward in store::list(&mut tx, &filter).await? {
        let counts = claim_store::counts(&mut tx, reward.id).await?;
        rows.push(Row::of(reward, counts, &frame));
    }
    let boards = leaderboard_store::list(&mut tx).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let pairs = |choices: &[(&str, &str)]| -> Vec<(String, String)> {
        choices.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let page = RewardsPage {
        tabs: tabs("status", &TABS, status, &Address::of(HERE, organization)),
        is_active: status.is_empty(),
        waiting: rows.iter().map(|row| row.waiting).sum(),
        rows,
        boards: boards
            .into_iter()
            .map(|board| BoardRow {
                program: board.program,
                about: format!("{} of {}", board.metric.as_str(), period_words(board.repeats)),
                name: board.program_name,
            })
            .collect(),
        programs: programs
            .into_iter()
            .filter(|program| !program.archived)
            .map(|program| (program.id.to_string(), program.name))
            .collect(),
        metrics: pairs(&METRICS),
        periods: pairs(&PERIODS),
        frame,
    };
    Ok(Html(page).into_response())
}

impl Row {
    fn of(reward: Reward, (waiting, given): (i64, i64), frame: &Frame) -> Self {
        let begins = frame.zone.date(reward.starts_at);
        Self {
            kind: reward.kind().as_str(),
            gift: words::offered(Texts::default(), &reward.gift),
            dates: match reward.ends_at {
                Some(ends) => format!("{begins} to {}", frame.zone.date(ends.plus_millis(-1))),
                None => format!("since {begins}"),
            },
            id: reward.id.to_string(),
            title: reward.title,
            program: reward.program_name,
            waiting,
            given,
        }
    }

    fn given(&self) -> String {
        format::count(self.given.unsigned_abs())
    }
}

const fn period_words(repeats: Repeats) -> &'static str {
    match repeats {
        Repeats::Week => "this week",
        Repeats::Month => "this month",
        Repeats::Quarter => "this quarter",
        Repeats::Once => "all time",
    }
}

/// `POST /dashboard/rewards/leaderboards`: switches the leaderboard of a program on or off.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer; 400 naming a field; 503 if the database is unavailable.
pub async fn leaderboard(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let done = switch(&state, &member, &fields).await?;
    Ok(Flash::done(done).redirect(&place(member.organization)))
}

fn place(organization: OrganizationId) -> String {
    Address::of(HERE, organization).to_string()
}

async fn switch(state: &AppState, member: &Member, fields: &Fields) -> Result<&'static str> {
    let program: ProgramId =
        fields.text("programId").parse().map_err(|_| Error::field("programId", "Choose one of your programs."))?;
    let is_on = fields.text("leaderboard") == "on";
    let now = state.clock.now();
    let mut tx = state.db.tenant(member.organization).await?;
    program_in_use(&mut tx, program).await?;
    if is_on {
        leaderboard_store::set(&mut tx, program, read(fields)?, now).await?;
    } else {
        leaderboard_store::remove(&mut tx, program).await?;
    }
    let entry = Entry::new("program.leaderboard_changed", program).after(json!({"on": is_on}));
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(if is_on { "Leaderboard turned on" } else { "Leaderboard turned off" })
}

fn read(fields: &Fields) -> Result<(Metric, Option<Currency>, Repeats)> {
    let metric = Metric::parse(fields.text("metric")).ok_or_else(|| Error::field("metric", "Choose a metric."))?;
    let repeats = Repeats::parse(fields.text("repeats")).filter(|repeats| *repeats != Repeats::Once);
    let repeats = repeats.ok_or_else(|| Error::field("repeats", "Choose a period."))?;
    let currency = match metric.is_amount() {
        true => Some(
            fields
                .text("currency")
                .to_uppercase()
                .parse()
                .map_err(|_| Error::field("currency", "Enter a currency code such as USD."))?,
        ),
        false => None,
    };
    Ok((metric, currency, repeats))
}
