//! What masking costs as a text grows, for texts that made it quadratic once: medians of five runs, and how
//! many times as long four times the text takes. About four is linear, sixteen quadratic.
//!
//! `cargo run --profile measured -p domain --example masking_cost`
#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use std::time::Instant;

use domain::mask::Masks;

const SMALL: usize = 12_500;
const TIMES: usize = 5;
const PIECES: [&str; 10] = [
    "a=",
    "a@",
    "http://a",
    "a=b@c.test ",
    "+1",
    "DE02 ",
    "„a ",
    "*a*b",
    "old: ",
    "pw|",
];

fn median_ms(piece: &str, size: usize) -> f64 {
    let text: String = piece.chars().cycle().take(size).collect();
    let mut took: Vec<f64> = (0..TIMES)
        .map(|_| {
            let began = Instant::now();
            Masks::new(true).mask(&text);
            began.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[TIMES / 2]
}

fn main() {
    println!(
        "{:<14} {:>10} {:>10} {:>7}",
        "text", "small", "large", "ratio"
    );
    for piece in PIECES {
        let (small, large) = (median_ms(piece, SMALL), median_ms(piece, SMALL * 4));
        let ratio = large / small;
        println!("{piece:<14} {small:>7.1} ms {large:>7.1} ms {ratio:>7.1}");
    }
}
