//! The operations that are tools, each with a description for models.
//!
//! A tool reads, or makes a change that can be undone and reaches no one outside. What approves or rejects people, sends
//! emails, changes whom sales are credited to or what they earn, or has to do with money runs only once a person has
//! confirmed it. What moves money or has to do with keys, settings and personal data isn't here: a person does that in the
//! dashboard. So some operations are here without those arguments that would do it.

mod changes;
mod reads;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Read,
    Change,
    /// Tells people something, or changes who will earn what. A person confirms it.
    Notify,
    /// Decides about money. A person confirms it on the page, and proves who they are.
    Money,
}

impl Class {
    /// Whether nothing happens before a person has confirmed it.
    pub const fn needs_person(self) -> bool {
        matches!(self, Self::Notify | Self::Money)
    }

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Change => "Change",
            Self::Notify => "Notify",
            Self::Money => "Money",
        }
    }
}

#[derive(Debug)]
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    /// The operation's id in the API's description.
    pub operation: &'static str,
    pub class: Class,
    pub description: &'static str,
    /// The only arguments of the body that a call may have; `None` allows all.
    pub body: Option<&'static [&'static str]>,
    /// A field of the body that always has this value.
    pub fixed: Option<(&'static str, &'static str)>,
    /// Whether the same call again within some minutes is taken for the same call, and makes nothing twice.
    pub creates: bool,
    /// Whether it makes this installation call another system.
    pub reaches_out: bool,
}

pub(crate) const fn read(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
) -> Entry {
    let (class, body, fixed) = (Class::Read, None, None);
    Entry { name, title, operation, class, description, body, fixed, creates: false, reaches_out: false }
}

const fn change(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    let (class, body, fixed) = (Class::Change, Some(body), None);
    Entry { name, title, operation, class, description, body, fixed, creates: false, reaches_out: false }
}

const fn notify(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    Entry { class: Class::Notify, ..change(name, title, operation, description, body) }
}

const fn money(
    name: &'static str,
    title: &'static str,
    operation: &'static str,
    description: &'static str,
    body: &'static [&'static str],
) -> Entry {
    Entry { class: Class::Money, ..change(name, title, operation, description, body) }
}

const fn create(entry: Entry) -> Entry {
    Entry { creates: true, ..entry }
}

/// All tools, in the order in which they are listed.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    reads::READS.iter().chain(&changes::CHANGES)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_every_client_accepts_them() {
        let names: BTreeSet<&str> = entries().map(|entry| entry.name).collect();
        assert_eq!(names.len(), entries().count());
        let operations: BTreeSet<&str> = entries().map(|entry| entry.operation).collect();
        assert_eq!(operations.len(), entries().count());
        let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        assert!(names.iter().all(|name| plain(name) && name.len() <= 64), "{names:?}");
    }

    #[test]
    fn what_a_person_confirms_names_its_arguments_and_never_moves_money() {
        let confirmed: Vec<&Entry> = entries().filter(|entry| entry.class.needs_person()).collect();
        assert_eq!(confirmed.len(), 15);
        for entry in confirmed {
            assert!(entry.body.is_some() && entry.fixed.is_none() && !entry.creates, "{}", entry.name);
        }
        for operation in
            ["approvePayoutRun", "createAdjustment", "refundConversion", "setPayoutMethod", "markPayoutSent"]
        {
            assert!(entries().all(|entry| entry.operation != operation), "{operation}");
        }
        let bodies = entries().filter_map(|entry| entry.body);
        assert!(bodies.flatten().all(|argument| *argument != "termsAccepted"), "only a person can accept terms");
    }

    /// Credit that was given is kept when a coupon is archived or a link is enabled again.
    #[test]
    fn what_changes_who_earns_needs_a_person() {
        for operation in [
            "updateLink",
            "createCoupon",
            "setSegment",
            "createPlan",
            "createProgram",
            "updateProgram",
            "approveAffiliate",
        ] {
            let entry = entries().find(|entry| entry.operation == operation).expect(operation);
            assert!(entry.class.needs_person(), "{operation}");
        }
        let bodies = entries().filter_map(|entry| entry.body);
        assert!(bodies.flatten().all(|argument| !["createAtGateway", "overridesClickAttribution"].contains(argument)));
    }

    #[test]
    fn what_only_people_may_do_is_no_argument() {
        let people_only = ["status", "reason", "email", "segment", "createAtGateway", "overridesClickAttribution"];
        for entry in entries().filter(|entry| entry.class == Class::Change) {
            let body = entry.body.expect("a change names its arguments");
            for argument in people_only {
                // A new applicant needs an address; no email is sent to it.
                let is_needed = entry.name == "create_affiliate" && argument == "email";
                assert!(is_needed || !body.contains(&argument), "{}: {argument}", entry.name);
            }
        }
        assert!(entries().filter(|entry| entry.class == Class::Read).all(|entry| entry.body.is_none()));
    }
}
