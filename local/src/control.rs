//! The control route that every HTTP stand-in has, and what its faults look like on the wire.
//!
//! `POST /_control/faults {"operation":"drafts.create","fault":{"rate_limited":2},"times":1}` arms a
//! fault, `DELETE /_control/faults` takes all back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Json, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use testkit::faults::{Armed, Fault, Faults};

/// The route, to be merged into a stand-in's router.
pub fn router(faults: Arc<Faults>) -> Router {
    Router::new()
        .route("/_control/faults", post(arm).delete(clear))
        .with_state(faults)
}

async fn arm(State(faults): State<Arc<Faults>>, Json(armed): Json<Armed>) -> StatusCode {
    faults.arm(&armed.operation, armed.fault, armed.times);
    StatusCode::NO_CONTENT
}

async fn clear(State(faults): State<Arc<Faults>>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}

/// Performs an operation under the faults armed for it. `limited` makes the vendor's own answer to
/// too many calls, given the seconds to wait.
pub async fn under_faults<F, Fut>(
    faults: &Faults,
    operation: &str,
    limited: impl FnOnce(u64) -> Response,
    perform: F,
) -> Response
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Response>,
{
    match faults.meet(operation) {
        None => perform().await,
        Some(Fault::Delay(milliseconds)) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            perform().await
        }
        Some(Fault::Refuse) => broken_connection(),
        Some(Fault::TimeOutAfterSuccess) => {
            perform().await;
            std::future::pending().await
        }
        Some(Fault::RateLimited(seconds)) => limited(seconds),
        Some(Fault::ServerError) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
        }
        Some(Fault::Malformed) => {
            perform().await;
            (
                StatusCode::OK,
                [("content-type", "application/json")],
                "{\"cut\": [",
            )
                .into_response()
        }
    }
}

/// An answer whose body breaks off: the client sees the connection close.
fn broken_connection() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<Vec<u8>, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    axum::body::Body::from_stream(broken).into_response()
}
