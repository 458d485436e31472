//! Goal: what tells people something, changes what will be earned or decides about money happens once a person has confirmed
//! it, once and as they saw it; no argument, no other assistant and no other person can do that for them.
//! Method: assistants with a token and apps of people call `/mcp` as raw HTTP. Their hosts answer dialogs rightly and wrongly,
//! and people use the page in a browser.
//! Routes: `/dashboard/confirm`, `/dashboard/confirm/{id}`

use serde_json::{Value, json};
use world::{
    Plan, World,
    client::dashboard::{Marketer, PROVED_LONG_AGO},
    mcp_fixture::{Assistant, connect},
    oauth_fixture::App,
    organization_fixture::owner,
    payout_run_fixture::{bonus, partner},
    team_fixture,
};

const RUNS: &str = "select count(*) from payout_runs";
const BONUSES: &str = "select count(*) from commissions where kind = 'Bonus'";
const EMAILS: &str = "kind <> 'app_connected'";

/// An app of a person, in a host that can show dialogs of both kinds.
pub(crate) async fn app_of(world: &World, person: &mut Marketer, name: &str) -> Assistant {
    let app = App::registered(world, name).await;
    let tokens = app.tokens(person, &world.acme.organization.to_string(), "write").await;
    Assistant::new(world.ledger.base(), tokens["access_token"].as_str().unwrap())
        .showing(json!({"form": {}, "url": {}}))
}

async fn applicant(assistant: &Assistant, name: &str) -> String {
    let person = json!({"name": name, "email": format!("{}@creators.test", name.to_lowercase())});
    assistant.done("create_affiliate", person).await["id"].as_str().unwrap().to_owned()
}

/// What a host shows, and the text that it sends back with an answer.
pub(crate) async fn shown(assistant: &Assistant, tool: &str, arguments: &Value) -> (Value, String) {
    let answer = assistant.answer(tool, arguments, &json!({})).await;
    let result = &answer["result"];
    assert_eq!(result["resultType"], "input_required", "{answer}");
    let request = &result["inputRequests"]["confirm"];
    assert_eq!(request["method"], "elicitation/create");
    (request["params"].clone(), result["requestState"].as_str().unwrap().to_owned())
}

pub(crate) fn reply(state: &str, answer: &Value) -> Value {
    json!({"requestState": state, "inputResponses": {"confirm": answer}})
}

pub(crate) fn yes() -> Value {
    json!({"action": "accept", "content": {"confirm": true}})
}

/// The code of a refusal: of the protocol, or of the tool.
fn refusal(answer: &Value) -> String {
    match answer["error"]["code"].as_i64() {
        Some(code) => code.to_string(),
        None => {
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            answer["result"]["structuredContent"]["error"].as_str().unwrap().to_owned()
        }
    }
}

async fn status_of(world: &World, affiliate: &str) -> Value {
    world.api().get(&format!("/affiliates/{affiliate}")).await.expect_status(200).json()["status"].clone()
}

#[tokio::test]
async fn a_person_confirms_once_in_their_hosts_dialog() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let address = world.own("ann@acme.test");
    let mut ann = team_fixture::joined(&world, &mut owner, &address, "manager").await;
    let claude = app_of(&world, &mut owner, "Claude").await;
    let ida = applicant(&claude, "Ida").await;
    let before = world.database.count_emails(EMAILS).await;
    let (approve, arguments) = ("approve_affiliate", json!({"id": ida}));

    // The dialog says what would happen; the same call is the same confirmation.
    let (form, state) = shown(&claude, approve, &arguments).await;
    let message = form["message"].as_str().unwrap();
    for line in ["Approve an affiliate?", "ida@creators.test, Pending", "Emails: 1 person gets an email"] {
        assert!(message.contains(line), "{line}: {message}");
    }
    assert_eq!((&form["mode"], &form["requestedSchema"]["required"]), (&json!("form"), &json!(["confirm"])));
    shown(&claude, approve, &arguments).await;
    assert_eq!(world.database.count("select count(*) from agent_confirmations").await, 1);
    assert_eq!(world.database.count("select requests::bigint from agent_confirmation_counts").await, 1);

    // What isn't the person's answer to this very call is refused.
    let accepted = reply(&state, &yes());
    let other_sign = if &state[30..31] == "A" { "B" } else { "A" };
    let tampered = format!("{}{other_sign}{}", &state[..30], &state[31..]);
    let other_app = app_of(&world, &mut owner, "Other").await;
    let other_person = app_of(&world, &mut ann, "Claude").await;
    for (who, tool, arguments, state) in [
        (&claude, approve, json!({"id": ida}), state[1..].to_owned()),
        (&claude, approve, json!({"id": ida}), tampered),
        (&claude, approve, json!({"id": ida}), String::new()),
        (&claude, approve, json!({"id": ida, "notify": false}), state.clone()),
        (&claude, approve, json!({"id": world.acme.partner.affiliate.to_string()}), state.clone()),
        (&claude, "reject_affiliate", json!({"id": ida}), state.clone()),
        (&other_app, approve, json!({"id": ida}), state.clone()),
        (&other_person, approve, json!({"id": ida}), state.clone()),
    ] {
        let answer = who.answer(tool, &arguments, &reply(&state, &yes())).await;
        assert_eq!(refusal(&answer), "-32602", "{tool} {arguments} {state}: {answer}");
    }
    for unclear in [json!({"action": "yes"}), json!({"action": "accept", "content": {"confirm": "true"}})] {
        let answer = claude.answer(approve, &arguments, &reply(&state, &unclear)).await;
        assert!(answer["result"]["structuredContent"]["needsConfirmation"]["url"].is_string(), "{answer}");
    }
    let mut by_argument = arguments.clone();
    by_argument["confirm"] = true.into();
    let answer = claude.answer(approve, &by_argument, &json!({})).await;
    assert_eq!(answer["result"]["structuredContent"]["field"], "confirm", "no argument confirms: {answer}");
    assert_eq!((status_of(&world, &ida).await, world.database.count_emails(EMAILS).await), (json!("Pending"), before));

    // Declined, it can't be accepted any more. Accepted, it happens once.
    let declined = claude.answer(approve, &arguments, &reply(&state, &json!({"action": "decline"}))).await;
    assert_eq!(refusal(&declined), "declined");
    assert_eq!(refusal(&claude.answer(approve, &arguments, &accepted).await), "confirmation_used");
    assert_eq!(status_of(&world, &ida).await, "Pending");
    let (_, state) = shown(&claude, approve, &arguments).await;
    let accepted = reply(&state, &yes());
    let both =
        tokio::join!(claude.answer(approve, &arguments, &accepted), claude.answer(approve, &arguments, &accepted));
    let mut answers = [both.0, both.1];
    answers.sort_by_key(|answer| answer["result"]["isError"].as_bool());
    assert_eq!(answers[0]["result"]["structuredContent"]["status"], "Approved", "{answers:?}");
    assert_eq!(refusal(&answers[1]), "confirmation_used");
    assert_eq!(refusal(&claude.answer(approve, &arguments, &accepted).await), "confirmation_used");
    assert_eq!(world.database.count_emails(EMAILS).await, before + 1);
    let line = world.api().all("/audit-log?action=affiliate.approved").await.remove(0);
    assert!(line["actor"].as_str().unwrap().starts_with("user:usr_") && line["via"] == "Claude", "{line}");

    // Too late, or something else by now.
    let segment = json!({"id": ida, "segment": "gold"});
    let (_, state) = shown(&claude, "set_segment", &segment).await;
    world.database.run("update agent_confirmations set expires_at = created_at where state = 'Pending'").await;
    let late = claude.answer("set_segment", &segment, &reply(&state, &yes())).await;
    assert_eq!(refusal(&late), "confirmation_expired");
    let (_, state) = shown(&claude, "set_segment", &segment).await;
    world.api().patch(&format!("/affiliates/{ida}"), &json!({"name": "Ida Quist"})).await.expect_status(200);
    let changed = claude.answer("set_segment", &segment, &reply(&state, &yes())).await;
    assert_eq!(refusal(&changed), "confirmation_void");
    assert_eq!(refusal(&claude.answer("set_segment", &segment, &reply(&state, &yes())).await), "confirmation_used");

    // A form confirms nothing about money, and nothing for a token, which is no person.
    let gift = json!({"id": ida, "programId": world.acme.program.to_string(), "amountCents": 5_000, "currency": "USD",
                      "reason": "for the launch"});
    let (page, state) = shown(&claude, "give_bonus", &gift).await;
    assert!(page["mode"] == "url" && page["url"].as_str().unwrap().contains("/dashboard/confirm/conf_"), "{page}");
    let forged = claude.answer("give_bonus", &gift, &reply(&state, &yes())).await;
    assert_eq!(forged["result"]["structuredContent"]["needsConfirmation"]["url"], page["url"], "{forged}");
    assert_eq!(world.database.count(BONUSES).await, 0);
    let (_, token) = connect(&world, &mut owner, "Helper", "change").await;
    let helper = Assistant::new(world.ledger.base(), &token).showing(json!({"form": {}}));
    helper.to_confirm("set_segment", segment.clone()).await;

    // The person's role counts when they answer.
    let other = other_person.showing(json!({}));
    let (_, state) = shown(&other, "set_segment", &segment).await;
    let user = team_fixture::user(&world, &address).await;
    world.api().patch(&format!("/team/{user}"), &json!({"role": "viewer"})).await.expect_status(200);
    assert_eq!(refusal(&other.answer("set_segment", &segment, &reply(&state, &yes())).await), "-32602");
    assert_eq!(world.api().get(&format!("/affiliates/{ida}")).await.json()["segment"], json!(null));
    world.finish().await;
}

/// Otherwise an instruction in a text that others wrote would be enough to have all sales with a public code credited to them,
/// or to turn off another affiliate's link.
#[tokio::test]
async fn a_person_decides_who_earns() {
    let world = World::shared().await;
    let mut owner = owner(&world).await;
    let claude = app_of(&world, &mut owner, "Claude").await;
    let partner = &world.acme.partner;
    let coupon = json!({"programId": world.acme.program.to_string(), "affiliateId": partner.affiliate.to_string(),
                        "code": "WELCOME10"});
    let (form, state) = shown(&claude, "create_coupon", &coupon).await;
    let message = form["message"].as_str().unwrap();
    assert!(message.contains("credited to the affiliate") && message.contains("\nCode: WELCOME10"), "{message}");
    let of_code = "select count(*) from coupons where code = 'WELCOME10'";
    assert_eq!(world.database.count(of_code).await, 0);
    let made = claude.answer("create_coupon", &coupon, &reply(&state, &yes())).await;
    assert_eq!(made["result"]["structuredContent"]["code"], "WELCOME10", "{made}");
    assert_eq!(world.database.count(of_code).await, 1);

    let link = json!({"id": partner.link.to_string(), "destination": "https://acme.test/moved", "disabled": true});
    let (form, state) = shown(&claude, "change_link", &link).await;
    let message = form["message"].as_str().unwrap();
    let whose = format!("/{} of ", partner.slug);
    for line in [whose.as_str(), "\nDestination: https://acme.test/moved", "\nDisabled: Yes"] {
        assert!(message.contains(line), "{line}: {message}");
    }
    let path = format!("/links/{}", partner.link);
    assert_eq!(world.api().get(&path).await.expect_status(200).json()["disabledAt"], json!(null));
    let changed = claude.answer("change_link", &link, &reply(&state, &yes())).await;
    assert!(changed["result"]["structuredContent"]["disabledAt"].is_string(), "{changed}");
    let now = world.api().get(&path).await.expect_status(200).json();
    assert_eq!(now["destination"], "https://acme.test/moved");

    // What the person saw is what happens.
    let back = json!({"id": partner.link.to_string(), "disabled": false});
    let (_, state) = shown(&claude, "change_link", &back).await;
    world.api().patch(&path, &json!({"destination": "https://acme.test/"})).await.expect_status(200);
    assert_eq!(refusal(&claude.answer("change_link", &back, &reply(&state, &yes())).await), "confirmation_void");
    world.finish().await;
}

#[tokio::test]
async fn a_person_confirms_once_on_the_page() {
    let world = World::shared().await;
    let (mut owner, base) = (owner(&world).await, world.ledger.base());
    let mut viewer = team_fixture::joined(&world, &mut owner, &world.own("vera@acme.test"), "viewer").await;
    let (id, token) = connect(&world, &mut owner, "Helper", "change").await;
    let (_, other) = connect(&world, &mut owner, "Other", "change").await;
    let (helper, other) = (Assistant::new(base.clone(), &token), Assistant::new(base.clone(), &other));
    let organization = world.acme.organization.to_string();
    let partner_id = world.acme.partner.affiliate.to_string();
    let gift = |cents: i64| {
        json!({"id": partner_id, "programId": world.acme.program.to_string(), "amountCents": cents, "currency": "USD",
               "reason": "for the launch"})
    };
    let path = helper.to_confirm("give_bonus", gift(5_000)).await;
    let (target, confirmation) = (path.split('?').next().unwrap(), path.split(['/', '?']).nth(3).unwrap());
    let form = |what: &'static str| [("organization", organization.as_str()), ("do", what)];
    let result = async || helper.done("read_confirmation", json!({"id": confirmation})).await;
    assert_eq!(result().await["state"], "Pending");
    assert_eq!(other.refused("read_confirmation", json!({"id": confirmation})).await.0, "not_found");

    // Who may see it, and who not.
    let mut stranger = Marketer::new(&base);
    assert_eq!(stranger.browser.get(&path).await.status, 303, "signed out");
    assert_eq!(viewer.browser.get(&path).await.status, 403);
    assert_eq!(viewer.submit(target, &form("confirm")).await.status, 403);
    let member = format!(
        "insert into memberships
         select (jsonb_populate_record(m, jsonb_build_object('organization_id', '{}'))).* from memberships m
         where m.organization_id = '{}' and m.role = 'owner'",
        world.globex.organization.uuid(),
        world.acme.organization.uuid()
    );
    world.database.run(&member).await;
    let foreign = world.globex.organization.to_string();
    let elsewhere = owner.browser.get(&format!("{target}?organization={foreign}")).await;
    assert_eq!(elsewhere.status, 404, "another organization's");
    let elsewhere = [("organization", foreign.as_str()), ("do", "confirm")];
    assert_eq!(owner.submit(target, &elsewhere).await.status, 404);
    let list = owner.browser.get(&format!("/dashboard/confirm?organization={organization}")).await;
    assert!(list.expect_status(200).text().contains(confirmation));
    let home = owner.browser.get(&format!("/dashboard?organization={organization}")).await.text();
    assert!(home.contains("1 request of an AI assistant to confirm"), "{home}");

    // The effect, the second factor, and two clicks at once.
    world.database.set_proved_at(PROVED_LONG_AGO).await;
    let page = owner.browser.get(&path).await.expect_status(200).text();
    for shown in ["Give a bonus?", "Helper", "$50.00", "for the launch", "step-up-password"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let refused = owner.submit(target, &form("confirm")).await.expect_status(403).text();
    assert!(refused.contains("Enter your password"), "{refused}");
    let password = world.demo["owner"]["password"].as_str().unwrap();
    let with = |password| [("organization", organization.as_str()), ("do", "confirm"), ("password", password)];
    assert_eq!(owner.submit(target, &with("not the password")).await.status, 400);
    assert_eq!((world.database.count(BONUSES).await, result().await["state"].clone()), (0, json!("Pending")));
    let mut twin = Marketer::new(&base);
    twin.sign_in(&world.demo["owner"]).await.expect_status(303);
    let fields = with(password);
    let both = tokio::join!(owner.submit(target, &fields), twin.submit(target, &fields));
    let mut statuses = [both.0.status, both.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(owner.submit(target, &fields).await.status, 409);
    // The one that came second may have been refused before it asked for a password.
    world.database.set_proved_at("now()").await;
    assert_eq!(world.database.count(BONUSES).await, 1);
    let done = result().await;
    assert_eq!((&done["state"], &done["result"]["status"]), (&json!("Done"), &json!(201)));
    assert!(done["result"]["id"].as_str().unwrap().starts_with("com_"), "{done}");
    let line = world.api().all("/audit-log").await.into_iter().find(|line| line["via"] == "Helper").unwrap();
    assert!(
        line["actor"].as_str().unwrap().starts_with("user:usr_") && line["target"] == done["result"]["id"],
        "{line}"
    );
    assert!(owner.browser.get(&path).await.text().contains("<strong>Done.</strong>"));

    // Declined, too late, disconnected.
    let decided = async |owner: &mut Marketer, path: &str, what| {
        let target = path.split('?').next().unwrap();
        owner.submit(target, &form(what)).await.status
    };
    let path = helper.to_confirm("give_bonus", gift(1_000)).await;
    assert_eq!(decided(&mut owner, &path, "decline").await, 303);
    assert_eq!(decided(&mut owner, &path, "confirm").await, 409);
    let path = helper.to_confirm("give_bonus", gift(1_000)).await;
    world.database.run("update agent_confirmations set expires_at = created_at where state = 'Pending'").await;
    assert_eq!(decided(&mut owner, &path, "confirm").await, 409);
    assert!(owner.browser.get(&path).await.text().contains("No one confirmed this within 15 minutes."));

    // Changed figures void it. What is confirmed is what was seen.
    bonus(&world, &partner(&world, "lena", "PayPal").await.affiliate.to_string(), 2_500, "USD").await;
    let run = json!({"currency": "USD"});
    let path = helper.to_confirm("propose_payout_run", run.clone()).await;
    assert!(owner.browser.get(&path).await.expect_status(200).text().contains("$25.00 to 1 affiliate"));
    bonus(&world, &partner(&world, "mona", "PayPal").await.affiliate.to_string(), 4_000, "USD").await;
    assert_eq!(decided(&mut owner, &path, "confirm").await, 409);
    assert!(owner.browser.get(&path).await.text().contains("has changed since it was requested"));
    assert_eq!(world.database.count(RUNS).await, 0);
    let path = helper.to_confirm("propose_payout_run", run).await;
    assert_eq!(decided(&mut owner, &path, "confirm").await, 303);
    let page = owner.browser.get(&path).await.text();
    assert!(page.contains("The run is proposed: $65.00 to 2 affiliates."), "{page}");
    assert_eq!(world.database.count("select count(*) from payout_runs where state = 'Proposed'").await, 1);

    // A day has a limit, for each kind.
    assert_eq!(
        world.database.count("select requests::bigint from agent_confirmation_counts where class = 'Money'").await,
        5
    );
    assert_eq!(helper.refused("give_bonus", gift(7_000)).await.0, "daily_limit");
    let path = helper.to_confirm("set_segment", json!({"id": partner_id, "segment": "gold"})).await;
    world.database.run("update agent_confirmation_counts set requests = 20 where class = 'Notify'").await;
    helper.to_confirm("set_segment", json!({"id": partner_id, "segment": "gold"})).await;
    let silver = json!({"id": partner_id, "segment": "silver"});
    assert_eq!(helper.refused("set_segment", silver.clone()).await.0, "daily_limit", "beyond what is open already");
    other.to_confirm("set_segment", silver).await;
    let disconnect = format!("{}/{id}/disconnect", world::mcp_fixture::PLACE);
    owner.submit(&disconnect, &[("organization", &organization)]).await.expect_status(303);
    assert_eq!(decided(&mut owner, &path, "confirm").await, 409);
    assert!(owner.browser.get(&path).await.text().contains("Helper was disconnected"));
    assert_eq!(world.database.count("select count(*) from agent_confirmations where state = 'Running'").await, 0);
    world.finish().await;
}

/// Otherwise the page says that it is being carried out, for as long as it is kept.
#[tokio::test]
async fn what_the_days_emails_refuse_has_failed() {
    let world = Plan::default().ledger_setting("REKOMI_UNSOLICITED_EMAILS_PER_DAY", "0").start().await;
    let mut owner = owner(&world).await;
    let (_, token) = connect(&world, &mut owner, "Helper", "change").await;
    let helper = Assistant::new(world.ledger.base(), &token);
    let ida = applicant(&helper, "Ida").await;
    let organization = world.acme.organization.to_string();
    for (arguments, state, words) in [
        (json!({"id": ida}), "Failed", "reached the limit of 0 emails"),
        (json!({"id": ida, "notify": false}), "Done", "<strong>Done.</strong>"),
    ] {
        let path = helper.to_confirm("approve_affiliate", arguments).await;
        let (target, confirmation) = (path.split('?').next().unwrap(), path.split(['/', '?']).nth(3).unwrap());
        let form = [("organization", organization.as_str()), ("do", "confirm")];
        owner.submit(target, &form).await.expect_status(303);
        let page = owner.browser.get(&path).await.expect_status(200).text();
        assert!(page.contains(words), "{page}");
        let became = helper.done("read_confirmation", json!({"id": confirmation})).await;
        assert_eq!(became["state"], state, "{became}");
        assert_eq!(became["result"]["error"] == "too_many_letters", state == "Failed", "{became}");
    }
    assert_eq!(status_of(&world, &ida).await, "Approved");
    world.finish().await;
}
