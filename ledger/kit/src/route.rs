//! Routes, as `axum::routing` has them, whose handlers are of one type for the router.
//!
//! axum's router wraps a handler in half a dozen types, and for each of them the compiler proves again that everything the
//! handler calls may move between threads. With hundreds of handlers that was about a seventh of the time to compile the
//! largest crate. Here the compiler proves it once for each handler, of which the router sees only a boxed function.

use std::{pin::Pin, sync::Arc};

use axum::{
    extract::Request,
    handler::Handler,
    response::Response,
    routing::{self, MethodRouter},
};

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler that hides which one it is.
#[derive(Clone)]
pub struct Boxed<S>(Arc<dyn Fn(Request, S) -> Answer + Send + Sync>);

impl<S> std::fmt::Debug for Boxed<S> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Boxed")
    }
}

impl<S: Clone + Send + Sync + 'static> Handler<(), S> for Boxed<S> {
    type Future = Answer;

    fn call(self, request: Request, state: S) -> Answer {
        (self.0)(request, state)
    }
}

/// The handler as the routes below take it.
pub fn boxed<H, T, S>(handler: H) -> Boxed<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    Boxed(Arc::new(move |request, state| Box::pin(handler.clone().call(request, state))))
}

/// A route for GET and HEAD. A second method is merged: `get(show).merge(post(submit))`.
pub fn get<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    routing::get(boxed(handler))
}

/// A route for POST.
pub fn post<H, T, S>(handler: H) -> MethodRouter<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    routing::post(boxed(handler))
}

/// The routes of operations with one path: `utoipa_axum::routes!`, with boxed handlers.
#[macro_export]
macro_rules! routes {
    ($($handler:path),+ $(,)?) => {{
        use utoipa_axum::PathItemExt;
        let mut paths = utoipa::openapi::path::Paths::new();
        let mut schemas = Vec::<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>::new();
        let mut router = axum::routing::MethodRouter::new();
        $(
            let (path, item, methods) = utoipa_axum::routes!(@resolve_types $handler : schemas);
            let handler = $crate::route::boxed($handler);
            router = methods.iter().fold(router, |router, method| router.on(method.to_method_filter(), handler.clone()));
            paths.add_path_operation(&path, methods, item);
        )+
        (schemas, paths, router)
    }};
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        extract::State,
        http::{Method, StatusCode, header::ALLOW},
    };
    use tower::ServiceExt;

    use super::*;

    async fn count(State(counted): State<u8>) -> String {
        counted.to_string()
    }

    async fn refuse() -> StatusCode {
        StatusCode::CONFLICT
    }

    #[tokio::test]
    async fn merged_methods_answer_as_those_of_one_route() {
        let router = Router::new().route("/", get(count).merge(post(refuse))).with_state(7);
        let answer = async |method: Method| {
            let request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
            router.clone().oneshot(request).await.unwrap()
        };
        assert_eq!(answer(Method::GET).await.status(), StatusCode::OK);
        assert_eq!(answer(Method::HEAD).await.status(), StatusCode::OK);
        assert_eq!(answer(Method::POST).await.status(), StatusCode::CONFLICT);
        let refused = answer(Method::PUT).await;
        assert_eq!(
            (refused.status(), &refused.headers()[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &"GET,HEAD,POST".parse().unwrap())
        );
    }
}
