//! `/dashboard/rewards/new`: the form for a milestone, a contest or a bounty.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use kit::{
    access::role::Right,
    api::query::Query,
    dashboard::amount,
    error::Result,
    form::{Fields, Problems, is_mistake},
    page::{Html, PageError, address::Address, flash::Flash, zone::Zone},
    state::AppState,
};
use rules::reward::Metric;
use shared::{
    id::{OrganizationId, RewardId},
    money::Currency,
    timestamp::Timestamp,
};

use super::{
    change, dashboard,
    input::NewReward,
    view::{PrizeView, ProofRules},
};
use crate::dashboard::pick_store;
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};

const MILESTONE: (&str, &str) = ("Milestone", "For everyone who reaches a number, such as 10 sales in a month.");
const KINDS: [(&str, &str); 3] = [
    MILESTONE,
    ("Contest", "For the best of a period. You confirm the winners."),
    ("Bounty", "For a video, a review or anything else that affiliates show you. You decide about each one."),
];

#[derive(Debug, askama::Template)]
#[template(path = "reward_new.html")]
struct NewPage {
    frame: Frame,
    kind: &'static str,
    about: &'static str,
    others: Vec<&'static str>,
    programs: Vec<(String, String)>,
    fields: Fields,
    problems: Problems,
}

impl NewPage {
    fn given(&self, name: &str) -> &str {
        self.fields.raw(name)
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }

    fn is_on(&self, name: &str) -> bool {
        self.fields.is_ticked(name)
    }
}

/// `GET /dashboard/rewards/new?kind=Milestone`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut fields = Fields::default();
    fields.set("kind", query.text("kind").unwrap_or_default());
    fields.set("currency", Currency::USD.code());
    fields.set("repeats", "Once");
    let page = load(&state, &session, organization, fields, Problems::default()).await?;
    Ok(Html(page).into_response())
}

/// `POST /dashboard/rewards/new`.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer; 503 if the database is unavailable. Mistakes are shown
/// next to their field.
pub async fn make(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let frame = Frame::load(&state, &session, organization, dashboard::HERE).await?;
    let problems = match read(&fields, &frame.zone) {
        Ok(input) => match keep(&state, &member, input).await {
            Ok(id) => {
                let place = Address::of(format!("{}/{id}", dashboard::HERE), organization);
                return Ok(Flash::done("Reward created").redirect(&place.to_string()));
            }
            Err(error) if is_mistake(&error) => Problems::of_error(&error),
            Err(error) => return Err(error.into()),
        },
        Err(problems) => problems,
    };
    let page = load(&state, &session, organization, fields, problems).await?;
    Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    fields: Fields,
    problems: Problems,
) -> Result<NewPage> {
    let frame = Frame::load(state, session, organization, dashboard::HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let (kind, about) = KINDS.into_iter().find(|(kind, _)| *kind == fields.text("kind")).unwrap_or(MILESTONE);
    Ok(NewPage {
        frame,
        kind,
        about,
        others: KINDS.iter().map(|(other, _)| *other).filter(|other| *other != kind).collect(),
        programs: programs
            .into_iter()
            .filter(|program| !program.archived)
            .map(|program| (program.id.to_string(), program.name))
            .collect(),
        fields,
        problems,
    })
}

async fn keep(state: &AppState, member: &Member, input: NewReward) -> Result<RewardId> {
    let now = state.clock.now();
    let reward = input.checked(state.new_id(), now)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = change::create(&mut tx, &reward).await?;
    audit::record(&mut tx, &member.actor, now, entry).await?;
    tx.commit().await?;
    Ok(reward.id)
}

/// Reads what is typed into what the API takes, which is validated by the same function.
fn read(fields: &Fields, zone: &Zone) -> std::result::Result<NewReward, Problems> {
    let mut problems = Problems::default();
    let kind = fields.text("kind");
    let is_counted = kind != "Bounty";
    let metric = Metric::parse(fields.text("metric")).filter(|_| is_counted);
    let metric_currency = fields.given("metricCurrency").filter(|_| metric.is_some_and(Metric::is_amount));
    let goal = match metric_currency.and_then(|code| code.to_uppercase().parse().ok()) {
        Some(currency) => typed_amount(fields, "goal", currency, &mut problems),
        None => fields.number("goal", &mut problems),
    };
    let prize = prize(fields, &mut problems);
    let currency: Option<Currency> = fields.text("currency").to_uppercase().parse().ok();
    let budget_cents = match (fields.given("budgetCents"), currency) {
        (Some(_), Some(currency)) => typed_amount(fields, "budgetCents", currency, &mut problems),
        _ => None,
    };
    let input = NewReward {
        program_id: fields.text("programId").parse().ok(),
        kind: Some(kind.to_owned()),
        title: fields.text("title").to_owned(),
        description: fields.given("description").map(str::to_owned),
        segments: listed(fields.text("segments")),
        starts_at: day(fields, "startsAt", zone, false, &mut problems),
        ends_at: day(fields, "endsAt", zone, true, &mut problems),
        repeats: fields.given("repeats").map(str::to_owned),
        metric: metric.map(|metric| metric.as_str().to_owned()),
        metric_currency: metric_currency.map(str::to_uppercase),
        goal: goal.filter(|_| is_counted),
        settled_only: is_counted && fields.is_ticked("settledOnly"),
        winners: fields.number("winners", &mut problems),
        ties: fields.given("ties").map(str::to_owned),
        delay_days: fields.number("delayDays", &mut problems),
        proof: (!is_counted).then(|| ProofRules {
            links_max: fields.number("linksMax", &mut problems).unwrap_or_default(),
            hosts: listed(fields.text("hosts")),
            text: fields.is_ticked("proofText"),
            file: fields.is_ticked("proofFile"),
        }),
        prize: Some(prize),
        budget_cents,
        confirm: fields.is_ticked("confirm"),
        take_back: kind == "Milestone" && fields.is_ticked("takeBack"),
    };
    if problems.is_empty() { Ok(input) } else { Err(problems) }
}

fn prize(fields: &Fields, problems: &mut Problems) -> PrizeView {
    let kind = fields.text("prize").to_owned();
    let of = PrizeView { kind: kind.clone(), ..PrizeView::default() };
    match kind.as_str() {
        "Bonus" => {
            let code = fields.text("currency").to_uppercase();
            let Ok(currency) = code.parse::<Currency>() else {
                problems.add("currency", "Enter a currency code such as USD.");
                return of;
            };
            let amounts: Option<Vec<i64>> =
                fields.text("amounts").split_whitespace().map(|text| amount::minor(text, currency)).collect();
            if amounts.as_ref().is_none_or(Vec::is_empty) {
                problems.add("amounts", "Enter an amount such as 50.00.");
            }
            let hold_days = fields.number("holdDays", problems);
            PrizeView { amounts_cents: amounts, currency: Some(code), hold_days, ..of }
        }
        "Segment" => PrizeView { segment: Some(fields.text("segment").to_owned()), ..of },
        "Rate" => PrizeView {
            rate_percent: Some(fields.text("ratePercent").trim_end_matches('%').trim().to_owned()),
            months: fields.number("months", problems),
            ..of
        },
        _ => PrizeView { text: Some(fields.text("gift").to_owned()), ..of },
    }
}

fn typed_amount(fields: &Fields, name: &str, currency: Currency, problems: &mut Problems) -> Option<i64> {
    let given = fields.given(name)?;
    let minor = amount::minor(given, currency);
    if minor.is_none() {
        problems.add(name, "Enter an amount such as 500.00.");
    }
    minor
}

/// Names that are separated by commas.
fn listed(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The start of a day in the organization's time zone, or its end.
pub(super) fn day(
    fields: &Fields,
    name: &str,
    zone: &Zone,
    is_end: bool,
    problems: &mut Problems,
) -> Option<Timestamp> {
    let day: Option<jiff::civil::Date> = fields.given(name)?.parse().ok();
    let day = if is_end { day.and_then(|day| day.tomorrow().ok()) } else { day };
    if day.is_none() {
        problems.add(name, "Enter a date such as 2026-11-30.");
    }
    day.map(|day| zone.start_of(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(pairs: &[(&str, &str)]) -> std::result::Result<NewReward, Problems> {
        let usual = [("kind", "Milestone"), ("title", "Ten"), ("metric", "Sales"), ("goal", "10"), ("prize", "Bonus")];
        let mut fields = Fields::from_iter(usual.into_iter().chain([("amounts", "50.00"), ("currency", "usd")]));
        for (name, value) in pairs {
            fields.set(name, *value);
        }
        read(&fields, &Zone::named("Europe/Berlin"))
    }

    #[test]
    fn what_is_typed_is_what_the_api_takes() {
        let input =
            typed(&[("endsAt", "2026-03-31"), ("budgetCents", "1,000"), ("segments", "gold, silver,")]).unwrap();
        assert_eq!(input.prize.unwrap().amounts_cents, Some(vec![5_000]));
        assert_eq!((input.goal, input.budget_cents), (Some(10), Some(100_000)));
        assert_eq!(input.segments, ["gold", "silver"]);
        assert_eq!(input.ends_at, Timestamp::parse_rfc3339("2026-03-31T22:00:00Z").ok(), "the day counts in full");
        let revenue = typed(&[("metric", "Revenue"), ("metricCurrency", "eur"), ("goal", "1,500.50")]).unwrap();
        assert_eq!((revenue.goal, revenue.metric_currency.as_deref()), (Some(150_050), Some("EUR")));
        let places = typed(&[("amounts", "500 300.50")]).unwrap();
        assert_eq!(places.prize.unwrap().amounts_cents, Some(vec![50_000, 30_050]));
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (pair, at) in [
            (("goal", "many"), "goal"),
            (("amounts", ""), "amounts"),
            (("amounts", "49,50"), "amounts"),
            (("currency", "dollars"), "currency"),
            (("endsAt", "soon"), "endsAt"),
            (("budgetCents", "x"), "budgetCents"),
        ] {
            assert!(typed(&[pair]).unwrap_err().of(at).is_some(), "{pair:?}");
        }
    }
}
