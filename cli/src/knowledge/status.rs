//! `helpdesk knowledge status`: what is indexed.

use std::process::ExitCode;

use anyhow::Context;
use ports::Knowledge;

use super::Place;

pub(super) async fn run(place: &Place) -> anyhow::Result<ExitCode> {
    let knowledge = place.base.knowledge()?;
    let serving = knowledge.serving().await;
    let serving = serving.context("asking which documents are indexed")?;
    let spaces = knowledge.spaces().await.context("listing the indexes")?;
    for space in &spaces {
        let held = knowledge.held(space).await;
        let held = held.with_context(|| format!("reading the index of {space}"))?;
        let pieces: usize = held.values().map(std::collections::BTreeSet::len).sum();
        let mark = match &serving {
            Some(one) if one == space => "serving",
            _ if *space == place.space() => "being built",
            _ => "no longer used",
        };
        let documents = held.len();
        println!("{space}: {documents} documents, {pieces} pieces, {mark}");
    }
    match serving {
        None => println!("nothing serves yet: run `helpdesk knowledge sync`"),
        Some(space) if space != place.space() => println!(
            "the settings ask for {}, which takes over once it holds every document: run \
             `helpdesk knowledge sync`, or wait for the schedule",
            place.space()
        ),
        Some(_) => {}
    }
    Ok(ExitCode::SUCCESS)
}
