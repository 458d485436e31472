//! Static facts about a vendor: the connect form, the documentation and the runner's pacing are built from them.

/// Everything known about a vendor without calling it.
#[derive(Debug)]
pub struct Descriptor {
    /// In URLs and the API: `customer-io`.
    pub slug: &'static str,
    /// As the vendor spells it.
    pub name: &'static str,
    /// Where the vendor's API is documented.
    pub docs: &'static str,
    /// The fields of the connect form, in order.
    pub fields: &'static [Field],
    /// The permissions that the key needs, in the vendor's own words. Empty if keys have no scopes.
    pub scopes: &'static [&'static str],
    pub lists: Listing,
    pub tags: Tagging,
    /// How events (`affiliate_approved`, …) are sent, in one sentence. None if the vendor has no events.
    pub events: Option<&'static str>,
    /// The events that the form for a new connection selects: `affiliate_approved` where automations usually start from an
    /// event, not from a list or a tag.
    pub initial_events: &'static [&'static str],
    /// Whether [`crate::Task::Forget`] works.
    pub can_forget: bool,
    pub new_address: NewAddress,
    /// The first pace applies to every request, the others also to requests that name them.
    pub paces: &'static [Pace],
    /// The limit in the vendor's own terms.
    pub limit: &'static str,
    pub names: Names,
    /// The fields that are written. Nothing else is.
    pub writes: &'static [Written],
    /// The calls of one sync, in order.
    pub calls: &'static [Call],
    /// How consent is handled, in plain sentences.
    pub consent: &'static str,
    /// When a sync is shown as \u{201c}Succeeded\u{201d}: what was confirmed, and how.
    pub success: &'static str,
    /// Known problems of the vendor, with remedies.
    pub known_issues: &'static [KnownIssue],
}

/// A credential or a setting, as the connect form asks for it.
#[derive(Debug)]
pub struct Field {
    /// The name in the API's `credentials`, in camelCase.
    pub name: &'static str,
    pub label: &'static str,
    /// Where to find it, as a sentence.
    pub hint: &'static str,
    /// The page where it is found, or a path below the account's own URL if each account has its own.
    pub link: Option<&'static str>,
    /// An example value. It also says what kind of value it is: an address begins with `https://`, a JSON document with
    /// `{`.
    pub example: &'static str,
    /// Encrypted, and never shown again.
    pub secret: bool,
    pub required: bool,
    /// The vendor's message when it is missing, if the label alone isn't enough: `missing Api-Appid header`.
    pub missing: Option<&'static str>,
}

/// The kind of list that people are added to.
#[derive(Debug)]
pub enum Listing {
    /// The picker offers them. `word` is what the vendor calls one: \u{201c}audience\u{201d}.
    Picked { word: &'static str, required: bool },
    /// The vendor has no lists; the text says why, in a sentence.
    None(&'static str),
}

/// How the vendor stores tags.
#[derive(Debug)]
pub enum Tagging {
    /// Real tags. `listed` if [`crate::Task::Tags`] can read the existing ones.
    Tags { listed: bool },
    /// Real tags that the vendor's API can add but not remove.
    Kept,
    /// Written into the named field of the contact instead.
    Field(&'static str),
    /// Groups or lists of the same name serve as tags.
    Groups,
}

/// What happens when an affiliate's email address changes.
#[derive(Debug, Clone, Copy)]
pub enum NewAddress {
    /// The contact gets it, by this call ([`crate::moving`]): `PUT /api/3/contacts/{id}`.
    Moves(&'static str),
    /// They become a new contact, and the old one is marked as former. The text says why the contact isn't moved, in a
    /// sentence.
    Replaces(&'static str),
    /// Whoever gets our messages recognizes the affiliate by their ID.
    ById,
}

/// What happens to a name that a contact already has.
#[derive(Debug, Clone, Copy)]
pub enum Names {
    /// It stays, unless it is one that we wrote: the connector reads it first ([`crate::ContactName`]).
    Stay,
    /// It stays in most cases. The text says when it doesn't, in a sentence.
    StayBut(&'static str),
    /// It can't be read. The text says why and what follows, in a sentence.
    Sent(&'static str),
}

/// How fast the requests to one account may follow each other. No window of time holds more of them than fit into it at
/// the rate, or than a burst if that is more ([`Pace::most_within`]): the burst isn't added to the rate. For a vendor
/// that counts by the second, a burst of as many requests as we send in a second costs nothing and is the fastest.
#[derive(Debug)]
pub struct Pace {
    /// The name that requests refer to; empty for the general pace.
    pub name: &'static str,
    /// Sustained requests per minute.
    pub per_minute: u32,
    /// The burst allowed after a pause.
    pub burst: u32,
    /// Jitter: a request that has to wait waits up to this many milliseconds longer, chosen at random. The requests
    /// after it are as far from it as from any other.
    pub jitter_ms: u32,
}

/// A vendor's field that is written.
#[derive(Debug)]
pub struct Written {
    pub field: &'static str,
    pub value: &'static str,
}

/// A call of a sync.
#[derive(Debug)]
pub struct Call {
    /// `POST /api/3/contact/sync`.
    pub line: &'static str,
    pub why: &'static str,
}

/// A known problem and what to do about it.
#[derive(Debug)]
pub struct KnownIssue {
    /// What the user sees.
    pub sign: &'static str,
    pub remedy: &'static str,
}

impl NewAddress {
    /// What happens, for the page on which a CRM is connected.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Moves(_) => "If an affiliate\u{2019}s email address changes, their contact gets the new one.",
            Self::Replaces(_) => {
                "If an affiliate\u{2019}s email address changes, they become a new contact. The old one is marked as \
                 a former affiliate."
            }
            Self::ById => "If an affiliate\u{2019}s email address changes, the next message has the new one.",
        }
    }
}

impl Field {
    /// Whether the value is an address, which must be public.
    pub fn is_address(&self) -> bool {
        self.example.starts_with("https://")
    }

    /// Whether the value is a JSON document, which may have several lines.
    pub fn is_document(&self) -> bool {
        self.example.starts_with('{')
    }
}

impl Descriptor {
    /// The suffix of the development variable that redirects requests, for a vendor with one host:
    /// `REKOMI_VENDOR_BASE_<this>`.
    pub fn host_name(&self) -> String {
        self.slug.replace('-', "").to_uppercase()
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The pace of that name, if the vendor defines it.
    pub fn pace(&self, name: &str) -> Option<&'static Pace> {
        self.paces.iter().find(|pace| pace.name == name)
    }

    /// The paces that apply to a request that names this one: the general pace, and that one.
    pub fn paces_of(&self, name: &str) -> impl Iterator<Item = &'static Pace> {
        let special = self.pace(name).filter(|pace| !pace.name.is_empty());
        [self.pace(""), special].into_iter().flatten()
    }
}
