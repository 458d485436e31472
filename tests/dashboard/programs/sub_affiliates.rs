//! Goal: the page of what recruiters earn shows it and accepts a change.
//! Method: the owner's browser sends `/dashboard/programs/{id}/sub-affiliates`.

use super::Fixture;

#[tokio::test]
async fn what_recruiters_earn_is_set_on_the_programs_page() {
    let mut fixture = Fixture::open().await;
    let page = fixture.page("/sub-affiliates").await;
    assert!(page.contains("Pay recruiters") && !page.contains("checked"), "{page}");
    let wrong = [("enabled", "yes"), ("percent", "101"), ("months", "")];
    let refused = fixture.send("/sub-affiliates", &wrong).await.expect_status(400).text();
    assert!(refused.contains("percent must be 0 to 100") && refused.contains("value=\"101\""), "{refused}");
    let wrong = [("enabled", "yes"), ("percent", "ten"), ("months", "")];
    let refused = fixture.send("/sub-affiliates", &wrong).await.expect_status(400).text();
    assert!(refused.contains("percent must be 0 to 100") && !refused.contains("whole number"), "{refused}");
    let saved = fixture.done("/sub-affiliates", &[("enabled", "yes"), ("percent", "12.5"), ("months", "12")]).await;
    assert!(saved.contains("Saved.") && saved.contains("value=\"12.5\"") && saved.contains("checked"), "{saved}");
    let path = format!("/programs/{}/sub-affiliate-config", fixture.program);
    let config = fixture.world.api().get(&path).await.expect_status(200).json();
    assert_eq!((config["percent"].as_f64(), config["months"].as_i64()), (Some(12.5), Some(12)));
    fixture.world.finish().await;
}
