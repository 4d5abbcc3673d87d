//! What an HTML mail holds without showing it: text for machines, not for the reader.

/// Elements that hold no text of the mail.
const SILENT: [&str; 6] = ["script", "style", "head", "title", "template", "noscript"];
/// Text of at most this size is no text to a reader, in pixels or points.
const SMALLEST: f32 = 1.5;
/// The same in parts of the usual size.
const SMALLEST_PART: f32 = 0.15;
/// What shines through less than this is not seen.
const FAINTEST: f32 = 0.1;
/// What lies further outside than this is on no screen, in pixels.
const OUTSIDE: f32 = -400.0;

/// Whether a reader sees nothing of an element, by its tag as it is written.
pub(crate) fn is_hidden(name: &str, tag: &str) -> bool {
    SILENT.contains(&name) || has_attribute_hidden(tag) || style_of(tag).is_some_and(hides)
}

fn has_attribute_hidden(tag: &str) -> bool {
    let mut attributes = tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'));
    attributes.any(|attribute| {
        let name = attribute.split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("hidden")
    })
}

/// The value of the attribute `style`, in lower case.
fn style_of(tag: &str) -> Option<String> {
    let lower = tag.to_lowercase();
    let mut from = 0;
    while let Some(found) = lower[from..].find("style") {
        let at = from + found;
        let rest = lower[at + "style".len()..].trim_start();
        let before = &lower[..at];
        let in_a_value = before.matches('"').count() % 2 == 1;
        let begins = before.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '/'));
        if let Some(value) = rest.strip_prefix('=').filter(|_| begins && !in_a_value) {
            let value = value.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
            return Some(match quote {
                Some(quote) => value[1..]
                    .split(quote)
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
                None => value
                    .split(['>', ' '])
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
        from = at + "style".len();
    }
    None
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed what was just found"
)]
fn hides(style: String) -> bool {
    let declarations: Vec<(&str, &str)> = style
        .split(';')
        .filter_map(|one| one.split_once(':'))
        .map(|(property, value)| (property.trim(), value.trim()))
        .collect();
    let value = |wanted: &str| {
        let mut all = declarations.iter().rev();
        all.find(|(property, _)| *property == wanted)
            .map(|(_, value)| *value)
    };
    let cut_off = value("overflow").is_some_and(|v| v.starts_with("hidden"));
    let same_colours = match (
        value("color"),
        value("background-color").or(value("background")),
    ) {
        (Some(text), Some(ground)) => colour(text) == colour(ground),
        _ => false,
    };
    same_colours
        || declarations
            .iter()
            .any(|(property, value)| match *property {
                "display" => value.starts_with("none"),
                "visibility" => value.starts_with("hidden") || value.starts_with("collapse"),
                "opacity" => number(value).is_some_and(|n| n < FAINTEST),
                "font-size" => too_small(value),
                "font" => value
                    .split([' ', '/'])
                    .any(|part| has_unit(part) && too_small(part)),
                "max-height" | "max-width" => is_zero(value),
                "height" | "width" => cut_off && number(value).is_some_and(|n| n <= 1.0),
                "left" | "top" | "right" | "bottom" | "text-indent" | "margin-left"
                | "margin-top" | "margin" => value
                    .split(' ')
                    .any(|part| number(part).is_some_and(|n| n < OUTSIDE)),
                "clip" => value.starts_with("rect"),
                "clip-path" => {
                    value.starts_with("inset(50")
                        || value.starts_with("inset(100")
                        || value.starts_with("circle(0")
                }
                "transform" => value.contains("scale(0") && !value.contains("scale(0."),
                "color" => {
                    matches!(*value, "transparent")
                        || value.ends_with(",0)")
                        || value.ends_with(", 0)")
                }
                _ => false,
            })
}

fn is_zero(value: &str) -> bool {
    number(value).is_some_and(|n| n <= 0.0)
}

fn has_unit(value: &str) -> bool {
    ["px", "pt", "em", "%"]
        .iter()
        .any(|unit| value.ends_with(unit))
}

fn too_small(value: &str) -> bool {
    let Some(size) = number(value) else {
        return false;
    };
    let value = value.trim_end_matches("!important").trim_end();
    if value.ends_with('%') {
        size / 100.0 < SMALLEST_PART
    } else if value.ends_with("em") {
        size < SMALLEST_PART
    } else {
        size < SMALLEST
    }
}

/// The number that a value begins with.
fn number(value: &str) -> Option<f32> {
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(value.len());
    value[..end].parse().ok()
}

/// A colour in one spelling, as far as white and black go.
fn colour(value: &str) -> String {
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    match compact.trim_end_matches("!important") {
        "#fff" | "#ffffff" | "rgb(255,255,255)" | "white" => "white".to_owned(),
        "#000" | "#000000" | "rgb(0,0,0)" | "black" => "black".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_sees_is_hidden() {
        for tag in [
            "<div style=\"display: none\">",
            "<span style='color:#333; font-size:0.1pt'>",
            "<span style=\"font-size: 1px !important\">",
            "<span style=\"font:0px/0 a\">",
            "<div style=\"position:absolute; left:-9999px\">",
            "<div style=\"text-indent:-5000px\">",
            "<div style=opacity:0.01>",
            "<div style=\"clip-path: inset(100%)\">",
            "<div style=\"clip:rect(0 0 0 0)\">",
            "<div style=\"height:0;overflow:hidden\">",
            "<p style=\"color:#fff;background-color: white\">",
            "<p style=\"color: rgba(0, 0, 0, 0)\">",
            "<div hidden>",
            "<div hidden=\"until-found\">",
            "<DIV STYLE=\"VISIBILITY:HIDDEN\">",
            "<div data-style=\"x\" style=\"max-height:0\">",
        ] {
            assert!(is_hidden("div", tag), "{tag}");
        }
        assert!(is_hidden("noscript", "<noscript>"));
    }

    #[test]
    fn what_a_reader_sees_is_not() {
        for tag in [
            "<div>",
            "<div class=\"hidden-xs\">",
            "<p style=\"margin:0;padding:0\">",
            "<p style=\"font-size:10pt;opacity:0.9\">",
            "<p style=\"font-size:0.9em\">",
            "<p style=\"font: 12px/0 Arial\">",
            "<p style=\"max-height:0.5em\">",
            "<a style=\"color:#fff;background:#06c\">",
            "<td style=\"width:0\">",
            "<div title=\"style=display:none\">",
            "<p style=\"transform:scale(0.9)\">",
            "<div style=\"margin-left:-10px\">",
        ] {
            assert!(!is_hidden("div", tag), "{tag}");
        }
    }
}
