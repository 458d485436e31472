//! Goal: an old tab of a profile takes back nothing that was changed meanwhile.
//! Method: the page is read, the address and the link name are changed by API, and the form is sent as the page had it.

use serde_json::json;
use world::client::dashboard::{changed, shown};

use super::Fixture;

#[tokio::test]
async fn an_old_tab_saves_only_the_contact_details_that_were_changed_in_it() {
    let mut fixture = Fixture::open().await;
    let [first, second] = ["una@creators.test", "una.vale@creators.test"].map(|email| fixture.world.own(email));
    let made = json!({"name": "Una Vael", "email": first, "slug": "una"});
    let made = fixture.world.api().post("/affiliates", &made).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();
    let old = shown(&fixture.page(&format!("/{id}")).await);
    let meanwhile = json!({"email": second, "slug": "una-vale"});
    fixture.world.api().patch(&format!("/affiliates/{id}"), &meanwhile).await.expect_status(200);
    // Twice: once with a mistake, after which the form has what was typed.
    let mut form = old;
    for (name, status) in [("", 400), ("Una Vale", 303), ("Una Vale", 303)] {
        let fields = changed(&form, &[("name", name)]);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let answer = fixture.post(&format!("/{id}/profile"), &fields).await.expect_status(status);
        if status == 400 {
            form = shown(&answer.text());
        }
    }
    let after = fixture.read(id).await;
    assert_eq!(
        (&after["name"], &after["email"], &after["slug"]),
        (&json!("Una Vale"), &json!(second), &json!("una-vale"))
    );
    fixture.world.finish().await;
}
