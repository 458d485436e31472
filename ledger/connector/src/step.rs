//! The steps of a task. Every vendor uses the same few actions, so that logs read alike.

use std::fmt;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Makes a test call: `about` names what it tests, such as a region or a scope.
    Check,
    /// Reads the lists for the picker.
    Lists,
    /// Reads the existing tags.
    Tags,
    /// Checks whether the vendor knows the person, or the field `about`.
    Find,
    /// Reads the person's consent before any write that could undo an unsubscription.
    Consent,
    /// Gives the contact a new email address, on the list with the id `about` if contacts belong to lists.
    Move,
    /// Creates or updates the contact, or creates the missing field `about`.
    Save,
    /// Adds the person to the list with the id `about`.
    Join,
    /// Finds the tag with the name `about`.
    FindTag,
    /// Creates the tag `about` if it is missing.
    MakeTag,
    /// Adds a tag to the person, or all tags if `about` is empty.
    Tag,
    /// Removes a tag, or all old ones if `about` is empty.
    Untag,
    /// Reads back that everything is in place.
    Confirm,
    /// Sends an event.
    Event,
    /// Deletes the person.
    Forget,
}

impl Action {
    pub const ALL: [Self; 15] = [
        Self::Check,
        Self::Lists,
        Self::Tags,
        Self::Find,
        Self::Consent,
        Self::Move,
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

    /// The spelling in the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Lists => "lists",
            Self::Tags => "tags",
            Self::Find => "find",
            Self::Consent => "consent",
            Self::Move => "move",
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

    /// Whether it changes something at the vendor. Some of its requests may only read.
    pub const fn writes(self) -> bool {
        !matches!(
            self,
            Self::Check | Self::Lists | Self::Tags | Self::Find | Self::Consent | Self::FindTag | Self::Confirm
        )
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == name)
    }
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Step {
    pub action: Action,
    /// The object of the action: a list's id, a tag's name. Empty if the action needs none.
    pub about: String,
    /// The checks on which this step's consent depends, if its call carries consent or could undo an unsubscription.
    /// The runner repeats them before it sends that call a second time or after a pause: see [`crate::Trail`].
    pub depends_on: Vec<Step>,
    /// For a step that creates something with a name (a tag, a list, a field): the lookups that say whether it is
    /// missing. Only one sync of a connection creates at a time, and it repeats the lookups first: see
    /// [`crate::Trail`].
    pub creates: Option<Vec<Step>>,
}

impl Step {
    pub const fn new(action: Action) -> Self {
        Self { action, about: String::new(), depends_on: Vec::new(), creates: None }
    }

    pub fn about(action: Action, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..Self::new(action) }
    }

    /// Makes the step depend on earlier checks of consent. Checks that aren't planned are ignored.
    #[must_use]
    pub fn depends_on(mut self, looks: impl IntoIterator<Item = Self>) -> Self {
        self.depends_on = looks.into_iter().collect();
        self
    }

    /// Declares that the step creates something unless these lookups find it. Without a lookup, the vendor itself must
    /// return an existing one.
    #[must_use]
    pub fn creates(mut self, lookups: impl IntoIterator<Item = Self>) -> Self {
        self.creates = Some(lookups.into_iter().collect());
        self
    }

    /// Whether both are the same part of a plan. `depends_on` and `creates` aren't stored with a plan and are ignored.
    pub fn is(&self, other: &Self) -> bool {
        (self.action, &self.about) == (other.action, &other.about)
    }
}

/// A description for marketers.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.about;
        match self.action {
            Action::Check => write!(f, "Test call {about}"),
            Action::Lists => f.write_str("Load the lists"),
            Action::Tags => f.write_str("Load the tags"),
            Action::Find if !about.is_empty() => write!(f, "Find the field {about}"),
            Action::Find => f.write_str("Find the contact"),
            Action::Consent => f.write_str("Check the subscription"),
            Action::Move if !about.is_empty() => write!(f, "Change the email address on the list {about}"),
            Action::Move => f.write_str("Change the email address"),
            Action::Save if !about.is_empty() => write!(f, "Create the field {about}"),
            Action::Save => f.write_str("Save the contact"),
            Action::Join => write!(f, "Add to the list {about}"),
            Action::FindTag => write!(f, "Find the tag {about}"),
            Action::MakeTag => write!(f, "Create the tag {about}"),
            Action::Tag if about.is_empty() => f.write_str("Add the tags"),
            Action::Tag => write!(f, "Add the tag {about}"),
            Action::Untag if about.is_empty() => f.write_str("Remove old tags"),
            Action::Untag => write!(f, "Remove the tag {about}"),
            Action::Confirm => f.write_str("Verify the result"),
            Action::Event => f.write_str("Send the event"),
            Action::Forget => f.write_str("Delete the contact"),
        }
    }
}
