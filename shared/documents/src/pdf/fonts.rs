//! Fonts of a PDF: what their codes mean, and how wide they are.

use std::collections::HashMap;

use lopdf::{Dictionary, Document, Object};

use super::tounicode::ToUnicode;

/// The most that a `ToUnicode` map may unpack to, in octets.
const LONGEST_MAP: usize = 4 * 1024 * 1024;

/// The most widths of one font.
const MOST_WIDTHS: usize = 70_000;

/// A font as far as its text is concerned.
pub(super) struct Font {
    map: ToUnicode,
    /// What each code means in a font of one octet codes, where the map is silent.
    base: Option<Vec<String>>,
    widths: HashMap<u32, f64>,
    default_width: Option<f64>,
}

/// One code that was shown.
pub(super) struct Glyph {
    pub(super) text: String,
    /// In parts of the font's size.
    pub(super) width: f64,
    /// Whether it is the octet 32, which word spacing widens.
    pub(super) is_space: bool,
}

impl Font {
    pub(super) fn of(dictionary: &Dictionary, file: &Document) -> Self {
        let is_composite = dictionary
            .get(b"Subtype")
            .and_then(Object::as_name)
            .is_ok_and(|subtype| subtype == b"Type0");
        let map = dictionary
            .get_deref(b"ToUnicode", file)
            .and_then(Object::as_stream)
            .and_then(|stream| stream.get_plain_content_with_limit(LONGEST_MAP))
            .map(|content| ToUnicode::parse(&content))
            .unwrap_or_default();
        if is_composite {
            let (widths, default_width) = composite_widths(dictionary, file);
            return Self {
                map,
                base: None,
                widths,
                default_width,
            };
        }
        Self {
            map,
            base: Some(base(dictionary, file)),
            widths: simple_widths(dictionary, file),
            default_width: None,
        }
    }

    /// The glyphs that a string shows. What a code means may be nothing that can be told.
    pub(super) fn glyphs(&self, shown: &[u8]) -> Vec<Glyph> {
        let length = if self.base.is_some() { 1 } else { 2 };
        shown
            .chunks(length)
            .map(|octets| {
                let code = octets
                    .iter()
                    .fold(0, |sum, octet| (sum << 8) | u32::from(*octet));
                let text = self
                    .map
                    .text(code)
                    .or_else(|| self.base_text(code))
                    .unwrap_or_default();
                Glyph {
                    width: self.width(code, &text),
                    is_space: length == 1 && code == 32,
                    text,
                }
            })
            .collect()
    }

    fn base_text(&self, code: u32) -> Option<String> {
        let base = self.base.as_ref()?;
        base.get(usize::try_from(code).ok()?).cloned()
    }

    fn width(&self, code: u32, text: &str) -> f64 {
        let known = self.widths.get(&code).copied().or(self.default_width);
        known.unwrap_or_else(|| text.chars().map(usual_width).sum())
    }
}

/// About as wide as in Helvetica, for the fonts that every reader has and whose widths are not told.
fn usual_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' => 0.22,
        ' ' | 'f' | 't' | 'I' | '.' | ',' | ':' | ';' | '!' | '/' | '(' | ')' | '-' | 'r' => 0.29,
        'm' | 'M' => 0.83,
        'W' => 0.94,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.5,
        upper if upper.is_uppercase() => 0.69,
        _ => 0.556,
    }
}

/// What the 256 codes mean by the font's encoding alone.
fn base(dictionary: &Dictionary, file: &Document) -> Vec<String> {
    let mut plain = dictionary.clone();
    // Its own map is read apart from it.
    plain.remove(b"ToUnicode");
    plain.set("Type", Object::Name(b"Font".to_vec()));
    if let Ok(Object::Dictionary(encoding)) = dictionary.get_deref(b"Encoding", file) {
        let mut encoding = encoding.clone();
        // Both may be left out (ISO 32000-1, table 114).
        encoding.set("Type", Object::Name(b"Encoding".to_vec()));
        if !encoding.has(b"Differences") {
            encoding.set("Differences", Object::Array(Vec::new()));
        }
        if !encoding.has(b"BaseEncoding") {
            encoding.set("BaseEncoding", Object::Name(b"WinAnsiEncoding".to_vec()));
        }
        plain.set("Encoding", Object::Dictionary(encoding));
    }
    let encoding = plain.get_font_encoding(file);
    (0..=u8::MAX)
        .map(|code| {
            let text = encoding
                .as_ref()
                .ok()
                .and_then(|e| e.bytes_to_string(&[code]).ok());
            text.filter(|text| !text.contains('\u{fffd}'))
                .unwrap_or_default()
        })
        .collect()
}

fn number(object: &Object, file: &Document) -> Option<f64> {
    let (_, object) = file.dereference(object).ok()?;
    let number = f64::from(object.as_float().ok()?);
    number.is_finite().then_some(number)
}

fn code(object: &Object, file: &Document) -> Option<u32> {
    let (_, object) = file.dereference(object).ok()?;
    u32::try_from(object.as_i64().ok()?)
        .ok()
        .filter(|code| *code <= 0xFFFF)
}

fn simple_widths(dictionary: &Dictionary, file: &Document) -> HashMap<u32, f64> {
    let first = dictionary
        .get(b"FirstChar")
        .ok()
        .and_then(|first| code(first, file));
    let widths = dictionary
        .get_deref(b"Widths", file)
        .and_then(Object::as_array);
    let (Some(first), Ok(widths)) = (first, widths) else {
        return HashMap::new();
    };
    let widths = widths.iter().take(256);
    (first..)
        .zip(widths)
        .filter_map(|(code, width)| Some((code, number(width, file)? / 1000.0)))
        .collect()
}

/// ISO 32000-1, 9.7.4.3: `first [w w w]` and `first last w`.
fn composite_widths(dictionary: &Dictionary, file: &Document) -> (HashMap<u32, f64>, Option<f64>) {
    let mut widths = HashMap::new();
    let descendant = dictionary
        .get_deref(b"DescendantFonts", file)
        .and_then(Object::as_array)
        .ok()
        .and_then(|fonts| fonts.first())
        .and_then(|font| file.dereference(font).ok())
        .and_then(|(_, font)| font.as_dict().ok());
    let Some(descendant) = descendant else {
        return (widths, Some(1.0));
    };
    let default = descendant
        .get(b"DW")
        .ok()
        .and_then(|width| number(width, file));
    let entries = descendant.get_deref(b"W", file).and_then(Object::as_array);
    let mut entries = entries.map(|entries| entries.iter()).unwrap_or_default();
    while let Some(first) = entries.next().and_then(|first| code(first, file)) {
        let Some((_, second)) = entries
            .next()
            .and_then(|second| file.dereference(second).ok())
        else {
            break;
        };
        if let Ok(list) = second.as_array() {
            for (code, width) in (first..=0xFFFF).zip(list) {
                widths.extend(number(width, file).map(|width| (code, width / 1000.0)));
            }
        } else if let (Some(last), Some(width)) = (
            code(second, file),
            entries.next().and_then(|width| number(width, file)),
        ) {
            widths.extend((first..=last).map(|code| (code, width / 1000.0)));
        }
        if widths.len() > MOST_WIDTHS {
            break;
        }
    }
    (widths, Some(default.unwrap_or(1000.0) / 1000.0))
}
