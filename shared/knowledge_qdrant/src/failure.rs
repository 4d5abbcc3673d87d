//! What Qdrant's failures mean, by gRPC code (<https://grpc.io/docs/guides/status-codes/>).

use std::time::Duration;

use ports::CallError;
use qdrant_client::QdrantError;
use tonic::{Code, Status};

use crate::SERVICE;

/// How much of Qdrant's own words is repeated.
const LONGEST_REASON: usize = 200;

/// What a failed call means.
pub(crate) fn failed(error: QdrantError) -> CallError {
    match error {
        QdrantError::ResponseError { status } => by_code(&status, None),
        QdrantError::ResourceExhaustedError {
            status,
            retry_after_seconds,
        } => by_code(&status, Some(Duration::from_secs(retry_after_seconds))),
        _ => CallError::rejected(SERVICE, "the client could not form or read the call"),
    }
}

/// Every call is the same however often it is made, so none has an outcome to be unsure of.
fn by_code(status: &Status, retry_after: Option<Duration>) -> CallError {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => unauthorized(),
        Code::NotFound => CallError::NotFound {
            service: SERVICE,
            what: "collection",
        },
        Code::ResourceExhausted => CallError::RateLimited {
            service: SERVICE,
            retry_after,
        },
        Code::InvalidArgument
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => CallError::rejected(
            SERVICE,
            status
                .message()
                .chars()
                .take(LONGEST_REASON)
                .collect::<String>(),
        ),
        // The message may hold the address, and with it a secret.
        code => CallError::unreachable(SERVICE, format!("gRPC status {code:?}")),
    }
}

/// A person must act.
pub(crate) fn unauthorized() -> CallError {
    CallError::Unauthorized {
        service: SERVICE,
        reason:
            "put a key with write access to the collection into the secret that QDRANT_SECRET names"
                .to_owned(),
    }
}
