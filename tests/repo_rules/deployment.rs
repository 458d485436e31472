//! Goal: the files of `docs/self-hosting/deploy`, and of an edge without Cloudflare, work with the code beside them: they can
//! be parsed, name only settings and metrics that exist, and every alert has a section that says what to do about it.
//! Method: YAML and JSON are read with parsers of their own, and names are held against the sources and the table of
//! settings. Where systemd is installed, it checks the units. Templates of the chart are text until Helm fills them in, so
//! they are searched for names only.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};
use world::settings;

const FOLDER: &str = "docs/self-hosting/deploy";
const EDGE: &str = "edge/self_hosted";

fn files() -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), [FOLDER, EDGE].map(|folder| settings::root().join(folder)).to_vec());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(settings::root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(found.len() >= 15, "{}", found.len());
    found
}

fn read(name: &str) -> String {
    fs::read_to_string(settings::root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A document of YAML. Anchors are followed; everything that isn't a list or a mapping is text.
fn yaml(name: &str, text: &str) -> Value {
    let mut anchors: Vec<(usize, Value)> = Vec::new();
    // Open lists and mappings, each with its anchor and, in mappings, the key that waits for its value.
    let mut open: Vec<(Value, usize, Option<String>)> = Vec::new();
    let mut document = Value::Null;
    for event in Parser::new_from_str(text) {
        let (event, _) = event.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (value, anchor) = match event {
            Event::Scalar(text, _, anchor, _) => (Value::String(text.into_owned()), anchor),
            Event::Alias(id) => (anchors.iter().find(|(known, _)| *known == id).expect(name).1.clone(), 0),
            Event::SequenceStart(anchor, _) => {
                open.push((Value::Array(Vec::new()), anchor, None));
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push((Value::Object(Map::new()), anchor, None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|(value, anchor, _)| (value, anchor)).expect(name),
            _ => continue,
        };
        anchors.push((anchor, value.clone()));
        match open.last_mut() {
            None => document = value,
            Some((Value::Array(list), ..)) => list.push(value),
            Some((Value::Object(map), _, key)) => match key.take() {
                None => *key = Some(value.as_str().expect(name).to_owned()),
                Some(key) => assert!(map.insert(key.clone(), value).is_none(), "{name}: {key} is there twice"),
            },
            Some(_) => panic!("{name}"),
        }
    }
    document
}

#[test]
fn every_file_can_be_parsed() {
    let mut parsed = 0;
    for (name, text) in files() {
        let is_template = name.contains("/templates/");
        if name.ends_with(".json") {
            serde_json::from_str::<Value>(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            parsed += 1;
        } else if name.ends_with(".yaml") && !is_template {
            assert!(yaml(&name, &text).is_object(), "{name}");
            parsed += 1;
        } else if is_template {
            assert_eq!(text.matches("{{").count(), text.matches("}}").count(), "{name}");
            let ends = text.matches("{{- end }}").count();
            let begins =
                ["{{- if ", "{{- with ", "{{- range ", "{{- define "].iter().map(|word| text.matches(word).count());
            assert_eq!(begins.sum::<usize>(), ends, "{name}: each block ends");
        }
    }
    assert!(parsed >= 5, "{parsed}");
}

#[test]
fn every_setting_exists() {
    let documented: BTreeSet<String> = variables(&read("docs/self-hosting/configuration.md")).collect();
    for (name, text) in files() {
        let unknown: Vec<String> = variables(&text).filter(|variable| !documented.contains(variable)).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
}

fn variables(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|sign: char| !(sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_'));
    let named = words.filter(|word| word.starts_with("REKOMI_") || word.starts_with("DATABASE_"));
    named.filter(|word| !word.ends_with('_')).map(str::to_owned)
}

/// A stop that takes as long as it may ends before the supervisor kills the process.
#[test]
fn supervisors_wait_until_the_ledger_has_stopped() {
    let between = |file: &str, before: &str, after: &str| -> u64 {
        let text = read(file);
        let number = text.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        number.and_then(|(number, _)| number.parse().ok()).unwrap_or_else(|| panic!("{file}: {before}"))
    };
    let limit = |file: &str, name: &str| between(file, &format!("const {name}: Duration = Duration::from_secs("), ");");
    // The longest REKOMI_DRAIN_SECONDS for which these files needn't be changed.
    let drain = between("docs/self-hosting/deploy.md", "If you set more than ", ", raise `TimeoutStopSec`");
    let longest = drain
        + limit("ledger/src/serve.rs", "FINISH_WITHIN")
        + limit("ledger/src/serve.rs", "JOBS_FINISH_WITHIN")
        + limit("ledger/kit/src/trace_export.rs", "STOP_WITHIN")
        + limit("ledger/kit/src/db.rs", "CLOSES_WITHIN");
    for (name, before, after) in [
        ("systemd/rekomi-ledger.service", "TimeoutStopSec=", "\n"),
        ("helm/rekomi/templates/deployment.yaml", "terminationGracePeriodSeconds: ", "\n"),
        ("compose/compose.yaml", "nofile: 65536\n    stop_grace_period: ", "s\n"),
    ] {
        let waits = between(&format!("{FOLDER}/{name}"), before, after);
        assert!(waits > longest, "{name} waits {waits} seconds, and a stop may take {longest}");
    }
}

/// Every metric in the dashboard and the rules is recorded somewhere, and the other way round: a metric that no one looks at
/// isn't worth its time.
#[test]
fn every_metric_exists_and_is_shown() {
    let mut recorded = BTreeSet::new();
    let mut sources = Vec::new();
    collect(&settings::root().join("ledger"), &mut sources);
    for source in sources {
        let text = fs::read_to_string(source).unwrap();
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            let calls = text.split(kind).skip(1);
            recorded.extend(
                calls.filter_map(|call| Some(call.trim_start().strip_prefix('"')?.split('"').next()?.to_owned())),
            );
        }
    }
    assert!(recorded.len() > 15, "{recorded:?}");
    let mut shown = BTreeSet::new();
    for (name, text) in files().into_iter().filter(|(name, _)| name.contains("/monitoring/")) {
        let words = text.split(|sign: char| !(sign.is_ascii_lowercase() || sign == '_'));
        for metric in words.filter(|word| word.starts_with("rekomi_")) {
            assert!(recorded.contains(metric), "{name}: nothing records {metric}");
            shown.insert(metric.to_owned());
        }
    }
    // Deleting old data is no figure to watch; each difference is in the figure of open ones.
    shown.extend(["rekomi_retention_deleted_total", "rekomi_payout_differences_total"].map(str::to_owned));
    let unseen: Vec<&String> = recorded.difference(&shown).collect();
    assert!(unseen.is_empty(), "in neither the dashboard nor the rules: {unseen:?}");
}

fn collect(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// To Prometheus, a counter that appears with its first failure has not increased: those whose increase is an alert's whole
/// condition begin at zero.
#[test]
fn counters_whose_first_increase_alerts_begin_at_zero() {
    let rules = read(&format!("{FOLDER}/monitoring/prometheus-rules.yaml"));
    let begun: String = ["ledger/src/operations/metrics.rs", "ledger/src/serve.rs"].map(read).concat();
    let watched = rules.split("(increase(").skip(1).filter_map(|rest| rest.split(['{', '[']).next());
    let watched: BTreeSet<&str> = watched.collect();
    assert!(watched.len() >= 5, "{watched:?}");
    for metric in watched {
        let begins = begun.lines().any(|line| line.contains(&format!("\"{metric}\"")) && line.contains("increment(0)"));
        assert!(begins, "{metric} begins with its first failure");
    }
}

/// Each process has a gauge of its own, which stays at 1 until its next round, hours later for some jobs. If a round of
/// another process succeeded, the work is done.
#[test]
fn a_job_that_works_in_one_process_does_not_alert() {
    for name in ["prometheus-rules.yaml", "grafana-dashboard.json"] {
        let text = read(&format!("{FOLDER}/monitoring/{name}"));
        let (all, lowest) = (
            text.matches("rekomi_job_failing").count(),
            text.matches("min by (exported_job) (rekomi_job_failing)").count(),
        );
        assert!(all > 0 && all == lowest, "{name}: {all} uses, {lowest} of them of the lowest gauge");
    }
}

#[test]
fn every_alert_says_what_to_do() {
    let rules = yaml("rules", &read(&format!("{FOLDER}/monitoring/prometheus-rules.yaml")));
    let page = read("docs/self-hosting/alerts.md");
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    let names: Vec<&str> = rules.iter().map(|rule| rule["alert"].as_str().unwrap()).collect();
    assert_eq!(names, headings, "one section for each, in the same order");
    for rule in rules {
        let name = rule["alert"].as_str().unwrap();
        let annotations = &rule["annotations"];
        let runbook = format!("docs/self-hosting/alerts.md#{}", name.to_lowercase());
        assert_eq!(annotations["runbook"], runbook, "{name}");
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning", "info"].contains(&severity), "{name}");
        assert!(["expr", "for"].iter().all(|field| rule[field].is_string()), "{name}");
        assert!(["summary", "description"].iter().all(|field| annotations[field].is_string()), "{name}");
    }
}

/// The ledger's container can't write, gain rights or see the owner's password, and nothing has a password in the file.
#[test]
fn compose_is_hardened() {
    let file = yaml("compose", &read(&format!("{FOLDER}/compose/compose.yaml")));
    for service in ["migrate", "ledger"] {
        let service = &file["services"][service]["<<"];
        assert_eq!(service["read_only"], "true");
        assert_eq!(service["cap_drop"][0], "ALL");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true");
    }
    let ledger = &file["services"]["ledger"];
    // Large temporary files go to a disk, not to the memory of /tmp, and not among the files.
    assert_eq!((&ledger["environment"]["TMPDIR"], &ledger["volumes"][0]), (&"/data".into(), &"files:/data".into()));
    assert!(read("ledger/src/operations/init/template.rs").contains("\"/data/files\""), "REKOMI_FILES is below it");
    assert_eq!(ledger["env_file"], serde_json::json!(["rekomi.env"]));
    assert_eq!(file["services"]["migrate"]["env_file"], serde_json::json!(["owner.env"]));
    let subnet = file["networks"]["default"]["ipam"]["config"][0]["subnet"].as_str().unwrap();
    assert!(read("ledger/src/operations/init/mod.rs").contains(subnet), "REKOMI_TRUSTED_PROXIES is that network");
    for image in file["services"].as_object().unwrap().values().filter_map(|service| service["image"].as_str()) {
        assert!(image.contains(':') && !image.ends_with(":latest"), "{image} has a version");
    }
    let text = file.to_string();
    assert!(!text.contains("PASSWORD\":"), "passwords are in owner.env");
}

/// `up --detach` alone returns while the image still creates the database, with a server that it stops again.
#[test]
fn a_restore_waits_for_the_new_database() {
    let page = read("docs/self-hosting/backup.md");
    let starts = page.lines().filter(|line| line.contains("docker compose up") && line.trim_end().ends_with(" db"));
    let starts: Vec<&str> = starts.collect();
    assert!(!starts.is_empty() && starts.iter().all(|line| line.contains(" --wait ")), "{starts:?}");
}

/// Compose reads the edge's file after the ledger's: it gets the same program and network, and what it adds fits.
#[test]
fn composes_edge_is_hardened() {
    let (whole, edge) = (
        yaml("compose", &read(&format!("{FOLDER}/compose/compose.yaml"))),
        yaml("edge", &read(&format!("{EDGE}/compose.yaml"))),
    );
    let services = &edge["services"];
    for service in ["edge-store", "edge"].map(|name| &services[name]) {
        assert_eq!(service["read_only"], "true");
        assert_eq!(service["cap_drop"][0], "ALL");
        assert_eq!(service["security_opt"][0], "no-new-privileges:true");
        assert!(service["ports"].is_null(), "the proxy alone is public");
    }
    assert_eq!(services["edge-store"]["image"], whole["services"]["ledger"]["<<"]["image"]);
    assert_eq!(services["edge"]["env_file"], serde_json::json!(["edge.env"]), "workerd gets no password");
    // workerd and the store only talk to addresses, which Compose must not give to others.
    let network = &whole["networks"]["default"]["ipam"]["config"][0];
    assert_eq!((&network["subnet"], &network["ip_range"]), (&"172.30.77.0/24".into(), &"172.30.77.128/25".into()));
    for (service, own, other) in [("edge-store", "172.30.77.2", "172.30.77.3"), ("edge", "172.30.77.3", "172.30.77.2")]
    {
        let service = &services[service];
        assert_eq!(service["networks"]["default"]["ipv4_address"], own);
        let text = service.to_string();
        assert!(text.contains(&format!("{own}:808")) && text.contains(&format!("{other}:808")), "{text}");
    }
    assert!(whole["services"]["proxy"].is_object() && whole["services"]["migrate"].is_object());
    assert!(read(&format!("{EDGE}/Caddyfile")).contains("reverse_proxy edge:8081 {"));
}

/// Someone who has only the files of a release learns from the page which workerd they were tested with.
#[test]
fn the_page_names_the_tested_workerd() {
    let lock: Value = serde_json::from_str(&read("package-lock.json")).unwrap();
    let version = lock["packages"]["node_modules/@cloudflare/workerd-linux-64"]["version"].as_str().unwrap();
    let page = read("docs/self-hosting/without-cloudflare.md");
    let named: Vec<&str> =
        page.split("workerd-linux-64@").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect();
    assert!(named.len() == 2 && named.iter().all(|name| *name == version), "{named:?} isn't {version}");
}

#[test]
fn values_of_the_chart_fit_their_schema() {
    let chart = format!("{FOLDER}/helm/rekomi");
    let schema: Value = serde_json::from_str(&read(&format!("{chart}/values.schema.json"))).unwrap();
    let values = yaml("values", &read(&format!("{chart}/values.yaml")));
    let known = schema["properties"].as_object().unwrap();
    for (name, value) in values.as_object().unwrap() {
        let of_schema = known.get(name).unwrap_or_else(|| panic!("{name} isn't in the schema"));
        for inner in value.as_object().into_iter().flatten().map(|(inner, _)| inner) {
            let properties = of_schema["properties"].as_object();
            assert!(properties.is_none_or(|properties| properties.contains_key(inner)), "{name}.{inner}");
        }
    }
    let version = read("Cargo.toml").split("version = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let described = yaml("chart", &read(&format!("{chart}/Chart.yaml")));
    assert_eq!(
        (&described["version"], &described["appVersion"]),
        (&Value::from(version.clone()), &Value::from(version))
    );
    // A value that no template uses does nothing.
    let templates: String =
        files().into_iter().filter(|(name, _)| name.contains("/templates/")).map(|(_, text)| text).collect();
    for name in known.keys().filter(|name| *name != "global") {
        assert!(templates.contains(&format!(".Values.{name}")), "{name} is in no template");
    }
}

#[test]
fn systemd_accepts_the_units() {
    let folder = std::env::temp_dir().join(format!("rekomi-units-{}", std::process::id()));
    fs::create_dir_all(folder.join("rekomi-ledger.service.d")).unwrap();
    // systemd wants a program that exists.
    let program = std::env::current_exe().unwrap().display().to_string();
    let mut units = Vec::new();
    let is_systemds = |name: &str| name.contains("/systemd/") || name.ends_with(".service");
    for (name, text) in files().into_iter().filter(|(name, _)| is_systemds(name)) {
        let file = Path::new(&name).file_name().unwrap();
        let (is_service, is_socket) = (name.ends_with(".service"), name.ends_with(".socket"));
        let is_unit = is_service || is_socket;
        let path = if is_unit { folder.join(file) } else { folder.join("rekomi-ledger.service.d").join(file) };
        // Where the packages install the program, and the page workerd.
        let text = text.replace("ExecStart=/usr/local/bin/workerd ", "ExecStart=/usr/bin/rekomi ");
        assert!(!is_service || text.contains("ExecStart=/usr/bin/rekomi "), "{name}");
        assert!(!is_socket || text.contains("\nListenStream=127.0.0.1:8080\n"), "{name}: REKOMI_LISTEN's default");
        fs::write(&path, text.replace("/usr/bin/rekomi", &program)).unwrap();
        units.extend(is_unit.then_some(path));
    }
    assert_eq!(units.len(), 5);
    match Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units).output() {
        Ok(output) => {
            let printed = String::from_utf8_lossy(&output.stderr).into_owned();
            let ours: Vec<&str> = printed.lines().filter(|line| line.contains("rekomi")).collect();
            assert!(output.status.success() && ours.is_empty(), "{printed}");
        }
        Err(_) => println!("systemd isn't installed, so the units weren't checked"),
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Someone who builds the image with Docker gets the program that a release has: static, with the list of its crates.
#[test]
fn the_container_is_built_as_a_release_is() {
    let (release, container) = (read("xtask/src/release/mod.rs"), read(&format!("{FOLDER}/container/Containerfile")));
    let pinned = release.split("CARGO_AUDITABLE: &str = \"").nth(1).and_then(|rest| rest.split('"').next());
    let pinned = pinned.expect("the version of cargo-auditable");
    assert!(container.contains(&format!("cargo install cargo-auditable --version ={pinned} --locked")), "{pinned}");
    for part in ["--release", "--locked", "--package", "ledger", "--bin", "rekomi", "--target"] {
        assert!(release.contains(&format!("\"{part}\"")), "{part} is an argument of the release's build");
    }
    // The ledger finds its documentation beside itself.
    let place = release.split("const BOOK: &str = \"").nth(1).and_then(|rest| rest.split('"').next());
    let place = place.expect("the place of the book");
    assert!(read("ledger/kit/src/config/docs.rs").contains(&format!("[\"{place}\", ")), "{place}");
    assert!(container.contains(&format!("cp -R target/docs-book /image/{place}")), "{place}");
    assert!(container.contains("COPY --from=build /image/docs /docs"));
    for part in ["cargo auditable build --release --locked --package ledger --bin rekomi --target", "+crt-static"] {
        assert!(container.contains(part), "{part}");
    }
}
