//! Stored files, in one S3 bucket.

mod upload;

use std::time::Duration;

use async_trait::async_trait;
use aws_account::Account;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use ports::{Archive, CallError, Upload, Uploads};
use resilience::{Effect, Gate, Op};

use crate::upload::Multipart;

const SERVICE: &str = "S3";

/// How long one call may take until it is answered.
const LONGEST_CALL: Duration = Duration::from_secs(5);

/// One bucket.
#[derive(Debug, Clone)]
pub struct S3Archive {
    client: Client,
    bucket: String,
}

impl S3Archive {
    /// The bucket with this name.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self {
            client,
            bucket: bucket.into(),
        }
    }

    /// The bucket with this name, in this account. Every call is answered within 5 seconds and repeated as all
    /// calls here are, not by the SDK; a body that stops flowing is given up by the SDK's guard against stalled
    /// streams.
    pub fn of(account: &Account, bucket: impl Into<String>) -> Self {
        Self::new(Client::new(&account.once(LONGEST_CALL)), bucket)
    }

    /// The same, with the account of whoever sits at this machine.
    pub async fn connect(bucket: impl Into<String>) -> Self {
        Self::of(&Account::of_operator().await, bucket)
    }
}

/// Every call here is the same however often it is made.
async fn again<T, Fut>(operation: &str, attempt: impl FnMut() -> Fut) -> Result<T, CallError>
where
    Fut: Future<Output = Result<T, CallError>>,
{
    let op = Op::new(operation, Effect::None);
    Gate::open(SERVICE).call(op, attempt).await
}

#[async_trait]
impl Archive for S3Archive {
    async fn read(&self, key: &str) -> Result<Vec<u8>, CallError> {
        again("s3.GetObject", || async {
            let call = self.client.get_object().bucket(&self.bucket).key(key);
            let object = call.send().await.map_err(failed)?;
            let octets = object.body.collect().await;
            let octets = octets.map_err(|error| CallError::unreachable(SERVICE, error))?;
            Ok(octets.to_vec())
        })
        .await
    }

    async fn read_part(&self, key: &str, from: u64, length: u64) -> Result<Vec<u8>, CallError> {
        if length == 0 {
            return Ok(vec![]);
        }
        let last = from.saturating_add(length - 1);
        again("s3.GetObject", || async {
            let call = self.client.get_object().bucket(&self.bucket).key(key);
            let object = match call.range(format!("bytes={from}-{last}")).send().await {
                Err(error) if is_beyond_the_end(&error) => return Ok(vec![]),
                object => object.map_err(failed)?,
            };
            let octets = object.body.collect().await;
            let octets = octets.map_err(|error| CallError::unreachable(SERVICE, error))?;
            Ok(octets.to_vec())
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        again("s3.ListObjectsV2", || async {
            let mut keys = vec![];
            let call = self.client.list_objects_v2().bucket(&self.bucket);
            let mut pages = call.prefix(prefix).into_paginator().send();
            while let Some(page) = pages.next().await {
                let objects = page.map_err(failed)?.contents.unwrap_or_default();
                keys.extend(objects.into_iter().filter_map(|object| object.key));
            }
            Ok(keys)
        })
        .await
    }

    async fn remove(&self, key: &str) -> Result<(), CallError> {
        again("s3.DeleteObject", || async {
            let call = self.client.delete_object().bucket(&self.bucket).key(key);
            call.send().await.map(drop).map_err(failed)
        })
        .await
    }

    async fn write(&self, key: &str, media_type: &str, content: &[u8]) -> Result<(), CallError> {
        again("s3.PutObject", || async {
            let call = self.client.put_object().bucket(&self.bucket).key(key);
            let call = call
                .content_type(media_type)
                .server_side_encryption(ServerSideEncryption::Aes256)
                .body(ByteStream::from(content.to_vec()));
            call.send().await.map(drop).map_err(failed)
        })
        .await
    }

    async fn link(&self, key: &str, name: &str, valid: Duration) -> Result<String, CallError> {
        let valid = PresigningConfig::expires_in(valid)
            .map_err(|error| CallError::rejected(SERVICE, error.to_string()))?;
        let call = self.client.get_object().bucket(&self.bucket).key(key);
        let call = call.response_content_disposition(format!("attachment; filename=\"{name}\""));
        // Signing calls nobody.
        let link = call.presigned(valid).await;
        let link = link.map_err(|error| CallError::unreachable(SERVICE, error))?;
        Ok(link.uri().to_owned())
    }
}

#[async_trait]
impl Uploads for S3Archive {
    async fn begin(&self, key: &str, media_type: &str) -> Result<Box<dyn Upload>, CallError> {
        let upload = Multipart::begin(self, key, media_type).await?;
        Ok(Box::new(upload))
    }
}

/// S3's words for a part of which the object has nothing (RFC 9110, section 15.5.17).
fn is_beyond_the_end<E>(error: &SdkError<E>) -> bool {
    error
        .raw_response()
        .is_some_and(|answer| answer.status().as_u16() == 416)
}

/// What a failed call means. Reading has no effect and writing again the same, so nothing here is ever
/// of unknown outcome.
fn failed<E>(error: SdkError<E>) -> CallError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let SdkError::ServiceError(answer) = &error else {
        return CallError::unreachable(SERVICE, error);
    };
    let code = answer.err().code().unwrap_or("an error without a code");
    match answer.raw().status().as_u16() {
        404 if code == "NoSuchBucket" => CallError::NotFound {
            service: SERVICE,
            what: "bucket",
        },
        404 => CallError::NotFound {
            service: SERVICE,
            what: "object",
        },
        401 | 403 => CallError::Unauthorized {
            service: SERVICE,
            reason: format!(
                "{code}: it needs s3:GetObject and s3:ListBucket to read, s3:PutObject to write, s3:DeleteObject to remove, \
                 s3:AbortMultipartUpload to give up what was begun"
            ),
        },
        429 | 503 => CallError::RateLimited {
            service: SERVICE,
            retry_after: None,
        },
        500.. => CallError::unreachable(SERVICE, error),
        _ => CallError::rejected(SERVICE, code),
    }
}
