//! Raises flags for what a person should review before money is paid: signs of self-referral, of the same buyer twice,
//! of conversions that come too fast. A flag holds the money; it never takes it. Pure.

use shared::{text_enum, timestamp::Timestamp};

use super::{decide::Credit, policy::Checks};

text_enum! {
    Flag {
        /// Only a page reported it, and nothing else confirms it.
        Unverified,
        /// The buyer has the affiliate's email address.
        SelfReferral,
        /// Another buyer with the same address bought, or was a lead, before.
        DuplicateCustomer,
        /// A lead that identifies no one: it can't be distinguished from another one of the same person.
        UnknownLead,
        /// A person denied this affiliate an earlier sale of the buyer.
        DeniedBefore,
        /// More conversions of the affiliate in this hour than the program allows.
        Velocity,
        /// Sooner after the click than people usually buy.
        ClickToSale,
        /// The recruiter of the affiliate is probably the affiliate themselves, or the buyer. It holds the recruiter's
        /// share only.
        SelfRecruit,
    }
}

impl Flag {
    /// Whether it holds what the conversion earns its affiliate, and not only what it earns their recruiter.
    pub const fn holds_sale(self) -> bool {
        !matches!(self, Self::SelfRecruit)
    }
}

text_enum! {
    /// A person's decision about a flagged conversion.
    Review { Approved, Denied }
}

/// How many conversions the affiliate has in the program in the same hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InHour {
    /// Including this one.
    Counted(u32),
    /// Not counted this time; whether the last count exceeded the limit.
    AsBefore { too_many: bool },
}

impl InHour {
    const fn exceeds(self, limit: u32) -> bool {
        match self {
            Self::Counted(count) => count > limit,
            Self::AsBefore { too_many } => too_many,
        }
    }
}

/// What is known about a credited conversion when its flags are raised.
#[derive(Debug, Clone, Copy)]
pub struct Signs<'a> {
    pub credit: &'a Credit,
    pub occurred_at: Timestamp,
    /// The winning click's time, if a click won.
    pub clicked_at: Option<Timestamp>,
    /// Keys of the buyer's addresses (see [`email_key`](crate::customer::mailbox::email_key)).
    pub buyer_emails: &'a [String],
    /// Keys of the affiliate's own addresses.
    pub affiliate_emails: &'a [&'a str],
    /// Whether this is the buyer's first sale (or lead), and another buyer with one of the addresses bought (or was a
    /// lead) earlier.
    pub bought_before_as_another: bool,
    /// Whether it is a lead that identifies no one.
    pub unknown_lead: bool,
    /// Whether a person denied this affiliate an earlier conversion of the buyer, and an even earlier one doesn't bind
    /// this one.
    pub denied_before: bool,
    pub in_this_hour: InHour,
    /// Whether only a page reported it, and the program's rules don't trust it.
    pub unverified: bool,
    /// Whether it earns a recruiter a share who is probably the affiliate or the buyer.
    pub self_recruit: bool,
}

/// Returns the flags of a conversion, in the order of the variants.
pub fn raise(signs: Signs<'_>, checks: &Checks) -> Vec<Flag> {
    let mut flags = Vec::new();
    if signs.unverified {
        flags.push(Flag::Unverified);
    }
    let own = |key: &&str| signs.buyer_emails.iter().any(|email| email == key);
    if checks.self_referral && signs.affiliate_emails.iter().any(own) {
        flags.push(Flag::SelfReferral);
    }
    if checks.duplicate_customer && signs.bought_before_as_another {
        flags.push(Flag::DuplicateCustomer);
    }
    if checks.duplicate_customer && signs.unknown_lead {
        flags.push(Flag::UnknownLead);
    }
    if signs.denied_before {
        flags.push(Flag::DeniedBefore);
    }
    if checks.velocity_per_hour.is_some_and(|limit| signs.in_this_hour.exceeds(limit)) {
        flags.push(Flag::Velocity);
    }
    if let (Some(seconds), Some(clicked_at)) = (checks.min_click_to_sale_seconds, signs.clicked_at)
        && signs.occurred_at < clicked_at.plus_millis(i64::from(seconds) * 1_000)
    {
        flags.push(Flag::ClickToSale);
    }
    if signs.self_recruit {
        flags.push(Flag::SelfRecruit);
    }
    flags
}

/// The hour in which conversions are counted for [`Flag::Velocity`]: start and end, UTC.
pub fn hour_of(moment: Timestamp) -> (Timestamp, Timestamp) {
    const HOUR_MS: i64 = 3_600_000;
    let from = moment.plus_millis(-moment.millis().rem_euclid(HOUR_MS));
    (from, from.plus_millis(HOUR_MS))
}

#[cfg(test)]
mod tests {
    use shared::id::{AffiliateId, ProgramId};

    use super::*;
    use crate::attribution::decide::Rule;

    fn seconds(seconds: i64) -> Timestamp {
        Timestamp::EPOCH.plus_millis(seconds * 1_000)
    }

    const fn credit() -> Credit {
        Credit {
            program_id: ProgramId::from_bytes([1; 16]),
            affiliate_id: AffiliateId::from_bytes([2; 16]),
            link_id: None,
            click_id: None,
            coupon_id: None,
            rule: Rule::Click,
            bound_at: Timestamp::EPOCH,
            plan_at: Timestamp::EPOCH,
        }
    }

    const ALL: Checks = Checks {
        self_referral: true,
        duplicate_customer: true,
        velocity_per_hour: Some(10),
        min_click_to_sale_seconds: Some(5),
    };

    const NOT_COUNTED: InHour = InHour::AsBefore { too_many: false };

    fn signs<'a>(credit: &'a Credit, emails: &'a [String]) -> Signs<'a> {
        Signs {
            credit,
            occurred_at: seconds(1_000),
            clicked_at: None,
            buyer_emails: emails,
            affiliate_emails: &[],
            bought_before_as_another: false,
            unknown_lead: false,
            denied_before: false,
            in_this_hour: NOT_COUNTED,
            unverified: false,
            self_recruit: false,
        }
    }

    #[test]
    fn an_address_of_the_affiliates_own() {
        let (credit, emails) = (credit(), ["x@a.test".to_owned(), "lauren@creators.test".to_owned()]);
        let with = |affiliate_emails| Signs { affiliate_emails, ..signs(&credit, &emails) };
        assert_eq!(raise(with(&["old@creators.test", "lauren@creators.test"]), &ALL), [Flag::SelfReferral]);
        assert!(raise(with(&["other@creators.test"]), &ALL).is_empty());
        assert!(raise(with(&[]), &ALL).is_empty());
        let off = Checks { self_referral: false, ..ALL };
        assert!(raise(with(&["old@creators.test", "lauren@creators.test"]), &off).is_empty());
    }

    #[test]
    fn a_buyer_who_bought_as_another() {
        let credit = credit();
        let twice = Signs { bought_before_as_another: true, ..signs(&credit, &[]) };
        assert_eq!(raise(twice, &ALL), [Flag::DuplicateCustomer]);
        assert!(raise(twice, &Checks { duplicate_customer: false, ..ALL }).is_empty());
    }

    #[test]
    fn a_lead_of_no_one_and_a_buyer_who_was_denied_before() {
        let credit = credit();
        let lead = Signs { unknown_lead: true, ..signs(&credit, &[]) };
        assert_eq!(raise(lead, &ALL), [Flag::UnknownLead]);
        let off = Checks { duplicate_customer: false, ..ALL };
        assert!(raise(lead, &off).is_empty());
        assert_eq!(raise(Signs { denied_before: true, ..signs(&credit, &[]) }, &off), [Flag::DeniedBefore]);
    }

    #[test]
    fn more_in_an_hour_than_the_limit() {
        let credit = credit();
        let hour = |in_this_hour, checks| raise(Signs { in_this_hour, ..signs(&credit, &[]) }, checks);
        assert!(hour(NOT_COUNTED, &ALL).is_empty());
        assert!(hour(InHour::Counted(9), &ALL).is_empty() && hour(InHour::Counted(10), &ALL).is_empty());
        assert_eq!(hour(InHour::Counted(11), &ALL), [Flag::Velocity]);
        let as_before = InHour::AsBefore { too_many: true };
        assert_eq!(hour(as_before, &ALL), [Flag::Velocity]);
        assert!(hour(as_before, &Checks { velocity_per_hour: None, ..ALL }).is_empty(), "nothing is counted any more");
    }

    #[test]
    fn sooner_after_the_click_than_people_buy() {
        let credit = credit();
        let clicked = |at| raise(Signs { clicked_at: Some(at), ..signs(&credit, &[]) }, &ALL);
        assert_eq!(clicked(seconds(996)), [Flag::ClickToSale]);
        assert!(clicked(seconds(995)).is_empty(), "five seconds are enough");
        assert!(clicked(seconds(1)).is_empty());
    }

    #[test]
    fn what_only_a_page_reported_waits_whatever_the_checks() {
        let credit = credit();
        let claimed = Signs { unverified: true, ..signs(&credit, &[]) };
        let none = Checks {
            self_referral: false,
            duplicate_customer: false,
            velocity_per_hour: None,
            min_click_to_sale_seconds: None,
        };
        assert_eq!(raise(claimed, &none), [Flag::Unverified]);
    }

    #[test]
    fn a_recruiter_who_is_the_affiliate_or_the_buyer_holds_no_sale() {
        let credit = credit();
        let one_person = Signs { self_recruit: true, ..signs(&credit, &[]) };
        assert_eq!(raise(one_person, &ALL), [Flag::SelfRecruit]);
        assert!(!Flag::SelfRecruit.holds_sale() && Flag::Unverified.holds_sale());
    }

    #[test]
    fn several_at_once_come_in_one_order() {
        let (credit, emails) = (credit(), ["l@c.test".to_owned()]);
        let all = Signs {
            clicked_at: Some(seconds(999)),
            affiliate_emails: &["l@c.test"],
            bought_before_as_another: true,
            in_this_hour: InHour::Counted(99),
            ..signs(&credit, &emails)
        };
        let expected = [Flag::SelfReferral, Flag::DuplicateCustomer, Flag::Velocity, Flag::ClickToSale];
        assert_eq!(raise(all, &ALL), expected);
        assert!(
            raise(Signs { in_this_hour: NOT_COUNTED, ..all }, &Checks { min_click_to_sale_seconds: None, ..ALL }).len()
                == 2
        );
    }

    #[test]
    fn an_hour_is_a_clock_hour() {
        assert_eq!(hour_of(seconds(7_199)), (seconds(3_600), seconds(7_200)));
        assert_eq!(hour_of(seconds(7_200)), (seconds(7_200), seconds(10_800)));
    }
}
