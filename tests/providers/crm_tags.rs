//! Goal: a tag that a contact is to keep isn't removed because it was something else before.
//! Method: each vendor whose lists are tags or groups themselves, against its fake server: one of an affiliate's tags is
//! then picked as the list, and is no longer one of the tags.

use connector::{Person, Task};
use world::fakes::crm::{
    self,
    rehearsal::{connected, person, run},
};

const VENDORS: [&str; 4] = ["keap", "mailerlite", "ontraport", "zoho-crm"];

#[tokio::test]
async fn a_tag_that_is_then_picked_as_the_list_stays() {
    for slug in VENDORS {
        let crm = crm::start(crm::of(slug));
        let account = connected(&crm).await;
        let picked = person(&crm, "lauren@creators.test");
        let list = picked.lists[0].clone();
        let ours = vec!["Rekomi affiliate".to_owned()];
        let tags = [ours.clone(), vec![list.name.clone(), "VIP".to_owned()]].concat();
        let untags = vec![list.name.clone(), "VIP".to_owned()];
        for person in [
            Person { lists: Vec::new(), tags, ..picked.clone() },
            Person { tags: ours.clone(), untags, ..picked.clone() },
        ] {
            let done = run(&crm, &account, &Task::Sync(person), 0).await;
            assert!(done.is_success(), "{slug}: {:?} {:?}", done.faults, done.left_alone);
            let contact = crm.with(|crm| {
                crm.settle();
                crm.contact(&picked.email)
            });
            let contact = contact.unwrap_or_else(|| panic!("{slug}"));
            assert!(contact.lists.contains(&list.id), "{slug}: {contact:?}");
            assert!(contact.tags.contains(&list.name) && contact.tags.contains(&ours[0]), "{slug}: {contact:?}");
        }
        let contact = crm.with(|crm| crm.contact(&picked.email)).unwrap();
        assert!(!contact.tags.contains("VIP"), "{slug}: other tags are still removed");
    }
}
