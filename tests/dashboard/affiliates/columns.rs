//! Goal: the list shows the columns that its reader chose, among them what affiliates earned per click.
//! Method: the form of *Columns* as a browser sends it, and the list before and after. What the column counts is tested where
//! its rows are made.

use super::Fixture;

#[tokio::test]
async fn earnings_per_click_are_a_column() {
    let mut fixture = Fixture::open().await;
    let usual = fixture.page("?status=Approved").await;
    assert!(usual.contains(">Joined</a>") && !usual.contains(">EPC</th>"), "{usual}");
    let chosen = [("list", "affiliates"), ("column", "epc"), ("back", "/dashboard/affiliates")];
    fixture.owner.submit("/account/columns", &chosen).await.expect_status(303);
    let page = fixture.page("?status=Approved").await;
    assert!(page.contains(">EPC</th>") && !page.contains(">Joined</a>"), "{page}");
    // There are no clicks, so there is nothing to divide by.
    assert!(page.contains("data-label=\"EPC\"><span class=\"muted\">–</span></td>"), "{page}");
    fixture.world.finish().await;
}
