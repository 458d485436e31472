//! Accepts connections and serves them with timeouts: a client that sends its headers slowly, or none, is disconnected,
//! so that no one holds connections open for nothing. Once told to stop it accepts no more, and finishes the requests
//! it has begun.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// From the connection's start, or the end of the previous response, to the end of a request's headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(20);
/// Pause after the system refused a connection, usually for lack of file descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stop` resolves and every request is answered.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => serve_one(stream, peer, router.clone(), &graceful),
            // The client had already disconnected.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::warn!(event = "connection.not_accepted", "accepting a connection failed: {error}");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

fn serve_one(stream: TcpStream, peer: SocketAddr, router: Router, graceful: &GracefulShutdown) {
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        // The client disconnected, or was disconnected.
        if let Err(error) = connection.await {
            tracing::debug!(%peer, "a connection ended: {error}");
        }
    });
}
