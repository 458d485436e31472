//! Goal: a brand finds creators for its listed program with the reasons of each score, invites them, and talks to those who
//! answered; nobody else's creators, contacts or programs are reachable, and a viewer changes nothing.
//! Method: an owner's browser follows the links and sends the forms, rightly and wrongly; creators answer in theirs.
//! Routes: `/dashboard/network`, `/dashboard/network/creators/{id}`, `/dashboard/network/creators/{id}/invite`,
//! `/dashboard/network/creators/{id}/{what}`, `/dashboard/network/contacts`, `/dashboard/network/contacts/{creator}`,
//! `/dashboard/network/contacts/{creator}/{what}`

use serde_json::json;
use world::{Plan, World, client::dashboard::Marketer, network_fixture as network, organization_fixture::owner};

async fn page(person: &mut Marketer, target: &str) -> String {
    person.browser.get(target).await.expect_status(200).text()
}

struct Fixture {
    world: World,
    owner: Marketer,
    organization: String,
    program: String,
}

impl Fixture {
    async fn open() -> Self {
        let world = network::world().await;
        let owner = owner(&world).await;
        let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
        Self { world, owner, organization, program }
    }

    /// A form of acme's pages.
    async fn send(&mut self, target: &str, fields: &[(&str, &str)]) -> world::http::Response {
        let mut form = vec![("organization", self.organization.as_str()), ("program", self.program.as_str())];
        form.extend(fields);
        self.owner.submit(target, &form).await
    }

    async fn list(&mut self, query: &str) -> String {
        page(&mut self.owner, &format!("/dashboard/network?program={}{query}", self.program)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn creators_are_found_with_reasons_and_filtered() {
    let mut fixture = Fixture::open().await;
    assert!(fixture.list("").await.contains("No creators fit yet."));
    let (_nina, nina) = network::creator(&fixture.world, "Nina Berg").await;
    let list = fixture.list("").await;
    for part in ["Nina Berg", " of 100</strong>", "Topics in common", "30 of 30", "Website", "New here"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(!list.contains("nina@creators.test") && !list.contains("creator.test"), "{list}");

    let found = [
        "&topic=Developers",
        "&channel=Website&audience=From10k",
        "&search=nina",
        "&unseen=yes",
        "&country=&language=",
    ];
    for filter in found {
        assert!(fixture.list(filter).await.contains("Nina Berg"), "{filter}");
    }
    for filter in
        ["&topic=Travel", "&audience=From100k", "&search=pottery", "&verified=yes", "&starred=yes", "&country=DE"]
    {
        let none = fixture.list(filter).await;
        assert!(none.contains("No creators match.") && !none.contains("Nina Berg"), "{filter}: {none}");
    }
    fixture.owner.browser.get("/dashboard/network?topic=Nonsense").await.expect_status(400);

    // The page of a card marks it as seen.
    let card =
        page(&mut fixture.owner, &format!("/dashboard/network/creators/{nina}?program={}", fixture.program)).await;
    for part in ["Nina Berg", "Website (10,000–50,000)", "You can send 5 more invitations", "first creator accepts"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert!(!card.contains("nina@creators.test") && !card.contains("creator.test"), "{card}");
    assert!(fixture.list("&unseen=yes").await.contains("No creators match."));

    let at = |what: &str| format!("/dashboard/network/creators/{nina}/{what}");
    // Marking a creator leads back to the same filters and page.
    let shown = fixture.list("&topic=Developers&search=nina").await;
    for hidden in ["name=\"topic\" value=\"Developers\">", "name=\"search\" value=\"nina\">"] {
        assert_eq!(shown.matches(hidden).count(), 2, "{hidden}: {shown}");
    }
    let chosen = [("topic", "Developers"), ("search", "nina"), ("after", nina.as_str())];
    let marked = fixture.send(&at("star"), &chosen).await.expect_status(303);
    let back = marked.header("location").unwrap();
    for part in ["topic=Developers", "search=nina", &format!("after={nina}")] {
        assert!(back.contains(part), "{part}: {back}");
    }
    let wrong = fixture.send(&at("star"), &[("topic", "Nonsense")]).await.expect_status(303);
    assert!(!wrong.header("location").unwrap().contains("topic"));
    assert!(fixture.list("&starred=yes").await.contains("Remove star"));
    fixture.send(&at("unstar"), &[]).await.expect_status(303);
    assert!(fixture.list("&starred=yes").await.contains("No creators match."));
    fixture.send(&at("ignore"), &[]).await.expect_status(303);
    assert!(!fixture.list("").await.contains("Nina Berg"));
    assert!(fixture.list("&ignored=yes").await.contains("Show again"));
    fixture.send(&at("unignore"), &[("from", "card")]).await.expect_status(303);
    assert!(fixture.list("").await.contains("Nina Berg"));
    fixture.send(&at("delete"), &[]).await.expect_status(404);
    // A page after the last creator, whose own were ignored, is the first one.
    assert!(fixture.list(&format!("&after={nina}")).await.contains("Nina Berg"));

    // More than one page, each creator once.
    network::many(&fixture.world, 30).await;
    let (mut seen, mut target) = (Vec::new(), Some(format!("/dashboard/network?program={}", fixture.program)));
    while let Some(next) = target {
        let page = page(&mut fixture.owner, &next).await;
        let ids = page.split("<h2><a href=\"/dashboard/network/creators/").skip(1);
        seen.extend(ids.filter_map(|rest| rest.split('?').next().map(str::to_owned)));
        let later = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        target = later.map(|later| later.replace("&amp;", "&").replace("&#38;", "&"));
    }
    assert_eq!(seen.len(), 31);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 31, "each once");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_becomes_a_thread() {
    let mut fixture = Fixture::open().await;
    let (mut nina, id) = network::creator(&fixture.world, "Nina Berg").await;
    let invite = format!("/dashboard/network/creators/{id}/invite");
    let refused = fixture.send(&invite, &[("message", "Write to me@acme.test")]).await.expect_status(400).text();
    assert!(refused.contains("Leave out links") && refused.contains("Write to me@acme.test"), "{refused}");
    fixture.send(&invite, &[("message", "We like your reviews.")]).await.expect_status(303);
    let card = page(&mut fixture.owner, &format!("/dashboard/network/creators/{id}")).await;
    assert!(card.contains("Invited") && card.contains("already invited"), "{card}");
    let twice = fixture.send(&invite, &[("message", "Again!")]).await.expect_status(409).text();
    assert!(twice.contains("already invited this creator"), "{twice}");
    assert!(!fixture.list("").await.contains("Nina Berg"), "whom one invited isn't suggested");

    let thread = format!("/dashboard/network/contacts/{id}");
    let before = page(&mut fixture.owner, &thread).await;
    assert!(before.contains("We like your reviews.") && before.contains("You can write after"), "{before}");
    assert!(!before.contains("nina.creator.test"), "{before}");
    let early = fixture.send(&format!("{thread}/message"), &[("message", "Hello?")]).await.expect_status(409).text();
    assert!(early.contains("after they answer your invitation"), "{early}");

    // The creator writes, and the thread opens.
    let invitations = page(&mut nina, "/a/network/invitations").await;
    let contact =
        invitations.split("/a/network/contacts/").nth(1).unwrap().split(['/', '"']).next().unwrap().to_owned();
    let answer = [("message", "Which tools?")];
    nina.submit(&format!("/a/network/contacts/{contact}/message"), &answer).await.expect_status(303);
    for text in ["The new ones.", "And the old ones.", "All of them."] {
        fixture.send(&format!("{thread}/message"), &[("message", text)]).await.expect_status(303);
    }
    let limit = fixture.send(&format!("{thread}/message"), &[("message", "Hello?")]).await.expect_status(429).text();
    assert!(limit.contains("You can send 3 messages") && limit.contains("Which tools?"), "{limit}");
    let theirs = page(&mut nina, &format!("/a/network/contacts/{contact}")).await;
    assert!(theirs.contains("All of them."), "{theirs}");

    fixture.send(&format!("{thread}/report"), &[("reason", " ")]).await.expect_status(400);
    fixture.send(&format!("{thread}/report"), &[("reason", "Rude.")]).await.expect_status(303);
    let reports = "select count(*) from network_reports where by_brand and reason = 'Rude.'";
    assert_eq!(fixture.world.database.count(reports).await, 1);
    fixture.send(&format!("{thread}/withdraw"), &[("contact", &contact)]).await.expect_status(303);
    let ended = page(&mut fixture.owner, &thread).await;
    assert!(ended.contains("Ended") && !ended.contains("Withdraw invitation"), "{ended}");
    fixture.send(&format!("{thread}/withdraw"), &[("contact", &contact)]).await.expect_status(409);
    let again = fixture.send(&invite, &[("message", "Once more.")]).await.expect_status(409).text();
    assert!(again.contains("180 days"), "an invitation that was withdrawn was sent all the same: {again}");
    fixture.send(&format!("{thread}/ignore"), &[]).await.expect_status(303);

    let list = page(&mut fixture.owner, "/dashboard/network/contacts?status=").await;
    assert!(list.contains("Nina Berg") && list.contains("Ended"), "{list}");
    let other = page(&mut fixture.owner, "/dashboard/network/contacts?status=Joined").await;
    assert!(other.contains("No contacts match."), "{other}");
    let log = "select action from audit_log where action like 'network_%' order by id";
    let log: Vec<String> = fixture.world.database.texts(log).await.concat();
    for action in
        ["network_contact.invited", "network_message.sent", "network_creator.reported", "network_creator.marked"]
    {
        assert!(log.iter().any(|known| known == action), "{action}: {log:?}");
    }
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_leads_to_its_affiliate() {
    let mut fixture = Fixture::open().await;
    let (mut nina, id) = network::creator(&fixture.world, "Nina Berg").await;
    let form = [("f_name", "Nina Berg"), ("f_website", "nina.blog"), ("terms", "yes"), ("terms_version", "1")];
    nina.submit("/a/network/apply/acme", &form).await.expect_status(303);
    let list = page(&mut fixture.owner, "/dashboard/network/contacts?status=Applied").await;
    assert!(list.contains("Nina Berg") && list.contains("/dashboard/affiliates/aff_"), "{list}");
    let thread = format!("/dashboard/network/contacts/{id}");
    // The filters are in the address, and the form keeps what is chosen.
    let other = network::program(&fixture.world.api(), "acme-tools").await;
    let of_program = format!("/dashboard/network/contacts?status=&program={}", fixture.program);
    let own = page(&mut fixture.owner, &of_program).await;
    let chosen = format!("<option value=\"{}\" selected>", fixture.program);
    assert!(own.contains("Nina Berg") && own.contains(&chosen) && own.contains(&other), "{own}");
    let none = page(&mut fixture.owner, &format!("/dashboard/network/contacts?program={other}")).await;
    assert!(none.contains("No contacts match.") && !none.contains("Nina Berg"), "{none}");
    let shown = page(&mut fixture.owner, &thread).await;
    assert!(shown.contains("Applied without an invitation") && shown.contains("Open affiliate"), "{shown}");
    assert!(shown.contains("https://nina.creator.test"), "the channels have addresses now: {shown}");
    fixture.send(&format!("{thread}/message"), &[("message", "Welcome!")]).await.expect_status(303);
    let api = fixture.world.api();
    let affiliate = api.all("/affiliates?email=nina@creators.test").await.remove(0);
    let approve = format!("/affiliates/{}/approve", affiliate["id"].as_str().unwrap());
    api.post(&approve, &json!({})).await.expect_status(200);
    assert!(page(&mut fixture.owner, "/dashboard/network/contacts?status=Joined").await.contains("Nina Berg"));
    // Who hides from the brand stays in its list, by the name that they applied with.
    let brand = fixture.organization.clone();
    nina.submit("/a/network/visibility/hide", &[("brand", &brand)]).await.expect_status(303);
    let hidden = page(&mut fixture.owner, &thread).await;
    assert!(hidden.contains("Nina Berg") && !hidden.contains("Profile and score"), "{hidden}");
    fixture.world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_near() {
    let mut fixture = Fixture::open().await;
    let (mut nina, id) = network::creator(&fixture.world, "Nina Berg").await;
    let (_ben, other) = network::creator(&fixture.world, "Ben Ode").await;
    network::invite(&fixture.world, &id).await.expect_status(201);
    let globex = fixture.world.globex.organization.to_string();
    let theirs = fixture.world.globex.program.to_string();
    for target in [
        format!("/dashboard/network?organization={globex}"),
        format!("/dashboard/network?program={theirs}"),
        format!("/dashboard/network/creators/{id}?program={theirs}"),
        format!("/dashboard/network/contacts?organization={globex}"),
        format!("/dashboard/network/contacts?program={theirs}"),
        // There is no contact with Ben.
        format!("/dashboard/network/contacts/{other}"),
        "/dashboard/network/creators/nonsense".to_owned(),
        "/dashboard/network/contacts/nonsense".to_owned(),
    ] {
        fixture.owner.browser.get(&target).await.expect_status(404);
    }
    for (target, fields) in [
        (
            format!("/dashboard/network/creators/{other}/invite"),
            vec![("organization", globex.as_str()), ("program", theirs.as_str())],
        ),
        (format!("/dashboard/network/creators/{other}/star"), vec![("organization", globex.as_str())]),
        (format!("/dashboard/network/contacts/{id}/report"), vec![("organization", globex.as_str()), ("reason", "x")]),
    ] {
        fixture.owner.submit(&target, &fields).await.expect_status(404);
    }
    fixture.send(&format!("/dashboard/network/contacts/{other}/message"), &[("message", "x")]).await.expect_status(404);
    fixture.send(&format!("/dashboard/network/contacts/{id}/erase"), &[]).await.expect_status(404);

    // Hidden from the brand is as good as not there.
    let brand = fixture.organization.clone();
    nina.submit("/a/network/visibility/hide", &[("brand", &brand)]).await.expect_status(303);
    assert!(!fixture.list("&search=nina").await.contains("Nina Berg"));
    fixture.owner.browser.get(&format!("/dashboard/network/creators/{id}")).await.expect_status(404);
    fixture.send(&format!("/dashboard/network/creators/{id}/star"), &[]).await.expect_status(404);
    let contacts = page(&mut fixture.owner, "/dashboard/network/contacts").await;
    assert!(contacts.contains("profile not shown") && !contacts.contains("Nina Berg"), "{contacts}");

    fixture.world.database.set_member_roles("viewer").await;
    fixture.send(&format!("/dashboard/network/creators/{other}/star"), &[]).await.expect_status(403);
    fixture.send(&format!("/dashboard/network/creators/{other}/invite"), &[("message", "Hi")]).await.expect_status(403);
    fixture.send(&format!("/dashboard/network/contacts/{id}/report"), &[("reason", "x")]).await.expect_status(403);
    let card = page(&mut fixture.owner, &format!("/dashboard/network/creators/{other}")).await;
    assert!(card.contains("Ben Ode") && !card.contains("Send invitation"), "{card}");
    fixture.world.finish().await;
}

#[tokio::test]
async fn the_menu_leads_there_where_there_is_a_network() {
    let world = World::start().await;
    let mut person = owner(&world).await;
    let empty = page(&mut person, "/dashboard/network").await;
    assert!(
        empty.contains("No program searches for creators yet.") && empty.contains("/dashboard/programs?"),
        "{empty}"
    );
    assert!(page(&mut person, "/dashboard/network/contacts").await.contains("No contacts yet."));
    assert!(page(&mut person, "/dashboard/assets").await.contains("/dashboard/network?"));
    world.finish().await;
    let world = Plan::default()
        .ledger_setting("REKOMI_NETWORK", "off")
        .ledger_setting("REKOMI_FEDERATION", "off")
        .start()
        .await;
    let mut person = owner(&world).await;
    assert!(!page(&mut person, "/dashboard/assets").await.contains("/dashboard/network"));
    for nothing in ["/dashboard/network", "/dashboard/network/contacts"] {
        person.browser.get(nothing).await.expect_status(404);
    }
    world.finish().await;
}
