//! Bills for people and for programs.

use serde_json::{Value, json};

use super::assumed::ASSUMED;
use super::bill::{Bill, Line};

/// Several bills side by side, the first of them without mails: 100 columns at the most.
pub fn side_by_side(bills: &[Bill]) -> String {
    let mut text = format!("{:<43}{:>17}", "", "a unit, USD");
    for bill in bills {
        text.push_str(&format!("{:>10}", heading(bill)));
    }
    text.push('\n');
    for (at, line) in lines(bills) {
        text.push_str(&format!("{:<43}{:>17}", name(line), price(line)));
        for bill in bills {
            text.push_str(&format!("{:>10}", usd(bill.lines[at].cost())));
        }
        text.push('\n');
    }
    for (name, of) in sums() {
        text.push_str(&format!("{name:<60}"));
        for bill in bills {
            text.push_str(&format!("{:>10}", of(bill)));
        }
        text.push('\n');
    }
    text
}

/// One bill with what was used, and what of it is left without mails.
pub fn in_full(idle: &Bill, bill: &Bill) -> String {
    let mut text = format!(
        "{:<43}{:>13}{:>18}{:>12}{:>12}\n",
        format!("{} mails a month", grouped(f64::from(bill.mails))),
        "used",
        "a unit, USD",
        "USD",
        "no mails"
    );
    for (line, idle) in bill.lines.iter().zip(&idle.lines) {
        text.push_str(&format!(
            "{:<43}{:>13}{:>18}{:>12}{:>12}\n",
            name(line),
            number(line.used),
            price(line),
            usd(line.cost()),
            usd(idle.cost())
        ));
    }
    for (name, of) in sums() {
        text.push_str(&format!("{name:<74}{:>12}{:>12}\n", of(bill), of(idle)));
    }
    text
}

/// Several bills side by side, as a table in Markdown.
pub fn markdown(bills: &[Bill]) -> String {
    let row = |name: &str, price: &str, cells: Vec<String>| {
        format!("| {name} | {price} | {} |\n", cells.join(" | "))
    };
    let mut text = row("", "a unit, USD", bills.iter().map(heading).collect());
    text.push_str(&format!("|---|--:|{}\n", "--:|".repeat(bills.len())));
    for (at, line) in lines(bills) {
        let costs = bills.iter().map(|bill| usd(bill.lines[at].cost()));
        text.push_str(&row(&name(line), &price(line), costs.collect()));
    }
    for (name, of) in sums() {
        let bold = |cell: String| format!("**{cell}**");
        text.push_str(&row(
            &bold(name.to_owned()),
            "",
            bills.iter().map(of).map(bold).collect(),
        ));
    }
    text
}

/// One bill as an object.
pub fn as_json(idle: &Bill, bill: &Bill) -> Value {
    let lines = bill.lines.iter().zip(&idle.lines).map(|(line, idle)| {
        json!({
            "service": line.service,
            "what": line.what,
            "used": line.used,
            "free": line.free,
            "unit": line.unit,
            "usd_a_unit": line.usd,
            "source": line.source,
            "usd": line.cost(),
            "usd_without_mails": idle.cost(),
        })
    });
    json!({
        "mails": bill.mails,
        "lines": lines.collect::<Vec<_>>(),
        "usd": bill.total(),
        "usd_a_mail": bill.a_mail(),
        "usd_without_mails": idle.total(),
    })
}

/// What no option changes, as a table in Markdown.
pub fn assumptions() -> String {
    let number = |text: &str| match text.replace('_', "") {
        text if text.ends_with(".0") => grouped(text.parse().unwrap_or(f64::NAN)),
        text if text.contains('.') => text,
        text => grouped(text.parse().unwrap_or(f64::NAN)),
    };
    let rows = ASSUMED
        .iter()
        .map(|(meaning, value)| format!("| {meaning} | {} |\n", number(value)));
    let rows: String = rows.collect();
    format!("| assumed | number |\n|---|--:|\n{rows}")
}

/// A name, and what stands behind it.
type Sum = (&'static str, fn(&Bill) -> String);

/// What stands below the lines.
fn sums() -> [Sum; 2] {
    [
        ("Total", |bill| usd(bill.total())),
        ("A mail", |bill| {
            bill.a_mail().map_or_else(|| "-".to_owned(), small)
        }),
    ]
}

fn lines(bills: &[Bill]) -> impl Iterator<Item = (usize, &Line)> {
    bills
        .iter()
        .take(1)
        .flat_map(|bill| bill.lines.iter().enumerate())
}

fn heading(bill: &Bill) -> String {
    match bill.mails {
        0 => "no mails".to_owned(),
        mails => grouped(f64::from(mails)),
    }
}

fn name(line: &Line) -> String {
    format!("{}, {}", line.service, line.what)
}

fn price(line: &Line) -> String {
    if line.usd == 0.0 {
        return "free".to_owned();
    }
    let usd = if line.usd < 0.1 || line.usd * 100.0 % 1.0 > 1e-6 {
        format!("{:.3}", line.usd)
    } else {
        format!("{:.2}", line.usd)
    };
    format!("{usd} / {}", line.unit)
}

/// Dollars, with what is too small to be seen told from nothing.
fn usd(usd: f64) -> String {
    match usd {
        0.0 => "-".to_owned(),
        usd if usd < 0.005 => "< 0.01".to_owned(),
        usd => {
            let cents = format!("{usd:.2}");
            let (whole, cents) = cents.split_once('.').unwrap_or((&cents, "00"));
            format!("{}.{cents}", grouped(whole.parse().unwrap_or(usd)))
        }
    }
}

/// Dollars of which few make a mail.
fn small(usd: f64) -> String {
    format!("{usd:.4}")
}

/// A number that may be far below one.
fn number(number: f64) -> String {
    match number {
        0.0 => "-".to_owned(),
        number if number >= 1000.0 => grouped(number),
        number if number.fract() == 0.0 => format!("{number}"),
        number if number >= 10.0 => format!("{number:.1}"),
        number if number >= 0.001 => format!("{number:.3}"),
        _ => "< 0.001".to_owned(),
    }
}

/// A whole number with a comma before each three digits.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (digit, left) in digits.chars().zip((0..digits.len()).rev()) {
        text.push(digit);
        if left > 0 && left % 3 == 0 {
            text.push(',');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_parted_by_threes() {
        assert_eq!(grouped(1_234_567.0), "1,234,567");
        assert_eq!(grouped(999.0), "999");
        assert_eq!(usd(1234.5), "1,234.50");
    }

    #[test]
    fn what_costs_less_than_a_cent_is_told_from_what_costs_nothing() {
        assert_eq!(usd(0.0), "-");
        assert_eq!(usd(0.004), "< 0.01");
        assert_eq!(usd(0.006), "0.01");
    }
}
