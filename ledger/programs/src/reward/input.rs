//! Validates a new reward, the same for the dashboard's form and the API. Pure.

use rules::reward::{Kind, Metric, Prize, link, period::Repeats, rank::Ties};
use serde::Deserialize;
use shared::{
    id::{ProgramId, RewardId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    Gift, Goal, Proof, Reward, Rule,
    view::{PrizeView, ProofRules},
};
use kit::{
    api::text::{checked, within},
    error::{Checks, Error, Result},
};

pub const TITLE_MAX: usize = 120;
pub const DESCRIPTION_MAX: usize = 5_000;
const SEGMENT_MAX: usize = 100;
const SEGMENTS_MAX: usize = 20;
const HOSTS_MAX: usize = 20;
const GIFT_MAX: usize = 500;
/// Of goals, amounts and budgets.
pub const VALUE_MAX: i64 = 1_000_000_000_000;

/// A reward to create.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "kind": "Milestone", "title": "10 sales in a month",
    "repeats": "Month", "metric": "Sales", "goal": 10, "takeBack": true,
    "prize": {"kind": "Bonus", "amountsCents": [5000], "currency": "USD", "holdDays": 30}}))]
pub struct NewReward {
    #[schema(value_type = String)]
    pub program_id: Option<ProgramId>,
    /// `Milestone`, `Contest` or `Bounty`.
    #[schema(required)]
    pub kind: Option<String>,
    /// 1 to 120 characters.
    #[serde(default)]
    #[schema(required)]
    pub title: String,
    /// What affiliates read about it: 1 to 5000 characters.
    pub description: Option<String>,
    /// Only affiliates in these segments can earn it, at most 20. Everyone can if you omit it.
    #[serde(default)]
    pub segments: Vec<String>,
    /// Defaults to now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// A contest that doesn't repeat needs an end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// `Once` (default), `Week`, `Month` or `Quarter`.
    pub repeats: Option<String>,
    /// `Sales`, `Leads`, `Revenue` or `Commission`. For milestones and contests.
    pub metric: Option<String>,
    /// For `Revenue` and `Commission`.
    pub metric_currency: Option<String>,
    /// The value that a milestone needs, or the least that a contest's winner needs (default 1). Amounts are in minor units.
    pub goal: Option<i64>,
    /// Whether only conversions count whose hold period is over. Defaults to false.
    #[serde(default)]
    pub settled_only: bool,
    /// For contests: the number of places, 1 to 100.
    pub winners: Option<i64>,
    /// For contests: `FirstToReach` (default), `Split` or `AllTied`.
    pub ties: Option<String>,
    /// For contests: how many days after the end it is ranked, 0 to 60. Defaults to 0.
    pub delay_days: Option<i64>,
    /// For bounties: what affiliates hand in.
    pub proof: Option<ProofRules>,
    /// What is given.
    #[schema(required)]
    pub prize: Option<PrizeView>,
    /// The most that it may give in all, in minor units of the prize's currency. For a `Bonus`.
    pub budget_cents: Option<i64>,
    /// For milestones: whether a person confirms each claim. Defaults to false.
    #[serde(default)]
    pub confirm: bool,
    /// For milestones with a `Bonus`: whether it is taken back if refunds undo the milestone. Defaults to false.
    #[serde(default)]
    pub take_back: bool,
}

impl NewReward {
    /// # Errors
    /// 400 naming each field.
    pub fn checked(self, id: RewardId, now: Timestamp) -> Result<Reward> {
        let mut checks = Checks::default();
        let program = checks.maybe(self.program_id.ok_or_else(|| Error::field("programId", "programId is required")));
        let title = checks.value(checked("title", &self.title, TITLE_MAX));
        let description = checks.value(self.description.as_deref().map(description).transpose());
        let segments = checks.value(segments(&self.segments));
        let starts_at = self.starts_at.unwrap_or(now);
        checks.value(check_end(starts_at, self.ends_at));
        let repeats = checks.or(Repeats::Once, self.repeats());
        let gift = checks.maybe(self.gift());
        let rule = checks.maybe(self.rule(repeats, gift.as_ref()));
        checks.value(budget(self.budget_cents, gift.as_ref()));
        checks.end()?;
        let (Some(program), Some(gift), Some(rule)) = (program, gift, rule) else {
            return Err(Error::internal("a checked reward that has a part missing"));
        };
        Ok(Reward {
            id,
            program,
            program_name: String::new(),
            title,
            description,
            segments,
            starts_at,
            ends_at: self.ends_at,
            repeats,
            time_zone: None,
            rule,
            gift,
            budget: self.budget_cents,
            created_at: now,
            archived_at: None,
        })
    }

    fn repeats(&self) -> Result<Repeats> {
        let Some(text) = self.repeats.as_deref() else { return Ok(Repeats::Once) };
        let wrong = || Error::field("repeats", "repeats must be Once, Week, Month or Quarter");
        Repeats::parse(text).ok_or_else(wrong)
    }

    fn rule(&self, repeats: Repeats, gift: Option<&Gift>) -> Result<Rule> {
        let kind = self.kind.as_deref().and_then(Kind::parse);
        let kind = kind.ok_or_else(|| Error::field("kind", "kind must be Milestone, Contest or Bounty"))?;
        if self.take_back && (kind != Kind::Milestone || !matches!(gift, Some(Gift::Bonus { .. }) | None)) {
            return Err(Error::field("takeBack", "takeBack is only for milestones with a Bonus"));
        }
        if !matches!(kind, Kind::Contest) && gift.is_some_and(|gift| gift.amounts().len() > 1) {
            return Err(Error::field("prize", "prize must have one amount: only a contest has places"));
        }
        match kind {
            Kind::Milestone => {
                Ok(Rule::Milestone { goal: self.goal(None)?, confirm: self.confirm, take_back: self.take_back })
            }
            Kind::Contest => self.contest(repeats, gift),
            Kind::Bounty => {
                if self.metric.is_some() {
                    return Err(Error::field("metric", "metric is only for milestones and contests"));
                }
                proof(self.proof.clone().unwrap_or_default()).map(Rule::Bounty)
            }
        }
    }

    fn contest(&self, repeats: Repeats, gift: Option<&Gift>) -> Result<Rule> {
        if repeats == Repeats::Once && self.ends_at.is_none() {
            return Err(Error::field("endsAt", "endsAt is required for a contest that doesn't repeat"));
        }
        let winners = self.winners.ok_or_else(|| Error::field("winners", "winners is required for a contest"))?;
        let winners = within("winners", winners, 1, 100)?;
        let delay_days = within("delayDays", self.delay_days.unwrap_or_default(), 0, 60)?;
        let ties = match self.ties.as_deref() {
            None => Ties::FirstToReach,
            Some(text) => {
                Ties::parse(text).ok_or_else(|| Error::field("ties", "ties must be FirstToReach, Split or AllTied"))?
            }
        };
        let amounts = gift.map_or(1, |gift| gift.amounts().len());
        if amounts > 1 && i32::try_from(amounts).ok() != Some(winners) {
            return Err(Error::field("prize", "prize must have one amount, or one for each of the winners"));
        }
        if ties == Ties::Split && !matches!(gift, Some(Gift::Bonus { .. }) | None) {
            return Err(Error::field("ties", "ties can be Split only if the prize is a Bonus"));
        }
        let small = |number: i32| u16::try_from(number).unwrap_or_default();
        Ok(Rule::Contest { goal: self.goal(Some(1))?, winners: small(winners), ties, delay_days: small(delay_days) })
    }

    fn goal(&self, otherwise: Option<i64>) -> Result<Goal> {
        let metric = self.metric.as_deref().and_then(Metric::parse);
        let metric =
            metric.ok_or_else(|| Error::field("metric", "metric must be Sales, Leads, Revenue or Commission"))?;
        let currency = match self.metric_currency.as_deref() {
            Some(code) if metric.is_amount() => Some(currency("metricCurrency", code)?),
            None if metric.is_amount() => {
                return Err(Error::field("metricCurrency", "metricCurrency is required for Revenue and Commission"));
            }
            Some(_) => {
                return Err(Error::field("metricCurrency", "metricCurrency is only for Revenue and Commission"));
            }
            None => None,
        };
        let value = self.goal.or(otherwise).filter(|value| (1..=VALUE_MAX).contains(value));
        let value = value.ok_or_else(|| Error::field("goal", "goal must be 1 to 1,000,000,000,000"))?;
        Ok(Goal { metric, currency, value, settled_only: self.settled_only })
    }

    fn gift(&self) -> Result<Gift> {
        let prize = self.prize.as_ref().ok_or_else(|| Error::field("prize", "prize is required"))?;
        let wrong = |message: &str| Error::field("prize", format!("prize {message}"));
        match Prize::parse(&prize.kind) {
            Some(Prize::Bonus) => {
                let amounts = prize.amounts_cents.clone().unwrap_or_default();
                if amounts.is_empty() || amounts.len() > 100 || !amounts.iter().all(|one| (1..=VALUE_MAX).contains(one))
                {
                    return Err(wrong("must have amountsCents: 1 to 100 amounts of at least 1"));
                }
                let currency = currency("prize", prize.currency.as_deref().unwrap_or_default())?;
                let hold_days = prize.hold_days.unwrap_or_default();
                if hold_days > 365 {
                    return Err(wrong("must have holdDays of 0 to 365"));
                }
                Ok(Gift::Bonus { amounts, currency, hold_days })
            }
            Some(Prize::Segment) => {
                checked("prize", prize.segment.as_deref().unwrap_or_default(), SEGMENT_MAX).map(Gift::Segment)
            }
            Some(Prize::Rate) => {
                let rate_ppm =
                    prize.rate_percent.as_deref().and_then(rate).filter(|rate| (1..=1_000_000).contains(rate));
                let rate_ppm = rate_ppm.ok_or_else(|| wrong("must have a ratePercent such as \"30\" or \"12.5\""))?;
                let months = prize.months.filter(|months| (1..=120).contains(months));
                Ok(Gift::Rate { rate_ppm, months: months.ok_or_else(|| wrong("must have months: 1 to 120"))? })
            }
            Some(Prize::InKind) => {
                checked("prize", prize.text.as_deref().unwrap_or_default(), GIFT_MAX).map(Gift::InKind)
            }
            None => Err(wrong("must have a kind: Bonus, Segment, Rate or InKind")),
        }
    }
}

/// # Errors
/// 400 naming `endsAt`.
pub fn check_end(starts_at: Timestamp, ends_at: Option<Timestamp>) -> Result<()> {
    match ends_at {
        Some(ends_at) if ends_at <= starts_at => Err(Error::field("endsAt", "endsAt must be after startsAt")),
        _ => Ok(()),
    }
}

/// # Errors
/// 400 naming `budgetCents`.
pub fn budget(cents: Option<i64>, gift: Option<&Gift>) -> Result<()> {
    match (cents, gift) {
        (Some(_), Some(gift)) if gift.prize() != Prize::Bonus => {
            Err(Error::field("budgetCents", "budgetCents is only for rewards with a Bonus"))
        }
        (Some(cents), _) if !(1..=VALUE_MAX).contains(&cents) => {
            Err(Error::field("budgetCents", "budgetCents must be 1 to 1,000,000,000,000"))
        }
        _ => Ok(()),
    }
}

/// # Errors
/// 400 naming `description`.
pub fn description(text: &str) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    let is_plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
    if !(1..=DESCRIPTION_MAX).contains(&text.chars().count()) || !text.chars().all(is_plain) {
        return Err(Error::field("description", "description must be 1 to 5000 characters of plain text"));
    }
    Ok(text)
}

/// # Errors
/// 400 naming `segments`.
pub fn segments(names: &[String]) -> Result<Vec<String>> {
    if names.len() > SEGMENTS_MAX {
        return Err(Error::field("segments", "segments must be at most 20"));
    }
    names.iter().map(|name| checked("segments", name, SEGMENT_MAX)).collect()
}

fn proof(rules: ProofRules) -> Result<Proof> {
    let wrong = |message: &str| Error::field("proof", format!("proof {message}"));
    if rules.links_max > 10 || rules.hosts.len() > HOSTS_MAX {
        return Err(wrong("must have at most 10 links and 20 hosts"));
    }
    if rules.links_max == 0 && !rules.text && !rules.file {
        return Err(wrong("must ask for links, a text or a file"));
    }
    let hosts: Option<Vec<String>> = rules.hosts.iter().map(|host| link::host(host)).collect();
    let hosts = hosts.ok_or_else(|| wrong("must have hosts such as youtube.com"))?;
    Ok(Proof { links_max: rules.links_max, hosts, text: rules.text, file: rules.file })
}

fn currency(field: &str, code: &str) -> Result<Currency> {
    code.parse().map_err(|error| Error::field(field, format!("{field} {error}")))
}

/// `12.5` in parts per million.
fn rate(text: &str) -> Option<u32> {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || fraction.len() > 4 || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<4}").parse().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(change: &[(&str, Value)]) -> Result<Reward> {
        let mut body = json!({
            "programId": ProgramId::from_bytes([2; 16]).to_string(), "kind": "Milestone", "title": "Ten sales",
            "metric": "Sales", "goal": 10,
            "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"},
        });
        for (name, value) in change {
            body[*name] = value.clone();
        }
        let input: NewReward = serde_json::from_value(body).unwrap();
        input.checked(RewardId::from_bytes([1; 16]), Timestamp::EPOCH)
    }

    /// A bonus for ten sales, once.
    pub(crate) fn milestone() -> Reward {
        read(&[]).unwrap()
    }

    #[test]
    fn each_kind_is_read() {
        assert!(matches!(milestone().rule, Rule::Milestone { confirm: false, take_back: false, .. }));
        let contest = read(&[
            ("kind", json!("Contest")),
            ("winners", json!(2)),
            ("repeats", json!("Month")),
            ("prize", json!({"kind": "Bonus", "amountsCents": [500, 300], "currency": "USD"})),
        ]);
        assert!(matches!(contest.unwrap().rule, Rule::Contest { winners: 2, ties: Ties::FirstToReach, .. }));
        let bounty = read(&[
            ("kind", json!("Bounty")),
            ("metric", json!(null)),
            ("proof", json!({"linksMax": 2, "hosts": ["YouTube.com"]})),
            ("prize", json!({"kind": "Rate", "ratePercent": "12.5", "months": 3})),
        ])
        .unwrap();
        assert_eq!(bounty.gift, Gift::Rate { rate_ppm: 125_000, months: 3 });
        assert!(matches!(bounty.rule, Rule::Bounty(Proof { links_max: 2, .. })));
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (change, field) in [
            (vec![("kind", json!("Gift"))], "kind"),
            (vec![("title", json!(" "))], "title"),
            (vec![("metric", json!("Clicks"))], "metric"),
            (vec![("metric", json!("Revenue"))], "metricCurrency"),
            (vec![("goal", json!(0))], "goal"),
            (vec![("repeats", json!("Day"))], "repeats"),
            (vec![("endsAt", json!("1970-01-01T00:00:00Z"))], "endsAt"),
            (vec![("budgetCents", json!(0))], "budgetCents"),
            (vec![("prize", json!({"kind": "Bonus", "currency": "USD"}))], "prize"),
            (vec![("prize", json!({"kind": "Rate", "ratePercent": "5,5", "months": 1}))], "prize"),
            (vec![("prize", json!({"kind": "Bonus", "amountsCents": [1, 2], "currency": "USD"}))], "prize"),
            (vec![("kind", json!("Contest")), ("winners", json!(1))], "endsAt"),
            (vec![("kind", json!("Contest")), ("repeats", json!("Week"))], "winners"),
            (vec![("kind", json!("Bounty")), ("metric", json!(null))], "proof"),
            (vec![("takeBack", json!(true)), ("prize", json!({"kind": "Segment", "segment": "gold"}))], "takeBack"),
            (vec![("budgetCents", json!(5)), ("prize", json!({"kind": "InKind", "text": "A hat"}))], "budgetCents"),
        ] {
            let error = read(&change).unwrap_err();
            let fields: Vec<_> = error.each().filter_map(|one| one.body().field.clone()).collect();
            assert!(fields.iter().any(|one| one == field), "{field} for {change:?}: {fields:?}");
        }
    }
}
