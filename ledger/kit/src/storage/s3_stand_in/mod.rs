//! A stand-in for S3 in tests: keeps objects as files in a folder, which contains a folder for each bucket, and accepts
//! only requests that one pair of keys has signed. It is strict: it refuses whatever it doesn't implement.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

mod refusal;
mod signature;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{
        HeaderName, Method, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;

use self::{refusal::Refusal, signature::Keys};
use crate::{api::etag::tag, clock::Clock};

const CHECKSUM: &str = "x-amz-checksum-sha256";
const REGION: &str = "us-east-1";
/// As many objects can be deleted at once.
const MOST: usize = 1_000;

struct StandIn {
    folder: PathBuf,
    keys: Keys,
    clock: Clock,
}

/// Starts a stand-in over a folder, which serves until the test ends. Returns its address.
pub(super) async fn start(folder: &Path, (id, secret): (&'static str, &'static str)) -> String {
    let keys = Keys { id, secret, region: REGION };
    let stand_in = StandIn { folder: folder.to_owned(), keys, clock: Clock::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(serve).with_state(Arc::new(stand_in));
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn serve(State(stand_in): State<Arc<StandIn>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(body) => stand_in.answer(&request, &body).unwrap_or_else(Refusal::into_response),
        Err(_) => Refusal::IncompleteBody.into_response(),
    }
}

impl StandIn {
    fn answer(&self, request: &Parts, body: &[u8]) -> Result<Response, Refusal> {
        signature::check(request, body, &self.keys, self.clock.wall())?;
        if !request.headers.keys().all(is_implemented) {
            return Err(Refusal::NotImplemented);
        }
        let sum = BASE64_STANDARD.encode(Sha256::digest(body));
        if request.headers.get(CHECKSUM).is_some_and(|claimed| claimed.as_bytes() != sum.as_bytes()) {
            return Err(Refusal::BadDigest);
        }
        let (bucket, key) = names(request.uri.path()).ok_or(Refusal::InvalidURI)?;
        let bucket = self.bucket(&bucket)?;
        match (&request.method, key, request.uri.query()) {
            (&Method::PUT, Some(key), None) => put(&file(&bucket, &key)?, request, body),
            // The router leaves the body out of a response to HEAD.
            (&Method::GET | &Method::HEAD, Some(key), None) => get(&file(&bucket, &key)?),
            (&Method::DELETE, Some(key), None) => {
                delete(&file(&bucket, &key)?)?;
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            (&Method::POST, None, Some("delete")) => delete_all(&bucket, request, body),
            _ => Err(Refusal::NotImplemented),
        }
    }

    fn bucket(&self, name: &str) -> Result<PathBuf, Refusal> {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        if !(3..=63).contains(&name.len()) || !name.bytes().all(is_plain) {
            return Err(Refusal::InvalidBucketName);
        }
        let bucket = self.folder.join(name);
        if bucket.is_dir() { Ok(bucket) } else { Err(Refusal::NoSuchBucket) }
    }
}

/// Whether the stand-in implements a header, or may ignore it as S3 does.
fn is_implemented(name: &HeaderName) -> bool {
    match name.as_str() {
        "x-amz-content-sha256" | "x-amz-date" | CHECKSUM => true,
        "range" => false,
        other => !other.starts_with("x-amz-") && !other.starts_with("if-"),
    }
}

/// Splits a path into the names of a bucket and of an object, if it names one.
fn names(path: &str) -> Option<(String, Option<String>)> {
    let path = String::from_utf8(signature::decode_percent(path)?).ok()?;
    let path = path.strip_prefix('/')?;
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    Some((bucket.to_owned(), (!key.is_empty()).then(|| key.to_owned())))
}

fn file(bucket: &Path, key: &str) -> Result<PathBuf, Refusal> {
    // S3 has objects of these names, but a folder has no such files.
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Refusal::NotImplemented);
    }
    Ok(bucket.join(key))
}

fn put(file: &Path, request: &Parts, body: &[u8]) -> Result<Response, Refusal> {
    if !request.headers.contains_key(CONTENT_LENGTH) {
        return Err(Refusal::MissingContentLength);
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, body)?;
    Ok([(ETAG, tag(body))].into_response())
}

fn get(file: &Path) -> Result<Response, Refusal> {
    if !file.is_file() {
        return Err(Refusal::NoSuchKey);
    }
    let content = std::fs::read(file)?;
    Ok(([(ETAG, tag(&content)), (CONTENT_TYPE, "binary/octet-stream".to_owned())], content).into_response())
}

/// Succeeds too if there is no such object.
fn delete(file: &Path) -> Result<(), Refusal> {
    if file.is_file() {
        std::fs::remove_file(file)?;
    }
    Ok(())
}

/// Deletes the objects that a request's body lists.
fn delete_all(bucket: &Path, request: &Parts, body: &[u8]) -> Result<Response, Refusal> {
    // S3 requires a checksum of a list.
    if !request.headers.contains_key(CHECKSUM) {
        return Err(Refusal::InvalidRequest);
    }
    let keys = std::str::from_utf8(body).ok().and_then(listed).ok_or(Refusal::MalformedXML)?;
    let mut deleted = String::new();
    for key in keys {
        delete(&file(bucket, key)?)?;
        deleted.push_str(&format!("<Deleted><Key>{key}</Key></Deleted>"));
    }
    let result = format!("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{deleted}</DeleteResult>");
    Ok(xml(StatusCode::OK, &result))
}

/// Reads the keys from a list in the one form in which our client writes it. `None` also if a key contains a character
/// that XML escapes: ours contain none.
fn listed(list: &str) -> Option<Vec<&str>> {
    let head = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
    let mut rest = list.strip_prefix(head)?.strip_suffix("</Delete>")?;
    let mut keys = Vec::new();
    while !rest.is_empty() {
        let (key, after) = rest.strip_prefix("<Object><Key>")?.split_once("</Key></Object>")?;
        keys.push(key);
        rest = after;
    }
    let plain = keys.iter().all(|key| !key.contains(['<', '>', '&']));
    (plain && (1..=MOST).contains(&keys.len())).then_some(keys)
}

fn xml(status: StatusCode, content: &str) -> Response {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}");
    (status, [(CONTENT_TYPE, "application/xml")], document).into_response()
}

#[cfg(test)]
mod tests {
    use object_store::{
        ObjectStoreExt, RetryConfig,
        aws::{AmazonS3, AmazonS3Builder},
        path::Path as Key,
    };

    use super::*;

    const KEYS: (&str, &str) = ("AKIDREKOMITEST", "a secret of the test");

    fn client(endpoint: &str) -> AmazonS3Builder {
        // The process installs it before it opens anything; a second installation changes nothing.
        drop(rustls::crypto::ring::default_provider().install_default());
        AmazonS3Builder::new()
            .with_endpoint(endpoint)
            .with_allow_http(true)
            .with_bucket_name("private")
            .with_region(REGION)
            .with_access_key_id(KEYS.0)
            .with_secret_access_key(KEYS.1)
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
    }

    /// Checks that an object has what was put, in a response to HEAD too, and none once it is deleted.
    async fn keeps(client: &AmazonS3) {
        let key = Key::from("a folder/an object + more");
        let put = client.put(&key, "content".into()).await.unwrap();
        let head = client.head(&key).await.unwrap();
        assert_eq!((head.size, head.e_tag), (7, put.e_tag));
        assert_eq!(client.get(&key).await.unwrap().bytes().await.unwrap(), "content");
        client.delete(&key).await.unwrap();
        client.delete(&key).await.unwrap();
        assert!(matches!(client.head(&key).await, Err(object_store::Error::NotFound { .. })));
    }

    #[tokio::test]
    async fn it_answers_as_a_client_of_s3_expects_and_refuses_with_s3s_codes() {
        let folder = std::env::temp_dir().join(format!("rekomi-s3-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(folder.join("private")).unwrap();
        let endpoint = start(&folder, KEYS).await;
        let client = || client(&endpoint);
        keeps(&client().build().unwrap()).await;
        keeps(&client().with_disable_bulk_delete(true).build().unwrap()).await;
        keeps(&client().with_unsigned_payload(true).build().unwrap()).await;
        let key = Key::from("object");
        for (code, client) in [
            ("NoSuchKey", client()),
            ("NoSuchBucket", client().with_bucket_name("public")),
            ("InvalidBucketName", client().with_bucket_name("Private")),
            ("InvalidAccessKeyId", client().with_access_key_id("AKIDANOTHER")),
            ("SignatureDoesNotMatch", client().with_secret_access_key("another secret")),
            ("AuthorizationHeaderMalformed", client().with_region("eu-central-1")),
            ("NotImplemented", client().with_token("a session")),
            ("AccessDenied", client().with_skip_signature(true)),
        ] {
            let refused = client.build().unwrap().get(&key).await.unwrap_err().to_string();
            assert!(refused.contains(&format!("<Code>{code}</Code>")), "{code}: {refused}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn only_a_list_of_plain_keys_is_read() {
        let list =
            |content: &str| format!("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{content}</Delete>");
        let objects = "<Object><Key>a/b</Key></Object><Object><Key>c</Key></Object>";
        assert_eq!(listed(&list(objects)), Some(vec!["a/b", "c"]));
        for bad in ["", "<Object><Key>a</Key>", "<Object><Key>a&amp;b</Key></Object>", "<Object/>"] {
            assert_eq!(listed(&list(bad)), None, "{bad}");
        }
        assert_eq!(listed(objects), None);
    }
}
