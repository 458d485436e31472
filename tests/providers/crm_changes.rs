//! Goal: an affiliate who leaves or comes back while a sync is under way is no failure, joins nothing, and is right after
//! the next sync.
//! Method: a plan for one state is gone on with for another, from each call on, for each vendor whose connector looks at
//! the person of the moment before it writes and confirms only what it wrote.

use connector::{Person, Task};
use world::fakes::crm::{
    self,
    rehearsal::{connected, former, person, run, run_changed},
};

const VENDORS: &[&str] = &[
    "activecampaign",
    "attio",
    "aweber",
    "bento",
    "braze",
    "brevo",
    "campaign-monitor",
    "constant-contact",
    "custom",
    "drip",
    "emailoctopus",
    "encharge",
    "flodesk",
    "getresponse",
    "highlevel",
    "hubspot",
    "intercom",
    "keap",
    "kit",
    "klaviyo",
    "listmonk",
    "loops",
    "mailchimp",
    "mailerlite",
    "mailjet",
    "mautic",
    "moosend",
    "omnisend",
    "ortto",
    "pipedrive",
    "resend",
    "sailthru",
    "salesforce",
    "sendgrid",
    "sendlane",
    "userlist",
    "vero",
    "zoho-crm",
];
/// As many as the longest of their syncs makes.
const CALLS: usize = 16;

#[tokio::test]
async fn who_leaves_under_way_joins_nothing_more() {
    for &slug in VENDORS {
        for calls in 0..CALLS {
            let crm = crm::start(crm::of(slug));
            let account = connected(&crm).await;
            let member = person(&crm, "lauren@creators.test");
            let gone = former(&member);
            let before = crm.with(|crm| crm.contact(&member.email));
            assert_eq!(before, None, "{slug}");
            let done = run_changed(&crm, &account, (&member, &gone), calls).await;
            assert_eq!(done, Ok(()), "{slug} after {calls}");
            if calls == 0 {
                let lists = crm.with(|crm| crm.contact(&member.email)).map(|contact| contact.lists);
                assert!(lists.is_none_or(|lists| lists.is_empty()), "{slug}");
            }
            let next = run(&crm, &account, &Task::Sync(gone), 0).await;
            assert!(next.is_success(), "{slug} after {calls}: {:?}", next.faults);
            let tags = crm.with(|crm| {
                crm.settle();
                crm.contact(&member.email)
            });
            let tagged = tags.is_some_and(|contact| contact.tags.contains("Rekomi affiliate"));
            assert!(!tagged, "{slug} after {calls}");
        }
    }
}

#[tokio::test]
async fn who_comes_back_under_way_is_there_after_the_next_sync() {
    for &slug in VENDORS {
        for calls in 0..CALLS {
            let crm = crm::start(crm::of(slug));
            let account = connected(&crm).await;
            let member = person(&crm, "lauren@creators.test");
            let gone = former(&member);
            let back = Person { untags: gone.tags.clone(), ..member.clone() };
            assert!(run(&crm, &account, &Task::Sync(member.clone()), 0).await.is_success(), "{slug}");
            let done = run_changed(&crm, &account, (&gone, &back), calls).await;
            assert_eq!(done, Ok(()), "{slug} after {calls}");
            let next = run(&crm, &account, &Task::Sync(back), 0).await;
            assert!(next.is_success(), "{slug} after {calls}: {:?}", next.faults);
            let contact = crm.with(|crm| {
                crm.settle();
                crm.contact(&member.email)
            });
            let contact = contact.unwrap_or_else(|| panic!("{slug} after {calls}"));
            assert!(member.tags.iter().all(|tag| contact.tags.contains(tag)), "{slug} after {calls}: {contact:?}");
            assert!(!contact.tags.contains("Rekomi former affiliate"), "{slug} after {calls}: {contact:?}");
        }
    }
}
