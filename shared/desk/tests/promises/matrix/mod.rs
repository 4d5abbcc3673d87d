//! The crash matrix: every effect on the world outside, under everything that can become of its call,
//! in every situation, ends in exactly one effect and a mail at its end.
//!
//! `docs/CRASH_MATRIX.md` is the table that this test prints. `effects` lists the effects, `stories`
//! the mails that bring them about, `cases` plays one cell, `world` compares what is left.

mod calls;
mod cases;
mod effects;
mod stories;
mod world;

use std::fs;
use std::path::Path;

use cases::{Fate, Situation};
use effects::Effect;
use world::World;

const HEAD: &str = "\
# Crash matrix

Every effect of the helpdesk on the world outside is a row; what became of the call that has the effect is
a column; each table is one situation. The rows are made from the steps of `domain::step` and from the calls
of the ports, so that a new one without a row stops the test. A cell is played on the fakes of `testkit`, as
often as the situation has ways to come about: a real worker runs up to the call, is held there, and is
dropped, told of a fault, or kept waiting. Then the leases lapse, the message is delivered again, and the
house works until nothing waits. **`1` means that everything was then as after a run without faults**: the
mail at its end, this effect there once, and every other ticket, note, draft, label, password and alert
too. An alert cannot be looked up, so it is delivered at least once: `1 marked` is one that says that it may
be a repeat, `1 + 1 marked` one with a repeat that says so, and `1 + 2 marked` one whose answer was missing
twice. Where the ways of a situation end differently, *or* stands between them. A cell whose fault was never
met fails.

- *First try*: the first worker meets the fault.
- *Redelivery*: the message comes again, with the fault in the worker's way, after all went well; after the
  call was refused; after the call took place without an answer, so that the fault meets the look for it.
- *Concurrent second worker*: another worker gets the same message while the call is under way, before its
  effect and after it; or a first worker that has read what there is to do is overtaken by another one that
  meets the fault, and goes on.

An *answer after the deadline* belongs to a request that was under way when the worker's time was over.

Written by `WRITE_CRASH_MATRIX=1 cargo test -p desk --test promises matrix`; without the variable the
test holds this file against what it finds.
";

type Rows = Vec<(&'static str, Vec<String>)>;

#[tokio::test]
async fn every_effect_takes_place_once_whatever_becomes_of_its_call() {
    let mut effects = vec![];
    for effect in effects::all() {
        let clean = cases::clean(&effect).await;
        assert_eq!((effect.count)(&clean), 1, "{} without a fault", effect.name);
        effects.push((effect, clean));
    }
    let mut wrong = vec![];
    let mut text = HEAD.to_owned();
    for (situation, title) in Situation::ALL {
        let rows = rows(&effects, situation, &mut wrong).await;
        text.push_str(&format!("\n## {title}\n\n{}", table(&rows)));
    }
    assert!(
        wrong.is_empty(),
        "{} cells fail:\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    // Through the test's own output, which shows it where the test fails or is asked to.
    eprintln!("{text}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CRASH_MATRIX.md");
    if std::env::var_os("WRITE_CRASH_MATRIX").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found, text,
        "run this test once with WRITE_CRASH_MATRIX=1 and read what changed"
    );
}

/// The cells of one situation, effect by effect. What is wrong is told beside.
async fn rows(effects: &[(Effect, World)], situation: Situation, wrong: &mut Vec<String>) -> Rows {
    let mut rows = vec![];
    for (effect, clean) in effects {
        let mut cells = vec![];
        for (fate, _) in Fate::ALL {
            match cases::cell(effect, fate, situation, clean).await {
                Ok(cell) => cells.push(cell),
                Err(why) => wrong.push(format!("{situation:?}, {why}")),
            }
        }
        rows.push((effect.name, cells));
    }
    rows
}

fn table(rows: &Rows) -> String {
    let fates = Fate::ALL.map(|(_, title)| title).join(" | ");
    let mut text = format!(
        "| effect | {fates} |\n|---{}|\n",
        "|---".repeat(Fate::ALL.len())
    );
    for (name, cells) in rows {
        text.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    text
}
