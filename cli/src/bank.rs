//! `helpdesk bank`: the customer database.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use secrecy::SecretString;
use store_postgres::{Store, read_csv};

/// Takes in the CSV files of a folder, all or none, and says how many rows they had.
pub async fn import(
    folder: &Path,
    database_url: String,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(folder.is_dir(), "{} is no folder", folder.display());
    let rows = read_csv(folder).with_context(|| format!("reading {}", folder.display()))?;
    if !dry_run {
        let store = Store::new(&SecretString::from(database_url))?;
        store.import(&rows).await.context("importing")?;
    }
    println!(
        "{}: {} customers, {} accounts, {} transactions",
        if dry_run {
            "can be imported"
        } else {
            "imported"
        },
        rows.customers.len(),
        rows.accounts.len(),
        rows.transactions.len()
    );
    Ok(ExitCode::SUCCESS)
}
