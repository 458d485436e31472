//! Reads a page of a peer's feed. A page that isn't well-formed is refused as a whole; an item that isn't is dropped and
//! counted, so that one program doesn't hide the others. Words of the network that we don't know are left out. Pure.

use recruiting::program_page::country;
use rules::{
    commission::plan,
    network::{AudienceBand, ChannelKind, Format, Topic},
};
use serde_json::Value;

use super::{
    document::{is_below, is_storable},
    feed::{FORMAT, Feed, ITEMS_MAX, Listing},
};
use crate::{listing::offer, words};

const NAME_MAX: usize = 64;
const DAYS_MAX: i32 = 3_650;

/// What a page changes.
#[derive(Debug, Default)]
pub struct Page {
    pub next: i64,
    pub more: bool,
    pub changes: Vec<Change>,
    /// Items that weren't well-formed.
    pub dropped: usize,
    /// The feed is behind what we have read, as after a restored backup: it is read from its beginning.
    pub restart: bool,
}

#[derive(Debug)]
pub enum Change {
    Keep { program: String, version: i64, listing: Box<Listing>, earnings: Vec<String> },
    Remove { program: String },
}

impl Change {
    pub fn program(&self) -> &str {
        match self {
            Self::Keep { program, .. } | Self::Remove { program } => program,
        }
    }
}

/// # Errors
/// What is wrong with the page, in words for the operator.
pub fn read(body: &[u8], origin: &str, after: i64) -> Result<Page, &'static str> {
    let feed: Feed<Value> = serde_json::from_slice(body).map_err(|_| "its feed can’t be read")?;
    if feed.format != FORMAT {
        return Err("its feed has another format than rekomi-network-feed/1");
    }
    if feed.installation != origin {
        return Err("its feed names another installation");
    }
    if feed.after != after {
        return Err("its feed answers another question than ours");
    }
    if feed.items.len() > ITEMS_MAX {
        return Err("its feed has more than 100 items on a page");
    }
    if feed.newest < after {
        return Ok(Page { restart: true, ..Page::default() });
    }
    let mut page = Page { next: after, more: feed.more, ..Page::default() };
    for item in feed.items {
        let version = item.get("version").and_then(Value::as_i64).unwrap_or_default();
        if version <= page.next {
            return Err("the versions in its feed don’t increase");
        }
        page.next = version;
        let program = item.get("id").and_then(Value::as_str).filter(|name| is_name(name)).map(str::to_owned);
        let Some(program) = program else {
            page.dropped = page.dropped.saturating_add(1);
            continue;
        };
        let is_removed = item.get("removed").and_then(Value::as_bool).unwrap_or_default();
        let kept = if is_removed { None } else { kept(&program, item, version, origin) };
        page.dropped = page.dropped.saturating_add(usize::from(kept.is_none() && !is_removed));
        // Of an item that can't be shown, what it said before isn't shown either: it isn't what the peer says now.
        page.changes.push(kept.unwrap_or(Change::Remove { program }));
    }
    if feed.next != page.next || page.next > feed.newest || (page.more && page.next == after) {
        return Err("the versions in its feed contradict each other");
    }
    Ok(page)
}

fn kept(program: &str, item: Value, version: i64, origin: &str) -> Option<Change> {
    let listing = admitted(serde_json::from_value(item).ok()?, origin)?;
    let earnings = offer::earnings(&listing.pays).into_iter().map(|one| one.as_str().to_owned()).collect();
    Some(Change::Keep { program: program.to_owned(), version, listing: Box::new(listing), earnings })
}

pub(crate) fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_plain)
}

fn admitted(listing: Listing, origin: &str) -> Option<Listing> {
    let days = 0..=DAYS_MAX;
    let is_currency = listing.currency.len() == 3 && listing.currency.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_rhythm = ["Manual", "Weekly", "Monthly"].contains(&listing.payout_rhythm.as_str());
    let is_page = is_below(&listing.page, origin);
    let is_sound = days.contains(&listing.window_days) && days.contains(&listing.hold_days);
    if !(is_currency && is_rhythm && is_page && is_sound) || plan::validate(&listing.pays).is_err() {
        return None;
    }
    let known = |names: Vec<String>, most: usize, is_known: fn(&str) -> bool| -> Vec<String> {
        names.into_iter().filter(|name| is_known(name)).take(most).collect()
    };
    Some(Listing {
        brand: line(&listing.brand, 200)?,
        title: line(&listing.title, 200)?,
        summary: text(&listing.summary, 300)?,
        description: text(&listing.description, 4_000)?,
        site: listing.site.filter(|site| is_site(site)),
        topics: known(listing.topics, 5, |name| Topic::parse(name).is_some()),
        formats: known(listing.formats, 10, |name| Format::parse(name).is_some()),
        countries: known(listing.countries, 60, |code| country::named(code).is_some_and(|known| known.code == code)),
        languages: known(listing.languages, 8, |code| words::language(code).is_some()),
        channel_kinds: known(listing.channel_kinds, 10, |kind| ChannelKind::parse(kind).is_some()),
        audience_min: AudienceBand::parse(&listing.audience_min).unwrap_or(AudienceBand::Under1k).as_str().to_owned(),
        who_for: text(&listing.who_for, 1_000)?,
        forbidden: text(&listing.forbidden, 1_000)?,
        ..listing
    })
}

/// A text that is short enough, and whose characters are what they look like: controls and marks that turn the direction
/// of writing could make a page say something else.
pub(crate) fn text(text: &str, most: usize) -> Option<String> {
    let text = text.trim();
    let is_hidden = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    (text.chars().count() <= most && !text.chars().any(is_hidden)).then(|| text.to_owned())
}

pub(crate) fn line(line: &str, most: usize) -> Option<String> {
    text(line, most).filter(|text| !text.is_empty() && !text.contains('\n'))
}

pub(crate) fn is_site(site: &str) -> bool {
    let is_web = |url: url::Url| matches!(url.scheme(), "http" | "https") && url.host().is_some();
    is_storable(site) && url::Url::parse(site).is_ok_and(is_web)
}

#[cfg(test)]
#[path = "admit_tests.rs"]
mod tests;
