//! The operations that are tools, each with a description for models.
//!
//! A tool reads, or makes a change that can be undone and reaches nobody outside. What approves or rejects people, sends
//! emails, changes what sales earn or has to do with money is asked for, and runs only once a person has confirmed it. What
//! moves money or has to do with keys, settings and personal data isn't here: a person does that in the dashboard. So some
//! operations are here without those arguments that would do it.

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Read,
    Change,
    /// Tells people something, or changes what will be earned. A person confirms it.
    Tell,
    /// Decides about money. A person confirms it, and proves who they are.
    Money,
}

impl Class {
    /// Whether nothing happens before a person has confirmed it.
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::Tell | Self::Money)
    }

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Change => "Change",
            Self::Tell => "Tell",
            Self::Money => "Money",
        }
    }
}

#[derive(Debug)]
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    /// The operation's id in the API's description.
    pub operation: &'static str,
    pub class: Class,
    pub description: &'static str,
    /// The only arguments of the body that a call may have; `None` allows all.
    pub body: Option<&'static [&'static str]>,
    /// A field of the body that always has this value.
    pub fixed: Option<(&'static str, &'static str)>,
    /// Whether the same call again within some minutes is taken for the same call, and makes nothing twice.
    pub creates: bool,
    /// Whether it makes this installation call another system.
    pub reaches_out: bool,
}

pub(crate) const fn read(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
) -> Entry {
    let (class, body, fixed) = (Class::Read, None, None);
    Entry { name, title, operation, class, description, body, fixed, creates: false, reaches_out: false }
}

const fn change(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    let (class, body, fixed) = (Class::Change, Some(body), None);
    Entry { name, title, operation, class, description, body, fixed, creates: false, reaches_out: false }
}

const fn tell(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    Entry { class: Class::Tell, ..change(name, title, operation, description, body) }
}

const fn money(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    Entry { class: Class::Money, ..change(name, title, operation, description, body) }
}

const fn create(entry: Entry) -> Entry {
    Entry { creates: true, ..entry }
}

/// In the order in which they are listed.
pub static TABLE: [Entry; 45] = [
    read(
        "search",
        "Search all records",
        "search",
        "Finds affiliates, programs, links, coupons, customers and conversions by name, email address, link, code, order \
         number or id. Read a result with fetch and its id. For lists and totals, use the other tools.",
    ),
    read(
        "read_organization",
        "Read the organization",
        "getOrganization",
        "The brand's own details: name, time zone, contact address, colors. Call it once to learn whom you work for.",
    ),
    read(
        "read_status",
        "Read the service's status",
        "getStatus",
        "Whether this Rekomi installation works: its components and recent incidents. Use it when other tools fail.",
    ),
    read(
        "list_programs",
        "List programs",
        "listPrograms",
        "The affiliate programs with their settings: attribution, cookie window, review rules. Most other tools take a \
         program's id.",
    ),
    read("read_program", "Read a program", "getProgram", "One program by its id (prog_…)."),
    read(
        "list_plans",
        "List a program's plans",
        "listPlans",
        "What a program pays: the versions of its commission plans, newest first, each with its components and scope. The \
         version without an end is in force.",
    ),
    read(
        "simulate_plan",
        "Simulate a plan",
        "simulatePlan",
        "What a plan would have paid for past sales, compared with what is booked. Changes nothing. A simple plan is \
         components [{\"type\":\"percentage\",\"ratePercent\":\"25\"}] or [{\"type\":\"flat\",\"amountCents\":500,\
         \"currency\":\"USD\"}].",
    ),
    read(
        "list_affiliates",
        "List affiliates",
        "listAffiliates",
        "Affiliates, filtered by status, segment, email, program or date. status Pending finds applications that wait for a \
         decision. To find one person, filter by email or slug.",
    ),
    read("read_affiliate", "Read an affiliate", "getAffiliate", "One affiliate by their id (aff_…), with notes."),
    read(
        "read_affiliate_balances",
        "Read an affiliate's balances",
        "getAffiliateBalances",
        "What an affiliate has earned by currency: pending (on hold), payable, in payout, paid.",
    ),
    read(
        "read_statement",
        "Read an affiliate's statement",
        "getStatement",
        "Each change of an affiliate's balance in one currency and period, with opening and closing balance. Use it to \
         explain a balance.",
    ),
    read(
        "read_payout_account",
        "Read how an affiliate is paid",
        "getPayoutAccount",
        "An affiliate's payout method, whether it is complete, and what holds payouts back. Bank details are masked.",
    ),
    read(
        "list_links",
        "List links",
        "listLinks",
        "Tracking links, filtered by affiliate, program, slug, host or status.",
    ),
    read(
        "list_coupons",
        "List coupons",
        "listCoupons",
        "Coupon codes that credit an affiliate, filtered by affiliate, program, code or status.",
    ),
    read(
        "summarize_clicks",
        "Summarize clicks and sales",
        "getClickSummary",
        "Clicks, conversions, revenue and commissions in a period, by day, affiliate, link or program. The best start for \
         questions about performance.",
    ),
    read(
        "list_leads",
        "List leads",
        "listLeads",
        "Sign-ups and trials before a first payment, with the affiliate who gets credit if the person buys.",
    ),
    read(
        "list_conversions",
        "List conversions",
        "listConversions",
        "Sales, renewals and leads, filtered by affiliate, program, customer, status or date. Use summarize_clicks for \
         totals.",
    ),
    read(
        "read_conversion",
        "Read a conversion",
        "getConversion",
        "One sale or lead (conv_…): amount, refunds, who got the credit and why, review flags.",
    ),
    read(
        "list_commissions",
        "List commissions",
        "listCommissions",
        "Commissions, filtered by affiliate, conversion, program or status.",
    ),
    read(
        "explain_commission",
        "Explain a commission",
        "explainCommission",
        "Why a commission (com_…) is what it is: the attribution, the plan, the arithmetic, the decisions and bookings. Use \
         it to answer an affiliate's question.",
    ),
    read(
        "list_decisions",
        "List decisions",
        "listDecisions",
        "What people decided about sales and commissions, with their reasons: releases, denials, reassignments, bonuses.",
    ),
    read(
        "list_customers",
        "List customers",
        "listCustomers",
        "Customers whose sales were reported, filtered by id, email, affiliate or program.",
    ),
    read(
        "read_customer_journey",
        "Read a customer's journey",
        "getCustomerJourney",
        "A customer's clicks, leads, sales and refunds in order, with the credit of each.",
    ),
    read(
        "read_balances",
        "Read all balances",
        "getBalances",
        "What the organization owes its affiliates in total, by currency.",
    ),
    read(
        "list_payouts",
        "List payouts",
        "listPayouts",
        "Payments to affiliates, filtered by affiliate, run, status, method or date.",
    ),
    read(
        "list_payout_runs",
        "List payout runs",
        "listPayoutRuns",
        "Runs that pay many affiliates at once, with totals and who proposed and approved them.",
    ),
    read(
        "preview_payout_run",
        "Preview a payout run",
        "previewPayoutRun",
        "Who would be paid how much in a currency if a run were proposed now, who would be left out, and why. Proposes \
         nothing.",
    ),
    create(Entry {
        fixed: Some(("status", "Pending")),
        ..change(
            "create_affiliate",
            "Add an applicant",
            "createAffiliate",
            "Adds a person as an applicant (status Pending): they earn nothing and get no email until someone approves \
             them in the dashboard. Check list_affiliates by email first.",
            &["name", "email", "slug", "application", "notes"],
        )
    }),
    change(
        "change_affiliate",
        "Change an affiliate's name or notes",
        "updateAffiliate",
        "Changes an affiliate's name, internal notes or application answers. notes replaces all notes: read them first if \
         you mean to add some.",
        &["name", "notes", "application"],
    ),
    create(change(
        "create_link",
        "Create a link",
        "createLink",
        "Creates a tracking link for an approved affiliate to a page of the brand.",
        &["programId", "affiliateId", "destination", "host", "slug"],
    )),
    change(
        "change_link",
        "Change a link",
        "updateLink",
        "Changes where a link leads, or disables it (disabled true) or enables it again (disabled false).",
        &["destination", "disabled"],
    ),
    create(change(
        "create_coupon",
        "Create a coupon",
        "createCoupon",
        "Records a coupon code whose future sales are credited to an approved affiliate. The discount itself must already \
         exist in the shop.",
        &["programId", "affiliateId", "code", "externalId"],
    )),
    Entry {
        reaches_out: true,
        ..change(
            "retry_sync",
            "Retry a CRM sync",
            "retrySync",
            "Continues a failed or waiting sync of an affiliate to a CRM (sync_…). Only the failed step is sent again.",
            &[],
        )
    },
    tell(
        "approve_affiliate",
        "Approve an affiliate",
        "approveAffiliate",
        "Approves an application, with a first link if programId is given. The person gets an email unless notify is false.",
        &["programId", "destination", "host", "notify"],
    ),
    tell(
        "reject_affiliate",
        "Reject an affiliate",
        "rejectAffiliate",
        "Rejects an application. The person gets an email with the reason unless notify is false.",
        &["reason", "notify"],
    ),
    tell(
        "bulk_invite_affiliates",
        "Invite affiliates",
        "bulkInviteAffiliates",
        "Creates approved affiliates with a link each in a program, and sends them an email unless notify is false. Check \
         list_affiliates first: known addresses are skipped.",
        &["programId", "affiliates", "destination", "host", "notify"],
    ),
    tell(
        "set_segment",
        "Put an affiliate into a segment",
        "setSegment",
        "Puts an affiliate into a segment, whose plan decides what their later sales earn.",
        &["segment", "effectiveAt"],
    ),
    tell(
        "change_program",
        "Change a program",
        "updateProgram",
        "Changes a program's name, attribution or review rules, or archives it. Read it first with read_program.",
        &[
            "name",
            "destination",
            "attributionModel",
            "cookieWindowDays",
            "customerBinding",
            "autoApprove",
            "review",
            "archived",
        ],
    ),
    tell(
        "create_plan",
        "Create a commission plan",
        "createPlan",
        "Creates a new version of what a program, segment or affiliate is paid from a date on. Simulate it first with \
         simulate_plan.",
        &["components", "scope", "effectiveAt", "holdDays", "note"],
    ),
    tell(
        "review_conversion",
        "Review a sale",
        "reviewConversion",
        "Decides a flagged sale: Approve clears its flags, and with Deny it earns nothing.",
        &["decision", "reason"],
    ),
    money(
        "give_bonus",
        "Give a bonus",
        "createBonus",
        "Gives an affiliate an amount that no sale earned. It is paid with their other commissions.",
        &["programId", "amountCents", "currency", "reason", "holdDays"],
    ),
    money(
        "deny_commission",
        "Deny a commission",
        "denyCommission",
        "Sets a commission to zero. What was already paid becomes a negative balance.",
        &["reason"],
    ),
    money(
        "release_commission",
        "Release a commission",
        "releaseCommission",
        "Makes a pending commission payable before its hold ends.",
        &["reason"],
    ),
    money(
        "reattribute_conversion",
        "Reassign a sale",
        "reattributeConversion",
        "Gives the credit for a sale to another affiliate. reach Customer (default) includes what the customer buys later; \
         Conversion is this sale only.",
        &["affiliateId", "programId", "reach", "reason"],
    ),
    money(
        "propose_payout_run",
        "Propose a payout run",
        "proposePayoutRun",
        "Proposes a run that pays everyone who can be paid in a currency. No money moves before a person approves the run \
         on its own page. Preview it first with preview_payout_run.",
        &["currency"],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_client_accepts_them() {
        let names: BTreeSet<&str> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        let operations: BTreeSet<&str> = TABLE.iter().map(|entry| entry.operation).collect();
        assert_eq!(operations.len(), TABLE.len());
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(names.iter().all(|name| plain(name) && name.len() <= 64), "{names:?}");
    }

    #[test]
    fn what_a_person_confirms_names_its_arguments_and_never_moves_money() {
        let confirmed: Vec<&Entry> = TABLE.iter().filter(|entry| entry.class.needs_person()).collect();
        assert_eq!(confirmed.len(), 12);
        for entry in confirmed {
            assert!(entry.body.is_some() && entry.fixed.is_none() && !entry.creates, "{}", entry.name);
        }
        for operation in
            ["approvePayoutRun", "createAdjustment", "refundConversion", "setPayoutMethod", "markPayoutSent"]
        {
            assert!(TABLE.iter().all(|entry| entry.operation != operation), "{operation}");
        }
        let bodies = TABLE.iter().filter_map(|entry| entry.body);
        assert!(bodies.flatten().all(|argument| *argument != "termsAccepted"), "only a person can accept terms");
    }

    #[test]
    fn what_only_people_may_do_is_no_argument() {
        let people_only = ["status", "reason", "email", "segment", "createAtGateway", "overridesClickAttribution"];
        for entry in TABLE.iter().filter(|entry| entry.class == Class::Change) {
            let body = entry.body.expect("a change names its arguments");
            for argument in people_only {
                // A new applicant needs an address; nobody writes to it.
                let is_needed = entry.name == "create_affiliate" && argument == "email";
                assert!(is_needed || !body.contains(&argument), "{}: {argument}", entry.name);
            }
        }
        assert!(TABLE.iter().filter(|entry| entry.class == Class::Read).all(|entry| entry.body.is_none()));
    }
}
