//! Generates a vendor's page in `docs/integrations/crm/` from the descriptor that the connector itself uses.

use std::fmt::Write;

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

const NOTE: &str = "<!-- Written by `cargo xtask crm-docs` from the connectors: don't edit. -->\n\n";

/// One vendor's page, in Markdown.
pub fn page(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let sections = [
        ("Connect", connect(vendor)),
        ("What is written", written(vendor.writes)),
        ("The calls of a sync", calls(vendor.calls)),
        ("Lists and tags", lists_and_tags(vendor)),
        ("Consent", vendor.consent.to_owned()),
        ("When it says Succeeded", vendor.success.to_owned()),
        ("Limits", limits(vendor)),
        ("Events", events(vendor)),
        ("Leaving and deleting", deleting(vendor)),
        ("When it fails", known_issues(vendor.known_issues)),
    ];
    let mut page = format!(
        "# {name}\n\n{NOTE}When you approve an affiliate, they\u{2019}re synced to {name} within seconds, and again whenever something \
         changes. [{name}\u{2019}s own documentation]({}) describes every call in full. [All CRMs](README.md).\n",
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
    let head = ["CRM", "put on", "tags", "events", "deletes on request"].map(str::to_owned);
    let row = |vendor: &Descriptor| {
        [
            format!("[{}]({}.md)", vendor.name, vendor.slug),
            match vendor.lists {
                Listing::Picked { word, required: true } => article(word),
                Listing::Picked { word, required: false } => format!("{}, if you choose one", article(word)),
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
        "# CRMs\n\n{NOTE}What each CRM gets when an affiliate is approved, changes or leaves. Each page says how to connect, \
         which calls are made, how consent is handled, and what to do when something fails. To add another CRM, see \
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
    text + "\nA test call follows immediately. It says what is missing, and shows whose account it is."
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

fn written(writes: &[Written]) -> String {
    let row = |one: &Written| [code(one.field), one.value.to_owned()];
    let rows = writes.iter().map(row);
    table(["field", "value"].map(str::to_owned), rows) + "\nNothing else is written, and never an empty value."
}

fn calls(calls: &[Call]) -> String {
    let row = |(at, call): (usize, &Call)| [(at + 1).to_string(), code(call.line), call.why.to_owned()];
    let rows = calls.iter().enumerate().map(row);
    table(["", "call", "what for"].map(str::to_owned), rows)
        + "\nIf a call fails, only that call is sent again, and the others follow. A call that carries consent is sent again \
           only after the subscription was checked again, because the person may have unsubscribed."
}

fn lists_and_tags(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let lists = match vendor.lists {
        Listing::Picked { word, required } => {
            let choose = if required { "Choose" } else { "You can choose" };
            let each = format!("each program can have {} of its own.", article(word));
            format!("{choose} {} from those that the key sees; {each}", article(word))
        }
        Listing::None(why) => why.to_owned(),
    };
    let tags = match vendor.tags {
        Tagging::Tags { listed: true } => format!("Tags are {name}\u{2019}s own; the form offers those that exist."),
        Tagging::Tags { listed: false } => format!("Tags are {name}\u{2019}s own; the form takes any name."),
        Tagging::Kept => format!(
            "Tags are {name}\u{2019}s own; the form takes any name. Its API can add them but can\u{2019}t remove them."
        ),
        Tagging::Field(field) => {
            format!("{name} has no tags for people: ours are kept in the field `{field}`, replaced as a whole.")
        }
        Tagging::Groups => "Here, a tag is a group of that name, created if it\u{2019}s missing.".to_owned(),
    };
    format!(
        "{lists}\n\n{tags} Every approved affiliate has `Rekomi affiliate`, your account\u{2019}s tags and the program\u{2019}s \
         extra tags."
    )
}

fn limits(vendor: &Descriptor) -> String {
    let pace = |pace: &Pace| {
        let what = if pace.name.is_empty() { "Each connection".to_owned() } else { format!("For `{}` it", pace.name) };
        format!("{what} keeps to {} requests a minute, at most {} at once.", pace.per_minute, pace.burst)
    };
    let paces: Vec<String> = vendor.paces.iter().map(pace).collect();
    format!(
        "{}\n\n{} If {} asks for a pause, everything waits for as long as it says.",
        vendor.limit,
        paces.join(" "),
        vendor.name
    )
}

fn events(vendor: &Descriptor) -> String {
    match vendor.events {
        Some(how) => format!("`affiliate_approved`, `commission_earned`, `payout_sent`, if you turn them on. {how}"),
        None => format!("None: {} has no events that we could send for a person.", vendor.name),
    }
}

fn deleting(vendor: &Descriptor) -> String {
    let name = vendor.name;
    let forget = if vendor.can_forget {
        format!(
            "People are deleted from {name} only if you ask for it (`POST /api/v1/syncs` with `task: \"forget\"`). If that \
             isn\u{2019}t a plain deletion, the table below says what happens. Do it before you erase them here."
        )
    } else {
        format!(
            "{name}\u{2019}s API can\u{2019}t delete anyone: if an affiliate asks to be erased, do it there manually."
        )
    };
    let tags = if matches!(vendor.tags, Tagging::Kept) { "keep" } else { "lose" };
    format!(
        "Affiliates who leave, are banned or are rejected stay in the CRM: they {tags} the tags that we added and are marked \
         `Rekomi former affiliate`. That unsubscribes or deletes no one.\n\n{forget}"
    )
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
        can_forget: false,
        paces: &[
            Pace { name: "", per_minute: 90, burst: 5, jitter_ms: 0 },
            Pace { name: "tags", per_minute: 30, burst: 1, jitter_ms: 0 },
        ],
        limit: "100 requests a minute.",
        writes: &[Written { field: "email", value: "the address" }],
        calls: &[Call { line: "PUT /people/{email}", why: "creates | updates" }],
        consent: "Whoever unsubscribed is left alone.",
        success: "The answer has the person.",
        known_issues: &[KnownIssue { sign: "401", remedy: "Make a new key." }],
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
