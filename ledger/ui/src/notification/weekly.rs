//! Emails owners and admins on Monday mornings what changed most in the week before: revenue, sales, clicks, the
//! conversion rate, an affiliate, or what waits for a decision. A week without anything is no news.

use std::{cmp::Reverse, collections::BTreeMap, time::Duration};

use jiff::{
    ToSpan,
    civil::{Date, date},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::weekly_store::{self as store, Mover};
use engine::figures::store as figures;
use identity::notification::{
    Kind,
    end::{self, Reader},
    store as people,
};
use kit::{
    db::TenantTx,
    error::Result,
    jobs::OneByOne,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    page::{span::Span, zone::Zone},
    state::AppState,
    text::Texts,
};
use rules::figures::conversion_rate;

pub const EVERY: Duration = Duration::from_secs(900);
/// For a clock that is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
const TENANTS_PER_PAGE: usize = 1_000;
/// In the organization's zone; a ledger that was down all Monday sends nothing.
const HOUR_MS: i64 = 8 * 3_600_000;
/// In days.
const WEEK: i32 = 7;
/// How many changes an email has.
const CHANGES: usize = 3;
/// How much waiting applications count beside changes, which count up to 1,000.
const WAITING: i128 = 400;

/// What happened in a week.
#[derive(Debug, Clone, Default)]
struct Week {
    clicks: i64,
    sales: i64,
    /// Sales without renewals.
    first_sales: i64,
    /// In the summary's currency.
    revenue: i64,
}

/// What was sold in one currency.
#[derive(Debug, Clone, Default)]
struct Sold {
    currency: String,
    sales: i64,
    renewals: i64,
    revenue: i64,
}

/// Everything that a summary may say.
#[derive(Debug, Clone)]
struct Summary {
    now: Week,
    before: Week,
    currency: String,
    /// An affiliate's name, and their revenue now and before.
    mover: Option<(String, i64, i64)>,
    applications: i64,
}

/// # Errors
/// The last failing organization's, whose people wait for the next round; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let mut one_by_one = OneByOne::of("weekly_summaries");
    let now = state.clock.now();
    for some in state.db.all_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        let known = store::all(&mut tx).await?;
        tx.commit().await?;
        for one in known {
            let zone = Zone::named(&one.time_zone);
            let monday = due(&zone, now).filter(|monday| one.last.as_deref() != Some(monday.to_string().as_str()));
            if let Some(monday) = monday {
                one_by_one.note(one.organization, send(state, one.organization, &zone, monday).await);
            }
        }
    }
    one_by_one.result()
}

/// Today, if it is a Monday after eight.
fn due(zone: &Zone, now: Timestamp) -> Option<Date> {
    let today = zone.day_of(now);
    let is_monday = today.weekday().to_monday_zero_offset() == 0;
    (is_monday && now >= zone.start_of(today).plus_millis(HOUR_MS)).then_some(today)
}

async fn send(state: &AppState, organization: OrganizationId, zone: &Zone, monday: Date) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if !store::take(&mut tx, monday).await? {
        return Ok(());
    }
    let summary = summary(&mut tx, zone, monday).await?;
    let last = monday.checked_sub(1.day()).unwrap_or(monday);
    // The same seven days, whenever the email is read.
    let first = monday.checked_sub(WEEK.days()).unwrap_or(last);
    let link = format!("{}/dashboard?organization={organization}&from={first}&to={last}", state.config.public_url);
    if let (Some(summary), Some((brand, _))) = (summary, people::look(&mut tx, organization).await?)
        && let Some(message) = of_week(&brand, &summary, last, link)
    {
        for person in people::recipients(&mut tx, Kind::WeeklySummary).await? {
            let end = end::url(state, organization, Reader::Member(person.user, Kind::WeeklySummary));
            let message = message.clone().with_end(&person.email, EmailKind::WeeklySummary, end)?;
            mail::post(tx.conn(), state, message).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// `None` if nothing happened in either week.
async fn summary(tx: &mut TenantTx, zone: &Zone, monday: Date) -> sqlx::Result<Option<Summary>> {
    // The seven days up to Sunday.
    let this = Span::last(WEEK, zone, zone.start_of(monday).plus_millis(-1));
    let previous = this.previous();
    let (sold, sold_before) = (sold(tx, &this).await?, sold(tx, &previous).await?);
    let currency = main_currency([&sold, &sold_before]);
    let now = week(clicks(tx, &this).await?, &sold, &currency);
    let before = week(clicks(tx, &previous).await?, &sold_before, &currency);
    if [&now, &before].iter().all(|week| week.clicks == 0 && week.sales == 0) {
        return Ok(None);
    }
    let mover = store::mover(tx, (&this, &previous), &currency).await?;
    let mover = mover.map(|Mover { name, now, before }| (name, now, before));
    let applications = store::applications(tx).await?;
    Ok(Some(Summary { now, before, currency, mover, applications }))
}

async fn clicks(tx: &mut TenantTx, week: &Span) -> sqlx::Result<i64> {
    Ok(figures::clicks(tx, week, None, None).await?.iter().map(|day| day.clicks).sum())
}

/// The currency with the most sales of both weeks; empty if nothing was sold.
fn main_currency(weeks: [&[Sold]; 2]) -> String {
    let mut sales: BTreeMap<&str, i64> = BTreeMap::new();
    for one in weeks.into_iter().flatten() {
        *sales.entry(&one.currency).or_default() += one.sales;
    }
    let most = sales.into_iter().min_by_key(|(_, sales)| Reverse(*sales));
    most.map(|(currency, _)| currency.to_owned()).unwrap_or_default()
}

/// What was sold in a week, by currency.
async fn sold(tx: &mut TenantTx, week: &Span) -> sqlx::Result<Vec<Sold>> {
    let mut sums: BTreeMap<String, Sold> = BTreeMap::new();
    for day in figures::sold(tx, week, None, None).await? {
        let sum = sums.entry(day.currency).or_default();
        sum.sales += day.conversions;
        sum.renewals += day.renewals;
        sum.revenue = sum.revenue.saturating_add(day.revenue);
    }
    Ok(sums.into_iter().map(|(currency, sum)| Sold { currency, ..sum }).collect())
}

fn week(clicks: i64, sold: &[Sold], currency: &str) -> Week {
    Week {
        clicks,
        sales: sold.iter().map(|one| one.sales).sum(),
        first_sales: sold.iter().map(|one| one.sales - one.renewals).sum(),
        revenue: sold.iter().find(|one| one.currency == currency).map_or(0, |one| one.revenue),
    }
}

/// Builds the summary of the week that ended with that day; `None` if nothing changed.
fn of_week(brand: &str, summary: &Summary, last: Date, link: String) -> Option<EmailContent> {
    let look = Branding::rekomi();
    let t = look.t;
    let rows = changes(t, summary);
    if rows.is_empty() {
        return None;
    }
    let first = last.checked_sub(6.days()).unwrap_or(last);
    let (first, last) = (t.calendar_day(first), t.calendar_day(last));
    let why = t.say("email-why-admin").with("brand", brand);
    let content = EmailContent::new(look, t.say("email-weekly-subject").with("brand", brand), why)
        .greeting("")
        .paragraph(t.say("email-weekly-message").with("brand", brand).with("first", first).with("last", last))
        .rows(rows)
        .button(t.say("email-weekly-button"), link);
    Some(content)
}

/// A sample for development.
///
/// # Errors
/// If the email can't be built.
pub fn sample(brand: &str, to: &str) -> Result<Option<Email>> {
    let week = |clicks, sales, revenue| Week { clicks, sales, first_sales: sales, revenue };
    let summary = Summary {
        now: week(1_240, 31, 412_800),
        before: week(980, 18, 236_000),
        currency: "USD".to_owned(),
        mover: Some(("Nina Berg".to_owned(), 99_000, 14_500)),
        applications: 2,
    };
    let content = of_week(brand, &summary, date(2026, 11, 22), "https://rekomi.test/dashboard".to_owned());
    let end = "https://rekomi.test/unsubscribe/sample".to_owned();
    content.map(|content| content.with_end(to, EmailKind::WeeklySummary, end)).transpose()
}

/// The changes that matter most, with their figures.
fn changes(t: Texts, summary: &Summary) -> Vec<(String, String)> {
    let Summary { now, before, currency, mover, applications } = summary;
    let from_to =
        |now: String, before: String| t.say("email-weekly-change").with("now", now).with("before", before).to_string();
    let money = |minor: i64| t.money(minor, currency);
    let count = |figure: i64| t.count(figure.unsigned_abs());
    let mut found: Vec<(i128, String, String)> = Vec::new();
    let mut add = |name: &'static str, (now, before): (i64, i64), write: &dyn Fn(i64) -> String, weight: i128| {
        if now != before {
            let score = weight * i128::from(now.abs_diff(before)) / i128::from(now.max(before).max(1));
            found.push((score, t.say(name).to_string(), from_to(write(now), write(before))));
        }
    };
    if !currency.is_empty() {
        add("email-weekly-revenue", (now.revenue, before.revenue), &money, 1_000);
    }
    add("email-weekly-sales", (now.sales, before.sales), &count, 800);
    add("email-weekly-clicks", (now.clicks, before.clicks), &count, 500);
    let rate = |week: &Week| conversion_rate(week.first_sales, week.clicks).map(|rate| rate.number());
    if let (Some(now), Some(before)) = (rate(now), rate(before))
        && now != before
    {
        let (now, before) = (t.percentage(&now), t.percentage(&before));
        found.push((600, t.say("email-weekly-rate").to_string(), from_to(now, before)));
    }
    if let Some((name, now, before)) = mover {
        let score = 900 * i128::from(now.abs_diff(*before)) / i128::from(*now.max(before)).max(1);
        found.push((score, name.clone(), from_to(money(*now), money(*before))));
    }
    if *applications > 0 {
        let waiting = t.say("email-weekly-waiting").with("count", *applications);
        found.push((WAITING, t.say("email-weekly-applications").to_string(), waiting.to_string()));
    }
    found.sort_by_key(|(score, ..)| Reverse(*score));
    found.into_iter().take(CHANGES).map(|(_, name, text)| (name, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(clicks: i64, sales: i64, revenue: i64) -> Week {
        Week { clicks, sales, first_sales: sales, revenue }
    }

    fn summary() -> Summary {
        Summary {
            now: week(200, 4, 40_000),
            before: week(190, 4, 10_000),
            currency: "USD".to_owned(),
            mover: Some(("Nina Berg".to_owned(), 30_000, 5_000)),
            applications: 2,
        }
    }

    #[test]
    fn it_is_sent_on_monday_mornings() {
        let zone = Zone::named("Europe/Berlin");
        let at = |text: &str| due(&zone, Timestamp::parse_rfc3339(text).unwrap()).map(|day| day.to_string());
        assert_eq!(at("2026-11-23T06:59:59Z"), None);
        assert_eq!(at("2026-11-23T07:00:00Z").as_deref(), Some("2026-11-23"));
        assert_eq!(at("2026-11-23T22:59:59Z").as_deref(), Some("2026-11-23"));
        assert_eq!((at("2026-11-23T23:00:00Z"), at("2026-11-22T12:00:00Z")), (None, None));
    }

    #[test]
    fn a_currency_that_nothing_was_sold_in_this_week_counts_too() {
        let sold = |currency: &str, sales| Sold { currency: currency.to_owned(), sales, ..Sold::default() };
        let of = |now: &[Sold], before: &[Sold]| main_currency([now, before]);
        assert_eq!(of(&[sold("EUR", 1)], &[sold("EUR", 1), sold("USD", 40)]), "USD");
        assert_eq!(of(&[sold("USD", 1), sold("EUR", 1)], &[]), "EUR", "the first by name of two that are alike");
        assert_eq!(of(&[], &[]), "");
    }

    #[test]
    fn three_changes_matter() {
        let rows = changes(Texts::default(), &summary());
        let names: Vec<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Revenue", "Nina Berg", "Conversion rate"]);
        assert_eq!(rows[0].1, "$400.00 (was $100.00)");
        let calm = Summary { now: week(5, 0, 0), before: week(5, 0, 0), mover: None, ..summary() };
        assert_eq!(changes(Texts::default(), &calm), [("Applications".to_owned(), "2 waiting for you".to_owned())]);
        let nothing = Summary { applications: 0, ..calm };
        assert!(of_week("Acme", &nothing, "2026-11-22".parse().unwrap(), String::new()).is_none());
    }
}
