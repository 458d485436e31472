//! The dashboard's menus: its pages by group, those needed most often first, and the pages that share a section.

use kit::dashboard::counters::Counters;

/// The home page. Other pages are below its path but don't belong to its section.
const HOME: &str = "/dashboard";

/// Only for owners, where plans are billed.
pub(super) const BILLING: &str = "/dashboard/settings/billing";

/// Only where the installation has a network of creators.
pub(super) const NETWORK: &str = "/dashboard/network";

/// Only where the co-pilot has a model.
pub(super) const COPILOT: &str = "/dashboard/copilot";

/// A page in the menu.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) path: &'static str,
    /// Parameters that narrow a list: the entry is a part of another entry's page.
    pub(super) narrowed: &'static str,
    pub(super) name: &'static str,
    /// The icon's lines in a 24×24 square, as the `d` of an SVG path.
    pub(super) icon: &'static str,
    /// How much waits there for a person.
    pub(super) waiting: fn(&Counters) -> i64,
    /// Where the counter leads those who can decide, if not to the entry's page.
    pub(super) task: Option<Task>,
}

/// What a counter leads to: a path, and its name before and after the number, as in "Review payouts for 3 affiliates".
#[derive(Debug, Clone, Copy)]
pub(super) struct Task {
    pub(super) path: &'static str,
    pub(super) verb: &'static str,
    pub(super) one: &'static str,
    pub(super) many: &'static str,
}

const fn entry(path: &'static str, name: &'static str, icon: &'static str) -> Entry {
    Entry { path, narrowed: "", name, icon, waiting: |_| 0, task: None }
}

/// An entry with a counter.
const fn counted(entry: Entry, waiting: fn(&Counters) -> i64) -> Entry {
    Entry { waiting, ..entry }
}

/// The pages by group; the first and the last group need no name.
pub(super) static GROUPS: [(Option<&str>, &[Entry]); 6] = [
    (
        None,
        &[
            entry(HOME, "Overview", "M4 4h6v9H4zM14 4h6v4h-6zM14 12h6v8h-6zM4 17h6v3H4z"),
            entry("/dashboard/analysis", "Analysis", "M4 20V4M4 20h16M8 16v-4M12 16V8M16 16v-6"),
            entry(COPILOT, "Co-pilot", "M4 5h16v11H9l-5 4zM8 9h8M8 12h5"),
            Entry {
                waiting: |counters| counters.payable,
                task: Some(Task {
                    path: "/dashboard/payouts/pay",
                    verb: "Review payouts for",
                    one: "affiliate",
                    many: "affiliates",
                }),
                ..entry(
                    "/dashboard/payouts",
                    "Payouts",
                    "M3 6h18v12H3zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM6 10v4M18 10v4",
                )
            },
            counted(
                entry(
                    "/dashboard/inquiries",
                    "Missing-sale claims",
                    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .9-1 1.7M12 17h0",
                ),
                |counters| counters.claims,
            ),
        ],
    ),
    (
        Some("People"),
        &[
            entry("/dashboard/affiliates", "Affiliates", "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20c1-4 4-6 8-6s7 2 8 6"),
            Entry {
                path: "/dashboard/affiliates",
                narrowed: "&status=Pending",
                name: "Applications",
                icon: "M3 13l3-8h12l3 8v6H3zM3 13h5l1.5 3h5L16 13h5",
                waiting: |counters| counters.applications,
                task: None,
            },
            entry(
                "/dashboard/recruit",
                "Recruit",
                "M10 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM3 20c.5-3.5 3-5.5 7-5.5 2 0 3.7.5 4.9 1.5M19 14v6M16 17h6",
            ),
            entry(
                NETWORK,
                "Network",
                "M12 3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM5.5 15a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM18.5 15a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM10.8 7.7 6.9 15.3M13.2 7.7l3.9 7.6M8 17.5h8",
            ),
        ],
    ),
    (
        Some("Activity"),
        &[
            entry("/dashboard/conversions", "Conversions", "M4 5h2l2 10h10l2-7H7M9 19.5h.01M17 19.5h.01"),
            entry(
                "/dashboard/commissions",
                "Commissions",
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9 15l6-6M9.5 9.5h.01M14.5 14.5h.01",
            ),
            entry(
                "/dashboard/customers",
                "Customers",
                "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.5a4 4 0 0 0 7 0M9 9.5h.01M15 9.5h.01",
            ),
            counted(entry("/dashboard/review", "Review", "M6 21V4h12l-3 4 3 4H6"), Counters::review),
        ],
    ),
    (
        Some("Program"),
        &[
            entry("/dashboard/programs", "Programs", "M4 5h16v5H4zM4 14h7v5H4zM15 14h5v5h-5z"),
            counted(
                entry(
                    "/dashboard/rewards",
                    "Rewards",
                    "M7 4h10v5a5 5 0 0 1-10 0zM7 6H4v1.5a3 3 0 0 0 3 3M17 6h3v1.5a3 3 0 0 1-3 3M12 14v4M8.5 20h7",
                ),
                |counters| counters.rewards,
            ),
            entry("/dashboard/assets", "Assets", "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.5h0"),
        ],
    ),
    (
        Some("Developers"),
        &[
            entry("/dashboard/install", "Install", "M8 6 3 12l5 6M16 6l5 6-5 6M14 4l-4 16"),
            counted(entry("/dashboard/gateways", "Gateways", "M3 6h18v12H3zM3 10h18M7 15h4"), |counters| {
                counters.events
            }),
            entry(
                "/dashboard/crms",
                "CRMs",
                "M9 4a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2.5 20c.5-3.5 3-5.5 6.5-5.5s6 2 6.5 5.5M16 4.2a3.5 3.5 0 0 1 0 6.6M18 14.8c2 .8 3.2 2.6 3.5 5.2",
            ),
            entry("/dashboard/settings/webhooks", "Webhooks", "M13 3 5 13.5h6L10 21l8-10.5h-6z"),
            entry(
                "/dashboard/settings/api-keys",
                "API keys",
                "M8 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 12h9M17 12v4M20.5 12v3",
            ),
        ],
    ),
    (None, &[entry("/dashboard/settings", "Settings", "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5")]),
];

/// What a phone always shows: path and name.
pub(super) const AT_HAND: [(&str, &str); 4] = [
    (HOME, "Overview"),
    ("/dashboard/affiliates", "Affiliates"),
    ("/dashboard/conversions", "Conversions"),
    ("/dashboard/payouts", "Payouts"),
];

/// The pages of an organization's settings by group, in menu order. Some are in another section, too.
pub(super) const SETTINGS: [&[(&str, &str)]; 3] = [
    &[
        ("/dashboard/settings", "General"),
        ("/dashboard/settings/branding", "Branding"),
        ("/dashboard/settings/team", "Team"),
        (BILLING, "Billing"),
        ("/dashboard/settings/emails", "Emails"),
        ("/account/notifications", "Notifications"),
        ("/dashboard/settings/link-hosts", "Link domains"),
        ("/dashboard/payouts/settings", "Payouts"),
        ("/dashboard/payouts/tax", "Tax"),
    ],
    &[
        ("/dashboard/settings/api-keys", "API keys"),
        ("/dashboard/settings/copilot", "Co-pilot"),
        ("/dashboard/settings/ai-assistants", "AI assistants"),
        ("/dashboard/settings/connected-apps", "Connected apps"),
        ("/dashboard/settings/webhooks", "Webhooks"),
    ],
    &[("/dashboard/settings/audit-log", "Audit log"), ("/dashboard/settings/privacy", "Privacy")],
];

/// The pages about payouts, in menu order.
pub(super) const PAYOUTS: [(&str, &str); 7] = [
    ("/dashboard/payouts", "Payouts"),
    ("/dashboard/payouts/runs", "Runs"),
    ("/dashboard/payouts/accounts", "Accounts"),
    ("/dashboard/payouts/tax", "Tax"),
    ("/dashboard/payouts/reconciliation", "Reconciliation"),
    ("/dashboard/payouts/connection", "Connection"),
    ("/dashboard/payouts/settings", "Settings"),
];

/// The pages about recruiting, in menu order.
pub(super) const RECRUIT: [(&str, &str); 3] = [
    ("/dashboard/recruit", "Invite"),
    ("/dashboard/recruit/invites", "Invitations"),
    ("/dashboard/imports", "Imports"),
];

/// Returns the path of the section that the page belongs to: the longest one that begins the page's path.
pub(super) fn section_of(place: &str) -> Option<&'static str> {
    // Imports belong to the Recruit section, although their path isn't below its path.
    let place = if place == "/dashboard/imports" { "/dashboard/recruit" } else { place };
    let leads = |path: &&str| {
        place.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && *path != HOME))
    };
    let paths = GROUPS.iter().flat_map(|(_, entries)| *entries).map(|entry| entry.path);
    paths.filter(leads).max_by_key(|path| path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_its_section() {
        for (place, section) in [
            ("/dashboard", Some("/dashboard")),
            ("/dashboard/payouts/runs", Some("/dashboard/payouts")),
            ("/dashboard/settings/team", Some("/dashboard/settings")),
            ("/dashboard/settings/webhooks", Some("/dashboard/settings/webhooks")),
            ("/dashboard/settings/api-keys", Some("/dashboard/settings/api-keys")),
            ("/dashboard/imports", Some("/dashboard/recruit")),
            ("/dashboard/organizations", None),
        ] {
            assert_eq!(section_of(place), section, "{place}");
        }
    }

    #[test]
    fn what_is_at_hand_is_in_the_menu() {
        let known = |path: &str| GROUPS.iter().flat_map(|(_, entries)| *entries).any(|entry| entry.path == path);
        assert!(AT_HAND.iter().all(|(path, _)| known(path)));
    }
}
