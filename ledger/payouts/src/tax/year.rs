//! The results of a calendar year: who was paid how much, whose form is on file, who needs a 1099-NEC, and what was
//! withheld.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use payout_core::tax::{
    form::{Form, Kind},
    nec::{self, Nec, Paid, Payee},
    threshold,
};
use shared::{
    id::{AffiliateId, OrganizationId, TaxFormId},
    money::Currency,
    timestamp::Timestamp,
};
use time::Date;

use super::{
    encryption,
    gate::{self, TaxFormStatus},
    store::{self, Row, Status},
    year_store::{self, Sum, Whose},
};
use engine::fx_rates;
use kit::{
    config::Keys,
    db::TenantTx,
    error::{Error, Result},
};

/// The first year that can be requested; earlier ones are before the product.
pub const FIRST: i32 = 2015;
const LAST: i32 = 2100;

/// Parses a requested year.
pub fn parse(text: &str) -> Option<i32> {
    text.parse().ok().filter(|year| (FIRST..=LAST).contains(year) && text.len() == 4)
}

#[derive(Debug)]
pub struct Year {
    pub year: i32,
    /// In US cents.
    pub threshold: i64,
    /// Ordered by the affiliate's ID, newest first.
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    /// In US cents, including tax withheld, less what came back in the year; less than 0 if that was more.
    pub paid: i64,
    pub withheld: i64,
    /// In US cents, what came back in the year, from payments of this year or an earlier one.
    pub returned: i64,
    /// Amounts that couldn't be converted, in minor units by currency: there is no rate for the day.
    pub unconverted: BTreeMap<String, i64>,
    pub form_status: TaxFormStatus,
    /// The form in force at the year's last payment; otherwise the one in force now, one that waits, or the last.
    pub form: Option<Row>,
    /// Whether that form was in force at the year's last payment, whatever became of it later.
    pub is_relied_on: bool,
    pub country: Option<String>,
    pub crossed: bool,
}

impl Year {
    /// In US cents.
    pub fn paid(&self) -> i64 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.paid))
    }

    /// The amount to deposit and report on Form 945, in US cents.
    pub fn withheld(&self) -> i64 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.withheld))
    }

    /// The number of payees with amounts that aren't in the sums.
    pub fn unconverted(&self) -> usize {
        self.lines.iter().filter(|line| !line.unconverted.is_empty()).count()
    }
}

/// Loads a year. Amounts in other currencies are converted at the latest rate known for their day (`fx_rates`).
pub async fn load(tx: &mut TenantTx, year: i32, now: Timestamp) -> Result<Year> {
    let span = year_store::span(tx, year).await?;
    let sums = year_store::sums(tx, &span, Whose::All).await?;
    let mut paid = in_dollars(tx, sums).await?;
    let lasts: Vec<_> = paid.iter().map(|(id, sum)| (*id, sum.last)).collect();
    let people = year_store::people(tx, &lasts).await?;
    let all: Vec<AffiliateId> = people.iter().map(|person| person.affiliate).collect();
    let form_statuses = gate::statuses(tx, &all, now).await?;
    let requested: Vec<TaxFormId> = people.iter().filter_map(|person| person.form).collect();
    let mut forms: HashMap<TaxFormId, Row> =
        store::of(tx, &requested).await?.into_iter().map(|row| (row.id, row)).collect();
    let threshold = threshold::of_year(year, &year_store::thresholds(tx).await?);
    let lines = people.into_iter().map(|person| {
        let sum = paid.remove(&person.affiliate).unwrap_or_default();
        let form = person.form.and_then(|id| forms.remove(&id));
        Line {
            affiliate: person.affiliate,
            name: person.name,
            email: person.email,
            paid: sum.gross,
            withheld: sum.withheld,
            returned: sum.returned,
            unconverted: sum.unconverted,
            form_status: form_statuses.of(person.affiliate),
            country: form.as_ref().map(|form| form.country.clone()).or(person.account_country),
            form,
            is_relied_on: person.is_relied_on,
            crossed: sum.gross >= threshold,
        }
    });
    Ok(Year { year, threshold, lines: lines.collect() })
}

/// What an affiliate was paid, in US cents; what couldn't be converted; and the time of the last payment.
#[derive(Debug, Default)]
pub(super) struct Dollars {
    pub(super) gross: i64,
    withheld: i64,
    returned: i64,
    unconverted: BTreeMap<String, i64>,
    last: Option<Timestamp>,
}

/// Converts the sums at the latest rate known for each payment's day.
pub(super) async fn in_dollars(tx: &mut TenantTx, sums: Vec<Sum>) -> Result<BTreeMap<AffiliateId, Dollars>> {
    let usd: Currency = "USD".parse().map_err(|_| Error::internal("no US dollar"))?;
    let requested: BTreeSet<(Currency, Date)> = sums.iter().filter_map(|sum| Some((sum.currency, sum.day?))).collect();
    let rates = fx_rates::store::latest_of_days(tx, usd, &requested).await?;
    let mut paid: BTreeMap<AffiliateId, Dollars> = BTreeMap::new();
    for sum in sums {
        let worth = match sum.day {
            None => Some([sum.gross, sum.withheld, sum.returned]),
            Some(day) => rates.get(&(sum.currency, day)).and_then(|rate| {
                let in_usd = |minor| rate.convert(minor, sum.currency, usd);
                Some([in_usd(sum.gross)?, in_usd(sum.withheld)?, in_usd(sum.returned)?])
            }),
        };
        let one = paid.entry(sum.affiliate).or_default();
        one.last = one.last.max(sum.last);
        match worth {
            Some([gross, withheld, returned]) => {
                one.gross = one.gross.saturating_add(gross);
                one.withheld = one.withheld.saturating_add(withheld);
                one.returned = one.returned.saturating_add(returned);
            }
            None => *one.unconverted.entry(sum.currency.code().to_owned()).or_default() += sum.gross,
        }
    }
    Ok(paid)
}

/// The 1099-NEC forms of a year, with full taxpayer numbers: the caller records in the audit log who sees them.
///
/// # Errors
/// Fails if a form can't be decrypted.
pub fn due(year: &Year, keys: &Keys, organization: OrganizationId) -> Result<Vec<Nec>> {
    let mut paid = Vec::new();
    for line in &year.lines {
        if line.paid == 0 && line.withheld == 0 {
            continue;
        }
        let form = opened(line, keys, organization)?;
        let name = form.as_ref().map_or_else(|| line.name.clone(), |form| form.name().to_owned());
        paid.push(Paid {
            account: line.affiliate.to_string(),
            email: line.email.clone(),
            name,
            payee: form.map_or(Payee::Unknown, payee),
            gross: line.paid,
            withheld: line.withheld,
        });
    }
    Ok(nec::due(&paid, year.threshold))
}

/// Decrypts the form that the year's payments rely on: one that counts or did, even if it was rejected after the last
/// payment; not one that waits.
fn opened(line: &Line, keys: &Keys, organization: OrganizationId) -> Result<Option<Form>> {
    let counts = |row: &&Row| line.is_relied_on || !matches!(row.status, Status::Submitted | Status::Rejected);
    let Some(row) = line.form.as_ref().filter(counts) else {
        return Ok(None);
    };
    row.sealed_form.as_ref().map(|sealed| encryption::open(keys, organization, row.id, sealed)).transpose()
}

fn payee(form: Form) -> Payee {
    match (form.kind(), form.us_tin()) {
        (Kind::W9, Some(tin)) => Payee::Us {
            tin: tin.clone(),
            business_name: form.business_name().map(str::to_owned),
            corporation: form.is_corporation(),
            address: form.address().cloned(),
        },
        _ => Payee::Foreign,
    }
}

/// The form's name in a table: `None`, `W9`, `W8BEN` or `W8BENE`.
pub fn form_name(line: &Line) -> &'static str {
    line.form.as_ref().map_or("None", |form| form.kind.as_str())
}

/// The form's status, in a few words.
pub const fn status_name(line: &Line) -> &'static str {
    match (&line.form, line.form_status) {
        (_, TaxFormStatus::Valid) => "On file",
        (_, TaxFormStatus::SubjectToWithholding) => "On file, subject to withholding",
        (Some(Row { status: Status::Submitted, .. }), _) => "Waiting for review",
        (_, TaxFormStatus::Missing) => "Missing",
        (_, TaxFormStatus::Rejected) => "Rejected",
        (_, TaxFormStatus::Expired) => "Expired",
    }
}
