//! The frame around every page of a creator: the menu, and who is signed in. Templates extend `network_layout.html`,
//! which needs the fields `frame` and `t`.

use identity::page::frame::Section;

/// In menu order, named by their messages; on a phone the first four are always visible.
const SECTIONS: [Section; 6] = [
    Section {
        path: "/a/network",
        name: "creator-menu-programs",
        icon: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
    },
    Section {
        path: "/a/network/applications",
        name: "creator-menu-applications",
        icon: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h6M9 16h6",
    },
    Section { path: "/a/network/invitations", name: "creator-menu-invitations", icon: "M3 6h18v12H3zM3 7l9 7 9-7" },
    Section {
        path: "/a/network/profile",
        name: "creator-menu-profile",
        icon: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20c.6-3.500 3.500-5.500 7.500-5.500s6.900 2 7.500 5.500",
    },
    Section {
        path: "/a/network/visibility",
        name: "creator-menu-visibility",
        icon: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
    },
    Section { path: "/a/network/brands", name: "creator-menu-brands", icon: "M4 20V10M10 20V4M16 20v-8M21 20H3" },
];
const AT_HAND: usize = 4;

#[derive(Debug)]
pub struct Frame {
    pub email: String,
    /// The page's own path.
    pub place: &'static str,
}

impl Frame {
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

fn section_of(place: &str) -> Option<&'static str> {
    let leads = |path: &&str| place.strip_prefix(*path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    SECTIONS.iter().map(|section| section.path).filter(leads).max_by_key(|path| path.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_is_in_its_section() {
        for (place, section) in [
            ("/a/network", Some("/a/network")),
            ("/a/network/profile/channels", Some("/a/network/profile")),
            ("/a/network/brands", Some("/a/network/brands")),
            ("/a", None),
        ] {
            assert_eq!(section_of(place), section, "{place}");
        }
    }
}
