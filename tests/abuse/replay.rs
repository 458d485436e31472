//! Goal: a captured batch or conversion does nothing when it is sent again, and is refused once it is old or altered by a
//! byte; keys rotate without a gap.
//! Method: the same signed bytes again at once, signed as of ten minutes ago, with each byte of a small body altered, under
//! another batch's id; then with the old key while both are accepted, and after it has gone.

use shared::{
    batch::Verdict,
    id::BatchKind,
    keys::{KeyRing, Purpose},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};
use world::{Plan, World, brand::fresh, client::intake::Intake, http::Request, settings, wait::now};

#[tokio::test]
async fn again_later_and_altered() {
    let world = World::shared().await;
    let id = fresh::<BatchKind>();
    let body = Intake::body(id, &[serde_json::to_string(&world.acme.sale("captured", 9_900)).unwrap()]);
    let captured = Intake::signed(&id.to_string(), now(), &body);
    let verdict = async |request: &Request| {
        let response = world.intake().send(request).await.unwrap();
        response.expect_status(200).json()["verdicts"][0]["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&captured).await, "accepted");
    assert_eq!(verdict(&captured).await, "duplicate");
    let refusal = async |request: &Request| world.intake().send(request).await.unwrap().refusal();
    let old = Intake::signed(&id.to_string(), now().plus_millis(-600_000), &body);
    assert_eq!(refusal(&old).await, (401, "signature_expired".to_owned()));
    for place in (0..body.len()).step_by(17) {
        let mut altered = captured.clone();
        altered.body[place] ^= 1;
        assert_eq!(refusal(&altered).await, (401, "signature_invalid".to_owned()), "byte {place}");
    }
    let mut renamed = captured.clone();
    renamed.headers.retain(|(name, _)| name != SIGNED_ID_HEADER);
    assert_eq!(refusal(&renamed).await, (401, "signature_missing".to_owned()));
    assert_eq!(
        refusal(&renamed.header(SIGNED_ID_HEADER, &fresh::<BatchKind>().to_string())).await,
        (401, "signature_invalid".to_owned())
    );
    assert_eq!(refusal(&Request::post("/internal/v1/events", body)).await, (401, "signature_missing".to_owned()));
    assert_eq!(world.database.count("select count(*) from conversions").await, 1);
    world.finish().await;
}

fn signed_with(keys: &str, purpose: Purpose, world: &World, name: &str) -> Request {
    let id = fresh::<BatchKind>().to_string();
    let body = Intake::body(id.parse().unwrap(), &[serde_json::to_string(&world.acme.sale(name, 100)).unwrap()]);
    let ring = KeyRing::parse(keys, purpose).unwrap();
    Request::post("/internal/v1/events", body.clone())
        .header(SIGNED_ID_HEADER, &id)
        .header(SIGNATURE_HEADER, &sign_with_id(ring.current().bytes(), Some(&id), now(), body.as_bytes()))
}

#[tokio::test]
async fn keys_rotate() {
    let new = format!("2:{}", "c4".repeat(32));
    let both = format!("{new},{}", settings::EDGE_KEYS);
    for (accepted, old_passes) in [(both, true), (new.clone(), false)] {
        let world = Plan::default().ledger_setting("REKOMI_EDGE_KEYS", &accepted).start().await;
        let status = async |request: Request| world.intake().send(&request).await.unwrap().status;
        assert_eq!(status(signed_with(&new, Purpose::Internal, &world, "new")).await, 200);
        let old = status(signed_with(settings::EDGE_KEYS, Purpose::Internal, &world, "old")).await;
        assert_eq!(old, if old_passes { 200 } else { 401 });
        // The same master key, derived for another use, signs nothing here.
        assert_eq!(status(signed_with(&new, Purpose::ClickToken, &world, "purpose")).await, 401);
        world.finish().await;
    }
}

/// A click's token outlives the rotation too.
#[tokio::test]
async fn tokens_of_the_old_key_still_credit() {
    let both = format!("2:{},{}", "c4".repeat(32), settings::EDGE_KEYS);
    let world = Plan::default().ledger_setting("REKOMI_EDGE_KEYS", &both).start().await;
    let token = world.acme.token(&world.acme.partner, now());
    let sale = world::brand::But::but(world.acme.sale("old-token", 9_900), |report| report.click_token = Some(token));
    assert_eq!(world.intake().post(&[sale]).await, [Verdict::Accepted]);
    assert_eq!(world.database.count("select amount from commissions").await, 1_980);
    world.finish().await;
}
