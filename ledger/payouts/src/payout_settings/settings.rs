//! How and when an organization pays: its settings, and changes to them.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use payout_core::{
    minimum,
    schedule::{Schedule, weekday},
    tax::gate::Gate,
};
use serde_json::{Value, json};
use shared::{money::Currency, timestamp::Timestamp};

use super::{email, store};
use identity::{access::actor::Actor, audit::Entry};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// Far above any payout, and far below the limit of 64 bits.
const AMOUNT_MAX: i64 = 1_000_000_000_000;
const YEARS: std::ops::RangeInclusive<u16> = 2000..=2200;
const ENTRIES_MAX: usize = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Only when someone requests it.
    Manual,
    /// 1 is Monday.
    Weekly(i16),
    /// In shorter months, the last day.
    Monthly(i16),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub plan: Plan,
    pub next_run_at: Option<Timestamp>,
    /// Periods whose scheduled run waits for the decision about an open one, by ISO currency code.
    pub postponed: BTreeMap<String, String>,
    /// By ISO currency code, in minor units.
    pub minimums: BTreeMap<String, i64>,
    pub second_approver: bool,
    pub tax_gate: Gate,
    /// Whether someone chose the rule. Until then, it's the default.
    pub is_tax_gate_chosen: bool,
    /// By year, in US cents.
    pub tax_thresholds: BTreeMap<String, i64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            plan: Plan::Manual,
            next_run_at: None,
            postponed: BTreeMap::new(),
            minimums: minimum::USUAL.map(|(code, least)| (code.to_owned(), least)).into(),
            second_approver: false,
            tax_gate: Gate::default(),
            is_tax_gate_chosen: false,
            tax_thresholds: BTreeMap::new(),
        }
    }
}

impl Plan {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Manual => "Manual",
            Self::Weekly(_) => "Weekly",
            Self::Monthly(_) => "Monthly",
        }
    }

    pub const fn weekday(self) -> Option<i16> {
        if let Self::Weekly(day) = self { Some(day) } else { None }
    }

    pub const fn month_day(self) -> Option<i16> {
        if let Self::Monthly(day) = self { Some(day) } else { None }
    }

    /// Builds a plan from the database's spelling; [`Plan::Manual`] for an invalid combination.
    pub fn of(name: &str, weekday: Option<i16>, month_day: Option<i16>) -> Self {
        match (name, weekday, month_day) {
            ("Weekly", Some(day), _) => Self::Weekly(day),
            ("Monthly", _, Some(day)) => Self::Monthly(day),
            _ => Self::Manual,
        }
    }

    pub fn schedule(self) -> Option<Schedule> {
        match self {
            Self::Manual => None,
            Self::Weekly(day) => weekday(day).map(Schedule::Weekly),
            Self::Monthly(day) => u8::try_from(day).ok().map(Schedule::Monthly),
        }
    }
}

impl Settings {
    /// The smallest amount that is paid; 0 if no minimum is set for the currency.
    pub fn minimum(&self, currency: Currency) -> i64 {
        self.minimums.get(currency.code()).copied().unwrap_or_default()
    }

    fn audit_fields(&self) -> Value {
        json!({
            "schedule": self.plan.name(), "weekday": self.plan.weekday(), "monthDay": self.plan.month_day(),
            "minimums": self.minimums, "secondApprover": self.second_approver,
            "taxGate": self.is_tax_gate_chosen.then(|| self.tax_gate.as_str()), "taxThresholds": self.tax_thresholds,
        })
    }
}

/// The values to change; the rest stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub schedule: Option<String>,
    pub weekday: Option<i16>,
    pub month_day: Option<i16>,
    /// Replaces all minimums.
    pub minimums: Option<BTreeMap<String, i64>>,
    pub second_approver: Option<bool>,
    pub tax_gate: Option<String>,
    /// Replaces all thresholds.
    pub tax_thresholds: Option<BTreeMap<String, i64>>,
}

impl Changes {
    /// # Errors
    /// 400 naming the field.
    pub fn applied_to(self, before: &Settings) -> Result<Settings> {
        let minimums = match self.minimums {
            None => before.minimums.clone(),
            Some(given) => amounts("minimums", given, |code| {
                code.parse::<Currency>().map(|currency| currency.code().to_owned()).map_err(|error| error.to_string())
            })?,
        };
        let tax_thresholds = match self.tax_thresholds {
            None => before.tax_thresholds.clone(),
            Some(given) => amounts("taxThresholds", given, |year| {
                let known = year.len() == 4 && year.parse().is_ok_and(|year: u16| YEARS.contains(&year));
                if known { Ok(year.to_owned()) } else { Err("must be a year, such as 2027".to_owned()) }
            })?,
        };
        let tax_gate = match &self.tax_gate {
            None => before.tax_gate,
            Some(text) => Gate::parse(text)
                .ok_or_else(|| Error::field("taxGate", "taxGate must be one of Warn, Hold, Withhold"))?,
        };
        Ok(Settings {
            plan: plan(before.plan, self.schedule.as_deref(), self.weekday, self.month_day)?,
            next_run_at: before.next_run_at,
            postponed: before.postponed.clone(),
            minimums,
            second_approver: self.second_approver.unwrap_or(before.second_approver),
            tax_gate,
            is_tax_gate_chosen: before.is_tax_gate_chosen || self.tax_gate.is_some(),
            tax_thresholds,
        })
    }
}

fn plan(before: Plan, name: Option<&str>, weekday: Option<i16>, month_day: Option<i16>) -> Result<Plan> {
    let name = name.unwrap_or(before.name());
    let day_of_week = || {
        let day = weekday.or(before.weekday()).unwrap_or_default();
        let message = "weekday must be 1 (Monday) to 7 (Sunday) for the schedule Weekly";
        (1..=7).contains(&day).then_some(Plan::Weekly(day)).ok_or_else(|| Error::field("weekday", message))
    };
    let day_of_month = || {
        let day = month_day.or(before.month_day()).unwrap_or_default();
        let message = "monthDay must be 1 to 31 for the schedule Monthly; shorter months pay on their last day";
        (1..=31).contains(&day).then_some(Plan::Monthly(day)).ok_or_else(|| Error::field("monthDay", message))
    };
    let plan = match name {
        "Manual" => Plan::Manual,
        "Weekly" => day_of_week()?,
        "Monthly" => day_of_month()?,
        _ => return Err(Error::field("schedule", "schedule must be one of Manual, Weekly, Monthly")),
    };
    if weekday.is_some() && plan.weekday().is_none() {
        return Err(Error::field("weekday", "weekday must be left out unless the schedule is Weekly"));
    }
    if month_day.is_some() && plan.month_day().is_none() {
        return Err(Error::field("monthDay", "monthDay must be left out unless the schedule is Monthly"));
    }
    Ok(plan)
}

fn amounts(
    field: &str,
    given: BTreeMap<String, i64>,
    name: impl Fn(&str) -> std::result::Result<String, String>,
) -> Result<BTreeMap<String, i64>> {
    if given.len() > ENTRIES_MAX {
        return Err(Error::field(field, format!("{field} must have at most {ENTRIES_MAX} entries")));
    }
    let mut checked = BTreeMap::new();
    for (key, amount) in given {
        let shown: String = key.chars().filter(|c| !c.is_control()).take(20).collect();
        let at = format!("{field}.{shown}");
        let name = name(key.trim()).map_err(|why| Error::field(&at, format!("{at} {why}")))?;
        if !(0..=AMOUNT_MAX).contains(&amount) {
            return Err(Error::field(&at, format!("{at} must be 0 to {AMOUNT_MAX}, in minor units")));
        }
        checked.insert(name, amount);
    }
    Ok(checked)
}

/// Who may end the rule that a second person approves.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    Refused,
    /// An owner who just proved who they are.
    By(&'a Actor),
}

/// Stores changes. Returns the audit log entry if something is different. Ending the rule that a second person approves
/// sends all owners an email that names the person, and runs that were proposed under the rule keep it.
///
/// # Errors
/// 400 naming the field; 403 `owner_required` if the rule would end; database errors.
pub async fn change(
    tx: &mut TenantTx,
    state: &AppState,
    changes: Changes,
    ending: Ending<'_>,
) -> Result<(Settings, Option<Entry>)> {
    let now = state.clock.now();
    let before = store::lock(tx, now).await?;
    let mut after = changes.applied_to(&before)?;
    if before.second_approver && !after.second_approver {
        let Ending::By(actor) = ending else { return Err(owner_required()) };
        email::rule_ended(tx, state, actor).await?;
    }
    if after.plan != before.plan || after.next_run_at.is_none() {
        after.next_run_at = next(tx, after.plan, now).await?;
    }
    if after.plan == Plan::Manual {
        after.postponed.clear();
    }
    if after == before {
        return Ok((after, None));
    }
    store::save(tx, &after, now).await?;
    let entry = Entry::new("payout_settings.changed", tx.organization())
        .before(before.audit_fields())
        .after(after.audit_fields());
    Ok((after, Some(entry)))
}

/// 403: no one can end the rule alone and unnoticed.
pub fn owner_required() -> Error {
    let message =
        "Only an owner can turn off approval by a second person, in the dashboard with their password or code.";
    Error::new(StatusCode::FORBIDDEN, Code::OwnerRequired, message).with_field("secondApprover")
}

/// When the next scheduled run is, after the given time. A period has one of them: if the day was moved within a period
/// that had its run, it counts from the next period on.
pub async fn next(
    tx: &mut TenantTx,
    plan: Plan,
    after: Timestamp,
) -> std::result::Result<Option<Timestamp>, sqlx::Error> {
    let Some(schedule) = plan.schedule() else { return Ok(None) };
    let local = store::local(tx, after).await?;
    let mut next = schedule.next(local);
    if let Some(run) = next
        && store::has_run(tx, &schedule.period(run.date())).await?
    {
        next = schedule.next(run);
    }
    match next {
        Some(next) => store::moment_of(tx, next).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(changes: Changes, before: &Settings) -> Option<String> {
        changes.applied_to(before).err().and_then(|error| error.body().field.clone())
    }

    #[test]
    fn a_schedule_has_its_day_and_no_other() {
        let manual = Settings::default();
        let weekly = |weekday| Changes { schedule: Some("Weekly".to_owned()), weekday, ..Changes::default() };
        let set = weekly(Some(5)).applied_to(&manual).unwrap();
        assert_eq!(set.plan, Plan::Weekly(5));
        // Set again without a day, it keeps its day.
        assert_eq!(weekly(None).applied_to(&set).unwrap().plan, Plan::Weekly(5));
        assert_eq!(refused(weekly(None), &manual).as_deref(), Some("weekday"));
        assert_eq!(refused(weekly(Some(8)), &manual).as_deref(), Some("weekday"));
        let monthly = Changes { schedule: Some("Monthly".to_owned()), month_day: Some(31), ..Changes::default() };
        assert_eq!(monthly.applied_to(&set).unwrap().plan, Plan::Monthly(31));
        let both = Changes { month_day: Some(1), ..weekly(Some(1)) };
        assert_eq!(refused(both, &manual).as_deref(), Some("monthDay"));
        assert_eq!(refused(Changes { weekday: Some(1), ..Changes::default() }, &manual).as_deref(), Some("weekday"));
        let daily = Changes { schedule: Some("Daily".to_owned()), ..Changes::default() };
        assert_eq!(refused(daily, &manual).as_deref(), Some("schedule"));
    }

    #[test]
    fn amounts_have_a_name_that_means_something() {
        let before = Settings::default();
        let minimums = |key: &str, amount| Changes {
            minimums: Some(BTreeMap::from([(key.to_owned(), amount)])),
            ..Changes::default()
        };
        assert_eq!(
            minimums("jpy", 5_000).applied_to(&before).unwrap().minimums,
            BTreeMap::from([("JPY".to_owned(), 5_000)])
        );
        assert_eq!(refused(minimums("XYZ", 1), &before).as_deref(), Some("minimums.XYZ"));
        assert_eq!(refused(minimums("USD", -1), &before).as_deref(), Some("minimums.USD"));
        let thresholds = |year: &str| Changes {
            tax_thresholds: Some(BTreeMap::from([(year.to_owned(), 210_000)])),
            ..Changes::default()
        };
        assert!(thresholds("2027").applied_to(&before).is_ok());
        assert_eq!(refused(thresholds("27"), &before).as_deref(), Some("taxThresholds.27"));
    }
}
