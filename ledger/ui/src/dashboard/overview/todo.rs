//! The overview's to-do card: what waits for someone in the brand, each with a link to where it is done. Every job
//! keeps its place, even if there is nothing to do, so that one finds it without reading.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use payout_core::select::Reason;
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use tokio::time::Instant;

use super::{figures::count, todo_store};
use crate::dashboard::payouts::offers;
use kit::{
    dashboard::counters::{self, Counters},
    db::TenantTx,
    error::{Error, Result},
    page::{address::Address, ttl_cache::TtlCache},
};
use payouts::payout_run::preview::{LeftOut, Selection};
use rules::format;

/// The largest number that is shown; more are `99+`.
const SHOWN_MAX: i64 = counters::COUNTED_MAX - 1;
/// Payable balances for which the page finds out who can be paid. With more, it only leads there.
const BALANCES_MAX: i64 = 1_000;
/// Reasons that are named.
const REASONS_MAX: usize = 2;
/// Currencies whose sums are shown.
const SUMS_MAX: usize = 2;

static KEPT: TtlCache<OrganizationId, Payable> = TtlCache::empty();

/// Who can be paid, and who can't although they are owed something. An affiliate counts once in all currencies together.
#[derive(Debug, Clone, Default)]
struct Payable {
    people: usize,
    /// Currency and amount, the one with the most payments first.
    sums: Vec<(String, i64)>,
    left_out: BTreeMap<AffiliateId, Reason>,
    /// There are too many balances to find out.
    too_many: bool,
}

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
    pub note: String,
    /// Where the note leads.
    pub note_href: Option<String>,
    pub href: String,
    /// Whether there is something to do.
    pub waits: bool,
}

/// What the card needs from the database besides the menu's counters.
#[derive(Debug)]
pub(super) struct Found {
    /// Link domains that aren't verified.
    domains: i64,
    /// What AI assistants requested and a person has to confirm.
    confirmations: i64,
    payable: Arc<Payable>,
}

/// `is_large`: the brand has so many affiliates that who can be paid is read once a minute.
pub(super) async fn load(tx: &mut TenantTx, is_large: bool, now: Timestamp) -> Result<Found> {
    let domains = todo_store::domains(tx, counters::COUNTED_MAX).await?;
    let confirmations = todo_store::confirmations(tx, counters::COUNTED_MAX, now).await?;
    Ok(Found { domains, confirmations, payable: payable(tx, is_large, now).await? })
}

async fn payable(tx: &mut TenantTx, is_large: bool, now: Timestamp) -> Result<Arc<Payable>> {
    let (organization, started) = (tx.organization(), Instant::now());
    if let Some(kept) = KEPT.get(&organization, started).filter(|_| is_large) {
        return Ok(kept);
    }
    let found = Arc::new(match todo_store::balances(tx, BALANCES_MAX + 1).await? {
        0 => Payable::default(),
        1..=BALANCES_MAX => Payable::of(&offers::load(tx, now).await?.1)?,
        _ => Payable { too_many: true, ..Payable::default() },
    });
    if is_large {
        KEPT.put(organization, started, &found);
    }
    Ok(found)
}

impl Payable {
    fn of(selections: &[Selection]) -> Result<Self> {
        let mut selections: Vec<&Selection> = selections.iter().collect();
        selections.sort_by_key(|one| std::cmp::Reverse(one.paid.len()));
        let mut sums = Vec::new();
        for one in selections.iter().filter(|one| !one.paid.is_empty()) {
            let gross = one.sums().map_err(|error| Error::internal(error))?.gross;
            sums.push((one.currency.code().to_owned(), gross));
        }
        let paid = selections.iter().flat_map(|one| one.paid.iter().map(|paid| paid.affiliate.id));
        let paid: BTreeSet<AffiliateId> = paid.collect();
        // Who is in a run is paid by that one.
        let waits = |one: &&LeftOut| one.amount > 0 && one.reason != Reason::InAnotherRun;
        let waiting = selections.iter().flat_map(|one| one.left_out.iter()).filter(waits);
        let waiting = waiting.map(|one| (one.affiliate.id, one.reason)).filter(|(id, _)| !paid.contains(id));
        Ok(Self { people: paid.len(), sums, left_out: waiting.collect(), too_many: false })
    }

    /// `6 can't be paid yet: 4 without a payout method, 2 on hold`.
    fn why(&self) -> String {
        // Two reasons may have the same name.
        let mut numbers: Vec<(&str, usize)> = Vec::new();
        for name in Reason::ALL.map(offers::words) {
            let number = self.left_out.values().filter(|one| offers::words(**one) == name).count();
            if number > 0 && !numbers.contains(&(name, number)) {
                numbers.push((name, number));
            }
        }
        let reasons: Vec<String> = numbers.iter().map(|(name, number)| format!("{number} {name}")).collect();
        let more = if reasons.len() > REASONS_MAX { ", and other reasons" } else { "" };
        let named: Vec<&str> = reasons.iter().take(REASONS_MAX).map(String::as_str).collect();
        format!("{} can\u{2019}t be paid yet: {}{more}", self.left_out.len(), named.join(", "))
    }
}

/// The jobs in their order. Who `may_pay` is led to where it is done, others to what is payable. Only they confirm what
/// assistants request.
pub(super) fn jobs(found: &Found, counters: &Counters, organization: OrganizationId, may_pay: bool) -> Vec<Job> {
    let Counters { applications, claims, conversions, clicks, joins, events, .. } = *counters;
    let to = |path: &str| Address::of(path, organization);
    let job = |key, figure: i64, nouns: [&str; 2], href: String| Job {
        key,
        what: some(figure, nouns),
        amount: String::new(),
        note: String::new(),
        note_href: None,
        href,
        waits: figure > 0,
    };
    let review = || to("/dashboard/review").to_string();
    let applications_at = to("/dashboard/affiliates").with("status", "Pending").to_string();
    let mut jobs = vec![
        pay(&found.payable, may_pay, organization),
        job("applications", applications, ["application to review", "applications to review"], applications_at),
        Job {
            note: "commissions are held until you decide".to_owned(),
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
    let requests = ["request of an AI assistant to confirm", "requests of AI assistants to confirm"];
    let confirmations = if may_pay { found.confirmations } else { 0 };
    let rare = [
        Job {
            note: "sudden growth; commissions are held until you decide".to_owned(),
            ..job("clicks", clicks, days, review())
        },
        Job { note: "nothing changes until you decide".to_owned(), ..job("joins", joins, pairs, review()) },
        job("domains", found.domains, hosts, to("/dashboard/settings/link-hosts").to_string()),
        Job {
            note: "nothing happens until you confirm it".to_owned(),
            ..job("confirmations", confirmations, requests, to("/dashboard/confirm").to_string())
        },
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

/// Counts who can be paid; the note says who is left out, and leads to their names.
fn pay(payable: &Payable, may_pay: bool, organization: OrganizationId) -> Job {
    let Payable { people, sums, left_out, too_many } = payable;
    let (ready, waits) = (*people > 0 || *too_many, *people > 0 || *too_many || !left_out.is_empty());
    let at = |path| Address::of(path, organization).to_string();
    let all = "/dashboard/payouts";
    let path = if may_pay && ready { "/dashboard/payouts/pay" } else { all };
    let written: Vec<String> = sums.iter().take(SUMS_MAX).map(|(code, amount)| format::money(*amount, code)).collect();
    let more = sums.len().saturating_sub(SUMS_MAX);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let what = match people {
        _ if *too_many => "Pay affiliates".to_owned(),
        0 if left_out.is_empty() => "No payouts to send".to_owned(),
        0 => "No affiliates ready to be paid".to_owned(),
        1 => "Pay 1 affiliate".to_owned(),
        _ => format!("Pay {} affiliates", count(i64::try_from(*people).unwrap_or(i64::MAX))),
    };
    let (note, note_href) = match left_out.is_empty() {
        true => (String::new(), None),
        false if may_pay => (payable.why(), Some(format!("{}#out-title", at("/dashboard/payouts/pay")))),
        false => (payable.why(), Some(at(all))),
    };
    Job { key: "pay", what, amount: written.join(" + ") + &more, note, note_href, href: at(path), waits }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([7; 16]);

    #[test]
    fn people_who_can_be_paid_are_counted() {
        let job = |payable: &Payable, may| {
            let job = pay(payable, may, ORGANIZATION);
            (job.what, job.amount, job.note, job.href.contains("/payouts/pay?"), job.waits)
        };
        let nothing = || (String::new(), String::new());
        let read = |payable: &Payable| {
            let (what, amount, note, ..) = job(payable, true);
            (what, (amount, note))
        };
        assert_eq!(read(&Payable::default()), ("No payouts to send".to_owned(), nothing()));
        let three = Payable { people: 3, sums: vec![("USD".to_owned(), 41_280)], ..Payable::default() };
        assert_eq!(read(&three), ("Pay 3 affiliates".to_owned(), ("$412.80".to_owned(), String::new())));
        let sums = [("USD", 500), ("EUR", 200), ("JPY", 1)].map(|(code, amount)| (code.to_owned(), amount)).to_vec();
        let (what, (amount, _)) = read(&Payable { people: 1, sums, ..Payable::default() });
        assert_eq!((what.as_str(), amount.as_str()), ("Pay 1 affiliate", "$5.00 + \u{20ac}2.00 +1"));
        let many = Payable { too_many: true, ..Payable::default() };
        assert_eq!(job(&many, true), ("Pay affiliates".to_owned(), String::new(), String::new(), true, true));
        assert!(!job(&many, false).3, "who may not pay sees the list");
    }

    #[test]
    fn whoever_is_left_out_is_named_by_reason() {
        let person = |byte: u8, reason| (AffiliateId::from_bytes([byte; 16]), reason);
        let left_out: BTreeMap<_, _> =
            [person(1, Reason::NoMethod), person(2, Reason::OnHold), person(3, Reason::NoMethod)].into();
        let mixed = pay(&Payable { people: 2, left_out: left_out.clone(), ..Payable::default() }, true, ORGANIZATION);
        assert_eq!(mixed.what, "Pay 2 affiliates");
        assert_eq!(mixed.note, "3 can\u{2019}t be paid yet: 1 on hold, 2 without a payout method");
        assert!(mixed.note_href.unwrap().ends_with("#out-title"));
        let none = pay(&Payable { left_out, ..Payable::default() }, true, ORGANIZATION);
        assert!(none.waits && none.what == "No affiliates ready to be paid" && !none.href.contains("/pay?"));
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
