//! A stand-in for wrangler with an account of its own: it checks every argument, and misbehaves on request.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// Files in its folder are the account: `kv` (`title id` per line), `queues` (names), `calls`, and what makes it misbehave.
const STAND_IN: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 70
echo "$*" >> calls
touch kv queues
[ "$CI" = true ] || { echo "it would ask questions"; exit 71; }
if [ -e signed-out ]; then
  echo "You are not authenticated. Please run \`wrangler login\`."
  [ "$1" = whoami ] && exit 0
  exit 1
fi
case "$*" in
  whoami) echo "You are logged in with an API Token." ;;
  "kv namespace list")
    echo "["; first=1
    while read -r title id; do
      [ $first = 1 ] || echo ","
      first=0; printf '{"id": "%s", "title": "%s"}' "$id" "$title"
    done < kv
    echo "]" ;;
  "kv namespace create rekomi-config"|"kv namespace create rekomi-dead")
    [ -e refuses ] && { echo "✘ [ERROR] Authentication error [code: 10000]" >&2; exit 1; }
    echo "$4 id-of-$4" >> kv
    [ -e raced ] && { echo "✘ [ERROR] a namespace with this account ID and title already exists [code: 10014]" >&2; exit 1; }
    echo "🌀 Creating namespace with title \"$4\"" ;;
  "queues info rekomi-events"|"queues info rekomi-events-dead")
    [ -e away ] && { echo "✘ [ERROR] fetch failed" >&2; exit 1; }
    grep -qx "$3" queues || { echo "✘ [ERROR] Queue \"$3\" does not exist. To create it, run: wrangler queues create $3" >&2; exit 1; } ;;
  "queues create rekomi-events"|"queues create rekomi-events-dead")
    echo "$3" >> queues
    [ -e raced ] && { echo "✘ [ERROR] Queue name '$3' is already taken. [code: 11009]" >&2; exit 1; }
    echo "Created queue '$3'" ;;
  "deploy --config "*/wrangler.toml)
    [ -e fails-to-deploy ] && { echo "✘ [ERROR] Some routes can't be used [code: 10020]" >&2; exit 1; }
    grep -q 'id = "id-of-rekomi-config"' "$3" && grep -q 'id = "id-of-rekomi-dead"' "$3" || exit 72
    touch deployed ;;
  "secret put REKOMI_EDGE_KEYS --config "*/wrangler.toml)
    [ -e deployed ] || { echo "there is no Worker yet"; exit 73; }
    cat > secret ;;
  *) echo "unknown arguments: $*"; exit 64 ;;
esac
"#;

struct Cloudflare(PathBuf);

impl Cloudflare {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("rekomi-wrangler-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("wrangler"), STAND_IN).unwrap();
        fs::set_permissions(folder.join("wrangler"), fs::Permissions::from_mode(0o755)).unwrap();
        Self(folder)
    }

    fn wrangler(&self) -> Wrangler {
        Wrangler::new(["sh".into(), self.0.join("wrangler")])
    }

    fn deployment(&self) -> Deployment {
        Deployment {
            ledger: "https://rekomi.brand.com".to_owned(),
            links: vec!["go.brand.com".to_owned()],
            keys: format!("1:{}", "ab".repeat(32)),
            settings: self.0.join("wrangler.toml"),
        }
    }

    fn set(&self, mood: &str) {
        fs::write(self.0.join(mood), "").unwrap();
    }

    fn unset(&self, mood: &str) {
        fs::remove_file(self.0.join(mood)).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_default()
    }

    /// Looks and applies, as the command does.
    fn deploy(&self) -> Result<()> {
        apply(&self.wrangler(), &self.deployment(), look(&self.wrangler())?)
    }
}

impl Drop for Cloudflare {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn everything_is_created_once() {
    let cloudflare = Cloudflare::new("once");
    let before = look(&cloudflare.wrangler()).unwrap();
    let text = plan(&cloudflare.deployment(), &before);
    assert_eq!(text.matches("create").count(), 4, "{text}");
    assert!(text.contains("go.brand.com") && !text.contains("abab"), "{text}");
    assert!(!cloudflare.read("calls").contains("create"), "looking changes nothing");
    cloudflare.deploy().unwrap();
    assert_eq!(cloudflare.read("secret"), cloudflare.deployment().keys);
    assert!(!cloudflare.read("calls").contains("abab"), "the secret is in no argument");
    // Again: nothing is created, everything is deployed anew.
    let after = look(&cloudflare.wrangler()).unwrap();
    assert_eq!(plan(&cloudflare.deployment(), &after).matches("exists").count(), 4);
    cloudflare.deploy().unwrap();
    assert_eq!(cloudflare.read("calls").matches(" create ").count(), 4);
    assert_eq!((cloudflare.read("kv").lines().count(), cloudflare.read("queues").lines().count()), (2, 2));
}

#[test]
fn who_isnt_signed_in_is_asked_to() {
    let cloudflare = Cloudflare::new("signed-out");
    cloudflare.set("signed-out");
    let error = cloudflare.deploy().unwrap_err().to_string();
    assert!(error.contains("npx wrangler login"), "{error}");
    assert_eq!(cloudflare.read("calls"), "whoami\n");
}

#[test]
fn what_someone_else_created_meanwhile_is_taken() {
    let cloudflare = Cloudflare::new("raced");
    cloudflare.set("raced");
    cloudflare.deploy().unwrap();
    assert_eq!(cloudflare.read("kv").lines().count(), 2);
}

#[test]
fn a_failure_says_what_wrangler_said_and_can_be_repeated() {
    let cloudflare = Cloudflare::new("failures");
    for (mood, words) in [
        ("refuses", "KV namespace rekomi-config: ✘ [ERROR] Authentication error"),
        ("away", "queue rekomi-events: ✘ [ERROR] fetch failed"),
        ("fails-to-deploy", "Some routes can't be used"),
    ] {
        cloudflare.set(mood);
        let error = format!("{:#}", cloudflare.deploy().unwrap_err());
        assert!(error.contains(words), "{mood}: {error}");
        assert_eq!(cloudflare.read("secret"), "", "nothing after the failure");
        cloudflare.unset(mood);
    }
    cloudflare.deploy().unwrap();
    assert_eq!(cloudflare.read("secret"), cloudflare.deployment().keys);
}
