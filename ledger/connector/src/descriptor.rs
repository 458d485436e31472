//! What people are told about a vendor: the connect form, the documentation and the runner's pacing are made from it.

/// All there is to know of a vendor without asking it.
#[derive(Debug)]
pub struct Descriptor {
    /// In URLs and the API: `customer-io`.
    pub slug: &'static str,
    /// As the vendor writes itself.
    pub name: &'static str,
    /// Where the vendor's API is documented.
    pub docs: &'static str,
    /// The connect form, in its order.
    pub fields: &'static [Field],
    /// What the key must be allowed to do, in the vendor's own words. Empty where keys have no scopes.
    pub scopes: &'static [&'static str],
    pub lists: Listing,
    pub tags: Tagging,
    /// Whether events (`affiliate_approved`, …) can be sent; how, in a sentence. None where the vendor has none.
    pub events: Option<&'static str>,
    /// Whether [`crate::Task::Forget`] works.
    pub can_forget: bool,
    /// The first one holds for every request, the others for those that name them as well.
    pub paces: &'static [Pace],
    /// The limit in the vendor's own terms.
    pub limit: &'static str,
    /// The fields that are written, and nothing else is.
    pub writes: &'static [Written],
    /// The calls of one sync, in their order.
    pub calls: &'static [Call],
    /// What is done about consent, in plain sentences.
    pub consent: &'static str,
    /// When \u{201c}Succeeded\u{201d} is said: what was confirmed, and how.
    pub success: &'static str,
    /// What may go wrong there, and what to do.
    pub known_issues: &'static [KnownIssue],
}

/// A credential or a setting, as the connect form asks for it.
#[derive(Debug)]
pub struct Field {
    /// In the API's `credentials`: camelCase.
    pub name: &'static str,
    pub label: &'static str,
    /// Where it is found, as a sentence.
    pub hint: &'static str,
    /// The page where it is found; a path below the account's own address where the vendor has one for each.
    pub link: Option<&'static str>,
    /// What it looks like.
    pub example: &'static str,
    /// Sealed, and shown never again.
    pub secret: bool,
    pub required: bool,
    /// What is said where it is missing, if the label alone wouldn't do: `missing Api-Appid header`.
    pub missing: Option<&'static str>,
}

/// What people are put on.
#[derive(Debug)]
pub enum Listing {
    /// The picker shows them. `word` is what the vendor calls one: \u{201c}audience\u{201d}.
    Picked { word: &'static str, required: bool },
    /// There are none; why, in a sentence.
    None(&'static str),
}

/// What tags are there.
#[derive(Debug)]
pub enum Tagging {
    /// Tags of their own. `listed` where [`crate::Task::Tags`] reads those that exist.
    Tags { listed: bool },
    /// Tags of their own that can be given, and that the vendor's API can't take away again.
    Kept,
    /// Written into a field of the contact instead: its name.
    Field(&'static str),
    /// Groups or lists of that name play the part.
    Groups,
}

/// How fast requests may follow each other on one connection.
#[derive(Debug)]
pub struct Pace {
    /// Requests name it; the general one is empty.
    pub name: &'static str,
    /// Requests per minute in the long run.
    pub per_minute: u32,
    /// How many may go at once after a rest.
    pub burst: u32,
    /// Added to each pause: a random part of this many milliseconds.
    pub jitter_ms: u32,
}

/// A field of the vendor's that is written.
#[derive(Debug)]
pub struct Written {
    pub field: &'static str,
    pub value: &'static str,
}

/// A call that is made.
#[derive(Debug)]
pub struct Call {
    /// `POST /api/3/contact/sync`.
    pub line: &'static str,
    pub why: &'static str,
}

/// Something that may go wrong.
#[derive(Debug)]
pub struct KnownIssue {
    /// What people see.
    pub sign: &'static str,
    pub remedy: &'static str,
}

impl Descriptor {
    /// What the variable that points elsewhere in development is called for a vendor with one host:
    /// `REKOMI_VENDOR_BASE_<this>`.
    pub fn host_name(&self) -> String {
        self.slug.replace('-', "").to_uppercase()
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The pace of that name, if the vendor has it.
    pub fn pace(&self, name: &str) -> Option<&'static Pace> {
        self.paces.iter().find(|pace| pace.name == name)
    }
}
