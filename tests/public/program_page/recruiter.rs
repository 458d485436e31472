//! Goal: an application remembers who recruited the applicant: by the recruiter's link, or named in the form; nobody
//! recruits themselves, and a name that fits no one costs nothing.
//! Method: a visitor follows `/p/acme?by={slug}` and sends the form with several names; the recruits are read by API.

use serde_json::{Value, json};
use world::{
    World,
    client::dashboard::Marketer,
    http::Request,
    program_page_fixture::{affiliates, forms, page_of},
};

#[tokio::test]
async fn an_application_says_who_recruited_the_applicant() {
    let world = World::shared().await;
    let early = world.acme.join(&world.database, "early").await.affiliate.to_string();
    let mut visitor = Marketer::new(&world.ledger.base());
    let place = page_of(&world, "?by=early");
    assert!(!visitor.browser.get(&place).await.text().contains("Who referred you to us?"), "none is paid");
    let config = format!("/api/v1/programs/{}/sub-affiliate-config", world.acme.program);
    let request = Request::post(&config, json!({"enabled": true, "percent": 10}).to_string());
    world.api().send(Request { method: "PUT".to_owned(), ..request }).await.expect_status(200);
    let page = visitor.browser.get(&place).await.expect_status(200).text();
    assert!(page.contains("Who referred you to us?") && page.contains("value=\"early\""), "{page}");

    let mut tokens = forms(&mut visitor, &world.own("acme"), 5).await;
    let mut apply = async |visitor: &mut Marketer, email: &str, named: &str, agrees: bool| {
        let (token, email) = (tokens.remove(0), world.own(email));
        let mut form =
            vec![("shown", token.as_str()), ("f_email", email.as_str()), ("f_name", "Mia Sato"), ("terms", "yes")];
        form.push(("recruiter", named));
        form.extend(agrees.then_some(("recruiter_sees_name", "yes")));
        visitor.submit(&page_of(&world, ""), &form).await.expect_status(303);
        affiliates(&world, &email.replace('+', "%2B")).await.remove(0)["id"].clone()
    };
    let by_link = apply(&mut visitor, "mia@apply.test", "early", true).await;
    let unknown = apply(&mut visitor, "tom@apply.test", "no one we know", false).await;
    let own = apply(&mut visitor, "early+me@creators.test", "early", false).await;
    let odd = apply(&mut visitor, "zoe@apply.test", "ear\0ly", false).await;
    let mut other = Marketer::new(&world.ledger.base());
    let by_form = apply(&mut other, "ben@apply.test", "Early", false).await;

    let read = async |id: &Value| {
        let path = format!("/affiliates/{}/recruits", id.as_str().unwrap());
        world.api().get(&path).await.expect_status(200).json()
    };
    let listed = read(&json!(early)).await["recruits"].clone();
    let row = |row: &Value| (row["affiliateId"].clone(), row["source"].clone(), row["showsName"].clone());
    let rows: Vec<_> = listed.as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [(by_form, json!("Form"), json!(false)), (by_link.clone(), json!("Link"), json!(true))]);
    assert_eq!(read(&by_link).await["recruiterId"], json!(early));
    for none in [unknown, own, odd] {
        assert_eq!(read(&none).await["recruiterId"], Value::Null);
    }
    world.finish().await;
}
