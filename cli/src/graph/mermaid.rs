//! The picture as Mermaid (<https://mermaid.js.org/syntax/flowchart.html>).

use domain::workflow::Place;

use super::{Arrow, title};

/// The picture, with what its numbers mean.
pub fn drawn(arrows: &[Arrow], told: Option<&str>) -> String {
    let mut text = "flowchart LR\n".to_owned();
    if let Some(told) = told {
        text.push_str(&format!("  %% {told}\n"));
    }
    text.push_str("  gmail[(Gmail)] --> mail\n");
    for place in Place::ALL {
        let (id, title) = (place.as_str(), title(place));
        let node = match place {
            Place::Triage | Place::Handler(_) => format!("{id}[{title}]"),
            Place::Answered | Place::HandedOff => format!("{id}([{title}])"),
            Place::Skipped | Place::Parked => format!("{id}[/{title}/]"),
        };
        text.push_str(&format!("  {node}\n"));
    }
    for arrow in arrows {
        let label = arrow.label().map(|label| format!("|\"{label}\"|"));
        text.push_str(&format!(
            "  {} -->{} {}\n",
            arrow.from,
            label.unwrap_or_default(),
            arrow.to
        ));
    }
    text
}
