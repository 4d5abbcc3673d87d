//! The picture as SVG: columns from left to right, ends on the right.

use domain::Intent;
use domain::workflow::Place;

use super::{Arrow, title};

const WIDTH: i32 = 1_060;
const HEIGHT: i32 = 580;
/// A box.
const WIDE: i32 = 150;
const HIGH: i32 = 44;

/// The middle of a box's left side.
fn at(place: Place) -> (i32, i32) {
    match place {
        Place::Triage => (140, 290),
        Place::Handler(Intent::BankStatement) => (390, 100),
        Place::Handler(Intent::PasswordUpdate) => (390, 170),
        Place::Handler(Intent::GeneralQuery) => (390, 240),
        Place::Handler(Intent::FallbackHuman) => (630, 370),
        Place::Handler(Intent::UrgentHuman) => (630, 450),
        Place::Skipped => (890, 40),
        Place::Answered => (890, 170),
        Place::HandedOff => (890, 410),
        Place::Parked => (890, 510),
    }
}

/// The picture, with what its numbers mean.
pub fn drawn(arrows: &[Arrow], told: Option<&str>) -> String {
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" font-family=\"system-ui, sans-serif\" font-size=\"14\">\n\
         <title>The ways that a mail can take</title>\n\
         <style>\n\
         path {{ fill: none; stroke: #556; stroke-width: 1.5; marker-end: url(#head) }}\n\
         path.aside {{ stroke: #bbc; stroke-dasharray: 4 3 }}\n\
         rect {{ fill: #eef3fb; stroke: #446 }} rect.person {{ fill: #fdf1dc }} rect.end {{ fill: #e5f5e6 }}\n\
         rect.aside {{ fill: #f1f1f1 }} text {{ text-anchor: middle; dominant-baseline: central; fill: #223 }}\n\
         text.label {{ font-size: 12px }} text.halo {{ font-size: 12px; stroke: #fff; stroke-width: 4px }}\n\
         </style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" style=\"fill: #556; stroke: none; marker-end: none\"/></marker></defs>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" style=\"fill: #fff; stroke: none\"/>\n"
    );
    let (x, y) = at(Place::Triage);
    text.push_str(&format!("<path d=\"M90 {y}H{x}\"/>\n"));
    let mut labels = String::new();
    for arrow in arrows {
        let curve = Curve::of(arrow);
        let class = match arrow.to {
            Place::Skipped | Place::Parked => " class=\"aside\"",
            _ => "",
        };
        text.push_str(&format!("<path{class} d=\"{}\"/>\n", curve.path()));
        // That a mail was deleted before its handler read it is rare, and there is no room for its number.
        let is_rare = arrow.to == Place::Skipped && arrow.from != Place::Triage;
        if let Some(label) = arrow.label().filter(|_| !is_rare) {
            labels.push_str(&lettered(curve.label(), &label));
        }
    }
    text.push_str(&node((20, y), 70, "Gmail", ""));
    for place in Place::ALL {
        let class = match place {
            Place::Handler(intent) if intent.is_a_persons() => "person",
            Place::Answered | Place::HandedOff => "end",
            Place::Skipped | Place::Parked => "aside",
            Place::Triage | Place::Handler(_) => "",
        };
        text.push_str(&node(at(place), WIDE, title(place), class));
    }
    text.push_str(&labels);
    if let Some(told) = told {
        text.push_str(&lettered((WIDTH / 2, HEIGHT - 16), told));
    }
    text.push_str("</svg>\n");
    text
}

fn node((x, y): (i32, i32), wide: i32, title: &str, class: &str) -> String {
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{wide}\" height=\"{HIGH}\" rx=\"7\"/>\
         <text x=\"{}\" y=\"{y}\">{title}</text>\n",
        y - HIGH / 2,
        x + wide / 2
    )
}

/// Letters that can be read on lines, too.
fn lettered((x, y): (i32, i32), text: &str) -> String {
    let of = |class| format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    format!("{}{}\n", of("halo"), of("label"))
}

/// A cubic curve: its ends, and the two points that bend it.
struct Curve([(i32, i32); 4]);

impl Curve {
    fn of(arrow: &Arrow) -> Self {
        let (from, to) = (at(arrow.from), at(arrow.to));
        // From triage to the ends it goes around the handlers.
        if arrow.from == Place::Triage && matches!(arrow.to, Place::Skipped | Place::Parked) {
            let side = if to.1 < from.1 { -HIGH / 2 } else { HIGH / 2 };
            let start = (from.0 + WIDE / 2, from.1 + side);
            return Self([start, (start.0, to.1), (start.0 + 60, to.1), to]);
        }
        let start = (from.0 + WIDE, from.1);
        let bend = (to.0 - start.0) / 2;
        Self([start, (start.0 + bend, start.1), (to.0 - bend, to.1), to])
    }

    fn path(&self) -> String {
        let [a, b, c, d] = self.0;
        format!(
            "M{} {}C{} {} {} {} {} {}",
            a.0, a.1, b.0, b.1, c.0, c.1, d.0, d.1
        )
    }

    /// The middle of the curve.
    fn label(&self) -> (i32, i32) {
        let [a, b, c, d] = self.0;
        let middle = |of: fn((i32, i32)) -> i32| (of(a) + 3 * of(b) + 3 * of(c) + of(d)) / 8;
        (middle(|point| point.0), middle(|point| point.1))
    }
}
