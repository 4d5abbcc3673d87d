//! From executables to code that a template can name: what `sam package` does, without SAM.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context, ensure};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Aws, text_of};

const BUCKET: &str = "helpdesk-code";

const CODE: &str = "CodeUri: functions/";

/// Uploads the executable of every function that the template names, and then the template with each
/// `CodeUri: functions/NAME` pointing at what was uploaded. Returns the template's address: it is longer
/// than a call to `CloudFormation` may hold (51,200 octets).
pub(super) async fn upload(aws: &Aws, template: &str, binaries: &Path) -> anyhow::Result<String> {
    text_of(aws.http.put(format!("{}/{BUCKET}", aws.endpoint))).await?;
    let mut packaged = String::with_capacity(template.len());
    for line in template.lines() {
        let Some((indent, name)) = line.split_once(CODE) else {
            writeln!(packaged, "{line}")?;
            continue;
        };
        let key = upload_code(aws, name.trim(), binaries).await?;
        writeln!(packaged, "{indent}CodeUri: s3://{BUCKET}/{key}")?;
    }
    let url = format!("{}/{BUCKET}/template.yaml", aws.endpoint);
    text_of(aws.http.put(&url).body(packaged)).await?;
    Ok(url)
}

/// The key says what is in the object, so that a changed executable is a changed template.
async fn upload_code(aws: &Aws, name: &str, binaries: &Path) -> anyhow::Result<String> {
    let path = binaries.join(name);
    let executable = std::fs::read(&path).with_context(|| {
        format!(
            "function {name} is not built: cannot read {}",
            path.display()
        )
    })?;
    ensure!(!executable.is_empty(), "{} is empty", path.display());
    let mut key = format!("{name}-");
    for octet in &Sha256::digest(&executable)[..12] {
        write!(key, "{octet:02x}")?;
    }
    let url = format!("{}/{BUCKET}/{key}", aws.endpoint);
    text_of(aws.http.put(url).body(zipped(&executable)?)).await?;
    Ok(key)
}

/// A zip with one file in it, as Lambda wants it. Not compressed: it travels within one machine.
fn zipped(executable: &[u8]) -> anyhow::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(executable.len() + 512)));
    zip.start_file("bootstrap", options)?;
    zip.write_all(executable)?;
    Ok(zip.finish()?.into_inner())
}
