//! The frame around every portal page: the brand, the menu, and the switch to other brands.

use askama::Template;
use shared::id::OrganizationId;

use super::{brands::Brand, icon, stylesheet};
use crate::page::frame::Section;
use kit::text::Texts;

/// In menu order, named by their messages; on a phone the first four are always visible.
const SECTIONS: [Section; 10] = [
    Section { path: "/a", name: "portal-menu-home", icon: "M4 11 12 4l8 7M6.500 9.500V20h11V9.500" },
    Section {
        path: "/a/links",
        name: "portal-menu-links",
        icon: "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700L12 6.300M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700L12 17.700",
    },
    Section { path: "/a/sales", name: "portal-menu-sales", icon: "M4 20V10M10 20V4M16 20v-8M21 20H3" },
    Section {
        path: "/a/payouts",
        name: "portal-menu-payouts",
        icon: "M3 6h18v12H3zM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5zM6 10v4M18 10v4",
    },
    Section { path: "/a/tax", name: "portal-menu-tax", icon: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h6M9 16h6" },
    Section { path: "/a/assets", name: "portal-menu-assets", icon: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9.500h0" },
    Section {
        path: "/a/rewards",
        name: "portal-menu-rewards",
        icon: "M7 4h10v5a5 5 0 0 1-10 0zM7 6H4v1.500a3 3 0 0 0 3 3M17 6h3v1.500a3 3 0 0 1-3 3M12 14v4M8.500 20h7",
    },
    Section {
        path: "/a/recruits",
        name: "portal-menu-recruits",
        icon: "M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM2.500 20c.5-3.200 3-5 6.500-5s6 1.800 6.500 5M18 8v6M15 11h6",
    },
    Section {
        path: "/a/inquiries",
        name: "portal-menu-claims",
        icon: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .9-1 1.700M12 17h0",
    },
    Section {
        path: "/a/settings",
        name: "portal-menu-profile",
        icon: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20c.6-3.500 3.500-5.500 7.500-5.500s6.900 2 7.500 5.500",
    },
];
const AT_HAND: usize = 4;

#[derive(Debug)]
pub struct Frame {
    /// The brand's name.
    pub organization: String,
    pub here: OrganizationId,
    pub email: String,
    pub color: Option<String>,
    /// Where the brand wants affiliates' replies.
    pub contact_email: Option<String>,
    /// The URL of the brand's logo, if it has one.
    pub logo: Option<String>,
    /// All brands that have an affiliate with this address, including this one.
    pub brands: Vec<Brand>,
    /// Whether the menu leads to the creator network.
    pub has_network: bool,
    /// The page's own path.
    pub place: &'static str,
}

/// The bar and the menu in the page's language, as `{{ frame.bar(t)|safe }}` writes them into a page.
#[derive(Debug, Template)]
#[template(path = "portal_bar.html")]
pub struct Bar<'a> {
    frame: &'a Frame,
    t: &'a Texts,
}

impl Frame {
    pub const fn bar<'a>(&'a self, t: &'a Texts) -> Bar<'a> {
        Bar { frame: self, t }
    }

    /// Returns the URL of the style sheet with the brand's color.
    pub fn sheet(&self) -> Option<String> {
        self.color.as_deref().and_then(stylesheet::url)
    }

    /// Returns the link for writing to the brand, if it has an address for that.
    pub fn contact(&self) -> Option<String> {
        let address = self.contact_email.as_deref()?;
        let escaped = |character: char| match character {
            '%' | '?' | '&' | '#' => format!("%{:02X}", u32::from(character)),
            other => other.to_string(),
        };
        Some(format!("mailto:{}", address.chars().map(escaped).collect::<String>()))
    }

    /// Returns the character shown in place of a brand's logo.
    pub fn initial(&self) -> String {
        initial_of(&self.organization)
    }

    /// Returns the letter on the brand's icon.
    pub fn sign(&self) -> char {
        self.initial().chars().next().unwrap_or(icon::NO_SIGN)
    }

    /// Returns the URL of the brand's icon as a picture; `side` is its size in pixels.
    pub fn icon(&self, side: u16) -> String {
        icon::png_url(self.color.as_deref(), self.sign(), side)
    }

    /// Returns each section, and whether the page belongs to it.
    pub fn sections(&self) -> impl Iterator<Item = (Section, bool)> {
        let here = section_of(self.place);
        SECTIONS.into_iter().map(move |section| (section, here == Some(section.path)))
    }

    /// Returns the sections in the bar at the bottom of a phone's screen.
    pub fn at_hand(&self) -> impl Iterator<Item = (Section, bool)> {
        self.sections().take(AT_HAND)
    }
}

/// The character shown in place of the logo of a brand with this name.
pub(super) fn initial_of(name: &str) -> String {
    let first = name.chars().find(|character| character.is_alphanumeric());
    first.map_or_else(|| "•".to_owned(), |character| character.to_uppercase().collect())
}

fn section_of(place: &str) -> Option<&'static str> {
    let leads = |path: &&str| {
        place.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && *path != "/a"))
    };
    SECTIONS.iter().map(|section| section.path).filter(leads).max_by_key(|path| path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_its_section() {
        for (place, section) in [
            ("/a", Some("/a")),
            ("/a/payouts/setup", Some("/a/payouts")),
            ("/a/tax", Some("/a/tax")),
            ("/a/inquiries/new", Some("/a/inquiries")),
            ("/a/nowhere", None),
        ] {
            assert_eq!(section_of(place), section, "{place}");
        }
    }

    #[test]
    fn a_brand_has_an_initial() {
        let frame = |name: &str| Frame {
            organization: name.to_owned(),
            here: OrganizationId::v7(1, &[1; 10]),
            email: String::new(),
            color: None,
            contact_email: Some("a&b@acme.test".to_owned()),
            logo: None,
            brands: Vec::new(),
            has_network: false,
            place: "/a",
        };
        assert_eq!(frame("“acme”").initial(), "A");
        assert_eq!(frame("…").initial(), "•");
        assert_eq!(frame("acme").contact().as_deref(), Some("mailto:a%26b@acme.test"));
        assert_eq!(frame("acme").icon(192), "/assets/icon/0f6b5c-41-192.png");
    }
}
