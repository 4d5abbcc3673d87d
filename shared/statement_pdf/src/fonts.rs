//! The two faces of the documents: which characters they have, how wide these are, and the part of a
//! face that one document embeds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use allsorts::binary::read::ReadScope;
use allsorts::font_data::FontData;
use allsorts::subset::{CmapTarget, SubsetProfile, subset};
use allsorts::tag;
use printpdf::ParsedFont;

use crate::NotPrintable;

/// One of the two faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Face {
    Regular,
    Bold,
}

/// Both faces, read once for the whole program.
pub(crate) struct Fonts {
    regular: Font,
    bold: Font,
}

struct Font {
    name: &'static str,
    /// The weight in the sense of OpenType (OS/2, usWeightClass).
    weight: u16,
    octets: &'static [u8],
    glyphs: BTreeMap<char, Glyph>,
}

#[derive(Clone, Copy)]
struct Glyph {
    id: u16,
    /// In thousandths of the font's size, rounded down as the file states it.
    width: u16,
}

static FONTS: LazyLock<Option<Fonts>> = LazyLock::new(|| {
    Some(Fonts {
        regular: Font::read("DejaVuSans", 400, include_bytes!("../fonts/DejaVuSans.ttf"))?,
        bold: Font::read(
            "DejaVuSans-Bold",
            700,
            include_bytes!("../fonts/DejaVuSans-Bold.ttf"),
        )?,
    })
});

/// The fonts, unless their files are broken.
pub(crate) fn fonts() -> Result<&'static Fonts, NotPrintable> {
    FONTS.as_ref().ok_or(NotPrintable::Fault {
        what: "the fonts cannot be read",
    })
}

impl Fonts {
    fn font(&self, face: Face) -> &Font {
        match face {
            Face::Regular => &self.regular,
            Face::Bold => &self.bold,
        }
    }

    /// The characters of a text that the face has no glyph for.
    pub fn missing(&self, text: &str, face: Face) -> BTreeSet<char> {
        let font = self.font(face);
        let missing = |c: &char| !font.glyphs.contains_key(c);
        text.chars().filter(missing).collect()
    }

    /// How wide a text is, in points.
    pub fn width(&self, text: &str, face: Face, size: f32) -> f32 {
        let font = self.font(face);
        let width = |c| font.glyphs.get(&c).map_or(0.0, |g| f32::from(g.width));
        text.chars().map(width).sum::<f32>() * size / 1000.0
    }

    /// The face with the glyphs of these characters alone.
    pub fn embedded(
        &self,
        face: Face,
        characters: &BTreeSet<char>,
    ) -> Result<ParsedFont, NotPrintable> {
        self.font(face)
            .with_only(characters)
            .ok_or(NotPrintable::Fault {
                what: "the fonts cannot be cut down",
            })
    }
}

impl Font {
    fn read(name: &'static str, weight: u16, octets: &'static [u8]) -> Option<Self> {
        let parsed = ParsedFont::from_bytes(octets, 0, &mut Vec::new())?;
        let em = u32::from(parsed.units_per_em);
        let mut glyphs = BTreeMap::new();
        for (code, id) in &parsed.codepoint_to_glyph {
            let advance = u32::from(parsed.get_glyph_width(*id)?);
            let width = u16::try_from((advance * 1000).checked_div(em)?).ok()?;
            glyphs.insert(char::from_u32(*code)?, Glyph { id: *id, width });
        }
        Some(Self {
            name,
            weight,
            octets,
            glyphs,
        })
    }

    fn with_only(&self, characters: &BTreeSet<char>) -> Option<ParsedFont> {
        let glyph = |c| self.glyphs.get(c).map(|glyph| glyph.id);
        let used: BTreeSet<u16> = characters.iter().filter_map(glyph).collect();
        // Glyph 0 is what a reader shows for a character without one: every font begins with it.
        let ids: Vec<u16> = BTreeSet::from([0]).union(&used).copied().collect();
        // Of a PDF's font only these are read: the names and the licence stay in the whole font.
        let tables = [
            tag::CMAP,
            tag::HEAD,
            tag::HHEA,
            tag::HMTX,
            tag::MAXP,
            tag::POST,
        ];
        let profile = SubsetProfile::Custom(tables.to_vec());
        let whole = ReadScope::new(self.octets).read::<FontData<'_>>().ok()?;
        let whole = whole.table_provider(0).ok()?;
        let octets = subset(&whole, &ids, &profile, CmapTarget::Unicode).ok()?;
        let mut part = ParsedFont::from_bytes(&octets, 0, &mut Vec::new())?;
        part.font_name = Some(format!("{}+{}", tag_of(&ids), self.name));
        part.pdf_font_metrics.us_weight_class = self.weight;
        Some(part)
    }
}

/// The six letters that tell parts of one font apart (ISO 32000-1, 9.6.4), always the same for the
/// same glyphs.
fn tag_of(ids: &[u16]) -> String {
    // FNV-1a: the tag guards nothing, it only has to differ for other glyphs.
    let mut hash = ids.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, id| {
        (hash ^ u64::from(*id)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut letter = || {
        let letter = u8::try_from(hash % 26).unwrap_or_default();
        hash /= 26;
        char::from(b'A' + letter)
    };
    (0..6).map(|_| letter()).collect()
}
