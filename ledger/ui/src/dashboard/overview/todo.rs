//! The overview's to-do card: what waits for someone in the brand, each with a link to where it is done. Every job
//! keeps its place, even if there is nothing to do, so that one finds it without reading.

use std::sync::Arc;

use shared::id::OrganizationId;
use tokio::time::Instant;

use super::{
    figures::count,
    todo_store::{self, Payable},
};
use kit::{
    dashboard::counters::{self, Counters},
    db::TenantTx,
    page::{address::Address, ttl_cache::TtlCache},
};
use rules::format;

/// The largest number that is shown; more are `99+`.
const SHOWN_MAX: i64 = counters::COUNTED_MAX - 1;
/// Balances that are added up; with more, the sum would be wrong, so it isn't shown.
const BALANCES_MAX: i64 = 1_000;
/// Currencies whose sums are shown.
const SUMS_MAX: usize = 2;

static KEPT: TtlCache<OrganizationId, Vec<Payable>> = TtlCache::empty();

/// A job.
#[derive(Debug)]
pub(super) struct Job {
    /// Identifies the row for scripts and tests.
    pub key: &'static str,
    /// `2 applications to review`.
    pub what: String,
    /// Shown at the end of the row.
    pub amount: String,
    /// Explains the job, where its name doesn't.
    pub note: &'static str,
    pub href: String,
    /// Whether there is something to do.
    pub waits: bool,
}

/// What the card needs from the database besides the menu's counters.
#[derive(Debug)]
pub(super) struct Found {
    /// Link domains that aren't verified.
    domains: i64,
    payable: Arc<Vec<Payable>>,
}

/// `is_large`: the brand has so many affiliates that their balances are read once a minute.
pub(super) async fn load(tx: &mut TenantTx, is_large: bool) -> Result<Found, sqlx::Error> {
    Ok(Found { domains: todo_store::domains(tx, counters::COUNTED_MAX).await?, payable: payable(tx, is_large).await? })
}

async fn payable(tx: &mut TenantTx, is_large: bool) -> Result<Arc<Vec<Payable>>, sqlx::Error> {
    let (organization, started) = (tx.organization(), Instant::now());
    if let Some(kept) = KEPT.get(&organization, started).filter(|_| is_large) {
        return Ok(kept);
    }
    let found = Arc::new(todo_store::payable(tx, BALANCES_MAX + 1).await?);
    if is_large {
        KEPT.put(organization, started, &found);
    }
    Ok(found)
}

/// The jobs in their order. Who `may_pay` is led to where it is done, others to what is payable.
pub(super) fn jobs(found: &Found, counters: &Counters, organization: OrganizationId, may_pay: bool) -> Vec<Job> {
    let Counters { applications, claims, conversions, clicks, joins, events, .. } = *counters;
    let to = |path: &str| Address::of(path, organization);
    let job = |key, figure: i64, nouns: [&str; 2], href: String| Job {
        key,
        what: some(figure, nouns),
        amount: String::new(),
        note: "",
        href,
        waits: figure > 0,
    };
    let review = || to("/dashboard/review").to_string();
    let applications_at = to("/dashboard/affiliates").with("status", "Pending").to_string();
    let mut jobs = vec![
        pay(&found.payable, may_pay, organization),
        job("applications", applications, ["application to review", "applications to review"], applications_at),
        Job {
            note: "commissions are held until you decide",
            ..job("review", conversions, ["conversion to review", "conversions to review"], review())
        },
        job(
            "claims",
            claims,
            ["missing-sale claim to answer", "missing-sale claims to answer"],
            to("/dashboard/inquiries").to_string(),
        ),
        job("events", events, ["unprocessed event", "unprocessed events"], to("/dashboard/troubles").to_string()),
    ];
    let days = ["day of paid clicks to review", "days of paid clicks to review"];
    let pairs = ["possible duplicate customer", "possible duplicate customers"];
    let hosts = ["link domain to verify", "link domains to verify"];
    let rare = [
        Job { note: "sudden growth; commissions are held until you decide", ..job("clicks", clicks, days, review()) },
        Job { note: "nothing changes until you decide", ..job("joins", joins, pairs, review()) },
        job("domains", found.domains, hosts, to("/dashboard/settings/link-hosts").to_string()),
    ];
    jobs.extend(rare.into_iter().filter(|job| job.waits));
    jobs
}

/// `No applications to review`, `1 application to review`, `99+ applications to review`.
fn some(figure: i64, [one, many]: [&str; 2]) -> String {
    match figure {
        ..=0 => format!("No {many}"),
        1 => format!("1 {one}"),
        2..=SHOWN_MAX => format!("{figure} {many}"),
        _ => format!("{SHOWN_MAX}+ {many}"),
    }
}

fn pay(payable: &[Payable], may_pay: bool, organization: OrganizationId) -> Job {
    let people = payable.first().map_or(0, |one| one.people);
    let path = if may_pay && people > 0 { "/dashboard/payouts/pay" } else { "/dashboard/payouts" };
    let is_whole = people <= BALANCES_MAX;
    let sums: Vec<String> = payable.iter().take(SUMS_MAX).map(|one| format::money(one.amount, &one.currency)).collect();
    let more = payable.len().saturating_sub(SUMS_MAX);
    let what = match people {
        0 => "No payouts to send".to_owned(),
        1 => "Pay 1 affiliate".to_owned(),
        _ if is_whole => format!("Pay {} affiliates", count(people)),
        _ => format!("Pay {}+ affiliates", count(BALANCES_MAX)),
    };
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let amount = if is_whole { format!("{}{more}", sums.join(" + ")) } else { String::new() };
    let href = Address::of(path, organization).to_string();
    Job { key: "pay", what, amount, note: "", href, waits: people > 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([7; 16]);

    fn payable(currency: &str, amount: i64, people: i64) -> Payable {
        Payable { currency: currency.to_owned(), amount, people }
    }

    #[test]
    fn people_are_paid_in_their_currencies() {
        let read = |all: &[Payable]| {
            let job = pay(all, false, ORGANIZATION);
            (job.what, job.amount)
        };
        let text = |what: &str, amount: &str| (what.to_owned(), amount.to_owned());
        assert_eq!(read(&[]), text("No payouts to send", ""));
        assert_eq!(read(&[payable("USD", 41_280, 3)]), text("Pay 3 affiliates", "$412.80"));
        let two = [payable("USD", 500, 1), payable("EUR", 200, 1)];
        assert_eq!(read(&two), text("Pay 1 affiliate", "$5.00 + \u{20ac}2.00"));
        let three = [payable("USD", 500, 3), payable("EUR", 200, 3), payable("JPY", 9, 3)];
        assert_eq!(read(&three).1, "$5.00 + \u{20ac}2.00 +1");
        assert_eq!(read(&[payable("USD", 500, 1_001)]), text("Pay 1,000+ affiliates", ""), "the sum isn't whole");
    }

    #[test]
    fn who_may_pay_is_led_to_where_it_is_done() {
        let path = |all: &[Payable], may_pay| pay(all, may_pay, ORGANIZATION).href.split('?').next().map(str::to_owned);
        let owed = [payable("USD", 500, 1)];
        assert_eq!(path(&owed, true).as_deref(), Some("/dashboard/payouts/pay"));
        assert_eq!(path(&owed, false).as_deref(), Some("/dashboard/payouts"));
        assert_eq!(path(&[], true).as_deref(), Some("/dashboard/payouts"), "there is nothing to pay");
    }

    #[test]
    fn a_job_keeps_its_place() {
        let nouns = ["application to review", "applications to review"];
        let read = [0, 1, 2, 99, 100].map(|figure| some(figure, nouns));
        let figures = ["No", "1", "2", "99", "99+"];
        for (text, figure) in read.iter().zip(figures) {
            assert!(text.starts_with(figure) && text.ends_with("to review"), "{text}");
        }
        assert!(read[1].ends_with("application to review") && read[0].ends_with("applications to review"));
    }
}
