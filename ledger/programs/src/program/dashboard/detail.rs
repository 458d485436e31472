//! `/dashboard/programs/{id}`: a program's figures, what it pays, and a form for its rules.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Answer, Shell,
    form::id,
    rules_form::{self, RulesForm, claimed_sales},
    store::{self, Counts},
    to,
};
use crate::program::{
    change::{self, ChangedProgram},
    plan_store,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use engine::{
    commission::offer::offer,
    figures::{Sold, store as figures},
};
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
    api::{query::Query, view::Checks},
    error::Result,
    form::{Fields, Problems, is_mistake},
    page::{
        Html,
        address::Address,
        chart::{
            days,
            plot::{Chart, Series, Tone},
        },
        span::Span,
    },
    state::AppState,
    text::Texts,
};
use rules::format;
use shared::{
    id::{OrganizationId, ProgramId},
    money::Currency,
};

const CURRENCIES_SHOWN: usize = 5;

#[derive(Debug, askama::Template)]
#[template(path = "program.html")]
struct ProgramPage {
    frame: Frame,
    shell: Shell,
    here: Address,
    chosen: Span,
    counts: Counts,
    sums: Vec<(String, String)>,
    clicks: Chart,
    conversions: Chart,
    offer: Vec<String>,
    /// Whether no click and no conversion was seen in the last year.
    quiet: bool,
    form: RulesForm,
    /// The form as the program is now.
    saved: Vec<(&'static str, String)>,
    /// The currency of the form's amounts.
    currency: Currency,
    problems: Problems,
}

const SHOWN: [&str; 12] = [
    "name",
    "destination",
    "attributionModel",
    "cookieWindowDays",
    "customerBinding",
    "gpcMode",
    "review.velocityPerHour",
    "review.minClickToSaleSeconds",
    "claimedSales.mode",
    rules_form::TRUSTED_AMOUNT,
    "claimedSales.perDay",
    "claimedSales.perAffiliatePerDay",
];

impl ProgramPage {
    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&SHOWN)
    }
}

/// `GET /dashboard/programs/{id}`.
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

/// `POST /dashboard/programs/{id}`: saves the rules.
///
/// # Errors
/// 404 for what isn't the person's, 403 for a viewer. A mistake is shown next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(mut fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let id: ProgramId = id(&program)?;
    let mut problems = Problems::default();
    let mut status = StatusCode::BAD_REQUEST;
    let requested = changes(&state, organization, id, &mut fields, &mut problems).await?;
    if problems.is_empty() {
        let outcome = write(&state, &member, id, requested).await;
        match problems.refused(outcome.map(|()| true))? {
            Some(refused) => status = refused,
            None => return Ok(to(organization, id, "", "saved")),
        }
    } else if !requested.is_empty()
        && let Err(error) = change::check(requested, &state)
    {
        // All mistakes at once, not only those of numbers.
        problems.add_error(&error);
    }
    let given = Some((RulesForm::of_fields(&fields), problems));
    let page = load(&state, &session, (organization, &program), &mut Query::default(), given).await?;
    Ok((status, Html(page)).into_response())
}

/// The fields that differ from the program. Unchanged rules are omitted, so that they don't create a new policy. What
/// is untouched in the form gets its current value.
async fn changes(
    state: &AppState,
    organization: OrganizationId,
    id: ProgramId,
    fields: &mut Fields,
    problems: &mut Problems,
) -> Result<ChangedProgram> {
    let mut tx = state.db.tenant(organization).await?;
    let now = change::read(&mut tx, id, state.clock.now()).await?;
    let currency = rules_form::currency(&mut tx, id, state.clock.now()).await?;
    tx.commit().await?;
    fields.refresh(&RulesForm::of(&now, currency).pairs());
    let fields = &*fields;
    let other = |name: &str, now: &str| fields.given(name).filter(|text| *text != now).map(str::to_owned);
    let review = Checks {
        self_referral: fields.is_ticked("selfReferral"),
        duplicate_customer: fields.is_ticked("duplicateCustomer"),
        velocity_per_hour: fields.number("review.velocityPerHour", problems),
        min_click_to_sale_seconds: fields.number("review.minClickToSaleSeconds", problems),
    };
    let claimed = claimed_sales(fields, &now.claimed_sales, currency, problems);
    let same = |checks: &Checks| {
        (checks.self_referral, checks.duplicate_customer, checks.velocity_per_hour, checks.min_click_to_sale_seconds)
    };
    let destination = fields.given("destination").map(str::to_owned);
    Ok(ChangedProgram {
        // An empty name is passed on, so that it is reported as a mistake.
        name: Some(fields.text("name").to_owned()).filter(|name| *name != now.name),
        destination: Some(destination).filter(|destination| *destination != now.destination),
        attribution_model: other("attributionModel", &now.attribution_model),
        cookie_window_days: fields
            .number("cookieWindowDays", problems)
            .filter(|days| *days != i64::from(now.cookie_window_days)),
        customer_binding: other("customerBinding", &now.customer_binding),
        gpc_mode: other("gpcMode", &now.gpc_mode),
        review: Some(review).filter(|review| same(review) != same(&now.review)),
        claimed_sales: Some(claimed).filter(|claimed| *claimed != now.claimed_sales),
        ..ChangedProgram::default()
    })
}

async fn write(state: &AppState, member: &Member, id: ProgramId, input: ChangedProgram) -> Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    let organization = member.organization;
    let ready = change::check(input, state)?;
    let mut tx = state.db.tenant(organization).await?;
    let (_, entry) = change::enact(&mut tx, state, id, ready).await?;
    if let Some(entry) = entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // An error only means that no page is listening.
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(())
}

/// `POST /dashboard/programs/{id}/archive`: archives or unarchives the program.
pub async fn archive(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: ProgramId = id(&program)?;
    let archived = fields.text("archived") == "yes";
    write(&state, &member, id, ChangedProgram { archived: Some(archived), ..ChangedProgram::default() }).await?;
    Ok(to(member.organization, id, "", if archived { "archived" } else { "unarchived" }))
}

/// `POST /dashboard/programs/{id}/origins`: sets the origins that may send clicks and conversions, one per line, or adds
/// the one in `add`.
pub async fn origins(
    State(state): State<AppState>,
    session: Session,
    Path(program): Path<String>,
    Form(fields): Form<Fields>,
) -> Answer {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: ProgramId = id(&program)?;
    let (organization, text) = (member.organization, fields.text("allowedOrigins"));
    let mut lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if let Some(added) = fields.given("add") {
        let mut tx = state.db.tenant(organization).await?;
        lines = change::read(&mut tx, id, state.clock.now()).await?.allowed_origins;
        tx.commit().await?;
        lines.push(added.to_owned());
    }
    let input = ChangedProgram { allowed_origins: Some(lines.clone()), ..ChangedProgram::default() };
    match write(&state, &member, id, input).await {
        Ok(()) if fields.text("from") == "install" => {
            let install = Address::of("/dashboard/install", organization).with("program", id);
            Ok(Redirect::to(&install.to_string()).into_response())
        }
        Ok(()) => Ok(to(organization, id, "/tracking", "saved")),
        Err(error) if is_mistake(&error) => {
            let at =
                error.body().field.as_deref().and_then(|field| field.split(['[', ']']).nth(1)?.parse::<usize>().ok());
            let line = at.and_then(|at| lines.get(at)).map(|line| format!("\u{201c}{line}\u{201d}: "));
            let problem = match line {
                Some(line) => format!("{line}enter only the scheme and host, such as https://acme.com."),
                None => kit::form::message_for(&error),
            };
            let given = (lines.join("\n"), problem);
            super::tracking::again(&state, &session, (organization, &program), error.status(), given).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, program): (OrganizationId, &str),
    query: &mut Query,
    given: Option<(RulesForm, Problems)>,
) -> Result<ProgramPage> {
    let done = query.text("done");
    let (frame, shell) = Shell::open(state, session, (organization, program), ("", done.as_deref())).await?;
    let now = state.clock.now();
    let (chosen, id) = (Span::read(query, &frame.zone, now)?, shell.program.id);
    let mut tx = state.db.tenant(organization).await?;
    let clicks = figures::clicks(&mut tx, &chosen, None, Some(id.uuid())).await?;
    let sold = figures::sold(&mut tx, &chosen, None, Some(id.uuid())).await?;
    let counts = store::counts(&mut tx, id).await?;
    let plan = plan_store::in_force(&mut tx, id, now).await?;
    let currency = rules_form::currency(&mut tx, id, now).await?;
    let quiet = clicks.is_empty() && sold.is_empty() && {
        let seen = store::seen(&mut tx, id, now.plus_days(-365)).await?;
        seen.click.is_none() && seen.conversion.is_none()
    };
    tx.commit().await?;
    let form = RulesForm::of(&shell.program, currency);
    let saved = form.pairs();
    let (form, problems) = given.unwrap_or_else(|| (form, Problems::default()));
    let components = plan.and_then(|plan| plan.components).unwrap_or_default();
    Ok(ProgramPage {
        here: chosen.on(shell.address("")),
        clicks: chart(&chosen, clicks.iter().map(|row| (row.day, row.clicks)), "Clicks", Tone::Clicks),
        conversions: chart(&chosen, sold.iter().map(|row| (row.day, row.conversions)), "Conversions", Tone::Sales),
        sums: money(&sold),
        offer: offer(Texts::default(), &components),
        frame,
        shell,
        chosen,
        counts,
        quiet,
        form,
        saved,
        currency,
        problems,
    })
}

/// Revenue and commissions per currency, the most used first.
fn money(sold: &[Sold]) -> Vec<(String, String)> {
    let mut sums: BTreeMap<&str, (i64, i64, i64)> = BTreeMap::new();
    for day in sold {
        let (conversions, revenue, commission) = sums.entry(&day.currency).or_default();
        *conversions = conversions.saturating_add(day.conversions);
        *revenue = revenue.saturating_add(day.revenue);
        *commission = commission.saturating_add(day.commission);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    // The sort is stable: equal ones stay in the order of their codes.
    sums.sort_by_key(|(_, (conversions, ..))| Reverse(*conversions));
    let written = |(currency, (_, revenue, commission)): (&str, (i64, i64, i64))| {
        (format::money(revenue, currency), format::money(commission, currency))
    };
    sums.into_iter().take(CURRENCIES_SHOWN).map(written).collect()
}

/// A chart of figures by day; several may be about one day.
fn chart(chosen: &Span, figures: impl Iterator<Item = (i32, i64)>, title: &str, tone: Tone) -> Chart {
    let count = |figure: i64| format::count(figure.unsigned_abs());
    let series = Series::new(Texts::default(), title, tone, chosen.title(), days::points(chosen, figures));
    series.unfinished(chosen.is_unfinished()).draw(count, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_used_currency_stands_first() {
        let sold = |day, currency: &str, conversions, revenue| Sold {
            day,
            currency: currency.to_owned(),
            conversions,
            renewals: 0,
            leads: 0,
            revenue,
            commission: revenue / 5,
        };
        let days =
            [sold(1, "EUR", 2, 10_000), sold(1, "USD", 1, 900_000), sold(2, "USD", 2, 1_000), sold(2, "AUD", 2, 0)];
        let written: Vec<(String, String)> = money(&days);
        let expected =
            [("$9,010.00", "$1,802.00"), ("AUD\u{a0}0.00", "AUD\u{a0}0.00"), ("\u{20ac}100.00", "\u{20ac}20.00")];
        assert_eq!(written, expected.map(|(revenue, commission)| (revenue.to_owned(), commission.to_owned())));
    }
}
