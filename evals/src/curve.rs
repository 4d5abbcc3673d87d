//! What a threshold costs and saves: the more unsure mails go to a person, the fewer go wrong.

use serde::Serialize;

/// One threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// The least confidence that is believed.
    pub threshold: f32,
    /// The share of mails that are believed, 0 to 1.
    pub kept: f32,
    /// The share of those that are right, 0 to 1.
    pub right: f32,
}

/// The points of a curve, from confidences and whether each was right.
pub fn points(judged: &[(f32, bool)]) -> Vec<Point> {
    (0_u8..20)
        .map(|step| {
            let threshold = f32::from(step) / 20.0;
            let kept = judged.iter().filter(|(sure, _)| *sure >= threshold);
            let right = kept.clone().filter(|(_, right)| *right).count();
            let kept = kept.count();
            Point {
                threshold,
                kept: share(kept, judged.len()),
                right: share(right, kept),
            }
        })
        .collect()
}

/// A share, 1 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of some hundred cases")]
pub fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 {
        return 1.0;
    }
    part as f32 / whole as f32
}

const WIDTH: f32 = 640.0;
const HEIGHT: f32 = 300.0;
const LEFT: f32 = 52.0;
const BOTTOM: f32 = 40.0;
const TOP: f32 = 18.0;

/// The curve as a picture: the share that is kept and the share of it that is right, by threshold.
/// `used` is the threshold in use.
pub fn svg(points: &[Point], used: f32) -> String {
    let x = |threshold: f32| LEFT + threshold * (WIDTH - LEFT - 12.0);
    let y = |share: f32| TOP + (1.0 - share) * (HEIGHT - TOP - BOTTOM);
    let line = |value: fn(&Point) -> f32| {
        let steps = points
            .iter()
            .map(|p| format!("{:.1},{:.1}", x(p.threshold), y(value(p))));
        steps.collect::<Vec<_>>().join(" ")
    };
    let mut grid = String::new();
    for step in 0_u8..=4 {
        let share = f32::from(step) / 4.0;
        let at = y(share);
        grid.push_str(&format!(
            "<line x1='{LEFT}' x2='{WIDTH}' y1='{at:.1}' y2='{at:.1}' stroke='#ddd'/>\
             <text x='{}' y='{:.1}' text-anchor='end'>{:.0} %</text>",
            LEFT - 6.0,
            at + 4.0,
            share * 100.0
        ));
        grid.push_str(&format!(
            "<text x='{:.1}' y='{}' text-anchor='middle'>{share:.2}</text>",
            x(share),
            HEIGHT - 22.0
        ));
    }
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' \
         height='{HEIGHT}' font-family='sans-serif' font-size='11' role='img' \
         aria-label='Share of mails kept and right by threshold'>{grid}\
         <line x1='{used:.1}' x2='{used:.1}' y1='{TOP}' y2='{base:.1}' stroke='#888' stroke-dasharray='4 3'/>\
         <text x='{beside:.1}' y='{TOP}' fill='#555'>in use</text>\
         <polyline fill='none' stroke='#1b6ca8' stroke-width='2' points='{right}'/>\
         <polyline fill='none' stroke='#c8591a' stroke-width='2' points='{kept}'/>\
         <text x='{LEFT}' y='{legend}' fill='#1b6ca8'>right, of those that are believed</text>\
         <text x='{second}' y='{legend}' fill='#c8591a'>believed, of all</text>\
         <text x='{WIDTH}' y='{legend}' text-anchor='end'>least confidence</text></svg>",
        base = y(0.0),
        beside = x(used) + 4.0,
        legend = HEIGHT - 5.0,
        second = LEFT + 220.0,
        used = x(used),
        right = line(|p| p.right),
        kept = line(|p| p.kept),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_threshold_keeps_fewer() {
        let points = points(&[(0.9, true), (0.5, false), (0.2, true)]);
        assert!((points[0].kept - 1.0).abs() < 1e-6);
        assert!((points[12].kept - 1.0 / 3.0).abs() < 1e-6);
        assert!((points[12].right - 1.0).abs() < 1e-6);
        assert!(points.is_sorted_by(|one, other| one.kept >= other.kept));
    }
}
