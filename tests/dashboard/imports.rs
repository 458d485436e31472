//! Goal: a file with columns of its own is uploaded, mapped, checked, run and reported on the dashboard.
//! Method: an owner's browser sends the forms as the pages have them.
//! Routes: `/dashboard/imports/{id}`, `/dashboard/imports/{id}/report.csv`, `/dashboard/imports/{id}/{what}`

use std::time::Duration;

use serde_json::json;
use world::{
    World,
    client::{
        dashboard::Marketer,
        mailbox::{read_email, read_emails},
    },
    http::Request,
    import_fixture::{counts, file, import},
    organization_fixture, wait,
};

/// On the pages: a file with unknown columns is mapped, checked, run, and reported.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_columns_of_its_own() {
    let world = World::start().await;
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    let with = |file: &'static str, destination: &'static str| {
        [
            ("organization", organization.clone()),
            ("kind", "Affiliates".to_owned()),
            ("source", "Csv".to_owned()),
            ("program", program.clone()),
            ("destination", destination.to_owned()),
            ("tell", "yes".to_owned()),
            ("file", file.to_owned()),
        ]
    };
    let upload = async |owner: &mut Marketer, fields: &[(&str, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        owner.submit("/dashboard/imports", &fields).await
    };
    let csv = "Wer;Kontakt;Kürzel\nZoë B;zoe@old.test;zoe\nJo;jo@old.test;jo\nNobody;nowhere;x\nLauren;lauren@creators.test;lauren-old\n";
    let refused = upload(&mut owner, &with(csv, "nowhere")).await.expect_status(400).text();
    assert!(refused.contains("Must be an absolute URL"), "{refused}");
    let empty = upload(&mut owner, &with("a,b\n", "https://acme.test/")).await.expect_status(400).text();
    assert!(empty.contains("no data rows"), "{empty}");
    // An empty destination is that of the program's links, and the form names the programs without one.
    let nowhere = world
        .api()
        .post("/programs", &json!({"name": "Quiet", "components": [{"type": "percentage", "ratePercent": "5"}]}))
        .await
        .expect_status(201)
        .json();
    let form = owner.browser.get(&format!("/dashboard/imports?organization={organization}")).await.text();
    assert!(form.contains("required for affiliates") && form.contains("landing page (Quiet doesn"), "{form}");
    let mut quiet = with(csv, "");
    quiet[3].1 = nowhere["id"].as_str().unwrap().to_owned();
    let refused = upload(&mut owner, &quiet).await.expect_status(400).text();
    assert!(refused.contains("have a landing page"), "{refused}");
    upload(&mut owner, &with(csv, "")).await.expect_status(303);
    let to = upload(&mut owner, &with(csv, "https://acme.test/")).await.expect_status(303);
    let place = to.header("location").unwrap().split('?').next().unwrap().to_owned();
    let page = async |owner: &mut Marketer, rest: &str| {
        let target = format!("{place}{rest}?organization={organization}");
        owner.browser.get(&target).await.expect_status(200).text()
    };
    let first = page(&mut owner, "").await;
    for description in ["Choose the column with affiliate emails", "Kürzel", "zoe@old.test"] {
        assert!(first.contains(description), "{description} in {first}");
    }
    let of_organization = ("organization", organization.as_str());
    let mapping = format!("{place}/mapping");
    let refused = owner.submit(&mapping, &[of_organization, ("map-Name", "0")]).await.expect_status(400).text();
    for kept in ["Choose the column with affiliate emails", "<option value=\"0\" selected>Wer</option>"] {
        assert!(refused.contains(kept), "{kept} in {refused}");
    }
    let fields = [of_organization, ("map-Name", "0"), ("map-Email", "1"), ("map-Slug", "2")];
    owner.submit(&mapping, &fields).await.expect_status(303);
    let checked = page(&mut owner, "").await;
    for description in [
        "Preview",
        "Import affiliates",
        "We couldn&#39;t keep the link name jo.",
        "&#34;nowhere&#34; isn&#39;t a valid email address.",
    ] {
        assert!(checked.contains(description), "{description} in {checked}");
    }
    assert_eq!(read_emails(&world.ledger.base(), "zoe@old.test").await.len(), 0);
    owner.submit(&format!("{place}/start"), &[of_organization]).await.expect_status(303);
    wait::until("the end", 30, async || page(&mut owner, "").await.contains("import their customers").then_some(()))
        .await;
    let report = page(&mut owner, "/report.csv").await;
    assert!(report.starts_with("\"line\",\"outcome\",\"reason\",\"message\",\"Wer\""), "{report}");
    for description in [
        "\"2\",\"New\"",
        "\"3\",\"New\",\"noted\"",
        "\"4\",\"Refused\",\"email_malformed\"",
        "\"5\",\"Updated\",\"\",\"Adds the link lauren-old.\"",
    ] {
        assert!(report.contains(description), "{description} in {report}");
    }
    let reported = read_email(&world.ledger.base(), "zoe@old.test", "imported").await.to_string();
    assert!(reported.contains("moved its affiliate program to Rekomi") && reported.contains("/zoe"), "{reported}");
    let lauren = world.api().all(&format!("/links?affiliateId={}", world.acme.partner.affiliate)).await;
    assert!(lauren.iter().any(|link| link["slug"] == "lauren-old"), "{lauren:?}");
    let again = owner.submit(&format!("{place}/cancel"), &[of_organization]).await.expect_status(409).text();
    assert!(again.contains("The import is Done."), "{again}");

    // The rows are deleted after 30 days; their results stay.
    let clock = Request::post("/dev/clock", r#"{"advanceDays":31}"#);
    clock.send(&world.ledger.base()).await.unwrap().expect_status(200);
    wait::until("the rows are forgotten", 20, async || {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (world.database.count("select count(*) from import_rows where cells is not null").await == 0).then_some(())
    })
    .await;
    assert_eq!(world.database.count("select count(*) from import_rows where result is not null").await, 4);
    assert_eq!(world.database.count("select count(*) from imports where head <> '[]'").await, 0, "nor is the heading");
    world.finish().await;
}

/// The date in the file is when the affiliate joined, not the day of the import.
#[tokio::test(flavor = "multi_thread")]
async fn who_joined_before_joined_then() {
    let world = World::shared().await;
    let api = world.api();
    let csv = "First Name,Last Name,Email,Joined At\nMia,Sato,mia@old.test,2024-01-04\nBen,Ng,ben@old.test,\n";
    let imported = import(&api, &file(&world, "Affiliates", csv)).await;
    assert_eq!(counts(&imported), [2, 0, 0, 0], "{imported}");
    let mia = api.all("/affiliates?email=mia%40old.test").await.remove(0);
    assert!(mia["createdAt"].as_str().unwrap() > "2024-02", "{mia}");
    assert_eq!(mia["joinedAt"], "2024-01-04T00:00:00Z", "{mia}");
    let mut owner = organization_fixture::owner(&world).await;
    let list = owner.browser.get("/dashboard/affiliates?sort=joined").await.expect_status(200).text();
    let (old, new) = (list.find("Mia Sato").unwrap(), list.find("Ben Ng").unwrap());
    assert!(list.contains("4 Jan 2024") && old < new, "{list}");
    let page = format!("/dashboard/affiliates/{}", mia["id"].as_str().unwrap());
    let page = owner.browser.get(&page).await.expect_status(200).text();
    // Beside the name, and as the first of what happened.
    assert_eq!(page.matches("datetime=\"2024-01-04T00:00:00Z\"").count(), 2, "{page}");
    let file = owner.browser.get("/dashboard/affiliates.csv").await.expect_status(200).text();
    assert!(file.contains("2024-01-04T00:00:00Z"), "{file}");
    world.finish().await;
}
