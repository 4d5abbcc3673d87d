//! The two faces: what they can print, how wide it is, and subsets of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use printpdf::ParsedFont;
use unicode_normalization::UnicodeNormalization;

use crate::NotPrintable;

/// A face of the one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Bold,
}

struct Loaded {
    octets: &'static [u8],
    glyphs: BTreeMap<char, u16>,
    widths: BTreeMap<u16, u16>,
    units: f32,
}

static REGULAR: LazyLock<Option<Loaded>> =
    LazyLock::new(|| load(include_bytes!("../fonts/DejaVuSans.ttf")));
static BOLD: LazyLock<Option<Loaded>> =
    LazyLock::new(|| load(include_bytes!("../fonts/DejaVuSans-Bold.ttf")));

/// `None` where the font that was built in is broken; a test holds that it is not.
fn load(octets: &'static [u8]) -> Option<Loaded> {
    let font = ParsedFont::from_bytes(octets, 0, &mut vec![])?;
    let glyph = |(code, glyph): (&u32, &u16)| Some((char::from_u32(*code)?, *glyph));
    Some(Loaded {
        octets,
        glyphs: font.codepoint_to_glyph.iter().filter_map(glyph).collect(),
        widths: font.glyph_widths.clone(),
        units: f32::from(font.units_per_em),
    })
}

impl Face {
    /// The name in the PDF's resources.
    pub fn name(self) -> &'static str {
        match self {
            Self::Regular => "Regular",
            Self::Bold => "Bold",
        }
    }

    fn loaded(self) -> Result<&'static Loaded, NotPrintable> {
        let loaded = match self {
            Self::Regular => REGULAR.as_ref(),
            Self::Bold => BOLD.as_ref(),
        };
        loaded.ok_or_else(|| NotPrintable::Pdf("the built-in font cannot be read".to_owned()))
    }

    /// How wide a text is at a size, in points. What the face lacks has no width.
    pub fn width(self, text: &str, size: f32) -> f32 {
        let Ok(face) = self.loaded() else {
            return 0.0;
        };
        let advance = |c: char| face.glyphs.get(&c).and_then(|glyph| face.widths.get(glyph));
        let units: f32 = text
            .chars()
            .filter_map(advance)
            .map(|w| f32::from(*w))
            .sum();
        units / face.units * size
    }

    /// The face with the glyphs of these characters alone.
    pub fn cut_to(self, used: &BTreeSet<char>) -> Result<ParsedFont, NotPrintable> {
        let face = self.loaded()?;
        let refuse = |why: &dyn std::fmt::Display| NotPrintable::Pdf(format!("the font: {why}"));
        let mut glyphs: BTreeSet<u16> = BTreeSet::from([0]);
        glyphs.extend(used.iter().filter_map(|c| face.glyphs.get(c)));
        let glyphs: Vec<u16> = glyphs.into_iter().collect();
        let font = ReadScope::new(face.octets).read::<FontData<'_>>();
        let font = font.map_err(|error| refuse(&error))?;
        let tables = font.table_provider(0).map_err(|error| refuse(&error))?;
        let cut = subset(
            &tables,
            &glyphs,
            &SubsetProfile::Minimal,
            CmapTarget::Unicode,
        );
        let cut = cut.map_err(|error| refuse(&error))?;
        ParsedFont::from_bytes(&cut, 0, &mut vec![])
            .ok_or_else(|| refuse(&"its subset cannot be read"))
    }
}

/// A text as it is printed: composed (NFC), on one line; refused where a face lacks a character.
pub(crate) fn printable(field: &str, text: &str) -> Result<String, NotPrintable> {
    let composed: String = text.nfc().collect();
    let line = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    let (regular, bold) = (Face::Regular.loaded()?, Face::Bold.loaded()?);
    let lacks = |c: &char| !regular.glyphs.contains_key(c) || !bold.glyphs.contains_key(c);
    let missing: BTreeSet<char> = line.chars().filter(lacks).collect();
    if missing.is_empty() {
        return Ok(line);
    }
    let names: Vec<String> = missing
        .iter()
        .map(|c| format!("U+{:04X}", u32::from(*c)))
        .collect();
    Err(NotPrintable::Characters {
        field: field.to_owned(),
        characters: names.join(", "),
    })
}

/// A text in lines of at most this width, broken at blanks, and within words only where one is wider
/// than a line.
pub(crate) fn wrapped(text: &str, face: Face, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let longer = if line.is_empty() {
            word.to_owned()
        } else {
            format!("{line} {word}")
        };
        if face.width(&longer, size) <= width {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if !line.is_empty() && face.width(&format!("{line}{c}"), size) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_print_what_we_promise() {
        for text in [
            "Zażółć gęślą jaźń",
            "Ξεσκεπάζω την ψυχοφθόρα",
            "Съешь ещё этих",
            "Ở Huế",
            "1\u{202f}234,50 €",
        ] {
            assert!(printable("the text", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_no_face_has_is_named_by_its_code() {
        let refused = printable("the customer's name", "王 Ana").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the customer's name holds characters that no font here has: U+738B"
        );
    }

    #[test]
    fn letters_with_accents_behind_them_are_composed() {
        assert_eq!(printable("the text", "Ame\u{301}lie").unwrap(), "Amélie");
    }

    #[test]
    fn no_line_is_wider_than_its_column() {
        let text = "one two Donaudampfschifffahrtsgesellschaftskapitänswitwenrente three";
        for line in wrapped(text, Face::Regular, 9.0, 80.0) {
            assert!(Face::Regular.width(&line, 9.0) <= 80.0, "{line}");
        }
        assert_eq!(
            wrapped(text, Face::Regular, 9.0, 80.0)
                .concat()
                .replace(' ', ""),
            text.replace(' ', "")
        );
    }
}
