//! Bringing the tables up to date.

use ports::CallError;
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::address::Address;
use crate::{SERVICE, Store, failed};

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// Applies the migrations that the secret's database does not have yet and returns their names.
/// Concurrent callers wait for each other.
pub async fn migrate(secret: &SecretString) -> Result<Vec<String>, CallError> {
    let (mut client, driver) = Address::read(secret)?.connect().await?;
    // Any number that no other user of this database takes.
    client
        .execute("select pg_advisory_lock(4242001)", &[])
        .await
        .map_err(failed)?;
    let report = embedded::migrations::runner()
        .run_async(&mut client)
        .await
        .map_err(|error| CallError::rejected(SERVICE, format!("a migration failed: {error}")))?;
    drop(client);
    driver
        .await
        .map_err(|error| CallError::unreachable(SERVICE, error))?
        .map_err(failed)?;
    Ok(report
        .applied_migrations()
        .iter()
        .map(ToString::to_string)
        .collect())
}

impl Store {
    /// The migrations of this build that the database does not have yet, by their names.
    pub async fn missing_migrations(&self) -> Result<Vec<String>, CallError> {
        let rows = self
            .query("select version::bigint from refinery_schema_history", &[])
            .await?;
        let applied: Result<Vec<i64>, _> = rows.iter().map(|row| row.try_get(0)).collect();
        let applied = applied.map_err(failed)?;
        let runner = embedded::migrations::runner();
        let known = runner.get_migrations().iter();
        let missing = known.filter(|one| !applied.contains(&i64::from(one.version())));
        Ok(missing.map(ToString::to_string).collect())
    }

    /// The version of the server, such as `16.4`.
    pub async fn server_version(&self) -> Result<String, CallError> {
        let rows = self
            .query("select current_setting('server_version')", &[])
            .await?;
        let row = rows.first();
        let row =
            row.ok_or_else(|| CallError::rejected(SERVICE, "it does not tell its version"))?;
        let version: &str = row.try_get(0).map_err(failed)?;
        let number = version.split(' ').next();
        Ok(number.unwrap_or_default().to_owned())
    }

    /// What time it is for the database.
    pub async fn clock(&self) -> Result<OffsetDateTime, CallError> {
        let rows = self.query("select clock_timestamp()", &[]).await?;
        let row = rows.first();
        let row = row.ok_or_else(|| CallError::rejected(SERVICE, "it does not tell the time"))?;
        row.try_get(0).map_err(failed)
    }
}
