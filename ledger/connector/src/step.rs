//! The parts of a task. Every vendor uses the same few, so that a log reads alike for all of them.

use std::fmt;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// A test call: `about` names what it tests, such as a region or a scope.
    Check,
    /// The picker's lists.
    Lists,
    /// The tags that exist.
    Tags,
    /// Looks whether the vendor knows the person, or the field `about`.
    Find,
    /// Reads what the person agreed to; before any write that could undo an unsubscription.
    Consent,
    /// Creates or updates the contact, or creates the field `about` where it isn't there.
    Save,
    /// Puts the person on a list: `about` is its id.
    Join,
    /// Looks a tag up by its name: `about`.
    FindTag,
    /// Creates the tag `about`, where it isn't there.
    MakeTag,
    /// Gives the person a tag, or all of them where `about` is empty.
    Tag,
    /// Takes a tag away, or all of them where `about` is empty.
    Untag,
    /// Reads back that everything is there.
    Confirm,
    /// Tells of an event.
    Event,
    /// Deletes the person.
    Forget,
}

impl Action {
    pub const ALL: [Self; 14] = [
        Self::Check,
        Self::Lists,
        Self::Tags,
        Self::Find,
        Self::Consent,
        Self::Save,
        Self::Join,
        Self::FindTag,
        Self::MakeTag,
        Self::Tag,
        Self::Untag,
        Self::Confirm,
        Self::Event,
        Self::Forget,
    ];

    /// As the API and the database spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Lists => "lists",
            Self::Tags => "tags",
            Self::Find => "find",
            Self::Consent => "consent",
            Self::Save => "save",
            Self::Join => "join",
            Self::FindTag => "find_tag",
            Self::MakeTag => "make_tag",
            Self::Tag => "tag",
            Self::Untag => "untag",
            Self::Confirm => "confirm",
            Self::Event => "event",
            Self::Forget => "forget",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    pub action: Action,
    /// What it is about: a list's id, a tag's name. Empty where the act says it all.
    pub about: String,
    /// The looks that its consent rests on, of a step whose call carries consent or could undo an unsubscription. Whoever
    /// runs the plan makes them again before that call is sent a second time, or after a pause: see [`crate::Trail`].
    pub depends_on: Vec<Step>,
}

impl Step {
    pub const fn new(action: Action) -> Self {
        Self { action, about: String::new(), depends_on: Vec::new() }
    }

    pub fn about(action: Action, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..Self::new(action) }
    }

    /// Carries consent, which rests on what these earlier steps see. Those that aren't planned are passed over.
    #[must_use]
    pub fn depends_on(mut self, looks: impl IntoIterator<Item = Self>) -> Self {
        self.depends_on = looks.into_iter().collect();
        self
    }

    /// Whether both are the same part of a plan: the marks aren't kept with a plan, and don't count.
    pub fn is(&self, other: &Self) -> bool {
        (self.action, &self.about) == (other.action, &other.about)
    }
}

/// In words for a marketer.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match self.action {
            Action::Check => write!(f, "Test call {about}"),
            Action::Lists => f.write_str("Read the lists"),
            Action::Tags => f.write_str("Read the tags"),
            Action::Find if !about.is_empty() => write!(f, "Look the field {about} up"),
            Action::Find => f.write_str("Look the contact up"),
            Action::Consent => f.write_str("Check the subscription"),
            Action::Save if !about.is_empty() => write!(f, "Create the field {about}"),
            Action::Save => f.write_str("Save the contact"),
            Action::Join => write!(f, "Add to the list {about}"),
            Action::FindTag => write!(f, "Find the tag {about}"),
            Action::MakeTag => write!(f, "Create the tag {about}"),
            Action::Tag if about.is_empty() => f.write_str("Add the tags"),
            Action::Tag => write!(f, "Add the tag {about}"),
            Action::Untag if about.is_empty() => f.write_str("Remove old tags"),
            Action::Untag => write!(f, "Remove the tag {about}"),
            Action::Confirm => f.write_str("Read back"),
            Action::Event => f.write_str("Send the event"),
            Action::Forget => f.write_str("Delete the contact"),
        }
    }
}
