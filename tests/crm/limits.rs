//! Goal: no vendor is asked more often than it allows, by syncs and pickers together; a vendor that says "too fast" is
//! left in peace for as long as it asks, with everything of that connection; others go on.
//! Method: syncs and pickers at the vendors' own pace, whose windows the fixture counts at its end. Then every second
//! vendor answers the next call in its own way of saying "too fast"; when calls came is compared.

use std::time::{Duration, Instant};

use serde_json::json;
use world::{
    crm_fixture::CrmFixture,
    fakes::{Mood, crm},
    wait::now,
};

/// Fake servers that name a moment know the rehearsal's clock; here it is the real one. Answers the moment, too: it
/// stays the same however late the first call comes.
fn from_now(mood: Mood, seconds: u64) -> (Mood, Option<Instant>) {
    let Mood::Writes(status, mut headers, text) = mood else { return (mood, None) };
    let mut named = None;
    for (_, value) in &mut headers {
        if value.parse::<u64>().is_ok_and(|moment| moment > 1_000_000_000) {
            // Headers name whole seconds, so the moment may come up to one second sooner.
            named = Some(Instant::now() + Duration::from_secs(seconds + 2));
            *value = (now().seconds().unsigned_abs() + seconds + 3).to_string();
        }
    }
    (Mood::Writes(status, headers, text), named)
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_and_pickers_share_the_vendors_limit() {
    let crms = ["activecampaign", "brevo", "customer-io", "klaviyo"].map(crm::of).into();
    let fixture = CrmFixture::with(crms, 1).await;
    let mut comers = Vec::new();
    for number in 0..4 {
        comers.push(fixture.approve_once("Next Comer", &format!("next-{number}@creators.test")).await);
    }
    // While their syncs are under way.
    for _ in 0..2 {
        for crm in &fixture.crms {
            for what in ["lists", "tags"] {
                fixture.api().get(&format!("/connections/{}/{what}", crm.connection)).await.expect_status(200);
            }
            let test = format!("/connections/{}/test", crm.connection);
            fixture.api().post(&test, &json!({})).await.expect_status(200);
        }
    }
    for affiliate in &comers {
        for crm in &fixture.crms {
            let sync = fixture.ended_within(crm, affiliate, 120).await;
            assert_eq!(sync["state"], "Succeeded", "{}: {}", crm.slug, fixture.details(&sync).await);
        }
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picker_waits_once_if_the_vendor_asks_for_a_short_pause() {
    let fixture = CrmFixture::of(&["activecampaign"]).await;
    let crm = fixture.crm("activecampaign");
    let path = format!("/connections/{}/tags", crm.connection);
    let before = crm.count();
    crm.vendor.once("GET /api/3/tags", Mood::Busy(2));
    fixture.api().get(&path).await.expect_status(200);
    let calls = crm.vendor.calls().split_off(before);
    assert_eq!(calls.len(), 2);
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(2), "{:?}", calls[1].at - calls[0].at);
    for (seconds, count) in [(2, 2), (30, 1)] {
        let before = crm.count();
        crm.vendor.when("GET /api/3/tags", Mood::Busy(seconds));
        let refused = fixture.api().get(&path).await;
        assert_eq!(refused.refusal(), (503, "vendor_unavailable".to_owned()));
        assert_eq!(refused.header("retry-after"), Some(seconds.to_string().as_str()));
        assert_eq!(crm.count() - before, count, "{seconds} seconds");
        crm.vendor.recover();
    }
    fixture.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_connection_waits_as_told_and_no_other() {
    let fixture = CrmFixture::all().await;
    let first = fixture.approve_once("First Comer", "first@creators.test").await;
    fixture.arrive(&first).await;
    let limited: Vec<_> = fixture.crms.iter().step_by(2).collect();
    let free: Vec<_> = fixture.crms.iter().skip(1).step_by(2).collect();
    let mut requested = Vec::new();
    for crm in &limited {
        let (mood, seconds) = crm.vendor.with(|crm| crm.too_fast());
        let (mood, named) = from_now(mood, seconds.unwrap_or_default());
        requested.push((crm.count(), Duration::from_secs(seconds.unwrap_or(1)), named));
        crm.vendor.once("", mood);
    }
    let started = Instant::now();
    let mut comers = Vec::new();
    for number in 0..2 {
        comers.push(fixture.approve_once("Next Comer", &format!("next-{number}@creators.test")).await);
    }
    for affiliate in &comers {
        for crm in &free {
            assert_eq!(fixture.ended(crm, affiliate).await["state"], "Succeeded", "{}", crm.slug);
        }
    }
    println!("the others took {:?}", started.elapsed());
    for affiliate in &comers {
        for crm in &limited {
            let sync = fixture.ended_within(crm, affiliate, 60).await;
            assert_eq!(sync["state"], "Succeeded", "{}: {}", crm.slug, fixture.details(&sync).await);
        }
    }
    for (crm, (count, pause, named)) in limited.iter().zip(requested) {
        let calls = crm.vendor.calls();
        let refused = calls[count].at;
        let over = named.unwrap_or(refused + pause);
        // One call of each of the others may have been on its way already when the answer came.
        let early: Vec<_> = calls[count + 1..]
            .iter()
            .filter(|call| call.at < over)
            .map(|call| (call.line(), call.at - refused))
            .collect();
        println!("{} asked for {pause:?}", crm.slug);
        assert!(early.len() < comers.len(), "{} asked for {pause:?}: {early:?}", crm.slug);
        for number in 0..2 {
            crm.holds(&format!("next-{number}@creators.test"));
        }
    }
    let connections = fixture.api().all("/connections").await;
    assert!(connections.iter().all(|one| one["status"] != json!("paused")), "too fast is no reason to pause");
    fixture.finish().await;
}
