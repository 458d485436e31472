//! Goal: the overview's figures mean the same with and without filters, and count nothing that was denied.
//! Method: clicks and sales of two affiliates; pages and files are compared under filters that the same ones match.

use serde_json::json;
use world::{World, wait::now};

use crate::filters::Fixture;

impl Fixture {
    /// Makes late the recruiter of early, with 10% of what early earns.
    async fn recruit(&self) {
        let (organization, program) = (self.world.acme.organization.uuid(), self.world.acme.program.uuid());
        let (early, late) = (self.early.affiliate.uuid(), self.late.affiliate.uuid());
        let terms = format!(
            "insert into sub_affiliate_configs (organization_id, program_id, effective_at, enabled, percent_ppm, created_at)
             values ('{organization}', '{program}', now() - interval '2 days', true, 100000, now())"
        );
        let recruit = format!(
            "insert into affiliate_recruits (organization_id, affiliate_id, since, recruiter_id, source, created_at)
             values ('{organization}', '{early}', now() - interval '1 day', '{late}', 'Link', now())"
        );
        self.world.database.run(&terms).await;
        self.world.database.run(&recruit).await;
    }

    /// The commissions of each day and currency of the last week under filters.
    async fn commissions(&mut self, filters: &str) -> Vec<String> {
        let path = format!("/dashboard/figures.csv?span=7d&{filters}");
        let file = self.owner.browser.get(&path).await.expect_status(200).text();
        let cells = file.lines().skip(1).filter_map(|line| line.trim_matches('"').split("\",\"").nth(7));
        cells.filter(|cell| !["", "0.00"].contains(cell)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_denied_sale_makes_no_affiliate_active() {
    let mut fixture = Fixture::open(World::shared().await).await;
    let events = [fixture.world.acme.click(&fixture.early), fixture.sale("denied", 5_000, None)];
    fixture.world.intake().accept(&events).await;
    let page = fixture.owner.browser.get("/dashboard?span=7d").await.expect_status(200).text();
    assert!(page.contains("data-figure=\"active\">2<"), "{page}");
    let (conversion, _) = fixture.world.api().booked("denied").await.unwrap();
    let path = format!("/conversions/{}/review", conversion["id"].as_str().unwrap());
    let deny = json!({"decision": "Deny", "reason": "No such order."});
    fixture.world.api().post(&path, &deny).await.expect_status(200);
    let page = fixture.owner.browser.get("/dashboard?span=7d").await.expect_status(200).text();
    assert!(page.contains("data-figure=\"active\">1<"), "{page}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn a_recruiters_share_is_theirs_under_every_filter() {
    let mut fixture = Fixture::open(World::shared().await).await;
    fixture.recruit().await;
    fixture.add_segment().await;
    let click = fixture.world.acme.click_at(&fixture.early, now().plus_millis(-60_000));
    let sale = fixture.sale("by-click", 10_000, Some(&click));
    fixture.world.intake().accept(&[click]).await;
    fixture.world.intake().accept(&[sale]).await;
    for (who, earned) in
        [("affiliate=early", "20.00"), ("segment=gold", "20.00"), ("link=early", "20.00"), ("affiliate=late", "2.00")]
    {
        for filters in ["", "&device=desktop", "&country=DE", "&country=DE&source=direct"] {
            assert_eq!(fixture.commissions(&format!("{who}{filters}")).await, [earned], "{who}{filters}");
        }
        let other = format!("{who}&device=mobile");
        assert!(fixture.commissions(&other).await.is_empty(), "{other}");
    }
    for filters in ["", "device=desktop", "device=desktop&country=DE"] {
        assert_eq!(fixture.commissions(filters).await, ["22.00"], "{filters}");
    }
    fixture.world.finish().await;
}
