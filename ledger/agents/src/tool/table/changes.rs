//! Tools that change something, at once or once a person has confirmed it.

use super::{Entry, change, create, money, notify};

/// In the order in which they are listed.
pub(super) static CHANGES: [Entry; 19] = [
    create(Entry {
        fixed: Some(("status", "Pending")),
        ..change(
            "create_affiliate",
            "Add an applicant",
            "createAffiliate",
            "Adds a person as an applicant (status Pending): they earn nothing and get no email until someone approves \
             them. Check list_affiliates by email first.",
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
    notify(
        "approve_affiliate",
        "Approve an affiliate",
        "approveAffiliate",
        "Approves an application, with a first link if programId and destination are given. The person gets an email unless \
         notify is false.",
        &["programId", "destination", "host", "notify"],
    ),
    notify(
        "reject_affiliate",
        "Reject an affiliate",
        "rejectAffiliate",
        "Rejects an application. The person gets an email with the reason unless notify is false.",
        &["reason", "notify"],
    ),
    notify(
        "bulk_invite_affiliates",
        "Invite affiliates",
        "bulkInviteAffiliates",
        "Creates approved affiliates in a program, with a link each if destination is given, and sends them an email unless \
         notify is false. Check list_affiliates first: known addresses are skipped.",
        &["programId", "affiliates", "destination", "host", "notify"],
    ),
    notify(
        "set_segment",
        "Put an affiliate into a segment",
        "setSegment",
        "Puts an affiliate into a segment, whose plan decides what their later sales earn.",
        &["segment", "effectiveAt"],
    ),
    notify(
        "change_link",
        "Change a link",
        "updateLink",
        "Changes where a link leads, or disables it (disabled true) or enables it again (disabled false).",
        &["destination", "disabled"],
    ),
    notify(
        "create_coupon",
        "Create a coupon",
        "createCoupon",
        "Records a coupon code whose future sales are credited to an approved affiliate. The discount itself must already \
         exist in the shop.",
        &["programId", "affiliateId", "code", "externalId"],
    ),
    notify(
        "create_program",
        "Create a program",
        "createProgram",
        "Creates a program with its rules and its first commission plan. A simple plan is components \
         [{\"type\":\"percentage\",\"ratePercent\":\"25\"}].",
        &[
            "name",
            "slug",
            "destination",
            "attributionModel",
            "cookieWindowDays",
            "customerBinding",
            "review",
            "holdDays",
            "components",
        ],
    ),
    notify(
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
    notify(
        "create_plan",
        "Create a commission plan",
        "createPlan",
        "Creates a new version of what a program, segment or affiliate is paid from a date on. Simulate it first with \
         simulate_plan.",
        &["components", "scope", "effectiveAt", "holdDays", "note"],
    ),
    notify(
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
        "Assigns the credit for a sale to another affiliate. reach Customer (default) includes what the customer buys later; \
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
