//! Goal: a brand moves in from another platform: affiliates keep their links, customers stay bound so that renewals
//! pay, and each row counts once whatever happens in between.
//! Method: files by API; a ledger that is killed and a second one beside it; sales before and after; `audit` and
//! `replay --verify` at the end.
//! Routes: `/imports/{id}`

use std::time::Instant;

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{
    World,
    brand::But,
    client::{
        dashboard::Marketer,
        mailbox::{link, read_email},
    },
    database::run,
    http::Request,
    import_fixture::{counts, done, file, import},
    organization_fixture,
    team_fixture::joined,
    wait,
};

/// Five thousand affiliates are imported although the ledger is killed halfway while a second one works beside it; the
/// same file again changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_affiliates_come_once() {
    const MANY: i64 = 5_000;
    let mut world = World::start().await;
    let api = world.api();
    let mut csv = "id;First Name;Last Name;E-mail;Token;State;PayPal Email\n".to_owned();
    for number in 0..MANY {
        csv.push_str(&format!("{number};Ann {number};Moss;ann{number}@old.test;ann-{number}-old;active;\n"));
    }
    let body = file(&world, "Affiliates", &csv);
    let made = api.post("/imports", &body).await.expect_status(201).json();
    assert_eq!((made["state"].as_str(), counts(&made)), (Some("Checked"), [MANY, 0, 0, 0]), "{made}");
    assert_eq!(world.database.count("select count(*) from affiliates where email like '%@old.test'").await, 0);
    let id = made["id"].as_str().unwrap().to_owned();

    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let page = format!("/dashboard/imports/{id}?organization={}", world.acme.organization);
    let analyzed = world.database.keep_analyzed("affiliates, links, import_rows, import_tokens, edge_config").await;
    let began = Instant::now();
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    let worked_off = "select count(*) from import_rows where result is not null";
    wait::until("some rows", 30, async || (world.database.count(worked_off).await > 300).then_some(())).await;
    let followed = owner.browser.get(&page).await.expect_status(200);
    assert_eq!(followed.header("refresh"), Some("5"), "the page of one that runs is loaded again");
    world.ledger.kill();
    let mut beside = world.ledger.beside();
    world.ledger.start().await;
    beside.start().await;
    let import = done(&api, &id, 240).await;
    drop(analyzed);
    println!("5,000 affiliates in {:?}", began.elapsed());
    assert_eq!((counts(&import), import["done"].as_i64()), ([MANY, 0, 0, 0], Some(MANY)), "{import}");
    assert_eq!(owner.browser.get(&page).await.expect_status(200).header("refresh"), None, "and rests once it is over");
    beside.stop();
    for (table, filter) in [("affiliates", "email like '%@old.test'"), ("links", "slug like 'ann-%-old'")] {
        assert_eq!(
            world.database.count(&format!("select count(*) from {table} where {filter}")).await,
            MANY,
            "{table}"
        );
    }
    assert_eq!(world.database.count("select count(*) from mails where recipient like '%@old.test'").await, 0);
    let finished = "select count(*) from audit_log where action = 'import.finished'";
    assert_eq!(world.database.count(finished).await, 1);

    let again = api.post("/imports", &body).await.expect_status(201).json();
    assert_eq!(counts(&again), [0, 0, MANY, 0], "{again}");
    world.finish().await;
}

/// If a row fails in two ledgers at once, no other row is refused with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_fails_is_refused_alone() {
    const PAIRS: i64 = 10;
    let world = World::start().await;
    let api = world.api();
    let mut beside = world.ledger.beside();
    beside.start().await;
    world.database.run("alter table affiliates add constraint no_poison check (email not like 'poison%')").await;
    let mut csv = "Email,Name\n".to_owned();
    for number in 0..PAIRS {
        csv.push_str(&format!("poison{number}@old.test,Bad {number}\ngood{number}@old.test,Good {number}\n"));
    }
    let made = api.post("/imports", &file(&world, "Affiliates", &csv)).await.expect_status(201).json();
    let id = made["id"].as_str().unwrap();

    // Both begin with the same rows.
    let mut held = world.database.connect().await;
    run(&mut held, "begin; select id from tenants for no key update").await;
    api.post(&format!("/imports/{id}/start"), &json!({})).await.expect_status(202);
    let waiting = "query like 'select id from tenants where id = any%'";
    wait::until("both to wait", 20, async || (world.database.lock_waits(waiting).await >= 2).then_some(())).await;
    run(&mut held, "commit").await;
    let import = done(&api, id, 120).await;
    assert_eq!(counts(&import), [PAIRS, 0, 0, PAIRS], "{import}");
    for row in api.all(&format!("/imports/{id}/rows")).await {
        let is_good = row["line"].as_i64().unwrap() % 2 == 1;
        assert_eq!(row["outcome"], if is_good { "New" } else { "Refused" }, "{row}");
    }
    beside.stop();
    world.finish().await;
}

/// Customers' purchases after the import are credited to their affiliate, earlier ones aren't, and none is paid twice.
#[tokio::test(flavor = "multi_thread")]
async fn renewals_pay_from_the_import_on() {
    let world = World::shared().await;
    let (api, brand) = (world.api(), &world.acme);
    let of = |name: &str, customer: &str, email: Option<&str>| {
        let (customer, email) = (customer.to_owned(), email.map(str::to_owned));
        brand.sale(name, 10_000).but(|reported| {
            reported.customer_id = Some(customer);
            reported.customer_email = email;
        })
    };
    let segment = json!({"segment": "gold", "effectiveAt": wait::now().plus_days(-30).to_string()});
    let path = format!("/api/v1/affiliates/{}/segment", brand.partner.affiliate);
    api.send(Request { method: "PUT".to_owned(), ..Request::post(&path, segment.to_string()) })
        .await
        .expect_status(200);
    let nina = brand.join(&world.database, "nina").await;
    let theirs =
        of("bound-before", "cus_bound", None).but(|reported| reported.affiliate_slug = Some("nina".to_owned()));
    let before = of("before", "cus_1", None).but(|reported| reported.occurred_at = Some(wait::now().plus_days(-3)));
    world.intake().accept(&[before, theirs]).await;

    let csv = "Stripe Customer ID,Email,Affiliate Email,Created At\n\
               cus_1,one@buyers.test,lauren@creators.test,2024-03-01\n\
               ,two@buyers.test,lauren@creators.test,\n\
               cus_bound,,lauren@creators.test,\n\
               cus_1,,nina@creators.test,\n\
               cus_3,,nobody@creators.test,\n\
               ,,lauren@creators.test,\n\
               cus_4,,lauren@creators.test,03/01/2024\n";
    let csv = &csv.replace("lauren@creators.test", &world.own("lauren@creators.test"));
    let imported = import(&api, &file(&world, "Customers", csv)).await;
    assert_eq!(counts(&imported), [2, 0, 0, 5], "{imported}");
    let rows = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    let reasons: Vec<&str> = rows.iter().map(|row| row["reason"].as_str().unwrap_or("-")).collect();
    let expected =
        ["-", "-", "bound_to_another", "duplicate", "affiliate_unknown", "customer_missing", "date_unreadable"];
    assert_eq!(reasons, expected, "{rows:?}");

    // An import is neither a sale nor a lead.
    assert_eq!(world.database.count("select count(*) from conversions").await, 2);
    let lauren = brand.partner.affiliate.to_string();
    let bound = api.get("/customers/cus_1").await.expect_status(200).json()["bindings"][0].clone();
    assert_eq!((bound["affiliateId"].as_str(), bound["creditedBy"].as_str()), (Some(lauren.as_str()), Some("import")));

    // Two of them buy under another name and through another affiliate's link.
    let clicked = brand.click(&nina);
    let token = brand.token_of(&clicked);
    let renewal = of("renewal-1", "cus_1", None).but(|reported| reported.click_token = Some(token));
    let by_address = of("renewal-2", "u_2", Some("Two@buyers.test"));
    let elsewhere = of("renewal-3", "cus_bound", None);
    world.intake().accept(&[by_address, renewal.clone(), clicked, elsewhere]).await;
    world.intake().post(&[renewal]).await;
    let credited = async |name: &str| {
        let (conversion, commissions) = api.booked(name).await.expect("it is there");
        let cents: i64 = commissions.iter().map(|one| one["amountCents"].as_i64().unwrap()).sum();
        (conversion["affiliateId"].as_str().map(str::to_owned), conversion["creditedBy"].clone(), cents)
    };
    assert_eq!(credited("before").await, (None, Value::Null, 0), "what was bought before is nobody's");
    for name in ["renewal-1", "renewal-2"] {
        assert_eq!(credited(name).await, (Some(lauren.clone()), json!("bound"), 2_000), "{name}");
    }
    assert_eq!(credited("renewal-3").await.0, Some(nina.affiliate.to_string()), "who was bound stays");
    // The first sale of an affiliate with imported customers was elsewhere, so that no event calls one here the first.
    let firsts =
        "select affiliate_id::text, announced::text from milestones where kind = 'first_conversion' order by 2";
    let firsts = world.database.texts(firsts).await;
    let of_brand = [(brand.partner.affiliate, "false"), (nina.affiliate, "true")];
    assert_eq!(firsts, of_brand.map(|(affiliate, announced)| vec![announced.to_owned(), affiliate.uuid().to_string()]));
    assert_eq!(world.database.count("select count(*) from messages where kind = 'first_conversion'").await, 1);
    let (_, commissions) = api.booked("renewal-1").await.unwrap();
    let receipt = api.get(&format!("/commissions/{}/explain", commissions[0]["id"].as_str().unwrap())).await.json();
    assert!(receipt.to_string().contains("since the import"), "{receipt}");

    // A simulation uses the segment at the time of the import, as booking does, not that of the date in the file.
    let draft = json!({"components": [{"type": "percentage", "ratePercent": "50"}], "scope": {"segment": "gold"}});
    let tried =
        api.post(&format!("/programs/{}/plans/simulate", brand.program), &draft).await.expect_status(200).json();
    let hers =
        tried["affiliates"].as_array().unwrap().iter().find(|row| row["affiliateId"] == lauren.as_str()).unwrap();
    assert_eq!(hers["simulatedCents"], json!(10_000), "{tried}");

    // The same file again binds no one again, and an erased person is nowhere in it.
    let again = import(&api, &file(&world, "Customers", csv)).await;
    assert_eq!(counts(&again), [0, 0, 2, 5], "{again}");
    assert_eq!(world.database.count("select count(*) from touches where kind = 'import'").await, 2);
    world.finish().await;
}

/// An affiliate whose token is another's slug here gets a new slug and keeps the customers of the token.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_leads_to_whose_it_was_there() {
    let world = World::shared().await;
    let api = world.api();
    let theirs = world.acme.partner.slug.clone();
    world.acme.join(&world.database, "early").await;
    let affiliates = format!("Email,Token,PayPal Email\nold@old.test,{theirs},\nearly@creators.test,ea,ea@pay.test\n");
    import(&api, &file(&world, "Affiliates", &affiliates)).await;
    let made = api.all("/affiliates").await.into_iter().find(|one| one["email"] == "old@old.test").unwrap();
    assert_ne!(made["slug"], json!(theirs));
    // Existing affiliates are notified where they are paid from now on, and the log says who changed it.
    let reported = read_email(&world.ledger.base(), "early@creators.test", "payout_method_changed").await.to_string();
    assert!(reported.contains("PayPal"), "{reported}");
    let by = "select count(*) from audit_log where action = 'payout_method.set' and actor like 'api_key:%'";
    assert_eq!(world.database.count(by).await, 1);

    let lauren = world.own("lauren@creators.test");
    let customers = format!("Customer ID,Token,Affiliate Email\ncus_a,{theirs},\ncus_b,{theirs},{lauren}\n");
    let customers = import(&api, &file(&world, "Customers", &customers)).await;
    assert_eq!(counts(&customers), [1, 0, 0, 1], "{customers}");
    let bound = api.get("/customers/cus_a").await.expect_status(200).json();
    assert_eq!(bound["bindings"][0]["affiliateId"], made["id"], "{bound}");
    let rows = api.all(&format!("/imports/{}/rows", customers["id"].as_str().unwrap())).await;
    assert_eq!(rows[1]["reason"], "affiliate_ambiguous", "{rows:?}");
    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let list = owner.browser.get("/dashboard/imports.csv").await.expect_status(200).text();
    assert_eq!(list.lines().count(), 3, "{list}");
    world.finish().await;
}

/// A slug that the file brings belongs to its row, also if a row above could have it as the one derived from its name, at
/// once or a hundred rows earlier.
#[tokio::test(flavor = "multi_thread")]
async fn a_derived_slug_takes_none_of_the_file() {
    let world = World::shared().await;
    let api = world.api();
    let mut csv = "Email,Name,Token\nl@old.test,Lauren Old,\nvale@old.test,Lauren Vale,LAUREN-OLD\n\
                   m@old.test,Mia Moss,\n"
        .to_owned();
    for number in 0..120 {
        csv.push_str(&format!("ann{number}@old.test,Ann,ann-{number}-old\n"));
    }
    csv.push_str("moss@old.test,Mia,https://old.test/?via=mia-moss\n");
    let imported = import(&api, &file(&world, "Affiliates", &csv)).await;
    assert_eq!(counts(&imported), [124, 0, 0, 0], "{imported}");
    let noted = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    assert!(noted.iter().all(|row| row["message"].is_null()), "as in the preview: {noted:?}");
    for (first, owner, slug) in [("l", "vale", "LAUREN-OLD"), ("m", "moss", "mia-moss")] {
        let own = async |email: &str| api.all(&format!("/affiliates?email={email}@old.test")).await.remove(0);
        assert_eq!(own(owner).await["slug"], slug);
        let derived = own(first).await["slug"].as_str().unwrap().to_owned();
        assert!(derived.starts_with(&format!("{}-", slug.to_lowercase())), "{derived}");
        let links = api.all(&format!("/links?affiliateId={}", own(owner).await["id"].as_str().unwrap())).await;
        assert_eq!(links[0]["slug"], slug, "{links:?}");
    }
    world.finish().await;
}

/// Affiliates can be imported before the link domain is verified: the same file gives them their links later.
#[tokio::test(flavor = "multi_thread")]
async fn affiliates_come_before_the_link_domain() {
    let world = World::shared().await;
    let api = world.api();
    // The job that checks hosts leaves those alone that are older than thirty days.
    let verified = async |at: &str| {
        let organization = world.acme.organization.uuid();
        let change = format!(
            "update link_hosts set verified_at = {at}, created_at = now() - interval '40 days'
             where organization_id = '{organization}'"
        );
        world.database.run(&change).await;
    };
    verified("null").await;
    let csv = "Email,Token,State\nzoe@old.test,zoe,active\njo@old.test,jo-old,pending\n";
    let body = file(&world, "Affiliates", csv);
    let checked = api.post("/imports", &body).await.expect_status(201).json();
    assert_eq!(counts(&checked), [2, 0, 0, 0], "{checked}");
    let imported = import(&api, &body).await;
    assert_eq!(counts(&imported), [2, 0, 0, 0], "as in the preview: {imported}");
    let rows = api.all(&format!("/imports/{}/rows", imported["id"].as_str().unwrap())).await;
    let reasons: Vec<_> = rows.iter().map(|row| row["reason"].as_str()).collect();
    assert_eq!(reasons, [Some("noted"), None], "{rows:?}");
    assert!(rows[0]["message"].as_str().unwrap().contains("a verified link domain"), "{rows:?}");
    let again = import(&api, &body).await;
    assert_eq!(counts(&again), [0, 0, 2, 0], "{again}");

    verified("now()").await;
    for expected in [[0, 1, 1, 0], [0, 0, 2, 0]] {
        let again = import(&api, &body).await;
        assert_eq!(counts(&again), expected, "{again}");
    }
    let zoe = api.all("/affiliates?email=zoe@old.test").await.remove(0);
    let links = api.all(&format!("/links?affiliateId={}", zoe["id"].as_str().unwrap())).await;
    assert_eq!(links.iter().map(|link| link["slug"].as_str().unwrap()).collect::<Vec<_>>(), ["zoe"]);
    world.finish().await;
}

/// Ambiguous dates are refused until their order is given, on the page or by API; the check says how the
/// first one was read.
#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_dates_is_told() {
    let world = World::shared().await;
    let api = world.api();
    let lauren = world.own("lauren@creators.test");
    let csv = format!("Customer ID,Affiliate Email,Created At\ncus_1,{lauren},\ncus_2,{lauren},03/04/2026\n");
    let body = file(&world, "Customers", &csv);
    let made = api.post("/imports", &body).await.expect_status(201).json();
    assert_eq!((made["dateOrder"].as_str(), counts(&made)), (Some("Automatic"), [1, 0, 0, 1]), "{made}");

    let mut owner = Marketer::new(&world.ledger.base());
    owner.sign_in(&world.demo["owner"]).await.expect_status(303);
    let organization = world.acme.organization.to_string();
    let place = format!("/dashboard/imports/{}", made["id"].as_str().unwrap());
    let page = format!("{place}?organization={organization}");
    let checked = owner.browser.get(&page).await.expect_status(200).text();
    assert!(checked.contains("We can\u{2019}t tell which date 03/04/2026 is."), "{checked}");
    for (order, expected) in [("DayFirst", "3 Apr 2026"), ("MonthFirst", "4 Mar 2026")] {
        let fields = [
            ("organization", organization.as_str()),
            ("map-CustomerId", "0"),
            ("map-AffiliateEmail", "1"),
            ("map-Since", "2"),
            ("dateOrder", order),
        ];
        owner.submit(&format!("{place}/mapping"), &fields).await.expect_status(303);
        let checked = owner.browser.get(&page).await.expect_status(200).text();
        assert!(checked.contains(&format!("03/04/2026 will be imported as {expected}.")), "{checked}");
    }

    let path = format!("/imports/{}/start", made["id"].as_str().unwrap());
    let odd = api.post(&path, &json!({"dateOrder": "Backwards"})).await.expect_status(400).json();
    assert_eq!(odd["field"], "dateOrder", "{odd}");
    let started = api.post(&path, &json!({"dateOrder": "DayFirst"})).await.expect_status(202).json();
    assert_eq!((started["dateOrder"].as_str(), counts(&started)), (Some("DayFirst"), [2, 0, 0, 0]), "{started}");
    done(&api, made["id"].as_str().unwrap(), 60).await;
    let since = Timestamp::parse_rfc3339("2026-04-03T00:00:00Z").unwrap().millis();
    let reported = format!("select count(*) from events where body::text like '%{since}%'");
    assert_eq!(world.database.count(&reported).await, 1);
    world.finish().await;
}

/// Owners and admins get an email about an import that skipped rows, with a link to these rows, and none about a quick
/// one that skipped nothing.
#[tokio::test(flavor = "multi_thread")]
async fn its_end_is_an_email_if_rows_were_skipped() {
    const FINISHED: &str = "kind = 'import_finished'";
    let world = World::shared().await;
    let api = world.api();
    let mut owner = organization_fixture::owner(&world).await;
    let [owners, admins] = ["owner@acme.test", "ann@acme.test"].map(|email| world.own(email));
    joined(&world, &mut owner, &admins, "admin").await;
    joined(&world, &mut owner, &world.own("ben@acme.test"), "manager").await;
    let csv = "email,token\nzoe@old.test,zoe\n";
    import(&api, &file(&world, "Affiliates", csv)).await;
    assert_eq!(world.database.count_emails(FINISHED).await, 0, "it was quick and skipped nothing");

    let csv = format!("{csv}jo@old.test,jo-old\nnowhere,nowhere-old\n");
    let imported = import(&api, &file(&world, "Affiliates", &csv)).await;
    assert_eq!(counts(&imported), [1, 0, 1, 1], "{imported}");
    assert_eq!(world.database.count_emails(FINISHED).await, 2, "one for the owner, one for the admin");
    let base = world.ledger.base();
    for to in [owners, admins] {
        let email = read_email(&base, &to, "import_finished").await;
        let text = email["text"].as_str().unwrap();
        for part in ["Affiliates from Rewardful", "New: 1\n", "Unchanged: 1\n", "Skipped: 1\n"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let results = link(&base, &to, "import_finished").await;
        let results = owner.browser.get(&results).await.expect_status(200).text();
        assert!(results.contains("nowhere-old") && !results.contains("jo-old"), "{results}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_cancelled_import_creates_no_one() {
    let world = World::shared().await;
    let api = world.api();
    let csv = "email,token\nzoe@old.test,zoe\n";
    let made = api.post("/imports", &file(&world, "Affiliates", csv)).await.expect_status(201).json();
    let path = format!("/imports/{}/cancel", made["id"].as_str().unwrap());
    assert_eq!(world.other_api().post(&path, &json!({})).await.status, 404);
    for _ in 0..2 {
        let cancelled = api.post(&path, &json!({})).await.expect_status(200).json();
        assert_eq!(cancelled["state"], "Cancelled", "{cancelled}");
    }
    let started = api.post(&path.replace("/cancel", "/start"), &json!({})).await;
    assert_eq!(started.refusal(), (409, "wrong_status".to_owned()));
    assert!(api.all("/affiliates?email=zoe@old.test").await.is_empty());
    world.finish().await;
}
