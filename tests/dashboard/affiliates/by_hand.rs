//! Goal: a bonus or a deduction is asked about with its amount, given once however often its form is sent, and in the
//! audit log.
//! Method: the forms of `/dashboard/affiliates/{id}/bonus` as a browser sends them; the effect is read by API.

use serde_json::Value;

use super::Fixture;

fn form_id(page: &str) -> String {
    page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Their commissions of a kind.
async fn extras(fixture: &Fixture, affiliate: &str, kind: &str) -> Vec<Value> {
    let all = fixture.world.api().all(&format!("/commissions?affiliateId={affiliate}")).await;
    all.into_iter().filter(|one| one["type"] == kind).collect()
}

#[tokio::test]
async fn a_bonus_is_confirmed_and_given_once() {
    let mut fixture = Fixture::open().await;
    let lauren = fixture.world.acme.partner.affiliate.to_string();
    let program = fixture.world.acme.program.to_string();
    let path = format!("/{lauren}/bonus");
    let form = form_id(&fixture.page(&path).await);
    let typed = |kind: &'static str, amount: &'static str, step: &'static str| {
        vec![
            ("kind", kind),
            ("amountCents", amount),
            ("currency", "usd"),
            ("programId", program.as_str()),
            ("holdDays", "7"),
            ("reason", "Thank you for the video."),
            ("form", form.as_str()),
            ("step", step),
        ]
    };
    let refused = fixture.post(&path, &typed("Bonus", "-50", "")).await.expect_status(400).text();
    assert!(refused.contains("amountCents-problem") && refused.contains("value=\"-50\""), "{refused}");
    let question = fixture.post(&path, &typed("Bonus", "50", "")).await.expect_status(200).text();
    assert!(
        question.contains("Add a bonus of $50.00 for") && question.contains(">Add $50.00 bonus</button>"),
        "{question}"
    );
    assert!(extras(&fixture, &lauren, "Bonus").await.is_empty(), "nothing is booked yet");
    let again = fixture.post(&path, &typed("Bonus", "50", "change")).await.expect_status(200).text();
    assert!(again.contains("value=\"50\"") && again.contains("Continue"), "{again}");
    for _ in 0..2 {
        let done = fixture.post(&path, &typed("Bonus", "50", "book")).await.expect_status(303);
        let place = done.header("location").unwrap().to_owned();
        let page = fixture.owner.browser.get(&place).await.expect_status(200).text();
        assert!(page.contains("Bonus of $50.00 added for"), "{page}");
    }
    let given = extras(&fixture, &lauren, "Bonus").await;
    assert_eq!(
        (given.len(), given[0]["amountCents"].as_i64(), &given[0]["status"]),
        (1, Some(5_000), &Value::from("Pending"))
    );
    assert_eq!(fixture.audited(given[0]["id"].as_str().unwrap()).await, ["commission.bonus_given"]);
    let other = fixture.post(&path, &typed("Bonus", "70", "book")).await.expect_status(409).text();
    assert!(
        other.contains("Something else was already added with this form.") && other.contains("Continue"),
        "{other}"
    );
    assert_ne!(form_id(&other), form, "another amount needs another form");
    assert_eq!(extras(&fixture, &lauren, "Bonus").await.len(), 1);
    fixture.post(&path, &typed("Bonus", "50", "book")).await.expect_status(303);

    let increase = fixture.page(&format!("{path}?kind=Increase")).await;
    assert!(
        increase.contains("<h1>Add adjustment</h1>") && increase.contains("value=\"Increase\" selected"),
        "{increase}"
    );
    let deduct = fixture.page(&format!("{path}?kind=Deduct")).await;
    assert!(deduct.contains("value=\"Deduct\" selected"), "{deduct}");
    let other = form_id(&deduct);
    let mut fields = typed("Deduct", "12.50", "book");
    fields.retain(|(name, _)| *name != "form");
    let without = fixture.post(&path, &fields).await.expect_status(400).text();
    assert!(without.contains("Open this form again."), "{without}");
    fields.push(("form", other.as_str()));
    fixture.post(&path, &fields).await.expect_status(303);
    let deducted = extras(&fixture, &lauren, "Adjustment").await;
    assert_eq!((deducted.len(), deducted[0]["amountCents"].as_i64()), (1, Some(-1_250)));

    let theirs = format!("/{}/bonus", fixture.world.globex.partner.affiliate);
    fixture.post(&theirs, &typed("Bonus", "50", "book")).await.expect_status(404);
    fixture.world.database.set_member_roles("viewer").await;
    assert!(fixture.page(&path).await.contains("Your role can’t add bonuses."));
    fixture.post(&path, &typed("Bonus", "50", "book")).await.expect_status(403);
    fixture.world.finish().await;
}
