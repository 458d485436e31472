//! Statuses as people read them: one word for each state, wherever it is shown. JSON, URLs and the database keep their own
//! names. The portal says the same in its reader's language.

/// A status: one word, its color, and what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    pub word: &'static str,
    /// The CSS class: `good`, `wait`, `bad`, `info`, `new` or `off`.
    pub tone: &'static str,
    /// When or why it changes next; empty if there is nothing to add.
    pub note: String,
}

impl Badge {
    const fn of(word: &'static str, tone: &'static str) -> Self {
        Self { word, tone, note: String::new() }
    }

    fn with(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }
}

pub fn affiliate(status: &str) -> Badge {
    match status {
        "Invited" => Badge::of("Invited", "info"),
        "Pending" => Badge::of("Pending", "wait"),
        "Approved" => Badge::of("Approved", "good"),
        "Banned" => Badge::of("Banned", "bad"),
        "Archived" => Badge::of("Archived", "off"),
        _ => Badge::of("Rejected", "off"),
    }
}

/// The word for a commission's or conversion's status alone, for tabs and filters. `SettledThere` is what an import left
/// to the earlier platform; in the database, it is `Paid`.
pub fn earned(status: &str) -> &'static str {
    match status {
        "Pending" => "On hold",
        "Approved" => "Payable",
        "Paid" => "Paid",
        "SettledThere" => "Settled elsewhere",
        "Refunded" => "Refunded",
        "Denied" => "Denied",
        _ => "Unattributed",
    }
}

/// A commission. `held` is why it stays on hold longer than usual; `due` is the date on which it becomes payable, empty if
/// that date is over.
pub fn commission(status: &str, held: Option<&str>, due: &str, reserved: i64, amount: i64, paid: i64) -> Badge {
    let word = earned(status);
    match (status, held) {
        ("Pending", Some("Dispute")) => Badge::of(word, "wait").with("until its dispute closes"),
        ("Pending", Some("FirstSale")) => Badge::of(word, "wait").with("until the first sale is reviewed"),
        ("Pending", Some(_)) => Badge::of("Under review", "wait"),
        ("Pending", None) if due.is_empty() => Badge::of(word, "wait").with("payable within a minute"),
        ("Pending", None) => Badge::of(word, "wait").with(format!("payable {due}")),
        ("Approved", _) if reserved != 0 => Badge::of("In payout", "new"),
        ("Approved", _) if amount < 0 => Badge::of(word, "info").with("deducted from the next payout"),
        ("Approved", _) => Badge::of(word, "info").with("in the next payout"),
        ("Paid", _) => Badge::of(word, "good"),
        ("SettledThere", _) => Badge::of(word, "off"),
        ("Denied", _) => Badge::of(word, "bad").with(overpaid(amount, paid)),
        _ => Badge::of(word, "off").with(overpaid(amount, paid)),
    }
}

fn overpaid(amount: i64, paid: i64) -> &'static str {
    if paid > amount.max(0) { "the overpaid amount is deducted from the next payout" } else { "" }
}

/// A conversion.
pub fn conversion(status: &str, in_review: bool) -> Badge {
    match status {
        "Pending" if in_review => Badge::of("Under review", "wait"),
        _ => Badge { note: String::new(), ..commission(status, None, "", 0, 0, 0) },
    }
}

pub fn payout(status: &str) -> Badge {
    match status {
        "Scheduled" => Badge::of("Awaiting approval", "wait"),
        "Reserved" | "Sending" => Badge::of("Processing", "info"),
        "Unknown" => Badge::of("Processing", "info").with("sent, not confirmed yet"),
        "Sent" => Badge::of("Paid", "good"),
        "SettledThere" => Badge::of("Settled elsewhere", "off"),
        "Failed" => Badge::of("Failed", "bad"),
        "Reversed" => Badge::of("Returned", "bad"),
        _ => Badge::of("Canceled", "off"),
    }
}

/// A payout run, by its state and whether somebody is canceling it.
pub fn run(state: &str, canceling: bool) -> Badge {
    match state {
        "Proposed" => Badge::of("Awaiting approval", "wait"),
        "Running" if canceling => Badge::of("Canceling", "wait"),
        "Running" => Badge::of("Processing", "info"),
        "Done" => Badge::of("Done", "good"),
        _ => Badge::of("Canceled", "off"),
    }
}

/// How a connection to somebody else's system is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    Connected,
    /// Nothing has come through it yet.
    Waiting,
    /// A person has to do something first.
    ActionNeeded,
    Failing,
    Paused,
}

pub const fn connection(state: Connection) -> Badge {
    match state {
        Connection::Connected => Badge::of("Connected", "good"),
        Connection::Waiting => Badge::of("Waiting", "info"),
        Connection::ActionNeeded => Badge::of("Action needed", "wait"),
        Connection::Failing => Badge::of("Failing", "bad"),
        Connection::Paused => Badge::of("Paused", "off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(badge: &Badge) -> (&str, &str, &str) {
        (badge.word, badge.tone, &badge.note)
    }

    #[test]
    fn a_commission_says_when_it_is_payable() {
        let pending = |held, due| commission("Pending", held, due, 0, 500, 0);
        assert_eq!(parts(&pending(None, "22 Dec 2026")), ("On hold", "wait", "payable 22 Dec 2026"));
        assert_eq!(parts(&pending(None, "")), ("On hold", "wait", "payable within a minute"));
        assert_eq!(parts(&pending(Some("Review"), "")), ("Under review", "wait", ""));
        assert_eq!(parts(&pending(Some("Dispute"), "")), ("On hold", "wait", "until its dispute closes"));
        let approved = |reserved, amount| commission("Approved", None, "", reserved, amount, 0);
        assert_eq!(parts(&approved(0, 500)), ("Payable", "info", "in the next payout"));
        assert_eq!(parts(&approved(500, 500)), ("In payout", "new", ""));
        assert_eq!(parts(&approved(0, -500)), ("Payable", "info", "deducted from the next payout"));
        assert_eq!(parts(&commission("Paid", None, "", 0, 500, 500)), ("Paid", "good", ""));
        assert_eq!(parts(&commission("SettledThere", None, "", 0, 500, 500)), ("Settled elsewhere", "off", ""));
        let denied = commission("Denied", None, "", 0, 0, 500);
        assert_eq!((denied.word, denied.tone, denied.note.is_empty()), ("Denied", "bad", false));
        assert_eq!(parts(&commission("Refunded", None, "", 0, 0, 0)), ("Refunded", "off", ""));
    }

    #[test]
    fn a_conversion_has_the_words_of_its_commission() {
        assert_eq!(parts(&conversion("Pending", false)), ("On hold", "wait", ""));
        assert_eq!(parts(&conversion("Pending", true)), ("Under review", "wait", ""));
        assert_eq!(parts(&conversion("Approved", false)), ("Payable", "info", ""));
        assert_eq!(parts(&conversion("SettledThere", false)), ("Settled elsewhere", "off", ""));
        assert_eq!(parts(&conversion("Unattributed", false)), ("Unattributed", "off", ""));
    }

    #[test]
    fn pending_is_a_word_for_applications_alone() {
        assert_eq!(parts(&affiliate("Pending")), ("Pending", "wait", ""));
        for status in ["Pending", "Approved", "Paid", "Refunded", "Denied", "Unattributed"] {
            assert_ne!(earned(status), "Pending");
        }
    }

    #[test]
    fn money_on_its_way_is_processing() {
        assert_eq!(parts(&payout("Sending")), ("Processing", "info", ""));
        assert_eq!(parts(&payout("Sent")), ("Paid", "good", ""));
        assert_eq!(parts(&payout("Reversed")), ("Returned", "bad", ""));
        assert_eq!(parts(&run("Running", true)), ("Canceling", "wait", ""));
        assert_eq!(parts(&run("Proposed", false)), ("Awaiting approval", "wait", ""));
        assert_eq!(parts(&connection(Connection::Failing)), ("Failing", "bad", ""));
    }
}
