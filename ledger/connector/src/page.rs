//! Generates a vendor's page in `docs/integrations/crm/` from the descriptor that the connector itself uses.

use std::{fmt::Write, time::Duration};

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

const NOTE: &str = "<!-- Written by `cargo xtask crm-docs` from the connectors: don't edit. -->\n\n";

/// One vendor's page, in Markdown.
pub fn page(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let sections = [
        ("Connect", connect(vendor)),
        ("What we write", written(vendor)),
        ("Sync requests", calls(vendor.calls)),
        ("Lists and tags", lists_and_tags(vendor)),
        ("Consent", vendor.consent.to_owned()),
        ("What \u{201c}Succeeded\u{201d} means", vendor.success.to_owned()),
        ("Rate limits", limits(vendor)),
        ("Events", events(vendor)),
        ("Leaving and deleting", deleting(vendor)),
        ("Disconnecting", disconnecting(vendor.name)),
        ("Troubleshooting", known_issues(vendor.known_issues)),
    ];
    let mut page = format!(
        "# {name}\n\n{NOTE}When you approve an affiliate, they\u{2019}re synced to {name} within seconds, and again \
         whenever something changes. For details on each call, see the [{name} documentation]({}). [All \
         CRMs](README.md).\n",
        vendor.docs
    );
    for (title, text) in sections {
        // Writing to a String never fails.
        let _ = write!(page, "\n## {title}\n\n{}\n", text.trim_end());
    }
    page
}

/// The table of all vendors, in Markdown.
pub fn index<'a>(vendors: impl IntoIterator<Item = &'a Descriptor>) -> String {
    let head = ["CRM", "list", "tags", "events", "deletes on request"].map(str::to_owned);
    let row = |vendor: &Descriptor| {
        [
            format!("[{}]({}.md)", vendor.name, vendor.slug),
            match vendor.lists {
                Listing::Picked { word, required: true } => article(word),
                Listing::Picked { word, required: false } => format!("{} (optional)", article(word)),
                Listing::None(_) => "\u{2013}".to_owned(),
            },
            match vendor.tags {
                Tagging::Tags { .. } | Tagging::Kept => "tags".to_owned(),
                Tagging::Field(field) => format!("in the field `{field}`"),
                Tagging::Groups => "as groups".to_owned(),
            },
            yes(vendor.events.is_some()).to_owned(),
            yes(vendor.can_forget).to_owned(),
        ]
    };
    let mut rows: Vec<_> = vendors.into_iter().map(|vendor| (vendor.name.to_lowercase(), row(vendor))).collect();
    rows.sort();
    let rows = rows.into_iter().map(|(_, row)| row);
    format!(
        "# CRMs\n\n{NOTE}What each CRM receives when an affiliate is approved, changes or leaves. Each page explains \
         how to connect, which calls we make, how consent is handled, and how to fix problems. To add another CRM, see \
         [adding a connector](../../contributing/adding-a-connector.md).\n\n{}",
        table(head, rows)
    )
}

const fn yes(is_so: bool) -> &'static str {
    if is_so { "yes" } else { "no" }
}

/// Prefixes the indefinite article: `an audience`.
fn article(word: &str) -> String {
    let vowel = word.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {word}", if vowel { "an" } else { "a" })
}

fn table<const N: usize>(head: [String; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let line = |cells: [String; N]| format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
    let mut table = line(head) + &format!("|{}\n", " --- |".repeat(N));
    table.extend(rows.into_iter().map(line));
    table
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn connect(vendor: &Descriptor) -> String {
    let mut text = format!("Choose {} under *CRMs \u{2192} Connect* and enter:\n\n", vendor.name);
    for field in vendor.fields {
        text.push_str(&connect_field(field));
    }
    if !vendor.scopes.is_empty() {
        let scopes: Vec<String> = vendor.scopes.iter().copied().map(code).collect();
        let _ = write!(text, "\nThe key needs these permissions: {}.\n", scopes.join(", "));
    }
    text + "\nWe make a test call right away, which reports what\u{2019}s missing and shows which account it is."
}

fn connect_field(field: &Field) -> String {
    let mut text = format!("- **{}**, in the API `{}`: {}", field.label, field.name, field.hint);
    match field.link {
        Some(link) if link.starts_with('/') => {
            let _ = write!(text, " The page is `{link}` below your account\u{2019}s address.");
        }
        Some(link) => {
            let _ = write!(text, " [Open the page]({link}).");
        }
        None => {}
    }
    if !field.example.is_empty() {
        let _ = write!(text, " It looks like this: {}.", field.example.trim_end_matches('.'));
    }
    text.push_str(if field.required { "" } else { " Optional." });
    text.push_str(if field.secret { " It\u{2019}s encrypted, and never shown again.\n" } else { "\n" });
    text
}

fn written(vendor: &Descriptor) -> String {
    let row = |one: &Written| [code(one.field), one.value.to_owned()];
    let rows = vendor.writes.iter().map(row);
    format!(
        "{}\nNothing else is written, and empty values are never sent.\n\n{}",
        table(["field", "value"].map(str::to_owned), rows),
        names(vendor.names)
    )
}

/// What happens to a name that a contact already has.
fn names(names: Names) -> String {
    let stay = "A name that the contact already has stays. Only a name that we wrote is replaced, once the \
                affiliate\u{2019}s name changes.";
    match names {
        Names::Stay => stay.to_owned(),
        Names::StayBut(when) => format!("{stay} {when}"),
        Names::Sent(why) => why.to_owned(),
    }
}

fn calls(calls: &[Call]) -> String {
    let row = |(at, call): (usize, &Call)| [(at + 1).to_string(), code(call.line), call.why.to_owned()];
    let rows = calls.iter().enumerate().map(row);
    table(["", "call", "purpose"].map(str::to_owned), rows)
        + "\nIf a call fails, only that call is repeated, then the sync continues. Before repeating a call that \
           includes consent, we check the subscription again, because the person may have unsubscribed."
}

fn lists_and_tags(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let lists = match vendor.lists {
        Listing::Picked { word, required } => {
            let choose = if required { "Choose" } else { "You can choose" };
            let each = format!("each program can have its own {word}.");
            format!("{choose} {} from those the key can access; {each}", article(word))
        }
        Listing::None(why) => why.to_owned(),
    };
    let tags = match vendor.tags {
        Tagging::Tags { listed: true } => format!("Tags are {name} tags; the settings page suggests existing ones."),
        Tagging::Tags { listed: false } => format!("Tags are {name} tags; you can enter any name."),
        Tagging::Kept => {
            format!("Tags are {name} tags; you can enter any name. The API can add tags but not remove them.")
        }
        Tagging::Field(field) => {
            format!("{name} has no tags for people. We keep tags in the field `{field}` and replace the whole value.")
        }
        Tagging::Groups => "Each tag is a group with that name, created if it\u{2019}s missing.".to_owned(),
    };
    format!(
        "{lists}\n\n{tags} Every approved affiliate gets `Rekomi affiliate`, your account tags and the \
         program\u{2019}s extra tags."
    )
}

fn limits(vendor: &Descriptor) -> String {
    let paces: Vec<String> = vendor.paces.iter().map(pace).collect();
    format!(
        "{}\n\n{} This includes test calls and loading lists and tags. If {} asks us to wait, all syncs wait \
         that long.",
        vendor.limit,
        paces.join(" "),
        vendor.name
    )
}

/// What any window of time holds at most, for the two windows that say most about the pace.
fn pace(pace: &Pace) -> String {
    let windows = [("second", 1), ("minute", 60), ("hour", 3_600)];
    let slow = usize::from(pace.burst > pace.per_minute);
    let most = |(window, seconds): &(&str, u64)| {
        format!("{} in any {window}", pace.most_within(Duration::from_secs(*seconds)))
    };
    let most: Vec<String> = windows.iter().skip(slow).take(2).map(most).collect();
    match (pace.name, most.join(" and ")) {
        ("", most) => format!("We send at most {}.", most.replacen(" in", " requests in", 1)),
        (name, most) => format!("For `{name}`, the limit is {most}."),
    }
}

fn events(vendor: &Descriptor) -> String {
    match vendor.events {
        Some(how) => format!(
            "`affiliate_approved`, `first_click`, `first_conversion`, `commission_earned` and `payout_sent`, if you \
             turn them on. {}{how}",
            initial_events(vendor)
        ),
        None => format!("None: we don\u{2019}t send events to {}.", vendor.name),
    }
}

/// The events that the form for a new connection selects, as a sentence; empty if it selects none.
fn initial_events(vendor: &Descriptor) -> String {
    let selected: Vec<String> = vendor.initial_events.iter().copied().map(code).collect();
    if selected.is_empty() {
        return String::new();
    }
    format!("The form for a new connection selects {}. ", selected.join(", "))
}

fn deleting(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let forget = if vendor.can_forget {
        format!(
            "People are deleted from {name} only on request (`POST /api/v1/syncs` with `task: \"forget\"`). If it \
             isn\u{2019}t a plain deletion, the table below explains what happens. Delete them there before you erase \
             them here."
        )
    } else {
        format!(
            "{name}\u{2019}s API can\u{2019}t delete anyone. If an affiliate asks to be erased, delete them there \
             manually."
        )
    };
    let tags = if matches!(vendor.tags, Tagging::Kept) { "keep" } else { "lose" };
    let address = new_address(vendor);
    format!(
        "Affiliates who leave, are banned or are rejected stay in the CRM: they {tags} the tags we added and are \
         marked `Rekomi former affiliate`. This doesn\u{2019}t unsubscribe or delete anyone.\n\n{address}\n\n{forget}"
    )
}

fn disconnecting(name: &str) -> String {
    format!(
        "*Disconnect* on the connection\u{2019}s page (`DELETE /api/v1/connections/{{id}}`) stops syncing and deletes the \
         credentials, the settings and the sync log. Nothing changes in {name}: contacts keep their lists, tags and \
         fields. Then revoke the credentials in {name}, unless something else uses them."
    )
}

/// What happens when an affiliate's email address changes.
fn new_address(vendor: &Descriptor) -> String {
    let tags = if matches!(vendor.tags, Tagging::Kept) { "keeps" } else { "loses" };
    let former = format!("{tags} the tags we added and is marked `Rekomi former affiliate`");
    match vendor.new_address {
        NewAddress::Moves(call) => format!(
            "If an affiliate\u{2019}s email address changes, their contact gets the new one (`{call}`). If another \
             contact already has it, that one is used, and the old one {former}."
        ),
        NewAddress::Replaces(why) => format!(
            "If an affiliate\u{2019}s email address changes, they become a new contact. The old one {former}. {why}"
        ),
        NewAddress::ById => "If an affiliate\u{2019}s email address changes, the next message has the new one and the \
                             same affiliate ID."
            .to_owned(),
    }
}

fn known_issues(known_issues: &[KnownIssue]) -> String {
    let row = |one: &KnownIssue| [one.sign.to_owned(), one.remedy.to_owned()];
    table(["what you see", "what to do"].map(str::to_owned), known_issues.iter().map(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    static TINY: Descriptor = Descriptor {
        slug: "tiny-crm",
        name: "TinyCRM",
        docs: "https://tiny.test/docs",
        fields: &[
            Field {
                name: "apiKey",
                label: "API key",
                hint: "Under Settings.",
                link: Some("https://tiny.test/keys"),
                example: "tk_\u{2026}",
                secret: true,
                required: true,
                missing: None,
            },
            Field {
                name: "region",
                label: "Region",
                hint: "Beside it.",
                link: Some("/region"),
                example: "eu",
                secret: false,
                required: false,
                missing: None,
            },
        ],
        scopes: &["people.read", "people.write"],
        lists: Listing::Picked { word: "audience", required: true },
        tags: Tagging::Field("rekomi_tags"),
        events: None,
        initial_events: &[],
        new_address: NewAddress::Replaces("TinyCRM\u{2019}s API can\u{2019}t change an address."),
        can_forget: false,
        paces: &[
            Pace { name: "", per_minute: 90, burst: 5, jitter_ms: 0 },
            Pace { name: "tags", per_minute: 30, burst: 1, jitter_ms: 0 },
        ],
        limit: "100 requests a minute.",
        names: Names::StayBut("Not on Sundays."),
        writes: &[Written { field: "email", value: "the address" }],
        calls: &[Call { line: "PUT /people/{email}", why: "creates | updates" }],
        consent: "People who unsubscribed are skipped.",
        success: "The answer has the person.",
        known_issues: &[KnownIssue { sign: "401", remedy: "Create a new key." }],
    };

    #[test]
    fn a_page_says_all_that_the_descriptor_says() {
        assert_eq!(page(&TINY), include_str!("page/tiny-crm.md"));
    }

    #[test]
    fn the_table_is_in_the_order_of_names() {
        let other = Descriptor {
            slug: "anna",
            name: "anna",
            lists: Listing::None("It has none."),
            tags: Tagging::Groups,
            events: Some("How."),
            can_forget: true,
            ..TINY
        };
        let rows: Vec<String> = index([&TINY, &other]).lines().skip(8).map(str::to_owned).collect();
        assert_eq!(
            rows,
            [
                "| [anna](anna.md) | \u{2013} | as groups | yes | yes |",
                "| [TinyCRM](tiny-crm.md) | an audience | in the field `rekomi_tags` | no | no |",
            ]
        );
    }
}
