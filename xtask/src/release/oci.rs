//! Builds the container image without a daemon: an OCI image layout with one layer, in a tar file that `docker load`,
//! `podman load`, `skopeo` and containerd read.

use super::tar::{Entry, archive, gzip};
use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// Whom the image runs as: the user that distroless images call `nonroot`.
pub(crate) const USER: u32 = 65_532;
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const SECONDS: u64 = 1_000_000_000;

/// What is in the image, besides its files.
#[derive(Debug)]
pub(crate) struct Image<'a> {
    pub(crate) version: &'a str,
    /// The commit that it was built from.
    pub(crate) revision: &'a str,
    /// As Go calls it: `amd64` or `arm64`.
    pub(crate) architecture: &'a str,
    /// RFC 3339.
    pub(crate) created: &'a str,
    /// The same in seconds.
    pub(crate) modified: u64,
}

/// The files of the image: one static program, what it reads of a system, a folder for files, and the documentation.
pub(crate) fn root(ledger: Vec<u8>, certificates: Vec<u8>, book: Vec<Entry>) -> Vec<Entry> {
    let user = format!("root:x:0:0:root:/root:/sbin/nologin\nrekomi:x:{USER}:{USER}:rekomi:/data:/sbin/nologin\n");
    let group = format!("root:x:0:\nrekomi:x:{USER}:\n");
    let mut entries = vec![
        Entry::file("rekomi", 0o755, ledger),
        Entry::folder("etc", 0o755, 0),
        Entry::folder("etc/ssl", 0o755, 0),
        Entry::folder("etc/ssl/certs", 0o755, 0),
        Entry::file("etc/ssl/certs/ca-certificates.crt", 0o644, certificates),
        Entry::file("etc/passwd", 0o644, user),
        Entry::file("etc/group", 0o644, group),
        // Names are looked up in /etc/hosts, then by DNS.
        Entry::file("etc/nsswitch.conf", 0o644, *b"hosts: files dns\n"),
        Entry::folder("data", 0o700, USER),
        Entry::folder("tmp", 0o1777, 0),
    ];
    entries.extend(folders_of(&book).into_iter().map(|path| Entry::folder(path, 0o755, 0)));
    entries.extend(book);
    entries
}

/// The folders that these files are in.
fn folders_of(files: &[Entry]) -> BTreeSet<String> {
    let above =
        |file: &Entry| file.path.match_indices('/').map(|(at, _)| file.path[..at].to_owned()).collect::<Vec<_>>();
    files.iter().flat_map(above).collect()
}

/// Returns the tar file of the image.
pub(crate) fn layout(root: &[Entry], image: &Image) -> Result<Vec<u8>> {
    let layer = archive(root, image.modified).context("the image's layer")?;
    let (unpacked, layer) = (digest(&layer), gzip(&layer)?);
    let config = bytes(&configuration(image, &unpacked))?;
    let manifest = bytes(&json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, &config),
        "layers": [descriptor(LAYER, &layer)],
    }))?;
    let name = format!("rekomi:{}", image.version);
    let mut described = descriptor(MANIFEST, &manifest);
    described["annotations"] = json!({
        "org.opencontainers.image.ref.name": image.version,
        "io.containerd.image.name": format!("docker.io/library/{name}"),
    });
    described["platform"] = json!({"architecture": image.architecture, "os": "linux"});
    let index = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [described],
    });
    // Docker before version 25 reads this file instead of the index.
    let docker = json!([{"Config": path(&digest(&config)), "RepoTags": [name], "Layers": [path(&digest(&layer))]}]);
    let mut entries = vec![
        Entry::file("oci-layout", 0o644, *br#"{"imageLayoutVersion":"1.0.0"}"#),
        Entry::file("index.json", 0o644, bytes(&index)?),
        Entry::file("manifest.json", 0o644, bytes(&docker)?),
        Entry::folder("blobs", 0o755, 0),
        Entry::folder("blobs/sha256", 0o755, 0),
    ];
    entries.extend([config, manifest, layer].map(|blob| Entry::file(path(&digest(&blob)), 0o644, blob)));
    archive(&entries, image.modified)
}

fn configuration(image: &Image, unpacked: &str) -> Value {
    json!({
        "architecture": image.architecture,
        "os": "linux",
        "created": image.created,
        "config": {
            "User": format!("{USER}:{USER}"),
            "Entrypoint": ["/rekomi"],
            "Cmd": ["serve"],
            "WorkingDir": "/data",
            "Env": ["PATH=/", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
            "ExposedPorts": {"8080/tcp": {}},
            "Healthcheck": {
                "Test": ["CMD", "/rekomi", "health"],
                "Interval": 10 * SECONDS, "Timeout": 5 * SECONDS, "StartPeriod": 30 * SECONDS,
            },
            "Labels": {
                "org.opencontainers.image.title": "Rekomi",
                "org.opencontainers.image.version": image.version,
                "org.opencontainers.image.revision": image.revision,
                "org.opencontainers.image.licenses": "Apache-2.0",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [unpacked]},
        "history": [{"created": image.created, "created_by": "cargo xtask release"}],
    })
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    serde_json::to_vec(value).context("can't write JSON")
}

fn descriptor(media_type: &str, blob: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": digest(blob), "size": blob.len()})
}

fn path(digest: &str) -> String {
    format!("blobs/{}", digest.replace(':', "/"))
}

fn digest(content: &[u8]) -> String {
    format!("sha256:{}", sha256(content))
}

/// The SHA-256 of a file in hexadecimal digits, as `sha256sum` prints it.
pub(crate) fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const IMAGE: Image<'_> = Image {
        version: "1.2.3",
        revision: "abc",
        architecture: "amd64",
        created: "2026-11-26T00:00:00Z",
        modified: 1_795_651_200,
    };

    /// The files of a tar file by name.
    fn files(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
        let (mut files, mut at) = (BTreeMap::new(), 0);
        while tar[at] != 0 {
            let text = |from: usize, length: usize| {
                let field = &tar[at + from..at + from + length];
                String::from_utf8(field.iter().copied().take_while(|byte| *byte != 0).collect()).unwrap()
            };
            let size = usize::from_str_radix(&text(124, 12), 8).unwrap();
            files.insert(text(0, 100), tar[at + 512..at + 512 + size].to_vec());
            at += 512 + size.next_multiple_of(512);
        }
        files
    }

    #[test]
    fn every_digest_is_that_of_its_blob() {
        let root = || {
            let book = vec![Entry::file("docs/book/guide/team.html", 0o644, *b"page")];
            root(b"program".to_vec(), b"certificates".to_vec(), book)
        };
        let tar = layout(&root(), &IMAGE).unwrap();
        assert_eq!(tar, layout(&root(), &IMAGE).unwrap());
        let files = files(&tar);
        let blob = |descriptor: &Value| {
            let content = &files[&path(descriptor["digest"].as_str().unwrap())];
            assert_eq!(descriptor["size"], content.len());
            assert_eq!(descriptor["digest"], digest(content));
            content.clone()
        };
        let read = |content: &[u8]| serde_json::from_slice::<Value>(content).unwrap();
        let manifest = read(&blob(&read(&files["index.json"])["manifests"][0]));
        let config = read(&blob(&manifest["config"]));
        let mut layer = Vec::new();
        let compressed = blob(&manifest["layers"][0]);
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(compressed.as_slice()), &mut layer).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], digest(&layer));
        assert_eq!(config["config"]["User"], "65532:65532");
        let docker = read(&files["manifest.json"]);
        assert_eq!(docker[0]["Layers"][0], path(&digest(&compressed)));
        assert!(files.contains_key(docker[0]["Config"].as_str().unwrap()));
        let inside = self::files(&layer);
        assert_eq!(inside["rekomi"], b"program");
        assert_eq!(inside["docs/book/guide/team.html"], b"page");
        assert!(["docs/", "docs/book/", "docs/book/guide/"].iter().all(|folder| inside.contains_key(*folder)));
        assert!(inside.contains_key("data/") && inside.contains_key("etc/ssl/certs/ca-certificates.crt"));
    }

    #[test]
    fn sums_are_those_of_sha256sum() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
