//! HTML mail as text: what a reader would see, and which of it is quoted.
//!
//! The scan is a single pass over tags. It does not build a tree, so that depth costs nothing.

use crate::hidden::is_hidden;

/// The two sides of an HTML mail. Hidden elements, scripts, styles and comments are on neither.
pub(crate) struct Sides {
    pub new_html: String,
    pub quoted_html: String,
}

/// Beyond this an HTML part is not laid out but stripped of its tags.
const LARGEST_LAID_OUT: usize = 300_000;
const DEEPEST_LAID_OUT: usize = 100;
const WIDTH: usize = 10_000;

const VOID: [&str; 11] = [
    "br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "source",
];
/// Marks that mail programs leave on the quoted part.
const QUOTE_MARKS: [&str; 6] = [
    "gmail_quote",
    "gmail_extra",
    "yahoo_quoted",
    "moz-cite-prefix",
    "divrplyfwdmsg",
    "appendonsend",
];

/// An element that is left out, or that is quoted, and how deep inside it the scan is.
struct Inside {
    name: String,
    depth: usize,
}

/// Splits a part into what was written now and what was quoted.
pub(crate) fn split(html: &str) -> Sides {
    let mut sides = Sides {
        new_html: String::new(),
        quoted_html: String::new(),
    };
    let mut hidden: Option<Inside> = None;
    let mut quoted: Option<Inside> = None;
    // Outlook marks only where the quotation begins; all that follows is quoted.
    let mut quoted_to_the_end = false;
    for token in tokens(html) {
        let Token::Tag {
            source,
            name,
            closes,
            void,
        } = token
        else {
            if hidden.is_none() {
                side(&mut sides, quoted.is_some() || quoted_to_the_end).push_str(token.source());
            }
            continue;
        };
        if let Some(inside) = &mut hidden {
            if left(inside, &name, closes, void) {
                hidden = None;
            }
            continue;
        }
        if !closes && !void && is_hidden(&name, source) {
            hidden = Some(Inside { name, depth: 1 });
            continue;
        }
        let lower = source.to_lowercase();
        quoted_to_the_end |= lower.contains("divrplyfwdmsg") || lower.contains("appendonsend");
        if let Some(inside) = &mut quoted {
            side(&mut sides, true).push_str(source);
            if left(inside, &name, closes, void) {
                quoted = None;
            }
        } else if !closes && !void && is_quotation(&name, &lower) {
            side(&mut sides, true).push_str(source);
            quoted = Some(Inside { name, depth: 1 });
        } else {
            side(&mut sides, quoted_to_the_end).push_str(source);
        }
    }
    sides
}

fn side(sides: &mut Sides, quoted: bool) -> &mut String {
    if quoted {
        &mut sides.quoted_html
    } else {
        &mut sides.new_html
    }
}

/// Follows tags of the same name until the element that was entered is left.
fn left(inside: &mut Inside, name: &str, closes: bool, void: bool) -> bool {
    if name == inside.name && !void {
        if closes {
            inside.depth -= 1;
        } else {
            inside.depth += 1;
        }
    }
    inside.depth == 0
}

fn is_quotation(name: &str, lower_source: &str) -> bool {
    name == "blockquote" || QUOTE_MARKS.iter().any(|mark| lower_source.contains(mark))
}

enum Token<'a> {
    Text(&'a str),
    Tag {
        source: &'a str,
        name: String,
        closes: bool,
        void: bool,
    },
}

impl<'a> Token<'a> {
    fn source(&self) -> &'a str {
        match self {
            Self::Text(source) | Self::Tag { source, .. } => source,
        }
    }
}

/// Tags and the text between them. Comments are dropped.
fn tokens(html: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let is_tag = rest.starts_with('<')
                && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
            let end = if is_tag {
                rest.find('>').map_or(rest.len(), |at| at + 1)
            } else {
                // A text may begin with a character of several octets, or with a lone bracket.
                let first = rest.chars().next().map_or(0, char::len_utf8);
                rest[first..].find('<').map_or(rest.len(), |at| at + first)
            };
            let (source, after) = rest.split_at(end);
            rest = after;
            return Some(if is_tag {
                tag(source)
            } else {
                Token::Text(source)
            });
        }
    })
}

fn tag(source: &str) -> Token<'_> {
    let body = source.trim_start_matches('<');
    let closes = body.starts_with('/');
    let name: String = body
        .trim_start_matches('/')
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '-'))
        .collect::<String>()
        .to_lowercase();
    let void =
        VOID.contains(&name.as_str()) || source.ends_with("/>") || body.starts_with(['!', '?']);
    Token::Tag {
        source,
        name,
        closes,
        void,
    }
}

/// The text as a reader would see it, a line a paragraph.
pub(crate) fn to_text(html: &str) -> String {
    if html.trim().is_empty() {
        return String::new();
    }
    let simple = html.len() <= LARGEST_LAID_OUT && depth(html) <= DEEPEST_LAID_OUT;
    let laid_out = simple.then(|| {
        html2text::config::plain_no_decorate()
            .no_table_borders()
            .string_from_read(with_single_cells(html).as_bytes(), WIDTH)
            .ok()
    });
    let text = laid_out.flatten().unwrap_or_else(|| stripped(html));
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// The same with tables in which each cell takes one place: cells that span rows and columns make the
/// library panic where rows differ, and in text they show nothing.
fn with_single_cells(html: &str) -> String {
    tokens(html)
        .map(|token| match token {
            Token::Tag { name, closes, .. } if !closes && (name == "td" || name == "th") => {
                format!("<{name}>")
            }
            other => other.source().to_owned(),
        })
        .collect()
}

fn depth(html: &str) -> usize {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for token in tokens(html) {
        if let Token::Tag {
            closes,
            void: false,
            ..
        } = token
        {
            depth = if closes {
                depth.saturating_sub(1)
            } else {
                depth + 1
            };
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// The text between the tags, for parts too large or too deep to lay out.
fn stripped(html: &str) -> String {
    let mut out = String::new();
    for token in tokens(html) {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Tag { name, .. }
                if matches!(name.as_str(), "br" | "p" | "div" | "tr" | "li") =>
            {
                out.push('\n');
            }
            Token::Tag { .. } => out.push(' '),
        }
    }
    for (entity, sign) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        out = out.replace(entity, sign);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_text(html: &str) -> String {
        to_text(&split(html).new_html)
    }

    #[test]
    fn a_text_may_begin_with_any_letter() {
        assert_eq!(new_text("<p>Łucja</p>"), "Łucja");
        assert_eq!(new_text("<p>日本<b>語</b></p>"), "日本語");
        assert_eq!(new_text("<p>1 < 2</p>"), "1 < 2");
    }

    #[test]
    fn what_a_reader_cannot_see_is_left_out() {
        let html = "<p>Hello</p><!-- ignore the rules --><div style='display: none'>secret \
                    <div>order</div></div><script>x()</script><p hidden>no</p>Bye";
        let text = new_text(html);
        assert!(text.contains("Hello") && text.contains("Bye"));
        assert!(
            !text.contains("rules") && !text.contains("order") && !text.contains("no"),
            "{text}"
        );
    }

    #[test]
    fn a_gmail_quotation_is_quoted() {
        let html = "<div>Thanks!</div><div class=\"gmail_quote\"><div>On Monday</div>old</div>";
        assert_eq!(new_text(html), "Thanks!");
        assert!(to_text(&split(html).quoted_html).contains("old"));
    }

    #[test]
    fn an_outlook_quotation_goes_on_to_the_end() {
        let html = "<p>New.</p><div id=\"divRplyFwdMsg\">From: Bank</div><p>Old.</p>";
        assert_eq!(new_text(html), "New.");
    }

    #[test]
    fn a_hundred_thousand_open_tags_are_read_in_a_line() {
        let html = format!("{}deep", "<div>".repeat(100_000));
        assert_eq!(new_text(&html).trim(), "deep");
    }

    #[test]
    fn cells_that_span_more_than_their_table_has_are_read() {
        let html = "<table><tr><td colspan=3>a<td rowspan=\"9\">b<tr><th colspan=\"0\">c</table>";
        let text = new_text(html);
        assert!(
            ["a", "b", "c"].iter().all(|cell| text.contains(cell)),
            "{text}"
        );
    }

    #[test]
    fn a_lone_less_than_sign_is_text() {
        assert!(new_text("fees < 5 EUR & öäü <").contains("fees < 5 EUR & öäü"));
    }
}
