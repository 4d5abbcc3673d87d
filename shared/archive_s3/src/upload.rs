//! An object that is put part by part
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>).

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use ports::{CallError, Upload};

use crate::{S3Archive, SERVICE, again, failed};

/// How long a part takes at the most, and making one object of all parts, which S3 says can take minutes.
const LONGEST: Duration = Duration::from_mins(2);

/// One upload. Each part is sent when it comes, so that memory holds no more than one and its copy.
pub(crate) struct Multipart {
    client: Client,
    bucket: String,
    key: String,
    id: String,
    parts: Vec<CompletedPart>,
}

fn patiently() -> aws_sdk_s3::config::Builder {
    let timeouts = TimeoutConfig::builder().operation_timeout(LONGEST);
    aws_sdk_s3::Config::builder().timeout_config(timeouts.build())
}

impl Multipart {
    /// A beginning that is repeated leaves one that the bucket's rule clears away.
    pub async fn begin(at: &S3Archive, key: &str, media_type: &str) -> Result<Self, CallError> {
        let id = again("s3.CreateMultipartUpload", || async {
            let call = at.client.create_multipart_upload().bucket(&at.bucket);
            let call = call
                .key(key)
                .content_type(media_type)
                .server_side_encryption(ServerSideEncryption::Aes256);
            let begun = call.send().await.map_err(failed)?;
            begun
                .upload_id
                .ok_or_else(|| CallError::rejected(SERVICE, "it began an upload and gave it no id"))
        })
        .await?;
        Ok(Self {
            client: at.client.clone(),
            bucket: at.bucket.clone(),
            key: key.to_owned(),
            id,
            parts: vec![],
        })
    }
}

#[async_trait]
impl Upload for Multipart {
    async fn add(&mut self, part: Vec<u8>) -> Result<(), CallError> {
        let number = i32::try_from(self.parts.len() + 1)
            .map_err(|_| CallError::rejected(SERVICE, "an object has no so many parts"))?;
        let added = again("s3.UploadPart", || async {
            let call = self.client.upload_part().bucket(&self.bucket);
            let call = call
                .key(&self.key)
                .upload_id(&self.id)
                .part_number(number)
                .body(ByteStream::from(part.clone()));
            let call = call.customize().config_override(patiently());
            call.send().await.map_err(failed)
        })
        .await?;
        // What the SDK reckoned over a part has to be said again at the end.
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(added.e_tag)
            .set_checksum_crc32(added.checksum_crc32)
            .set_checksum_crc64_nvme(added.checksum_crc64_nvme);
        self.parts.push(part.build());
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), CallError> {
        again("s3.CompleteMultipartUpload", || async {
            let parts = CompletedMultipartUpload::builder().set_parts(Some(self.parts.clone()));
            let call = self.client.complete_multipart_upload();
            let call = call
                .bucket(&self.bucket)
                .key(&self.key)
                .upload_id(&self.id)
                .multipart_upload(parts.build());
            let call = call.customize().config_override(patiently());
            call.send().await.map(drop).map_err(failed)
        })
        .await
    }

    async fn give_up(self: Box<Self>) -> Result<(), CallError> {
        again("s3.AbortMultipartUpload", || async {
            let call = self.client.abort_multipart_upload().bucket(&self.bucket);
            let call = call.key(&self.key).upload_id(&self.id);
            call.send().await.map(drop).map_err(failed)
        })
        .await
    }
}
