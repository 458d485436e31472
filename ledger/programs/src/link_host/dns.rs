//! Looks up the TXT and CNAME records of a name. Nothing is cached, because people check right after they set a record.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::{
    ResolveError, ResolveErrorKind, TokioResolver,
    config::{NameServerConfigGroup, ResolverConfig},
    name_server::TokioConnectionProvider,
    proto::{
        ProtoErrorKind,
        op::ResponseCode,
        rr::{RData, RecordType},
    },
};

/// The timeout of one try at one name server.
const TRY_WITHIN: Duration = Duration::from_secs(2);
/// The timeout of the whole lookup.
const ANSWER_WITHIN: Duration = Duration::from_secs(6);

/// The records that were found; an empty answer is valid.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub texts: Vec<String>,
    /// Names in lower case, without the trailing dot.
    pub aliases: Vec<String>,
}

/// The DNS couldn't be reached, or didn't answer.
#[derive(Debug, thiserror::Error)]
#[error("the DNS doesn't answer: {0}")]
pub struct Unavailable(String);

/// Queries the machine's resolvers, or the fake DNS in development.
pub async fn resolve(stand_in: Option<SocketAddr>, name: &str) -> Result<Answer, Unavailable> {
    let resolver = resolver(stand_in).map_err(|error| Unavailable(error.to_string()))?;
    // The trailing dot prevents search domains.
    let name = format!("{name}.");
    let both =
        async { tokio::join!(find(&resolver, &name, RecordType::TXT), find(&resolver, &name, RecordType::CNAME)) };
    let (texts, aliases) =
        tokio::time::timeout(ANSWER_WITHIN, both).await.map_err(|_| Unavailable("it took too long".to_owned()))?;
    let mut answer = Answer::default();
    for data in texts?.into_iter().chain(aliases?) {
        match data {
            RData::TXT(text) => answer.texts.push(String::from_utf8_lossy(&text.txt_data().concat()).into_owned()),
            RData::CNAME(alias) => answer.aliases.push(alias.0.to_ascii().trim_end_matches('.').to_ascii_lowercase()),
            _ => {}
        }
    }
    Ok(answer)
}

fn resolver(stand_in: Option<SocketAddr>) -> Result<TokioResolver, ResolveError> {
    let mut builder = match stand_in {
        None => TokioResolver::builder_tokio()?,
        Some(at) => {
            let servers = NameServerConfigGroup::from_ips_clear(&[at.ip()], at.port(), true);
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioConnectionProvider::default())
        }
    };
    let options = builder.options_mut();
    (options.timeout, options.attempts, options.cache_size) = (TRY_WITHIN, 2, 0);
    Ok(builder.build())
}

async fn find(resolver: &TokioResolver, name: &str, kind: RecordType) -> Result<Vec<RData>, Unavailable> {
    match resolver.lookup(name, kind).await {
        Ok(found) => Ok(found.iter().cloned().collect()),
        Err(error) if is_absent(&error) => Ok(Vec::new()),
        Err(error) => Err(Unavailable(error.to_string())),
    }
}

/// Whether the DNS answered that the record doesn't exist.
fn is_absent(error: &ResolveError) -> bool {
    let ResolveErrorKind::Proto(error) = error.kind() else { return false };
    matches!(
        error.kind(),
        ProtoErrorKind::NoRecordsFound { response_code: ResponseCode::NXDomain | ResponseCode::NoError, .. }
    )
}
